package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/brosops/bros/domain"
)

// singleWriter runs each transaction on a connection of its own, side by side,
// as a database server does it best. One that loses to another (a deadlock, a
// changed version, a key taken) is run again, and one whose connection broke.
type singleWriter struct {
	*writerBase
	db     *sqlx.DB
	slots  chan struct{}        // how many may run or wait for a connection
	commit func(*sqlx.Tx) error // tests break it
}

func newSingleWriter(b *writerBase, db *sqlx.DB, queue int) *singleWriter {
	return &singleWriter{writerBase: b, db: db, slots: make(chan struct{}, queue), commit: (*sqlx.Tx).Commit}
}

func (w *singleWriter) write(ctx context.Context, fn func(t *txn) error) error {
	select {
	case w.slots <- struct{}{}:
		defer func() { <-w.slots }()
	default:
		return unavailable("too many writes are waiting")
	}
	start, losses := time.Now(), 0
	for run := 0; ; run++ {
		t, err := w.once(ctx, fn)
		if t != nil {
			w.commits.Add(1)
			w.groups.Add(1)
			w.tell(t)
			return err
		}
		pause := againPause
		switch class := w.d.class(err); {
		case errors.Is(err, errAgain) || class == classAgain:
			if losses++; losses < maxRuns {
				break
			}
			if errors.Is(err, errAgain) {
				return errConflict()
			}
			return engineErr(w.d, err)
		case class == classBroken && !errors.Is(err, errUnsettled) && time.Since(start) < brokenPatience:
			pause = readPause
		default:
			return engineErr(w.d, err)
		}
		w.retries.Add(1)
		if err := backoff(ctx, pause, run); err != nil {
			return wrap("store: write not begun", err)
		}
	}
}

// once answers the transaction when it was committed, and fn's error either way.
func (w *singleWriter) once(ctx context.Context, fn func(t *txn) error) (*txn, error) {
	if err := ctx.Err(); err != nil {
		return nil, wrap("store: write not begun", err)
	}
	tx, done, err := w.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done() // nothing to roll back after a commit
	t := &txn{queries: queries{d: w.d, run: &txRunner{w, tx}, zones: w.zones}, now: w.now, group: &groupState{}}
	err = protect(fn, t)
	if !keep(err) {
		return nil, err
	}
	if cerr := w.commit(tx); cerr != nil {
		if w.d.class(cerr) != classBroken {
			return nil, cerr
		}
		if committed, serr := w.settle(ctx, t); serr != nil || !committed {
			return nil, errors.Join(cerr, serr)
		}
	}
	return t, err
}

// begin waits for a connection as long as the caller does: a transaction that
// nobody waits for any more must not run when the others are done. From then on
// a caller that goes away ends a statement, never a commit half-way.
func (w *singleWriter) begin(ctx context.Context) (tx *sqlx.Tx, done func(), err error) {
	c, err := w.db.Connx(ctx)
	if err != nil {
		return nil, nil, err
	}
	if tx, err = c.BeginTxx(context.WithoutCancel(ctx), &sql.TxOptions{Isolation: w.d.writeLevel()}); err != nil {
		_ = c.Close()
		return nil, nil, err
	}
	return tx, func() {
		_ = tx.Rollback()
		_ = c.Close()
	}, nil
}

// errUnsettled says that nobody knows whether a transaction was committed: it
// is not run again.
var errUnsettled = errors.New("store: the connection broke in a commit")

// settle finds out what became of a transaction whose commit went unanswered. To
// touch the center's head waits until the server is done with it; then its
// first log entry, or its message, is there or not.
func (w *singleWriter) settle(ctx context.Context, t *txn) (committed bool, err error) {
	ctx = context.WithoutCancel(ctx)
	for start, try := time.Now(), 0; ; try++ {
		if committed, err = w.found(ctx, t); err == nil {
			return committed, nil
		}
		if errors.Is(err, errUnsettled) || time.Since(start) >= brokenPatience {
			return false, errors.Join(errUnsettled, err)
		}
		_ = backoff(ctx, readPause, try) // never cancelled
	}
}

func (w *singleWriter) found(ctx context.Context, t *txn) (bool, error) {
	var center string
	switch {
	case t.repeatable:
		return false, nil
	case len(t.entries) > 0:
		center = t.entries[0].CenterID
	case len(t.chats) > 0 && t.chats[0].Seq > 0:
		center = t.chats[0].CenterID
	default:
		return false, errUnsettled // it has left no trace that is known here
	}
	tx, done, err := w.begin(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	run := &txRunner{w, tx}
	if _, err := run.exec(ctx, advanceHead, 0, center); err != nil {
		return false, err
	}
	q := queries{d: w.d, run: run}
	if len(t.entries) > 0 {
		want := t.entries[0]
		entries, err := q.LogAfter(ctx, center, want.Seq-1, 1)
		return len(entries) == 1 && entries[0].Seq == want.Seq && entries[0].Key == want.Key && bytes.Equal(entries[0].Data, want.Data), err
	}
	messages, err := q.ChatAfter(ctx, center, t.chats[0].Seq-1, 1)
	return len(messages) == 1 && messages[0].ID == t.chats[0].ID, err
}

func (w *singleWriter) stats(s *domain.StoreStats) {
	w.writerBase.stats(s)
	s.Waiting, s.MostWaiting = int64(len(w.slots)), int64(cap(w.slots))
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
