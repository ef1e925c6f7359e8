package plan

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/domain/dispatch/planner"
)

const (
	// staleFix is from what age on a place says little, and doubt what a rider
	// without a place of now costs more, in minutes.
	staleFix = 5 * time.Minute
	doubt    = 8
	// limitAfter is how long after its promise a delivery counts as a failure.
	limitAfter = 30 // minutes
	tick       = 5.0 / 60
	// look is how long a dispatcher takes to act on the plan, and told how long the
	// server itself, in minutes; answer is what an offer takes beside its time.
	look, told, answer = 1, 0.25, 0.25
	// steady is what it costs to mean another rider shortly before the time: a plan
	// that jumps about is worthless to people.
	steady = 8
	// early is how long before it must leave an idle rider is told of its trip.
	early = 20
)

func compareIDs(a, b string) int { return cmp.Compare(a, b) }

// builder numbers the places of a snapshot and tells time in minutes from its now.
type builder struct {
	s       Snapshot
	last    *planner.Plan
	places  []domain.Location
	of      map[domain.Location]planner.Place
	travel  planner.Travel
	riders  map[string]Rider
	waiting map[string]*domain.Delivery
	shops   map[string]planner.Place // by delivery
	doors   map[string]planner.Place
	left    []string // deliveries that are left to the dispatchers
}

func newBuilder(s Snapshot, last *planner.Plan) *builder {
	b := &builder{
		s: s, last: last, of: map[domain.Location]planner.Place{}, riders: map[string]Rider{},
		waiting: map[string]*domain.Delivery{}, shops: map[string]planner.Place{}, doors: map[string]planner.Place{},
	}
	b.travel = b.ways()
	return b
}

