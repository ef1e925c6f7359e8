// Package lease has scheduled work done by one node at a time of those that
// share a database.
package lease

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"time"

	"github.com/brosops/bros/realtime/supervise"
)

// Store keeps the leases.
type Store interface {
	// TakeLease takes or renews a lease for a time, by the database's clock; held
	// is false when another one has it.
	TakeLease(ctx context.Context, name, holder string, length time.Duration) (held bool, err error)
	// ReleaseLease gives it back before its time.
	ReleaseLease(ctx context.Context, name, holder string) error
}

// Leases are those that one node holds or asks for.
type Leases struct {
	store  Store
	node   string
	length time.Duration
	log    *slog.Logger
	held   sync.Map // name → bool: whether this node has it
}

// New returns the leases of a node. Length is the pause after a node was killed
// in the middle of scheduled work.
func New(store Store, node string, length time.Duration, log *slog.Logger) *Leases {
	return &Leases{store: store, node: node, length: length, log: log}
}

// Each calls fn with every lease that this node asks for, and whether it has it.
func (a *Leases) Each(fn func(name string, held bool)) {
	a.held.Range(func(name, held any) bool {
		fn(name.(string), held.(bool))
		return true
	})
}

// Alone runs fn on one node at a time of those that share the database: on this
// one while it holds the lease. fn's context ends when the lease is lost, and fn
// is run again when it was won anew; it should run until its context ends. As a
// process that was stopped for a while may go on for a moment beside its
// successor, what fn does has to be harmless when it is done twice.
//
// It returns when ctx has ended, with the lease given back.
func (a *Leases) Alone(ctx context.Context, name string, fn func(ctx context.Context)) {
	a.AloneFor(ctx, name, a.length, fn)
}

// AloneFor is Alone with a lease of at most length.
func (a *Leases) AloneFor(ctx context.Context, name string, length time.Duration, fn func(ctx context.Context)) {
	length = min(length, a.length)
	// Two lives of a node are not the same holder: what one had begun, the next
	// does not go on with.
	holder := a.node + "/" + rand.Text()[:8]
	tick := time.NewTicker(length / 3)
	defer tick.Stop()
	a.held.Store(name, false)
	var l *held // nil: the lease is another's
	for {
		asked := time.Now()
		ask, cancel := context.WithTimeout(ctx, length/2)
		ok, err := a.store.TakeLease(ask, name, holder, length)
		cancel()
		if err != nil && ctx.Err() == nil {
			a.log.Warn("a lease can't be asked for", "lease", name, "error", err)
		}
		if l != nil && (err == nil && !ok || l.ctx.Err() != nil) {
			l.end()
			l = nil
			a.held.Store(name, false)
			a.log.Warn("this node has lost the scheduled work", "lease", name)
		}
		switch until := asked.Add(length); {
		case err != nil || !ok:
		case l == nil:
			l = hold(ctx, a.log, until, fn)
			a.held.Store(name, true)
			a.log.Info("this node does the scheduled work", "lease", name)
		default:
			l.expire.Reset(time.Until(until))
		}
		select {
		case <-tick.C:
			continue
		case <-ctx.Done():
		}
		if l == nil {
			return
		}
		l.end()
		a.held.Store(name, false)
		// The database is asked once more, though this node's time is over.
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if err := a.store.ReleaseLease(last, name, holder); err != nil {
			a.log.Warn("a lease could not be given back; it ends by itself", "lease", name, "error", err)
		}
		return
	}
}

// held is a lease that this node has, and the work under it.
type held struct {
	ctx    context.Context
	cancel context.CancelFunc
	expire *time.Timer // ends the work when the lease is not renewed in time
	done   chan struct{}
}

func hold(ctx context.Context, log *slog.Logger, until time.Time, fn func(ctx context.Context)) *held {
	l := &held{done: make(chan struct{})}
	l.ctx, l.cancel = context.WithCancel(ctx)
	l.expire = time.AfterFunc(time.Until(until), l.cancel)
	go func() {
		defer close(l.done)
		supervise.Run(l.ctx, log, "leased work", fn)
	}()
	return l
}

// end stops the work and waits for it.
func (l *held) end() {
	l.expire.Stop()
	l.cancel()
	<-l.done
}
