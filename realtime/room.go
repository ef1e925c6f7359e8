package realtime

import (
	"encoding/json"
	"sort"
	"strconv"
	"sync/atomic"
	"time"
)

// entry is what a room knows of one key: the newest change of it.
type entry struct {
	key, event string
	seq        int64
	data       []byte // nil: the key has left the room
	finished   time.Time
	prev, next *entry
}

// gone reports whether the record is not in the room for a reader whose window
// starts at cutoff (zero: no window).
func (e *entry) gone(cutoff time.Time) bool {
	return e.data == nil || !cutoff.IsZero() && !e.finished.IsZero() && e.finished.Before(cutoff)
}

// room is one address: the compacted log of what happened to it, and those who
// follow it. Everything but flushed is guarded by the log's mutex.
//
// The compacted log is a list of entries, one per key, in the order of their
// numbers. A change moves its key's entry to the end. So a resume is a walk
// from the end back to the number the client has, and it needs no second copy
// of anything; removals stay as entries without data until the log's floor
// passes them.
type room struct {
	address string
	log     *log

	keys        map[string]*entry
	first, tail *entry
	last        int64 // the newest number, removals included; log.base: none known
	snap        *snapshot
	windowed    bool
	within      time.Duration // narrows the window; zero: it does not

	places map[string]Place
	moved  map[string]struct{} // keys moved since the last tick of positions
	moving bool                // in hub.moved

	members [][]*sub // by shard
	waiters map[*waiter]struct{}
	pending []*batch
	batches int64 // number of the newest batch
	usual   int   // size of a batch, lately
	dirty   bool  // in log.dirty

	flushed atomic.Int64 // last, as of the newest batch given to the shards
}

func newRoom(l *log, address string) *room {
	return &room{address: address, log: l, last: l.base, members: make([][]*sub, l.hub.opt.Shards)}
}

// put makes a change the newest entry of the room. last, the number before the
// next change, depends on the log alone; where the entries that would tell had
// been pruned at the load it is the floor, below which no client can be (it
// would have got a snapshot).
func (r *room) put(seq int64, ch *Change) {
	e := r.keys[ch.Key]
	if e == nil {
		if r.keys == nil {
			r.keys = make(map[string]*entry)
		}
		e = &entry{key: ch.Key}
		r.keys[ch.Key] = e
	} else {
		r.unlink(e)
	}
	e.seq, e.event, e.data, e.finished = seq, ch.Event, ch.Data, ch.Finished
	e.prev, e.next = r.tail, nil
	if r.tail == nil {
		r.first = e
	} else {
		r.tail.next = e
	}
	r.tail = e
	r.last = max(r.last, seq)
	r.snap = nil
}

func (r *room) unlink(e *entry) {
	if e.prev == nil {
		r.first = e.next
	} else {
		e.prev.next = e.next
	}
	if e.next == nil {
		r.tail = e.prev
	} else {
		e.next.prev = e.prev
	}
	e.prev, e.next = nil, nil
}

func (r *room) drop(e *entry) {
	r.unlink(e)
	delete(r.keys, e.key)
	r.snap = nil
}

// fill replaces the room's content by items of its address, in any order.
func (r *room) fill(items []Item) {
	r.keys, r.first, r.tail, r.last, r.snap = nil, nil, nil, r.log.base, nil
	sort.SliceStable(items, func(i, j int) bool { return items[i].Seq < items[j].Seq })
	for i := range items {
		it := &items[i]
		r.put(it.Seq, &Change{Event: it.Event, Key: it.Key, Data: it.Data, Finished: it.Finished})
	}
}

// prune forgets removals that no resume can ask for any more.
func (r *room) prune(floor int64) {
	for e := r.first; e != nil && e.seq <= floor; {
		next := e.next
		if e.data == nil {
			r.drop(e)
		}
		e = next
	}
}

// trim keeps the newest n entries and returns the number of the newest one let go (0: none).
func (r *room) trim(n int) (floor int64) {
	for len(r.keys) > n {
		floor = r.first.seq
		r.drop(r.first)
	}
	return floor
}