// ways numbers all places and finds the minutes between them by motorcycle.
func (b *builder) ways() planner.Travel {
	for _, d := range b.s.Waiting {
		b.order(d)
	}
	for i := range b.s.Riders {
		for _, d := range b.s.Hands[b.s.Riders[i].ID] {
			b.order(d)
		}
	}
	for _, s := range b.s.Sources {
		b.place(s.At)
	}
	stops := slices.Clone(b.places)
	for i := range b.s.Riders {
		b.place(b.at(&b.s.Riders[i]))
	}
	if b.s.Ways == nil {
		return b.straight()
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

// straight is by the straight line times the center's detour. A town is flat
// enough to be a plane, where a distance is one square root.
func (b *builder) straight() planner.Travel {
	perMetre := max(b.s.Center.Detour, 1) / b.s.Center.Speed() / 60
	const metresPerDegree = 111_195
	type point struct{ x, y float64 }
	shrink := math.Cos(b.s.Center.Location.Lat * math.Pi / 180)
	points := make([]point, len(b.places))
	for i, l := range b.places {
		points[i] = point{
			(l.Lng - b.s.Center.Location.Lng) * metresPerDegree * shrink * perMetre,
			(l.Lat - b.s.Center.Location.Lat) * metresPerDegree * perMetre,
		}
	}
	return planner.TravelFunc(func(from, to planner.Place) float64 {
		dx, dy := points[from].x-points[to].x, points[from].y-points[to].y
		return math.Sqrt(dx*dx + dy*dy)
	})
}

func (b *builder) place(l domain.Location) planner.Place {
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
	return t.Sub(b.s.Now).Minutes()
}

func (b *builder) instant(minutes float64) domain.Time {
	return domain.At(b.s.Now.Add(time.Duration(minutes * float64(time.Minute))))
}

// commit is when an order is acted on: in dispatch a person does, in offer a
// rider answers first, in auto nobody is waited for.
func (b *builder) commit() planner.Commit {
	switch b.s.Center.AssignMode {
	case domain.ModeAuto:
		return planner.Commit{Tick: tick, Lead: told, Early: early}
	case domain.ModeOffer:
		return planner.Commit{Tick: tick, Lead: float64(b.s.Center.OfferSeconds)/60 + answer, Early: early}
	}
	return planner.Commit{Tick: tick, Lead: look}
}

func (b *builder) problem() planner.Problem {
	p := planner.Problem{
		Travel: b.travel, Last: b.last, Seed: uint64(b.s.Now.Unix() / 5), Demand: planner.Demand{Rate: b.s.Rate},
		Settings: planner.Settings{Balance: planner.Balance(b.s.Center.Balance), Interleave: true, Commit: b.commit(), Steady: steady},
	}
	for _, s := range b.s.Sources {
		p.Demand.Shops = append(p.Demand.Shops, planner.Source{Shop: b.place(s.At), Weight: s.Weight})
	}
	for i := range b.s.Riders {
		b.riders[b.s.Riders[i].ID] = b.s.Riders[i]
	}
	asks := b.s.Center.AssignMode == domain.ModeOffer
	for _, d := range b.s.Waiting {
		if asks && d.NoRider {
			b.left = append(b.left, d.ID)
			continue
		}
		o, ok := b.order(d)
		if !ok {
			continue
		}
		b.waiting[d.ID] = d
		o.HeldUntil = b.minutes(d.HeldUntil, 0)
		o.Pin, o.Avoid = d.Pin, d.Avoid
		if asks {
			o.Avoid = b.avoid(d)
		}
		if d.Offer != nil {
			o.Offered, o.OfferedTo = d.Offer.RiderID, b.minutes(d.Offer.ExpiresAt, 0)
		}
		p.Orders = append(p.Orders, o)
	}
	for i := range b.s.Riders {
		r, orders := b.rider(&b.s.Riders[i])
		p.Riders = append(p.Riders, r)
		p.Orders = append(p.Orders, orders...)
	}
	return p
}

// avoid is who is not to be asked for a delivery: those ruled out, and those who
// were asked in vain, unless nobody else is there with room.
func (b *builder) avoid(d *domain.Delivery) []string {
	if len(d.Asked) == 0 {
		return d.Avoid
	}
	refused := func(id string) bool {
		return slices.ContainsFunc(d.Asked, func(a domain.Asked) bool { return a.RiderID == id && a.Status != domain.OfferAccepted })
	}
	for i := range b.s.Riders {
		r := &b.s.Riders[i]
		may := d.Pin == "" || d.Pin == r.ID
		if may && r.OnDuty && len(b.s.Hands[r.ID]) < r.Capacity && !slices.Contains(d.Avoid, r.ID) && !refused(r.ID) {
			out := slices.Clone(d.Avoid)
			for _, a := range d.Asked {
				if refused(a.RiderID) {
					out = append(out, a.RiderID)
				}
			}
			return out
		}
	}
	return d.Avoid
}

// order is a delivery as the engine knows it; false when no place of it is known.
func (b *builder) order(d *domain.Delivery) (planner.Order, bool) {
	shop, door := d.Shop.Location, d.Customer.Location
	if shop == nil {
		shop = door
	}
	if door == nil || d.Status == domain.Returning {
		door = shop
	}
	if shop == nil {
		return planner.Order{}, false
	}
	half := float64(b.s.Center.ServiceMinutes) / 2
	o := planner.Order{
		ID: d.ID, Shop: b.place(*shop), Door: b.place(*door),
		ReadyAt: b.minutes(d.ReadyAt, 0), PromisedAt: b.minutes(d.PromisedAt, planner.Never), LimitAt: planner.Never,
		AtShop: planner.Service{After: half}, AtDoor: planner.Service{Before: half},
	}
	if o.PromisedAt < planner.Never {
		o.LimitAt = o.PromisedAt + limitAfter
	}
	if !d.ArrivedDoorAt.IsZero() { // it is being handed over for a while already
		o.AtDoor.Before = max(0, half+b.minutes(d.ArrivedDoorAt, 0))
	}
	b.shops[d.ID], b.doors[d.ID] = o.Shop, o.Door
	return o, true
}

// at is where a rider is; the center's place when nobody knows.
func (b *builder) at(r *Rider) domain.Location {
	if r.Position == nil {
		return b.s.Center.Location
	}
	return domain.Location{Lat: r.Position.Lat, Lng: r.Position.Lng}
}

// rider is a rider with what it has in hand, in the order in which it is best ridden.
func (b *builder) rider(v *Rider) (planner.Rider, []planner.Order) {
	r := planner.Rider{
		ID: v.ID, At: b.place(b.at(v)), Until: planner.Never, Pace: 1 / domain.Pace(v.Vehicle), Doubt: doubt,
		Capacity: max(v.Capacity, len(b.s.Hands[v.ID])),
	}
	if !v.OnDuty {
		r.Until = -1
	}
	if v.Position != nil && b.s.Now.Sub(v.Position.At.Time) < staleFix {
		r.Doubt = 0
	}
	if b.s.Center.AssignMode == domain.ModeOffer && v.Accepts > 0 {
		// Each refusal costs the time of an offer.
		r.Doubt += (1/v.Accepts - 1) * (float64(b.s.Center.OfferSeconds)/60 + answer)
	}
	var orders []planner.Order
	var hand []*domain.Delivery
	for _, d := range b.s.Hands[v.ID] {
		if o, ok := b.order(d); ok {
			orders, hand = append(orders, o), append(hand, d)
		}
	}
	r.Stops = b.sequence(&r, hand, orders)
	if len(r.Stops) > 0 {
		r.Fixed = 1
	}
	return r, orders
}
