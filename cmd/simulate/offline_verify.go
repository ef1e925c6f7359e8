package main

import (
	"cmp"
	"fmt"
	"slices"
)

// verify checks events against the rules of the problem, knowing nothing of
// how they came about, and says which are broken.
func verify(in *Instance, events []outcomeOf) []string {
	var broken []string
	bad := func(format string, args ...any) { broken = append(broken, fmt.Sprintf(format, args...)) }
	order, seen := map[string]*Order{}, map[string]bool{}
	for i := range in.Orders {
		order[in.Orders[i].Name] = &in.Orders[i]
	}
	of := map[string][]outcomeOf{}
	for _, e := range events {
		switch {
		case order[e.order] == nil:
			bad("%s is no order", e.order)
			continue
		case seen[e.order]:
			bad("%s comes twice", e.order)
			continue
		}
		seen[e.order] = true
		if e.courier != "" {
			of[e.courier] = append(of[e.courier], e)
		}
	}
	for _, o := range in.Orders {
		if !seen[o.Name] {
			bad("%s is not accounted for", o.Name)
		}
	}
	for _, c := range in.Couriers {
		verifyCourier(in, c, order, of[c.Name], bad)
		delete(of, c.Name)
	}
	for name := range of {
		bad("%s is no courier", name)
	}
	return broken
}

// verifyCourier follows one courier through its trips.
func verifyCourier(in *Instance, c Courier, order map[string]*Order, events []outcomeOf, bad func(string, ...any)) {
	p := in.Params
	before, after := p.PickupService/2, p.PickupService-p.PickupService/2
	slices.SortStableFunc(events, func(a, b outcomeOf) int {
		return cmp.Or(cmp.Compare(a.pickup, b.pickup), cmp.Compare(a.dropoff, b.dropoff))
	})
	at, free := c.Start, c.On
	for len(events) > 0 {
		n := 1
		for n < len(events) && events[n].pickup == events[0].pickup {
			n++
		}
		trip := events[:n]
		events = events[n:]
		shop, sent := order[trip[0].order].Shop, trip[0].assigned
		for _, e := range trip {
			o := order[e.order]
			sent = min(sent, e.assigned)
			switch {
			case o.Restaurant != order[trip[0].order].Restaurant:
				bad("%s picks %s up at two restaurants at once", c.Name, e.order)
			case e.assigned < o.Placed:
				bad("%s is assigned before it is placed", e.order)
			case e.assigned > e.pickup:
				bad("%s is picked up before it is assigned", e.order)
			case e.pickup < o.Ready:
				bad("%s is picked up before it is ready", e.order)
			}
		}
		if sent < free {
			bad("%s is sent at %d and free at %d", c.Name, sent, free)
		}
		pickup := trip[0].pickup
		if soonest := sent + p.Travel(at, shop) + before; pickup < soonest {
			bad("%s picks %s up at %d, which it reaches at %d", c.Name, trip[0].order, pickup, soonest)
		}
		if pickup > c.Off {
			bad("%s picks %s up after its shift", c.Name, trip[0].order)
		}
		at, free = shop, pickup+after
		for _, e := range trip {
			door := order[e.order].Door
			if soonest := free + p.Travel(at, door) + p.DropoffService/2; e.dropoff < soonest {
				bad("%s drops %s off at %d, which it reaches at %d", c.Name, e.order, e.dropoff, soonest)
			}
			at, free = door, e.dropoff+p.DropoffService-p.DropoffService/2
		}
	}
}
