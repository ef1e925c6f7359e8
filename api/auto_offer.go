package api

import (
	"context"
	"errors"
	"slices"

	"github.com/brosops/bros/domain"
	ranking "github.com/brosops/bros/domain/dispatch"
)

// ask offers what waits to one rider at a time, the most urgent first: to the
// best who may be asked. Who has said no, or nothing, is asked again for the same
// delivery only when nobody else is on duty with room.
func (a *autoAssigner) ask(ctx context.Context, center *domain.Center, waiting []domain.Delivery, riders []ranking.Candidate, ways ranking.Ways) error {
	asked := map[string]bool{}
	for i := range waiting {
		if o := waiting[i].Offer; o != nil {
			asked[o.RiderID] = true
		}
	}
	free := slices.DeleteFunc(slices.Clone(riders), func(r ranking.Candidate) bool { return asked[r.RiderID] })
	for _, d := range byPromise(waiting) {
		if d.Offer != nil || d.NoRider || len(free) == 0 {
			continue
		}
		best, ok := a.best(center, d, free, ways, true)
		if !ok {
			continue
		}
		err := a.s.store.Write(ctx, func(tx domain.Tx) error {
			_, err := a.s.svc.MakeOffer(ctx, tx, domain.MakeOffer{
				RiderID:    best.RiderID,
				Deliveries: []domain.VersionedID{{ID: d.ID, Version: d.Version}},
				Distance:   int(best.Distance + way(d) + .5),
				Duration:   best.ETADropoff,
			})
			return err
		})
		if err = unlessFaster(err); err != nil {
			return err
		}
		free = slices.DeleteFunc(free, func(r ranking.Candidate) bool { return r.RiderID == best.RiderID })
	}
	return nil
}

// obeyed is who gets what in a center where a dispatcher has pinned a delivery
// to a rider or ruled one out, the most urgent first.
func (a *autoAssigner) obeyed(center *domain.Center, waiting []domain.Delivery, riders []ranking.Candidate, ways ranking.Ways) []ranking.Assignment {
	var plan []ranking.Assignment
	riders = slices.Clone(riders)
	for _, d := range byPromise(waiting) {
		best, ok := a.best(center, d, riders, ways, false)
		if !ok {
			continue
		}
		plan = append(plan, ranking.Assignment{DeliveryID: d.ID, RiderID: best.RiderID, Version: d.Version})
		i := slices.IndexFunc(riders, func(r ranking.Candidate) bool { return r.RiderID == best.RiderID })
		given := d.Errand()
		given.RiderID, given.Status = best.RiderID, domain.Assigned
		riders[i].Load++
		riders[i].Stops = append(slices.Clone(riders[i].Stops), ranking.StopsOf(given)...)
	}
	return plan
}

// best is the best rider that a delivery may be given to, by pin and avoid. When
// it is to be offered, those who were asked in vain come after all others.
func (a *autoAssigner) best(center *domain.Center, d domain.Delivery, riders []ranking.Candidate, ways ranking.Ways, offer bool) (ranking.Suggestion, bool) {
	ranked := ranking.Rank(ranking.Request{Now: domain.At(a.s.now()), Center: *center, Delivery: d, Riders: riders, Ways: ways})
	ranked = slices.DeleteFunc(ranked, func(s ranking.Suggestion) bool {
		return d.Pin != "" && s.RiderID != d.Pin || slices.Contains(d.Avoid, s.RiderID)
	})
	if len(ranked) == 0 {
		return ranking.Suggestion{}, false
	}
	if offer {
		fresh := slices.IndexFunc(ranked, func(s ranking.Suggestion) bool {
			return !slices.ContainsFunc(d.Asked, func(x domain.Asked) bool { return x.RiderID == s.RiderID })
		})
		if fresh >= 0 {
			return ranked[fresh], true
		}
	}
	return ranked[0], true
}

// byPromise is the deliveries with the earliest promise first.
func byPromise(waiting []domain.Delivery) []domain.Delivery {
	out := slices.Clone(waiting)
	slices.SortStableFunc(out, func(x, y domain.Delivery) int { return x.PromisedAt.Compare(y.PromisedAt.Time) })
	return out
}

// way is the straight line from shop to door in metres; 0 where one is unknown.
func way(d domain.Delivery) float64 {
	if d.Shop.Location == nil || d.Customer.Location == nil {
		return 0
	}
	return domain.Distance(*d.Shop.Location, *d.Customer.Location)
}

// withdrawAll ends the open offers of a center where nobody is asked any more.
func (a *autoAssigner) withdrawAll(ctx context.Context, waiting []domain.Delivery) error {
	for i := range waiting {
		if waiting[i].Offer == nil {
			continue
		}
		err := a.s.store.Write(ctx, func(tx domain.Tx) error {
			_, err := a.s.svc.WithdrawOffer(ctx, tx, waiting[i].Offer.ID, "mode")
			return err
		})
		if err = unlessFaster(err); err != nil {
			return err
		}
	}
	return nil
}

// unlessFaster is an error, unless it says that somebody was faster.
func unlessFaster(err error) error {
	var e *domain.Error
	if errors.As(err, &e) && e.Code != domain.CodeUnavailable && e.Code != domain.CodeInternal {
		return nil
	}
	return err
}
