package places

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/korean"
)

// The files of the 내비게이션용DB, told apart by their columns: buildings, lots and
// further entrances. What they refer to must come first.
const (
	buildColumns    = 33
	jibunColumns    = 20
	entranceColumns = 11
)

// movedAway is the code of what is no more (이동사유코드).
const movedAway = "63"

// mostLine is longer than any line of the official files.
const mostLine = 64 << 10

// sortJuso puts buildings before lots before entrances, and else keeps the order,
// so that changes of a later month come later.
func sortJuso(files []source) {
	rank := func(s source) int {
		name := strings.ToLower(filepath.Base(s.path))
		switch {
		case strings.Contains(name, "jibun"):
			return 1
		case strings.Contains(name, "entrc"):
			return 2
		}
		return 0
	}
	slices.SortStableFunc(files, func(a, b source) int { return rank(a) - rank(b) })
}

func readJuso(ctx context.Context, w *writer, s *source) error {
	f, err := os.Open(s.path)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Seek(s.offset, io.SeekStart); err != nil {
		return err
	}
	in := bufio.NewReaderSize(f, 1<<20)
	j := jusoReader{w: w}
	for {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) || len(line) > mostLine {
			return &LineError{s.path, s.line + 1, errors.New("the line has no end: this is no text file of addresses")}
		}
		if len(line) == 0 && errors.Is(err, io.EOF) {
			break
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		s.offset += int64(len(line))
		s.line++
		if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
			continue
		}
		if err := j.line(ctx, line); err != nil {
			var bad *fieldError
			if errors.As(err, &bad) {
				return &LineError{s.path, s.line, err}
			}
			return err
		}
		if err := w.read(ctx, s); err != nil {
			return err
		}
	}
	s.done = true
	return w.save(ctx, s)
}

// fieldError is a mistake of the file, not of the machine.
type fieldError struct{ text string }

func (e *fieldError) Error() string { return e.text }

func wrong(format string, args ...any) error { return &fieldError{fmt.Sprintf(format, args...)} }

type jusoReader struct {
	w      *writer
	fields []string
}

func (j *jusoReader) line(ctx context.Context, raw []byte) error {
	text, err := j.decode(raw)
	if err != nil {
		return err
	}
	j.fields = append(j.fields[:0], strings.Split(text, "|")...)
	f := j.fields
	if n := len(f); n > 0 && f[n-1] == "" && (n == buildColumns+1 || n == jibunColumns+1 || n == entranceColumns+1) {
		f = f[:n-1]
	}
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	switch len(f) {
	case buildColumns:
		return j.build(ctx, f)
	case jibunColumns:
		return j.jibun(ctx, f)
	case entranceColumns:
		return j.entrance(ctx, f)
	}
	return wrong("has %d columns; buildings have %d, lots %d, entrances %d", len(f), buildColumns, jibunColumns, entranceColumns)
}

// decode reads CP949, or UTF-8 where that is what the line is: Korean text is
// hardly ever both.
func (j *jusoReader) decode(raw []byte) (string, error) {
	if utf8.Valid(raw) {
		return strings.TrimPrefix(string(raw), "\uFEFF"), nil
	}
	out, err := korean.EUCKR.NewDecoder().Bytes(raw)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
		return "", wrong("is neither CP949 nor UTF-8")
	}
	return string(out), nil
}

func (j *jusoReader) build(ctx context.Context, f []string) error {
	e := entry{
		sido: f[1], sigungu: f[2], roadCode: f[4], road: f[5], post: f[9], building: f[11], detail: f[19],
		dong: f[3], gone: f[32] == movedAway,
	}
	if !digits(f[4], 12) || e.road == "" {
		return wrong("column 5 (%q) is no road's code of 12 digits, or column 6 names no road", f[4])
	}
	if e.sido == "" {
		return wrong("column 2 names no 시도")
	}
	var err error
	if e.num, err = houseNumber(f[6], f[7], f[8], 7); err != nil {
		return err
	}
	if f[31] == "0" || strings.HasSuffix(f[3], "읍") || strings.HasSuffix(f[3], "면") {
		e.town = f[3]
	}
	// The number of a building begins with its lot: 법정동 (10), 산 (1), 본번 (4), 부번 (4).
	if id := f[10]; digits(id, 25) {
		e.dongCode = id[:10]
		main, _ := strconv.Atoi(id[11:15])
		sub, _ := strconv.Atoi(id[15:19])
		if main > 0 {
			e.lot = numberKey(id[10] == '2', main, sub)
		}
	} else if id == "" {
		return wrong("column 11 has no 건물관리번호")
	}
	if err := e.place(f[25], f[26], 26, exactEntrance); err != nil {
		return err
	}
	if e.exact == exactNone {
		if err := e.place(f[23], f[24], 24, exactBuilding); err != nil {
			return err
		}
	}
	return j.w.door(ctx, &e)
}

func (j *jusoReader) jibun(ctx context.Context, f []string) error {
	e := entry{sido: f[1], sigungu: f[2], dong: f[3], dongCode: f[0], roadCode: f[8], gone: f[17] == movedAway}
	if !digits(f[8], 12) || !digits(f[0], 10) {
		return wrong("column 1 (%q) or 9 (%q) is no code", f[0], f[8])
	}
	if strings.HasSuffix(f[3], "읍") || strings.HasSuffix(f[3], "면") {
		e.town = f[3]
	}
	if f[4] != "" {
		e.dong += " " + f[4]
	}
	var err error
	if e.num, err = houseNumber(f[9], f[10], f[11], 10); err != nil {
		return err
	}
	if e.lot, err = houseNumber(f[5], f[6], f[7], 6); err != nil {
		return err
	}
	return j.w.lot(ctx, &e)
}

func (j *jusoReader) entrance(ctx context.Context, f []string) error {
	if !digits(f[2], 12) {
		return wrong("column 3 (%q) is no road's code", f[2])
	}
	e := entry{gone: f[10] == movedAway}
	var err error
	if e.num, err = houseNumber(f[3], f[4], f[5], 4); err != nil {
		return err
	}
	if err := e.place(f[8], f[9], 9, exactEntrance); err != nil {
		return err
	}
	if e.gone || e.exact == exactNone {
		return nil
	}
	return j.w.entrance(ctx, f[2], &e)
}

// place reads a place of the official grid; an empty one is none.
func (e *entry) place(x, y string, column, exact int) error {
	if x == "" || y == "" {
		return nil
	}
	gx, errX := strconv.ParseFloat(x, 64)
	gy, errY := strconv.ParseFloat(y, 64)
	if errX != nil || errY != nil {
		return wrong("columns %d and %d (%q, %q) are no place", column, column+1, x, y)
	}
	if gx == 0 && gy == 0 {
		return nil
	}
	if gx < 600_000 || gx > 1_600_000 || gy < 1_300_000 || gy > 2_500_000 {
		return wrong("columns %d and %d (%s, %s) are no place of EPSG:5179 in Korea", column, column+1, x, y)
	}
	e.lat, e.lng = FromGrid(gx, gy)
	e.exact = exact
	return nil
}

// houseNumber reads a flag and two numbers.
func houseNumber(flag, main, sub string, column int) (int64, error) {
	m, errM := strconv.Atoi(main)
	n := 0
	var errS error
	if sub != "" {
		n, errS = strconv.Atoi(sub)
	}
	if errM != nil || errS != nil || m < 0 || m > maxMain || n < 0 || n > maxSub {
		return 0, wrong("columns %d and %d (%q, %q) are no number", column+1, column+2, main, sub)
	}
	return numberKey(flag == "1", m, n), nil
}

func digits(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
