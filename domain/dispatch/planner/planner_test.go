package planner

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// plane is places on a square of 8 × 8 km or so, a minute apart.
var plane = TravelFunc(func(a, b Place) float64 {
	return math.Hypot(float64(a%8-b%8), float64(a/8-b/8))
})

var halves = Service{2, 2}

func drawProblem(t *rapid.T) Problem {
	place := func(what string) Place { return Place(rapid.IntRange(0, 63).Draw(t, what)) }
	p := Problem{
		Now: 100, Travel: plane, Seed: rapid.Uint64().Draw(t, "seed"),
		Settings: Settings{
			Balance: rapid.SampledFrom([]Balance{Fast, Even, Thrifty}).Draw(t, "balance"), Interleave: rapid.Bool().Draw(t, "interleave"),
			Commit: Commit{Tick: 1, Lead: float64(rapid.IntRange(0, 2).Draw(t, "lead")), Whole: rapid.Bool().Draw(t, "whole")},
		},
		Demand: Demand{Rate: rapid.Float64Range(0, 3).Draw(t, "rate"), Shops: []Source{{Shop: 5, Weight: 1}, {Shop: 50, Weight: 2}}},
	}
	shops := []Place{place("shop1"), place("shop2"), place("shop3")}
	order := func(id string) Order {
		ready := 100 + float64(rapid.IntRange(-20, 40).Draw(t, "ready"))
		return Order{
			ID: id, Shop: rapid.SampledFrom(shops).Draw(t, "shop"), Door: place("door"), ReadyAt: ready,
			PromisedAt: ready + float64(rapid.IntRange(0, 40).Draw(t, "promised")), LimitAt: ready + 60, AtShop: halves, AtDoor: halves,
		}
	}
	riders := rapid.IntRange(0, 5).Draw(t, "riders")
	names := []string{"gone"}
	for i := range riders {
		r := Rider{
			ID: fmt.Sprint("r", i), At: place("at"), From: 100 + float64(rapid.IntRange(0, 20).Draw(t, "from")),
			Until: 100 + float64(rapid.IntRange(-10, 120).Draw(t, "until")), Capacity: rapid.IntRange(0, 4).Draw(t, "capacity"),
			Pace: rapid.SampledFrom([]float64{0, 1, 1.5}).Draw(t, "pace"), Covered: rapid.IntRange(0, 3).Draw(t, "covered"),
		}
		var drops []Stop
		for j := range rapid.IntRange(0, 3).Draw(t, "inHand") {
			o := order(fmt.Sprint("h", i, j))
			p.Orders = append(p.Orders, o)
			if rapid.Bool().Draw(t, "told") {
				if r.Stops = append(r.Stops, Stop{o.ID, Pickup}); !p.Settings.Interleave {
					r.Stops = append(r.Stops, Stop{o.ID, Dropoff})
					continue
				}
			}
			drops = append(drops, Stop{o.ID, Dropoff})
		}
		if p.Settings.Interleave {
			r.Stops = append(r.Stops, drops...)
		} else {
			r.Stops = append(drops, r.Stops...)
		}
		r.Fixed = rapid.IntRange(0, len(r.Stops)).Draw(t, "fixed")
		p.Riders, names = append(p.Riders, r), append(names, r.ID)
	}
	for i := range rapid.IntRange(0, 12).Draw(t, "orders") {
		o := order(fmt.Sprint("o", i))
		name := func(odds int) string {
			if rapid.IntRange(1, odds).Draw(t, "odds") > 1 {
				return ""
			}
			return rapid.SampledFrom(names).Draw(t, "name")
		}
		o.Pin, o.Offered = name(5), name(8)
		if a := name(3); a != "" {
			o.Avoid = append(o.Avoid, a)
		}
		if rapid.IntRange(1, 4).Draw(t, "held") == 1 {
			o.HeldUntil = 100 + float64(rapid.IntRange(-5, 30).Draw(t, "until"))
		}
		p.Orders = append(p.Orders, o)
	}
	return p
}

