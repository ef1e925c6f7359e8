package realtime

import "math"

// Positions moves places of a room. The newest of each key counts, by At; those
// that moved go out together, at most once per Options.PositionsEvery and room.
// Places of an address whose log nobody follows are dropped: loading brings them.
// The bytes belong to the hub from then on.
func (h *Hub) Positions(address string, places []Place) {
	r := h.roomOf(address)
	if r == nil {
		h.mu.Lock()
		for _, ld := range h.loading {
			// Which of the loads the address belongs to shows when they are done.
			if ld.places == nil {
				ld.places = make(map[string][]Place)
			}
			if len(ld.places[address]) < maxEarly {
				ld.places[address] = append(ld.places[address], places...)
			}
		}
		h.mu.Unlock()
		return
	}
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	r.place(places)
}

// place takes newer places in, and puts the room on the list of the next tick.
func (r *room) place(places []Place) {
	watched := r.followed() || len(r.waiters) > 0
	for _, p := range places {
		if old, ok := r.places[p.Key]; ok && old.At >= p.At {
			continue
		}
		if p.Data == nil {
			delete(r.places, p.Key)
			delete(r.moved, p.Key)
			continue
		}
		if r.places == nil {
			r.places = make(map[string]Place)
		}
		r.places[p.Key] = p
		if watched {
			if r.moved == nil {
				r.moved = make(map[string]struct{})
			}
			r.moved[p.Key] = struct{}{}
		}
	}
	if len(r.moved) > 0 && !r.moving {
		r.moving = true
		h := r.log.hub
		h.dirtyMu.Lock()
		h.moved = append(h.moved, r)
		h.dirtyMu.Unlock()
	}
}

// takePlaces makes a job of each room in which somebody moved.
func (h *Hub) takePlaces(t *tick) {
	h.dirtyMu.Lock()
	rooms := h.moved
	h.moved = nil
	h.dirtyMu.Unlock()
	for _, r := range rooms {
		r.log.mu.Lock()
		r.moving = false
		if len(r.moved) > 0 {
			b := newBatch(math.MaxInt64, classPlaces, Filter{}, 128*len(r.moved))
			b.add()
			b.buf = r.appendPlaces(b.buf, r.moved)
			b.seal()
			t.add(r, []*batch{b})
			clear(r.moved)
			r.wake()
		}
		r.log.mu.Unlock()
	}
}

// appendPlaces appends a position message: of the keys given, or of all (nil).
func (r *room) appendPlaces(b []byte, keys map[string]struct{}) []byte {
	b = append(b, `{"address":`...)
	b = appendString(b, r.address)
	b = append(b, `,"event":`...)
	b = appendString(b, r.log.hub.opt.PlaceEvent)
	b = append(b, `,"data":[`...)
	start := len(b)
	one := func(p Place) {
		if len(b) > start {
			b = append(b, ',')
		}
		b = append(b, p.Data...)
	}
	if keys == nil {
		for _, p := range r.places {
			one(p)
		}
	} else {
		for key := range keys {
			one(r.places[key])
		}
	}
	return append(b, `]}`...)
}

// sendPlaces queues the last places of the room, if it has any. The log's mutex
// is held.
func (s *sub) sendPlaces() {
	f, ok := s.room.lastPlaces(s)
	if !ok {
		return
	}
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	if s.live && !s.stale {
		s.c.enqueue(f)
		s.c.flushNow()
	}
}

// lastPlaces is a frame of all last places.
func (r *room) lastPlaces(s *sub) (frame, bool) {
	if len(r.places) == 0 {
		return frame{}, false
	}
	b := r.appendPlaces(textBuffer(128*len(r.places)), nil)
	return frame{a: sealText(b), sub: s, messages: 1, class: classPlaces}, true
}
