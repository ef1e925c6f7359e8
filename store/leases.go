package store

import (
	"context"
	"time"
)

// TakeLease takes a lease, or renews it when the holder has it: from now on for
// the given time nobody else gets it. held is false when another one has it. A
// lease that is not renewed ends by itself, so that who is killed is replaced.
//
// All times are the database's own, so the clocks of the nodes don't matter. A
// holder counts the time from before it asked; as it may be stopped in mid-work
// and wake up too late, the work under a lease has to be harmless when two do it.
func (db *DB) TakeLease(ctx context.Context, name, holder string, length time.Duration) (held bool, err error) {
	// Most askers find that another one has it: that costs no write.
	if l, err := db.queries.lease(ctx, name); err != nil || l.Holder != holder && l.stands() {
		return false, wrap("look at a lease", err)
	}
	err = db.do(ctx, func(t *txn) error {
		held = false
		l, err := t.lease(ctx, name)
		if err != nil {
			return wrap("look at a lease", err)
		}
		until := l.Now.Add(length)
		if l.Holder == "" {
			_, err := t.run.exec(ctx, "INSERT INTO leases (name, holder, expires_at) VALUES (?, ?, ?)", name, holder, until)
			held = err == nil
			return wrap("take a lease", t.retryDuplicate(err))
		}
		n, err := t.run.exec(ctx, "UPDATE leases SET holder = ?, expires_at = ? WHERE name = ? AND (holder = ? OR expires_at <= ?)",
			holder, until, name, holder, l.Now.Time)
		held = n == 1
		return wrap("take a lease", err)
	})
	return held && err == nil, err
}

// ReleaseLease gives a lease back before its time, if the holder still has it.
func (db *DB) ReleaseLease(ctx context.Context, name, holder string) error {
	return db.do(ctx, func(t *txn) error {
		_, err := t.run.exec(ctx, "DELETE FROM leases WHERE name = ? AND holder = ?", name, holder)
		return wrap("release a lease", err)
	})
}

// leaseRow is a lease beside the time that it is on the database's clock.
type leaseRow struct {
	Holder  string   `db:"holder"` // empty: nobody has it
	Expires nullTime `db:"expires_at"`
	Now     nullTime `db:"now_at"`
}

func (l leaseRow) stands() bool { return l.Holder != "" && l.Expires.After(l.Now.Time.Time) }

func (q queries) lease(ctx context.Context, name string) (leaseRow, error) {
	var l leaseRow
	_, err := q.get(ctx, &l, "SELECT COALESCE(leases.holder, '') AS holder, leases.expires_at, clock.now_at "+
		"FROM (SELECT "+q.d.clock()+" AS now_at) AS clock LEFT JOIN leases ON leases.name = ?", name)
	return l, err
}
