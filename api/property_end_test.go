package api

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/brosops/bros/api/feed"
	"github.com/brosops/bros/domain"
)

// settle ends the day so that every room has a last entry to wait for, and
// tells the clients which.
func (w *world) settle(ctx context.Context) {
	mode := domain.ModeClaim
	w.must(func(ctx context.Context, tx domain.Tx) error {
		_, err := w.svc.UpdateCenter(ctx, tx, chief, w.center.ID, domain.CenterPatch{AssignMode: &mode})
		return err
	})
	for _, r := range w.riders {
		w.must(func(ctx context.Context, tx domain.Tx) error {
			_, err := w.svc.SetDuty(ctx, tx, chief, r.id, domain.SetDuty{Duty: domain.DutyOn})
			return err
		})
		w.must(func(ctx context.Context, tx domain.Tx) error {
			in := w.order(w.rnd)
			in.Accept = true
			placed, err := w.svc.CreateOrder(ctx, tx, chief, in)
			if err == nil {
				w.parcels = append(w.parcels, placed.Delivery.ID)
			}
			return err
		})
		w.must(func(ctx context.Context, tx domain.Tx) error {
			_, err := w.svc.Assign(ctx, tx, chief, w.parcels[len(w.parcels)-1], domain.AssignDelivery{RiderID: r.id})
			return err
		})
	}
	w.must(func(ctx context.Context, tx domain.Tx) error {
		_, err := w.svc.Say(ctx, tx, chief, w.center.ID, domain.NewMessage{Text: "good night"})
		return err
	})
	w.endDay()
	w.aim(ctx)
}

// aim tells the clients which number each room has to reach.
func (w *world) aim(ctx context.Context) {
	targets := map[string]int64{}
	for after := int64(0); ; {
		entries, err := w.db.LogAfter(ctx, w.center.ID, after, 500)
		if err != nil {
			w.t.Fatal(err)
		}
		for i := range entries {
			after = entries[i].Seq
			for _, v := range feed.ViewsOf(&entries[i]) {
				targets[v.Address] = after
			}
		}
		if len(entries) == 0 {
			break
		}
	}
	_, heads, err := w.db.Heads(ctx, []string{w.center.ID})
	if err != nil {
		w.t.Fatal(err)
	}
	targets[logEnd] = heads[w.center.ID].Seq
	targets["chat/"+w.center.ID] = heads[w.center.ID].ChatSeq
	w.settled.Store(&targets)
	w.tick(true)
}

// logEnd is the target that is no room: where the log ended.
const logEnd = "log"

// atEnd reports whether the log still ends where the targets say; if it does not,
// there are new ones.
func (w *world) atEnd(ctx context.Context, targets *map[string]int64) bool {
	_, heads, err := w.db.Heads(ctx, []string{w.center.ID})
	if err != nil {
		w.t.Fatal(err)
	}
	if heads[w.center.ID].Seq == (*targets)[logEnd] {
		return true
	}
	w.aim(ctx)
	return false
}

// expected is what each room shows, read from the records in the database.
func (w *world) expected(ctx context.Context) map[string]map[string]string {
	st, err := w.db.LoadCenter(ctx, w.center.ID, time.Now().Add(-24*time.Hour))
	if err != nil {
		w.t.Fatal(err)
	}
	rooms := map[string]map[string]string{}
	put := func(address, key string, v any) {
		b, err := json.Marshal(v)
		if err != nil {
			w.t.Fatal(err)
		}
		if rooms[address] == nil {
			rooms[address] = map[string]string{}
		}
		rooms[address][key] = string(b)
	}
	c := w.center.ID
	for i := range st.Orders {
		put("order/"+c, st.Orders[i].ID, &st.Orders[i])
	}
	for i := range st.Riders {
		put("rider/"+c, st.Riders[i].ID, &st.Riders[i])
	}
	for i := range st.Deliveries {
		d := &st.Deliveries[i]
		put("delivery/"+c, d.ID, d)
		if d.RiderID != "" {
			put("mine/"+d.RiderID, d.ID, d)
		}
		if d.Status == domain.Waiting && !d.Held() {
			put("offer/"+c, d.ID, d.Masked())
		}
	}
	for i := range st.Offers {
		put("ask/"+st.Offers[i].RiderID, st.Offers[i].ID, &st.Offers[i])
	}
	for i := range st.Chat {
		put("chat/"+c, st.Chat[i].ID, &st.Chat[i])
	}
	return rooms
}

func compareRoom(t *testing.T, name string, room *mirrorRoom, want map[string]string) {
	t.Helper()
	for key, rec := range want {
		if room.data[key] != rec {
			t.Errorf("%s in %s at %d: %s\n has %s\nwant %s", name, room.address, room.last, key, room.data[key], rec)
			return
		}
	}
	for key, rec := range room.data {
		if _, ok := want[key]; !ok {
			t.Errorf("%s in %s at %d: has %s, which is not there: %s", name, room.address, room.last, key, rec)
			return
		}
		if strings.HasPrefix(room.address, domain.NamespaceOffer) && strings.Contains(rec, customerPhone) {
			t.Errorf("%s sees a phone number in %s", name, room.address)
		}
	}
}
