package plan

import (
	"math"
	"slices"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/domain/dispatch/planner"
)

const (
	// mostTried is how many deliveries in hand are put into every order there is;
	// more are brought by who is nearest.
	mostTried = 4
	// lateCosts is how much more a minute counts after the promise, and turning what
	// a first stop costs that is not the one that the rider was told, in minutes.
	lateCosts, turning = 2, 1
)

// sequencer finds the order of a rider's stops that brings its doors the soonest.
type sequencer struct {
	b      *builder
	pace   float64
	orders []planner.Order
	state  []uint8 // of each: 0 to be fetched, 1 in hand, 2 brought
	stops  []planner.Stop
	first  planner.Stop // of the last plan
	best   []planner.Stop
	cost   float64
}

// sequence is a rider's stops for what it has in hand.
func (b *builder) sequence(r *planner.Rider, hand []*domain.Delivery, orders []planner.Order) []planner.Stop {
	if len(hand) == 0 {
		return nil
	}
	q := &sequencer{b: b, pace: r.Pace, orders: orders, state: make([]uint8, len(hand)), cost: math.Inf(1)}
	for i, d := range hand {
		if d.Status.Carried() {
			q.state[i] = 1
		}
	}
	q.first = b.headsFor(r.ID)
	if len(hand) > mostTried {
		q.nearest(r.At)
		return q.stops
	}
	q.try(r.At, 0, 0)
	return q.best
}

// headsFor is the stop that the last plan had a rider ride to first.
func (b *builder) headsFor(riderID string) planner.Stop {
	if b.last != nil {
		for i := range b.last.Routes {
			if r := &b.last.Routes[i]; r.RiderID == riderID && len(r.Stops) > 0 {
				return r.Stops[0].Stop
			}
		}
	}
	return planner.Stop{}
}

// next is where an order is brought to next, and when the rider can leave there.
func (q *sequencer) next(i int, at planner.Place, now float64) (planner.Stop, planner.Place, float64) {
	o := &q.orders[i]
	if q.state[i] == 0 {
		arrive := now + q.pace*q.b.travel.Minutes(at, o.Shop)
		return planner.Stop{OrderID: o.ID, Kind: planner.Pickup}, o.Shop, max(arrive, o.ReadyAt)
	}
	return planner.Stop{OrderID: o.ID, Kind: planner.Dropoff}, o.Door, now + q.pace*q.b.travel.Minutes(at, o.Door) + o.AtDoor.Before
}

// try goes on from a place in every way, and gives up where it costs more than the best.
func (q *sequencer) try(at planner.Place, now, cost float64) {
	if cost >= q.cost {
		return
	}
	left := false
	for i := range q.orders {
		if q.state[i] > 1 {
			continue
		}
		left = true
		stop, place, done := q.next(i, at, now)
		extra := 0.0
		if len(q.stops) == 0 && q.first.OrderID != "" && stop != q.first {
			extra = turning
		}
		leave := done
		if stop.Kind == planner.Dropoff {
			extra += done + lateCosts*max(0, done-q.orders[i].PromisedAt)
		} else if place != at { // what is fetched at the same shop is fetched at once
			leave += q.orders[i].AtShop.After
		}
		q.state[i]++
		q.stops = append(q.stops, stop)
		q.try(place, leave, cost+extra)
		q.stops = q.stops[:len(q.stops)-1]
		q.state[i]--
	}
	if !left {
		q.best, q.cost = slices.Clone(q.stops), cost
	}
}

// nearest goes to what is nearest, again and again.
func (q *sequencer) nearest(at planner.Place) {
	for {
		best, far := -1, math.Inf(1)
		var stop planner.Stop
		var place planner.Place
		for i := range q.orders {
			if q.state[i] > 1 {
				continue
			}
			s, p, _ := q.next(i, at, 0)
			if d := q.b.travel.Minutes(at, p); d < far {
				best, far, stop, place = i, d, s, p
			}
		}
		if best < 0 {
			return
		}
		q.state[best]++
		q.stops = append(q.stops, stop)
		at = place
	}
}
