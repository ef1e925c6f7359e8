package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"
)

// largeSnapshot is the size in bytes from which a snapshot, or a resume, needs a slot.
const largeSnapshot = 64 << 10

// maxReplies is how much of answers may wait for a client before its next
// command is looked at, in bytes.
const maxReplies = 1 << 20

// errClosed says that the connection has ended while a command was under way.
var errClosed = errors.New("realtime: connection closed")

// subscribe answers one address of a subscribe command.
func (c *client) subscribe(id json.RawMessage, want Sub) error {
	if err := c.waitForSpace(); err != nil {
		return err
	}
	a, err := ParseAddress(want.Address)
	if err != nil {
		c.refuse(id, want.Address, err)
		return nil
	}
	address := a.String()
	if a.Namespace == userNamespace {
		if a.Room != c.userID {
			c.refuse(id, address, &Refusal{Code: CodeForbidden, Detail: "this address is another user's"})
			return nil
		}
		c.send(textReply(appendVolatileReply(textBuffer(128), id, address)))
		return nil
	}
	rights := c.hub.rights.Load()
	target, err := c.resolve(a)
	if err == nil {
		err = c.join(id, address, target, want.Since)
	}
	if err != nil {
		c.unsubscribe(address, nil)
		c.refuse(id, address, err)
		return nil
	}
	// Rights that changed while we looked at them were revoked from rooms the
	// client was not yet in.
	for now := c.hub.rights.Load(); now != rights; now = c.hub.rights.Load() {
		rights = now
		if _, err := c.resolve(a); err != nil {
			c.unsubscribe(address, appendMark(textBuffer(64), address, "revoked"))
			return nil
		}
	}
	return nil
}

func (c *client) resolve(a Address) (Target, error) {
	return c.hub.opt.Backend.Resolve(c.hub.ctx, *c.identity.Load(), a)
}

// refuse answers with an error. What a Refusal says the client may see, of
// anything else it learns only that it failed.
func (c *client) refuse(id json.RawMessage, address string, err error) {
	c.send(textReply(appendRefusal(textBuffer(128), id, address, c.hub.refusal(err))))
}

func (h *Hub) refusal(err error) *Refusal {
	var r *Refusal
	switch {
	case errors.As(err, &r):
		return r
	case h.ctx.Err() != nil || errors.Is(err, ErrDraining) || errors.Is(err, context.Canceled):
		return &Refusal{Code: CodeUnavailable, Detail: "the server is restarting"}
	}
	h.opt.Logger.Error("realtime: a command failed", "error", err)
	return &Refusal{Code: CodeInternal, Detail: "the server failed; try again"}
}

