package places

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Format is what a file of addresses looks like.
type Format string

// The formats.
const (
	FormatJuso    Format = "juso"    // 도로명주소 내비게이션용DB
	FormatCSV     Format = "csv"     // a head line says which column is what
	FormatGeoJSON Format = "geojson" // points with properties, one collection or one feature a line
)

// ImportOptions say what is imported into which index.
type ImportOptions struct {
	Path    string // of the index
	Format  Format
	Files   []string
	Replace bool // begin with an empty index; else what is in it stays
	Batch   int  // rows of one transaction; 0: a good number
	// Progress is told now and then how many bytes of how many are read.
	Progress func(read, total, rows int64)
	Now      func() time.Time
}

// ImportResult is what an import has come to.
type ImportResult struct {
	Rows    int64 // that were read, of all files
	Resumed bool  // an earlier import that was ended goes on
	Stats   Stats
}

const defaultBatch = 50_000

// ErrBusy is the answer while another import goes on.
var ErrBusy = errors.New("another import into this index is under way")

// LineError is a line that is not what its format says.
type LineError struct {
	File string
	Line int64
	Err  error
}

func (e *LineError) Error() string {
	return fmt.Sprintf("%s:%d: %v", filepath.Base(e.File), e.Line, e.Err)
}

func (e *LineError) Unwrap() error { return e.Err }

// source is one file and how far it is read.
type source struct {
	path, digest string
	size         int64
	offset, line int64
	rows         int64
	done         bool
}

// Import reads files into a new index beside the old one, and puts it in the old
// one's place when all of it is there. What was read before it was killed is kept:
// the same call goes on where it ended.
func Import(ctx context.Context, o ImportOptions) (res ImportResult, err error) {
	if o.Batch <= 0 {
		o.Batch = defaultBatch
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Progress == nil {
		o.Progress = func(int64, int64, int64) {}
	}
	sources, job, err := o.sources()
	if err != nil {
		return res, err
	}
	part := o.Path + ".part"
	w, resumed, err := beginPart(ctx, o, part, job)
	if err != nil {
		return res, err
	}
	res.Resumed = resumed
	defer func() {
		if w != nil {
			w.close()
		}
	}()
	var total int64
	for i := range sources {
		total += sources[i].size
	}
	var before int64
	for i := range sources {
		s := &sources[i]
		if err := w.position(ctx, s); err != nil {
			return res, err
		}
		if !s.done {
			w.tell = func() { o.Progress(before+s.offset, total, res.Rows+s.rows) }
			if err := o.read(ctx, w, s); err != nil {
				var bad *LineError
				if errors.As(err, &bad) { // the file must change, and then all begins anew
					w.close()
					w = nil
					removePart(part)
				}
				return res, err
			}
		}
		before += s.size
		res.Rows += s.rows
		o.Progress(before, total, res.Rows)
	}
	if res.Stats, err = w.finish(ctx); err != nil {
		return res, err
	}
	w.close()
	w = nil
	return res, swap(part, o.Path)
}

func (o *ImportOptions) read(ctx context.Context, w *writer, s *source) error {
	switch o.Format {
	case FormatJuso:
		return readJuso(ctx, w, s)
	case FormatCSV:
		return readCSV(ctx, w, s)
	case FormatGeoJSON:
		return readGeoJSON(ctx, w, s)
	}
	return fmt.Errorf("no format is called %q: juso, csv or geojson", o.Format)
}

// sources are the files, and a name for this very import.
func (o *ImportOptions) sources() ([]source, string, error) {
	if len(o.Files) == 0 {
		return nil, "", errors.New("no file is named")
	}
	if o.Format != FormatJuso && o.Format != FormatCSV && o.Format != FormatGeoJSON {
		return nil, "", fmt.Errorf("no format is called %q: juso, csv or geojson", o.Format)
	}
	all := sha256.New()
	fmt.Fprintln(all, o.Format, o.Replace)
	var out []source
	for _, path := range o.Files {
		digest, size, err := digestOf(path)
		if err != nil {
			return nil, "", err
		}
		fmt.Fprintln(all, digest, size)
		out = append(out, source{path: path, digest: digest, size: size})
	}
	if o.Format == FormatJuso {
		sortJuso(out)
	}
	return out, hex.EncodeToString(all.Sum(nil)), nil
}

// digestOf tells a file by its size, its ends and its time, without reading all of it.
func digestOf(path string) (string, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", 0, err
	}
	if !info.Mode().IsRegular() {
		return "", 0, fmt.Errorf("%s is no file", path)
	}
	if info.Size() == 0 {
		return "", 0, &LineError{path, 1, errors.New("the file is empty")}
	}
	h := sha256.New()
	fmt.Fprintln(h, info.Size(), info.ModTime().UnixNano())
	for _, at := range []int64{0, max(0, info.Size()-64<<10)} {
		if _, err := io.Copy(h, io.NewSectionReader(f, at, 64<<10)); err != nil {
			return "", 0, err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), info.Size(), nil
}

// beginPart opens the new file: the one of the same import that was ended, else a
// copy of the index, else an empty one.
func beginPart(ctx context.Context, o ImportOptions, part, job string) (*writer, bool, error) {
	if dir := filepath.Dir(part); dir != "." {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return nil, false, err
		}
	}
	if _, err := os.Stat(part); err == nil {
		w, err := openWriter(ctx, part, o.Batch)
		if err == nil {
			var was string
			err = w.tx.QueryRowContext(ctx, "SELECT value FROM state WHERE key = 'job'").Scan(&was)
			if err == nil && was == job {
				w.old, w.job, w.now = true, job, o.Now
				return w, true, nil
			}
			w.close()
		}
		if errors.Is(err, ErrBusy) {
			return nil, false, err
		}
		removePart(part)
	}
	old := false
	if !o.Replace {
		var err error
		if old, err = copyIndex(ctx, o.Path, part); err != nil {
			return nil, false, err
		}
	}
	w, err := openWriter(ctx, part, o.Batch)
	if err != nil {
		return nil, false, err
	}
	w.old, w.job, w.now = old, job, o.Now
	if err := w.prepare(ctx); err != nil {
		w.close()
		removePart(part)
		return nil, false, err
	}
	return w, false, nil
}

