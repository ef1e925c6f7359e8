package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/golang-sql/civil"
	"github.com/jmoiron/sqlx"
	mssql "github.com/microsoft/go-mssqldb"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/brosops/bros/domain"
)

// sqlserverDialect is Microsoft SQL Server, for installations of several hosts.
type sqlserverDialect struct{}

// sqlserverConns bounds the connections of the writers, and again of the readers.
const sqlserverConns = 16

func (sqlserverDialect) engine() string      { return "sqlserver" }
func (sqlserverDialect) page() string        { return "OFFSET 0 ROWS FETCH NEXT ? ROWS ONLY" }
func (sqlserverDialect) likeSpecial() string { return `\%_[` }

// snapshot is a level of its own there; the schema's preparation allows it.
func (sqlserverDialect) snapshot() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelSnapshot}
}

// rebind numbers the placeholders, leaving literals alone.
func (sqlserverDialect) rebind(query string) string {
	var b strings.Builder
	b.Grow(len(query) + 32)
	n, quoted := 0, false
	for _, r := range query {
		switch {
		case r == '\'':
			quoted = !quoted
		case r == '?' && !quoted:
			n++
			b.WriteString("@p" + strconv.Itoa(n))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// timeArg is the instant itself: a civil.DateTime goes as the
// datetime2 that the columns are, a time.Time would go as datetimeoffset.
func (sqlserverDialect) timeArg(t domain.Time) any {
	if t.IsZero() {
		return nil
	}
	return civil.DateTimeOf(t.UTC())
}

// The numbers of its errors that mean something to a transaction.
const (
	mssqlDuplicateIndex = 2601
	mssqlDuplicateKey   = 2627
	mssqlConstraint     = 547
	mssqlNull           = 515
	mssqlDeadlock       = 1205
	mssqlLockTimeout    = 1222
	mssqlSnapshotLost   = 3960
	mssqlLogFull        = 9002
	mssqlFileFull       = 1105
)

func (sqlserverDialect) class(err error) errClass {
	var e mssql.Error
	if !errors.As(err, &e) {
		return classNone
	}
	switch e.Number {
	case mssqlDuplicateIndex, mssqlDuplicateKey:
		return classDuplicate
	case mssqlConstraint, mssqlNull:
		return classRefused
	case mssqlDeadlock, mssqlLockTimeout, mssqlSnapshotLost:
		return classAgain
	case mssqlLogFull, mssqlFileFull:
		return classBusy
	}
	return classOther
}

// Its own texts save a round trip while a center's head is held.
var sqlserverStatements = map[statementName]string{
	reserveNumbers: "UPDATE heads SET seq = seq + ? OUTPUT inserted.seq WHERE center_id = ?",
}

func (sqlserverDialect) statement(name statementName) (string, bool) {
	s, ok := sqlserverStatements[name]
	return s, ok
}

func (d sqlserverDialect) open(ctx context.Context, o Options) (*engine, error) {
	wdb, err := d.connect(ctx, o.URL)
	if err != nil {
		return nil, err
	}
	rdb, err := d.connect(ctx, o.URL)
	if err != nil {
		return nil, errors.Join(err, wdb.Close())
	}
	readers := newPool(rdb, d)
	w := newSingleWriter(newWriterBase(d, o), wdb, o.Queue)
	return &engine{readers: readers, writer: w, close: func() error { return errors.Join(readers.close(), w.close()) }}, nil
}

func (sqlserverDialect) connect(ctx context.Context, url string) (*sqlx.DB, error) {
	db, err := sqlx.Open("sqlserver", url)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(sqlserverConns)
	db.SetMaxIdleConns(sqlserverConns)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// rowVersions lets readers see the last committed state instead of waiting for
// writers, and allows the snapshot that a center is loaded in.
const rowVersions = `
IF (SELECT is_read_committed_snapshot_on FROM sys.databases WHERE name = DB_NAME()) = 0
    ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE;
IF (SELECT snapshot_isolation_state FROM sys.databases WHERE name = DB_NAME()) = 0
    ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION ON;`

func (d sqlserverDialect) migrator(ctx context.Context, url string) (*sql.DB, goose.Dialect, lock.SessionLocker, error) {
	db, err := d.connect(ctx, url)
	if err != nil {
		return nil, "", nil, err
	}
	if _, err := db.ExecContext(ctx, rowVersions); err != nil {
		return nil, "", nil, errors.Join(fmt.Errorf("switch on row versions: %w", err), db.Close())
	}
	return db.DB, goose.DialectMSSQL, appLock{}, nil
}

// appLock lets one node at a time change the schema.
type appLock struct{}

const appLockWait = time.Minute

func (appLock) SessionLock(ctx context.Context, c *sql.Conn) error {
	var result int
	err := c.QueryRowContext(ctx, "DECLARE @r int; EXEC @r = sp_getapplock @Resource = 'bros schema', @LockMode = 'Exclusive', "+
		"@LockOwner = 'Session', @LockTimeout = @p1; SELECT @r", appLockWait.Milliseconds()).Scan(&result)
	if err == nil && result < 0 {
		err = fmt.Errorf("another node has been changing the schema for %s", appLockWait)
	}
	return err
}

func (appLock) SessionUnlock(ctx context.Context, c *sql.Conn) error {
	_, err := c.ExecContext(ctx, "EXEC sp_releaseapplock @Resource = 'bros schema', @LockOwner = 'Session'")
	return err
}
