package webhook

import (
	"container/heap"
	"context"
	"errors"
	"time"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime/supervise"
)

const (
	window  = 500 // events read from the log and neither taken nor kept
	logPage = 200
)

// lane sends to one webhook. All of its state belongs to one goroutine; only the
// calls themselves run beside it.
type lane struct {
	s     *Sender
	hook  domain.Webhook
	nudge chan struct{}
	stop  context.CancelFunc
	done  chan struct{}

	centers map[string]*track
	queues  map[string]*queue // by center and order
	ready   []*queue          // whose first event can be sent now
	waiting pauses            // whose first event waits for its next attempt
	open    int               // events that were read and are neither taken nor kept
	busy    int               // calls under way
	results chan result

	failures  int       // in a row, of any order
	rests     int       // how often in a row the receiver was left alone
	restUntil time.Time // zero: it takes events
	probing   bool      // it rests, and one call finds out whether it is back

	settle  domain.WebhookSettle
	fresh   []*item          // kept, and not yet written
	altered map[string]*item // written, and different since
	dirty   bool
	flushed time.Time
	polled  time.Time
}

// track is how far one center's log has been read and settled.
type track struct {
	cursor, read, head int64
	open               []*item // read, in order, up to the first that is not settled
}

// item is one event.
type item struct {
	domain.WebhookDelivery
	kept    bool // it has, or is about to have, a row in the database
	written bool // the row is there
	settled bool // taken or kept: the cursor may pass
}

// queue holds the events of one order, in the order of the log.
type queue struct {
	name  string
	items []*item
	next  time.Time
	index int // in the heap; -1: not in it
}

type result struct {
	q   *queue
	err error
}

func newLane(s *Sender, h domain.Webhook) *lane {
	return &lane{
		s: s, hook: h, nudge: make(chan struct{}, 1), done: make(chan struct{}), stop: func() {},
		centers: map[string]*track{}, queues: map[string]*queue{}, results: make(chan result, parallel),
		altered: map[string]*item{}, settle: domain.WebhookSettle{WebhookID: h.ID},
	}
}

func (l *lane) start(ctx context.Context) {
	ctx, l.stop = context.WithCancel(ctx)
	go func() {
		defer close(l.done)
		defer l.stop()
		var err error
		if p := supervise.Do(l.s.o.Logger, "webhook", func() { err = l.run(ctx) }); p != nil {
			err = p
		}
		if err != nil && ctx.Err() == nil && !gone(err) {
			// Begun anew with the next look at the webhooks.
			l.s.o.Logger.Warn("a webhook can't be served", "webhook", l.hook.ID, "error", err)
		}
	}()
}

func (l *lane) ended() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// run is the lane's life.
func (l *lane) run(ctx context.Context) error {
	if err := l.load(ctx); err != nil {
		return err
	}
	calls, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	for ctx.Err() == nil {
		if err := l.fill(ctx); err != nil {
			return l.leave(cut, err)
		}
		l.send(calls)
		if l.dirty && (l.busy == 0 || time.Since(l.flushed) >= flushEvery) {
			if err := l.flush(ctx); err != nil {
				return l.leave(cut, err)
			}
			continue // the cursor has moved: more may be read
		}
		l.wait(ctx)
	}
	return l.leave(cut, nil)
}

// leave lets calls under way finish for a moment, and writes down how they went.
func (l *lane) leave(cut context.CancelFunc, err error) error {
	timer := time.AfterFunc(goodbye, cut)
	defer timer.Stop()
	for l.busy > 0 {
		l.take(<-l.results)
	}
	if gone(err) || !l.dirty {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), goodbye)
	defer cancel()
	return errors.Join(err, l.flush(ctx))
}

// load reads what is kept, and how far the logs have been followed.
func (l *lane) load(ctx context.Context) error {
	if err := l.poll(ctx); err != nil {
		return err
	}
	kept, err := l.s.o.Store.PendingDeliveries(ctx, l.hook.ID)
	if err != nil {
		return err
	}
	for _, d := range kept {
		l.push(&item{WebhookDelivery: d, kept: true, written: true, settled: true})
	}
	return nil
}

// poll looks how far the logs go.
func (l *lane) poll(ctx context.Context) error {
	l.polled = time.Now()
	cursors, err := l.s.o.Store.WebhookCursors(ctx, l.hook.ID)
	if err != nil {
		return err
	}
	for _, c := range cursors {
		t := l.centers[c.CenterID]
		if t == nil || c.Head < t.read { // unknown, or a backup was restored
			t = &track{cursor: c.Seq, read: c.Seq}
			l.centers[c.CenterID] = t
		}
		t.head = c.Head
	}
	return nil
}

// fill reads the logs as far as there is room for events under way.
func (l *lane) fill(ctx context.Context) error {
	if !l.restUntil.IsZero() {
		return nil
	}
	if time.Since(l.polled) >= pollLeast {
		if err := l.poll(ctx); err != nil {
			return err
		}
	}
	for id, t := range l.centers {
		for t.read < t.head && l.open < window && ctx.Err() == nil {
			entries, err := l.s.o.Store.LogAfter(ctx, id, t.read, logPage)
			if err != nil {
				return err
			}
			first := t.head + 1
			if len(entries) > 0 {
				first = entries[0].Seq
			}
			if missing := first - t.read - 1; missing > 0 {
				l.s.o.Logger.Error("a webhook misses events: the log was deleted before it could take them",
					"webhook", l.hook.ID, "center", id, "entries", missing)
			}
			if len(entries) == 0 {
				t.open = append(t.open, &item{WebhookDelivery: domain.WebhookDelivery{CenterID: id, Seq: t.head}, settled: true})
				t.read = t.head
				l.advance(t, id)
				break
			}
			if err := l.read(t, entries); err != nil {
				return err
			}
		}
	}
	return nil
}

