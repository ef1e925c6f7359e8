package dispatch

import (
	"math"

	"github.com/brosops/bros/domain"
)

// ground is a center as a plane in metres: near enough for a town, and a
// distance is one square root.
type ground struct {
	center  domain.Center
	now     domain.Time
	cosLat  float64
	speed   float64 // m/s, of the straight line
	service float64 // seconds at each stop: half of the center's service minutes
	ways    Ways    // nil: the plane
}

// point is a place on the plane, and its number where ways are known.
type point struct {
	x, y  float64
	place int
}

const metresPerDegree = 111_195

func newGround(c domain.Center, now domain.Time, ways Ways) *ground {
	return &ground{
		center:  c,
		now:     now,
		cosLat:  math.Cos(c.Location.Lat * math.Pi / 180),
		speed:   c.Speed() / max(c.Detour, 1),
		ways:    ways,
		service: float64(c.ServiceMinutes) * 30,
	}
}

func (g *ground) point(l domain.Location) point {
	p := point{
		x: (l.Lng - g.center.Location.Lng) * metresPerDegree * g.cosLat,
		y: (l.Lat - g.center.Location.Lat) * metresPerDegree,
	}
	if g.ways != nil {
		p.place = g.ways.Place(l)
	}
	return p
}

// seconds is t as seconds from now; an absent time is never.
func (g *ground) seconds(t domain.Time) float64 {
	if t.IsZero() {
		return math.Inf(1)
	}
	return t.Sub(g.now.Time).Seconds()
}

// pace is a vehicle's speed in m/s: the center's, less for what is slower than
// the motorcycles that it is meant for.
func (g *ground) pace(v domain.Vehicle) float64 { return g.speed * domain.Pace(v) }

// leg is a Stop on the plane.
type leg struct {
	delivery string
	pickup   bool
	at       point
	ready    float64 // seconds from now; a pickup waits for it
	promised float64
}

func (g *ground) stops(stops []Stop) []leg {
	legs := make([]leg, len(stops))
	for i, s := range stops {
		legs[i] = leg{delivery: s.DeliveryID, pickup: s.Pickup, at: g.point(s.At), promised: g.seconds(s.PromisedAt)}
		if !s.ReadyAt.IsZero() {
			legs[i].ready = g.seconds(s.ReadyAt)
		}
	}
	return legs
}

// tour is the way a rider still has before it.
type tour struct {
	from    point
	vehicle domain.Vehicle
	pace    float64
	ways    Ways
	service float64
	legs    []leg
	spare   []leg // reused by insert
}

// tour brings a rider's stops into an order: delivery by delivery, each where
// it costs the least.
func (g *ground) tour(from point, v domain.Vehicle, stops []Stop) *tour {
	t := &tour{from: from, vehicle: v, pace: g.pace(v), ways: g.ways, service: g.service}
	legs := g.stops(stops)
	for i := 0; i < len(legs); {
		j := i + 1
		for j < min(len(legs), i+2) && legs[j].delivery == legs[i].delivery {
			j++
		}
		f := t.insert(legs[i:j])
		t.take(legs[i:j], f)
		i = j
	}
	return t
}

// fit is the cheapest way to put a delivery's stops into a tour.
type fit struct {
	first, last int     // places of its stops in the new tour
	extra       float64 // seconds of cost more
	detour      float64 // seconds of riding more
	pickup      float64 // seconds from now
	dropoff     float64
	wait        float64 // seconds at the shop before the food is ready
}

// insert finds the best places for the stops of one delivery: a pickup and a
// door, or the door alone.
func (t *tour) insert(stops []leg) fit {
	base := t.run(t.legs, "")
	best := fit{extra: math.Inf(1)}
	n := len(t.legs)
	for i := 0; i <= n; i++ {
		if len(stops) == 1 {
			t.consider(&best, base, stops, i, i)
			continue
		}
		for j := i + 1; j <= n+1; j++ {
			t.consider(&best, base, stops, i, j)
		}
	}
	return best
}

