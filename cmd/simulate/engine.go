package main

import (
	"container/heap"
	"context"
	"sync/atomic"
	"time"
)

// operations are what the replay asks of the system under it. An error is a
// *refusal when the server said no for good; any other ends the replay.
type operations interface {
	Place(ctx context.Context, j *job) error
	Accept(ctx context.Context, j *job) error
	// Suggest answers the server's riders for a delivery, best first.
	Suggest(ctx context.Context, j *job) ([]string, error)
	Assign(ctx context.Context, j *job, r *rider) error
	Pickup(ctx context.Context, j *job) error
	Deliver(ctx context.Context, j *job) error
	Cancel(ctx context.Context, j *job, reason string) error
	Duty(ctx context.Context, r *rider, on bool) error
	Positions(ctx context.Context, r *rider, fixes []fix) error
	// Answer accepts or declines an offer.
	Answer(ctx context.Context, r *rider, offerID string, yes bool) error
}

// refusal is a server's final no.
type refusal struct {
	Status  int
	Code    string
	Detail  string
	Now     string // status of the record as it stands, when the server told
	Current []byte // that record
}

func (r *refusal) Error() string { return r.Code + ": " + r.Detail }

// minutes is a simulated instant: the time since the day's midnight.
func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }

// engine plays a world against a server. Its own goroutine owns the world; acts
// run beside it, in order for each job and rider.
type engine struct {
	w     *world
	ops   operations
	speed float64 // simulated per real time; 0: no waiting at all
	done  func(finished int, clock time.Duration)

	queue   events
	made    int // events so far
	acts    *chains
	stop    context.CancelCauseFunc
	clock   time.Duration // simulated, since midnight
	waiting []*job        // due, oldest first
	dirty   bool          // something happened that makes a dispatch worth a look
	ended   atomic.Int64
	drove   *driven // nil: the replay itself gives
	lacked  int     // times that the server suggested none of the riders who could

	wall func() time.Time // the server's clock, for fixes
	gap  time.Duration    // simulated, between two fixes of a moving rider
	idle time.Duration    // simulated, between two fixes of a standing one
}

// maxActs bounds the requests in flight.
const maxActs = 16

func newEngine(w *world, ops operations, speed float64) *engine {
	e := &engine{w: w, ops: ops, speed: speed, done: func(int, time.Duration) {}, wall: time.Now}
	// A phone sends its place every 5 s; sped up it must not become more than
	// two calls a second of each rider.
	e.gap = max(5*time.Second, time.Duration(speed*float64(500*time.Millisecond)))
	e.idle = max(time.Minute, time.Duration(speed*float64(30*time.Second)))
	return e
}

// run plays the whole day. When ctx ends or the server is gone for good it
// returns why, and what has not come to its end is not delivered.
func (e *engine) run(ctx context.Context) error {
	ctx, e.stop = context.WithCancelCause(ctx)
	defer e.stop(nil)
	e.acts = newChains(ctx, maxActs)
	for _, j := range e.w.jobs {
		if e.drove != nil {
			e.at(minutes(j.Placed), func() { e.placeDriven(j) })
			continue
		}
		e.at(minutes(j.Placed), func() { e.place(j) })
		e.at(minutes(j.dueAt), func() { e.due(j) })
	}
	for _, r := range e.w.riders {
		e.at(minutes(r.On), func() { e.comeOn(r) })
		e.at(minutes(r.Off), func() { e.goOff(r) })
	}
	var err error
	if e.drove != nil {
		err = e.drive(ctx)
	} else {
		err = e.loop(ctx)
	}
	if err == nil && e.drove != nil {
		e.acts.wait()
		for _, j := range e.w.jobs {
			if j.outcome == open {
				e.giveUp(j, "nobody was told of it in time")
			}
		}
	}
	if err == nil {
		for _, j := range e.waiting {
			e.giveUp(j, "no rider could be assigned")
		}
	}
	e.acts.wait()
	if err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		for _, j := range e.w.jobs {
			switch {
			case j.outcome != open:
			case j.orderID == "":
				e.end(j, notPlaced, "the replay was broken off")
			default:
				e.end(j, notDelivered, "the replay was broken off")
			}
		}
	}
	return err
}

func (e *engine) loop(ctx context.Context) error {
	if e.queue.Len() == 0 {
		return nil
	}
	begun, first := time.Now(), e.queue[0].at
	for e.queue.Len() > 0 {
		at := e.queue[0].at
		e.clock = at
		if e.speed > 0 {
			wall := begun.Add(time.Duration(float64(at-first) / e.speed))
			if err := until(ctx, wall); err != nil {
				return err
			}
		}
		for e.queue.Len() > 0 && e.queue[0].at == at {
			heap.Pop(&e.queue).(event).fn()
		}
		if e.dirty {
			e.dirty = false
			if err := e.dispatch(ctx, int(at/time.Minute)); err != nil {
				return err
			}
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		e.done(int(e.ended.Load()), at)
	}
	return nil
}

// until waits for an instant.
func until(ctx context.Context, t time.Time) error {
	d := time.Until(t)
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// event is something that happens at a simulated instant.
type event struct {
	at time.Duration
	n  int // events of one instant happen in the order in which they were made
	fn func()
}

// events is a heap.
type events []event

func (q events) Len() int { return len(q) }
func (q events) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].n < q[j].n
}
func (q events) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push and Pop are for package heap.
func (q *events) Push(x any) { *q = append(*q, x.(event)) }

// Pop takes the last.
func (q *events) Pop() any {
	last := len(*q) - 1
	x := (*q)[last]
	(*q)[last] = event{}
	*q = (*q)[:last]
	return x
}

// pop takes the first event.
func (q *events) pop() event { return heap.Pop(q).(event) }

// at puts an event into the queue.
func (e *engine) at(t time.Duration, fn func()) {
	e.made++
	heap.Push(&e.queue, event{at: t, n: e.made, fn: fn})
}