// read takes over a page of a log.
func (l *lane) read(t *track, entries []domain.LogEntry) error {
	giveUp := domain.At(l.s.o.Now().Add(l.s.o.GiveUp))
	for i := range entries {
		e := &entries[i]
		it := &item{settled: true}
		if l.hook.Wants(e) && !l.has(e) {
			d, err := deliveryOf(&l.hook, e, giveUp)
			if err != nil {
				return err
			}
			it = &item{WebhookDelivery: d}
			l.open++
			l.push(it)
		}
		it.CenterID, it.Seq = e.CenterID, e.Seq
		t.open = append(t.open, it)
		t.read = e.Seq
	}
	l.advance(t, entries[0].CenterID)
	return nil
}

// has reports whether an entry behind the cursor is kept already.
func (l *lane) has(e *domain.LogEntry) bool {
	q := l.queues[e.CenterID+"/"+domain.OrderKey(e)]
	if q == nil {
		return false
	}
	for _, it := range q.items {
		if it.Seq == e.Seq {
			return true
		}
	}
	return false
}

// push adds an event behind those of its order. Behind one that is kept it is
// kept too, so that the cursor can go on.
func (l *lane) push(it *item) {
	name := it.CenterID + "/" + it.Key
	q := l.queues[name]
	if q == nil {
		q = &queue{name: name, index: -1}
		l.queues[name] = q
		q.items = append(q.items, it)
		l.schedule(q, it.NextAt.Time)
		return
	}
	if q.items[0].kept && !it.kept {
		l.keep(it)
	}
	q.items = append(q.items, it)
}

// schedule has a queue's first event sent at a time (zero or past: now).
func (l *lane) schedule(q *queue, at time.Time) {
	if q.next = at; at.After(l.s.o.Now()) {
		heap.Push(&l.waiting, q)
		return
	}
	l.ready = append(l.ready, q)
}

// keep has an event written down with the next flush.
func (l *lane) keep(it *item) {
	it.kept, l.dirty = true, true
	l.fresh = append(l.fresh, it)
	if !it.settled {
		it.settled = true
		l.open--
	}
}

// advance moves a cursor up to the first event that is neither taken nor kept.
func (l *lane) advance(t *track, centerID string) {
	n := 0
	for n < len(t.open) && t.open[n].settled {
		t.cursor = t.open[n].Seq
		n++
	}
	if n == 0 {
		return
	}
	t.open = append(t.open[:0:0], t.open[n:]...)
	if l.settle.Cursors == nil {
		l.settle.Cursors = map[string]int64{}
	}
	l.settle.Cursors[centerID], l.dirty = t.cursor, true
}

// flush writes down what has been found out.
func (l *lane) flush(ctx context.Context) error {
	s := l.settle
	for _, it := range l.fresh {
		s.Keep = append(s.Keep, it.WebhookDelivery)
	}
	for _, it := range l.altered {
		s.Change = append(s.Change, it.WebhookDelivery)
	}
	if err := l.s.o.Store.SettleWebhook(ctx, s); err != nil {
		return err
	}
	for _, it := range l.fresh {
		it.written, it.Body = true, nil // read again when it is due
	}
	l.fresh = nil
	clear(l.altered)
	l.settle, l.dirty, l.flushed = domain.WebhookSettle{WebhookID: l.hook.ID}, false, time.Now()
	return nil
}

// wait blocks until there is something to do.
func (l *lane) wait(ctx context.Context) {
	pause := pollEvery - time.Since(l.polled)
	if l.dirty {
		pause = min(pause, flushEvery-time.Since(l.flushed))
	}
	now := l.s.o.Now()
	switch {
	case !l.restUntil.IsZero():
		if !l.probing {
			pause = min(pause, l.restUntil.Sub(now))
		}
	case len(l.waiting) > 0 && l.busy < parallel:
		pause = min(pause, l.waiting[0].next.Sub(now))
	}
	timer := time.NewTimer(max(pause, time.Millisecond))
	defer timer.Stop()
	select {
	case r := <-l.results:
		l.take(r)
	case <-l.nudge:
		if left := pollLeast - time.Since(l.polled); left > 0 {
			select {
			case r := <-l.results:
				l.take(r)
			case <-time.After(left):
			case <-ctx.Done():
			}
		}
	case <-timer.C:
	case <-ctx.Done():
	}
}

// pauses is a heap of queues by the time of their next attempt.
type pauses []*queue

func (p pauses) Len() int           { return len(p) }
func (p pauses) Less(i, j int) bool { return p[i].next.Before(p[j].next) }
func (p pauses) Swap(i, j int) {
	p[i], p[j] = p[j], p[i]
	p[i].index, p[j].index = i, j
}

// Push and Pop are for package heap.
func (p *pauses) Push(x any) {
	q := x.(*queue)
	q.index = len(*p)
	*p = append(*p, q)
}

// Pop takes the last.
func (p *pauses) Pop() any {
	old := *p
	q := old[len(old)-1]
	q.index = -1
	*p = old[:len(old)-1]
	return q
}
