package realtime

import (
	"sync"
	"time"
)

// A client's queue holds references to whole frames, which rooms share, and is
// empty but for the moments in which the socket takes nothing. All of these
// need the client's mutex.

// scratchSize is how much is gathered into one system call, when a client has
// more than one frame waiting.
const scratchSize = 64 << 10

// keptFrames is the capacity of an idle client's queue.
const keptFrames = 4

// frameCost is what a waiting frame takes beside its bytes.
const frameCost = 80

// maxControls bounds the control frames that wait for a client, in bytes.
const maxControls = 4 << 10

// writer is what one goroutine needs to write: a buffer to gather frames in,
// and its share of the counters.
type writer struct {
	scratch                         []byte
	frames, bytes, messages, writes int64
}

var writers = sync.Pool{New: func() any { return &writer{scratch: make([]byte, scratchSize)} }}

// count adds the writer's share to the hub's counters.
func (h *Hub) count(w *writer) {
	if w.writes == 0 && w.frames == 0 {
		return
	}
	h.stats.frames.Add(w.frames)
	h.stats.bytes.Add(w.bytes)
	h.stats.messages.Add(w.messages)
	h.stats.writes.Add(w.writes)
	w.frames, w.bytes, w.messages, w.writes = 0, 0, 0, 0
}

// enqueue puts a frame at the end.
func (c *client) enqueue(f frame) {
	if c.state != stateOpen {
		return
	}
	if len(c.out) == cap(c.out) && c.head >= cap(c.out)/2 && c.head > 0 {
		// Reuse what is written already: a client that is never quite done
		// must not grow its queue for ever.
		n := copy(c.out, c.out[c.head:])
		clear(c.out[n:])
		c.out, c.head = c.out[:n], 0
	}
	c.out = append(c.out, f)
	c.queued[f.class] += f.size()
	if f.slot {
		if c.slots == 0 {
			c.slotsSince = time.Now()
		}
		c.slots++
	}
}

// enqueueControl puts a control frame where it may stand soonest: behind the
// frame that is partly written, or at the front.
func (c *client) enqueueControl(f frame) {
	if c.state != stateOpen {
		return
	}
	at := c.head
	if c.off > 0 {
		at++
	}
	if at >= len(c.out) {
		c.enqueue(f)
		return
	}
	c.out = append(c.out, frame{})
	copy(c.out[at+1:], c.out[at:])
	c.out[at] = f
	c.queued[f.class] += f.size()
}

// waiting is how many bytes are queued.
func (c *client) waiting() int {
	n := -c.off
	for _, q := range c.queued {
		n += q
	}
	return n
}

// advance notes that n bytes from the front have been taken over.
func (c *client) advance(n int, w *writer) {
	w.bytes += int64(n)
	for n > 0 {
		f := &c.out[c.head]
		rest := f.size() - c.off
		if n < rest {
			c.off += n
			return
		}
		n -= rest
		w.frames++
		w.messages += int64(f.messages)
		c.queued[f.class] -= f.size()
		if f.slot {
			c.release()
		}
		*f = frame{}
		c.head++
		c.off = 0
	}
	if c.space != nil && c.queued[classReply] < maxReplies {
		close(c.space)
		c.space = nil
	}
	if c.head == len(c.out) {
		c.head = 0
		if cap(c.out) > keptFrames {
			c.out = nil
		} else {
			c.out = c.out[:0]
		}
	}
}

// fill copies the front of the queue into b.
func (c *client) fill(b []byte) int {
	n, off := 0, c.off
	for i := c.head; i < len(c.out) && n < len(b); i++ {
		f := &c.out[i]
		if off < len(f.a) {
			n += copy(b[n:], f.a[off:])
			off = 0
		} else {
			off -= len(f.a)
		}
		n += copy(b[n:], f.b[off:])
		off = 0
	}
	return n
}

// next is what one write should take: the bytes of the front frame themselves
// where that is all there is or enough, else a copy of several in scratch.
func (c *client) next(scratch []byte) []byte {
	f := &c.out[c.head]
	p := f.b
	last := c.head == len(c.out)-1
	if c.off < len(f.a) {
		p = f.a[c.off:]
		last = last && len(f.b) == 0
	} else {
		p = p[c.off-len(f.a):]
	}
	if last || len(p) >= len(scratch) {
		return p
	}
	return scratch[:c.fill(scratch)]
}

// discard drops the waiting frames that match, but never the one that is partly
// written.
func (c *client) discard(match func(*frame) bool) {
	at := c.head
	if c.off > 0 {
		at++
	}
	kept := at
	for i := at; i < len(c.out); i++ {
		f := c.out[i]
		if match(&f) {
			c.queued[f.class] -= f.size()
			if f.slot {
				c.release()
			}
			continue
		}
		c.out[kept] = f
		kept++
	}
	clear(c.out[kept:])
	c.out = c.out[:kept]
}

// clear drops everything: the socket is given up.
func (c *client) clear() {
	c.out, c.head, c.off = nil, 0, 0
	c.queued = [classes]int{}
	for c.slots > 0 {
		c.release()
	}
	if c.space != nil {
		close(c.space)
		c.space = nil
	}
}

// release gives a snapshot's slot back.
func (c *client) release() {
	if c.slots > 0 {
		c.slots--
		<-c.hub.slots
	}
}

// shed bounds the queue of a client that is behind. Positions go first: they
// come again, all of them, when the client has caught up. Then what is private
// or volatile goes, then all that has a number: part of it is of no use, so each
// room concerned is cut over to resync.
func (c *client) shed() {
	limit := c.hub.opt.QueueBytes
	over := func() bool {
		bytes := c.queued[classSequenced] + c.queued[classPrivate] + c.queued[classPlaces]
		return bytes+frameCost*(len(c.out)-c.head) > limit
	}
	if !c.catching || !over() {
		return
	}
	c.discard(func(f *frame) bool {
		if f.class != classPlaces {
			return false
		}
		f.sub.owed, c.owed = true, true
		c.hub.stats.dropped.Add(int64(f.messages))
		return true
	})
	if !over() {
		return
	}
	c.discard(func(f *frame) bool {
		if f.class == classPrivate {
			c.hub.stats.dropped.Add(int64(f.messages))
		}
		return f.class == classPrivate
	})
	if !over() {
		return
	}
	var cut []*sub
	c.fullAt = time.Time{} // heads are dropped with the messages before them: say it all again
	c.discard(func(f *frame) bool {
		if f.class != classSequenced {
			return false
		}
		if s := f.sub; s != nil && s.live && !s.stale {
			s.stale = true
			cut = append(cut, s)
		}
		return true
	})
	for _, s := range cut {
		c.hub.resyncs[resyncSlow].Add(1)
		c.enqueue(textReply(appendMark(textBuffer(64), s.room.address, "resync")))
	}
}
