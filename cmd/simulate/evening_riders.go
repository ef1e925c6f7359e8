package main

import (
	"iter"
	"maps"
	"math"
	"slices"

	"github.com/brosops/bros/domain"
)

func keysOf[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }

// eveningRider is a rider of the evening.
type eveningRider struct {
	Courier
	rec      domain.Rider
	pace     float64 // of its speed: 1 is the center's
	comes    float64 // when it really comes on duty
	silent   [2]float64
	rests    float64 // from when on it wants its break; 0: never
	crashes  float64 // 0: never
	onDuty   bool
	resting  float64 // until
	hand     []*eveningOrder
	at, goal Point
	left     float64 // when it set off from at
	arrives  float64 // at goal; 0: it stands
	busy     float64 // at a shop or a door until
	fix      domain.Position
	after    func()
}

func (e *evening) newRider(c Courier) *eveningRider {
	r := &eveningRider{Courier: c, at: c.Start, pace: 0.8 + 0.4*e.rng.Float64(), comes: float64(c.On)}
	if e.rng.Float64() < lateRiders {
		r.comes += lateBy * e.rng.Float64()
	}
	shift := float64(c.Off - c.On)
	if e.rng.Float64() < losesSignal {
		from := float64(c.On) + shift*e.rng.Float64()
		r.silent = [2]float64{from, from + 10 + 15*e.rng.Float64()}
	}
	if e.rng.Float64() < takesBreak && shift > 120 {
		r.rests = float64(c.On) + shift*(0.3+0.4*e.rng.Float64())
	}
	r.rec = domain.Rider{ID: c.Name, CenterID: e.center.ID, Name: c.Name, Vehicle: domain.Motorcycle, Capacity: 3, Active: true, Duty: domain.DutyOff}
	return r
}

// accident happens to one of those who ride in the middle of the rush.
func (e *evening) accident() {
	at := float64(e.rush) + rushFor/2
	var there []*eveningRider
	for _, r := range e.riders {
		if r.comes < at && float64(r.Off) > at+30 {
			there = append(there, r)
		}
	}
	if len(there) > 0 {
		there[e.rng.IntN(len(there))].crashes = at
	}
}

// where a rider is at a minute.
func (r *eveningRider) where(now float64) Point {
	if r.arrives == 0 || now >= r.arrives {
		if r.arrives != 0 {
			return r.goal
		}
		return r.at
	}
	return between(r.at, r.goal, max(0, min(1, (now-r.left)/(r.arrives-r.left))))
}

// move lets a rider do what it does until now.
func (e *evening) move(r *eveningRider, p decider) {
	now := e.now
	if r.crashes > 0 && now >= r.crashes {
		r.crashes = 0
		e.crash(r)
	}
	switch {
	case !r.onDuty && now >= r.comes && now < float64(r.Off) && now >= r.resting && r.resting >= 0:
		r.onDuty = true
	case r.onDuty && now >= float64(r.Off) && len(r.hand) == 0:
		r.onDuty, r.resting = false, -1
	case r.onDuty && r.rests > 0 && now >= r.rests && len(r.hand) == 0:
		r.onDuty, r.rests, r.resting = false, 0, now+breakFor
	}
	for {
		if r.arrives > 0 {
			if now < r.arrives {
				break
			}
			r.at, r.arrives = r.goal, 0
		}
		if r.after != nil {
			if now < r.busy {
				break
			}
			fn := r.after
			r.after = nil
			fn()
		}
		if !e.onward(r, p) {
			break
		}
	}
	if now < r.silent[0] || now >= r.silent[1] {
		l := ground.put(r.where(now))
		r.fix = domain.Position{RiderID: r.rec.ID, Lat: l.Lat, Lng: l.Lng, At: e.at(now)}
	}
	r.rec.Duty = domain.DutyOff
	if r.onDuty {
		r.rec.Duty = domain.DutyOn
	}
}

// onward begins what a rider does next; false: it stands and waits.
func (e *evening) onward(r *eveningRider, p decider) bool {
	if len(r.hand) == 0 {
		return false
	}
	next := r.hand[0]
	for _, id := range p.stops(r.rec.ID) {
		if i := slices.IndexFunc(r.hand, func(o *eveningOrder) bool { return o.Name == id }); i >= 0 {
			next = r.hand[i]
			break
		}
	}
	goal := next.Shop
	if next.d.Status.Carried() {
		goal = next.Door
	}
	if goal != r.at {
		pace := r.pace * (0.9 + 0.2*e.rng.Float64())
		if e.rushing(e.now) {
			pace *= rushPace
		}
		r.goal, r.left = goal, e.now
		r.arrives = e.now + far(r.at, goal)/(e.in.Params.MetersPerMinute*pace)
		return r.arrives <= e.now
	}
	if next.d.Status.Carried() {
		r.busy = e.now + float64(e.in.Params.DropoffService)/2*(0.5+e.rng.Float64())
		r.after = func() {
			next.d.Status, next.brought = domain.Delivered, e.now
			r.hand = slices.DeleteFunc(r.hand, func(o *eveningOrder) bool { return o == next })
		}
		return false
	}
	// At the shop: all that it was told of here is waited for.
	var here []*eveningOrder
	for _, o := range r.hand {
		if o.d.Status == domain.Assigned && o.Shop == r.at {
			if o.cooked > e.now {
				return false
			}
			here = append(here, o)
		}
	}
	for _, o := range here {
		o.d.Status, o.picked = domain.PickedUp, e.now
	}
	r.busy = e.now + float64(e.in.Params.PickupService)/2*(0.5+e.rng.Float64())
	r.after = func() {}
	return false
}

// crash takes a rider off the road: what it has not fetched goes back, what it
// carries comes late.
func (e *evening) crash(r *eveningRider) {
	kept := r.hand[:0]
	for _, o := range r.hand {
		if o.d.Status == domain.Assigned {
			o.d.Status, o.d.RiderID, o.assigned = domain.Waiting, "", 0
			continue
		}
		kept = append(kept, o)
	}
	r.hand = kept
	r.at, r.arrives = r.where(e.now), 0
	r.busy, r.after = e.now+repairFor, func() {}
	r.Off = int(math.Ceil(e.now)) // and home then
}
