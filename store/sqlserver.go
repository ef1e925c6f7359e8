package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/golang-sql/civil"
	"github.com/jmoiron/sqlx"
	mssql "github.com/microsoft/go-mssqldb"
	"github.com/microsoft/go-mssqldb/msdsn"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/brosops/bros/domain"
)

// sqlserverDialect is Microsoft SQL Server, for installations of several hosts.
type sqlserverDialect struct{}

// The pools of the writers and of the readers, each. Connections are made anew
// now and then, so that after a failover they spread over what there is.
const (
	sqlserverConns = 16
	connLife       = 30 * time.Minute
	connIdle       = 5 * time.Minute
	// statementTime bounds how long a statement may leave its connection silent:
	// past it the connection is given up.
	statementTime = 30 * time.Second
)

func (sqlserverDialect) engine() string                { return "sqlserver" }
func (sqlserverDialect) page() string                  { return "OFFSET 0 ROWS FETCH NEXT ? ROWS ONLY" }
func (sqlserverDialect) contains(column string) string { return "CHARINDEX(?, " + column + ") > 0" }

func (sqlserverDialect) writeLevel() sql.IsolationLevel { return sql.LevelReadCommitted }
func (sqlserverDialect) sideBySide() bool               { return true }

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

// timeArg is the instant itself, or a NULL with a type: a civil.DateTime goes as the
// datetime2 that the columns are, a time.Time would go as datetimeoffset.
func (sqlserverDialect) timeArg(t domain.Time) any {
	if t.IsZero() {
		return sql.NullTime{}
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

// mssqlGone are the numbers that a server says when it, or the replica asked, is
// going away, coming up or has been told to end the session.
var mssqlGone = []int32{
	596, 6005, 17142, // the session is killed, a shutdown, a pause
	921, 922, 976, 979, 983, 3906, 4060, 5069, // the database is not there yet, or read only: a failover
	10928, 10929, 40197, 40501, 40613, 49918, 49919, 49920, // a hosted server has moved or is overloaded
}

func (sqlserverDialect) class(err error) errClass {
	var e mssql.Error
	if errors.As(err, &e) {
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
		if slices.Contains(mssqlGone, e.Number) {
			return classBroken
		}
		return classOther
	}
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return classNone
	}
	var (
		network net.Error
		stream  mssql.StreamError
		server  mssql.ServerError
	)
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.As(err, &network) || errors.As(err, &stream) || errors.As(err, &server) {
		return classBroken
	}
	return classNone
}

// Its own texts save a round trip while a center's head is held. Not by OUTPUT:
// one that waited for another's update was told the number of before by an
// endpoint that is not SQL Server itself.
var sqlserverStatements = map[statementName]string{
	reserveNumbers: "UPDATE heads SET seq = seq + ? WHERE center_id = ?; SELECT seq FROM heads WHERE center_id = ?",
}

func (sqlserverDialect) statement(name statementName) (string, bool) {
	s, ok := sqlserverStatements[name]
	return s, ok
}

func (d sqlserverDialect) open(ctx context.Context, o Options) (*engine, error) {
	wdb, err := d.connect(ctx, o.URL, statementTime)
	if err != nil {
		return nil, err
	}
	rdb, err := d.connect(ctx, o.URL, statementTime)
	if err != nil {
		return nil, errors.Join(err, wdb.Close())
	}
	readers := newPool(rdb, d)
	readers.patience = brokenPatience
	w := newSingleWriter(newWriterBase(d, o), wdb, o.Queue)
	return &engine{readers: readers, writer: w, close: func() error { return errors.Join(readers.close(), w.close()) }}, nil
}

// connect opens a pool whose statements are given up after silent without a
// sign of the server; the URL may ask for another bound.
func (sqlserverDialect) connect(ctx context.Context, url string, silent time.Duration) (*sqlx.DB, error) {
	cfg, err := msdsn.Parse(url)
	if err != nil {
		// The error may repeat the URL, and that holds a password.
		return nil, domain.Invalid("databaseUrl", "is not of the form sqlserver://user:password@host:port?database=name")
	}
	if cfg.ConnTimeout == 0 {
		cfg.ConnTimeout = silent
	}
	db := sqlx.NewDb(sql.OpenDB(mssql.NewConnectorConfig(cfg)), "sqlserver")
	db.SetMaxOpenConns(sqlserverConns)
	db.SetMaxIdleConns(sqlserverConns)
	db.SetConnMaxLifetime(connLife)
	db.SetConnMaxIdleTime(connIdle)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Row versions let readers see the last committed state instead of waiting for
// writers, and allow the snapshot that a center is loaded in. What is off is
// switched on, which ends the other sessions of the database: only when bros
// starts on it for the first time.
const (
	askVersions   = "SELECT is_read_committed_snapshot_on, snapshot_isolation_state FROM sys.databases WHERE name = DB_NAME()"
	readCommitted = "ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE"
	allowSnapshot = "ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION ON"
)

// errNoVersions is the answer for a database that can't be used.
var errNoVersions = errors.New("the database has READ_COMMITTED_SNAPSHOT or ALLOW_SNAPSHOT_ISOLATION off and they can't be " +
	"switched on: let its owner run ALTER DATABASE … SET READ_COMMITTED_SNAPSHOT ON and ALTER DATABASE … SET ALLOW_SNAPSHOT_ISOLATION ON")

// babelfish reports whether the endpoint is PostgreSQL that speaks TDS. It keeps
// row versions always, and knows no ALTER DATABASE.
func babelfish(ctx context.Context, db *sqlx.DB) (bool, error) {
	var version string
	err := db.GetContext(ctx, &version, "SELECT @@VERSION")
	return strings.Contains(version, "Babelfish"), err
}

func rowVersions(ctx context.Context, db *sqlx.DB) error {
	if other, err := babelfish(ctx, db); err != nil || other {
		return err
	}
	var failed error
	for try := range migrateTries {
		var on struct {
			ReadCommitted bool `db:"is_read_committed_snapshot_on"`
			Snapshot      int  `db:"snapshot_isolation_state"`
		}
		if err := db.GetContext(ctx, &on, askVersions); err != nil {
			failed = err // another node that starts may have ended this session
		} else if on.ReadCommitted && on.Snapshot == 1 {
			return nil
		} else if !on.ReadCommitted {
			_, failed = db.ExecContext(ctx, readCommitted)
		} else {
			_, failed = db.ExecContext(ctx, allowSnapshot)
		}
		if err := backoff(ctx, 50*time.Millisecond, try); err != nil {
			return err
		}
	}
	return errors.Join(errNoVersions, failed)
}

func (d sqlserverDialect) migrator(ctx context.Context, url string) (*sql.DB, goose.Dialect, lock.SessionLocker, error) {
	db, err := d.connect(ctx, url, 0) // a step may take its time
	if err != nil {
		return nil, "", nil, err
	}
	if err := rowVersions(ctx, db); err != nil {
		return nil, "", nil, errors.Join(err, db.Close())
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
