package api

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/brosops/bros/realtime/supervise"
)

// leaseHousekeeping is held by the node that prunes.
const leaseHousekeeping = "housekeeping"

// alone runs fn on one node at a time of those that share the database: on this
// one while it holds the lease. fn's context ends when the lease is lost, and fn
// is run again when it was won anew; it should run until its context ends. As a
// process that was stopped for a while may go on for a moment beside its
// successor, what fn does has to be harmless when it is done twice.
//
// It returns when ctx has ended, with the lease given back.
func (s *Server) alone(ctx context.Context, name string, fn func(ctx context.Context)) {
	s.aloneFor(ctx, name, s.cfg.LeaseTime, fn)
}

// aloneFor is alone with a lease of another length: of so long a pause after a
// node was killed.
func (s *Server) aloneFor(ctx context.Context, name string, length time.Duration, fn func(ctx context.Context)) {
	// Two lives of a node are not the same holder: what one had begun, the next
	// does not go on with.
	holder := s.cfg.NodeID + "/" + rand.Text()[:8]
	tick := time.NewTicker(length / 3)
	defer tick.Stop()
	s.leases.Store(name, false)
	var l *held // nil: the lease is another's
	for {
		asked := time.Now()
		ask, cancel := context.WithTimeout(ctx, length/2)
		ok, err := s.store.TakeLease(ask, name, holder, length)
		cancel()
		if err != nil && ctx.Err() == nil {
			s.log.Warn("a lease can't be asked for", "lease", name, "error", err)
		}
		if l != nil && (err == nil && !ok || l.ctx.Err() != nil) {
			l.end()
			l = nil
			s.leases.Store(name, false)
			s.log.Warn("this node has lost the scheduled work", "lease", name)
		}
		switch until := asked.Add(length); {
		case err != nil || !ok:
		case l == nil:
			l = hold(ctx, s.log, until, fn)
			s.leases.Store(name, true)
			s.log.Info("this node does the scheduled work", "lease", name)
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
		s.leases.Store(name, false)
		// The database is asked once more, though this node's time is over.
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if err := s.store.ReleaseLease(last, name, holder); err != nil {
			s.log.Warn("a lease could not be given back; it ends by itself", "lease", name, "error", err)
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
