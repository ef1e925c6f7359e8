package store

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/brosops/bros/domain"
)

// Scour sees to it that the files of an embedded database hold nothing of a
// forgotten customer any more: what the journal has is folded into the file, and
// where pages that are in no use still hold something, the file is written anew.
// It reports whether something is left: in a record, or because another process
// reads all the while. A database server sees to its own files.
func Scour(ctx context.Context, url string, trace *domain.Trace) (left bool, err error) {
	d, err := dialectOf(url)
	if err != nil {
		return false, err
	}
	lite, ok := d.(sqliteDialect)
	if !ok {
		return false, nil
	}
	path, err := sqlitePath(url)
	if err != nil {
		return false, err
	}
	db, err := lite.connect(url, 1, "busy_timeout(15000)", "secure_delete(1)", "synchronous(FULL)")
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	q := queries{d: d, run: newPool(db, d)}
	texts, err := lite.unsaid(ctx, q, trace.Texts())
	if err != nil {
		return false, err
	}
	fold := func() error {
		var r struct {
			Busy int `db:"busy"`
			Log  int `db:"log"`
			Done int `db:"checkpointed"`
		}
		_, err := q.get(ctx, &r, "PRAGMA wal_checkpoint(TRUNCATE)")
		return wrap("fold the journal", err)
	}
	if err := fold(); err != nil {
		return false, err
	}
	if left, err = stands(path, trace, texts); err != nil || !left {
		return left, err
	}
	if _, err := db.ExecContext(ctx, "VACUUM"); err != nil {
		return true, wrap("write the file anew", err)
	}
	if err := fold(); err != nil {
		return true, err
	}
	return stands(path, trace, texts)
}

// unsaid are those of the texts that are in no order any more: a customer shares
// a house with others.
func (d sqliteDialect) unsaid(ctx context.Context, q queries, texts []string) (out []string, err error) {
	for _, text := range texts {
		var n int
		_, err := q.get(ctx, &n, "SELECT COUNT(*) FROM (SELECT id FROM orders WHERE "+d.contains("customer")+" OR "+d.contains("search")+") x", text, text)
		if err != nil {
			return nil, wrap("look for a text", err)
		}
		if n == 0 && len(text) >= leastSought {
			out = append(out, text)
		}
	}
	return out, nil
}

const (
	// leastSought is how many bytes a text has that is not in a file by chance.
	leastSought = 8
	// soughtAtOnce is how much of a file is read at once, and soughtAgain how much
	// of it is looked at again with what follows.
	soughtAtOnce = 1 << 20
	soughtAgain  = 4 << 10
)

// stands reports whether a database's files hold the number or one of the texts.
func stands(path string, trace *domain.Trace, texts []string) (bool, error) {
	for _, name := range []string{path, path + "-wal"} {
		found, err := standsIn(name, trace, texts)
		if err != nil || found {
			return found, err
		}
	}
	return false, nil
}

func standsIn(name string, trace *domain.Trace, texts []string) (bool, error) {
	f, err := os.Open(name) //nolint:gosec // the database's own file
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, wrap("read the file", err)
	}
	defer func() { _ = f.Close() }()
	buf := make([]byte, 0, soughtAgain+soughtAtOnce)
	for {
		n, err := io.ReadFull(f, buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if trace.In(buf) {
			return true, nil
		}
		for _, t := range texts {
			if bytes.Contains(buf, []byte(t)) {
				return true, nil
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return false, nil
		}
		if err != nil {
			return false, wrap("read the file", err)
		}
		keep := min(soughtAgain, len(buf))
		buf = append(buf[:0], buf[len(buf)-keep:]...)
	}
}
