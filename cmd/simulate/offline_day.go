package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// policy decides, once a minute, which couriers are told of which orders.
type policy interface {
	// placed says that an order has come.
	placed(o int, now int)
	// decide answers what is to be told now.
	decide(now int) []tell
	// drops puts the orders of a courier's trip into the order of their doors.
	drops(courier int, orders []int)
}

type tell struct{ order, courier int }

// outcomeOf is what came of an order; without a courier it was not delivered.
type outcomeOf struct {
	order, courier            string
	assigned, pickup, dropoff int
}

// result is a day that was played.
type result struct {
	events []outcomeOf
	broken []string        // tells that the rules forbid
	ticks  []time.Duration // what decisions took
}

// dayCourier is a courier of the offline day: it waits, or is on a trip.
type dayCourier struct {
	Courier
	at     Point // where it stands or last stopped
	place  int   // that place, as an index into the day's places
	freeAt int
	trip   []int // orders told and not picked up, in the order of their doors
	arrive int   // at their shop
	told   int   // orders so far
}

// dayOrder is an order of the offline day.
type dayOrder struct {
	Order
	courier                   int // -1: nobody
	assigned, pickup, dropoff int // pickup 0: not picked up yet
}

// day is an instance being played by the rules of the problem: couriers wait
// where they stopped, take everything, and are not diverted on the way.
type day struct {
	params   Params
	orders   []dayOrder
	couriers []dayCourier
	open     []int // placed and not picked up
	places   []Point
	shopAt   []int // of each order: the place of its shop
	ways     *ways
	broken   []string
}

func newDay(in *Instance) *day {
	d := &day{params: in.Params}
	of := map[Point]int{}
	place := func(p Point) int {
		i, ok := of[p]
		if !ok {
			i = len(d.places)
			of[p] = i
			d.places = append(d.places, p)
		}
		return i
	}
	for _, o := range in.Orders {
		d.orders = append(d.orders, dayOrder{Order: o, courier: -1})
		d.shopAt = append(d.shopAt, place(o.Shop))
		place(o.Door)
	}
	for _, c := range in.Couriers {
		d.couriers = append(d.couriers, dayCourier{Courier: c, at: c.Start, place: place(c.Start), freeAt: c.On})
	}
	d.ways = newWays(in.Params, d.places, of)
	return d
}

// span is the first and the last minute in which something can happen.
func (d *day) span() (first, last int) {
	if len(d.orders) == 0 {
		return 0, -1
	}
	first = d.orders[0].Placed
	for i := range d.couriers {
		last = max(last, d.couriers[i].Off)
	}
	return first, last
}

// play goes through the day minute by minute.
func (d *day) play(ctx context.Context, p policy) *result {
	r := &result{}
	first, last := d.span()
	next := 0
	for now := first; now <= last && ctx.Err() == nil; now++ {
		for ; next < len(d.orders) && d.orders[next].Placed <= now; next++ {
			d.open = append(d.open, next)
			p.placed(next, now)
		}
		if len(d.open) > 0 {
			begun := time.Now()
			tells := p.decide(now)
			r.ticks = append(r.ticks, time.Since(begun))
			for _, t := range tells {
				d.tell(t, now)
			}
			for c := range d.couriers {
				if len(d.couriers[c].trip) > 1 {
					p.drops(c, d.couriers[c].trip)
				}
			}
		}
		for c := range d.couriers {
			d.leave(c, now)
		}
	}
	for i := range d.orders {
		o := &d.orders[i]
		e := outcomeOf{order: o.Name}
		if o.pickup > 0 {
			e.courier, e.assigned, e.pickup, e.dropoff = d.couriers[o.courier].Name, o.assigned, o.pickup, o.dropoff
		}
		r.events = append(r.events, e)
	}
	r.broken = d.broken
	return r
}

// tell sends a courier off, or adds to the trip it is on the way to fetch.
func (d *day) tell(t tell, now int) {
	bad := func(why string) {
		d.broken = append(d.broken, fmt.Sprintf("minute %d: %s told of %s: %s", now, d.couriers[t.courier].Name, d.orders[t.order].Name, why))
	}
	o, c := &d.orders[t.order], &d.couriers[t.courier]
	switch {
	case o.courier >= 0:
		bad("somebody has it")
		return
	case now < o.Placed:
		bad("it is not placed yet")
		return
	case len(c.trip) > 0:
		if d.orders[c.trip[0]].Restaurant != o.Restaurant {
			bad("it is on the way to another restaurant")
			return
		}
	case now < c.On || now > c.Off:
		bad("off shift")
		return
	case c.freeAt > now:
		bad("it is not free")
		return
	default:
		c.arrive = now + d.params.Travel(c.at, o.Shop)
	}
	c.trip = append(c.trip, t.order)
	c.told++
	o.courier, o.assigned = t.courier, now
}

// leave picks a courier's trip up when its minute has come.
func (d *day) leave(n, now int) {
	c := &d.couriers[n]
	if len(c.trip) == 0 {
		return
	}
	at := d.pickupOf(c)
	if at > now {
		return
	}
	if at > c.Off {
		d.broken = append(d.broken, fmt.Sprintf("minute %d: %s picks up after its shift", now, c.Name))
	}
	before := d.params.DropoffService / 2
	from, leaves := d.orders[c.trip[0]].Shop, at+d.params.PickupService-d.params.PickupService/2
	for _, i := range c.trip {
		o := &d.orders[i]
		o.pickup, o.dropoff = at, leaves+d.params.Travel(from, o.Door)+before
		from, leaves = o.Door, o.dropoff+d.params.DropoffService-before
	}
	c.at, c.freeAt, c.place = from, leaves, d.ways.of[from]
	d.open = slices.DeleteFunc(d.open, func(i int) bool { return slices.Contains(c.trip, i) })
	c.trip = c.trip[:0]
}

// pickupOf is when a courier's trip will be picked up, as far as is known.
func (d *day) pickupOf(c *dayCourier) int {
	at := c.arrive + d.params.PickupService/2
	for _, i := range c.trip {
		at = max(at, d.orders[i].Ready)
	}
	return at
}
