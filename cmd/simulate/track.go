package main

import (
	"context"
	"errors"
	"sync"
	"time"
)

// fix is one place of a rider, as its phone sends it.
type fix struct {
	At      Point
	Heading float64 // degrees
	Speed   float64 // m/s
	Wall    time.Time
}

// track holds the fixes that the server does not have yet.
type track struct {
	mu      sync.Mutex
	fixes   []fix
	last    time.Time
	sending bool // an act is under way or waits its turn, and will take all
}

// add notes a place; fixes of one rider are at least a millisecond apart, or
// the server would take them for one.
func (t *track) add(f fix, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f.Wall = now.Truncate(time.Millisecond)
	if next := t.last.Add(time.Millisecond); f.Wall.Before(next) {
		f.Wall = next
	}
	t.last = f.Wall
	t.fixes = append(t.fixes, f)
}

// claim reports whether an act is needed to send what is there.
func (t *track) claim() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sending || len(t.fixes) == 0 {
		return false
	}
	t.sending = true
	return true
}

// maxFixes is how many one call may carry.
const maxFixes = 500

// take is what to send next, nothing when all is sent.
func (t *track) take() []fix {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := min(len(t.fixes), maxFixes)
	out := t.fixes[:n:n]
	t.fixes = t.fixes[n:]
	if n == 0 {
		t.sending = false
	}
	return out
}

// fix notes where a rider is and, unless more is to come at once, sends it.
func (e *engine) fix(r *rider, at Point, heading, speed float64, send bool) {
	r.track.add(fix{At: at, Heading: heading, Speed: speed}, e.wall())
	if !send || !r.track.claim() {
		return
	}
	e.acts.submit(func(ctx context.Context) {
		for fixes := r.track.take(); len(fixes) > 0; fixes = r.track.take() {
			var no *refusal
			if err := e.ops.Positions(ctx, r, fixes); err != nil && !errors.As(err, &no) {
				e.stop(err)
				return
			}
		}
	}, "track/"+r.Name)
}

// leg moves a rider between two places in the given minutes. As fast as it can,
// a few fixes go in one call at the end of the way.
func (e *engine) leg(r *rider, from, to Point, start, end int) {
	if from == to || end <= start {
		return
	}
	span := minutes(end - start)
	gap := e.gap
	if e.speed == 0 {
		gap = span / 3
	}
	speed := e.w.params.MetersPerMinute / 60
	for gone := gap; ; gone += gap {
		last := gone >= span
		if last {
			gone = span
		}
		at := between(from, to, float64(gone)/float64(span))
		e.at(minutes(start)+gone, func() { e.fix(r, at, heading(from, to), speed, last || e.speed > 0) })
		if last {
			return
		}
	}
}

// beat sends a standing rider's place now and then during its shift, so that it
// does not grow old. As fast as it can, nothing grows old.
func (e *engine) beat(r *rider) {
	if e.speed == 0 || e.clock+e.idle > minutes(r.Off) {
		return
	}
	e.at(e.clock+e.idle, func() {
		if !r.onDuty {
			return
		}
		if minutes(r.freeAt) <= e.clock {
			e.fix(r, r.at, 0, 0, true)
		}
		e.beat(r)
	})
}
