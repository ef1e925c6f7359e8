package planner

import (
	"cmp"
	"slices"
)

// Solve makes a plan. The same problem gives the same plan.
func Solve(p Problem) *Plan {
	s := newSearch(&p)
	s.inherit(p.Last)
	s.complete()
	if p.Settings.Rounds >= 0 {
		s.improve(p.Settings.Rounds)
	}
	return s.plan()
}

// inherit begins with the last plan, as far as it still holds.
func (s *search) inherit(last *Plan) {
	if last == nil {
		return
	}
	orderOf := make(map[string]int32, len(s.open))
	for _, o := range s.open {
		orderOf[s.orders[o].id] = o
	}
	at := 0
	for i := range last.Routes {
		l := &last.Routes[i]
		for at < len(s.riders) && s.riders[at].id < l.RiderID {
			at++
		}
		if at == len(s.riders) {
			break
		}
		if s.riders[at].id == l.RiderID {
			s.resume(int32(at), l, orderOf)
		}
	}
}

// resume appends a last route's orders that nobody has in hand, and notes whom
// the plan meant.
func (s *search) resume(r int32, l *Route, orderOf map[string]int32) {
	rt := &s.routes[r]
	kept := len(rt.stops)
	for _, st := range l.Stops {
		o, ok := orderOf[st.OrderID]
		if !ok || st.Kind == Pickup && s.where[o] >= 0 || st.Kind == Dropoff && s.where[o] != r {
			continue
		}
		if st.Kind == Pickup {
			x := &s.orders[o]
			x.last = r
			x.change = s.w.Change * max(0, min(1, 1-(st.ETA-s.now-15)/15))
			if !s.may(r, o) {
				continue
			}
			s.where[o] = r
		}
		rt.stops = append(rt.stops, stop{order: o, kind: st.Kind})
	}
	s.mend(r, kept, l)
}

// mend weaves orders into trips that were told since, and drops what can't be
// ridden any more.
func (s *search) mend(r int32, kept int, l *Route) {
	rt := &s.routes[r]
	if kept > 0 && len(rt.stops) > kept {
		// The last route knew where they stood between those in hand.
		place := make(map[string]int, len(l.Stops))
		for i, st := range l.Stops {
			place[st.OrderID+st.Kind.String()] = i + 1
		}
		of := func(st stop) int { return place[s.orders[st.order].id+st.kind.String()] }
		fixed := s.riders[r].fixed
		if !slices.ContainsFunc(rt.stops[:kept], func(st stop) bool { return of(st) == 0 }) {
			slices.SortStableFunc(rt.stops[fixed:], func(a, b stop) int { return cmp.Compare(of(a), of(b)) })
		}
	}
	for !s.rewalk(r) || !s.wellFormed(r) {
		// The last new order goes, and finds its place like any other.
		drop := int32(-1)
		for i := len(rt.stops) - 1; i >= 0; i-- {
			if st := rt.stops[i]; !st.locked {
				drop = st.order
				break
			}
		}
		if drop < 0 {
			return
		}
		s.take(drop)
	}
}

// wellFormed reports whether a route of trips is one.
func (s *search) wellFormed(r int32) bool {
	rt := &s.routes[r]
	if s.interleave {
		return true
	}
	for i, st := range rt.stops {
		if st.locked || st.kind == Dropoff || rt.marks[i].load == 0 {
			continue
		}
		prev := rt.stops[i-1]
		if prev.kind == Dropoff || s.orders[prev.order].shop != s.orders[st.order].shop {
			return false
		}
	}
	return true
}

// complete puts in what is in no route, the most urgent first.
func (s *search) complete() {
	var out []int32
	for _, o := range s.open {
		if s.where[o] < 0 && s.insertable(o) {
			out = append(out, o)
		}
	}
	slices.SortStableFunc(out, func(a, b int32) int { return cmp.Compare(s.orders[a].ready, s.orders[b].ready) })
	for _, o := range out {
		if p := s.insert(o, false); p.extra < s.leftOut(o) {
			s.put(o, p)
		}
	}
}

// cost is the objective.
func (s *search) cost() float64 {
	sum := 0.0
	for i := range s.routes {
		sum += s.routes[i].total
	}
	for _, o := range s.open {
		if s.where[o] < 0 {
			sum += s.leftOut(o)
		}
	}
	return sum
}
