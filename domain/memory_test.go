package domain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// memory is the smallest thing that is a Tx: maps, a log, and a rollback.
type memory struct {
	centers    map[string]Center
	shops      map[string]Shop
	riders     map[string]Rider
	users      map[string]User
	hashes     map[string]string
	keys       map[string]APIKey
	orders     map[string]Order
	deliveries map[string]Delivery
	photos     map[string]Photo
	offers     map[string]Offer
	zones      map[string]DeliveryZone
	numbers    map[string]int
	seq        map[string]int64
	log        []LogEntry
	chat       []ChatMessage
	cash       []settled
	pushes     map[string]PushSubscription
	ended      []string // users whose sessions were ended
	hooks      map[string]Webhook
	audit      []AuditEntry
	appends    int // of the transaction under way
}

func newMemory() *memory {
	return &memory{
		centers: map[string]Center{}, shops: map[string]Shop{}, riders: map[string]Rider{},
		users: map[string]User{}, hashes: map[string]string{}, keys: map[string]APIKey{},
		orders: map[string]Order{}, deliveries: map[string]Delivery{}, photos: map[string]Photo{}, offers: map[string]Offer{}, zones: map[string]DeliveryZone{},
		numbers: map[string]int{}, seq: map[string]int64{}, pushes: map[string]PushSubscription{}, hooks: map[string]Webhook{},
	}
}

func (m *memory) clone() *memory {
	c := *m
	c.centers, c.shops, c.riders = maps.Clone(m.centers), maps.Clone(m.shops), maps.Clone(m.riders)
	c.users, c.hashes, c.keys = maps.Clone(m.users), maps.Clone(m.hashes), maps.Clone(m.keys)
	c.orders, c.deliveries, c.photos = maps.Clone(m.orders), maps.Clone(m.deliveries), maps.Clone(m.photos)
	c.numbers, c.seq = maps.Clone(m.numbers), maps.Clone(m.seq)
	c.pushes, c.offers = maps.Clone(m.pushes), maps.Clone(m.offers)
	c.hooks, c.audit = maps.Clone(m.hooks), slices.Clone(m.audit)
	c.zones = maps.Clone(m.zones)
	c.cash = slices.Clone(m.cash)
	c.log, c.chat, c.ended = slices.Clone(m.log), slices.Clone(m.chat), slices.Clone(m.ended)
	return &c
}

// write runs fn as a transaction: what fails leaves nothing behind, save a
// refusal that asks to be committed.
func (m *memory) write(fn func(tx Tx) error) error {
	before := m.clone()
	m.appends = 0
	err := fn(m)
	var e *Error
	if err != nil && (!errors.As(err, &e) || !e.Commit) {
		before.appends = m.appends
		*m = *before
	}
	if m.appends > 1 {
		return fmt.Errorf("a use case appended %d times", m.appends)
	}
	return err
}

func find[T any](from map[string]T, kind, id string) (*T, error) {
	v, ok := from[id]
	if !ok {
		return nil, NotFound(kind)
	}
	return deep(v), nil
}

// deep copies a record by way of its wire form, as a database would.
func deep[T any](v T) *T {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var c T
	if err := json.Unmarshal(b, &c); err != nil {
		panic(err)
	}
	if o, ok := any(&c).(*Order); ok { // what a row has and the wire has not
		o.KeyID = any(v).(Order).KeyID
	}
	return &c
}

func (m *memory) FindCenter(_ context.Context, id string) (*Center, error) {
	return find(m.centers, "center", id)
}

func (m *memory) CreateCenter(_ context.Context, c *Center) error {
	for _, o := range m.centers {
		if o.Code == c.Code {
			return Errorf(CodeConflict, "code taken")
		}
	}
	m.centers[c.ID] = *deep(*c)
	return nil
}

func (m *memory) FindShop(_ context.Context, id string) (*Shop, error) {
	return find(m.shops, "shop", id)
}

func (m *memory) CreateShop(_ context.Context, s *Shop) error { m.shops[s.ID] = *s; return nil }

