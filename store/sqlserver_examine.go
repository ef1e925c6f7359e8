package store

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// examinePatience is how long a server that does not answer is asked again.
const examinePatience = 3 * time.Second

// examine asks a server over one connection.
func (d sqlserverDialect) examine(ctx context.Context, url string, x *Examination) (err error) {
	db, err := d.connect(ctx, Options{URL: url, Conns: 2, Patience: examinePatience, Logger: slog.New(slog.DiscardHandler)}, statementTime)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	q := queries{d, newPool(db, d)}
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
	return x.look(ctx, q, tables > 0)
}
