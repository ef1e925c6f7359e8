package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// ledger is a strict server: it refuses every step that bros would refuse.
type ledger struct {
	mu     sync.Mutex
	rng    *rand.Rand
	state  map[string]string // job → status
	riders map[string]*ledgerRider
	order  []string // what happened
	refuse func(step, name string) error
	fixes  int
	calls  int // of Positions
	wrong  []string
}

type ledgerRider struct {
	on   bool
	hand string
}

func newLedger(w *world, seed uint64) *ledger {
	l := &ledger{rng: rand.New(rand.NewPCG(seed, 0)), state: map[string]string{}, riders: map[string]*ledgerRider{}}
	for _, r := range w.riders {
		r.id = "id-" + r.Name
		l.riders[r.id] = &ledgerRider{}
	}
	return l
}

// step moves a job from one state to another.
func (l *ledger) step(name, step, from, to string) error {
	if l.refuse != nil {
		if err := l.refuse(step, name); err != nil {
			return err
		}
	}
	if l.state[name] != from {
		l.wrong = append(l.wrong, fmt.Sprintf("%s %s, which is %q", step, name, l.state[name]))
		return &refusal{Status: 409, Code: "illegal_transition", Now: l.state[name]}
	}
	l.state[name] = to
	l.order = append(l.order, step+" "+name)
	return nil
}

func (l *ledger) Place(_ context.Context, j *job) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.step(j.Name, "place", "", "received")
	if err == nil {
		j.orderID = "order-" + j.Name
	}
	return err
}

func (l *ledger) Accept(_ context.Context, j *job) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.step(j.Name, "accept", "received", "waiting")
	if err == nil {
		j.deliveryID = "delivery-" + j.Name
	}
	return err
}

func (l *ledger) Suggest(context.Context, *job) ([]string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ids []string
	for id, r := range l.riders {
		if r.on && r.hand == "" {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	l.rng.Shuffle(len(ids), func(i, k int) { ids[i], ids[k] = ids[k], ids[i] })
	return ids, nil
}

func (l *ledger) Assign(_ context.Context, j *job, r *rider) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	lr := l.riders[r.id]
	if !lr.on || lr.hand != "" {
		l.wrong = append(l.wrong, fmt.Sprintf("assign %s to %s: %+v", j.Name, r.Name, lr))
	}
	err := l.step(j.Name, "assign", "waiting", "assigned")
	if err == nil {
		lr.hand = j.Name
	}
	return err
}

func (l *ledger) Pickup(_ context.Context, j *job) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.step(j.Name, "pickup", "assigned", "pickup")
}

func (l *ledger) Deliver(_ context.Context, j *job) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.step(j.Name, "deliver", "pickup", "delivered")
	if err == nil {
		l.riders[j.rider.id].hand = ""
	}
	return err
}

func (l *ledger) Cancel(_ context.Context, j *job, reason string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if reason == "" {
		l.wrong = append(l.wrong, "cancelled without a reason: "+j.Name)
	}
	return l.step(j.Name, "cancel", "waiting", "cancelled")
}

func (l *ledger) Duty(_ context.Context, r *rider, on bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	lr := l.riders[r.id]
	if lr.on == on || lr.hand != "" && l.refuse == nil {
		l.wrong = append(l.wrong, fmt.Sprintf("duty %v of %s: %+v", on, r.Name, lr))
	}
	lr.on = on
	return nil
}

func (l *ledger) Positions(_ context.Context, r *rider, fixes []fix) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	l.fixes += len(fixes)
	for i := range fixes[1:] {
		if !fixes[i].Wall.Before(fixes[i+1].Wall) {
			l.wrong = append(l.wrong, "two fixes of "+r.Name+" at one instant")
		}
	}
	return nil
}

// check says what is wrong with a replay that has ended.
func check(w *world, l *ledger) []string {
	wrong := l.wrong
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	p := w.params
	lastOff := 0
	trips := map[*rider][]*job{}
	for _, r := range w.riders {
		lastOff = max(lastOff, r.Off)
		if l.riders[r.id].on {
			bad("%s is still on duty", r.Name)
		}
	}
	for _, j := range w.jobs {
		if j.outcome == open {
			bad("%s came to no end", j.Name)
		}
		if j.rider != nil {
			trips[j.rider] = append(trips[j.rider], j)
		}
		if j.reason == reasonNobodyLeft && j.Ready <= lastOff {
			bad("%s: %s, which is not so", j.Name, j.reason)
		}
	}
	for r, jobs := range trips {
		slices.SortFunc(jobs, func(a, b *job) int { return a.sent - b.sent })
		at, free := r.Start, r.On
		for _, j := range jobs {
			arrive := j.sent + p.Travel(at, j.Shop)
			reach := j.pickup + 2 + p.Travel(j.Shop, j.Door)
			switch {
			case j.sent < free:
				bad("%s is sent with %s before it is free", r.Name, j.Name)
			case j.sent < j.Placed:
				bad("%s is sent before it is placed", j.Name)
			case j.pickup != max(arrive+2, j.Ready) || j.pickup > r.Off:
				bad("%s is picked up at %d", j.Name, j.pickup)
			case j.drop != reach+2:
				bad("%s is dropped at %d", j.Name, j.drop)
			}
			at, free = j.Door, j.drop+2
		}
	}
	return wrong
}

func TestReplayKeepsTheRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInstance(t)
		w := newWorld(in, rapid.IntRange(0, 30).Draw(t, "lead"))
		l := newLedger(w, rapid.Uint64().Draw(t, "seed"))
		if err := newEngine(w, l, 0).run(context.Background()); err != nil {
			t.Fatal(err)
		}
		if wrong := check(w, l); len(wrong) > 0 {
			t.Fatal(wrong)
		}
		for _, j := range w.jobs {
			if l.state[j.Name] != string(j.outcome) {
				t.Fatalf("%s is %s, the server says %s", j.Name, j.outcome, l.state[j.Name])
			}
		}
	})
}

func drawInstance(t *rapid.T) *Instance {
	point := rapid.Custom(func(t *rapid.T) Point {
		return Point{float64(rapid.IntRange(-6000, 6000).Draw(t, "x")), float64(rapid.IntRange(-6000, 6000).Draw(t, "y"))}
	})
	in := &Instance{Restaurants: map[string]Point{}, Params: Params{MetersPerMinute: 320, PickupService: 4, DropoffService: 4, Target: 40, Max: 90}}
	for i := range rapid.IntRange(0, 6).Draw(t, "couriers") {
		on := rapid.IntRange(0, 200).Draw(t, "on")
		in.Couriers = append(in.Couriers, Courier{fmt.Sprint("c", i), point.Draw(t, "start"), on, on + rapid.IntRange(0, 150).Draw(t, "shift")})
	}
	for i := range rapid.IntRange(0, 25).Draw(t, "orders") {
		placed := rapid.IntRange(0, 300).Draw(t, "placed")
		in.Orders = append(in.Orders, Order{
			Name: fmt.Sprint("o", i), Shop: point.Draw(t, "shop"), Door: point.Draw(t, "door"),
			Placed: placed, Ready: placed + rapid.IntRange(0, 60).Draw(t, "prep"),
		})
	}
	slices.SortStableFunc(in.Orders, func(a, b Order) int { return a.Placed - b.Placed })
	return in
}

// A server that refuses at random (somebody else works in the same center)
// leaves no order without an end.
func TestRefusalsAreAccountedFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(drawInstance(t), 10)
		l := newLedger(w, 1)
		odds := rapid.IntRange(1, 5).Draw(t, "odds")
		now := []string{"", "waiting", "cancelled", "assigned", "delivered"}
		l.refuse = func(step, name string) error {
			if l.rng.IntN(10) < odds {
				return &refusal{Status: 409, Code: "illegal_transition", Now: now[l.rng.IntN(len(now))]}
			}
			return nil
		}
		if err := newEngine(w, l, 0).run(context.Background()); err != nil {
			t.Fatal(err)
		}
		for _, j := range w.jobs {
			if j.outcome == open || j.outcome != delivered && j.reason == "" {
				t.Fatalf("%s: %q, %q", j.Name, j.outcome, j.reason)
			}
		}
	})
}

func TestServerGoneForGood(t *testing.T) {
	in, err := LoadInstance(small)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(in, 10)
	l := newLedger(w, 1)
	gone := errors.New("gone")
	l.refuse = func(step, name string) error {
		if step == "pickup" && name == "o3" {
			return gone
		}
		return nil
	}
	e := newEngine(w, l, 0)
	if err := e.run(context.Background()); !errors.Is(err, gone) {
		t.Errorf("ended with %v", err)
	}
	for _, j := range w.jobs {
		if j.outcome == open {
			t.Errorf("%s came to no end", j.Name)
		}
	}
}

func TestPace(t *testing.T) {
	for speed, calls := range map[float64]int{60: 100, 600: 20} {
		t.Run(fmt.Sprint(speed), func(t *testing.T) { testPace(t, speed, calls) })
	}
}

func testPace(t *testing.T, speed float64, calls int) {
	synctest.Test(t, func(t *testing.T) {
		in, err := LoadInstance(small)
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(in, 10)
		l := newLedger(w, 1)
		begun := time.Now()
		if err := newEngine(w, l, speed).run(t.Context()); err != nil {
			t.Fatal(err)
		}
		// From 10:00 to 11:50 or so, when the rider with the last order is free.
		if d := time.Since(begun) * time.Duration(speed); d < 100*time.Minute || d > 120*time.Minute {
			t.Errorf("took %v", d)
		}
		if wrong := check(w, l); len(wrong) > 0 {
			t.Error(wrong)
		}
		if l.fixes != l.calls || l.calls < calls {
			t.Errorf("%d fixes in %d calls", l.fixes, l.calls)
		}
		for _, j := range w.jobs {
			if want := map[bool]outcome{true: cancelled, false: delivered}[j.Name == "o6" || j.Name == "o7"]; j.outcome != want {
				t.Errorf("%s: %s %s", j.Name, j.outcome, j.reason)
			}
		}
	})
}

func (l *ledger) Answer(context.Context, *rider, string, bool) error { return nil }