func (m *memory) UpdateShop(_ context.Context, s *Shop, prev int64) error {
	if m.shops[s.ID].Version != prev {
		return errors.New("lost update of a shop")
	}
	m.shops[s.ID] = *s
	return nil
}

func (m *memory) FindZone(_ context.Context, id string) (*DeliveryZone, error) {
	return find(m.zones, "zone", id)
}

func (m *memory) CreateZone(_ context.Context, z *DeliveryZone) error {
	m.zones[z.ID] = *deep(*z)
	return nil
}

func (m *memory) UpdateZone(_ context.Context, z *DeliveryZone, prev int64) error {
	if m.zones[z.ID].Version != prev {
		return errors.New("lost update of a zone")
	}
	m.zones[z.ID] = *deep(*z)
	return nil
}

func (m *memory) DeleteZone(_ context.Context, z *DeliveryZone) error {
	delete(m.zones, z.ID)
	return nil
}

func (m *memory) ZonesOf(_ context.Context, centerID string) (*ZoneSet, error) {
	var own []DeliveryZone
	for _, z := range m.zones {
		if z.CenterID == centerID {
			own = append(own, *deep(z))
		}
	}
	return NewZoneSet(own), nil
}

func (m *memory) FindRider(_ context.Context, id string) (*Rider, error) {
	return find(m.riders, "rider", id)
}

func (m *memory) OpenDeliveries(_ context.Context, riderID string) (int, error) {
	n := 0
	for _, d := range m.deliveries {
		if d.RiderID == riderID && d.Status.InHand() {
			n++
		}
	}
	return n, nil
}

func (m *memory) FindUser(_ context.Context, id string) (*User, error) {
	return find(m.users, "user", id)
}

func (m *memory) FindRiderUser(_ context.Context, riderID string) (*User, error) {
	for _, u := range m.users {
		if u.RiderID == riderID && riderID != "" {
			return deep(u), nil
		}
	}
	return nil, NotFound("user")
}

func (m *memory) loginTaken(u *User) error {
	for _, o := range m.users {
		if o.Login == u.Login && o.ID != u.ID {
			return Errorf(CodeConflict, "login taken")
		}
	}
	return nil
}

func (m *memory) CreateUser(_ context.Context, u *User, hash string) error {
	if err := m.loginTaken(u); err != nil {
		return err
	}
	m.users[u.ID], m.hashes[u.ID] = *deep(*u), hash
	return nil
}

func (m *memory) UpdateUser(_ context.Context, u *User, hash string, prev int64) error {
	if m.users[u.ID].Version != prev {
		return errors.New("lost update of a user")
	}
	if err := m.loginTaken(u); err != nil {
		return err
	}
	m.users[u.ID] = *deep(*u)
	if hash != "" {
		m.hashes[u.ID] = hash
	}
	return nil
}

func (m *memory) DeleteUser(_ context.Context, id string) error { delete(m.users, id); return nil }

func (m *memory) FindKey(_ context.Context, id string) (*APIKey, error) {
	return find(m.keys, "key", id)
}

func (m *memory) CreateKey(_ context.Context, k *APIKey, _ string) error {
	m.keys[k.ID] = *deep(*k)
	return nil
}

func (m *memory) UpdateKey(_ context.Context, k *APIKey, prev int64) error {
	if m.keys[k.ID].Version != prev {
		return errors.New("lost update of a key")
	}
	m.keys[k.ID] = *deep(*k)
	return nil
}

func (m *memory) DeleteKey(_ context.Context, id string) error { delete(m.keys, id); return nil }

func (m *memory) HoldStaff(context.Context) error { return nil }

func (m *memory) EndSessions(_ context.Context, id string) error {
	m.ended = append(m.ended, id)
	return nil
}

func (m *memory) FindOrder(_ context.Context, id string) (*Order, error) {
	return find(m.orders, "order", id)
}

func (m *memory) FindOrderByExternal(_ context.Context, centerID, channel, externalID, keyID string) (*Order, error) {
	for _, o := range m.orders {
		if o.KeyID == keyID && o.CenterID == centerID && o.Channel == channel && o.ExternalID == externalID {
			return deep(o), nil
		}
	}
	return nil, NotFound("order")
}

