package webhook

import (
	"container/heap"
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime/supervise"
)

const (
	tripping = 10              // failures in a row after which a receiver is left alone for a while
	maxRest  = 5 * time.Minute // that it is left alone before the next call finds out
)

// send starts calls for the orders whose time has come, as many as may run.
func (l *lane) send(ctx context.Context) {
	now := l.s.o.Now()
	for len(l.waiting) > 0 && !l.waiting[0].next.After(now) {
		l.ready = append(l.ready, heap.Pop(&l.waiting).(*queue))
	}
	most := parallel
	if !l.restUntil.IsZero() {
		if l.probing || l.busy > 0 || now.Before(l.restUntil) {
			return
		}
		if len(l.ready) == 0 && len(l.waiting) > 0 {
			l.ready = append(l.ready, heap.Pop(&l.waiting).(*queue))
		}
		if len(l.ready) == 0 { // nothing to find out with
			l.restUntil = time.Time{}
			return
		}
		most, l.probing = 1, true
	}
	for l.busy < most && len(l.ready) > 0 {
		q := l.ready[0]
		l.ready = l.ready[1:]
		l.busy++
		it := q.items[0]
		id, body, written := it.ID, it.Body, it.written
		go func() {
			var err error
			if p := supervise.Do(l.s.o.Logger, "webhook call", func() { err = l.call(ctx, id, body, written) }); p != nil {
				err = p
			}
			l.results <- result{q, err}
		}()
	}
}

// call posts an event once; the body of one that is written is in the database.
func (l *lane) call(ctx context.Context, id string, body []byte, written bool) error {
	if written {
		var err error
		if body, err = l.s.o.Store.WebhookBody(ctx, l.hook.ID, id); err != nil {
			return err
		}
	}
	err := l.s.call(ctx, &l.hook, id, body)
	if err != nil && ctx.Err() != nil {
		return errCut
	}
	return err
}

// errCut says that this sender stops: nothing is known of the call.
var errCut = errors.New("webhook: stopped half-way")

// take takes over how a call went.
func (l *lane) take(r result) {
	l.busy--
	probed := l.probing
	l.probing = false
	q, it := r.q, r.q.items[0]
	var refused *callError
	switch {
	case r.err == nil:
		l.taken(q, it)
	case errors.As(r.err, &refused):
		l.refused(q, it, refused, probed)
	case gone(r.err): // somebody has removed the row
		l.pop(q)
	default: // the database did not answer, or the sender stops
		l.schedule(q, l.s.o.Now().Add(l.s.o.Retry))
	}
}

// taken is an event's end.
func (l *lane) taken(q *queue, it *item) {
	l.s.sent.Add(1)
	l.failures = 0
	if !l.restUntil.IsZero() {
		l.back()
	}
	l.settle.SuccessAt, l.dirty = domain.At(l.s.o.Now()), true
	switch {
	case it.written:
		delete(l.altered, it.ID)
		l.settle.Taken = append(l.settle.Taken, it.ID)
	case it.kept:
		for i, f := range l.fresh {
			if f == it {
				l.fresh = append(l.fresh[:i], l.fresh[i+1:]...)
				break
			}
		}
	default:
		it.settled = true
		l.open--
	}
	l.pop(q)
	if t := l.centers[it.CenterID]; t != nil {
		l.advance(t, it.CenterID)
	}
}

// refused has an event tried again later, or gives it up. Those behind it wait,
// and are kept with it.
func (l *lane) refused(q *queue, it *item, why *callError, probed bool) {
	l.s.failed.Add(1)
	now := l.s.o.Now()
	l.settle.FailureAt, l.settle.Error, l.dirty = domain.At(now), why.reason, true
	it.Attempts++
	it.LastError = why.reason
	it.NextAt = domain.At(now.Add(max(l.s.pause(it.Attempts), why.retryAfter)))
	dead := !now.Before(it.GiveUpAt.Time)
	if dead {
		it.Status, it.NextAt = domain.WebhookDead, domain.Time{}
		l.s.dead.Add(1)
		l.s.o.Logger.Warn("an event for a webhook is given up", "webhook", l.hook.ID, "event", it.ID, "attempts", it.Attempts, "reason", why.reason)
	}
	switch {
	case it.written:
		l.altered[it.ID] = it
	case !it.kept:
		l.keep(it)
	}
	if dead {
		l.pop(q)
	} else {
		for _, behind := range q.items[1:] {
			if !behind.kept {
				l.keep(behind)
			}
		}
		l.schedule(q, it.NextAt.Time)
	}
	if t := l.centers[it.CenterID]; t != nil {
		l.advance(t, it.CenterID)
	}
	l.failures++
	if probed || l.restUntil.IsZero() && l.failures >= tripping {
		l.rests++
		l.restUntil = now.Add(min(l.s.pause(l.rests), maxRest))
	}
}

// back ends a rest: what waits is tried soon, spread over a moment.
func (l *lane) back() {
	l.restUntil, l.rests = time.Time{}, 0
	now, over := l.s.o.Now(), 6*l.s.o.Retry
	for _, q := range l.waiting {
		if soon := now.Add(rand.N(over + 1)); q.next.After(soon) {
			q.next = soon
		}
	}
	heap.Init(&l.waiting)
}

// pop ends the first event of an order and goes on with the next.
func (l *lane) pop(q *queue) {
	q.items = q.items[1:]
	if len(q.items) == 0 {
		delete(l.queues, q.name)
		return
	}
	l.schedule(q, q.items[0].NextAt.Time)
}