// copyIndex copies an index of this version; of another one nothing stays.
func copyIndex(ctx context.Context, from, to string) (bool, error) {
	in, err := os.Open(from)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer in.Close()
	db, err := openFile(from, false, readCacheKB)
	if err != nil {
		return false, err
	}
	v, err := version(ctx, db)
	_ = db.Close()
	if err != nil || v != schemaVersion {
		return false, err
	}
	half := to + ".copy" // a copy that was ended in the middle is none
	out, err := os.Create(half)
	if err != nil {
		return false, err
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		return false, errors.Join(err, os.Remove(half))
	}
	return true, os.Rename(half, to)
}

func removePart(part string) {
	for _, end := range []string{"", "-wal", "-shm", "-journal", ".copy"} {
		_ = os.Remove(part + end)
	}
}

// swap puts the finished file in the place of the old one, for good.
func swap(part, path string) error {
	f, err := os.Open(part)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	removePart(part)
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil //nolint:nilerr // the file is in its place; only a power cut at once could undo that
	}
	defer dir.Close()
	_ = dir.Sync() // some systems can't
	return nil
}

func busy(err error) error {
	if err != nil && (strings.Contains(err.Error(), "locked") || strings.Contains(err.Error(), "BUSY")) {
		return ErrBusy
	}
	return err
}

// position reads how far a file was read by an import that was ended.
func (w *writer) position(ctx context.Context, s *source) error {
	var done int
	err := w.tx.QueryRowContext(ctx, "SELECT offset, line, rows, done FROM file WHERE job = ? AND digest = ?", w.job, s.digest).Scan(&s.offset, &s.line, &s.rows, &done)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	s.done = done != 0
	return err
}
