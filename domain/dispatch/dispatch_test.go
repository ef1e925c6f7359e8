package dispatch

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
	"pgregory.net/rapid"
)

var (
	now    = domain.At(time.Date(2026, 11, 5, 3, 0, 0, 0, time.UTC))
	origin = domain.Location{Lat: 37.5145, Lng: 127.1059}
	center = domain.Center{ID: "c", Location: origin, SpeedKmh: 36, ServiceMinutes: 4} // 10 m/s
)

// at is a place so many metres north and east of the origin.
func at(north, east float64) domain.Location {
	return domain.Location{Lat: origin.Lat + north/metresPerDegree, Lng: origin.Lng + east/metresPerDegree/0.79323}
}

func seen(l domain.Location) *domain.Position {
	return &domain.Position{Lat: l.Lat, Lng: l.Lng, At: now}
}

func rider(id string, place domain.Location) Candidate {
	return Candidate{
		RiderID: id, Name: "R " + id, Vehicle: domain.Motorcycle, Duty: domain.DutyOn, Active: true,
		Capacity: 3, Position: seen(place),
	}
}

func carrying(c Candidate, ds ...domain.Delivery) Candidate {
	for i := range ds {
		c.Load++
		c.Stops = append(c.Stops, StopsOf(ds[i].Errand())...)
	}
	return c
}

// delivery is waiting, ready and promised so many minutes from now.
func delivery(id string, shop, door domain.Location, ready, promised int) domain.Delivery {
	return domain.Delivery{
		ID: id, Status: domain.Waiting, Version: 7,
		Shop:       domain.ShopRef{Location: &shop},
		Customer:   domain.Customer{Location: &door},
		ReadyAt:    now.Add(time.Duration(ready) * time.Minute),
		PromisedAt: now.Add(time.Duration(promised) * time.Minute),
	}
}

func inHand(d domain.Delivery, s domain.DeliveryStatus) domain.Delivery { d.Status = s; return d }

func ids(list []Suggestion) []string {
	out := []string{}
	for _, s := range list {
		out = append(out, s.RiderID)
	}
	return out
}

func TestRank(t *testing.T) {
	shop, door := at(0, 0), at(1000, 0)
	d := delivery("d", shop, door, 0, 60)
	near, mid, far := rider("near", at(-100, 0)), rider("mid", at(-1000, 0)), rider("far", at(-3000, 0))
	south := inHand(delivery("s", at(-2000, 0), at(-4000, 0), 0, 60), domain.PickedUp)
	beside := inHand(delivery("b", shop, at(1100, 0), 0, 60), domain.Assigned)
	off, left, full, old, lost := near, near, near, near, near
	off.RiderID, off.Duty = "off", domain.DutyOff
	left.RiderID, left.Active = "left", false
	full.RiderID, full.Load = "full", 3
	old.RiderID, old.Position = "old", &domain.Position{Lat: shop.Lat, Lng: shop.Lng, At: now.Add(-time.Hour)}
	lost.RiderID, lost.Position = "lost", nil
	walker := near
	walker.RiderID, walker.Vehicle = "walker", domain.Foot
	small := near
	small.RiderID, small.Capacity = "small", 1

	for _, c := range []struct {
		name   string
		d      domain.Delivery
		riders []Candidate
		want   []string
	}{
		{"nearest first", d, []Candidate{far, near, mid}, []string{"near", "mid", "far"}},
		{"only who may", d, []Candidate{off, full, left, mid}, []string{"mid"}},
		{"nobody", d, nil, []string{}},
		{"a free one before a nearer one that rides away", d, []Candidate{carrying(near, south), mid}, []string{"mid", "near"}},
		{"a further one that comes by anyway", d, []Candidate{far, carrying(mid, beside)}, []string{"mid", "far"}},
		{"a known place before an unknown or old one", d, []Candidate{old, lost, mid}, []string{"mid", "lost", "old"}},
		{"wheels before feet", d, []Candidate{walker, mid}, []string{"mid", "walker"}},
		{"ties by id", d, []Candidate{withID(near, "b"), withID(near, "a"), withID(near, "c")}, []string{"a", "b", "c"}},
		{"all wait for the food alike, then the nearer", delivery("d", shop, door, 20, 60), []Candidate{mid, near}, []string{"near", "mid"}},
		{"who has it may keep it though full", inHand(d, domain.Assigned), []Candidate{carrying(small, inHand(d, domain.Assigned))}, []string{"small"}},
		{"handing over", inHand(d, domain.PickedUp), []Candidate{mid, near}, []string{"near", "mid"}},
		{"what is done needs nobody", inHand(d, domain.Delivered), []Candidate{near}, []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Request{Now: now, Center: center, Delivery: c.d, Riders: c.riders}
			got := Rank(r)
			if !slices.Equal(ids(got), c.want) {
				t.Errorf("got %v, want %v\n%+v", ids(got), c.want, got)
			}
			slices.Reverse(r.Riders)
			if again := Rank(r); !slices.Equal(ids(again), ids(got)) {
				t.Errorf("turned round: %v, then %v", ids(got), ids(again))
			}
		})
	}
}

