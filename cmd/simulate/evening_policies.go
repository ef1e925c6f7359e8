package main

import (
	"time"

	"github.com/brosops/bros/api/plan"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/domain/dispatch"
	"github.com/brosops/bros/domain/dispatch/planner"
)

// planner is the server's own planning of an evening: the same snapshot, and what
// must be told is told.
type eveningPlan struct {
	arrivals planner.Arrivals
	shops    map[string]planner.Place
	at       []domain.Location
	last     *planner.Plan
	next     map[string][]string // of each rider: its stops
	advice   bool                // it only brings stops into order: somebody else gives
	ticks    []time.Duration
}

func newEveningPlan() *eveningPlan { return &eveningPlan{shops: map[string]planner.Place{}} }

func (p *eveningPlan) placed(o *eveningOrder) {
	at, ok := p.shops[o.Restaurant]
	if !ok {
		at = planner.Place(len(p.at))
		p.shops[o.Restaurant] = at
		p.at = append(p.at, *o.d.Shop.Location)
	}
	p.arrivals.Add(float64(o.Placed), at)
}

func (p *eveningPlan) stops(riderID string) []string { return p.next[riderID] }

func (p *eveningPlan) decide(e *evening) []given {
	begun := time.Now()
	made := plan.Make(p.snapshot(e), p.last)
	p.ticks = append(p.ticks, time.Since(begun))
	p.last = made.Engine
	p.next = map[string][]string{}
	orders, riders := map[string]*eveningOrder{}, map[string]*eveningRider{}
	for _, o := range e.known() {
		orders[o.Name] = o
	}
	for _, r := range e.riders {
		riders[r.rec.ID] = r
	}
	for _, r := range made.Plan.Riders {
		for _, s := range r.Stops {
			if s.Level == "locked" {
				p.next[r.RiderID] = append(p.next[r.RiderID], s.DeliveryID)
			} else if s.Kind == "pickup" && !p.advice {
				e.mean(orders[s.DeliveryID], r.RiderID)
			}
		}
	}
	if p.advice {
		return nil
	}
	var out []given
	for _, x := range made.Due {
		for _, d := range x.Deliveries {
			out = append(out, given{orders[d.ID], riders[x.RiderID]})
		}
	}
	return out
}

// snapshot is the evening as a server knows it.
func (p *eveningPlan) snapshot(e *evening) plan.Snapshot {
	s := plan.Snapshot{Now: e.at(e.now).Time, Center: e.center, Hands: map[string][]*domain.Delivery{}}
	for _, o := range e.known() {
		if o.d.Status == domain.Waiting {
			if !p.advice {
				s.Waiting = append(s.Waiting, &o.d)
			}
		} else {
			s.Hands[o.d.RiderID] = append(s.Hands[o.d.RiderID], &o.d)
		}
	}
	for _, r := range e.riders {
		if r.onDuty || len(r.hand) > 0 {
			x := plan.Rider{Rider: &r.rec, OnDuty: r.onDuty, Accepts: 1}
			if !r.fix.At.IsZero() {
				fix := r.fix
				x.Position = &fix
			}
			s.Riders = append(s.Riders, x)
		}
	}
	demand := p.arrivals.Demand(e.now)
	s.Rate = demand.Rate
	for _, d := range demand.Shops {
		s.Sources = append(s.Sources, plan.Source{At: p.at[d.Shop], Weight: d.Weight})
	}
	return s
}

// eveningGreedy is the baseline: each order at once to whom it costs the least.
// Its riders bring what they have in the same order as the engine's.
type eveningGreedy struct{ *eveningPlan }

func newEveningGreedy() eveningGreedy {
	p := newEveningPlan()
	p.advice = true
	return eveningGreedy{p}
}

func (g eveningGreedy) decide(e *evening) []given {
	g.eveningPlan.decide(e)
	now := dispatch.Plan{Now: e.at(e.now), Center: e.center}
	orders, riders := map[string]*eveningOrder{}, map[string]*eveningRider{}
	var views []domain.RiderView
	var errands []domain.Errand
	for _, r := range e.riders {
		if r.onDuty {
			riders[r.rec.ID] = r
			v := domain.RiderView{Rider: r.rec}
			if !r.fix.At.IsZero() {
				fix := r.fix
				v.Position = &fix
			}
			views = append(views, v)
		}
	}
	var out []given
	for _, o := range e.known() {
		switch {
		case o.d.Status != domain.Waiting:
			errands = append(errands, o.d.Errand())
		default:
			orders[o.Name] = o
			now.Waiting = append(now.Waiting, o.d)
		}
	}
	now.Riders = dispatch.Candidates(views, errands)
	for _, a := range dispatch.Greedy(now) {
		out = append(out, given{orders[a.DeliveryID], riders[a.RiderID]})
	}
	return out
}
