package api

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/brosops/bros/domain"
)

// Keep says for how long what grows is kept. Orders, deliveries and their
// history are kept for ever.
type Keep struct {
	// Log is how far back a client may resume (7 days when zero): one that was
	// away for longer gets a snapshot.
	Log time.Duration
	// Positions are the riders' tracks, Chat the messages, Photos the proofs of
	// deliveries, Audit who did what; zero keeps them for ever.
	Positions, Chat, Photos, Audit time.Duration
	// Customers is when who ordered is masked, after an order's end; zero: never.
	// It is longer than Log and the window of the live rooms.
	Customers time.Duration
}

const (
	// pruneBatch bounds how many rows one transaction deletes, and so how long a
	// write may wait for one.
	pruneBatch = 500
	// pruneRest is how many times as long as a batch took there is none, so that
	// most of the time is other writes'; pruneRestLeast bounds it from below.
	pruneRest      = 4
	pruneRestLeast = 20 * time.Millisecond
	// pruneOften is for what expires by the minute, pruneSeldom for the rest.
	pruneOften  = time.Minute
	pruneSeldom = time.Hour
	// deadKept is for how long an event that no webhook took can be replayed.
	deadKept = 30 * 24 * time.Hour
	// lowerEvery is how often a node looks where the logs begin now.
	lowerEvery = 10 * time.Minute
)

// housekeep deletes what is old; one node does it for all.
func (s *Server) housekeep(ctx context.Context) {
	tick := time.NewTicker(pruneOften)
	defer tick.Stop()
	var seldom time.Time
	for {
		err := s.forgetExpired(ctx)
		if time.Since(seldom) >= pruneSeldom {
			seldom = time.Now() // what fails is not tried again every minute
			err = errors.Join(err, s.forgetOld(ctx))
		}
		if err != nil && ctx.Err() == nil {
			s.log.Error("pruning failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// forgetExpired deletes sessions, tickets and idempotency answers.
func (s *Server) forgetExpired(ctx context.Context) error {
	var errs []error // none of them keeps the others from being done
	for _, kind := range []domain.Aged{domain.AgedSessions, domain.AgedTickets, domain.AgedAnswers} {
		errs = append(errs, s.pruneAged(ctx, kind, s.now()))
	}
	return errors.Join(append(errs, s.store.PrunePush(ctx))...)
}

// forgetOld takes one round over the logs and whatever else has its time. What
// fails, a center say, keeps nothing else from its turn.
func (s *Server) forgetOld(ctx context.Context) error {
	now, keep := s.now(), s.cfg.Keep
	var errs []error
	err := s.eachCenter(ctx, func(id string) error {
		err := s.pace(ctx, "log", func() (int, error) {
			return s.store.PruneLog(ctx, id, now.Add(-keep.Log), pruneBatch)
		})
		if keep.Customers > 0 {
			err = errors.Join(err, s.pace(ctx, "customers", func() (int, error) {
				return s.store.MaskCustomers(ctx, id, now.Add(-keep.Customers), pruneBatch)
			}))
		}
		if keep.Chat > 0 {
			err = errors.Join(err, s.pace(ctx, "chat", func() (int, error) {
				return s.store.PruneChat(ctx, id, now.Add(-keep.Chat), pruneBatch)
			}))
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("center %s: %w", id, err))
		}
		return ctx.Err()
	})
	errs = append(errs, err, s.pruneAged(ctx, domain.AgedDead, now.Add(-deadKept)))
	if keep.Audit > 0 {
		errs = append(errs, s.pruneAged(ctx, domain.AgedAudit, now.Add(-keep.Audit)))
	}
	if keep.Photos > 0 {
		errs = append(errs, s.pruneAged(ctx, domain.AgedPhotos, now.Add(-keep.Photos)))
	}
	if keep.Positions > 0 {
		errs = append(errs, s.forgetTracks(ctx, now.Add(-keep.Positions)))
	}
	return errors.Join(errs...)
}

func (s *Server) forgetTracks(ctx context.Context, before time.Time) error {
	var errs []error
	for after := ""; ; {
		riders, err := s.store.TrackedRiders(ctx, after, maxLimit)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		for _, id := range riders {
			if err := s.pace(ctx, "positions", func() (int, error) {
				return s.store.PrunePositions(ctx, id, before, pruneBatch)
			}); err != nil {
				errs = append(errs, err)
			}
			after = id
		}
		if len(riders) < maxLimit || ctx.Err() != nil {
			return errors.Join(errs...)
		}
	}
}

func (s *Server) pruneAged(ctx context.Context, kind domain.Aged, before time.Time) error {
	return s.pace(ctx, string(kind), func() (int, error) { return s.store.PruneAged(ctx, kind, before, pruneBatch) })
}

// pace runs a step until it finds less than a batch, and rests between the
// batches. While the database can't take writes it waits for longer.
func (s *Server) pace(ctx context.Context, what string, step func() (int, error)) error {
	for {
		begun := time.Now()
		n, err := step()
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		s.metrics.pruned.WithLabelValues(what).Add(float64(n))
		if n < pruneBatch {
			return ctx.Err()
		}
		select {
		case <-time.After(max(pruneRest*time.Since(begun), pruneRestLeast)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *Server) eachCenter(ctx context.Context, fn func(id string) error) error {
	for page := (Page{Limit: maxLimit}); ; {
		centers, next, err := s.store.ListCenters(ctx, domain.SetupFilter{}, page)
		if err != nil {
			return err
		}
		for i := range centers {
			if err := fn(centers[i].ID); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		page.Cursor = next
	}
}

// lowerLoop is every node's own part: what others have pruned leaves its memory
// and its disk.
func (s *Server) lowerLoop(ctx context.Context) {
	tick := time.NewTicker(lowerEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.lower(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("what was pruned stays in memory or on the disk for now", "error", err)
		}
	}
}

// lower has the hub let go of what is below the first entries that are left, and
// removes old photos from this node's disk.
func (s *Server) lower(ctx context.Context) error {
	for _, name := range s.live.hub.Logs() {
		if strings.HasPrefix(name, domain.NamespaceChat+":") {
			continue // only its newest are in memory
		}
		_, head, loaded := s.live.hub.Head(name)
		if !loaded {
			continue
		}
		first, err := s.store.LogAfter(ctx, name, 0, 1)
		if err != nil {
			return err
		}
		floor := head
		if len(first) > 0 {
			floor = first[0].Seq - 1
		}
		s.live.hub.Prune(name, floor)
	}
	if s.cfg.Keep.Photos <= 0 || s.photos == nil {
		return nil
	}
	n, err := s.photos.Forget(ctx, s.now().Add(-s.cfg.Keep.Photos))
	s.metrics.pruned.WithLabelValues("photo files").Add(float64(n))
	return err
}
