package realtime

import (
	"context"
	"time"

	"github.com/brosops/bros/realtime/supervise"
)

// load is a log on its way into memory. Those who ask for it meanwhile wait for
// the one load; what is committed meanwhile is kept and applied behind it.
type load struct {
	done   chan struct{} // closed when log or err is set
	log    *log
	err    error
	early  []earlyEntry
	places map[string][]Place
}

type earlyEntry struct {
	epoch   string
	seq     int64
	changes []Change
}

// maxEarly bounds what is kept during a load; beyond it the host's own look at
// the heads finds the gap.
const maxEarly = 10_000

// open returns a loaded log, loading it first when needed.
func (h *Hub) open(ctx context.Context, name string) (*log, error) {
	h.mu.Lock()
	if l := h.logs[name]; l != nil {
		h.mu.Unlock()
		return l, nil
	}
	ld := h.loading[name]
	if ld == nil {
		if h.stopped {
			h.mu.Unlock()
			return nil, ErrDraining
		}
		ld = &load{done: make(chan struct{})}
		h.loading[name] = ld
		h.wg.Add(1)
		go h.load(name, ld)
	}
	h.mu.Unlock()
	select {
	case <-ld.done:
		return ld.log, ld.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// load asks the host. It runs apart from the callers, so that one who gives up
// does not take the load from the others.
func (h *Hub) load(name string, ld *load) {
	defer h.wg.Done()
	defer close(ld.done)
	var st LogState
	var err error
	if p := supervise.Do(h.opt.Logger, "load of a log", func() { st, err = h.opt.Backend.LoadLog(h.ctx, name) }); p != nil {
		err = p
	}
	if err != nil {
		ld.err = err
		h.mu.Lock()
		delete(h.loading, name)
		h.mu.Unlock()
		return
	}
	l := newLog(h, name, st)
	l.mu.Lock()
	defer l.mu.Unlock()
	// From here on Apply finds the log, and waits for its mutex until the
	// entries that came before are in.
	h.mu.Lock()
	h.logs[name] = l
	delete(h.loading, name)
	h.mu.Unlock()
	for _, e := range ld.early {
		l.apply(e.epoch, e.seq, e.changes)
	}
	for address, places := range ld.places {
		if r := l.rooms[address]; r != nil {
			r.place(places)
		}
	}
	ld.log = l
}

// Keep loads a log unless it is there, and counts as somebody who follows it: it
// stays for Unload's idle time.
func (h *Hub) Keep(ctx context.Context, name string) error {
	l, err := h.open(ctx, name)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.used = time.Now()
	return nil
}

// lookup is a loaded log, or nil.
func (h *Hub) lookup(name string) *log {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.logs[name]
}

// Apply gives a log its next committed entry: seq is head+1 or nothing happens.
// The bytes of the changes belong to the hub from then on.
func (h *Hub) Apply(name, epoch string, seq int64, changes []Change) ApplyResult {
	h.mu.Lock()
	l := h.logs[name]
	if l == nil {
		if ld := h.loading[name]; ld != nil && len(ld.early) < maxEarly {
			ld.early = append(ld.early, earlyEntry{epoch, seq, changes})
		}
		h.mu.Unlock()
		return NotLoaded
	}
	h.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone {
		return NotLoaded
	}
	return l.apply(epoch, seq, changes)
}

// Reload replaces a loaded log: a new epoch, or a repair by a full load. A state
// that is older than what the log has in the same epoch changes nothing. Those
// who follow a room that changed are told to subscribe again: by the new epoch
// in a heads message, or by resync.
func (h *Hub) Reload(name string, st LogState) { h.reload(name, st, false) }

// Rewind does what Reload does, also when the state ends before what the log
// holds: what is beyond was never there.
func (h *Hub) Rewind(name string, st LogState) { h.reload(name, st, true) }

func (h *Hub) reload(name string, st LogState, back bool) {
	l := h.lookup(name)
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone || st.Epoch == l.epoch && st.Seq < l.head && !back {
		return
	}
	renewed := st.Epoch != l.epoch
	before := make(map[*room]int64, len(l.rooms))
	for _, r := range l.rooms {
		before[r] = r.last
	}
	l.replace(st)
	cause := resyncReload
	if renewed {
		l.flushAll()
		cause = resyncEpoch
	}
	for r, last := range before {
		if renewed || r.last != last {
			r.resync(cause)
			r.wake()
			l.touch(r)
		}
	}
	l.touch(nil)
}

// resync tells every subscriber of the room to subscribe again.
func (r *room) resync(cause resyncCause) {
	var told []byte
	if cause == resyncEpoch {
		told = append(textBuffer(128), `{"heads":{`...)
		told = appendHead(told, r.address, r.log.epoch, r.last, r.log.head)
		told = append(told, `},`...)
		told = append(appendNow(told, time.Now()), '}')
	} else {
		told = appendMark(textBuffer(64), r.address, "resync")
	}
	f := textReply(told)
	for _, members := range r.members {
		for _, s := range members {
			s.c.resync(s, f, cause)
		}
	}
}

// Prune tells a log that its entries up to floor are gone from the database:
// no resume reaches below, and removals from there are forgotten.
func (h *Hub) Prune(name string, floor int64) {
	if l := h.lookup(name); l != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.prune(floor)
	}
}

// Head is how far a loaded log has been followed.
func (h *Hub) Head(name string) (epoch string, seq int64, loaded bool) {
	l := h.lookup(name)
	if l == nil {
		return "", 0, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.epoch, l.head, !l.gone
}

// Logs are the names of the loaded logs, in no order.
func (h *Hub) Logs() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	names := make([]string, 0, len(h.logs))
	for name := range h.logs {
		names = append(names, name)
	}
	return names
}

// Unload forgets logs that nobody has followed for idle, frees what has left
// the window in the others, and returns the names of those forgotten. The host
// calls it now and then.
func (h *Hub) Unload(idle time.Duration) []string {
	h.mu.Lock()
	logs := make([]*log, 0, len(h.logs))
	for _, l := range h.logs {
		logs = append(logs, l)
	}
	h.mu.Unlock()
	now := time.Now()
	var names []string
	for _, l := range logs {
		l.mu.Lock()
		switch {
		case !l.idle():
			l.used = now
			for _, r := range l.rooms {
				if r.windowed {
					r.sweep(r.cutoff(now))
				}
			}
		case now.Sub(l.used) >= idle:
			l.gone = true
			for _, r := range l.rooms {
				l.forget(r)
			}
			h.mu.Lock()
			delete(h.logs, l.name)
			h.mu.Unlock()
			names = append(names, l.name)
		}
		l.mu.Unlock()
	}
	return names
}
