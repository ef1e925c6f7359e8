package store

import (
	"context"
	"time"

	"github.com/brosops/bros/domain"
)

// Every method here is one small transaction that deletes the oldest rows of a
// kind. Who calls it again and again leaves room for others in between.

// agedTables are what goes by age alone: the column that says it, and its index.
var agedTables = map[domain.Aged]struct{ table, column, of, value string }{
	domain.AgedSessions: {"sessions", "expires_at", "", ""},
	domain.AgedTickets:  {"tickets", "expires_at", "", ""},
	domain.AgedAnswers:  {"answers", "created_at", "", ""},
	domain.AgedAudit:    {"audit", "at", "", ""},
	domain.AgedPhotos:   {"photos", "created_at", "", ""},
	domain.AgedDead:     {"webhook_deliveries", "at", "status", string(domain.WebhookDead)},
}

// PruneAged deletes rows of a kind that expired or came into being at the given
// instant or before, the oldest first and about batch of them. It answers how
// many it saw: fewer than batch, and the kind is done. Of answers to idempotency
// keys none that still counts is deleted.
func (db *DB) PruneAged(ctx context.Context, kind domain.Aged, before time.Time, batch int) (n int, err error) {
	a, ok := agedTables[kind]
	if !ok {
		return 0, domain.Invalid("kind", "is nothing that goes by age")
	}
	if kind == domain.AgedAnswers {
		if counts := db.now().Add(-answerLife); before.After(counts) {
			before = counts
		}
	}
	err = db.do(ctx, func(t *txn) error {
		n, err = t.deleteOldest(ctx, a.table, a.column, a.of, a.value, before, batch)
		return wrap("prune "+a.table, err)
	})
	return n, err
}

// PrunePositions does the same for one rider's track. The newest place of a
// rider is kept apart from it.
func (db *DB) PrunePositions(ctx context.Context, riderID string, before time.Time, batch int) (n int, err error) {
	err = db.do(ctx, func(t *txn) error {
		n, err = t.deleteOldest(ctx, "positions", "at", "rider_id", riderID, before, batch)
		return wrap("prune positions", err)
	})
	return n, err
}

// PruneChat does the same for the messages of a center. Numbers are not given again.
func (db *DB) PruneChat(ctx context.Context, centerID string, before time.Time, batch int) (n int, err error) {
	err = db.do(ctx, func(t *txn) error {
		n, err = t.deleteOldest(ctx, "chat", "at", "center_id", centerID, before, batch)
		return wrap("prune chat", err)
	})
	return n, err
}

// TrackedRiders answers at most limit riders behind after that have ever sent a
// place, by id.
func (q queries) TrackedRiders(ctx context.Context, after string, limit int) ([]string, error) {
	var rows []struct {
		ID string `db:"rider_id"`
	}
	err := q.sel(ctx, &rows, "SELECT rider_id FROM last_positions WHERE rider_id > ? ORDER BY rider_id "+q.d.page(), after, limit)
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	return ids, wrap("list riders with places", err)
}

// deleteOldest deletes about a batch of the oldest rows, of one owner where
// there are owners: all up to the instant of the batch's last.
func (t *txn) deleteOldest(ctx context.Context, table, column, owner, id string, before time.Time, batch int) (int, error) {
	cond, args := column+" <= ?", []any{before}
	if owner != "" {
		cond, args = owner+" = ? AND "+cond, []any{id, before}
	}
	var cut []struct {
		At nullTime `db:"at"`
	}
	err := t.sel(ctx, &cut, "SELECT "+column+" AS at FROM "+table+" WHERE "+cond+" ORDER BY "+column+" "+t.d.page(), append(args[:len(args):len(args)], batch)...)
	if err != nil || len(cut) == 0 {
		return 0, err
	}
	args[len(args)-1] = cut[len(cut)-1].At.Time
	_, err = t.run.exec(ctx, "DELETE FROM "+table+" WHERE "+cond, args...)
	return len(cut), err
}

// PruneLog deletes the oldest entries of a center's log, at most batch of them,
// up to the first that is not older than before, or that an active webhook has
// still to be told of and is younger than a day, and moves the floor there. It
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
		taken, followed, err := t.webhookFloor(ctx, centerID)
		if err != nil {
			return err
		}
		floor := int64(0)
		for _, r := range rows {
			if !r.At.Before(before) || followed && r.Seq > taken && t.now().Sub(r.At.Time.Time) < domain.WebhookRetries {
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
		_, err = t.run.exec(ctx, "UPDATE webhook_cursors SET missed = ? WHERE center_id = ? AND seq < ? AND missed < ?", floor, centerID, floor, floor)
		if err != nil {
			return wrap("note what webhooks miss", err)
		}
		_, err = t.run.exec(ctx, "UPDATE heads SET log_floor = ? WHERE center_id = ? AND log_floor < ?", floor, centerID, floor)
		return wrap("move the floor", err)
	})
	return n, err
}
