package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// waiter is one poll on its way: rooms wake it when something is new.
type waiter struct {
	id    Identity
	addrs []polled
	mine  bool          // it asks for its own user/ address
	ready chan struct{} // holds one value when the poll should answer

	mu    sync.Mutex
	extra []json.RawMessage // volatile messages that came while it waited
}

// polled is one address of a poll.
type polled struct {
	sub     Sub
	address Address // zero: it could not be read
	own     bool    // the caller's user/ address
	target  Target
	err     error // refused: what the reply says
	revoked atomic.Bool
	room    *room // where the waiter is registered
	later   bool  // this poll has asked the database for enough: the next one answers
}

// maxExtra bounds the volatile messages one poll collects.
const maxExtra = 200

func (w *waiter) wake() {
	select {
	case w.ready <- struct{}{}:
	default:
	}
}

// add collects a volatile message.
func (w *waiter) add(msg json.RawMessage) {
	w.mu.Lock()
	if len(w.extra) < maxExtra {
		w.extra = append(w.extra, msg)
	}
	w.mu.Unlock()
	w.wake()
}

func (w *waiter) passes(f Filter) bool {
	return (f.OnlyUser == "" || f.OnlyUser == w.id.UserID) && (f.Except == "" || f.Except != w.id.UserID)
}

// revoke marks the matching addresses.
func (w *waiter) revoke(match func(Identity, Address) bool) {
	for i := range w.addrs {
		if p := &w.addrs[i]; p.address != (Address{}) && !p.own && match(w.id, p.address) {
			p.revoked.Store(true)
			w.wake()
		}
	}
}

// Poll answers POST /changes: for each address the body of a subscribe reply, in
// one piece, newest positions behind it, and volatile messages that came while it
// waited. It answers at once when anything is new for any address, when one is
// refused, and when the node drains; else after wait, or when ctx ends.
//
// An answer is bounded. Where a resume or a snapshot is cut, its seq says up to
// where it goes; an address that does not fit at all has no reply. The caller
// asks again, and the rest comes.
func (h *Hub) Poll(ctx context.Context, id Identity, subs []Sub, wait time.Duration) *Answer {
	w := &waiter{id: id, addrs: make([]polled, len(subs)), ready: make(chan struct{}, 1)}
	fresh := wait <= 0
	for i := range subs {
		p := &w.addrs[i]
		p.sub = subs[i]
		p.address, p.err = ParseAddress(p.sub.Address)
		p.own = p.address.Namespace == userNamespace && p.address.Room == id.UserID
		w.mine = w.mine || p.own
	}
	// Registered before rights are looked at: Revoke finds the poll, or
	// Backend.Resolve knows better already.
	h.mu.Lock()
	h.polls[w] = struct{}{}
	h.mu.Unlock()
	h.stats.polls.Add(1)
	defer h.endPoll(w)
	lookups := 0
	for i := range w.addrs {
		p := &w.addrs[i]
		h.resolvePolled(ctx, id, p)
		if errors.Is(p.err, ErrLater) || p.err == nil && h.costs(p) && lookups >= maxLookups {
			p.err, p.later, fresh = nil, true, true
			continue
		}
		if p.err == nil && h.costs(p) {
			lookups++
		}
		if h.watch(ctx, w, p) {
			fresh = true
		}
	}
	if !fresh {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-w.ready:
		case <-timer.C:
		case <-ctx.Done():
		case <-h.draining:
		}
	}
	return h.answer(ctx, w)
}

// costs reports whether an address is likely to have the host read the database.
func (h *Hub) costs(p *polled) bool {
	if p.own || p.target.Log == "" {
		return false
	}
	l := h.lookup(p.target.Log)
	return l == nil || p.sub.Since != nil && l.ahead(p.sub.Since)
}

// resolvePolled looks at the rights to one address.
func (h *Hub) resolvePolled(ctx context.Context, id Identity, p *polled) {
	switch {
	case p.err != nil || p.own:
	case p.address.Namespace == userNamespace:
		p.err = &Refusal{Code: CodeForbidden, Detail: "this address is another user's"}
	default:
		p.target, p.err = h.opt.Backend.Resolve(ctx, id, p.address)
	}
}

