package feed

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// secrets are the parts of a sample delivery that no rider may read who is not on it.
var secrets = []string{"01023456789", "1203호", "초인종 누르지 마세요", "이순신", "front door, blue"}

func sampleDelivery(status domain.DeliveryStatus, rider string, version int64) *domain.Delivery {
	d := &domain.Delivery{
		ID: "d1", Number: "0412", OrderID: "o1", CenterID: "c1", Status: status, RiderID: rider,
		Shop: domain.ShopRef{ID: "s1", Name: "한솥 잠실점"},
		Customer: domain.Customer{
			Name: "이순신", Phone: "01023456789", Address: "올림픽로 300", AddressDetail: "1203호", Memo: "초인종 누르지 마세요",
			Location: &domain.Location{Lat: 37.5, Lng: 127.1},
		},
		Items: []domain.Item{{Name: "치킨마요", Quantity: 2, Price: 4500}}, Note: "front door, blue",
		Payment: domain.Payment{Method: domain.Card, Amount: 9000}, Version: version,
	}
	if !status.Open() {
		d.FinishedAt = domain.At(time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC))
	}
	return d
}

// entryOf is the log entry of a record's change.
func entryOf(seq int64, event string, before domain.State, r domain.Record) domain.LogEntry {
	data, err := json.Marshal(r)
	if err != nil {
		panic(err)
	}
	return domain.LogEntry{
		CenterID: "c1", Seq: seq, Epoch: "e1", Kind: r.RecordKind(), Key: r.RecordKey(), Event: event,
		Before: before, After: domain.StateOf(r), FinishedAt: domain.FinishedAtOf(r), Data: data,
	}
}

func state(status domain.DeliveryStatus, rider string) domain.State {
	return domain.State{Status: string(status), RiderID: rider}
}

