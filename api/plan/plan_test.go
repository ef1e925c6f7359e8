package plan

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
)

var (
	began  = time.Now().Truncate(time.Millisecond)
	origin = domain.Location{Lat: 37.5, Lng: 127}
)

// at is so many metres north of the origin.
func at(north float64) *domain.Location {
	return &domain.Location{Lat: origin.Lat + north/111_195, Lng: origin.Lng}
}

func minute(n int) domain.Time { return domain.At(began.Add(time.Duration(n) * time.Minute)) }

type edit func(*domain.Delivery)

func delivery(id string, shop, door float64, edits ...edit) domain.Delivery {
	d := domain.Delivery{
		ID: id, CenterID: "c", Version: 1, Status: domain.Waiting, Shop: domain.ShopRef{Location: at(shop)},
		Customer: domain.Customer{Location: at(door)}, CreatedAt: minute(0), ReadyAt: minute(0), PromisedAt: minute(60),
	}
	for _, e := range edits {
		e(&d)
	}
	return d
}

func has(rider string, s domain.DeliveryStatus) edit {
	return func(d *domain.Delivery) { d.RiderID, d.Status = rider, s }
}

// center is a truth of one with riders at the origin.
func center(mode domain.AssignMode, riders int, ds ...domain.Delivery) *Truth {
	st := &domain.CenterState{
		Center: domain.Center{ID: "c", Location: origin, SpeedKmh: 30, ServiceMinutes: 4, AssignMode: mode, Active: true, CenterRules: domain.DefaultRules},
		Epoch:  "e", Head: domain.Head{Seq: 100}, Deliveries: ds,
	}
	for i := range riders {
		id := fmt.Sprint("r", i)
		st.Riders = append(st.Riders, domain.Rider{ID: id, CenterID: "c", Active: true, Duty: domain.DutyOn, Capacity: 3, Vehicle: domain.Motorcycle})
		st.Positions = append(st.Positions, domain.Position{RiderID: id, Lat: origin.Lat, Lng: origin.Lng, At: minute(0)})
	}
	return NewTruth(st)
}

func (t *Truth) make() Made { return Make(t.Snapshot(began), nil) }

func (m Made) told() map[string]string {
	out := map[string]string{}
	for _, x := range m.Due {
		for _, d := range x.Deliveries {
			out[d.ID] = x.RiderID
		}
	}
	return out
}

// In auto an idle rider is told at once; advice, and a rider who is asked already,
// are left alone.
func TestDue(t *testing.T) {
	soon := func(d *domain.Delivery) { d.ReadyAt = minute(15) }
	for name, c := range map[string]struct {
		mode domain.AssignMode
		ds   []domain.Delivery
		want map[string]string
	}{
		"auto":            {domain.ModeAuto, []domain.Delivery{delivery("a", 500, 2000, soon)}, map[string]string{"a": "r0"}},
		"dispatch":        {domain.ModeDispatch, []domain.Delivery{delivery("a", 500, 2000, soon)}, map[string]string{}},
		"dispatch, ready": {domain.ModeDispatch, []domain.Delivery{delivery("a", 500, 2000)}, map[string]string{"a": "r0"}},
		"held": {domain.ModeAuto, []domain.Delivery{delivery("a", 500, 2000, func(d *domain.Delivery) { d.HeldUntil = minute(90) })},
			map[string]string{}},
		"offered": {domain.ModeOffer, []domain.Delivery{
			delivery("a", 500, 2000, func(d *domain.Delivery) { d.Offer = &domain.OfferRef{RiderID: "r0", ExpiresAt: minute(1)} }),
			delivery("b", 500, 2000, func(d *domain.Delivery) { d.Pin = "r0" }),
		}, map[string]string{}},
		"left to people": {domain.ModeOffer, []domain.Delivery{delivery("a", 500, 2000, func(d *domain.Delivery) { d.NoRider = true })},
			map[string]string{}},
		"full": {domain.ModeAuto, []domain.Delivery{
			delivery("a", 500, 520), delivery("b", 500, 520), delivery("c", 500, 520), delivery("d", 500, 520),
		}, nil},
		"no place at all": {domain.ModeAuto, []domain.Delivery{delivery("a", 0, 0, func(d *domain.Delivery) {
			d.Shop.Location, d.Customer.Location = nil, nil
		})}, map[string]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			got := center(c.mode, 1, c.ds...).make().told()
			if name == "full" { // whichever three they are
				if len(got) != 3 {
					t.Errorf("told of %v with room for three", got)
				}
				return
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("told %v, want %v", got, c.want)
			}
		})
	}
}

