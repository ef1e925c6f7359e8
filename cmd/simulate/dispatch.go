package main

import (
	"context"
	"errors"
	"slices"
)

// maxTries is how many dispatch rounds a job survives in which the server
// refuses all of its riders.
const maxTries = 5

// dispatch gives waiting jobs, the oldest first, to riders who are free now:
// the one whom the server suggests first, among those who can by the rules.
func (e *engine) dispatch(ctx context.Context, now int) error {
	still := e.waiting[:0]
	calm := false // all acts so far are over, so that the server knows what we know
	for _, j := range e.waiting {
		riders := e.w.candidates(j, now)
		if len(riders) == 0 {
			if e.w.hopeless(j, now) {
				e.giveUp(j, e.w.whyNever(j))
			} else {
				still = append(still, j)
			}
			continue
		}
		if !calm {
			e.acts.wait()
			calm = true
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if j.outcome != open {
			continue
		}
		given, err := e.offer(ctx, j, riders, now)
		if err != nil {
			return err
		}
		if !given && j.outcome == open {
			still = append(still, j)
		}
	}
	clear(e.waiting[len(still):])
	e.waiting = still
	return nil
}

// offer asks the server whom it suggests and assigns.
func (e *engine) offer(ctx context.Context, j *job, riders []*rider, now int) (given bool, err error) {
	ids, err := e.ops.Suggest(ctx, j)
	if err != nil {
		if !e.judge(j, "suggestions", err) && j.outcome != open {
			return false, nil
		}
		return false, err
	}
	var last error
	for _, r := range e.ranked(j, riders, ids) {
		from := r.at
		err := e.ops.Assign(ctx, j, r)
		if err == nil {
			e.ride(j, r, from, e.w.give(j, r, now))
			return true, nil
		}
		var no *refusal
		if !errors.As(err, &no) {
			return false, err
		}
		if last = err; no.Now != "" && no.Now != "waiting" {
			break // not a matter of the rider
		}
	}
	if j.tries++; j.tries >= maxTries || stateOf(last) != "" {
		e.judge(j, "assign", last)
	}
	return false, nil
}

// stateOf is the state in which a refused record stands, unless it is still to be assigned.
func stateOf(err error) string {
	var no *refusal
	if errors.As(err, &no) && no.Now != "waiting" {
		return no.Now
	}
	return ""
}

// ranked puts riders in the server's order; those whom it did not name follow,
// the nearest first.
func (e *engine) ranked(j *job, riders []*rider, ids []string) []*rider {
	rest := e.w.params.nearest(riders, j.Shop)
	var out []*rider
	for _, id := range ids {
		if i := slices.IndexFunc(rest, func(r *rider) bool { return r.id == id }); i >= 0 {
			out = append(out, rest[i])
			rest = slices.Delete(rest, i, i+1)
		}
	}
	if len(out) == 0 {
		e.lacked++
	}
	return append(out, rest...)
}
