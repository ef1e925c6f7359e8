package api

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// The relay turns entries of a center's log into changes of rooms: who may see
// what, and how much of it. It is a pure function of an entry, so that every
// node derives the same rooms and the same numbers from the same log. What
// depends on a clock or a setting (window, duty, assign mode) is decided where
// a subscription is answered or revoked, never here.

// The namespaces of section 5 of the contract.
const (
	nsDelivery = "delivery"
	nsOrder    = "order"
	nsRider    = "rider"
	nsMine     = "mine"
	nsOffer    = "offer"
	nsChat     = "chat"
	nsUser     = "user"
	nsMonitor  = "monitor"
	nsAsk      = "ask"
	nsChatRead = "chat-read" // volatile: how far people have read a center's chat
)

// monitorAddress is where node and room figures go each second.
const monitorAddress = nsMonitor + "/cluster"

// The events that are no step of a record.
const (
	eventChatMessage   = "chat:message"
	eventChatRemoved   = "chat:removed"
	eventChatRead      = "chat:read"
	eventRiderPosition = "rider:position"
	eventLateDeliver   = "notice:late_deliver"
	eventDuty          = "notice:duty"
	eventNoRider       = "notice:no_rider"
)

const (
	// chatSnapshot is how many messages a chat room opens with, and chatKept how
	// many are loaded, so that a resume reaches further back.
	chatSnapshot = 200
	chatKept     = 5 * chatSnapshot
)

// chatLog is the name of a center's chat log. Its records' log is named by the
// center's id alone, which holds no colon.
func chatLog(centerID string) string { return nsChat + ":" + centerID }

// address makes "namespace/room".
func address(namespace, room string) string { return namespace + "/" + room }

// view is what one log entry does to one room.
type view struct {
	address string
	remove  bool // the record leaves the room
	masked  bool // the room's people see the record through the mask
}

// viewsOf says which rooms an entry touches. It looks at the outline alone.
func viewsOf(e *domain.LogEntry) []view {
	switch e.Kind {
	case domain.KindOrder:
		return []view{{address: address(nsOrder, e.CenterID)}}
	case domain.KindRider:
		return []view{{address: address(nsRider, e.CenterID)}}
	case domain.KindDelivery:
		return deliveryViews(e)
	case domain.KindOffer: // the rider's room shows what it is asked just now
		return []view{{address: address(nsAsk, e.After.RiderID), remove: e.After.Status != string(domain.OfferOpen)}}
	}
	return nil // a center's own settings belong to no room
}

func deliveryViews(e *domain.LogEntry) []view {
	views := make([]view, 0, 4)
	views = append(views, view{address: address(nsDelivery, e.CenterID)})
	// A finished delivery keeps its rider, and so stays in the rider's room
	// until the window takes it; one that was taken away leaves at once.
	if e.After.RiderID != "" {
		views = append(views, view{address: address(nsMine, e.After.RiderID)})
	}
	if e.Before.RiderID != "" && e.Before.RiderID != e.After.RiderID {
		views = append(views, view{address: address(nsMine, e.Before.RiderID), remove: true})
	}
	// Whether anybody may look at the offers just now is not asked here: the
	// room's numbers must not depend on duty or assign mode.
	switch waiting := string(domain.Waiting); {
	case e.After.Status == waiting:
		views = append(views, view{address: address(nsOffer, e.CenterID), masked: true})
	case e.Before.Status == waiting:
		views = append(views, view{address: address(nsOffer, e.CenterID), remove: true})
	}
	return views
}

// relay is the changes that an entry with its data makes to rooms. All rooms
// that show the whole record share the log's own bytes.
func relay(e *domain.LogEntry) ([]realtime.Change, error) {
	views := viewsOf(e)
	changes := make([]realtime.Change, 0, len(views))
	for _, v := range views {
		c := realtime.Change{Address: v.address, Event: e.Event, Key: e.Key, Finished: e.FinishedAt.Time}
		if !v.remove {
			data := e.Data
			if v.masked {
				var err error
				if data, err = maskDelivery(e.Data); err != nil {
					return nil, fmt.Errorf("relay of %s/%d: %w", e.CenterID, e.Seq, err)
				}
			}
			if len(data) == 0 {
				return nil, fmt.Errorf("relay of %s/%d: entry without data", e.CenterID, e.Seq)
			}
			c.Data = data
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// maskDelivery is a delivery's JSON as a rider sees it who is not on it.
func maskDelivery(data []byte) ([]byte, error) {
	var d domain.Delivery
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("mask: %w", err)
	}
	return encodeMasked(&d)
}

func encodeMasked(d *domain.Delivery) ([]byte, error) {
	masked := d.Masked()
	return json.Marshal(masked)
}

// relayChat is an entry of a chat log as a change of its room: a message, or that
// one is gone. A message that a later entry has taken away leaves the room at its
// own number too, if a node comes by it only now: the numbers are the same to all.
func relayChat(m *domain.ChatMessage) (realtime.Change, error) {
	c := realtime.Change{Address: address(nsChat, m.CenterID), Event: eventChatRemoved, Key: m.ID}
	switch {
	case m.About != "":
		c.Key = m.About
		return c, nil
	case m.Gone():
		return c, nil
	}
	data, err := json.Marshal(m)
	if err != nil {
		return realtime.Change{}, fmt.Errorf("relay of chat %s/%d: %w", m.CenterID, m.Seq, err)
	}
	c.Event, c.Data = eventChatMessage, data
	return c, nil
}

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
		places, err := placesOf(st.Positions)
		if err != nil {
			return realtime.LogState{}, err
		}
		out.Places = map[string][]realtime.Place{address(nsRider, st.Center.ID): places}
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
	for _, v := range viewsOf(e) {
		it := realtime.Item{Address: v.address, Key: e.Key, Seq: e.Seq, Event: e.Event, Finished: e.FinishedAt.Time}
		if !v.remove {
			// A record that was not loaded is out of the window: Data stays nil.
			if r := b.records[recordKey{e.Kind, e.Key}]; r != nil {
				it.Data = r.full
				if v.masked {
					it.Data = b.mask(r)
				}
			}
		}
		k := itemKey(v.address, e.Key)
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
	st := realtime.LogState{Epoch: epoch, Seq: seq, Floor: seq, Newest: chatSnapshot}
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

// place is the live form of a rider's newest fix.
type place struct {
	RiderID string      `json:"riderId"`
	Lat     float64     `json:"lat"`
	Lng     float64     `json:"lng"`
	Heading *float64    `json:"heading,omitempty"`
	Speed   *float64    `json:"speed,omitempty"`
	At      domain.Time `json:"at"`
}

// placesOf encodes fixes, one for each rider, for the hub.
func placesOf(fixes []domain.Position) ([]realtime.Place, error) {
	places := make([]realtime.Place, 0, len(fixes))
	for _, f := range fixes {
		data, err := json.Marshal(place{f.RiderID, f.Lat, f.Lng, f.Heading, f.Speed, f.At})
		if err != nil {
			return nil, fmt.Errorf("encode place of %s: %w", f.RiderID, err)
		}
		places = append(places, realtime.Place{Key: f.RiderID, At: f.At.UnixMilli(), Data: data})
	}
	return places, nil
}