// feasible says what is wrong with a plan.
func feasible(p Problem, plan *Plan) (wrong []string) {
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	orders, riders := map[string]Order{}, map[string]Rider{}
	for _, o := range p.Orders {
		orders[o.ID] = o
	}
	for _, r := range p.Riders {
		riders[r.ID] = r
	}
	if len(plan.Routes) != len(riders) {
		bad("%d routes for %d riders", len(plan.Routes), len(riders))
	}
	planned := map[string]int{}
	waits := map[string]Why{}
	for _, w := range plan.Waiting {
		waits[w.OrderID] = w.Why
	}
	for _, rt := range plan.Routes {
		r := riders[rt.RiderID]
		var locked []Stop
		inHand, fresh := map[string]bool{}, 0
		for _, st := range r.Stops {
			if st.Kind == Dropoff && !slices.Contains(r.Stops, Stop{st.OrderID, Pickup}) {
				inHand[st.OrderID] = true
			}
		}
		at := math.Inf(-1)
		for i, st := range rt.Stops {
			o := orders[st.OrderID]
			mine := slices.Contains(r.Stops, st.Stop)
			if mine != (st.Level == Locked) {
				bad("%s of %s is %s", st.Kind, o.ID, st.Level)
			}
			if mine {
				locked = append(locked, st.Stop)
			} else if i < r.Fixed {
				bad("%s comes before what %s is on the way to", o.ID, r.ID)
			}
			if st.ETA < at-1e-6 {
				bad("%s of %s at %v, after %v", st.Kind, o.ID, st.ETA, at)
			}
			at = st.ETA
			planned[st.OrderID+st.Kind.String()]++
			if st.Kind == Dropoff {
				if !inHand[o.ID] {
					bad("%s is dropped off before it is picked up", o.ID)
				}
				delete(inHand, o.ID)
				if !mine {
					fresh--
				}
				continue
			}
			if inHand[o.ID] = true; !mine {
				fresh++
			}
			if st.ETA < o.ReadyAt {
				bad("%s is picked up before it is ready", o.ID)
			}
			if mine {
				continue
			}
			switch {
			case len(inHand) > r.Capacity:
				bad("%s has %d in hand", r.ID, len(inHand))
			case st.ETA > r.Until+1e-9:
				bad("%s is picked up at %v, %s ends at %v", o.ID, st.ETA, r.ID, r.Until)
			case o.Pin != "" && o.Pin != r.ID && o.Offered == "", o.Offered != "" && o.Offered != r.ID, slices.Contains(o.Avoid, r.ID):
				bad("%s may not be %s's", o.ID, r.ID)
			case st.Level == Go && (o.HeldUntil > p.Now || o.Offered != ""):
				bad("%s is to be told, held until %v, offered to %q", o.ID, o.HeldUntil, o.Offered)
			case st.Level == Tentative && waits[o.ID] == "":
				bad("%s waits without a reason", o.ID)
			}
		}
		if !slices.Equal(locked, r.Stops) {
			bad("%s: in hand %v, planned %v", r.ID, r.Stops, locked)
		}
	}
	for id, n := range planned {
		if n != 1 {
			bad("%s %d times", id, n)
		}
	}
	for _, o := range p.Orders {
		if planned[o.ID+"dropoff"] == 0 && waits[o.ID] == "" {
			bad("%s is not accounted for", o.ID)
		}
	}
	return wrong
}

func TestPlansAreFeasible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t)
		plan := Solve(p)
		if wrong := feasible(p, plan); len(wrong) > 0 {
			t.Fatal(wrong)
		}
		// The same problem, in another order: the same plan.
		q := p
		q.Orders, q.Riders = slices.Clone(p.Orders), slices.Clone(p.Riders)
		slices.Reverse(q.Orders)
		slices.Reverse(q.Riders)
		if again := Solve(q); !reflect.DeepEqual(plan, again) {
			t.Fatalf("turned round: %+v\nbefore: %+v", again, plan)
		}
		// Improving is never worse, however long.
		worst := math.Inf(1)
		for _, rounds := range []int{-1, 1, 10, 50, 200} {
			p.Settings.Rounds = rounds
			cost := Solve(p).Cost
			if cost > worst+1e-6 {
				t.Fatalf("after %d rounds %v, before %v", rounds, cost, worst)
			}
			worst = cost
		}
	})
}

// A plan goes on from the last one: as the last one stands, without an order,
// or a few minutes later.
func TestPlansGoOn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t)
		p.Last = Solve(p)
		p.Settings.Rounds = -1
		same := Solve(p)
		if wrong := feasible(p, same); len(wrong) > 0 {
			t.Fatal(wrong)
		}
		p.Settings.Rounds = 0
		var open []int
		for i, o := range p.Orders {
			if !slices.ContainsFunc(p.Riders, func(r Rider) bool {
				return slices.ContainsFunc(r.Stops, func(s Stop) bool { return s.OrderID == o.ID })
			}) {
				open = append(open, i)
			}
		}
		if len(open) > 0 {
			q := p
			q.Orders = slices.Delete(slices.Clone(p.Orders), open[0], open[0]+1)
			if wrong := feasible(q, Solve(q)); len(wrong) > 0 {
				t.Fatal("without one order: ", wrong)
			}
		}
		p.Now += float64(rapid.IntRange(-30, 30).Draw(t, "later")) // clocks go back too
		if len(p.Riders) > 0 && rapid.Bool().Draw(t, "gone") {
			gone := p.Riders[0]
			p.Riders = p.Riders[1:]
			p.Orders = slices.DeleteFunc(slices.Clone(p.Orders), func(o Order) bool {
				return slices.ContainsFunc(gone.Stops, func(s Stop) bool { return s.OrderID == o.ID })
			})
		}
		if wrong := feasible(p, Solve(p)); len(wrong) > 0 {
			t.Fatal("later: ", wrong)
		}
	})
}

func TestExplanationsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t)
		plan := Solve(p)
		for _, o := range p.Orders {
			for _, g := range Explain(p, plan, o.ID) {
				sum := 0.0
				for _, term := range g.Terms {
					sum += term.Minutes
				}
				if math.Abs(sum-g.Extra) > 1e-6 {
					t.Fatalf("%s to %s: %v, in parts %v", o.ID, g.RiderID, g.Extra, g.Terms)
				}
				if !slices.Contains(g.Bundle, o.ID) || g.Dropoff < g.Pickup {
					t.Fatalf("%+v", g)
				}
			}
		}
	})
}

func FuzzSolve(f *testing.F) {
	f.Add(uint64(1), 0, 5, 0.0, 0.0, 1.0)
	f.Add(uint64(2), 1, 9, math.NaN(), math.Inf(1), -1.0)
	f.Add(uint64(3), 3, 30, -1e300, 1e300, math.NaN())
	f.Fuzz(func(t *testing.T, seed uint64, riders, orders int, a, b, c float64) {
		rng := rand.New(rand.NewPCG(seed, 1))
		odd := func() float64 { return []float64{a, b, c, 100, 110, 0}[rng.IntN(6)] }
		p := Problem{Now: odd(), Seed: seed, Settings: Settings{Interleave: seed%2 == 0, Commit: Commit{Tick: odd(), Lead: odd()}}}
		p.Travel = TravelFunc(func(x, y Place) float64 { return odd() })
		p.Demand = Demand{Rate: odd(), Shops: []Source{{1, odd()}}}
		for i := range max(0, min(40, orders)) {
			p.Orders = append(p.Orders, Order{
				ID: fmt.Sprint(i / 2 * rng.IntN(3)), Shop: Place(rng.IntN(3)), Door: Place(rng.IntN(3)), ReadyAt: odd(), PromisedAt: odd(), LimitAt: odd(), HeldUntil: odd(),
				AtShop: Service{odd(), odd()}, AtDoor: Service{odd(), odd()}, Pin: []string{"", "", "0", "x"}[rng.IntN(4)], OfferedTo: odd(),
			})
		}
		for i := range max(0, min(10, riders)) {
			p.Riders = append(p.Riders, Rider{
				ID: fmt.Sprint(i), At: Place(rng.IntN(3)), From: odd(), Until: odd(), Pace: odd(), Capacity: rng.IntN(5) - 1, Fixed: rng.IntN(5) - 1, Doubt: odd(), Covered: rng.IntN(5) - 2,
				Stops: []Stop{{fmt.Sprint(rng.IntN(9)), Dropoff}, {fmt.Sprint(rng.IntN(9)), Pickup}, {fmt.Sprint(rng.IntN(9)), Dropoff}}[:rng.IntN(4)],
			})
		}
		plan := Solve(p)
		if math.IsNaN(plan.Cost) || math.IsInf(plan.Cost, 0) {
			t.Fatalf("cost %v", plan.Cost)
		}
		for _, r := range plan.Routes {
			for _, s := range r.Stops {
				if math.IsNaN(s.ETA) || math.IsInf(s.ETA, 0) {
					t.Fatalf("%+v", s)
				}
			}
		}
		p.Last = plan
		for _, o := range p.Orders[:min(3, len(p.Orders))] {
			Explain(p, plan, o.ID)
		}
		Solve(p)
	})
}

func BenchmarkTick(b *testing.B) {
	for _, size := range []struct{ open, riders int }{{50, 60}, {300, 60}, {300, 300}, {1000, 60}, {1000, 300}} {
		b.Run(fmt.Sprintf("%dopen,%driders", size.open, size.riders), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 2))
			const side = 40 // places, half a minute apart
			p := Problem{Now: 100, Seed: 1, Settings: Settings{Interleave: true, Commit: Commit{Tick: 0.1, Lead: 0.5}}}
			p.Travel = TravelFunc(func(a, b Place) float64 { return math.Hypot(float64(a%side-b%side), float64(a/side-b/side)) / 2 })
			place := func() Place { return Place(rng.IntN(side * side)) }
			for i := range 80 {
				p.Demand.Shops = append(p.Demand.Shops, Source{place(), float64(1 + i%5)})
			}
			for i := range size.open {
				ready := 95 + 30*rng.Float64()
				p.Orders = append(p.Orders, Order{
					ID: fmt.Sprint("o", i), Shop: p.Demand.Shops[rng.IntN(80)].Shop, Door: place(), ReadyAt: ready, PromisedAt: ready + 30, LimitAt: ready + 60, AtShop: halves, AtDoor: halves,
				})
			}
			for i := range size.riders {
				p.Riders = append(p.Riders, Rider{ID: fmt.Sprint("r", i), At: place(), From: 100 + 10*rng.Float64(), Until: 400, Capacity: 4, Pace: 1})
			}
			p.Last = Solve(p)
			b.ReportAllocs()
			for b.Loop() {
				p.Seed++
				p.Last = Solve(p)
			}
			b.ReportMetric(float64(p.Last.Rounds), "rounds/op")
		})
	}
}
