package city

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/text/encoding/korean"
)

// WriteFiles writes the official files of a made-up country into a folder, one of
// buildings and one of lots for each province, as the office does; they are named
// in the order in which they are imported.
func (s Spec) WriteFiles(dir string) (paths []string, err error) {
	var lots []string
	for p := range s.Sido {
		build := filepath.Join(dir, fmt.Sprintf("match_build_%02d.txt", p+1))
		jibun := filepath.Join(dir, fmt.Sprintf("match_jibun_%02d.txt", p+1))
		if err := s.writeProvince(p, build, jibun); err != nil {
			return nil, err
		}
		paths, lots = append(paths, build), append(lots, jibun)
	}
	return append(paths, lots...), nil
}

func (s Spec) writeProvince(p int, buildPath, jibunPath string) (err error) {
	build, closeBuild, err := create(buildPath)
	if err != nil {
		return err
	}
	jibun, closeJibun, err := create(jibunPath)
	if err != nil {
		return errors.Join(err, closeBuild())
	}
	err = s.province(p, func(d Door) error {
		if _, err := io.WriteString(build, d.buildLine()); err != nil {
			return err
		}
		if d.moreLot == 0 {
			return nil
		}
		_, err := io.WriteString(jibun, d.jibunLine())
		return err
	})
	return errors.Join(err, closeBuild(), closeJibun())
}

// create is a file that is written in CP949.
func create(path string) (io.Writer, func() error, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, nil, err
	}
	b := bufio.NewWriterSize(f, 1<<20)
	w := korean.EUCKR.NewEncoder().Writer(b)
	return w, func() error { return errors.Join(b.Flush(), f.Close()) }, nil
}

func (d *Door) buildLine() string {
	x, y := fmt.Sprintf("%.6f", d.x), fmt.Sprintf("%.6f", d.y)
	if d.noEntrance {
		x, y = "", ""
	}
	id := fmt.Sprintf("%s1%04d%04d%06d", d.dongCode, d.LotMain, d.LotSub, d.serial)
	return fmt.Sprintf("%s|%s|%s|%s|%s|%s|0|%d|%d|%s|%s|%s|단독주택|%s|%s|2|0|0|1|%s|||1|%.6f|%.6f|%s|%s|Sido|Sigungu|Dong|Road|1|31\r\n",
		d.dongCode[:8]+"00", d.Sido, d.Sigungu, d.Dong, d.roadCode, d.Road, d.Main, d.Sub, d.Postcode, id, d.Building,
		d.dongCode, d.Dong, d.Detail, d.x+2, d.y+2, x, y)
}

func (d *Door) jibunLine() string {
	return fmt.Sprintf("%s|%s|%s|%s||0|%d|0|%s|0|%d|%d|1|Sido|Sigungu|Dong||31||%s\r\n",
		d.dongCode, d.Sido, d.Sigungu, d.Dong, d.moreLot, d.roadCode, d.Main, d.Sub, d.dongCode[:8]+"00")
}
