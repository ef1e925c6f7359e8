// Package plan makes a center's plan, as the contract shows it, with the dispatch
// engine out of the center's records. It is pure: the caller brings the time and
// the records, and keeps what one tick leaves for the next.
package plan

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/domain/dispatch/planner"
)

// Snapshot is a center as it is.
type Snapshot struct {
	Now     time.Time
	Center  domain.Center
	Waiting []domain.Delivery // held ones too
	InHand  []domain.Errand
	Riders  []domain.RiderView // on duty
	// Ways are asked once for the ways between all places of a plan: from each to
	// those of stops; nil: the straight line times the center's detour.
	Ways func(from, to []domain.Location) Ways
}

// Ways says how long ways take.
type Ways interface {
	Place(l domain.Location) int
	Way(v domain.Vehicle, from, to int) (metres, seconds float64)
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

const (
	// staleFix is from what age on a place says little, and doubt what a rider
	// without a place of now costs more, in minutes.
	staleFix = 5 * time.Minute
	doubt    = 8
	// limitAfter is how long after its promise a delivery counts as a failure.
	limitAfter = 30 // minutes
	// lead is how long a person takes to act on the plan, in minutes.
	lead = 1
	tick = 5.0 / 60
)

// Make makes a plan; last is the engine's of the tick before, nil: none. The
// engine's own is returned for the next tick.
func Make(s Snapshot, last *planner.Plan) (Plan, *planner.Plan) {
	b := &builder{s: s, began: s.Now}
	p := b.problem()
	p.Travel = b.travel()
	p.Last = last
	begun := time.Now()
	engine := planner.Solve(p)
	out := b.plan(engine)
	out.TickMS = math.Round(float64(time.Since(begun).Microseconds())/10) / 100
	return out, engine
}

// builder numbers the places of a snapshot and tells time in minutes from its now.
type builder struct {
	s      Snapshot
	began  time.Time
	places []domain.Location
	of     map[domain.Location]planner.Place
	stop   map[planner.Place]bool // places of shops and doors
}

func (b *builder) place(l domain.Location) planner.Place {
	if b.of == nil {
		b.of = map[domain.Location]planner.Place{}
	}
	p, ok := b.of[l]
	if !ok {
		p = planner.Place(len(b.places))
		b.places = append(b.places, l)
		b.of[l] = p
	}
	return p
}

// minutes is an instant on the engine's clock; absent is otherwise.
func (b *builder) minutes(t domain.Time, otherwise float64) float64 {
	if t.IsZero() {
		return otherwise
	}
	return t.Sub(b.began).Minutes()
}

func (b *builder) instant(minutes float64) domain.Time {
	return domain.At(b.began.Add(time.Duration(minutes * float64(time.Minute))))
}

func (b *builder) problem() planner.Problem {
	p := planner.Problem{
		Settings: planner.Settings{
			Balance:    planner.Balance(b.s.Center.Balance),
			Interleave: true,
			Commit:     planner.Commit{Tick: tick, Lead: lead},
		},
		Seed: uint64(b.began.Unix() / 5),
	}
	var arrivals planner.Arrivals
	waiting := slices.Clone(b.s.Waiting)
	slices.SortFunc(waiting, func(x, y domain.Delivery) int { return cmp.Compare(x.ID, y.ID) })
	for i := range waiting {
		d := &waiting[i]
		o, ok := b.order(d.Errand())
		if !ok {
			continue
		}
		o.HeldUntil = b.minutes(d.HeldUntil, 0)
		o.Pin, o.Avoid = d.Pin, d.Avoid
		if d.Offer != nil {
			o.Offered, o.OfferedTo = d.Offer.RiderID, b.minutes(d.Offer.ExpiresAt, 0)
		}
		p.Orders = append(p.Orders, o)
		arrivals.Add(min(0, b.minutes(d.CreatedAt, 0)), o.Shop)
	}
	p.Demand = arrivals.Demand(0)
	hands := map[string][]domain.Errand{}
	for _, e := range b.s.InHand {
		hands[e.RiderID] = append(hands[e.RiderID], e)
	}
	riders := slices.Clone(b.s.Riders)
	slices.SortFunc(riders, func(x, y domain.RiderView) int { return cmp.Compare(x.ID, y.ID) })
	for i := range riders {
		r, orders := b.rider(&riders[i], hands[riders[i].ID])
		p.Riders = append(p.Riders, r)
		p.Orders = append(p.Orders, orders...)
	}
	return p
}

// travel is the minutes between the places by motorcycle.
func (b *builder) travel() planner.Travel {
	if b.s.Ways == nil {
		perMetre := max(b.s.Center.Detour, 1) / b.s.Center.Speed() / 60
		return planner.TravelFunc(func(from, to planner.Place) float64 {
			return domain.Distance(b.places[from], b.places[to]) * perMetre
		})
	}
	stops := make([]domain.Location, 0, len(b.places))
	for i, l := range b.places {
		if b.stop[planner.Place(i)] {
			stops = append(stops, l)
		}
	}
	ways := b.s.Ways(b.places, stops)
	number := make([]int, len(b.places))
	for i, l := range b.places {
		number[i] = ways.Place(l)
	}
	return planner.TravelFunc(func(from, to planner.Place) float64 {
		_, seconds := ways.Way(domain.Motorcycle, number[from], number[to])
		return seconds / 60
	})
}

// order is a delivery as the engine knows it; false when no place of it is known.
func (b *builder) order(e domain.Errand) (planner.Order, bool) {
	shop, door := e.Shop, e.Door
	if shop == nil {
		shop = door
	}
	if door == nil || e.Status == domain.Returning {
		door = shop
	}
	if shop == nil {
		return planner.Order{}, false
	}
	half := float64(b.s.Center.ServiceMinutes) / 2
	if b.stop == nil {
		b.stop = map[planner.Place]bool{}
	}
	b.stop[b.place(*shop)], b.stop[b.place(*door)] = true, true
	o := planner.Order{
		ID: e.ID, Shop: b.place(*shop), Door: b.place(*door),
		ReadyAt: b.minutes(e.ReadyAt, 0), PromisedAt: b.minutes(e.PromisedAt, planner.Never), LimitAt: planner.Never,
		AtShop: planner.Service{After: half}, AtDoor: planner.Service{Before: half},
	}
	if o.PromisedAt < planner.Never {
		o.LimitAt = o.PromisedAt + limitAfter
	}
	return o, true
}

// rider is a rider with what it has in hand, nearest first.
func (b *builder) rider(v *domain.RiderView, hand []domain.Errand) (planner.Rider, []planner.Order) {
	at := b.s.Center.Location
	r := planner.Rider{ID: v.ID, Until: planner.Never, Capacity: v.Capacity, Pace: 1 / domain.Pace(v.Vehicle), Doubt: doubt}
	if v.Position != nil {
		at = domain.Location{Lat: v.Position.Lat, Lng: v.Position.Lng}
		if b.began.Sub(v.Position.At.Time) < staleFix {
			r.Doubt = 0
		}
	}
	r.At = b.place(at)
	orders := make([]planner.Order, 0, len(hand))
	type stop struct {
		planner.Stop
		at domain.Location
	}
	var open []stop
	for _, e := range hand {
		o, ok := b.order(e)
		if !ok {
			continue
		}
		orders = append(orders, o)
		next := stop{planner.Stop{OrderID: e.ID, Kind: planner.Pickup}, b.places[o.Shop]}
		if e.Status.Carried() {
			next = stop{planner.Stop{OrderID: e.ID, Kind: planner.Dropoff}, b.places[o.Door]}
		}
		open = append(open, next)
	}
	for here := at; len(open) > 0; {
		i := 0
		for j := range open {
			if domain.Distance(here, open[j].at) < domain.Distance(here, open[i].at) {
				i = j
			}
		}
		next := open[i]
		here = next.at
		r.Stops = append(r.Stops, next.Stop)
		open = slices.Delete(open, i, i+1)
		if next.Kind == planner.Pickup {
			for _, o := range orders {
				if o.ID == next.OrderID {
					open = append(open, stop{planner.Stop{OrderID: o.ID, Kind: planner.Dropoff}, b.places[o.Door]})
				}
			}
		}
	}
	if len(r.Stops) > 0 {
		r.Fixed = 1
	}
	r.Capacity = max(r.Capacity, len(hand))
	return r, orders
}

func (b *builder) plan(engine *planner.Plan) Plan {
	out := Plan{CenterID: b.s.Center.ID, At: domain.At(b.began), Riders: []PlanRider{}, Waiting: []PlanWaiting{}}
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
	return out
}
