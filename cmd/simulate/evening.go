package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/brosops/bros/domain"
)

// The evening is a world that the problem leaves out: food is late, riders are
// late, slow, tired, and out of reach, it rains and everybody is hungry, one has an
// accident, and dispatchers give by hand. Its instance lends it places, orders and
// shifts; the rest is drawn, the same for every policy.
const (
	stepMinutes = 1.0 / 6 // the world moves on so often
	slowShops   = 0.3     // part of the shops whose food is late as a rule
	slowBy      = 6.0     // minutes
	foodSpread  = 3.0     // standard deviation of all food, in minutes
	lateRiders  = 0.3     // part of the riders who come up to lateBy minutes late
	lateBy      = 15.0
	givesBack   = 0.08 // part of the deliveries that a rider gives back when it is told of them
	losesSignal = 0.2  // part of the riders whose phones are silent for a while
	staysHome   = 0.15 // part of the riders who don't come in this weather
	takesBreak  = 0.25 // part of the riders who take a break
	breakFor    = 15.0
	byHand      = 0.05 // part of the orders that a dispatcher gives by hand
	rushOrders  = 1.0  // orders more in the rush after rain
	rushPace    = 0.7  // and the speed of riders in it
	rushFor     = 90
	promiseRoom = 10.0 // minutes that a promise has beyond the estimate
	repairFor   = 25.0 // minutes by which an accident puts off what the rider carries
)

// evening is the world as it is; policies see what a server would.
type evening struct {
	in      *Instance
	rng     *rand.Rand
	center  domain.Center
	orders  []*eveningOrder
	riders  []*eveningRider
	now     float64 // minutes
	rush    int     // begins at this minute
	changes int     // of a tentative rider in the last ten minutes before an order is told
}

// eveningOrder is an order with what nobody knows beforehand.
type eveningOrder struct {
	Order
	d                         domain.Delivery
	cooked                    float64 // when the food is really ready
	byHand                    float64 // a dispatcher gives it at this minute; 0: never
	refused                   int
	meant                     string    // whom the plan means
	turned                    []float64 // when that changed
	assigned, picked, brought float64
}

// newEvening draws an evening.
func newEvening(in *Instance, seed uint64) *evening {
	e := &evening{in: in, rng: rand.New(rand.NewPCG(seed, 1))}
	kmh := max(1, int(in.Params.MetersPerMinute*60/1000+0.5))
	e.center = domain.Center{
		ID: "evening", Location: domain.Location(ground.put(middle(in))), SpeedKmh: kmh, Active: true,
		ServiceMinutes: in.Params.PickupService/2 + in.Params.DropoffService/2, AssignMode: domain.ModeAuto, CenterRules: domain.DefaultRules,
	}
	e.center.Detour = 1
	first, last := math.MaxInt, 0
	for _, o := range in.Orders {
		first, last = min(first, o.Placed), max(last, o.Placed)
	}
	e.rush = first + (last-first)*3/5
	slow := map[string]bool{}
	for _, name := range slices.Sorted(keysOf(in.Restaurants)) {
		slow[name] = e.rng.Float64() < slowShops
	}
	orders := slices.Clone(in.Orders)
	for _, o := range in.Orders {
		if e.rushing(float64(o.Placed)) && e.rng.Float64() < rushOrders {
			more := o
			more.Name += "+"
			shift := e.rng.IntN(9) - 4
			more.Placed, more.Ready = more.Placed+shift, more.Ready+shift
			orders = append(orders, more)
		}
	}
	slices.SortStableFunc(orders, func(a, b Order) int { return cmp.Compare(a.Placed, b.Placed) })
	for _, o := range orders {
		x := &eveningOrder{Order: o, cooked: float64(o.Ready) + e.rng.NormFloat64()*foodSpread}
		if slow[o.Restaurant] {
			x.cooked += e.rng.ExpFloat64() * slowBy
		}
		x.cooked = max(float64(o.Placed)+3, x.cooked)
		if e.rng.Float64() < byHand {
			x.byHand = float64(o.Placed) + 1 + 4*e.rng.Float64()
		}
		shop, door := domain.Location(ground.put(o.Shop)), domain.Location(ground.put(o.Door))
		ride := float64(domain.EstimateSeconds(e.center, shop, door)) / 60
		x.d = domain.Delivery{
			ID: o.Name, CenterID: e.center.ID, Version: 1, Status: domain.Waiting,
			Shop: domain.ShopRef{ID: o.Restaurant, Location: &shop}, Customer: domain.Customer{Location: &door},
			CreatedAt: e.at(float64(o.Placed)), ReadyAt: e.at(float64(o.Ready)), PromisedAt: e.at(float64(o.Ready) + ride + promiseRoom),
		}
		e.orders = append(e.orders, x)
	}
	for _, c := range in.Couriers {
		if r := e.newRider(c); e.rng.Float64() >= staysHome {
			e.riders = append(e.riders, r)
		}
	}
	e.accident()
	return e
}

// at is an instant of the evening as records tell it.
func (e *evening) at(minute float64) domain.Time {
	return domain.At(time.Unix(0, 0).Add(24*time.Hour + time.Duration(minute*float64(time.Minute))))
}

func (e *evening) rushing(minute float64) bool {
	return minute >= float64(e.rush) && minute < float64(e.rush+rushFor)
}

