package store

import (
	"context"
	"database/sql"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/brosops/bros/domain"
)

// dialect is all that differs between the engines. The statements themselves are
// written once, in their common subset with ? as the placeholder: no RETURNING,
// no upsert, LIMIT only through page.
type dialect interface {
	// engine names the dialect and the folder of its migrations.
	engine() string
	// rebind puts the engine's placeholders for ?.
	rebind(query string) string
	// page is the fragment behind ORDER BY whose one argument is the number of rows.
	page() string
	// timeArg is how an instant is handed to the driver; the zero one is NULL.
	timeArg(t domain.Time) any
	// contains is the condition that a column's text has the argument in it, every
	// character of which means itself. (Of LIKE's escapes the engines differ.)
	contains(column string) string
	// clock is the expression of the database's own time, as its columns hold times.
	clock() string
	// class tells errors of the engine apart.
	class(err error) errClass
	// statement is the engine's own text of a named statement.
	statement(name statementName) (string, bool)
	// sideBySide says that write transactions run beside each other, so that one
	// may have read what another has changed meanwhile.
	sideBySide() bool
	// writeLevel is the isolation of a write transaction.
	writeLevel() sql.IsolationLevel
	// snapshot asks for a read transaction that sees one state of the database.
	snapshot() *sql.TxOptions
	// open connects and starts the writer.
	open(ctx context.Context, o Options) (*engine, error)
	// migrator connects for a schema change: the handle, the goose dialect, and
	// a lock between nodes where the engine has one.
	migrator(ctx context.Context, o Options) (*sql.DB, goose.Dialect, lock.SessionLocker, error)
	// examine looks at a database without changing it.
	examine(ctx context.Context, url string, x *Examination) error
}

// engine is an opened database: readers, the writer, and how to let go of both.
type engine struct {
	readers pools
	writer  writer
	close   func() error
}

// errClass is what an error of an engine means for the transaction it came up in.
type errClass int

const (
	classNone      errClass = iota // no error, or not one of the engine
	classDuplicate                 // a unique key is taken
	classRefused                   // another constraint does not hold
	classAgain                     // deadlock victim, or lost to a concurrent writer: run it again
	classBusy                      // the database can't take it now: locked, full
	classBroken                    // the connection, or the server behind it, is gone
	classOther
)

// statementName names a statement of which an engine has a text of its own, for
// the sake of round trips or speed; the common text works on every engine.
type statementName string

const (
	reserveNumbers statementName = "reserve numbers"
	// storePositions takes two lists of fixes as JSON: those to store, and the
	// newest of each rider.
	storePositions statementName = "store positions"
)

// statementNames are all of them.
var statementNames = []statementName{reserveNumbers, storePositions}

// dialectOf chooses by the scheme of a database URL.
func dialectOf(url string) (dialect, error) {
	scheme, _, ok := strings.Cut(url, ":")
	switch {
	case ok && scheme == "sqlite":
		return sqliteDialect{}, nil
	case ok && scheme == "sqlserver":
		return sqlserverDialect{}, nil
	}
	// The URL may hold a password: it is not repeated.
	return nil, domain.Invalid("databaseUrl", "begins with neither sqlite: nor sqlserver:")
}