func (t *tour) consider(best *fit, base walk, stops []leg, i, j int) {
	t.spare = place(t.spare[:0], t.legs, stops, i, j)
	w := t.run(t.spare, stops[0].delivery)
	if extra := w.cost - base.cost; extra < best.extra {
		*best = fit{
			first: i, last: j, extra: extra, detour: w.riding - base.riding,
			pickup: w.pickup, dropoff: w.dropoff, wait: w.wait,
		}
	}
}

func (t *tour) take(stops []leg, f fit) {
	t.legs = place(nil, t.legs, stops, f.first, f.last)
}

// effect compares the doors of the tour without and with the stops at their places.
func (t *tour) effect(stops []leg, f fit) Effect {
	before := t.doors(t.legs)
	after := t.doors(place(nil, t.legs, stops, f.first, f.last))
	var e Effect
	for _, l := range t.legs {
		if l.pickup {
			continue
		}
		was, is := before[l.delivery], after[l.delivery]
		if was <= l.promised && is > l.promised {
			e.Late++
		}
		e.Delay = max(e.Delay, int(math.Round(is-was)))
	}
	return e
}

// doors says when each delivery of legs reaches its door, in seconds from now.
func (t *tour) doors(legs []leg) map[string]float64 {
	at := make(map[string]float64, len(legs))
	for _, l := range legs {
		if !l.pickup {
			at[l.delivery] = t.run(legs, l.delivery).dropoff
		}
	}
	return at
}

// place appends legs to to, with the first stop at index i and the last at j.
func place(to, legs, stops []leg, i, j int) []leg {
	to = append(to, legs[:i]...)
	to = append(to, stops[0])
	if len(stops) > 1 {
		to = append(to, legs[i:j-1]...)
		to = append(to, stops[1])
		return append(to, legs[j-1:]...)
	}
	return append(to, legs[i:]...)
}

// walk is what a tour comes to.
type walk struct {
	cost, riding, pickup, dropoff, wait float64
}

// ride is the seconds from one place to the next.
func (t *tour) ride(from, to point) float64 {
	if t.ways == nil {
		return math.Hypot(to.x-from.x, to.y-from.y) / t.pace
	}
	_, seconds := t.ways.Way(t.vehicle, from.place, to.place)
	return seconds
}

// run rides along the legs; pickup, dropoff and wait are those of the delivery id.
func (t *tour) run(legs []leg, id string) walk {
	var w walk
	now, at := 0.0, t.from
	for i := range legs {
		l := &legs[i]
		ride := t.ride(at, l.at)
		w.riding += ride
		now, at = now+ride, l.at
		waited := 0.0
		if l.pickup && l.ready > now {
			waited = l.ready - now
			now = l.ready
		}
		mine := l.delivery == id && id != ""
		if l.pickup {
			if mine {
				w.pickup, w.wait = now, waited
			}
			now += t.service
			continue
		}
		now += t.service
		w.cost += now
		if now > l.promised {
			w.cost += lateWeight * (now - l.promised)
		}
		if mine {
			w.dropoff = now
		}
	}
	return w
}

// StopsOf are the places one open errand still needs: both until it is
// picked up, then the door; on the way back the shop is the door, and nobody
// waits there by a promise. A door whose place is unknown is taken to be at
// the shop; without either there are none.
func StopsOf(e domain.Errand) []Stop {
	shop, door := e.Shop, e.Door
	if door == nil {
		door = shop
	}
	if shop == nil {
		shop = door
	}
	if door == nil || !e.Status.Open() {
		return nil
	}
	drop := Stop{DeliveryID: e.ID, At: *door, PromisedAt: e.PromisedAt}
	switch e.Status {
	case domain.PickedUp:
		return []Stop{drop}
	case domain.Returning:
		return []Stop{{DeliveryID: e.ID, At: *shop}}
	}
	return []Stop{{DeliveryID: e.ID, Pickup: true, At: *shop, ReadyAt: e.ReadyAt}, drop}
}
