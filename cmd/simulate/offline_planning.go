package main

import (
	"slices"
	"strconv"

	"github.com/brosops/bros/domain/dispatch/planner"
)

// planning is the engine as a policy.
type planning struct {
	d        *day
	settings planner.Settings
	arrivals planner.Arrivals
	last     *planner.Plan
	ids      []string // of orders and couriers alike: indices that sort as they count
	of       map[string]int
	rank     map[string]int // of the drop-offs in the last plan
}

const (
	soon        = 60 // minutes before a shift's begin from which on its courier is planned with
	limitBefore = 15 // minutes before the maximum click-to-door at which it gets dear
)

func newPlanning(d *day, b planner.Balance) *planning {
	p := &planning{d: d, of: map[string]int{}}
	p.settings = planner.Settings{Balance: b, Commit: planner.Commit{Tick: 1}}
	for i := range max(len(d.orders), len(d.couriers)) {
		id := strconv.Itoa(1e6 + i)
		p.ids = append(p.ids, id)
		p.of[id] = i
	}
	return p
}

func (p *planning) placed(o, now int) {
	p.arrivals.Add(float64(now), planner.Place(p.d.shopAt[o]))
}

func (p *planning) decide(now int) []tell {
	d := p.d
	pr := planner.Problem{
		Now: float64(now), Travel: d.ways, Last: p.last, Settings: p.settings, Seed: uint64(now),
		Demand: p.arrivals.Demand(float64(now)),
	}
	for _, i := range d.open {
		pr.Orders = append(pr.Orders, p.order(i))
	}
	for i := range d.couriers {
		if c := &d.couriers[i]; c.On <= now+soon && (c.Off >= now || len(c.trip) > 0) {
			pr.Riders = append(pr.Riders, p.rider(i, now))
		}
	}
	p.last = planner.Solve(pr)
	p.rank = map[string]int{}
	for _, r := range p.last.Routes {
		for i, s := range r.Stops {
			if s.Kind == planner.Dropoff {
				p.rank[s.OrderID] = i
			}
		}
	}
	var out []tell
	for _, t := range p.last.Due() {
		out = append(out, tell{order: p.of[t.OrderID], courier: p.of[t.RiderID]})
	}
	return out
}

func (p *planning) drops(_ int, orders []int) {
	slices.SortStableFunc(orders, func(a, b int) int { return p.rank[p.ids[a]] - p.rank[p.ids[b]] })
}

func (p *planning) order(i int) planner.Order {
	o, pa := &p.d.orders[i], &p.d.params
	half := func(minutes int) planner.Service {
		return planner.Service{Before: float64(minutes / 2), After: float64(minutes - minutes/2)}
	}
	return planner.Order{
		ID: p.ids[i], Shop: planner.Place(p.d.shopAt[i]), Door: planner.Place(p.d.ways.of[o.Door]),
		ReadyAt: float64(o.Ready), PromisedAt: float64(o.Placed + pa.Target), LimitAt: float64(o.Placed + pa.Max - limitBefore),
		AtShop: half(pa.PickupService), AtDoor: half(pa.DropoffService),
	}
}

func (p *planning) rider(i, now int) planner.Rider {
	c, pa := &p.d.couriers[i], &p.d.params
	r := planner.Rider{
		ID: p.ids[i], At: planner.Place(c.place), From: float64(max(now, c.freeAt)), Until: float64(c.Off), Capacity: 100,
		Covered: int(pa.PayPerHour*float64(c.Off-c.On)/60/max(pa.PayPerOrder, 0.01)) - c.told,
	}
	if len(c.trip) > 0 {
		r.At, r.From = planner.Place(p.d.shopAt[c.trip[0]]), float64(c.arrive)
		r.Fixed = len(c.trip)
		for _, o := range c.trip {
			r.Stops = append(r.Stops, planner.Stop{OrderID: p.ids[o], Kind: planner.Pickup})
		}
		for _, o := range c.trip {
			r.Stops = append(r.Stops, planner.Stop{OrderID: p.ids[o], Kind: planner.Dropoff})
		}
	}
	return r
}
