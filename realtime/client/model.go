package client

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"time"
)

// Room is a copy of what the client knows of an address.
type Room struct {
	Address  string
	Epoch    string
	Seq      int64 // all up to it has been seen
	Synced   bool  // a reply has been taken; before that Records say nothing
	Volatile bool
	Window   time.Duration
	Records  map[string]json.RawMessage
	Places   map[string]json.RawMessage // rider → newest position
	Changes  int64                      // grows with every change of Records
	Err      error                      // ErrRevoked or a *Refusal: nothing more comes
}

// Room copies an address's model; what has left the window by now is not in it.
// An address that is not subscribed gives a zero Room.
func (c *Client) Room(address string) Room {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.rooms[address]
	if r == nil {
		return Room{Address: address}
	}
	r.evict(time.Now().Add(c.offset))
	v := Room{
		Address: address, Epoch: r.epoch, Seq: r.last, Synced: r.synced, Volatile: r.volatile,
		Window: r.window, Changes: r.changes, Err: r.closed,
		Records: make(map[string]json.RawMessage, len(r.records)),
		Places:  make(map[string]json.RawMessage, len(r.places)),
	}
	for k, rec := range r.records {
		v.Records[k] = rec.data
	}
	for k, p := range r.places {
		v.Places[k] = p.data
	}
	return v
}

// ServerNow is the server's time as its last frame with a clock lets us guess.
func (c *Client) ServerNow() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.offset)
}

// Difference is one key on which a model and a list do not agree.
type Difference struct {
	Key   string
	Model json.RawMessage // nil: the model lacks it
	Want  json.RawMessage // nil: only the model has it
}

// Kind says the difference in a word.
func (d Difference) Kind() string {
	switch {
	case d.Model == nil:
		return "missing"
	case d.Want == nil:
		return "extra"
	}
	return "different"
}

// Compare says where model and want differ as JSON values, by key, sorted;
// top-level fields named in ignore are not looked at.
func Compare(model, want map[string]json.RawMessage, ignore ...string) []Difference {
	keys := slices.Collect(maps.Keys(want))
	for k := range model {
		if _, ok := want[k]; !ok {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	var out []Difference
	for _, k := range keys {
		m, inModel := model[k]
		w, inWant := want[k]
		if inModel && inWant && sameJSON(m, w, ignore) {
			continue
		}
		out = append(out, Difference{Key: k, Model: m, Want: w})
	}
	return out
}

// sameJSON compares two objects without regard to order and spacing.
func sameJSON(a, b json.RawMessage, ignore []string) bool {
	if bytes.Equal(a, b) {
		return true
	}
	var x, y any
	if decodeNumbers(a, &x) != nil || decodeNumbers(b, &y) != nil {
		return false
	}
	for _, v := range []any{x, y} {
		if obj, ok := v.(map[string]any); ok {
			for _, f := range ignore {
				delete(obj, f)
			}
		}
	}
	return reflect.DeepEqual(x, y)
}

func decodeNumbers(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return d.Decode(v)
}
