package planner

import (
	"cmp"
	"math"
	"slices"
)

// Suggestion is what one rider would mean for an order, everything else being
// as the plan has it.
type Suggestion struct {
	RiderID string
	Extra   float64 // cost more, in the objective's minutes: the best has the least
	Pickup  float64 // forecasts
	Dropoff float64
	Ride    float64  // minutes of riding more
	Terms   []Term   // what Extra is made of, the greatest first
	Bundle  []string // fetched in the same visit, this order among them
	Effects []Effect // on others' doors, the greatest delay first
	Planned bool     // whom the plan means
}

// Cause is a kind of cost.
type Cause string

// The causes.
const (
	FoodWaits Cause = "food_waits" // ready food waits for the rider
	DoorLater Cause = "door_later" // than by a direct ride from ready food
	Late      Cause = "late"       // after the promise, or the limit
	Others    Cause = "others"     // what others' doors and food lose or win
	Scarce    Cause = "scarce"     // the rider's minutes, while riders are scarce
	Position  Cause = "position"   // where the rider will end
	Share     Cause = "share"      // others have had fewer orders
	Doubtful  Cause = "doubtful"   // no signal, often refuses
	Changed   Cause = "changed"    // the plan meant another
)

// Term is one part of a cost, in minutes.
type Term struct {
	Cause   Cause
	Minutes float64
}

// Effect is what an order does to another one's door.
type Effect struct {
	OrderID       string
	Before, After float64
	PromisedAt    float64
}

// Misses reports whether the other order keeps its promise without this one only.
func (e Effect) Misses() bool { return e.Before <= e.PromisedAt && e.After > e.PromisedAt }

// Explain lists what each rider who may have an order would mean for it, the
// best first. plan is the last one for the problem.
func Explain(p Problem, plan *Plan, orderID string) []Suggestion {
	p.Last, p.Settings.Rounds = plan, -1
	s := newSearch(&p)
	s.inherit(plan)
	o := int32(slices.IndexFunc(s.orders, func(x order) bool { return x.id == orderID }))
	if o < 0 || s.orders[o].rider >= 0 {
		return nil
	}
	planned := s.where[o]
	if planned >= 0 {
		s.take(o)
	}
	var out []Suggestion
	for r := range s.routes {
		at := nowhere
		s.insertInto(int32(r), o, &at, false)
		if at.rider >= 0 {
			x := s.explain(o, at)
			x.Planned = at.rider == planned
			out = append(out, x)
		}
	}
	slices.SortStableFunc(out, func(a, b Suggestion) int { return cmp.Compare(a.Extra, b.Extra) })
	return out
}

// explain carries an insertion out, compares, and takes it back.
func (s *search) explain(o int32, at spot) Suggestion {
	r := at.rider
	rd, rt, x := &s.riders[r], &s.routes[r], &s.orders[o]
	before, end, priced := s.doors(r), rt.end, s.cheap(r)
	beyond := s.beyond(r, rt.fresh)
	rideBefore := s.riding(r)
	s.put(o, at)
	after := s.doors(r)
	mine := after[o]
	g := Suggestion{RiderID: rd.id, Extra: at.extra, Pickup: mine.pickup, Dropoff: mine.door, Ride: s.riding(r) - rideBefore}
	add := func(c Cause, minutes float64) {
		if math.Abs(minutes) > 1e-9 {
			g.Terms = append(g.Terms, Term{c, minutes})
		}
	}
	add(FoodWaits, s.w.Wait*(mine.pickup-x.ready))
	add(DoorLater, s.w.Door*(mine.door-x.direct))
	add(Late, s.w.Late*max(0, mine.door-x.promised)+s.w.Over*max(0, mine.door-x.limit))
	add(Scarce, s.cheap(r)-priced)
	add(Position, rt.end-end)
	add(Share, s.beyond(r, rt.fresh)-beyond)
	add(Doubtful, rd.doubt)
	add(Changed, s.dislike(r, o)-rd.doubt)
	rest := at.extra
	for _, t := range g.Terms {
		rest -= t.Minutes
	}
	add(Others, rest)
	slices.SortStableFunc(g.Terms, func(a, b Term) int { return cmp.Compare(b.Minutes, a.Minutes) })
	for _, st := range rt.stops {
		if st.kind == Pickup && after[st.order].visit == mine.visit {
			g.Bundle = append(g.Bundle, s.orders[st.order].id)
		}
		if was, is := before[st.order], after[st.order]; st.kind == Dropoff && st.order != o && is.door != was.door {
			g.Effects = append(g.Effects, Effect{s.orders[st.order].id, was.door, is.door, s.orders[st.order].promised})
		}
	}
	slices.SortStableFunc(g.Effects, func(a, b Effect) int { return cmp.Compare(b.After-b.Before, a.After-a.Before) })
	s.take(o)
	return g
}

// forecast is of one order in a route; visit is the stop at which its visit begins.
type forecast struct {
	pickup, door float64
	visit        int
}

// doors follows a route.
func (s *search) doors(r int32) map[int32]forecast {
	out := map[int32]forecast{}
	s.follow(r, func(i int, visit []stop, _, m *mark) {
		for _, st := range visit {
			f := out[st.order]
			if st.kind == Pickup {
				f.pickup, f.visit = m.time-s.orders[visit[0].order].shopAfter, i
			} else {
				f.door = m.time - s.orders[st.order].doorAfter
			}
			out[st.order] = f
		}
	})
	return out
}

// riding is the minutes that a route is ridden.
func (s *search) riding(r int32) float64 {
	sum := 0.0
	s.follow(r, func(_ int, _ []stop, before, m *mark) { sum += s.riders[r].pace * s.way(before.at, m.at) })
	return sum
}

// cheap is what the busy minutes of a route cost: what it costs more than
// at no price.
func (s *search) cheap(r int32) float64 {
	with := s.routes[r].marks[len(s.routes[r].marks)-1].cost
	price := s.price
	s.price = 0
	without := 0.0
	s.follow(r, func(_ int, _ []stop, _, m *mark) { without = m.cost })
	s.price = price
	return with - without
}

// follow walks a route visit by visit.
func (s *search) follow(r int32, fn func(i int, visit []stop, before, after *mark)) {
	rt, m := &s.routes[r], s.riders[r].begin
	for i := 0; i < len(rt.stops); {
		n := s.visit(rt.stops[i:])
		before := m
		s.step(r, &m, rt.stops[i:i+n])
		fn(i, rt.stops[i:i+n], &before, &m)
		i += n
	}
}
