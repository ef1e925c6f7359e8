package realtime

import (
	"context"
	"encoding/json"
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
func (h *Hub) Poll(ctx context.Context, id Identity, subs []Sub, wait time.Duration) []json.RawMessage {
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
	for i := range w.addrs {
		h.resolvePolled(ctx, id, &w.addrs[i])
		if h.watch(ctx, w, &w.addrs[i]) {
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
	return h.answer(w)
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
		r.setWindowed(p.target.Windowed)
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

// answer makes the replies as of now.
func (h *Hub) answer(w *waiter) []json.RawMessage {
	replies := make([]json.RawMessage, 0, len(w.addrs)+2)
	var places []json.RawMessage
	for i := range w.addrs {
		p := &w.addrs[i]
		switch {
		case p.revoked.Load():
			replies = append(replies, appendMark(nil, p.address.String(), "revoked"))
		case p.err != nil:
			replies = append(replies, appendRefusal(nil, nil, p.sub.Address, h.refusal(p.err)))
		case p.own:
			replies = append(replies, appendVolatileReply(nil, nil, p.address.String()))
		default:
			reply, moved := h.body(p)
			replies = append(replies, reply)
			if moved != nil {
				places = append(places, moved)
			}
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return append(append(replies, places...), w.extra...)
}

// body is a subscribe reply in one piece, and the room's last places if it has any.
func (h *Hub) body(p *polled) (reply, places json.RawMessage) {
	r := p.room
	if r.log == h.volatile {
		return appendVolatileReply(nil, nil, r.address), nil
	}
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	if len(r.places) > 0 {
		places = r.appendPlaces(nil, nil)
	}
	now := time.Now()
	if r.log.resumable(p.sub.Since) {
		if b, ok := r.appendResume(nil, nil, p.sub.Since.Seq, now); ok {
			return b, places
		}
	}
	s := r.snapshot(now)
	b := r.appendSnapshotHead(make([]byte, 0, 256+s.size), nil, 0, false)
	for i, part := range s.parts {
		if i > 0 {
			b = append(b[:len(b)-len("]}")], ',')
		}
		b = append(b, part...)
	}
	return b, places
}