// Who was asked in vain is asked again only when nobody else is there with room.
func TestAskedInVain(t *testing.T) {
	no := func(riders ...string) edit {
		return func(d *domain.Delivery) {
			for _, r := range riders {
				d.Asked = append(d.Asked, domain.Asked{RiderID: r, Status: domain.OfferDeclined})
			}
		}
	}
	for _, c := range []struct {
		d    domain.Delivery
		want []string
	}{
		{delivery("a", 500, 2000), []string{"r0", "r1"}},
		{delivery("a", 500, 2000, no("r0")), []string{"r1"}},
		{delivery("a", 500, 2000, no("r1")), []string{"r0"}},
		{delivery("a", 500, 2000, no("r0", "r1")), []string{"r0", "r1"}},
		{delivery("a", 500, 2000, no("r0"), func(d *domain.Delivery) { d.Pin = "r0" }), []string{"r0"}},
		{delivery("a", 500, 2000, no("r0"), func(d *domain.Delivery) { d.Avoid = []string{"r1"} }), []string{"r0"}},
	} {
		if got := center(domain.ModeOffer, 2, c.d).make().told()["a"]; !slices.Contains(c.want, got) {
			t.Errorf("asked in vain %v, pinned to %q: %q is asked, want one of %v", c.d.Asked, c.d.Pin, got, c.want)
		}
	}
}

// What a rider has in hand is ridden in the order that brings its doors the soonest.
func TestSequence(t *testing.T) {
	m := center(domain.ModeDispatch, 1,
		delivery("far", 100, 4000, has("r0", domain.PickedUp)),
		delivery("near", 100, 1000, has("r0", domain.PickedUp)),
		delivery("there", 100, 1100, has("r0", domain.Assigned)),
	).make()
	var got []string
	for _, s := range m.Plan.Riders[0].Stops {
		if s.Level != "locked" {
			t.Errorf("%s of %s is %s", s.Kind, s.DeliveryID, s.Level)
		}
		got = append(got, s.Kind+" "+s.DeliveryID)
	}
	if want := []string{"pickup there", "dropoff near", "dropoff there", "dropoff far"}; !slices.Equal(got, want) {
		t.Errorf("ridden %v, want %v", got, want)
	}
}

func entry(seq int64, kind domain.Kind, r any) *domain.LogEntry {
	data, err := json.Marshal(r)
	if err != nil {
		panic(err)
	}
	return &domain.LogEntry{CenterID: "c", Seq: seq, Epoch: "e", Kind: kind, Data: data}
}

// The truth follows the log entry by entry, and knows when one is missing.
func TestTruth(t *testing.T) {
	tr := center(domain.ModeAuto, 1)
	d := delivery("a", 500, 2000)
	apply := func(e *domain.LogEntry) {
		t.Helper()
		if !tr.Apply(e) {
			t.Fatalf("entry %d was not taken", e.Seq)
		}
	}
	apply(entry(101, domain.KindDelivery, d))
	if tr.make().told()["a"] != "r0" {
		t.Error("a new delivery is not seen")
	}
	apply(entry(102, domain.KindRider, domain.Rider{ID: "r0", CenterID: "c", Active: true, Duty: domain.DutyBreak, Capacity: 3}))
	if len(tr.make().Due) != 0 {
		t.Error("a rider on a break is told")
	}
	apply(entry(102, domain.KindDelivery, delivery("old", 0, 0))) // an old one once more
	d.Status = domain.Cancelled
	apply(entry(103, domain.KindDelivery, d))
	apply(entry(104, domain.KindOrder, struct{}{}))
	c := tr.Center()
	c.AssignMode = domain.ModeOffer
	apply(entry(105, domain.KindCenter, c))
	for _, s := range []domain.OfferStatus{domain.OfferDeclined, domain.OfferAccepted, domain.OfferWithdrawn} {
		e := entry(tr.seq+1, domain.KindOffer, struct{}{})
		e.Before.Status, e.After = string(domain.OfferOpen), domain.State{Status: string(s), RiderID: "r0"}
		apply(e)
	}
	s := tr.Snapshot(began)
	if len(s.Waiting) != 0 || len(s.Riders) != 0 || s.Center.AssignMode != domain.ModeOffer || tr.answers["r0"] != (answers{1, 1}) {
		t.Errorf("the truth is %+v, answers %v", s, tr.answers)
	}
	if tr.Apply(entry(110, domain.KindOrder, struct{}{})) {
		t.Error("a hole went unnoticed")
	}
	other := entry(109, domain.KindOrder, struct{}{})
	if other.Epoch = "f"; tr.Apply(other) {
		t.Error("another epoch went unnoticed")
	}
}

// A tick of the server: the whole way from the truth to the plan, the last plan
// inherited, a tenth of a second of the center's clock later each time.
func BenchmarkTick(b *testing.B) {
	for _, size := range [][2]int{{50, 60}, {300, 60}, {300, 300}, {1000, 60}, {1000, 300}} {
		b.Run(fmt.Sprintf("%d open, %d riders", size[0], size[1]), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 2))
			var ds []domain.Delivery
			for i := range size[0] {
				d := delivery(fmt.Sprint("d", i), 6000*rng.Float64()-3000, 6000*rng.Float64()-3000)
				d.ReadyAt, d.PromisedAt = minute(rng.IntN(30)-5), minute(30+rng.IntN(40))
				if n := i / 2; i%2 == 0 && n < 2*size[1] { // half is in hand, at most two of a rider
					d.RiderID, d.Status = fmt.Sprint("r", n%size[1]), domain.Assigned
				}
				ds = append(ds, d)
			}
			tr := center(domain.ModeDispatch, size[1], ds...)
			last := tr.make().Engine
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				last = Make(tr.Snapshot(began.Add(time.Duration(i)*100*time.Millisecond)), last).Engine
			}
		})
	}
}
