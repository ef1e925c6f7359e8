package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/brosops/bros/api/plan"
	"github.com/brosops/bros/domain"
)

// mostAtOnce is how many deliveries one transaction gives.
const mostAtOnce = 50

// act gives, or offers, what must be acted on now.
func (e *Engine) act(ctx context.Context, s *plan.Snapshot, due []plan.Due) {
	var err error
	c := &s.Center
	switch {
	case len(due) == 0 || !c.Active:
	case c.AssignMode == domain.ModeAuto:
		err = e.give(ctx, due)
	case c.AssignMode == domain.ModeOffer:
		err = e.ask(ctx, due)
	}
	if err != nil && ctx.Err() == nil {
		e.o.Log.Warn("the engine can't act", "center", c.ID, "error", err)
	}
}

// give assigns, by the versions that the plan saw: what a person did first stands.
func (e *Engine) give(ctx context.Context, due []plan.Due) error {
	var rows []domain.Assignment
	for _, x := range due {
		for _, d := range x.Deliveries {
			rows = append(rows, domain.Assignment{DeliveryID: d.ID, RiderID: x.RiderID, Version: &d.Version})
		}
	}
	for some := range slices.Chunk(rows, mostAtOnce) {
		err := e.assign(ctx, some)
		if err == nil {
			continue
		}
		// All rows or none: when somebody was faster with one of them, the others go
		// one by one, and the next plan sees what is left.
		for _, row := range some {
			if err = unlessFaster(err); err != nil {
				return err
			}
			err = e.assign(ctx, []domain.Assignment{row})
		}
		if err = unlessFaster(err); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) assign(ctx context.Context, rows []domain.Assignment) error {
	return e.o.Store.Write(ctx, func(tx domain.Tx) error {
		_, err := e.o.Service.AssignMany(ctx, tx, domain.System, domain.AssignMany{Assignments: rows})
		return err
	})
}

// ask offers each rider its trip, the whole of it at once.
func (e *Engine) ask(ctx context.Context, due []plan.Due) error {
	for _, x := range due {
		in := domain.MakeOffer{RiderID: x.RiderID, Distance: x.Distance, Duration: x.Duration}
		for _, d := range x.Deliveries {
			in.Deliveries = append(in.Deliveries, domain.VersionedID{ID: d.ID, Version: d.Version})
		}
		err := e.o.Store.Write(ctx, func(tx domain.Tx) error {
			_, err := e.o.Service.MakeOffer(ctx, tx, in)
			return err
		})
		if err = unlessFaster(err); err != nil {
			return err
		}
	}
	return nil
}

// end withdraws the open offers of a center where riders help themselves from now
// on. Elsewhere an offer that a rider looks at just now is left to its end.
func (e *Engine) end(ctx context.Context, s *plan.Snapshot) {
	if s.Center.AssignMode != domain.ModeClaim {
		return
	}
	for _, d := range s.Waiting {
		if d.Offer == nil {
			continue
		}
		err := e.o.Store.Write(ctx, func(tx domain.Tx) error {
			_, err := e.o.Service.WithdrawOffer(ctx, tx, d.Offer.ID, "mode")
			return err
		})
		if err = unlessFaster(err); err != nil && ctx.Err() == nil {
			e.o.Log.Warn("an offer can't be withdrawn", "center", s.Center.ID, "error", err)
		}
	}
}

// unlessFaster is an error, unless it says that somebody was faster.
func unlessFaster(err error) error {
	var e *domain.Error
	if errors.As(err, &e) && e.Code != domain.CodeUnavailable && e.Code != domain.CodeInternal {
		return nil
	}
	return err
}
