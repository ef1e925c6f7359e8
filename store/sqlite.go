package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"modernc.org/sqlite" // registers the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/brosops/bros/domain"
)

// sqliteDialect is the embedded engine: a file, one writer, readers beside it.
type sqliteDialect struct{}

// sqlx knows the driver by other names only.
func init() { sqlx.BindDriver("sqlite", sqlx.QUESTION) }

func (sqliteDialect) engine() string                         { return "sqlite" }
func (sqliteDialect) rebind(query string) string             { return query }
func (sqliteDialect) page() string                           { return "LIMIT ?" }
func (sqliteDialect) contains(column string) string          { return "INSTR(" + column + ", ?) > 0" }
func (sqliteDialect) clock() string                          { return "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')" }
func (sqliteDialect) statement(statementName) (string, bool) { return "", false }
func (sqliteDialect) writeLevel() sql.IsolationLevel         { return sql.LevelDefault }
func (sqliteDialect) sideBySide() bool                       { return false }
func (sqliteDialect) snapshot() *sql.TxOptions               { return &sql.TxOptions{ReadOnly: true} }

// timeArg is text of the one form that sorts like the instants it says.
func (sqliteDialect) timeArg(t domain.Time) any {
	if t.IsZero() {
		return nil
	}
	return timeText(t.Time)
}

// timeText is t.String(), which every statement needs several times, without
// going through a layout.
func timeText(t time.Time) string {
	t = t.UTC()
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return domain.At(t).String()
	}
	hour, minute, sec := t.Clock()
	b := []byte("0000-00-00T00:00:00.000Z")
	put := func(at, width, v int) {
		for i := at + width - 1; i >= at; i-- {
			b[i] = byte('0' + v%10)
			v /= 10
		}
	}
	put(0, 4, year)
	put(5, 2, int(month))
	put(8, 2, day)
	put(11, 2, hour)
	put(14, 2, minute)
	put(17, 2, sec)
	put(20, 3, t.Nanosecond()/int(time.Millisecond))
	return string(b)
}

func (sqliteDialect) class(err error) errClass {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return classNone
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return classDuplicate
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_CONSTRAINT:
		return classRefused
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL,
		sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY: // the disk: full, gone, read only
		return classBusy
	}
	return classOther
}

// open connects the writer, which makes commits durable one by one (FULL), and
// the readers. The writer waits for a lock by itself (groupWriter.begin).
func (d sqliteDialect) open(_ context.Context, o Options) (*engine, error) {
	// What is deleted is overwritten: nothing forgotten stays in free pages.
	wdb, err := d.connect(o.URL, 1, "busy_timeout(3)", "synchronous(FULL)", "foreign_keys(1)", "secure_delete(1)",
		"cache_size(-32000)", "temp_store(MEMORY)", "wal_autocheckpoint(4000)", "journal_size_limit(67108864)")
	if err != nil {
		return nil, err
	}
	var opened error
	reader := func(n int) *pool {
		db, err := d.connect(o.URL, n, "busy_timeout(5000)", "query_only(1)", "cache_size(-8000)", "temp_store(MEMORY)")
		opened = errors.Join(opened, err)
		return newPool(db, d)
	}
	readers := pools{short: reader(o.Readers), scans: reader(scanConns()), vital: reader(vitalConns)}
	if opened != nil { // the path, which is the same for all
		return nil, errors.Join(opened, wdb.Close())
	}
	w := newGroupWriter(newWriterBase(d, o), wdb, o)
	return &engine{readers: readers, writer: w, close: func() error {
		// The last connection folds the journal into the file: that is the writer's.
		return errors.Join(readers.close(), w.close())
	}}, nil
}

func (d sqliteDialect) migrator(ctx context.Context, o Options) (*sql.DB, goose.Dialect, lock.SessionLocker, error) {
	path, err := sqlitePath(o.URL)
	if err != nil {
		return nil, "", nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, "", nil, err
	}
	// The engine would let everybody read the file that it makes.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, "", nil, err
	}
	if err := f.Close(); err != nil {
		return nil, "", nil, err
	}
	db, err := d.connect(o.URL, 1, "busy_timeout(15000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)")
	if err != nil {
		return nil, "", nil, err
	}
	// The first connection turns the journal to WAL, which does not wait for
	// others that do the same; from then on it is so for good.
	for start := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		if err = db.PingContext(ctx); err == nil {
			return db.DB, goose.DialectSQLite3, nil, nil
		}
		if d.class(err) != classBusy || time.Since(start) > beginPatience {
			return nil, "", nil, errors.Join(err, db.Close())
		}
	}
}

// connect opens a pool of at most n connections, each set up by the pragmas.
// Transactions that database/sql begins for writing take the lock at once.
func (sqliteDialect) connect(url string, n int, pragmas ...string) (*sqlx.DB, error) {
	path, err := sqlitePath(url)
	if err != nil {
		return nil, err
	}
	db, err := sqlx.Open("sqlite", sqliteName(path, pragmas))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, nil
}

func sqliteName(path string, pragmas []string) string {
	q := url.Values{"_pragma": pragmas, "_txlock": {"immediate"}}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// Backup writes a copy of an embedded database to a new file, as of one moment,
// while others go on reading and writing it. Of a database server it is not
// ours to make one: its own tools do.
func Backup(ctx context.Context, url, file string) (err error) {
	d, err := dialectOf(url)
	if err != nil {
		return err
	}
	lite, ok := d.(sqliteDialect)
	if !ok {
		return domain.Invalid("databaseUrl", "is a database server's, which has a backup of its own")
	}
	path, err := sqlitePath(url)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err != nil {
		return wrap("backup", err)
	}
	// It holds people's phone numbers: nobody else is to read it, from the start.
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return wrap("backup", err)
	}
	defer func() {
		if err == nil {
			err = f.Sync()
		}
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			_ = os.Remove(file)
		}
	}()
	db, err := lite.connect(url, 1, "busy_timeout(15000)")
	if err != nil {
		return wrap("backup", err)
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", file)
	return wrap("backup", errors.Join(err, db.Close()))
}

// sqlitePath is the file of sqlite:PATH (sqlite:///PATH is understood too).
func sqlitePath(dbURL string) (string, error) {
	path := strings.TrimPrefix(dbURL, "sqlite:")
	path = strings.TrimPrefix(path, "//")
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return "", fmt.Errorf("sqlite: wants the path of a file, as sqlite:data/bros.db")
	}
	return path, nil
}
