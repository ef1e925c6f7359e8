package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime/client"
	"github.com/brosops/bros/store"
)

// findings are what is wrong after a run; none of them may be.
type findings struct {
	lost     []string      // acknowledged and not in the database
	holes    []string      // numbers that are missing in a log, or states that do not follow each other
	doubles  []string      // deliveries that were assigned twice, or assigned to nobody
	twins    []string      // orders that nobody was told of: a write that was done twice
	offers   []string      // offers that overlap or never end
	held     []string      // held deliveries that were given, or released early or twice
	late     time.Duration // the worst from the time of a pre-order to its release
	diverged []string      // clients that differ from the database
	failed   []string      // processes that did not end as they should
	other    []string
}

func (f *findings) count() int {
	return len(f.lost) + len(f.holes) + len(f.doubles) + len(f.twins) + len(f.offers) + len(f.held) + len(f.diverged) + len(f.failed) + len(f.other)
}

// check compares what was acknowledged and what the clients see with the
// database, which is read past the nodes.
func check(ctx context.Context, url string, w *world, l *ledger, a *audience) (*findings, error) {
	db, err := store.Open(ctx, store.Options{URL: url})
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }() // it only read
	f := &findings{doubles: l.doubles}
	epoch, heads, err := db.Heads(ctx, w.centerIDs())
	if err != nil {
		return nil, err
	}
	for _, s := range w.sites {
		if err := checkSite(ctx, db, s, l, f); err != nil {
			return nil, err
		}
	}
	for _, s := range w.sites {
		want, err := truthOf(ctx, db, s)
		if err != nil {
			return nil, err
		}
		for i, wt := range a.watchers {
			if w.sites[i%len(w.sites)] != s {
				continue
			}
			if wt.fatal != nil {
				f.diverged = append(f.diverged, fmt.Sprintf("client %d has given up: %v", i, wt.fatal))
				continue
			}
			for _, address := range wt.addresses {
				if err := wt.compare(ctx, address, epoch, heads[s.center.ID], want[address]); err != nil {
					f.diverged = append(f.diverged, fmt.Sprintf("client %d, %s: %v", i, address, err))
				}
			}
		}
	}
	return f, nil
}

// checkSite looks for what was acknowledged in a center's log and beside it.
func checkSite(ctx context.Context, db *store.DB, s *site, l *ledger, f *findings) error {
	id := s.center.ID
	entries := map[int64]domain.LogEntry{}
	last := map[string]string{} // key → status
	day := newDayCheck(f)
	for after := int64(0); ; {
		page, err := db.LogAfter(ctx, id, after, 1000)
		if err != nil {
			return err
		}
		for _, e := range page {
			if e.Seq != after+1 {
				f.holes = append(f.holes, fmt.Sprintf("%s: %d follows %d", id, e.Seq, after))
			}
			after = e.Seq
			entries[e.Seq] = e
			if was, known := last[e.Key]; known && e.Kind != domain.KindRider && e.Kind != domain.KindCenter && e.Before.Status != was {
				f.holes = append(f.holes, fmt.Sprintf("%s: %s goes from %s and was %s", id, e.Key, e.Before.Status, was))
			}
			last[e.Key] = e.After.Status
			if err := day.entry(&e); err != nil {
				return err
			}
			if e.Kind == domain.KindOrder && e.Event == domain.EventOrderCreate && !l.orders[e.Key] {
				f.twins = append(f.twins, e.Key)
			}
		}
		if len(page) < 1000 {
			break
		}
	}
	day.end()
	for _, st := range l.states {
		if st.center != id {
			continue
		}
		e, ok := entries[st.version]
		if !ok || e.Key != st.key || e.After.Status != st.status {
			f.lost = append(f.lost, fmt.Sprintf("%s %s at %d: the log has %s %s", st.key, st.status, st.version, e.Key, e.After.Status))
		}
	}
	said := map[int64]string{}
	for after := int64(0); ; {
		page, err := db.ChatAfter(ctx, id, after, 1000)
		if err != nil {
			return err
		}
		for _, m := range page {
			if m.Seq != after+1 {
				f.holes = append(f.holes, fmt.Sprintf("chat of %s: %d follows %d", id, m.Seq, after))
			}
			after, said[m.Seq] = m.Seq, m.ID
		}
		if len(page) < 1000 {
			break
		}
	}
	for _, m := range l.messages {
		if m.CenterID == id && said[m.Seq] != m.ID {
			f.lost = append(f.lost, fmt.Sprintf("chat %d of %s", m.Seq, id))
		}
	}
	for _, r := range s.riders {
		stored := map[string]bool{}
		if err := db.Track(ctx, r.ID, time.Unix(0, 0), time.Now().Add(time.Hour), func(p domain.Position) error {
			stored[p.At.String()] = true
			return nil
		}); err != nil {
			return err
		}
		for _, at := range l.fixes[r.ID] {
			if !stored[at.String()] {
				f.lost = append(f.lost, fmt.Sprintf("place of %s at %s", r.ID, at))
			}
		}
	}
	return nil
}

