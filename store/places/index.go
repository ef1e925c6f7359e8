package places

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/domain/address"
)

const (
	readers     = 4
	readCacheKB = 4096 // of each reader
	// smallFile is the size up to which a new file is opened at once, before the
	// search that finds it; a larger one is opened beside the searches in the old.
	smallFile = 64 << 20
)

// Index finds addresses in the file at a path. There may be none yet: then it
// finds nothing, and looks again at each search.
type Index struct {
	path string
	log  *slog.Logger

	mu      sync.RWMutex // held by searches while they read what is open
	open    *opened      // nil: none
	loading sync.Mutex
}

// opened is one file as it is searched.
type opened struct {
	db      *sql.DB
	id      fileID
	regions []region
	doors   int64

	// Names in the order of their regions: the text folded, and a signature.
	text  []byte
	ends  []uint32
	ids   []uint32
	kinds []byte
	bits  []uint64
}

type region struct {
	id            int64
	sido, sigungu string
	sidoForms     []string // folded: 서울특별시, 서울시, 서울
	sigunguForms  []string
	place         domain.Location
	doors         int64
	from, to      int // its names
}

// fileID tells one file at the path from another.
type fileID struct {
	size int64
	at   time.Time
}

// New makes an Index of a file that may not be there yet.
func New(path string, log *slog.Logger) *Index { return &Index{path: path, log: log} }

// Close lets go of the file.
func (x *Index) Close() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.open == nil {
		return nil
	}
	db := x.open.db
	x.open = nil
	return db.Close()
}

// current makes sure that the newest file is open, or is being opened.
func (x *Index) current(ctx context.Context) error {
	info, err := os.Stat(x.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // one that is open goes on
	}
	if err != nil {
		return err
	}
	id := fileID{info.Size(), info.ModTime()}
	x.mu.RLock()
	is := x.open != nil && x.open.id == id
	none := x.open == nil
	x.mu.RUnlock()
	if is {
		return nil
	}
	if none || id.size < smallFile {
		x.loading.Lock()
		defer x.loading.Unlock()
		return x.load(ctx, id)
	}
	if x.loading.TryLock() {
		go func() {
			defer x.loading.Unlock()
			if err := x.load(context.WithoutCancel(ctx), id); err != nil {
				x.log.Error("opening the new index of addresses failed", "error", err)
			}
		}()
	}
	return nil
}

func (x *Index) load(ctx context.Context, id fileID) error {
	x.mu.RLock()
	is := x.open != nil && x.open.id == id
	x.mu.RUnlock()
	if is {
		return nil // somebody else was faster
	}
	begun := time.Now()
	next, err := openIndex(ctx, x.path, id)
	if err != nil {
		return fmt.Errorf("open the index of addresses: %w", err)
	}
	x.mu.Lock()
	old := x.open
	x.open = next
	x.mu.Unlock()
	if old != nil {
		_ = old.db.Close()
	}
	x.log.Info("addresses", "doors", next.doors, "names", len(next.ids), "took", time.Since(begun).Round(time.Millisecond))
	return nil
}

func openIndex(ctx context.Context, path string, id fileID) (*opened, error) {
	db, err := openFile(path, false, readCacheKB)
	if err != nil {
		return nil, err
	}
	o := &opened{db: db, id: id}
	if err := o.read(ctx); err != nil {
		_ = db.Close()
		return nil, err
	}
	return o, nil
}