// watch registers the waiter at the address' room, and reports whether the poll
// has something to say of it already.
func (h *Hub) watch(ctx context.Context, w *waiter, p *polled) (fresh bool) {
	if p.err != nil {
		return true
	}
	if p.own {
		return false
	}
	for {
		l, err := h.locate(ctx, p.target, p.sub.Since)
		if err != nil {
			p.err = err
			return true
		}
		l.mu.Lock()
		if l.gone {
			l.mu.Unlock()
			continue
		}
		r := l.room(p.address.String())
		r.setWindowed(p.target.Windowed, p.target.Within)
		if r.waiters == nil {
			r.waiters = make(map[*waiter]struct{})
		}
		r.waiters[w] = struct{}{}
		p.room = r
		fresh = l != h.volatile && (!l.resumable(p.sub.Since) || r.changedAfter(p.sub.Since.Seq))
		l.mu.Unlock()
		return fresh
	}
}

// endPoll takes the waiter out of every list.
func (h *Hub) endPoll(w *waiter) {
	h.stats.polls.Add(-1)
	h.mu.Lock()
	delete(h.polls, w)
	h.polled[w.id.UserID] = polledAt{w.id, time.Now()}
	h.mu.Unlock()
	for i := range w.addrs {
		r := w.addrs[i].room
		if r == nil {
			continue
		}
		l := r.log
		l.mu.Lock()
		delete(r.waiters, w)
		l.used = time.Now()
		if l == h.volatile && !r.followed() && len(r.waiters) == 0 {
			l.forget(r)
		}
		l.mu.Unlock()
	}
}

// answer makes the replies as of now. A large one waits for a slot, as large
// snapshots of sockets do, and has it until it is released.
func (h *Hub) answer(ctx context.Context, w *waiter) *Answer {
	h.look(ctx, w)
	a := h.assemble(w)
	if a.size <= largeSnapshot {
		return a
	}
	a.Release()
	select {
	case h.pollSlots <- struct{}{}:
	case <-ctx.Done(): // nobody reads the answer
		return &Answer{}
	}
	h.look(ctx, w)
	a = h.assemble(w) // what changed meanwhile belongs into it
	a.release = sync.OnceFunc(func() { <-h.pollSlots })
	return a
}

// look asks for the rights once more: they may have changed while the poll waited.
func (h *Hub) look(ctx context.Context, w *waiter) {
	for i := range w.addrs {
		p := &w.addrs[i]
		if p.err != nil || p.own || p.later || p.revoked.Load() {
			continue
		}
		if _, err := h.opt.Backend.Resolve(ctx, w.id, p.address); err != nil && ctx.Err() == nil && !errors.Is(err, ErrLater) {
			p.err = err
		}
	}
}

func (h *Hub) assemble(w *waiter) *Answer {
	a := &Answer{}
	var places []reply
	for i := range w.addrs {
		p := &w.addrs[i]
		switch {
		case p.later:
		case p.revoked.Load():
			a.add(reply{appendMark(nil, p.address.String(), "revoked")})
		case p.err != nil:
			a.add(reply{appendRefusal(nil, nil, p.sub.Address, h.refusal(p.err))})
		case p.own:
			a.add(reply{appendVolatileReply(nil, nil, p.address.String())})
		case a.space() == 0:
		default:
			if body, moved := h.body(p, a.space()); a.add(body) && moved != nil {
				places = append(places, reply{moved})
			}
		}
	}
	for _, p := range places {
		a.add(p)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, msg := range w.extra {
		a.add(reply{msg})
	}
	return a
}

// body is a subscribe reply of about limit bytes at most, and the room's last
// places if it has any.
func (h *Hub) body(p *polled, limit int) (_ reply, places json.RawMessage) {
	r := p.room
	if r.log == h.volatile {
		return reply{appendVolatileReply(nil, nil, r.address)}, nil
	}
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	if len(r.places) > 0 {
		places = r.appendPlaces(nil, nil)
	}
	now := time.Now()
	if r.log.resumable(p.sub.Since) {
		return reply{r.appendResumeUpTo(nil, p.sub.Since.Seq, now, limit)}, places
	}
	s := r.snapshot(now)
	parts, seq := s.upTo(limit, r.log.floor)
	if parts == len(s.parts) {
		seq = r.log.head
	}
	body := reply{r.appendSnapshotHeadAt(nil, nil, seq, 0, false)}
	for i, part := range s.parts[:parts] {
		if i > 0 {
			body = append(body, []byte{','})
		}
		body = append(body, part[:len(part)-len(partEnd)])
	}
	return append(body, []byte(partEnd)), places
}