func (m *memory) FindDelivery(_ context.Context, id string) (*Delivery, error) {
	return find(m.deliveries, "delivery", id)
}

func (m *memory) HadDelivery(_ context.Context, deliveryID, riderID string) (bool, error) {
	return slices.ContainsFunc(m.log, func(e LogEntry) bool {
		return e.Key == deliveryID && e.After.RiderID == riderID && e.Event != EventDeliveryLateDeliver
	}), nil
}

func (m *memory) HasLateDeliver(_ context.Context, deliveryID, riderID string) (bool, error) {
	user, err := m.FindRiderUser(context.Background(), riderID)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(m.log, func(e LogEntry) bool {
		return e.Key == deliveryID && e.Event == EventDeliveryLateDeliver && e.Actor.ID == user.ID
	}), nil
}

func (m *memory) HasStep(_ context.Context, deliveryID, event, userID string, deviceAt Time) (bool, error) {
	return slices.ContainsFunc(m.log, func(e LogEntry) bool {
		return e.Key == deliveryID && e.Event == event && e.Actor.ID == userID && e.DeviceAt.Equal(deviceAt.Time)
	}), nil
}

func (m *memory) FindOffer(_ context.Context, id string) (*Offer, error) {
	return find(m.offers, "offer", id)
}

func (m *memory) OpenOfferOf(_ context.Context, riderID string) (*Offer, error) {
	for _, o := range m.offers {
		if o.RiderID == riderID && o.Status == OfferOpen {
			return deep(o), nil
		}
	}
	return nil, nil
}

func (m *memory) LastOffers(_ context.Context, riderID string, limit int) ([]Offer, error) {
	var out []Offer
	for _, o := range m.offers {
		if o.RiderID == riderID && o.Status != OfferOpen {
			out = append(out, *deep(o))
		}
	}
	slices.SortFunc(out, func(a, b Offer) int { return b.MadeAt.Compare(a.MadeAt.Time) })
	return out[:min(len(out), limit)], nil
}

func (m *memory) FindPhoto(_ context.Context, id string) (*Photo, error) {
	return find(m.photos, "photo", id)
}

func (m *memory) CountPhotos(_ context.Context, deliveryID string) (n int, _ error) {
	for _, p := range m.photos {
		if p.DeliveryID == deliveryID {
			n++
		}
	}
	return n, nil
}

func (m *memory) CountPushes(_ context.Context, userID, except string) (n int, _ error) {
	for _, p := range m.pushes {
		if p.UserID == userID && p.ID != except {
			n++
		}
	}
	return n, nil
}

func (m *memory) SavePush(_ context.Context, s *PushSubscription) error {
	m.pushes[s.ID] = *s
	return nil
}

func (m *memory) DeletePush(_ context.Context, id, userID string) error {
	if m.pushes[id].UserID != userID {
		return NotFound("subscription")
	}
	delete(m.pushes, id)
	return nil
}

func (m *memory) CreatePhoto(_ context.Context, p *Photo) error { m.photos[p.ID] = *p; return nil }

func (m *memory) AppendChat(_ context.Context, c *ChatMessage) error {
	if c.To == "" {
		c.Seq = int64(len(m.chat) + 1)
	}
	m.chat = append(m.chat, *c)
	return nil
}

func (m *memory) FindChat(_ context.Context, id string) (*ChatMessage, error) {
	for _, c := range m.chat {
		if c.ID == id && c.About == "" {
			return &c, nil
		}
	}
	return nil, NotFound("message")
}

func (m *memory) RemoveChat(ctx context.Context, entry *ChatMessage) error {
	for i := range m.chat {
		if m.chat[i].ID == entry.About {
			m.chat[i].Text = ""
		}
	}
	return m.AppendChat(ctx, entry)
}

func (m *memory) FindAnswer(context.Context, string, string) (*Answer, error) { return nil, nil }
func (m *memory) SaveAnswer(context.Context, string, string, Answer) error    { return nil }
func (m *memory) NextNumber(_ context.Context, center, day string) (int, error) {
	m.numbers[center+day]++
	return m.numbers[center+day], nil
}