// locate opens the log behind an address and brings it up to where the caller
// says it has been.
func (h *Hub) locate(ctx context.Context, target Target, since *Since) (*log, error) {
	if target.Log == "" {
		return h.volatile, nil
	}
	l, err := h.open(ctx, target.Log)
	if err != nil || since == nil {
		return l, err
	}
	if l.ahead(since) {
		if err := h.catchUp(ctx, l, since.Seq); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// ahead reports whether since is past what this node has seen of the log.
func (l *log) ahead(since *Since) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return since.Epoch == l.epoch && since.Seq > l.head
}

// look is the newest time that the host was asked to follow a log's stored form.
type look struct {
	n     int64         // counts them
	doing chan struct{} // closed when it ends; nil: none is under way
	err   error         // of the one that ended last
}

// catchUp has the host follow the stored log; those who come together share one
// look at it. A look that was under way when we came may have begun before our
// number was committed, so we wait for one that began later.
func (h *Hub) catchUp(ctx context.Context, l *log, seq int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for before := l.look.n; l.head < seq && !l.gone; {
		if doing := l.look.doing; doing != nil {
			l.mu.Unlock()
			select {
			case <-doing:
			case <-ctx.Done():
			}
			l.mu.Lock()
			if err := ctx.Err(); err != nil {
				return err
			}
			continue
		}
		if l.look.n > before {
			return l.look.err
		}
		doing := make(chan struct{})
		l.look.n, l.look.doing = l.look.n+1, doing
		l.mu.Unlock()
		err := h.opt.Backend.CatchUp(h.ctx, l.name, seq) // for all who wait, not for us alone
		l.mu.Lock()
		l.look.doing, l.look.err = nil, err
		close(doing)
		return err
	}
	return nil
}

// join answers a subscribe whose rights are settled, and makes the client a
// member of the room ("Order for one client", shard.go).
func (c *client) join(id json.RawMessage, address string, target Target, since *Since) error {
	slot := false
	defer func() {
		if slot {
			<-c.hub.slots
		}
	}()
	for {
		l, err := c.hub.locate(c.hub.ctx, target, since)
		if err != nil {
			return err
		}
		c.leaveOther(address, l)
		l.mu.Lock()
		if l.gone {
			l.mu.Unlock()
			continue
		}
		r := l.room(address)
		r.setWindowed(target.Windowed, target.Within)
		frames, large := r.reply(id, since)
		if large && !slot {
			select {
			case c.hub.slots <- struct{}{}:
				slot = true
			default:
				l.mu.Unlock()
				select {
				case c.hub.slots <- struct{}{}:
					slot = true
				case <-c.gone:
					return errClosed
				}
				continue // what changed meanwhile belongs into the reply
			}
		}
		if large {
			frames[len(frames)-1].slot = true
		}
		joined, err := c.enter(r, frames)
		if joined && large {
			slot = false // the last frame has it now
		}
		if !joined && l == c.hub.volatile && !r.followed() && len(r.waiters) == 0 {
			l.forget(r)
		}
		l.mu.Unlock()
		if joined {
			c.send() // what is queued; writing needs not hold up the log
		}
		return err
	}
}

// reply makes the frames of the answer to a subscribe at this moment. The log's
// mutex is held.
func (r *room) reply(id json.RawMessage, since *Since) (frames []frame, large bool) {
	if r.log == r.log.hub.volatile {
		return []frame{textReply(appendVolatileReply(textBuffer(128), id, r.address))}, false
	}
	now := time.Now()
	if r.log.resumable(since) {
		if b, ok := r.appendResume(textBuffer(256), id, since.Seq, now); ok {
			return []frame{textReply(b)}, len(b) > largeSnapshot
		}
	}
	s := r.snapshot(now)
	for i, part := range s.parts {
		n, more := 0, i < len(s.parts)-1
		if len(s.parts) > 1 {
			n = i + 1
		}
		head := r.appendSnapshotHead(nil, id, n, more)
		a := appendHeader(make([]byte, 0, maxHeader+len(head)), opText, len(head)+len(part))
		frames = append(frames, frame{a: append(a, head...), b: part, messages: 1, class: classReply})
	}
	return frames, s.size > largeSnapshot
}

// enter queues the reply and takes the client into the room, in one step. The
// log's mutex is held.
func (c *client) enter(r *room, frames []frame) (joined bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != stateOpen {
		return false, errClosed
	}
	s := c.subs[r.address]
	if s == nil {
		if len(c.subs) >= c.hub.opt.MaxAddresses {
			return false, &Refusal{Code: CodeValidation, Detail: "too many addresses on one connection"}
		}
		if c.subs == nil {
			c.subs = make(map[string]*sub)
		}
		s = &sub{room: r, c: c}
		c.subs[r.address] = s
		members := &r.members[c.shard.index]
		s.index = len(*members)
		*members = append(*members, s)
	}
	s.after = r.cut()
	s.live, s.stale, s.owed = true, false, false
	s.told.epoch, s.told.seq = r.log.epoch, r.log.head
	for i := range frames {
		c.enqueue(frames[i])
	}
	if f, ok := r.lastPlaces(s); ok {
		c.enqueue(f)
	}
	return true, nil
}

// leaveOther ends a subscription of the address in another log than l (the host
// has changed its mind about what the address is).
func (c *client) leaveOther(address string, l *log) {
	c.mu.Lock()
	s := c.subs[address]
	c.mu.Unlock()
	if s != nil && s.room.log != l {
		c.unsubscribe(address, nil)
	}
}

// unsubscribe ends a subscription; last, when given, is a text frame's buffer
// and the last thing that the client gets of the address. It reports whether
// there was a subscription.
func (c *client) unsubscribe(address string, last []byte) bool {
	c.mu.Lock()
	s := c.subs[address]
	if s != nil {
		delete(c.subs, address)
		s.live = false
		c.discard(func(f *frame) bool { return f.sub == s })
	}
	if last != nil {
		c.enqueue(textReply(last))
		c.flushNow()
	}
	c.mu.Unlock()
	if s != nil {
		s.part()
	}
	return s != nil
}

// part takes a subscription that is no longer live out of its room.
func (s *sub) part() {
	l := s.room.log
	l.mu.Lock()
	defer l.mu.Unlock()
	members := s.room.members[s.c.shard.index]
	last := len(members) - 1
	members[last].index = s.index
	members[s.index] = members[last]
	members[last] = nil
	s.room.members[s.c.shard.index] = members[:last]
	if last == 0 && cap(members) > 64 {
		s.room.members[s.c.shard.index] = nil
	}
	l.used = time.Now()
	if l == s.c.hub.volatile && !s.room.followed() && len(s.room.waiters) == 0 {
		l.forget(s.room)
	}
}

// revoke ends the client's matching subscriptions.
func (c *client) revoke(match func(Identity, Address) bool) int {
	id := *c.identity.Load()
	c.mu.Lock()
	addresses := slices.Collect(maps.Keys(c.subs))
	c.mu.Unlock()
	n := 0
	for _, address := range addresses {
		a, err := ParseAddress(address)
		if err != nil || !match(id, a) {
			continue
		}
		c.mu.Lock()
		_, still := c.subs[address]
		c.mu.Unlock()
		if still && c.unsubscribe(address, appendMark(textBuffer(64), address, "revoked")) {
			n++
		}
	}
	return n
}

// waitForSpace holds the reader back while answers pile up that the client does
// not take.
func (c *client) waitForSpace() error {
	c.mu.Lock()
	if c.state != stateOpen {
		c.mu.Unlock()
		return errClosed
	}
	if c.queued[classReply] < maxReplies {
		c.mu.Unlock()
		return nil
	}
	space := make(chan struct{})
	c.space = space
	c.mu.Unlock()
	select {
	case <-space:
		return nil
	case <-c.gone:
		return errClosed
	}
}
