package main

import (
	"time"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/domain/dispatch"
)

// greedy is the baseline: each order at once to whom it costs the least, among
// the couriers who are free.
type greedy struct {
	d      *day
	center domain.Center
}

func newGreedy(d *day) *greedy {
	return &greedy{d: d, center: domain.Center{
		Location: domain.Location(ground.put(Point{})), SpeedKmh: max(1, int(d.params.MetersPerMinute*60/1000+0.5)),
		ServiceMinutes: (d.params.PickupService + d.params.DropoffService) / 2,
	}}
}

// ground is where the plane's (0,0) lies for the baseline, which thinks in degrees.
var ground = place{Lat: 0, Lng: 0}

func (g *greedy) placed(int, int)  {}
func (g *greedy) drops(int, []int) {}

func (g *greedy) decide(now int) []tell {
	d := g.d
	at := func(minute int) domain.Time {
		return domain.At(time.Unix(int64(minute)*60, 0).Add(24 * time.Hour))
	}
	where := func(p Point) *domain.Location {
		l := domain.Location(ground.put(p))
		return &l
	}
	plan := dispatch.Plan{Now: at(now), Center: g.center}
	orderOf, courierOf := map[string]int{}, map[string]int{}
	for _, i := range d.open {
		if o := &d.orders[i]; o.courier < 0 {
			orderOf[o.Name] = i
			plan.Waiting = append(plan.Waiting, domain.Delivery{
				ID: o.Name, Status: domain.Waiting, Shop: domain.ShopRef{Location: where(o.Shop)},
				Customer: domain.Customer{Location: where(o.Door)},
				ReadyAt:  at(o.Ready), PromisedAt: at(o.Placed + d.params.Target),
			})
		}
	}
	for i := range d.couriers {
		c := &d.couriers[i]
		if c.On > now || c.Off < now || c.freeAt > now || len(c.trip) > 0 {
			continue
		}
		l := where(c.at)
		courierOf[c.Name] = i
		plan.Riders = append(plan.Riders, dispatch.Candidate{
			RiderID: c.Name, Vehicle: domain.Motorcycle, Duty: domain.DutyOn, Active: true, Capacity: 1,
			Position: &domain.Position{Lat: l.Lat, Lng: l.Lng, At: plan.Now},
		})
	}
	var out []tell
	for _, a := range dispatch.Greedy(plan) {
		o, c := &d.orders[orderOf[a.DeliveryID]], &d.couriers[courierOf[a.RiderID]]
		if max(now+d.params.Travel(c.at, o.Shop)+d.params.PickupService/2, o.Ready) <= c.Off {
			out = append(out, tell{order: orderOf[a.DeliveryID], courier: courierOf[a.RiderID]})
		}
	}
	return out
}
