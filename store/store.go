// Package store keeps everything in a SQL database: SQLite, embedded, or SQL
// Server. All SQL is here, written once for both engines; what differs is behind
// the dialect. Writes go through a writer that makes them durable before it
// answers, reads to a pool.
package store

import (
	"context"
	"log/slog"
	"time"

	"github.com/brosops/bros/domain"
)

// Options open a database.
type Options struct {
	// URL is sqlite:PATH or sqlserver://user:password@host:port?database=name.
	URL string
	// Migrate brings the schema up to date first; without it, an old schema is an error.
	Migrate bool
	// Begin gives a database that has no schema the newest one.
	Begin  bool
	Logger *slog.Logger     // nil: discard
	Now    func() time.Time // nil: time.Now
	// Patience is how long Open waits for a server that is not up yet (0: 10 s).
	Patience time.Duration

	// OnCommit and OnChat tell what has just been committed: log entries, and chat
	// messages (private ones too: they have no Seq). They are called by the writer
	// before the transactions' callers are answered, and must not block. On SQLite
	// the calls are in the order of the commits; on SQL Server, where transactions
	// commit side by side, a later number may be told before an earlier one.
	OnCommit func([]domain.LogEntry)
	OnChat   func([]domain.ChatMessage)

	// OnRead tells of each statement of the readers when its first row is there:
	// its text, when it was begun and how it ended (nil: nobody). It must not block.
	OnRead func(ctx context.Context, query string, begun time.Time, err error)

	// Conns is how many connections there are at most to a database server, half
	// of them for writing (0: 32). Readers is how many read a file (0: 8), beside a few for
	// scans and for what is vital. Queue is how many writes may
	// wait before the next is answered unavailable (0: 4096).
	Conns   int
	Readers int
	Queue   int

	groupTime time.Duration // tests make it long
	zones     *zoneCache
}

// fill puts the defaults.
func (o *Options) fill() {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Patience <= 0 {
		o.Patience = brokenPatience
	}
	if o.Conns <= 0 {
		o.Conns = 32
	}
	if o.Readers <= 0 {
		o.Readers = 8
	}
	if o.Queue <= 0 {
		o.Queue = 4096
	}
	o.zones = &zoneCache{}
	if o.groupTime <= 0 {
		o.groupTime = groupTime
	}
}

// DB is an open database. Its methods may be called from any goroutine; none of
// them from within a function given to Write, which has the transaction for it.
type DB struct {
	queries         // on the pool of short reads
	scans   queries // take turns
	vital   queries
	readers pools
	writer  writer
	engine  *engine
	now     func() time.Time
}

// Open connects, migrates when asked to, and sees to it that there is an epoch.
func Open(ctx context.Context, o Options) (*DB, error) {
	d, err := dialectOf(o.URL)
	if err != nil {
		return nil, err
	}
	o.fill()
	if err := prepareSchema(ctx, d, o); err != nil {
		return nil, err
	}
	e, err := d.open(ctx, o)
	if err != nil {
		return nil, wrap("open the database", err)
	}
	if o.OnRead != nil {
		e.readers.each(func(p *pool) { p.onRead = o.OnRead })
	}
	db := &DB{queries: queries{d: d, run: e.readers.short, zones: o.zones},
		scans: queries{d: d, run: e.readers.scans, turns: newTurns(e.readers.scans.db.Stats().MaxOpenConnections)},
		vital: queries{d: d, run: e.readers.vital}, readers: e.readers, writer: e.writer, engine: e, now: o.Now}
	if err := db.ensureEpoch(ctx); err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

// Close lets the writes that wait finish, and closes the database.
func (db *DB) Close() error { return db.engine.close() }

// Write runs fn in one transaction and returns when it is durable on disk. An
// error of fn rolls it back, unless it is a *domain.Error with Commit. fn may be
// run more than once, on a goroutine that is not the caller's; a panic in it is
// answered as a *PanicError. When ctx ends before fn has begun, its error is
// the answer; after that, it is what became of the transaction. When the queue
// is full, or the database can't take it, the answer is unavailable.
func (db *DB) Write(ctx context.Context, fn func(tx domain.Tx) error) error {
	return db.do(ctx, func(t *txn) error { return fn(t) })
}

func (db *DB) do(ctx context.Context, fn func(t *txn) error) error { return db.writer.write(ctx, fn) }

// Ping answers an error when the database does not answer.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	_, err := db.vital.get(ctx, &one, "SELECT 1")
	return wrap("ping", err)
}

// Stats are the counters since the start.
func (db *DB) Stats() domain.StoreStats {
	var s domain.StoreStats
	db.readers.each(func(one *pool) {
		p := one.db.Stats()
		s.Reads += one.reads.Load()
		s.OpenConns += int64(p.OpenConnections)
		s.InUseConns += int64(p.InUse)
		s.MostConns += int64(p.MaxOpenConnections)
	})
	db.writer.stats(&s)
	return s
}

// CheckWrite answers an error when the database takes no writes: it writes a row
// of its own.
func (db *DB) CheckWrite(ctx context.Context) error {
	return wrap("check that it can be written", db.do(ctx, func(t *txn) error {
		t.repeatable = true
		return t.setMeta(ctx, "written", domain.At(t.now()).String())
	}))
}
