package store

import (
	"context"
	"errors"
)

const (
	touchMeta  = "UPDATE meta SET value = value WHERE name = ?"
	metaStaff  = "staff" // the row of HoldStaff
	selectMeta = "SELECT value FROM meta WHERE name = ?"
	insertMeta = "INSERT INTO meta (name, value) SELECT ?, ? WHERE NOT EXISTS (SELECT 1 FROM meta WHERE name = ?)"
)

// Secret answers what the database keeps under a name, for all of its nodes and
// as long as it lives. Of all nodes that bring a fresh value to a database
// without, one decides.
func (db *DB) Secret(ctx context.Context, name, fresh string) (string, error) {
	for {
		var value string
		found, err := db.get(ctx, &value, selectMeta, name)
		if err != nil || found {
			return value, wrap("read "+name, err)
		}
		if fresh == "" {
			return "", errors.New("the database has no " + name)
		}
		err = db.do(ctx, func(t *txn) error {
			_, err := t.run.exec(ctx, insertMeta, name, fresh, name)
			if err != nil && t.d.class(err) == classDuplicate {
				return nil // another node was faster
			}
			return wrap("keep "+name, err)
		})
		if err != nil {
			return "", err
		}
	}
}