func (m *memory) NumberInUse(_ context.Context, center, number string, before Time) (bool, error) {
	for _, o := range m.orders {
		if o.CenterID == center && o.Number == number && o.FinishedAt.IsZero() && o.CreatedAt.Before(before.Time) {
			return true, nil
		}
	}
	for _, d := range m.deliveries {
		if d.CenterID == center && d.Number == number && d.FinishedAt.IsZero() && d.CreatedAt.Before(before.Time) {
			return true, nil
		}
	}
	return false, nil
}

func (m *memory) Append(_ context.Context, a Actor, centerID string, at Time, changes ...*Change) error {
	m.appends++
	if len(changes) == 0 {
		return errors.New("an append of nothing")
	}
	for _, c := range changes {
		m.seq[centerID]++
		is, there := m.versionOf(c.Record)
		if prev := c.Stamp(m.seq[centerID], at); prev != is || there != (prev != 0) && c.Record.RecordKind() != KindCenter {
			return fmt.Errorf("%s %s was at %d, changed from %d", c.Record.RecordKind(), c.Record.RecordKey(), is, prev)
		}
		data, err := json.Marshal(c.Record)
		if err != nil {
			return err
		}
		m.audit = append(m.audit, AuditOfChange(a, centerID, at, c))
		m.log = append(m.log, LogEntry{
			CenterID: centerID, Seq: m.seq[centerID], Kind: c.Record.RecordKind(), Key: c.Record.RecordKey(),
			Event: c.Event, At: at, Actor: a.Person(), Before: c.Before, After: StateOf(c.Record),
			FinishedAt: FinishedAtOf(c.Record), Reason: c.Reason, DeviceAt: c.DeviceAt, Data: data,
		})
		switch r := c.Record.(type) {
		case *Order:
			m.orders[r.ID] = *deep(*r)
		case *Delivery:
			m.deliveries[r.ID] = *deep(*r)
		case *Rider:
			m.riders[r.ID] = *deep(*r)
		case *Offer:
			m.offers[r.ID] = *deep(*r)
		case *Center:
			m.centers[r.ID] = *deep(*r)
		}
	}
	return nil
}

func (m *memory) versionOf(r Record) (version int64, there bool) {
	switch r := r.(type) {
	case *Order:
		o, ok := m.orders[r.ID]
		return o.Version, ok
	case *Delivery:
		d, ok := m.deliveries[r.ID]
		return d.Version, ok
	case *Rider:
		d, ok := m.riders[r.ID]
		return d.Version, ok
	case *Offer:
		o, ok := m.offers[r.ID]
		return o.Version, ok
	case *Center:
		c, ok := m.centers[r.ID]
		return c.Version, ok
	}
	return 0, false
}

func (m *memory) FindWebhook(_ context.Context, id string) (*Webhook, error) {
	h, ok := m.hooks[id]
	if !ok {
		return nil, NotFound("webhook")
	}
	return &h, nil
}

func (m *memory) WebhooksOf(_ context.Context, ownerID string) (out []Webhook, _ error) {
	for _, h := range m.hooks {
		if h.OwnerID == ownerID {
			out = append(out, h)
		}
	}
	return out, nil
}

func (m *memory) CountWebhooks(context.Context) (int, error) { return len(m.hooks), nil }

func (m *memory) CreateWebhook(_ context.Context, h *Webhook) error { m.hooks[h.ID] = *h; return nil }

func (m *memory) UpdateWebhook(_ context.Context, h *Webhook, prev int64) error {
	if m.hooks[h.ID].Version != prev {
		return errors.New("lost update of a webhook")
	}
	m.hooks[h.ID] = *h
	return nil
}

func (m *memory) DeleteWebhook(_ context.Context, id string) error { delete(m.hooks, id); return nil }

func (m *memory) ReplayDead(_ context.Context, _ string, ids []string, _, _ Time) (int, error) {
	return len(ids), nil
}

func (m *memory) Audit(_ context.Context, entries ...AuditEntry) error {
	m.audit = append(m.audit, entries...)
	return nil
}
