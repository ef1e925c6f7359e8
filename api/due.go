package api

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/brosops/bros/domain"
)

const (
	// dueEvery is how often the database is asked what has come due. An offer
	// lapses within a second of its end, a pre-order is released within two.
	dueEvery = 400 * time.Millisecond
	// dueBatch and dueAtOnce bound what one look takes on.
	dueBatch  = 500
	dueAtOnce = 8
	// duePatience is how long one look may take.
	duePatience = 20 * time.Second
)

// dueLoop releases held deliveries and lets offers lapse when their time has
// come. What is due stands in the database alone, so a node that starts takes
// what is late. Every node looks, and none needs a lease: the transaction looks
// again, and of several nodes one finds it still to be done.
func (s *Server) dueLoop(ctx context.Context) {
	tick := time.NewTicker(dueEvery / time.Duration(max(1, s.cfg.ClockSpeed)))
	defer tick.Stop()
	for {
		if err := s.takeDue(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("what has come due can't be done; it is tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// takeDue is one look.
func (s *Server) takeDue(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, duePatience)
	defer cancel()
	due, err := s.store.Due(ctx, domain.At(s.now()), dueBatch)
	if err != nil || len(due) == 0 {
		return err
	}
	var group errgroup.Group
	group.SetLimit(dueAtOnce)
	for _, d := range due {
		group.Go(func() error {
			err := s.store.Write(ctx, func(tx domain.Tx) (err error) {
				if d.Kind == domain.KindOffer {
					_, err = s.svc.LapseDue(ctx, tx, d.ID)
				} else {
					_, err = s.svc.ReleaseDue(ctx, tx, d.ID)
				}
				return err
			})
			var refused *domain.Error
			if errors.As(err, &refused) && refused.Code != domain.CodeUnavailable {
				return nil // somebody was faster
			}
			return err
		})
	}
	return group.Wait()
}