// decider gives orders to riders: the engine, or the baseline.
type decider interface {
	placed(o *eveningOrder)
	decide(e *evening) []given
	// stops is the order in which a rider brings what it has in hand.
	stops(riderID string) []string
}

type given struct {
	order *eveningOrder
	rider *eveningRider
}

// play goes through the evening.
func (e *evening) play(ctx context.Context, p decider) {
	first, last := math.MaxInt, 0
	for _, o := range e.orders {
		first = min(first, o.Placed)
	}
	for _, r := range e.riders {
		last = max(last, r.Off)
	}
	next := 0
	for e.now = float64(first); e.now < float64(last)+60 && ctx.Err() == nil; e.now += stepMinutes {
		fresh := false
		for ; next < len(e.orders) && float64(e.orders[next].Placed) <= e.now; next++ {
			p.placed(e.orders[next])
			fresh = true
		}
		open := false
		for _, o := range e.orders[:next] {
			if o.d.Status == domain.Waiting {
				open = true
				if o.byHand > 0 && o.byHand <= e.now && o.refused == 0 {
					e.giveByHand(o)
				}
			}
		}
		if open || fresh {
			for _, g := range p.decide(e) {
				e.give(g.order, g.rider)
			}
		}
		for _, r := range e.riders {
			e.move(r, p)
		}
	}
}

// known are the orders that have been placed and are not at their end.
func (e *evening) known() []*eveningOrder {
	var out []*eveningOrder
	for _, o := range e.orders {
		if float64(o.Placed) <= e.now && o.d.Status.Open() {
			out = append(out, o)
		}
	}
	return out
}

// give tells a rider of an order. Some give it back at once.
func (e *evening) give(o *eveningOrder, r *eveningRider) {
	if o.d.Status != domain.Waiting || !r.onDuty || len(r.hand) >= r.rec.Capacity {
		return
	}
	for _, at := range o.turned {
		if at > e.now-10 {
			e.changes++
		}
	}
	o.turned, o.meant = nil, ""
	if e.rng.Float64() < givesBack && o.refused < 2 {
		o.refused++
		o.d.Avoid = append(slices.Clone(o.d.Avoid), r.rec.ID)
		return
	}
	o.d.Status, o.d.RiderID, o.d.AssignedAt, o.assigned = domain.Assigned, r.rec.ID, e.at(e.now), e.now
	r.hand = append(r.hand, o)
}

// giveByHand is a dispatcher's choice: somebody near enough, not the best.
func (e *evening) giveByHand(o *eveningOrder) {
	var free []*eveningRider
	for _, r := range e.riders {
		if r.onDuty && len(r.hand) < 2 {
			free = append(free, r)
		}
	}
	slices.SortStableFunc(free, func(a, b *eveningRider) int {
		return cmp.Compare(far(a.where(e.now), o.Shop), far(b.where(e.now), o.Shop))
	})
	if n := min(3, len(free)); n > 0 {
		r := free[e.rng.IntN(n)]
		o.refused = 2 // who is told by a person doesn't give it back
		e.give(o, r)
	}
}

func far(a, b Point) float64 { return math.Hypot(a.X-b.X, a.Y-b.Y) }

// turned notes whom the plan means for an order that nobody was told of.
func (e *evening) mean(o *eveningOrder, rider string) {
	if o.meant != "" && rider != "" && o.meant != rider {
		o.turned = append(o.turned, e.now)
	}
	if rider != "" {
		o.meant = rider
	}
}

// eveningScore is what an evening came to.
type eveningScore struct {
	orders, undelivered, late float64
	door                      []float64
	wait                      []float64
	changes                   float64
	ticks                     []time.Duration
}

// add makes it the score of both.
func (s *eveningScore) add(x *eveningScore) {
	s.orders, s.undelivered, s.late, s.changes = s.orders+x.orders, s.undelivered+x.undelivered, s.late+x.late, s.changes+x.changes
	s.door, s.wait, s.ticks = append(s.door, x.door...), append(s.wait, x.wait...), append(s.ticks, x.ticks...)
}

func (e *evening) score() eveningScore {
	s := eveningScore{orders: float64(len(e.orders))}
	for _, o := range e.orders {
		if o.brought == 0 {
			s.undelivered++
			continue
		}
		s.door = append(s.door, o.brought-float64(o.Placed))
		s.wait = append(s.wait, max(0, o.picked-o.cooked))
		if e.at(o.brought).After(o.d.PromisedAt.Time) {
			s.late++
		}
	}
	s.changes = float64(e.changes)
	return s
}

func (s *eveningScore) write(w io.Writer) {
	n := max(1, float64(len(s.door)))
	fmt.Fprintf(w, "undelivered: %.3f %%\n", 100*s.undelivered/max(1, s.orders))
	fmt.Fprintf(w, "late: %.1f %%\n", 100*s.late/n)
	fmt.Fprintf(w, "click-to-door: %.2f p90 %.1f\n", mean(s.door), percentile(s.door, 0.9))
	fmt.Fprintf(w, "ready-to-pickup: %.2f\n", mean(s.wait))
	fmt.Fprintf(w, "changes of mind: %.3f per order\n", s.changes/max(1, s.orders))
	ms := func(q float64) float64 { return float64(percentile(s.ticks, q)) / float64(time.Millisecond) }
	fmt.Fprintf(w, "tick: p50 %.2f p99 %.2f max %.2f\n", ms(0.5), ms(0.99), ms(1))
}
