package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"
)

const (
	// examineWait is how long another process may hold the lock before it is noted.
	examineWait = 3 * time.Second
	// examineRead bounds looking through the file: a big one is not read to its end.
	examineRead = 5 * time.Second
)

// examine reads the file through a connection that can't make it, and takes the
// lock for writing once.
func (d sqliteDialect) examine(ctx context.Context, url string, x *Examination) error {
	path, err := sqlitePath(url)
	if err != nil {
		return err
	}
	x.File = path
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		x.Missing = true
		return nil
	case err != nil:
		return wrap("look at the file", err)
	case info.Size() == 0:
		x.Missing = true
		return nil
	}
	db, err := d.connect(url, 1, "busy_timeout(3000)")
	if err != nil {
		return err
	}
	q := queries{d: d, run: newPool(db, d)}
	err = d.examineFile(ctx, q, x)
	return errors.Join(err, db.Close())
}

func (d sqliteDialect) examineFile(ctx context.Context, q queries, x *Examination) error {
	if _, err := q.get(ctx, &x.Journal, "PRAGMA journal_mode"); err != nil {
		return wrap("read the file", err)
	}
	looking, cancel := context.WithTimeout(ctx, examineRead)
	defer cancel()
	_, err := q.get(looking, &x.Damage, "PRAGMA quick_check(1)")
	switch {
	case looking.Err() != nil: // it is too big for a look
	case err != nil:
		return wrap("look through the file", err)
	default:
		x.Whole = true
	}
	if strings.EqualFold(x.Damage, "ok") {
		x.Damage = ""
	}
	var tables int
	if _, err := q.get(ctx, &tables, "SELECT COUNT(*) FROM sqlite_master WHERE name = 'goose_db_version'"); err != nil {
		return wrap("read the file", err)
	}
	if err := x.look(ctx, q, tables > 0); err != nil {
		return err
	}
	return d.examineWriting(ctx, x)
}

// examineWriting begins a transaction that writes, and ends it without.
func (d sqliteDialect) examineWriting(ctx context.Context, x *Examination) (err error) {
	db, err := d.connect("sqlite:"+x.File, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for begun := time.Now(); ; {
		tx, err := db.BeginTxx(ctx, nil)
		if err == nil {
			return tx.Rollback()
		}
		if d.class(err) != classBusy {
			return wrap("begin to write", err)
		}
		if time.Since(begun) > examineWait {
			x.Busy = true
			return nil
		}
		if backoff(ctx, 5*time.Millisecond, 0) != nil {
			return ctx.Err()
		}
	}
}
