package feed

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// recordKey names a record among those of one center.
type recordKey struct {
	kind domain.Kind
	key  string
}

// loaded is a record of a CenterState, encoded at most once each way.
type loaded struct {
	outline domain.LogEntry // as if its newest entry were in the log
	full    []byte
	masked  []byte
}

// logState is what the hub holds of a center's log: every kept entry goes
// through the relay's own rule, the newest word about each key of each room
// wins, and the records themselves fill in what is shown. A key whose newest
// word was "upsert" shows the record as it stands, for an entry that concerns
// a room's key always either puts it there or takes it away.
func logState(st *domain.CenterState) (realtime.LogState, error) {
	records, err := recordsOf(st)
	if err != nil {
		return realtime.LogState{}, err
	}
	b := stateBuilder{records: records, newest: make(map[string]int)}
	// Records whose last change is older than the kept log come first.
	for _, r := range records {
		if r.outline.Seq <= st.Floor {
			b.add(&r.outline)
		}
	}
	slices.SortFunc(b.items, func(x, y realtime.Item) int { return int(x.Seq - y.Seq) })
	for i := range b.items {
		b.newest[itemKey(b.items[i].Address, b.items[i].Key)] = i
	}
	for i := range st.Outline {
		b.add(&st.Outline[i])
	}
	slices.SortStableFunc(b.items, func(x, y realtime.Item) int { return int(x.Seq - y.Seq) })
	out := realtime.LogState{Epoch: st.Epoch, Seq: st.Head.Seq, Floor: st.Floor, Items: b.items}
	if len(st.Positions) > 0 {
		places, err := Places(st.Positions)
		if err != nil {
			return realtime.LogState{}, err
		}
		out.Places = map[string][]realtime.Place{domain.Address(domain.NamespaceRider, st.Center.ID): places}
	}
	return out, b.err
}

// stateBuilder keeps the newest item of each key of each room.
type stateBuilder struct {
	records map[recordKey]*loaded
	items   []realtime.Item
	newest  map[string]int // itemKey → index of items
	err     error
}

func itemKey(address, key string) string { return address + " " + key }

func (b *stateBuilder) add(e *domain.LogEntry) {
	for _, v := range ViewsOf(e) {
		it := realtime.Item{Address: v.Address, Key: e.Key, Seq: e.Seq, Event: e.Event, Finished: e.FinishedAt.Time}
		if !v.Remove {
			// A record that was not loaded is out of the window: Data stays nil.
			if r := b.records[recordKey{e.Kind, e.Key}]; r != nil {
				it.Data = r.full
				if v.Masked {
					it.Data = b.mask(r)
				}
			}
		}
		k := itemKey(v.Address, e.Key)
		if i, ok := b.newest[k]; ok {
			b.items[i] = it
			continue
		}
		b.newest[k] = len(b.items)
		b.items = append(b.items, it)
	}
}

func (b *stateBuilder) mask(r *loaded) []byte {
	if r.masked == nil {
		data, err := maskDelivery(r.full)
		if err != nil && b.err == nil {
			b.err = err
		}
		r.masked = data
	}
	return r.masked
}

// recordsOf encodes the records of a state, each once.
func recordsOf(st *domain.CenterState) (map[recordKey]*loaded, error) {
	out := make(map[recordKey]*loaded, len(st.Orders)+len(st.Deliveries)+len(st.Riders))
	put := func(r domain.Record, version int64, event string) error {
		data, err := json.Marshal(r)
		if err != nil {
			return fmt.Errorf("encode %s %s: %w", r.RecordKind(), r.RecordKey(), err)
		}
		out[recordKey{r.RecordKind(), r.RecordKey()}] = &loaded{full: data, outline: domain.LogEntry{
			CenterID: st.Center.ID, Seq: version, Kind: r.RecordKind(), Key: r.RecordKey(), Event: event,
			After: domain.StateOf(r), FinishedAt: domain.FinishedAtOf(r),
		}}
		return nil
	}
	for i := range st.Orders {
		if err := put(&st.Orders[i], st.Orders[i].Version, domain.EventOrderChanged); err != nil {
			return nil, err
		}
	}
	for i := range st.Deliveries {
		if err := put(&st.Deliveries[i], st.Deliveries[i].Version, domain.EventDeliveryChanged); err != nil {
			return nil, err
		}
	}
	for i := range st.Offers {
		if err := put(&st.Offers[i], st.Offers[i].Version, domain.EventOfferMade); err != nil {
			return nil, err
		}
	}
	for i := range st.Riders {
		if err := put(&st.Riders[i], st.Riders[i].Version, domain.EventRiderChanged); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// chatState is what the hub holds of a center's chat log, given its newest
// entries, oldest first. What came before them is below the floor.
func chatState(epoch string, seq int64, messages []domain.ChatMessage) (realtime.LogState, error) {
	st := realtime.LogState{Epoch: epoch, Seq: seq, Floor: seq, Newest: ChatSnapshot}
	removed := map[string]bool{}
	for i := range messages {
		removed[messages[i].About] = true
	}
	for i := range messages {
		m := &messages[i]
		if removed[m.ID] {
			continue // a newer item says so
		}
		c, err := relayChat(m)
		if err != nil {
			return realtime.LogState{}, err
		}
		st.Items = append(st.Items, realtime.Item{Address: c.Address, Key: c.Key, Seq: m.Seq, Event: c.Event, Data: c.Data})
	}
	if len(messages) > 0 {
		st.Floor = messages[0].Seq - 1
	}
	return st, nil
}
