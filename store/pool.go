package store

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
)

// runner runs statements: on the pool of readers, in a snapshot, or in a write
// transaction. Instants among the arguments may be domain.Time.
type runner interface {
	query(ctx context.Context, q string, args ...any) (*sqlx.Rows, error)
	exec(ctx context.Context, q string, args ...any) (int64, error)
	// note is shown every error met in reading rows, and passes it on.
	note(err error) error
}

// maxStatements bounds how many texts a cache keeps prepared; the texts of lists
// vary with their filters, and those past the bound are prepared each time.
const maxStatements = 512

// pool is the readers. Preparing costs several times as much as running, so every
// text is prepared once and then once for each connection (database/sql does that).
type pool struct {
	db    *sqlx.DB
	d     dialect
	mu    sync.RWMutex
	stmts map[string]*sqlx.Stmt
	reads atomic.Int64
	// patience is how long a read is tried again while the server is away.
	patience time.Duration
	// onRead is Options.OnRead.
	onRead func(ctx context.Context, query string, begun time.Time, err error)
}

func newPool(db *sqlx.DB, d dialect) *pool {
	return &pool{db: db, d: d, stmts: map[string]*sqlx.Stmt{}, onRead: func(context.Context, string, time.Time, error) {}}
}

// prepared is nil for a text that is not kept.
func (p *pool) prepared(ctx context.Context, q string) (*sqlx.Stmt, error) {
	p.mu.RLock()
	s, n := p.stmts[q], len(p.stmts)
	p.mu.RUnlock()
	if s != nil || n >= maxStatements {
		return s, nil
	}
	s, err := p.db.PreparexContext(ctx, p.d.rebind(q))
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if twin := p.stmts[q]; twin != nil {
		_ = s.Close()
		return twin, nil
	}
	p.stmts[q] = s
	return s, nil
}

func (p *pool) query(ctx context.Context, q string, args ...any) (rows *sqlx.Rows, err error) {
	begun := time.Now()
	err = p.patiently(ctx, func() error {
		rows, err = p.once(ctx, q, args)
		return err
	})
	p.onRead(ctx, q, begun, err)
	return rows, err
}

func (p *pool) once(ctx context.Context, q string, args []any) (*sqlx.Rows, error) {
	p.reads.Add(1)
	s, err := p.prepared(ctx, q)
	if err != nil {
		return nil, err
	}
	args = bindArgs(p.d, args)
	if s == nil {
		return p.db.QueryxContext(ctx, p.d.rebind(q), args...)
	}
	return s.QueryxContext(ctx, args...)
}

// patiently runs a read again that met a broken connection or lost a deadlock.
func (p *pool) patiently(ctx context.Context, read func() error) error {
	for start, try := time.Now(), 0; ; try++ {
		err := read()
		if c := p.d.class(err); c != classBroken && c != classAgain || time.Since(start) >= p.patience {
			return p.note(err)
		}
		if backoff(ctx, readPause, try) != nil {
			return p.note(err)
		}
	}
}

// exec is not for readers.
func (p *pool) exec(context.Context, string, ...any) (int64, error) { return 0, sql.ErrConnDone }

func (p *pool) note(err error) error { return engineErr(p.d, err) }

// snapshot runs fn on one connection that sees one state of the database; again
// when that connection broke.
func (p *pool) snapshot(ctx context.Context, fn func(q queries) error) error {
	return p.patiently(ctx, func() error {
		tx, err := p.db.BeginTxx(ctx, p.d.snapshot())
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }() // nothing was written
		return fn(queries{d: p.d, run: &snapshotRunner{p, tx}})
	})
}

type snapshotRunner struct {
	*pool
	tx *sqlx.Tx
}

func (r *snapshotRunner) query(ctx context.Context, q string, args ...any) (rows *sqlx.Rows, err error) {
	defer func(begun time.Time) { r.onRead(ctx, q, begun, err) }(time.Now())
	r.reads.Add(1)
	s, err := r.prepared(ctx, q)
	if err != nil {
		return nil, err
	}
	args = bindArgs(r.d, args)
	if s == nil {
		return r.tx.QueryxContext(ctx, r.d.rebind(q), args...)
	}
	return r.tx.StmtxContext(ctx, s).QueryxContext(ctx, args...)
}

// pools are the readers by what they are for: those of whole spans of time must
// not be in the way of those that everybody waits for.
type pools struct {
	short *pool // finds and lists
	scans *pool // searches, reports, exports
	vital *pool // probes, logins, sessions
}

func (p pools) each(fn func(*pool)) {
	fn(p.short)
	fn(p.scans)
	fn(p.vital)
}

func (p pools) close() (err error) {
	p.each(func(one *pool) { err = errors.Join(err, one.close()) })
	return err
}

// scanConns is how many scans run at once: they are the processor's work, and one
// of them is to be left for who has none.
func scanConns() int { return max(2, runtime.GOMAXPROCS(0)/2) }

// vitalConns are kept for what the others must never hold up.
const vitalConns = 2

func (p *pool) close() error { return p.db.Close() }
