package store

import (
	"context"
	"time"

	"github.com/brosops/bros/domain"
)

// pruneBatch bounds how much one transaction deletes, so that no write waits long.
const pruneBatch = 500

// Prune deletes expired sessions, tickets and idempotency answers, in small batches.
func (db *DB) Prune(ctx context.Context, now time.Time) error {
	for _, p := range []struct{ table, column string }{
		{"sessions", "expires_at"}, {"tickets", "expires_at"}, {"answers", "created_at"},
	} {
		before := domain.At(now)
		if p.table == "answers" {
			before = before.Add(-answerLife)
		}
		for more := true; more; {
			err := db.do(ctx, func(t *txn) (err error) {
				more, err = t.deleteBefore(ctx, p.table, p.column, before)
				return wrap("prune "+p.table, err)
			})
			if err != nil {
				return err
			}
		}
	}
	return db.prunePush(ctx)
}

// deleteBefore deletes about a batch of the oldest rows; more: there may be others.
func (t *txn) deleteBefore(ctx context.Context, table, column string, before domain.Time) (more bool, err error) {
	var cut []struct {
		At nullTime `db:"at"`
	}
	err = t.sel(ctx, &cut, "SELECT "+column+" AS at FROM "+table+" WHERE "+column+" <= ? ORDER BY "+column+" "+t.d.page(), before, pruneBatch)
	if err != nil || len(cut) == 0 {
		return false, err
	}
	_, err = t.run.exec(ctx, "DELETE FROM "+table+" WHERE "+column+" <= ?", cut[len(cut)-1].At.Time)
	return len(cut) == pruneBatch, err
}

// PruneLog deletes the oldest entries of a center's log, at most batch of them,
// up to the first that is not older than before, and moves the floor there. It
// answers how many it deleted: fewer than batch, and the center is done.
func (db *DB) PruneLog(ctx context.Context, centerID string, before time.Time, batch int) (int, error) {
	n := 0
	err := db.do(ctx, func(t *txn) error {
		n = 0
		var rows []struct {
			Seq int64    `db:"seq"`
			At  nullTime `db:"at"`
		}
		if err := t.sel(ctx, &rows, "SELECT seq, at FROM log WHERE center_id = ? ORDER BY seq "+t.d.page(), centerID, batch); err != nil {
			return wrap("prune log", err)
		}
		floor := int64(0)
		for _, r := range rows {
			if !r.At.Before(before) {
				break
			}
			floor = r.Seq
			n++
		}
		if n == 0 {
			return nil
		}
		if _, err := t.run.exec(ctx, "DELETE FROM log WHERE center_id = ? AND seq <= ?", centerID, floor); err != nil {
			return wrap("prune log", err)
		}
		_, err := t.run.exec(ctx, "UPDATE heads SET log_floor = ? WHERE center_id = ? AND log_floor < ?", floor, centerID, floor)
		return wrap("move the floor", err)
	})
	return n, err
}
