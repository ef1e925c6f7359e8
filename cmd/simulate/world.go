package main

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// outcome is how an order ended.
type outcome string

const (
	open         outcome = ""
	delivered    outcome = "delivered"
	cancelled    outcome = "cancelled"
	notDelivered outcome = "not delivered"
	notPlaced    outcome = "not placed"
)

// job is one order of the replay, in simulated minutes.
type job struct {
	Order
	dueAt  int // from then on it is dispatched
	rider  *rider
	sent   int // when the rider was given it
	pickup int
	drop   int
	tries  int // dispatch rounds in which the server refused every rider

	outcome outcome
	reason  string // why it ended so

	// what the server calls it
	orderID    string
	deliveryID string
}

// rider is one courier of the replay.
type rider struct {
	Courier
	id     string // the server's
	onDuty bool
	at     Point // where it stands, or will stand when free again
	freeAt int   // busy until
	track  track // where it has been and the server does not know yet

	// Of a driven replay:
	told, carried []*job
	busy          bool          // rides, or serves
	waits         bool          // at a shop
	there         time.Duration // since when it could fetch
	looks         int
}

// trip is what giving a job to a rider at some minute would mean.
type trip struct {
	arrive int // at the shop
	pickup int
	leave  int // the shop
	reach  int // the door
	drop   int
	free   int
}

// plan applies the rules of the problem: half of the service time before and
// half after the pickup and the drop-off, no pickup before the food is ready.
func (p Params) plan(start int, from Point, o *Order) trip {
	before, after := p.PickupService/2, p.PickupService-p.PickupService/2
	var t trip
	t.arrive = start + p.Travel(from, o.Shop)
	t.pickup = max(t.arrive+before, o.Ready)
	t.leave = t.pickup + after
	t.reach = t.leave + p.Travel(o.Shop, o.Door)
	t.drop = t.reach + p.DropoffService/2
	t.free = t.drop + p.DropoffService - p.DropoffService/2
	return t
}

// can reports whether a rider who is free now can still fetch a job: on shift,
// and no pickup after its end.
func (p Params) can(r *rider, j *job, now int) bool {
	return r.onDuty && r.freeAt <= now && p.plan(now, r.at, &j.Order).pickup <= r.Off
}

// ever reports whether a rider may still come to fetch a job, now or later. As
// ways only get longer by detours, a rider who can't by its straightest way
// never can.
func (p Params) ever(r *rider, j *job, now int) bool {
	return p.plan(max(now, r.On, r.freeAt), r.at, &j.Order).pickup <= r.Off
}

// nearest puts riders in the order in which they would reach a shop.
func (p Params) nearest(riders []*rider, shop Point) []*rider {
	out := slices.Clone(riders)
	slices.SortStableFunc(out, func(a, b *rider) int {
		return cmp.Compare(p.Travel(a.at, shop), p.Travel(b.at, shop))
	})
	return out
}

// Why an order is given up.
const (
	reasonNobodyLeft = "ready after the last courier's shift"
	reasonNoTime     = "no courier could fetch it before the end of a shift"
)

// whyNever is the reason to give an order up for.
func (w *world) whyNever(j *job) string {
	last := 0
	for _, r := range w.riders {
		last = max(last, r.Off)
	}
	if j.Ready > last {
		return reasonNobodyLeft
	}
	return reasonNoTime
}

// world is the state of the simulation: pure, in simulated minutes.
type world struct {
	params Params
	jobs   []*job
	riders []*rider
}

// newWorld puts an instance at its beginning. An order is dispatched from lead
// minutes before it is ready, so that a rider does not stand around in the shop.
func newWorld(in *Instance, lead int) *world {
	w := &world{params: in.Params}
	for _, o := range in.Orders {
		w.jobs = append(w.jobs, &job{Order: o, dueAt: max(o.Placed, o.Ready-lead)})
	}
	for _, c := range in.Couriers {
		w.riders = append(w.riders, &rider{Courier: c, at: c.Start})
	}
	return w
}

// candidates are the riders who can take a job now.
func (w *world) candidates(j *job, now int) []*rider {
	var out []*rider
	for _, r := range w.riders {
		if w.params.can(r, j, now) {
			out = append(out, r)
		}
	}
	return out
}

// hopeless reports whether nobody can fetch a job any more.
func (w *world) hopeless(j *job, now int) bool {
	return !slices.ContainsFunc(w.riders, func(r *rider) bool { return w.params.ever(r, j, now) })
}

// give sends a rider off with a job.
func (w *world) give(j *job, r *rider, now int) trip {
	t := w.params.plan(now, r.at, &j.Order)
	j.rider, j.sent, j.pickup, j.drop = r, now, t.pickup, t.drop
	r.at, r.freeAt = j.Door, t.free
	return t
}

// day is the simulated time from the first event to the last shift's end or
// order's, roughly.
func (w *world) day() time.Duration {
	if len(w.jobs) == 0 && len(w.riders) == 0 {
		return 0
	}
	first, last := math.MaxInt, 0
	for _, j := range w.jobs {
		first, last = min(first, j.Placed), max(last, j.Ready+w.params.Max)
	}
	for _, r := range w.riders {
		first, last = min(first, r.On), max(last, r.Off)
	}
	return minutes(last - first)
}