// sweep frees the bytes of records that left the window: for every reader they
// are removals by now.
func (r *room) sweep(cutoff time.Time) {
	for e := r.first; e != nil; e = e.next {
		if e.data != nil && e.gone(cutoff) {
			e.data = nil
			r.snap = nil
		}
	}
}

// snapshot is a room's records, encoded once for all who ask while nothing changes.
type snapshot struct {
	parts [][]byte // each `record,record,…]}`, at most maxPart long
	ends  []int64  // the number of each part's last record
	size  int
	until time.Time // when the first record in it leaves the window; zero: never
}

// partEnd closes the records of a part, and the reply.
const partEnd = "]}"

// upTo is how many parts are about limit bytes, and the number that a client
// which has them resumes from. A cut below the log's floor can't be resumed
// from, so there is none.
func (s *snapshot) upTo(limit int, floor int64) (parts int, seq int64) {
	size := 0
	for i := range s.parts {
		size += len(s.parts[i])
		if size >= limit && i < len(s.parts)-1 && s.ends[i] >= floor {
			return i + 1, s.ends[i]
		}
	}
	return len(s.parts), 0
}

// maxPart bounds the records of one part; with what stands before them a frame
// stays under the protocol's 256 KB.
const maxPart = 256<<10 - 1<<10

// snapshot encodes the records that are in the room at now, oldest change first.
func (r *room) snapshot(now time.Time) *snapshot {
	if s := r.snap; s != nil && (s.until.IsZero() || now.Before(s.until)) {
		return s
	}
	window := r.window()
	cutoff := r.cutoff(now)
	from, size := r.first, 0
	if n := r.log.newest; n > 0 {
		from = r.tail // what has left the room does not count
		for ; from != nil && from.prev != nil; from = from.prev {
			if !from.gone(cutoff) {
				if n--; n == 0 {
					break
				}
			}
		}
	}
	s := &snapshot{}
	for e := from; e != nil; e = e.next {
		if e.gone(cutoff) {
			continue
		}
		size += len(e.data) + 1
		if r.windowed && !e.finished.IsZero() {
			if out := e.finished.Add(window); s.until.IsZero() || out.Before(s.until) {
				s.until = out
			}
		}
	}
	// One buffer holds all the parts; none of them is grown after it is cut.
	const end = partEnd
	buf := make([]byte, 0, size+len(end)*(2+2*size/maxPart))
	start, last := 0, int64(0)
	for e := from; e != nil; e = e.next {
		if e.gone(cutoff) {
			continue
		}
		switch n := len(buf) - start; {
		case n > 0 && n+len(e.data)+1+len(end) > maxPart:
			buf = append(buf, end...)
			s.parts, s.ends = append(s.parts, buf[start:len(buf):len(buf)]), append(s.ends, last)
			start = len(buf)
		case n > 0:
			buf = append(buf, ',')
		}
		buf = append(buf, e.data...)
		last = e.seq
	}
	buf = append(buf, end...)
	s.parts, s.ends = append(s.parts, buf[start:]), append(s.ends, last)
	s.size = len(buf)
	r.snap = s
	return s
}

// setWindowed says whether finished records leave the room with time, and within
// what, if that is less than the window of all.
func (r *room) setWindowed(windowed bool, within time.Duration) {
	if r.windowed != windowed || r.within != within {
		r.windowed, r.within, r.snap = windowed, within, nil
	}
}

// window is how long a finished record stays in the room, if it is windowed.
func (r *room) window() time.Duration {
	if all := r.log.hub.opt.Window; r.within <= 0 || r.within > all {
		return all
	}
	return r.within
}

// cutoff is where the window starts at now; zero for a room without one.
func (r *room) cutoff(now time.Time) time.Time {
	if !r.windowed {
		return time.Time{}
	}
	return now.Add(-r.window())
}

