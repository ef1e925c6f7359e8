package realtime

import "time"

// markDirty puts a log on the flusher's list. It is called with the log's mutex held.
func (h *Hub) markDirty(l *log) {
	h.dirtyMu.Lock()
	h.dirty = append(h.dirty, l)
	h.dirtyMu.Unlock()
	select {
	case h.pulse <- struct{}{}:
	default:
	}
}

// flusher runs the ticks until the hub stops.
func (h *Hub) flusher() {
	defer h.wg.Done()
	defer func() {
		for _, s := range h.shards {
			close(s.ticks)
		}
	}()
	beat := time.NewTicker(tickEvery)
	defer beat.Stop()
	places := time.NewTicker(h.opt.PositionsEvery)
	defer places.Stop()
	gather := time.NewTimer(time.Hour)
	gather.Stop()
	defer gather.Stop()
	t := &tick{members: make([][]*sub, len(h.shards))}
	for {
		due := false // positions of the tick are due
		var began time.Time
		select {
		case <-h.ctx.Done():
			return
		case <-h.pulse:
			began = time.Now()
			// What follows within the next moments goes out with it.
			gather.Reset(h.opt.FlushEvery)
			select {
			case <-gather.C:
			case <-h.ctx.Done():
				return
			}
		case <-beat.C:
			t.beat = true
		case <-places.C:
			due = true
		}
		h.takeBatches(t)
		if due {
			h.takePlaces(t)
		}
		work := len(t.jobs) > 0
		h.round(t)
		if work && !began.IsZero() {
			h.stats.flush.add(time.Since(began))
		}
	}
}

// takeBatches collects what the dirty logs have pending, and notes how far that
// goes for the heads.
func (h *Hub) takeBatches(t *tick) {
	h.dirtyMu.Lock()
	logs := h.dirty
	h.dirty = nil
	h.dirtyMu.Unlock()
	for _, l := range logs {
		l.mu.Lock()
		l.dirty = false
		for i, r := range l.dirtyRooms {
			r.dirty = false
			r.cut()
			t.add(r, r.pending)
			r.pending = nil
			r.flushed.Store(r.last)
			l.dirtyRooms[i] = nil
		}
		l.dirtyRooms = l.dirtyRooms[:0]
		if m := l.flushed.Load(); m.epoch != l.epoch || m.seq != l.head {
			l.flushed.Store(&mark{epoch: l.epoch, seq: l.head})
		}
		l.mu.Unlock()
	}
}

// add makes a job of a room's batches. The room's log is locked.
func (t *tick) add(r *room, batches []*batch) {
	if len(batches) == 0 || !r.followed() {
		return
	}
	j := job{batches: batches, spans: make([]span, len(t.members))}
	for i, members := range r.members {
		from := len(t.members[i])
		t.members[i] = append(t.members[i], members...)
		j.spans[i] = span{from, from + len(members)}
	}
	t.jobs = append(t.jobs, j)
}

// round has the shards do the tick, waits for them, and empties it.
func (h *Hub) round(t *tick) {
	if len(t.jobs) > 0 || t.beat {
		t.now = time.Now()
		t.done.Add(len(h.shards))
		for _, s := range h.shards {
			s.ticks <- t
		}
		t.done.Wait()
	}
	clear(t.jobs)
	t.jobs = t.jobs[:0]
	for i := range t.members {
		clear(t.members[i])
		t.members[i] = t.members[i][:0]
	}
	t.beat = false
}