// truthOf is what every room of a center has to show, by address and key.
func truthOf(ctx context.Context, db *store.DB, s *site) (map[string]map[string]json.RawMessage, error) {
	id := s.center.ID
	want := map[string]map[string]json.RawMessage{}
	put := func(address, key string, v any) error {
		if want[address] == nil {
			want[address] = map[string]json.RawMessage{}
		}
		raw, err := json.Marshal(v)
		want[address][key] = raw
		return err
	}
	mine := domain.WorkFilter{CenterIDs: []string{id}}
	if err := each(func(p domain.Page) ([]domain.Delivery, string, error) { return db.ListDeliveries(ctx, mine, p) }, func(d *domain.Delivery) error {
		if d.RiderID != "" {
			if err := put("mine/"+d.RiderID, d.ID, d); err != nil {
				return err
			}
		}
		return put("delivery/"+id, d.ID, d)
	}); err != nil {
		return nil, err
	}
	if err := each(func(p domain.Page) ([]domain.Offer, string, error) {
		open := mine
		open.Statuses = []string{string(domain.OfferOpen)}
		return db.ListOffers(ctx, open, p)
	}, func(o *domain.Offer) error { return put("ask/"+o.RiderID, o.ID, o) }); err != nil {
		return nil, err
	}
	if err := each(func(p domain.Page) ([]domain.Order, string, error) { return db.ListOrders(ctx, mine, p) }, func(o *domain.Order) error {
		return put("order/"+id, o.ID, o)
	}); err != nil {
		return nil, err
	}
	if err := each(func(p domain.Page) ([]domain.RiderView, string, error) {
		return db.ListRiders(ctx, domain.SetupFilter{CenterIDs: []string{id}}, p)
	}, func(r *domain.RiderView) error { return put("rider/"+id, r.ID, r.Rider) }); err != nil {
		return nil, err
	}
	return want, each(func(p domain.Page) ([]domain.ChatMessage, string, error) { return db.ListChat(ctx, id, "", p) }, func(m *domain.ChatMessage) error {
		return put("chat/"+id, m.ID, m)
	})
}

// each goes through all pages of a list.
func each[T any](list func(domain.Page) ([]T, string, error), fn func(*T) error) error {
	for p := (domain.Page{Limit: 500}); ; {
		items, next, err := list(p)
		if err != nil {
			return err
		}
		for i := range items {
			if err := fn(&items[i]); err != nil {
				return err
			}
		}
		if p.Cursor = next; next == "" {
			return nil
		}
	}
}

// chatKept is how many messages a chat room begins with: of older ones a client
// has those that it saw come.
const chatKept = 200

// compare waits until the client has caught up with the database and says how
// its model differs from it.
func (w *watcher) compare(ctx context.Context, address, epoch string, head domain.Head, want map[string]json.RawMessage) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	seq := head.Seq
	chat := len(address) > 5 && address[:5] == "chat/"
	if chat {
		seq = head.ChatSeq
	}
	if err := w.WaitSeq(ctx, address, epoch, seq); err != nil {
		return fmt.Errorf("is at %d of %d: %w", w.Room(address).Seq, seq, err)
	}
	var first error
	n := 0
	for _, d := range client.Compare(w.Room(address).Records, want) {
		var m domain.ChatMessage
		if chat && d.Model == nil && json.Unmarshal(d.Want, &m) == nil && m.Seq <= seq-chatKept {
			continue
		}
		if n++; first == nil {
			first = fmt.Errorf("%s is %s: client %s, database %s", d.Key, d.Kind(), d.Model, d.Want)
		}
	}
	if n > 1 {
		first = fmt.Errorf("%d differences; %w", n, first)
	}
	return first
}

// numbers is how many the logs of all centers have given.
func numbers(ctx context.Context, url string, w *world) (n int64, err error) {
	db, err := store.Open(ctx, store.Options{URL: url})
	if err != nil {
		return 0, err
	}
	defer func() { _ = db.Close() }() // it only read
	_, heads, err := db.Heads(ctx, w.centerIDs())
	for _, h := range heads {
		n += h.Seq
	}
	return n, err
}