func (o *opened) read(ctx context.Context) error {
	v, err := version(ctx, o.db)
	if err != nil {
		return err
	}
	if v != schemaVersion {
		return fmt.Errorf("it has version %d, not %d: import the files anew", v, schemaVersion)
	}
	var size, count int
	if err := o.db.QueryRowContext(ctx, "SELECT COALESCE(SUM(LENGTH(names)), 0), (SELECT COUNT(*) FROM name) FROM pack").Scan(&size, &count); err != nil {
		return err
	}
	// As large as they get: growing would need twice that.
	o.text = make([]byte, 0, size)
	o.ends, o.ids, o.kinds, o.bits = make([]uint32, 0, count), make([]uint32, 0, count), make([]byte, 0, count), make([]uint64, 0, count)
	rows, err := o.db.QueryContext(ctx, "SELECT r.id, r.sido, r.sigungu, COALESCE(r.lat, 0), COALESCE(r.lng, 0), r.doors, p.names FROM region r JOIN pack p ON p.region = r.id ORDER BY r.id")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r region
		var lat, lng int64
		var names sql.RawBytes
		if err := rows.Scan(&r.id, &r.sido, &r.sigungu, &lat, &lng, &r.doors, &names); err != nil {
			return err
		}
		r.place = locationOf(lat, lng)
		r.sidoForms, r.sigunguForms = sidoForms(r.sido), sigunguForms(r.sigungu)
		r.from = len(o.ids)
		if err := o.unpack(names); err != nil {
			return fmt.Errorf("region %d: %w", r.id, err)
		}
		r.to = len(o.ids)
		o.doors += r.doors
		o.regions = append(o.regions, r)
	}
	return rows.Err()
}

// appendPacked appends one name to its region's pack.
func appendPacked(to []byte, id int64, kind byte, folded string) []byte {
	to = binary.AppendUvarint(to, uint64(id))
	to = append(to, kind)
	to = binary.AppendUvarint(to, uint64(len(folded)))
	return append(to, folded...)
}

func (o *opened) unpack(b []byte) error {
	for len(b) > 0 {
		id, n := binary.Uvarint(b)
		if n <= 0 || len(b) < n+2 || id > math.MaxUint32 {
			return errors.New("its names are damaged")
		}
		kind := b[n]
		b = b[n+1:]
		size, n := binary.Uvarint(b)
		if n <= 0 || uint64(len(b)-n) < size {
			return errors.New("its names are damaged")
		}
		name := b[n : n+int(size)]
		b = b[n+int(size):]
		o.text = append(o.text, name...)
		o.ends = append(o.ends, uint32(len(o.text)))
		o.ids = append(o.ids, uint32(id))
		o.kinds = append(o.kinds, kind)
		o.bits = append(o.bits, address.Signature(string(name)))
	}
	return nil
}

// name is the folded text of a name.
func (o *opened) name(i int) []byte {
	from := uint32(0)
	if i > 0 {
		from = o.ends[i-1]
	}
	return o.text[from:o.ends[i]]
}

func locationOf(lat, lng int64) domain.Location {
	return domain.Location{Lat: float64(lat) / microdegrees, Lng: float64(lng) / microdegrees}
}

// sidoForms are the forms in which people write a province or a large city.
func sidoForms(name string) []string {
	folded := address.Fold(name)
	if folded == "" {
		return nil
	}
	forms := []string{folded}
	for _, end := range []string{"특별자치시", "특별자치도", "특별시", "광역시", "도", "시"} {
		short, ok := strings.CutSuffix(folded, end)
		if !ok || short == "" {
			continue
		}
		forms = append(forms, short, short+"시", short+"도")
		// 경상남도 is 경남.
		if r := []rune(short); end == "도" && len(r) == 3 && (r[2] == '남' || r[2] == '북') {
			forms = append(forms, string(r[0])+string(r[2]))
		}
		break
	}
	return forms
}

// sigunguForms are those of a city's part: 송파구, 송파; 성남시 분당구, 분당구, 분당.
func sigunguForms(name string) (forms []string) {
	parts := strings.Fields(name)
	if len(parts) > 1 {
		forms = append(forms, address.Fold(name))
	}
	for _, p := range parts {
		p = address.Fold(p)
		forms = append(forms, p)
		for _, end := range []string{"시", "군", "구"} {
			if short, ok := strings.CutSuffix(p, end); ok && len([]rune(short)) >= 2 {
				forms = append(forms, short)
			}
		}
	}
	return forms
}
