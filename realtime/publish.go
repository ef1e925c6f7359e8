package realtime

import "strings"

// Publish sends a volatile message to those who have the address, as far as the
// filter lets it through, and returns how many connections (and waiting polls)
// that is. It is gone for everyone else. data is JSON.
func (h *Hub) Publish(address, event string, data []byte, f Filter) int {
	if user, ok := strings.CutPrefix(address, userNamespace+"/"); ok {
		return h.sendUser(user, f, event, data)
	}
	r := h.roomOf(address)
	if r == nil {
		return 0
	}
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	n := 0
	for _, members := range r.members {
		for _, s := range members {
			if s.c.passes(f) {
				n++
			}
		}
	}
	if n > 0 && !f.Dry {
		b := r.open(classPrivate, f)
		b.add()
		b.buf = appendVolatile(b.buf, address, event, data)
		r.log.touch(r)
	}
	for w := range r.waiters {
		if w.passes(f) {
			n++
			if !f.Dry {
				w.add(appendVolatile(nil, address, event, data))
			}
		}
	}
	return n
}

// SendUser sends a message on the user/ address of a user, to all its
// connections, or to the one connection named, and returns how many those are.
// data is JSON.
func (h *Hub) SendUser(userOrConn, event string, data []byte) int {
	return h.sendUser(userOrConn, Filter{}, event, data)
}

func (h *Hub) sendUser(userOrConn string, f Filter, event string, data []byte) int {
	h.mu.Lock()
	to := append([]*client(nil), h.users[userOrConn]...)
	if c := h.conns[userOrConn]; c != nil {
		to = append(to, c)
	}
	var polls []*waiter
	for w := range h.polls {
		if w.mine && w.id.UserID == userOrConn {
			polls = append(polls, w)
		}
	}
	h.mu.Unlock()
	n := 0
	frames := make(map[string]frame, 1)
	for _, c := range to {
		if c.passes(f) && (f.Dry || c.sendOwn(frames, event, data)) {
			n++
		}
	}
	for _, w := range polls {
		if w.passes(f) {
			n++
			if !f.Dry {
				w.add(appendVolatile(nil, UserAddress(userOrConn), event, data))
			}
		}
	}
	return n
}

// SendWhere sends a message to each matching connection, on its own user/
// address, and to each poll that waits for one; it returns how many those are.
// data is JSON.
func (h *Hub) SendWhere(match func(Identity) bool, event string, data []byte) int {
	n := 0
	frames := make(map[string]frame)
	for _, c := range h.clients() {
		if match(*c.identity.Load()) && c.sendOwn(frames, event, data) {
			n++
		}
	}
	h.mu.Lock()
	polls := make([]*waiter, 0, len(h.polls))
	for w := range h.polls {
		if w.mine {
			polls = append(polls, w)
		}
	}
	h.mu.Unlock()
	for _, w := range polls {
		if match(w.id) {
			n++
			w.add(appendVolatile(nil, UserAddress(w.id.UserID), event, data))
		}
	}
	return n
}

// sendOwn sends a message on the client's own address; frames keeps what has
// been encoded for each user.
func (c *client) sendOwn(frames map[string]frame, event string, data []byte) bool {
	f, ok := frames[c.userID]
	if !ok {
		b := appendVolatile(textBuffer(96+len(data)), UserAddress(c.userID), event, data)
		f = frame{a: sealText(b), messages: 1, class: classPrivate}
		frames[c.userID] = f
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != stateOpen {
		return false
	}
	c.enqueue(f)
	c.flushNow()
	return true
}
