package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Row versions let readers see the last committed state instead of waiting for
// writers, and allow the snapshot that a center is loaded in. In a database that
// holds nothing yet, what is off is switched on, which ends other sessions of
// it; any other is left alone, and refused.
const (
	askDatabase = "SELECT name, is_read_committed_snapshot_on, snapshot_isolation_state, compatibility_level, " +
		"(SELECT COUNT(*) FROM sys.tables) AS tables FROM sys.databases WHERE name = DB_NAME()"
	readCommitted = "ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE"
	allowSnapshot = "ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION ON"
)

// minCompatibility is that of SQL Server 2016, the first with OPENJSON.
const minCompatibility = 130

// errNoVersions is the answer for a database that can't be used as it is.
var errNoVersions = errors.New("the database has READ_COMMITTED_SNAPSHOT or ALLOW_SNAPSHOT_ISOLATION off. While nobody uses it, let its owner run: " +
	"ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE; ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION ON")

// errOwnDatabase is the answer for a database that a server has for itself.
var errOwnDatabase = errors.New("this is a database of the server's own: make one for bros (CREATE DATABASE bros) and name it in BROS_DATABASE_URL (?database=bros)")

// babelfish reports whether the endpoint is PostgreSQL that speaks TDS. It keeps
// row versions always, and knows no ALTER DATABASE.
func babelfish(ctx context.Context, db *sqlx.DB) (bool, error) {
	var version string
	err := db.GetContext(ctx, &version, "SELECT @@VERSION")
	return strings.Contains(version, "Babelfish"), err
}

// databaseState is what askDatabase answers.
type databaseState struct {
	Name          string `db:"name"`
	ReadCommitted bool   `db:"is_read_committed_snapshot_on"`
	Snapshot      int    `db:"snapshot_isolation_state"`
	Level         int    `db:"compatibility_level"`
	Tables        int    `db:"tables"`
}

// lacks is the statement that mends the state: empty when there is nothing to
// mend, an error when it is not for bros to do.
func (s databaseState) lacks() (string, error) {
	switch {
	case slices.Contains([]string{"master", "model", "msdb", "tempdb"}, s.Name):
		return "", errOwnDatabase
	case s.Level < minCompatibility:
		return "", fmt.Errorf("the database has compatibility level %d; bros needs %d (SQL Server 2016) or more", s.Level, minCompatibility)
	case s.ReadCommitted && s.Snapshot == 1:
		return "", nil
	case s.Tables > 0:
		return "", errNoVersions
	case !s.ReadCommitted:
		return readCommitted, nil
	}
	return allowSnapshot, nil
}

func rowVersions(ctx context.Context, db *sqlx.DB) error {
	if other, err := babelfish(ctx, db); err != nil || other {
		return err
	}
	var failed error
	for try := range migrateTries {
		var s databaseState
		if failed = db.GetContext(ctx, &s, askDatabase); failed == nil { // else another node that starts may have ended this session
			statement, err := s.lacks()
			if err != nil || statement == "" {
				return err
			}
			_, failed = db.ExecContext(ctx, statement)
		}
		if err := backoff(ctx, 50*time.Millisecond, try); err != nil {
			return err
		}
	}
	return errors.Join(errNoVersions, failed)
}

func (d sqlserverDialect) migrator(ctx context.Context, o Options) (*sql.DB, goose.Dialect, lock.SessionLocker, error) {
	db, err := d.connect(ctx, o, 2, 0) // a step may take its time
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
