package client

import (
	"encoding/json"
	"time"
)

// record is one entry of a room's model.
type record struct {
	data     json.RawMessage
	finished time.Time
}

// room is what the client knows of one address: the client rule and nothing
// else. It does no I/O and knows no clock.
type room struct {
	address  string
	epoch    string
	last     int64
	known    bool // a reply has been taken and since can be given
	synced   bool // a reply has been taken at least once: records mean something
	volatile bool
	window   time.Duration // 0: records never leave by age
	records  map[string]record
	places   map[string]place // rider → newest position

	want    bool  // to be subscribed as soon as possible
	asked   int64 // id of the subscribe under way; 0: none
	askedAt time.Time
	parts   *message // a snapshot whose last part has not come

	closed  error // revoked or refused: nothing more until the caller asks again
	gap     bool  // something was missed and has not been repaired yet
	changes int64 // how often the model changed
}

// place is one rider's newest position.
type place struct {
	at   time.Time
	data json.RawMessage
}

// verdict is what the client rule says of a message.
type verdict int

const (
	drop verdict = iota
	apply
	missed
)

// judge is the client rule.
func (r *room) judge(prev, seq int64) verdict {
	switch {
	case seq <= r.last:
		return drop
	case prev <= r.last:
		return apply
	default:
		return missed
	}
}

// live takes a sequenced message.
func (r *room) live(m *message) verdict {
	if !r.known || r.closed != nil {
		return drop // a reply that will hold all of this is still to come
	}
	v := r.judge(m.Prev, *m.Seq)
	switch v {
	case apply:
		r.put(change{Seq: *m.Seq, Key: m.Key, Op: m.Op, Data: m.Data})
		r.last = *m.Seq
	case missed:
		r.ask()
	}
	return v
}

// head takes a head; other reports another epoch.
func (r *room) head(h head) (v verdict, other bool) {
	if !r.known || r.closed != nil {
		return drop, false
	}
	if h.Epoch != r.epoch {
		r.forget()
		return missed, true
	}
	v = r.judge(h.Prev, h.Seq)
	switch v {
	case apply:
		r.last = h.Seq
	case missed:
		r.ask()
	}
	return v, false
}

// ask wants a new reply unless one is under way already.
func (r *room) ask() {
	if r.asked == 0 {
		r.want = true
	}
}

// again wants a new reply whatever is under way: the server has thrown away
// what it had for us, perhaps the reply too.
func (r *room) again() {
	r.asked, r.parts, r.want = 0, nil, true
}

// forget gives up the place in the log; the records stay until a snapshot
// replaces them.
func (r *room) forget() {
	r.known, r.epoch, r.last = false, "", 0
	r.again()
}

// lost is a connection that ended: what was under way will not come.
func (r *room) lost() {
	if r.closed == nil {
		r.again()
	}
}

// close ends the room: its records are no longer ours to see.
func (r *room) close(why error) {
	*r = room{address: r.address, closed: why, records: map[string]record{}, places: map[string]place{}, changes: r.changes + 1}
}

// since is the place to go on from; nil on first sight.
func (r *room) since() *since {
	if !r.known || r.volatile {
		return nil
	}
	return &since{Epoch: r.epoch, Seq: r.last}
}

// reply takes a whole reply or a part of one. It reports whether the room is
// now up to date, and the events to tell the caller of.
func (r *room) reply(m *message) (done bool, events []change) {
	if m.Part > 0 {
		if m = r.assemble(m); m == nil {
			return false, nil
		}
	}
	r.asked, r.parts = 0, nil
	seq := int64(0)
	if m.Seq != nil {
		seq = *m.Seq
	}
	switch m.Mode {
	case "snapshot":
		r.window = time.Duration(m.WindowSec) * time.Second
		r.records = make(map[string]record, len(m.Records))
		for _, data := range m.Records {
			k := marksOf(data)
			r.records[k.ID] = record{data: data, finished: k.FinishedAt}
		}
	case "resume":
		if !r.known || m.Epoch != r.epoch {
			r.forget() // a resume of a history that we do not have: start over
			return false, nil
		}
		for _, e := range m.Events {
			r.put(e)
		}
		events = m.Events
	default:
		r.forget()
		return false, nil
	}
	r.epoch, r.last, r.volatile = m.Epoch, seq, m.Volatile
	r.known, r.synced, r.want, r.gap = true, true, false, false
	r.changes++
	return true, events
}

// assemble collects the parts of a reply; nil until the last has come, or when
// one is missing (then the room is asked for again).
func (r *room) assemble(m *message) *message {
	if m.Part == 1 {
		r.parts = m
	} else {
		p := r.parts
		if p == nil || m.Part != p.Part+1 || m.ID != p.ID || m.Epoch != p.Epoch {
			r.again()
			return nil
		}
		p.Part, p.More = m.Part, m.More
		p.Records = append(p.Records, m.Records...)
		p.Events = append(p.Events, m.Events...)
	}
	if r.parts.More {
		return nil
	}
	return r.parts
}

// put changes one key.
func (r *room) put(e change) {
	r.changes++
	if e.Op == "remove" || e.Data == nil {
		delete(r.records, e.Key)
		return
	}
	r.records[e.Key] = record{data: e.Data, finished: marksOf(e.Data).FinishedAt}
}

// evict drops what has left the window.
func (r *room) evict(now time.Time) {
	if r.window <= 0 {
		return
	}
	for k, rec := range r.records {
		if !rec.finished.IsZero() && now.Sub(rec.finished) > r.window {
			delete(r.records, k)
		}
	}
}

// moved takes a batch of positions: the newest of each rider stays.
func (r *room) moved(data json.RawMessage) {
	var fixes []json.RawMessage
	if json.Unmarshal(data, &fixes) != nil {
		return
	}
	for _, f := range fixes {
		var p struct {
			RiderID string    `json:"riderId"`
			At      time.Time `json:"at"`
		}
		if json.Unmarshal(f, &p) != nil || p.RiderID == "" {
			continue
		}
		if old, ok := r.places[p.RiderID]; !ok || !p.At.Before(old.at) {
			r.places[p.RiderID] = place{at: p.At, data: f}
		}
	}
}
