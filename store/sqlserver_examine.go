package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	mssql "github.com/microsoft/go-mssqldb"
)

// examinePatience is how long a server that refuses is asked again, examineConnect
// how long one may say nothing at all (a firewall drops what is sent to it).
const (
	examinePatience = 3 * time.Second
	examineConnect  = 10 * time.Second
)

// examine asks a server over one connection.
func (d sqlserverDialect) examine(ctx context.Context, url string, x *Examination) (err error) {
	connecting, cancel := context.WithTimeout(ctx, examineConnect)
	defer cancel()
	db, err := d.connect(connecting, Options{URL: url, Conns: 2, Patience: examinePatience, Logger: slog.New(slog.DiscardHandler)}, 1, examineConnect)
	if err != nil {
		x.Trouble = troubleOf(err)
		if connecting.Err() != nil {
			err = fmt.Errorf("no answer in %s (%w)", examineConnect, err)
		}
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	q := queries{d: d, run: newPool(db, d)}
	other, err := babelfish(ctx, db)
	if err != nil {
		return wrap("ask for the version of the server", err)
	}
	if !other {
		var s databaseState
		if err := db.GetContext(ctx, &s, askDatabase); err != nil {
			return wrap("ask for the state of the database", err)
		}
		_, x.Versions = s.lacks()
	}
	var tables int
	if _, err := q.get(ctx, &tables, "SELECT COUNT(*) AS n FROM sys.tables WHERE name = 'goose_db_version'"); err != nil {
		return wrap("look for the schema", err)
	}
	if err := x.look(ctx, q, tables > 0); err != nil {
		return err
	}
	return x.rights(ctx, db)
}

// rights asks whether the user may do what the next start does: make tables, or
// write to those that are there.
func (x *Examination) rights(ctx context.Context, db *sqlx.DB) error {
	question, lack := "SELECT HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'CREATE TABLE')", "make tables there"
	if x.Version >= x.Newest {
		question, lack = "SELECT HAS_PERMS_BY_NAME('heads', 'OBJECT', 'UPDATE')", "write to its tables"
	}
	var may sql.NullInt64 // NULL: the server can't say
	if err := db.GetContext(ctx, &may, question); err != nil {
		return wrap("ask for the user's rights", err)
	}
	if may.Valid && may.Int64 == 0 {
		x.ReadOnly = lack
	}
	return nil
}

// troubleOf sorts the errors of a connection that does not come about. The driver
// gives some as text alone.
func troubleOf(err error) Trouble {
	var (
		server  mssql.Error
		network *net.OpError
		address *net.DNSError
	)
	said := ""
	if err != nil {
		said = err.Error()
	}
	switch {
	case errors.As(err, &server):
		return loginTrouble(server)
	case strings.Contains(said, "TLS Handshake"), strings.Contains(said, "encrypt"):
		return TroubleTLS
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), strings.Contains(strings.ToLower(said), "prelogin"), strings.Contains(said, "packet"):
		return TroubleStranger
	case errors.As(err, &network), errors.As(err, &address), errors.Is(err, context.DeadlineExceeded), strings.Contains(said, "unable to open tcp connection"):
		return TroubleAway
	}
	return ""
}

// loginTrouble tells a wrong password from a missing database: that one's number
// is said before "login failed", or with words alone.
func loginTrouble(e mssql.Error) Trouble {
	numbers := []int32{e.Number}
	for _, one := range e.All {
		numbers = append(numbers, one.Number)
	}
	switch {
	case slices.ContainsFunc(numbers, func(n int32) bool { return n == mssqlNoDatabase || n == mssqlCantOpen }),
		strings.Contains(e.Message, "Cannot open database"):
		return TroubleDatabase
	case slices.ContainsFunc(numbers, func(n int32) bool { return slices.Contains(mssqlWho, n) }):
		return TroubleLogin
	}
	return ""
}
