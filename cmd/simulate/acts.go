package main

import (
	"context"
	"errors"
)

// place posts an order and accepts it: the shop says yes at once.
func (e *engine) place(j *job) {
	e.act(j, nil, "place", e.ops.Place)
	e.act(j, nil, "accept", e.ops.Accept)
}

// due puts a job on the dispatcher's list.
func (e *engine) due(j *job) {
	i := len(e.waiting)
	for i > 0 && e.waiting[i-1].Placed > j.Placed {
		i--
	}
	e.waiting = append(e.waiting, nil)
	copy(e.waiting[i+1:], e.waiting[i:])
	e.waiting[i] = j
	e.dirty = true
}

// comeOn begins a rider's shift where the instance says.
func (e *engine) comeOn(r *rider) {
	r.onDuty = true
	e.duty(r, true)
	e.fix(r, r.at, 0, 0, true)
	e.beat(r)
	e.dirty = true
}

// goOff ends a shift; who still has something in hand brings it first.
func (e *engine) goOff(r *rider) {
	if len(r.told) > 0 || len(r.carried) > 0 || r.busy || r.waits {
		return // driven: it looks again when it is free
	}
	e.dirty = true // orders that waited for this rider may have become hopeless
	if !r.onDuty || minutes(r.freeAt) > e.clock {
		return // free looks again
	}
	r.onDuty = false
	e.duty(r, false)
}

func (e *engine) duty(r *rider, on bool) {
	e.acts.submit(func(ctx context.Context) {
		var no *refusal
		if err := e.ops.Duty(ctx, r, on); err != nil && !errors.As(err, &no) {
			e.stop(err)
		}
		// A refused duty shows in the assigns that follow; nobody else need know.
	}, riderKey(r))
}

// ride plays a trip that has just begun.
func (e *engine) ride(j *job, r *rider, from Point, t trip) {
	e.leg(r, from, j.Shop, j.sent, t.arrive)
	e.at(minutes(t.pickup), func() { e.act(j, r, "pickup", e.ops.Pickup) })
	e.leg(r, j.Shop, j.Door, t.leave, t.reach)
	e.at(minutes(t.drop), func() {
		e.act(j, r, "deliver", func(ctx context.Context, j *job) error {
			err := e.ops.Deliver(ctx, j)
			if err == nil {
				e.end(j, delivered, "")
			}
			return err
		})
	})
	e.at(minutes(t.free), func() {
		e.dirty = true
		if t.free >= r.Off {
			e.goOff(r)
		}
	})
}

// giveUp cancels an order that nobody can bring any more.
func (e *engine) giveUp(j *job, reason string) {
	e.act(j, nil, "cancel", func(ctx context.Context, j *job) error {
		err := e.ops.Cancel(ctx, j, reason)
		if err == nil {
			e.end(j, cancelled, reason)
		}
		return err
	})
}

// act does one step of a job behind the steps before it (and behind those of
// its rider); a job that has come to its end is left alone.
func (e *engine) act(j *job, r *rider, step string, fn func(context.Context, *job) error) {
	keys := []string{"job/" + j.Name}
	if r != nil {
		keys = append(keys, riderKey(r))
	}
	e.acts.submit(func(ctx context.Context) {
		if j.outcome == open {
			e.judge(j, step, fn(ctx, j))
		}
	}, keys...)
}

func isRefusal(err error) bool {
	var no *refusal
	return errors.As(err, &no)
}

// bySomebodyElse is the reason of an end that the replay did not bring about.
const bySomebodyElse = "by somebody else"

// judge ends a job whose step the server refused; it reports whether the step was done.
func (e *engine) judge(j *job, step string, err error) bool {
	var no *refusal
	switch {
	case err == nil:
		return true
	case !errors.As(err, &no):
		e.stop(err)
	case no.Now == "cancelled" || no.Now == "rejected":
		e.end(j, cancelled, bySomebodyElse)
	case no.Now == "delivered" || no.Now == "completed":
		e.end(j, delivered, bySomebodyElse)
	case step == "place":
		e.end(j, notPlaced, "refused: "+no.Code)
	default:
		why := step + " refused: " + no.Code
		if no.Now != "" {
			why += " (" + no.Now + ")"
		}
		e.end(j, notDelivered, why)
	}
	return false
}

// end writes down how a job ended.
func (e *engine) end(j *job, o outcome, reason string) {
	j.outcome, j.reason = o, reason
	e.ended.Add(1)
}

func riderKey(r *rider) string { return "rider/" + r.Name }
