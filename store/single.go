package store

import (
	"context"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/brosops/bros/domain"
)

// singleWriter runs each transaction on a connection of its own, side by side,
// as a database server does it best. One that loses to another (a deadlock, a
// changed version, a key taken) is run again.
type singleWriter struct {
	*writerBase
	db    *sqlx.DB
	slots chan struct{} // how many may run or wait for a connection
}

func newSingleWriter(b *writerBase, db *sqlx.DB, queue int) *singleWriter {
	return &singleWriter{writerBase: b, db: db, slots: make(chan struct{}, queue)}
}

func (w *singleWriter) write(ctx context.Context, fn func(t *txn) error) error {
	select {
	case w.slots <- struct{}{}:
		defer func() { <-w.slots }()
	default:
		return unavailable("too many writes are waiting")
	}
	for run := 1; ; run++ {
		t, err := w.once(ctx, fn)
		if t != nil {
			w.commits.Add(1)
			w.groups.Add(1)
			w.tell(t)
			return err
		}
		again := errors.Is(err, errAgain)
		if !again && w.d.class(err) != classAgain {
			return engineErr(w.d, err)
		}
		if run >= maxRuns {
			if again {
				return errConflict()
			}
			return engineErr(w.d, err)
		}
		w.retries.Add(1)
		// The winner needs a moment; the losers shall not meet again.
		select {
		case <-time.After(time.Duration(run*run) * time.Millisecond):
		case <-ctx.Done():
			return wrap("store: write not begun", ctx.Err())
		}
	}
}

// once answers the transaction when it was committed, and fn's error either way.
func (w *singleWriter) once(ctx context.Context, fn func(t *txn) error) (*txn, error) {
	tx, err := w.db.BeginTxx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // nothing to do after a commit
	t := &txn{queries: queries{w.d, &txRunner{w, tx}}, now: w.now, group: &groupState{}}
	err = protect(fn, t)
	if !keep(err) {
		return nil, err
	}
	if cerr := tx.Commit(); cerr != nil {
		return nil, cerr
	}
	return t, err
}

func (w *singleWriter) stats(s *domain.StoreStats) {
	w.writerBase.stats(s)
	s.Waiting = int64(len(w.slots))
}

func (w *singleWriter) close() error { return w.db.Close() }

// txRunner runs statements in a transaction of its own.
type txRunner struct {
	w  *singleWriter
	tx *sqlx.Tx
}

func (r *txRunner) query(ctx context.Context, q string, args ...any) (*sqlx.Rows, error) {
	r.w.writes.Add(1)
	return r.tx.QueryxContext(ctx, r.w.d.rebind(q), bindArgs(r.w.d, args)...)
}

func (r *txRunner) exec(ctx context.Context, q string, args ...any) (int64, error) {
	r.w.writes.Add(1)
	res, err := r.tx.ExecContext(ctx, r.w.d.rebind(q), bindArgs(r.w.d, args)...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (r *txRunner) note(err error) error { return err }
