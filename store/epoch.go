package store

import (
	"context"

	"github.com/brosops/bros/domain"
)

const (
	insertEpoch = "INSERT INTO meta (name, value) SELECT 'epoch', ? WHERE NOT EXISTS (SELECT 1 FROM meta WHERE name = 'epoch')"
	swapEpoch   = "UPDATE meta SET value = ? WHERE name = 'epoch' AND value = ?"
)

// Epoch names the history that this database's numbers belong to.
func (db *DB) Epoch(ctx context.Context) (string, error) {
	var epoch string
	_, err := db.get(ctx, &epoch, selectEpoch)
	return epoch, wrap("read epoch", err)
}

// NewEpoch begins a new history, as after restoring a backup: every client
// starts over from a snapshot.
func (db *DB) NewEpoch(ctx context.Context) (string, error) {
	for {
		old, err := db.Epoch(ctx)
		if err != nil {
			return "", err
		}
		fresh, err := db.swapEpoch(ctx, old)
		if err != nil || fresh != "" {
			return fresh, err
		}
	}
}

// RenewEpoch sets a new epoch if the present one is still old, and answers the
// one that holds: of all nodes that ask at once, one decides.
func (db *DB) RenewEpoch(ctx context.Context, old string) (string, error) {
	fresh, err := db.swapEpoch(ctx, old)
	if err != nil || fresh != "" {
		return fresh, err
	}
	return db.Epoch(ctx)
}

// swapEpoch answers the new epoch, or empty when it was old no more.
func (db *DB) swapEpoch(ctx context.Context, old string) (fresh string, err error) {
	err = db.do(ctx, func(t *txn) error {
		fresh = domain.NewID()
		t.group.epoch = "" // others in this group are to read it again
		hit, err := t.run.exec(ctx, swapEpoch, fresh, old)
		if hit == 0 {
			fresh = ""
		}
		return wrap("set epoch", err)
	})
	return fresh, err
}

// ensureEpoch gives a fresh database its first epoch.
func (db *DB) ensureEpoch(ctx context.Context) error {
	epoch, err := db.Epoch(ctx)
	if err != nil || epoch != "" {
		return err
	}
	return db.do(ctx, func(t *txn) error {
		_, err := t.run.exec(ctx, insertEpoch, domain.NewID())
		if err != nil && t.d.class(err) == classDuplicate {
			return nil // another node was faster
		}
		return wrap("set epoch", err)
	})
}