func withID(c Candidate, id string) Candidate { c.RiderID = id; return c }

// One kilometre to the shop and one to the door at 10 m/s, two minutes of
// service at each.
func TestFigures(t *testing.T) {
	d := delivery("d", at(0, 0), at(0, 1000), 0, 60)
	one := func(d domain.Delivery, c Candidate) Suggestion {
		t.Helper()
		got := Rank(Request{Now: now, Center: center, Delivery: d, Riders: []Candidate{c}})
		if len(got) != 1 {
			t.Fatalf("got %+v", got)
		}
		return got[0]
	}
	about := func(name string, got, want, within float64) {
		t.Helper()
		if got < want-within || got > want+within {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	free := one(d, rider("r", at(-1000, 0)))
	about("distance", free.Distance, 1000, 5)
	about("pickup", float64(free.ETAPickup), 100, 1)
	about("dropoff", float64(free.ETADropoff), 100+120+100+120, 2)
	if free.Reason.Kind != Free || free.RiderName != "R r" || free.Load != 0 || free.Score <= 0 || free.Score > 100 {
		t.Errorf("%+v", free)
	}
	// From ready to the door is what the center's estimate promises.
	waits := one(delivery("d", at(0, 0), at(0, 1000), 20, 60), rider("r", at(-1000, 0)))
	about("pickup", float64(waits.ETAPickup), 1200, 0)
	about("dropoff", float64(waits.ETADropoff), 1200+float64(domain.EstimateSeconds(center, at(0, 0), at(0, 1000))), 2)
	if waits.Reason.Kind != WaitsAtShop || waits.Reason.Minutes != 18 {
		t.Errorf("%+v", waits.Reason)
	}
	late := one(delivery("d", at(0, 0), at(0, 1000), 0, 3), rider("r", at(-1000, 0)))
	if late.Reason.Kind != Late || late.Reason.Minutes != 4 || late.Score >= free.Score {
		t.Errorf("%+v", late)
	}
	lost := rider("r", at(0, 0))
	lost.Position = nil
	if s := one(d, lost); s.Reason.Kind != UnknownPlace {
		t.Errorf("%+v", s)
	}
	beside := inHand(delivery("b", at(0, 0), at(0, 1000), 0, 60), domain.Assigned)
	if s := one(d, carrying(rider("r", at(-1000, 0)), beside)); s.Reason.Kind != OnTheWay || s.Load != 1 {
		t.Errorf("%+v", s)
	}
	away := inHand(delivery("b", at(0, 0), at(-9000, 0), 0, 20), domain.PickedUp)
	if s := one(d, carrying(rider("r", at(-1000, 0)), away)); s.Reason.Kind != AfterOthers {
		t.Errorf("%+v", s)
	}
	unplaced := d
	unplaced.Customer.Location = nil
	if s := one(unplaced, rider("r", at(-1000, 0))); s.ETADropoff != free.ETAPickup+240 {
		t.Errorf("a door nobody knows: %+v", s)
	}
	undated := d
	undated.PromisedAt, undated.ReadyAt = domain.Time{}, domain.Time{}
	if s := one(undated, rider("r", at(-1000, 0))); s.ETADropoff != free.ETADropoff || s.Reason.Kind != Free {
		t.Errorf("without times: %+v", s)
	}
}

// TestEffect puts a delivery before others: who is put off, and who comes late
// only because of it.
func TestEffect(t *testing.T) {
	d := delivery("d", at(0, 0), at(1000, 0), 0, 60)
	effect := func(c Candidate) Effect {
		t.Helper()
		return Rank(Request{Now: now, Center: center, Delivery: d, Riders: []Candidate{c}})[0].Effect
	}
	if e := effect(rider("r", at(0, 0))); e != (Effect{}) {
		t.Errorf("nobody to put off: %+v", e)
	}
	// The shop and the door lie on the way to a far door: two stops of two minutes more.
	far := func(promised int) domain.Delivery {
		return inHand(delivery("f", at(0, 0), at(3000, 0), 0, promised), domain.PickedUp)
	}
	if e := effect(carrying(rider("r", at(-100, 0)), far(60))); e != (Effect{Late: 0, Delay: 240}) {
		t.Errorf("in time all the same: %+v", e)
	}
	d.PromisedAt = now.Add(5 * time.Minute)
	if e := effect(carrying(rider("r", at(-100, 0)), far(8))); e.Late != 1 || e.Delay != 240 {
		t.Errorf("late because of it: %+v", e)
	}
	if e := effect(carrying(rider("r", at(-100, 0)), far(1))); e.Late != 0 {
		t.Errorf("late anyway: %+v", e)
	}
}

func TestReasonsInWords(t *testing.T) {
	said := map[string]bool{}
	for _, k := range []Kind{UnknownPlace, Late, WaitsAtShop, OnTheWay, AfterOthers, Free} {
		for _, lang := range []string{"ko", "en"} {
			s := Reason{Kind: k, Distance: 1234, Minutes: 5, Load: 2}.Text(lang)
			if s == "" || said[s] {
				t.Errorf("%s in %s: %q", k, lang, s)
			}
			said[s] = true
		}
	}
	if s := (Reason{Kind: Free, Distance: 344}).Text("en"); s != "free, 340 m away" {
		t.Error(s)
	}
}

func TestGreedy(t *testing.T) {
	d1 := delivery("d1", at(0, 0), at(500, 0), 5, 40)
	d2 := delivery("d2", at(0, 100), at(600, 0), 5, 20)
	d3 := delivery("d3", at(0, 0), at(500, 50), 5, 40)
	a, b := rider("a", at(0, 0)), rider("b", at(2000, 0))
	a.Capacity, b.Capacity = 1, 1
	plan := func(waiting []domain.Delivery, riders ...Candidate) []Assignment {
		return Greedy(Plan{Now: now, Center: center, Waiting: waiting, Riders: riders})
	}
	got := plan([]domain.Delivery{d3, d1, d2}, b, a)
	want := []Assignment{{"d2", "a", 7}, {"d1", "b", 7}} // the most urgent first; d3 finds nobody
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	b.Capacity = 5
	if got := plan([]domain.Delivery{d3, d1, d2}, b); len(got) != 3 {
		t.Errorf("one rider with room for all: %v", got)
	}
	if got := plan([]domain.Delivery{inHand(d1, domain.Assigned), {ID: "nowhere", Status: domain.Waiting}}, a, b); len(got) != 0 {
		t.Errorf("nothing to give: %v", got)
	}
	if b.Load != 0 || b.Stops != nil {
		t.Error("the plan changed its input")
	}
}

func TestCandidates(t *testing.T) {
	mine := inHand(delivery("m", at(0, 0), at(1, 1), 0, 9), domain.PickedUp)
	mine.RiderID = "r"
	next := inHand(delivery("n", at(0, 0), at(1, 1), 0, 9), domain.Assigned)
	next.RiderID = "r"
	theirs := next
	theirs.RiderID = "gone"
	riders := []domain.RiderView{{Rider: domain.Rider{ID: "r", Name: "R", Capacity: 2, Duty: domain.DutyOn, Active: true}, Load: 9, Position: seen(origin)}}
	waiting := delivery("w", at(0, 0), at(1, 1), 0, 9)
	got := Candidates(riders, []domain.Errand{mine.Errand(), next.Errand(), theirs.Errand(), waiting.Errand()})
	if len(got) != 1 || got[0].Load != 2 || len(got[0].Stops) != 3 || got[0].Position == nil || got[0].Capacity != 2 {
		t.Errorf("%+v", got)
	}
}

// On the way back to the shop the shop is the door, by no promise.
func TestReturning(t *testing.T) {
	back := inHand(delivery("b", at(0, 0), at(9000, 0), -40, -20), domain.Returning)
	stops := StopsOf(back.Errand())
	if len(stops) != 1 || stops[0].Pickup || stops[0].At != *back.Shop.Location || !stops[0].PromisedAt.IsZero() {
		t.Fatalf("stops %+v", stops)
	}
	// Who rides to the shop anyway is before who has as much in hand elsewhere.
	d := delivery("d", at(0, 0), at(0, 1000), 0, 60)
	away := inHand(delivery("a", at(0, 0), at(9000, 0), 0, 60), domain.PickedUp)
	got := Rank(Request{Now: now, Center: center, Delivery: d, Riders: []Candidate{carrying(rider("away", at(-1000, 0)), away), carrying(rider("back", at(-1000, 0)), back)}})
	if !slices.Equal(ids(got), []string{"back", "away"}) || got[0].Effect.Late != 0 {
		t.Errorf("%+v", got)
	}
	// Somebody else can take the way back over, and ends it at the shop.
	over := Rank(Request{Now: now, Center: center, Delivery: back, Riders: []Candidate{rider("r", at(-1000, 0))}})
	if len(over) != 1 || over[0].ETADropoff-over[0].ETAPickup > 300 {
		t.Errorf("%+v", over)
	}
	view := []domain.RiderView{{Rider: domain.Rider{ID: "r", Capacity: 2, Duty: domain.DutyOn, Active: true}}}
	back.RiderID = "r"
	if c := Candidates(view, []domain.Errand{back.Errand()}); c[0].Load != 1 || len(c[0].Stops) != 1 {
		t.Errorf("%+v", c)
	}
}

// TestPlansHold draws whole centers: a plan never gives twice, never beyond
// capacity or duty, never leaves out what somebody has room for, and is the
// same whatever the order of its input.
func TestPlansHold(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := drawPlan(rt)
		got := Greedy(p)
		given, load := map[string]bool{}, map[string]int{}
		byID := map[string]Candidate{}
		for _, r := range p.Riders {
			byID[r.RiderID] = r
			load[r.RiderID] = r.Load
		}
		for _, a := range got {
			r := byID[a.RiderID]
			load[a.RiderID]++
			if given[a.DeliveryID] || load[a.RiderID] > r.Capacity || r.Duty != domain.DutyOn {
				rt.Fatalf("bad assignment %v", a)
			}
			given[a.DeliveryID] = true
		}
		room := 0
		for id, r := range byID {
			if r.Duty == domain.DutyOn {
				room += max(0, r.Capacity-load[id])
			}
		}
		if len(got) < len(p.Waiting) && room > 0 {
			rt.Fatalf("%d of %d given, room for %d more", len(got), len(p.Waiting), room)
		}
		shuffle := rand.New(rand.NewPCG(1, 2))
		shuffle.Shuffle(len(p.Waiting), func(i, j int) { p.Waiting[i], p.Waiting[j] = p.Waiting[j], p.Waiting[i] })
		shuffle.Shuffle(len(p.Riders), func(i, j int) { p.Riders[i], p.Riders[j] = p.Riders[j], p.Riders[i] })
		if again := Greedy(p); !slices.Equal(got, again) {
			rt.Fatalf("shuffled: %v, before %v", again, got)
		}
	})
}

