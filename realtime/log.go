package realtime

import (
	"sync"
	"sync/atomic"
	"time"
)

// mark is how far a log's messages have been given to the shards; heads are
// made from it, so that they never overtake a message.
type mark struct {
	epoch string
	seq   int64
}

// log is one numbered history with its rooms. mu guards all of it.
//
// Order of locks: log.mu, then client.mu. Nothing else is taken while either is
// held but the hub's small leaf mutexes (dirty lists).
type log struct {
	name string
	hub  *Hub

	mu     sync.Mutex
	epoch  string
	head   int64
	floor  int64 // entries up to here are not kept: no resume from below
	base   int64 // the floor at the load: what a room's newest number was, where it is not known
	newest int
	rooms  map[string]*room
	gone   bool // unloaded: look the log up again
	used   time.Time
	look   look

	dirtyRooms []*room // rooms with something pending
	dirty      bool    // in hub.dirty

	flushed atomic.Pointer[mark]
}

// newLog builds a log from what the host loaded. The volatile rooms live in a
// log of their own that has no numbers.
func newLog(h *Hub, name string, st LogState) *log {
	l := &log{name: name, hub: h, rooms: make(map[string]*room), used: time.Now()}
	l.replace(st)
	l.flushAll()
	return l
}

// replace sets the whole content; members, waiters and pending batches of rooms stay.
func (l *log) replace(st LogState) {
	l.epoch, l.head, l.floor, l.base, l.newest = st.Epoch, st.Seq, st.Floor, st.Floor, st.Newest
	byRoom := make(map[string][]Item)
	for i := range st.Items {
		byRoom[st.Items[i].Address] = append(byRoom[st.Items[i].Address], st.Items[i])
	}
	for _, r := range l.rooms {
		r.fill(byRoom[r.address])
		delete(byRoom, r.address)
	}
	for address, items := range byRoom {
		l.room(address).fill(items)
	}
	for address, places := range st.Places {
		l.room(address).place(places)
	}
}

// flushAll says that heads may name the newest numbers: nobody waits for
// messages before them.
func (l *log) flushAll() {
	for _, r := range l.rooms {
		r.flushed.Store(r.last)
	}
	l.flushed.Store(&mark{epoch: l.epoch, seq: l.head})
}

// room is the room of an address, made when it is new.
func (l *log) room(address string) *room {
	r := l.rooms[address]
	if r == nil {
		r = newRoom(l, address)
		l.rooms[address] = r
		l.hub.rooms.Store(address, r)
	}
	return r
}

// forget removes a room from the log.
func (l *log) forget(r *room) {
	delete(l.rooms, r.address)
	l.hub.rooms.CompareAndDelete(r.address, r)
}

// apply takes the next entry.
func (l *log) apply(epoch string, seq int64, changes []Change) ApplyResult {
	switch {
	case epoch != l.epoch:
		return EpochChanged
	case seq <= l.head:
		return Duplicate
	case seq > l.head+1:
		return Gap
	}
	for i := range changes {
		ch := &changes[i]
		r := l.room(ch.Address)
		prev := r.last
		if seq <= prev {
			// A second change of one entry for one address: no client could
			// take it, for its number has been used.
			l.hub.opt.Logger.Error("realtime: two changes of one entry for one address", "address", ch.Address, "seq", seq)
			continue
		}
		r.put(seq, ch)
		if n := l.newest; n > 0 {
			l.floor = max(l.floor, r.trim(n*keepNewest))
		}
		if r.followed() {
			b := r.open(classSequenced, Filter{})
			b.add()
			b.buf = appendLive(b.buf, prev, seq, ch)
		}
		l.touch(r)
		r.wake()
	}
	l.head = seq
	l.touch(nil)
	return Applied
}

// keepNewest times LogState.Newest records are kept of a room for resumes.
const keepNewest = 5

// touch puts the log (and a room of it) on the flusher's list.
func (l *log) touch(r *room) {
	if r != nil && !r.dirty {
		r.dirty = true
		l.dirtyRooms = append(l.dirtyRooms, r)
	}
	if !l.dirty {
		l.dirty = true
		l.hub.markDirty(l)
	}
}

// followed reports whether any connection has the room.
func (r *room) followed() bool {
	for _, m := range r.members {
		if len(m) > 0 {
			return true
		}
	}
	return false
}

// subscribers counts them.
func (r *room) subscribers() int {
	n := 0
	for _, m := range r.members {
		n += len(m)
	}
	return n
}

// open is the batch that takes the next message of this class and filter.
func (r *room) open(c class, f Filter) *batch {
	if n := len(r.pending); n > 0 {
		b := r.pending[n-1]
		if !b.sealed && b.class == c && b.filter == f && !b.full() {
			return b
		}
		b.seal()
	}
	r.batches++
	b := newBatch(r.batches, c, f, r.usual)
	r.pending = append(r.pending, b)
	return b
}

// cut closes the open batch: what comes later goes into the next one. It
// returns the number of the newest batch, whose messages are all in a reply
// made now.
func (r *room) cut() int64 {
	if n := len(r.pending); n > 0 {
		b := r.pending[n-1]
		b.seal()
		r.usual = len(b.buf) + len(b.buf)/4
	}
	return r.batches
}

// wake tells the polls that wait for the room.
func (r *room) wake() {
	for w := range r.waiters {
		w.wake()
	}
}

// prune raises the floor.
func (l *log) prune(floor int64) {
	if floor <= l.floor || floor > l.head {
		return
	}
	l.floor = floor
	for _, r := range l.rooms {
		r.prune(floor)
	}
}

// idle reports whether nobody follows the log.
func (l *log) idle() bool {
	for _, r := range l.rooms {
		if r.followed() || len(r.waiters) > 0 {
			return false
		}
	}
	return true
}