// appendSnapshotHead appends a snapshot reply up to and with `"records":[`.
// part 0 stands for a snapshot in one piece.
func (r *room) appendSnapshotHead(b []byte, id json.RawMessage, part int, more bool) []byte {
	return r.appendSnapshotHeadAt(b, id, r.log.head, part, more)
}

// appendSnapshotHeadAt does so for a snapshot that ends at seq.
func (r *room) appendSnapshotHeadAt(b []byte, id json.RawMessage, seq int64, part int, more bool) []byte {
	b = r.appendReplyHead(b, id, "snapshot", seq)
	b = append(b, `,"windowSec":`...)
	b = strconv.AppendInt(b, int64(r.window()/time.Second), 10)
	if part > 0 {
		b = append(b, `,"part":`...)
		b = strconv.AppendInt(b, int64(part), 10)
	}
	if more {
		b = append(b, `,"more":true`...)
	}
	return append(b, `,"records":[`...)
}

func (r *room) appendReplyHead(b []byte, id json.RawMessage, mode string, seq int64) []byte {
	b = appendReply(b, id)
	b = append(b, `"address":`...)
	b = appendString(b, r.address)
	b = append(b, `,"mode":"`...)
	b = append(b, mode...)
	b = append(b, `","epoch":`...)
	b = appendString(b, r.log.epoch)
	b = append(b, `,"seq":`...)
	return strconv.AppendInt(b, seq, 10)
}

// maxResume is the size in bytes up to which a resume is sent whatever a
// snapshot would take: who asks within the log's reach is told what changed,
// unless that is out of all proportion.
const maxResume = 16 << 20

// resumable reports whether a client that is at since can get a resume.
func (l *log) resumable(since *Since) bool {
	return since != nil && since.Epoch == l.epoch && since.Seq >= l.floor && since.Seq <= l.head
}

// appendResume appends a whole resume reply: what changed after since, each
// key at its newest. ok is false when a snapshot is the shorter way to say it.
func (r *room) appendResume(b []byte, id json.RawMessage, since int64, now time.Time) (_ []byte, ok bool) {
	cutoff := r.cutoff(now)
	from, size := (*entry)(nil), 0
	for e := r.tail; e != nil && e.seq > since; e = e.prev {
		from = e
		size += len(e.key) + len(e.event) + 64
		if !e.gone(cutoff) {
			size += len(e.data)
		}
	}
	if size > maxResume && size > r.snapshot(now).size {
		return b, false
	}
	return r.appendEvents(b, id, from, nil, r.log.head, cutoff), true
}

// appendResumeUpTo appends a resume reply of about limit bytes at most: where
// there is more, its seq is that of its last event, and the rest comes after it.
func (r *room) appendResumeUpTo(b []byte, since int64, now time.Time, limit int) []byte {
	cutoff := r.cutoff(now)
	from := r.tail
	for from != nil && from.prev != nil && from.prev.seq > since {
		from = from.prev
	}
	if from != nil && from.seq <= since {
		from = nil
	}
	seq, size := r.log.head, 0
	var end *entry
	for e := from; e != nil; e = e.next {
		size += len(e.key) + len(e.event) + 64
		if !e.gone(cutoff) {
			size += len(e.data)
		}
		if size >= limit && e.next != nil {
			seq, end = e.seq, e.next
			break
		}
	}
	return r.appendEvents(b, nil, from, end, seq, cutoff)
}

// appendEvents appends a resume reply of the entries from up to end (nil: all).
func (r *room) appendEvents(b []byte, id json.RawMessage, from, end *entry, seq int64, cutoff time.Time) []byte {
	b = r.appendReplyHead(b, id, "resume", seq)
	b = append(b, `,"events":[`...)
	for e := from; e != end; e = e.next {
		if e != from {
			b = append(b, ',')
		}
		data := e.data
		if e.gone(cutoff) {
			data = nil
		}
		b = appendEvent(b, e, data)
	}
	return append(b, `]}`...)
}

// changedAfter reports whether a resume from since would have an event.
func (r *room) changedAfter(since int64) bool { return r.tail != nil && r.tail.seq > since }