func drawPlan(rt *rapid.T) Plan {
	place := func(what string) domain.Location {
		return at(float64(rapid.IntRange(-4, 4).Draw(rt, what+"N"))*500, float64(rapid.IntRange(-4, 4).Draw(rt, what+"E"))*500)
	}
	draw := func(id string) domain.Delivery {
		ready := rapid.IntRange(-10, 30).Draw(rt, "ready")
		return delivery(id, place("shop"), place("door"), ready, ready+rapid.IntRange(5, 30).Draw(rt, "promised"))
	}
	p := Plan{Now: now, Center: center}
	for i := range rapid.IntRange(0, 8).Draw(rt, "waiting") {
		p.Waiting = append(p.Waiting, draw(fmt.Sprint("w", i)))
	}
	for i := range rapid.IntRange(0, 4).Draw(rt, "riders") {
		r := rider(fmt.Sprint("r", i), place("rider"))
		r.Capacity = rapid.IntRange(1, 4).Draw(rt, "capacity")
		r.Duty = rapid.SampledFrom([]domain.Duty{domain.DutyOn, domain.DutyOn, domain.DutyBreak}).Draw(rt, "duty")
		for j := range rapid.IntRange(0, 3).Draw(rt, "load") {
			r = carrying(r, inHand(draw(fmt.Sprint("h", i, j)), rapid.SampledFrom([]domain.DeliveryStatus{domain.Assigned, domain.PickedUp}).Draw(rt, "status")))
		}
		p.Riders = append(p.Riders, r)
	}
	return p
}

func BenchmarkGreedy(b *testing.B) {
	p := Plan{Now: now, Center: center}
	r := rand.New(rand.NewPCG(1, 2))
	spot := func() domain.Location { return at(r.Float64()*8000-4000, r.Float64()*8000-4000) }
	for i := range 200 {
		p.Waiting = append(p.Waiting, delivery(fmt.Sprint("w", i), spot(), spot(), r.IntN(20), 20+r.IntN(20)))
	}
	for i := range 100 {
		p.Riders = append(p.Riders, carrying(rider(fmt.Sprint("r", i), spot()), inHand(delivery(fmt.Sprint("h", i), spot(), spot(), 0, 20), domain.Assigned)))
	}
	for b.Loop() {
		Greedy(p)
	}
}
