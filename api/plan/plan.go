// Package plan makes a center's plan, as the contract shows it, with the dispatch
// engine out of the center's records. It is pure: the caller brings the time, the
// entries of the log and the fixes, and keeps what one tick leaves for the next.
package plan

import (
	"math"
	"time"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/domain/dispatch/planner"
)

// Snapshot is a center as it is at an instant.
type Snapshot struct {
	Now     time.Time
	Center  domain.Center
	Waiting []*domain.Delivery            // held ones too, by id
	Hands   map[string][]*domain.Delivery // what riders have, by rider
	Riders  []Rider                       // on duty, or with something in hand, by id
	Rate    float64                       // orders a minute that are expected
	Sources []Source                      // and where from
	// Ways are asked once for the ways between all places of a plan: from each to
	// those of stops; nil: the straight line times the center's detour.
	Ways func(from, to []domain.Location) Ways
}

// Ways says how long ways take.
type Ways interface {
	Place(l domain.Location) int
	Way(v domain.Vehicle, from, to int) (metres, seconds float64)
}

// Rider is a rider as a plan sees it.
type Rider struct {
	*domain.Rider
	OnDuty   bool
	Position *domain.Position // nil: never seen
	Accepts  float64          // the chance that it says yes when it is asked
}

// Source is a shop's share of the orders.
type Source struct {
	At     domain.Location
	Weight float64
}

// Plan is what GET /plan answers and plan/CENTER carries.
type Plan struct {
	CenterID string        `json:"centerId"`
	At       domain.Time   `json:"at"`
	TickMS   float64       `json:"tickMs"` // how long the engine took
	Riders   []PlanRider   `json:"riders"`
	Waiting  []PlanWaiting `json:"waiting"`
}

// PlanRider is what a rider is to do, in order.
type PlanRider struct {
	RiderID string     `json:"riderId"`
	Stops   []PlanStop `json:"stops"`
}

// PlanStop is one place on the way.
type PlanStop struct {
	DeliveryID string      `json:"deliveryId"`
	Kind       string      `json:"kind"` // pickup or dropoff
	ETA        domain.Time `json:"eta"`
	Level      string      `json:"level"` // tentative, go or locked
}

// PlanWaiting says why nobody is told of a delivery yet.
type PlanWaiting struct {
	DeliveryID string      `json:"deliveryId"`
	Why        string      `json:"why"` // held, no_rider, better_later, pinned or offered
	Until      domain.Time `json:"until,omitzero"`
	// RiderID is whom the plan means; absent: nobody yet.
	RiderID string `json:"riderId,omitempty"`
}

// Made is a plan in both shapes.
type Made struct {
	Plan   Plan
	Engine *planner.Plan // for the next tick
	Due    []Due         // what must be acted on now
}

// Due is a trip that a rider is to be told of now, or asked for.
type Due struct {
	RiderID    string
	Deliveries []*domain.Delivery // in the order of their pickups
	Distance   int                // metres, from the rider over the shops to the last door
	Duration   int                // seconds, until then
}

// Make makes a plan; last is the engine's of the tick before, nil: none.
func Make(s Snapshot, last *planner.Plan) Made {
	b := newBuilder(s, last)
	p := b.problem()
	begun := time.Now()
	m := Made{Engine: planner.Solve(p)}
	took := time.Since(begun)
	m.Plan, m.Due = b.plan(m.Engine), b.due(m.Engine)
	m.Plan.TickMS = math.Round(float64(took.Microseconds())/10) / 100
	return m
}

// plan is the engine's as the contract shows it.
func (b *builder) plan(engine *planner.Plan) Plan {
	out := Plan{CenterID: b.s.Center.ID, At: domain.At(b.s.Now), Riders: []PlanRider{}, Waiting: []PlanWaiting{}}
	for _, route := range engine.Routes {
		r := PlanRider{RiderID: route.RiderID, Stops: []PlanStop{}}
		for _, s := range route.Stops {
			r.Stops = append(r.Stops, PlanStop{DeliveryID: s.OrderID, Kind: s.Kind.String(), ETA: b.instant(s.ETA), Level: string(s.Level)})
		}
		out.Riders = append(out.Riders, r)
	}
	for _, w := range engine.Waiting {
		x := PlanWaiting{DeliveryID: w.OrderID, Why: string(w.Why), RiderID: w.RiderID}
		if w.Until > 0 {
			x.Until = b.instant(w.Until)
		}
		out.Waiting = append(out.Waiting, x)
	}
	for _, id := range b.left {
		out.Waiting = append(out.Waiting, PlanWaiting{DeliveryID: id, Why: string(planner.NoRider)})
	}
	return out
}

// due gathers what must be acted on, rider by rider, as far as the rider has room.
func (b *builder) due(engine *planner.Plan) []Due {
	var out []Due
	asked := map[string]bool{}
	for _, d := range b.s.Waiting {
		if d.Offer != nil && b.s.Center.AssignMode == domain.ModeOffer {
			asked[d.Offer.RiderID] = true // and not once more before it has answered
		}
	}
	for _, route := range engine.Routes {
		if asked[route.RiderID] {
			continue
		}
		r := b.riders[route.RiderID]
		room := r.Capacity - len(b.s.Hands[route.RiderID])
		var due Due
		for _, s := range route.Stops {
			if s.Level == planner.Go && s.Kind == planner.Pickup && len(due.Deliveries) < room {
				due.Deliveries = append(due.Deliveries, b.waiting[s.OrderID])
			}
		}
		if len(due.Deliveries) == 0 {
			continue
		}
		due.RiderID = route.RiderID
		due.Distance, due.Duration = b.way(&r, &route, due.Deliveries)
		out = append(out, due)
	}
	return out
}

// way is how far and how long a rider rides until the last of these is delivered.
func (b *builder) way(r *Rider, route *planner.Route, ds []*domain.Delivery) (metres, seconds int) {
	mine := make(map[string]bool, len(ds))
	for _, d := range ds {
		mine[d.ID] = true
	}
	here := b.place(b.at(r))
	sum, all := 0.0, 0.0
	for _, s := range route.Stops {
		at := b.shops[s.OrderID]
		if s.Kind == planner.Dropoff {
			at = b.doors[s.OrderID]
		}
		sum += domain.Distance(b.places[here], b.places[at])
		here = at
		if s.Kind == planner.Dropoff && mine[s.OrderID] {
			all, seconds = sum, max(0, int(s.ETA*60+.5))
		}
	}
	return int(all + .5), seconds
}