func TestRelayRooms(t *testing.T) {
	for _, tt := range []struct {
		name   string
		event  string
		before domain.State
		record domain.Record
		want   []string // address op, "~" for masked
	}{
		{"created", domain.EventDeliveryCreate, domain.State{}, sampleDelivery(domain.Waiting, "", 5),
			[]string{"delivery/c1 +", "offer/c1 ~"}},
		{"detail of a waiting one", domain.EventDeliveryChanged, state(domain.Waiting, ""), sampleDelivery(domain.Waiting, "", 5),
			[]string{"delivery/c1 +", "offer/c1 ~"}},
		{"assigned or claimed", domain.EventDeliveryAssigned, state(domain.Waiting, ""), sampleDelivery(domain.Assigned, "ra", 5),
			[]string{"delivery/c1 +", "mine/ra +", "offer/c1 -"}},
		{"reassigned", domain.EventDeliveryAssigned, state(domain.Assigned, "ra"), sampleDelivery(domain.Assigned, "rb", 5),
			[]string{"delivery/c1 +", "mine/rb +", "mine/ra -"}},
		{"picked up by its rider", domain.EventDeliveryPickup, state(domain.Assigned, "rb"), sampleDelivery(domain.PickedUp, "rb", 5),
			[]string{"delivery/c1 +", "mine/rb +"}},
		{"handed over", domain.EventDeliveryChanged, state(domain.PickedUp, "ra"), sampleDelivery(domain.PickedUp, "rb", 5),
			[]string{"delivery/c1 +", "mine/rb +", "mine/ra -"}},
		{"unassigned", domain.EventDeliveryWaiting, state(domain.Assigned, "ra"), sampleDelivery(domain.Waiting, "", 5),
			[]string{"delivery/c1 +", "mine/ra -", "offer/c1 ~"}},
		{"delivered stays with its rider", domain.EventDeliveryDelivered, state(domain.PickedUp, "ra"), sampleDelivery(domain.Delivered, "ra", 5),
			[]string{"delivery/c1 +", "mine/ra +"}},
		{"cancelled in hand stays with its rider", domain.EventDeliveryCancelled, state(domain.Assigned, "ra"), sampleDelivery(domain.Cancelled, "ra", 5),
			[]string{"delivery/c1 +", "mine/ra +"}},
		{"cancelled while waiting", domain.EventDeliveryCancelled, state(domain.Waiting, ""), sampleDelivery(domain.Cancelled, "", 5),
			[]string{"delivery/c1 +", "offer/c1 -"}},
		{"late deliver of another's", domain.EventDeliveryLateDeliver, state(domain.Assigned, "rb"), sampleDelivery(domain.Assigned, "rb", 5),
			[]string{"delivery/c1 +", "mine/rb +"}},
		{"order", domain.EventOrderCreate, domain.State{}, &domain.Order{ID: "o1", CenterID: "c1", Status: domain.OrderReceived},
			[]string{"order/c1 +"}},
		{"rider", domain.EventRiderDuty, domain.State{}, &domain.Rider{ID: "ra", CenterID: "c1"},
			[]string{"rider/c1 +"}},
		{"center", domain.EventCenterChanged, domain.State{}, &domain.Center{ID: "c1"}, []string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := entryOf(5, tt.event, tt.before, tt.record)
			changes, err := relay(&e)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{}
			for _, c := range changes {
				op := " +"
				switch {
				case c.Data == nil:
					op = " -"
				case string(c.Data) != string(e.Data):
					op = " ~"
				}
				got = append(got, c.Address+op)
				if c.Key != e.Key || c.Event != tt.event || !c.Finished.Equal(e.FinishedAt.Time) {
					t.Errorf("change %+v does not carry the entry's key, event and end", c)
				}
				if strings.HasPrefix(c.Address, "offer/") {
					assertNoSecrets(t, c.Address, c.Data)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func assertNoSecrets(t *testing.T, where string, data []byte) {
	t.Helper()
	for _, s := range secrets {
		if strings.Contains(string(data), s) {
			t.Errorf("%s shows %q", where, s)
		}
	}
}

func TestRelayNeedsData(t *testing.T) {
	e := entryOf(5, domain.EventDeliveryCreate, domain.State{}, sampleDelivery(domain.Waiting, "", 5))
	e.Data = nil
	if _, err := relay(&e); err == nil {
		t.Error("an outline was relayed as if it had data")
	}
	e.Data = []byte(`{"id":5}`)
	if _, err := relay(&e); err == nil {
		t.Error("a broken record went out")
	}
}

// fold is a room as a client ends up with it that has seen every change.
type fold map[string]realtime.Item // by itemKey

func (f fold) apply(t *testing.T, e *domain.LogEntry) {
	t.Helper()
	changes, err := relay(e)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		f[itemKey(c.Address, c.Key)] = realtime.Item{Address: c.Address, Key: c.Key, Seq: e.Seq, Event: c.Event, Data: c.Data, Finished: c.Finished}
	}
}

// TestLogStateEqualsHistory lives random days and compares what a node builds
// from records and outlines with what it would have from every single entry.
func TestLogStateEqualsHistory(t *testing.T) {
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		st := &domain.CenterState{Epoch: "e1", Center: domain.Center{ID: "c1"}}
		whole := fold{}
		records := map[string]*domain.Delivery{}
		var entries []domain.LogEntry
		for range 60 + rnd.IntN(100) {
			id := fmt.Sprintf("d%d", rnd.IntN(12))
			d := records[id]
			before := domain.State{}
			if d != nil {
				if !d.Status.Open() {
					continue
				}
				before = domain.StateOf(d)
			} else {
				d = sampleDelivery(domain.Waiting, "", 0)
				d.ID = id
				records[id] = d
			}
			if before.Status != "" {
				randomStep(rnd, d)
			}
			st.Head.Seq++
			d.Version = st.Head.Seq
			e := entryOf(st.Head.Seq, "delivery:x", before, d)
			entries = append(entries, e)
			whole.apply(t, &e)
		}
		// Below the floor nothing is kept but the records themselves.
		st.Floor = rnd.Int64N(st.Head.Seq)
		for _, e := range entries[st.Floor:] {
			e.Data = nil
			st.Outline = append(st.Outline, e)
		}
		for _, d := range records {
			if d.Status.Open() || rnd.IntN(2) == 0 {
				st.Deliveries = append(st.Deliveries, *d)
			}
		}
		compareState(t, seed, st, whole, records)
	}
}

func randomStep(rnd *rand.Rand, d *domain.Delivery) {
	riders := []string{"ra", "rb", "rc"}
	switch n := rnd.IntN(10); {
	case n < 4:
		d.Status, d.RiderID = domain.Assigned, riders[rnd.IntN(3)]
	case n < 6:
		d.Status, d.RiderID = domain.Waiting, ""
	case n < 8 && d.RiderID != "":
		d.Status = domain.PickedUp
	case n == 8 && d.RiderID != "":
		d.Status, d.FinishedAt = domain.Delivered, domain.At(time.Unix(1_800_000_000, 0))
	case n == 9:
		d.Status, d.FinishedAt = domain.Cancelled, domain.At(time.Unix(1_800_000_000, 0))
	}
}

func compareState(t *testing.T, seed uint64, st *domain.CenterState, whole fold, records map[string]*domain.Delivery) {
	t.Helper()
	got, err := logState(st)
	if err != nil {
		t.Fatal(err)
	}
	loaded := map[string]bool{}
	for _, d := range st.Deliveries {
		loaded[d.ID] = true
	}
	seen := fold{}
	for _, it := range got.Items {
		k := itemKey(it.Address, it.Key)
		if _, twice := seen[k]; twice {
			t.Fatalf("seed %d: %s twice", seed, k)
		}
		seen[k] = it
		want, ok := whole[k]
		if !ok {
			t.Fatalf("seed %d: %s was never there", seed, k)
		}
		if it.Seq != want.Seq || !it.Finished.Equal(want.Finished) {
			t.Fatalf("seed %d: %s is %d, want %d", seed, k, it.Seq, want.Seq)
		}
		if !loaded[it.Key] {
			if it.Data != nil {
				t.Fatalf("seed %d: %s shows a record that was not loaded", seed, k)
			}
			continue
		}
		if string(it.Data) != string(want.Data) {
			t.Fatalf("seed %d: %s\n got %s\nwant %s", seed, k, it.Data, want.Data)
		}
	}
	for k, want := range whole {
		_, ok := seen[k]
		if !ok && (want.Seq > st.Floor || want.Data != nil && loaded[want.Key]) {
			t.Fatalf("seed %d: %s of %d is missing (floor %d, %s)", seed, k, want.Seq, st.Floor, records[want.Key].Status)
		}
	}
	if !slices.IsSortedFunc(got.Items, func(a, b realtime.Item) int { return int(a.Seq - b.Seq) }) {
		t.Fatalf("seed %d: items out of order", seed)
	}
}

// TestOfflineRiderLosesDelivery is the case that a look at newest records alone
// gets wrong: A has d1, is away, d1 goes to B, B picks it up.
func TestOfflineRiderLosesDelivery(t *testing.T) {
	st := &domain.CenterState{Epoch: "e1", Center: domain.Center{ID: "c1"}, Head: domain.Head{Seq: 131}}
	for _, e := range []domain.LogEntry{
		entryOf(128, domain.EventDeliveryAssigned, state(domain.Waiting, ""), sampleDelivery(domain.Assigned, "ra", 128)),
		entryOf(129, domain.EventDeliveryAssigned, state(domain.Assigned, "ra"), sampleDelivery(domain.Assigned, "rb", 129)),
		entryOf(130, domain.EventDeliveryPickup, state(domain.Assigned, "rb"), sampleDelivery(domain.PickedUp, "rb", 130)),
		entryOf(131, domain.EventCenterChanged, domain.State{}, &domain.Center{ID: "c1"}),
	} {
		e.Data = nil
		st.Outline = append(st.Outline, e)
	}
	st.Deliveries = []domain.Delivery{*sampleDelivery(domain.PickedUp, "rb", 130)}
	got, err := logState(st)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"delivery/c1": "130 data", "mine/ra": "129 gone", "mine/rb": "130 data", "offer/c1": "128 gone"}
	have := map[string]string{}
	for _, it := range got.Items {
		what := "data"
		if it.Data == nil {
			what = "gone"
		}
		have[it.Address] = fmt.Sprintf("%d %s", it.Seq, what)
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
	if got.Seq != 131 {
		t.Errorf("head %d: a center's own entry counts too", got.Seq)
	}
}

func TestChatState(t *testing.T) {
	var messages []domain.ChatMessage
	for i := range int64(250) {
		messages = append(messages, domain.ChatMessage{ID: fmt.Sprint("m", i+51), CenterID: "c1", Text: "hello", Seq: i + 51})
	}
	st, err := chatState("e1", 300, messages)
	if err != nil {
		t.Fatal(err)
	}
	if len(st.Items) != 250 || st.Floor != 50 || st.Items[0].Seq != 51 || st.Seq != 300 || st.Newest != 200 {
		t.Errorf("%d items from %d, floor %d, newest %d", len(st.Items), st.Items[0].Seq, st.Floor, st.Newest)
	}
	empty, err := chatState("e1", 0, nil)
	if err != nil || empty.Floor != 0 || len(empty.Items) != 0 {
		t.Errorf("an empty chat: %+v, %v", empty, err)
	}
}

// FuzzRelay feeds entries of any content: no panic, and nothing of a customer
// in the offers.
func FuzzRelay(f *testing.F) {
	full, _ := json.Marshal(sampleDelivery(domain.Waiting, "", 4))
	f.Add("delivery", "waiting", "", "assigned", "ra", full)
	f.Add("delivery", "assigned", "ra", "waiting", "", full)
	f.Add("order", "", "", "received", "", []byte(`{}`))
	f.Add("center", "", "", "", "", []byte(`null`))
	f.Add("delivery", "", "", "waiting", "", []byte(`{"customer":{"phone":"01023456789"}}`))
	f.Fuzz(func(t *testing.T, kind, fromStatus, fromRider, toStatus, toRider string, data []byte) {
		e := domain.LogEntry{
			CenterID: "c1", Seq: 4, Kind: domain.Kind(kind), Key: "d1", Event: "x", Data: data,
			Before: domain.State{Status: fromStatus, RiderID: fromRider}, After: domain.State{Status: toStatus, RiderID: toRider},
		}
		changes, err := relay(&e)
		if err != nil {
			return
		}
		for _, c := range changes {
			if !strings.HasPrefix(c.Address, "offer/") || c.Data == nil {
				continue
			}
			var d domain.Delivery
			if err := json.Unmarshal(c.Data, &d); err != nil {
				t.Fatalf("an offer that is no delivery: %v", err)
			}
			if c := d.Customer; c.Phone != "" || c.AddressDetail != "" || c.Memo != "" || len([]rune(c.Name)) > 1 {
				t.Fatalf("an offer shows %+v", c)
			}
		}
	})
}
