package main

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/brosops/bros/realtime/client"
)

// A replay is driven when the server itself gives or offers: the replay places
// orders and is the riders, who ride to what they are told of and answer offers.

// heard is a delivery as the console was shown it.
type heard struct {
	ID      string `json:"id"`
	Status  string `json:"status"`
	RiderID string `json:"riderId"`
	Offer   *struct {
		ID      string `json:"id"`
		RiderID string `json:"riderId"`
	} `json:"offer"`
}

// news hands what the console is shown to the replay.
type news struct {
	mu    sync.Mutex
	fresh []heard
	wake  chan struct{}
}

func newNews() *news { return &news{wake: make(chan struct{}, 1)} }

// event is the console's.
func (n *news) event(e client.Event) {
	var h heard
	if e.Data == nil || json.Unmarshal(e.Data, &h) != nil || h.ID == "" {
		return
	}
	n.add(h)
}

func (n *news) add(h ...heard) {
	n.mu.Lock()
	n.fresh = append(n.fresh, h...)
	n.mu.Unlock()
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

func (n *news) take() []heard {
	n.mu.Lock()
	defer n.mu.Unlock()
	out := n.fresh
	n.fresh = nil
	return out
}

// driven is the part of an engine that a driven replay adds.
type driven struct {
	news     *news
	refuse   float64 // part of the offers that riders decline
	rng      *rand.Rand
	riders   map[string]*rider // by the server's id
	mu       sync.Mutex
	accepted map[string]*job // by delivery; acts write it
	latest   map[string]heard
	answered map[string]bool   // offers
	asked    map[string]string // rider → its open offer
	doubles  int               // offers made to a rider, or for a delivery, that had an open one
	offers   int
}

func newDriven(n *news, s settings, w *world) *driven {
	d := &driven{
		news: n, refuse: s.refuse, rng: rand.New(rand.NewPCG(s.seed, 2)), riders: map[string]*rider{},
		accepted: map[string]*job{}, latest: map[string]heard{}, answered: map[string]bool{}, asked: map[string]string{},
	}
	for _, r := range w.riders {
		d.riders[r.id] = r
	}
	return d
}

const (
	lookAround = 250 * time.Millisecond // between looks at the news, when there are none
	overtime   = 2 * time.Hour          // simulated, after the last shift
)

// drive plays the day with the server giving. Its own goroutine owns the world.
func (e *engine) drive(ctx context.Context) error {
	begun, first := time.Now(), e.queue[0].at
	last := time.Duration(0)
	for _, r := range e.w.riders {
		last = max(last, minutes(r.Off))
	}
	wall := func(at time.Duration) time.Time { return begun.Add(time.Duration(float64(at-first) / e.speed)) }
	for {
		now := first + time.Duration(float64(time.Since(begun))*e.speed)
		for e.queue.Len() > 0 && e.queue[0].at <= now {
			ev := e.queue.pop()
			e.clock = ev.at
			ev.fn()
		}
		e.clock = now
		for _, h := range e.drove.news.take() {
			e.hear(h)
		}
		if int(e.ended.Load()) == len(e.w.jobs) && e.queue.Len() == 0 || now > last+overtime {
			return nil
		}
		e.done(int(e.ended.Load()), now)
		wait := lookAround
		if e.queue.Len() > 0 {
			wait = min(wait, max(0, time.Until(wall(e.queue[0].at))))
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-e.drove.news.wake:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		timer.Stop()
	}
}

// placeDriven posts an order, and has what was heard of its delivery meanwhile
// looked at again.
func (e *engine) placeDriven(j *job) {
	e.place(j)
	e.act(j, nil, "follow", func(context.Context, *job) error {
		d := e.drove
		d.mu.Lock()
		defer d.mu.Unlock()
		d.accepted[j.deliveryID] = j
		if h, ok := d.latest[j.deliveryID]; ok {
			d.news.add(h)
		}
		return nil
	})
}

// hear takes in how a delivery stands.
func (e *engine) hear(h heard) {
	d := e.drove
	d.mu.Lock()
	before := d.latest[h.ID]
	d.latest[h.ID] = h
	j := d.accepted[h.ID]
	d.mu.Unlock()
	if o := before.Offer; o != nil && (h.Offer == nil || h.Offer.ID != o.ID) && d.asked[o.RiderID] == o.ID {
		delete(d.asked, o.RiderID)
	}
	if o := h.Offer; o != nil && !d.answered[o.ID] {
		d.offers++
		if open := d.asked[o.RiderID]; open != "" && open != o.ID {
			d.doubles++
		}
		d.answered[o.ID], d.asked[o.RiderID] = true, o.ID
		e.answer(o.ID, d.riders[o.RiderID])
	}
	if r := d.riders[h.RiderID]; j != nil && h.Status == "assigned" && j.rider == nil && r != nil && j.outcome == open {
		j.rider, j.sent = r, e.minute()
		r.told = append(r.told, j)
		e.onward(r)
	}
}

// minute is the clock for the measures.
func (e *engine) minute() int { return int(e.clock.Minutes() + 0.5) }

// answer lets a rider look at an offer for a moment, and say yes or no.
func (e *engine) answer(offerID string, r *rider) {
	if r == nil {
		return
	}
	yes := e.drove.rng.Float64() >= e.drove.refuse
	e.at(e.clock+4*time.Second+time.Duration(e.drove.rng.Int64N(int64(12*time.Second))), func() {
		e.acts.submit(func(ctx context.Context) {
			// Who is too late, or no longer on duty, is told no: nothing more to do.
			if err := e.ops.Answer(ctx, r, offerID, yes); err != nil && !isRefusal(err) {
				e.stop(err)
			}
		}, riderKey(r))
	})
}

// onward lets a rider go on: to the next door, else to the next shop.
func (e *engine) onward(r *rider) {
	switch {
	case r.waits: // at a shop: it may have one more to fetch there
		e.atShop(r)
	case r.busy:
	case len(r.carried) > 0:
		j := r.carried[0]
		for _, x := range r.carried {
			if far(r.at, x.Door) < far(r.at, j.Door) {
				j = x
			}
		}
		e.ridesTo(r, j.Door, func() {
			e.after(e.half(e.w.params.DropoffService, true), func() { e.delivers(r, j) })
		})
	case len(r.told) > 0:
		e.ridesTo(r, r.told[0].Shop, func() {
			r.waits, r.there = true, e.clock+e.half(e.w.params.PickupService, true)
			e.atShop(r)
		})
	case e.clock >= minutes(r.Off):
		e.goOff(r)
	}
}

// half is the part of a service time before, or after, the act.
func (e *engine) half(service int, before bool) time.Duration {
	if before {
		return minutes(service / 2)
	}
	return minutes(service - service/2)
}

func (e *engine) after(d time.Duration, fn func()) { e.at(e.clock+d, fn) }

// ridesTo takes a rider somewhere; then it does what it went there for.
func (e *engine) ridesTo(r *rider, to Point, then func()) {
	from, begun := r.at, e.clock
	span := minutes(e.w.params.Travel(from, to))
	r.busy = true
	for gone := e.gap; gone < span; gone += e.gap {
		at := between(from, to, float64(gone)/float64(span))
		e.at(begun+gone, func() { e.fix(r, at, heading(from, to), e.w.params.MetersPerMinute/60, true) })
	}
	e.after(span, func() {
		r.at = to
		e.fix(r, to, heading(from, to), 0, true)
		then()
	})
}

// atShop fetches all that the rider was told of at this shop, when all is ready.
func (e *engine) atShop(r *rider) {
	at := r.there
	for _, j := range r.told {
		if j.Shop == r.at {
			at = max(at, minutes(j.Ready))
		}
	}
	if at > e.clock {
		r.looks++
		look := r.looks
		e.at(at, func() {
			if r.waits && r.looks == look {
				e.atShop(r)
			}
		})
		return
	}
	r.waits = false
	r.told = slices.DeleteFunc(r.told, func(j *job) bool {
		if j.Shop != r.at {
			return false
		}
		j.pickup = e.minute()
		r.carried = append(r.carried, j)
		e.act(j, r, "pickup", e.ops.Pickup)
		return true
	})
	e.after(e.half(e.w.params.PickupService, false), func() { r.busy = false; e.onward(r) })
}

// delivers hands one order over.
func (e *engine) delivers(r *rider, j *job) {
	j.drop = e.minute()
	e.act(j, r, "deliver", func(ctx context.Context, j *job) error {
		err := e.ops.Deliver(ctx, j)
		if err == nil {
			e.end(j, delivered, "")
		}
		return err
	})
	r.carried = slices.DeleteFunc(r.carried, func(x *job) bool { return x == j })
	e.after(e.half(e.w.params.DropoffService, false), func() {
		r.busy = false
		r.freeAt = e.minute()
		e.onward(r)
	})
}
