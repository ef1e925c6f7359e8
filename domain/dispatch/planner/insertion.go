package planner

import "math"

// spot is where an order may go: its pickup before stop first of the route as
// it is, its drop-off before stop last.
type spot struct {
	rider       int32
	first, last int
	extra       float64 // cost more
}

var nowhere = spot{rider: -1, extra: math.Inf(1)}

// insert finds the cheapest place for an order.
func (s *search) insert(o int32, blink bool) spot {
	best := nowhere
	if x := &s.orders[o]; x.last >= 0 { // likely the best: it makes the bound tight
		s.insertInto(x.last, o, &best, false)
	}
	for r := range s.routes {
		r := int32(r)
		if r == s.orders[o].last || blink && s.rng.IntN(blinks) == 0 {
			continue
		}
		s.insertInto(r, o, &best, blink)
	}
	return best
}

// blinks is one in how many places that an insertion overlooks.
const blinks = 80

// insertInto looks for a cheaper place in one route.
func (s *search) insertInto(r, o int32, best *spot, blink bool) {
	if !s.may(r, o) {
		return
	}
	x, rd, rt := &s.orders[o], &s.riders[r], &s.routes[r]
	fixed := s.dislike(r, o) + s.beyond(r, rt.fresh+1) - s.beyond(r, rt.fresh) - rt.end
	both := s.w.Wait + s.w.Door
	begin := 0 // of the visit before i
	begun := 0
	if s.spent > mostSpent/2 && len(rt.stops) > rd.fixed { // in a hurry: at the end
		begun = len(rt.stops)
	}
	for i := begun; i <= len(rt.stops); i++ {
		joins := false
		if i > 0 {
			prev := rt.stops[i-1]
			if prev.kind == Dropoff {
				begin = i
			} else {
				if i == 1 || rt.stops[i-2].kind == Dropoff || s.orders[rt.stops[i-2].order].shop != s.orders[prev.order].shop {
					begin = i - 1
				}
				joins = s.orders[prev.order].shop == x.shop
				if i < len(rt.stops) && rt.stops[i].kind == Pickup && s.orders[rt.stops[i].order].shop == s.orders[prev.order].shop {
					continue // inside a visit
				}
			}
		}
		if i < rd.fixed {
			continue
		}
		m := &rt.marks[i]
		if !joins && i < len(rt.stops) && rt.stops[i].kind == Pickup && s.orders[rt.stops[i].order].shop == x.shop {
			continue // joining that visit is the same and comes next
		}
		if m.load > 0 && !joins && !s.interleave || m.load >= rd.capacity {
			continue
		}
		// Nothing from here on is picked up before the visit that ends here.
		if fixed+both*(m.time-x.shopAfter-x.ready) >= best.extra {
			return
		}
		picked := max(m.time-x.shopAfter, x.ready)
		if !joins {
			ride := rd.pace * s.way(m.at, x.shop)
			at := max(max(m.time, x.release)+ride+x.shopBefore, x.ready)
			if at > rd.until {
				continue
			}
			if fixed+both*(at-x.ready) >= best.extra {
				continue
			}
			picked = at
		}
		from := i
		if joins {
			from = begin
		}
		for j := i; j <= len(rt.stops); j++ {
			if j > i && !s.interleave && rt.stops[j-1].kind == Pickup {
				break
			}
			if j > i && rt.stops[j-1].kind == Pickup && rt.marks[j].load >= rd.capacity {
				break
			}
			if j > i && j < len(rt.stops) && rt.stops[j-1].kind == Pickup && rt.stops[j].kind == Pickup &&
				s.orders[rt.stops[j-1].order].shop == s.orders[rt.stops[j].order].shop {
				continue
			}
			// Nor is the door reached before those on the way.
			if fixed+s.w.Wait*(picked-x.ready)+s.w.Door*(rt.marks[j].time+x.doorBefore-x.direct) >= best.extra {
				break
			}
			if j < rd.fixed || blink && s.rng.IntN(blinks) == 0 {
				continue
			}
			s.tried++
			if extra := s.evaluate(r, o, from, i, j, best.extra); extra < best.extra {
				*best = spot{rider: r, first: i, last: j, extra: extra}
			}
			if j < len(rt.stops) && !s.interleave && rt.stops[j].kind == Pickup {
				break // the next trip
			}
		}
	}
}

// evaluate says what a place costs, walking from a visit's begin on; more than
// limit is as good as infinite.
func (s *search) evaluate(r, o int32, from, first, last int, limit float64) float64 {
	rt := &s.routes[r]
	b := s.scratch[:0]
	b = append(b, rt.stops[from:first]...)
	b = append(b, stop{order: o, kind: Pickup})
	b = append(b, rt.stops[first:last]...)
	b = append(b, stop{order: o, kind: Dropoff})
	done := len(b)
	b = append(b, rt.stops[last:]...)
	s.scratch = b
	m := rt.marks[from]
	fair := s.beyond(r, rt.fresh+1) - s.beyond(r, rt.fresh)
	until := rt.total + limit - fair
	for i := 0; i < len(b); {
		s.spent++
		n := s.visit(b[i:])
		if !s.step(r, &m, b[i:i+n]) || m.cost > until {
			return math.Inf(1)
		}
		i += n
		if i >= done && i < len(b) {
			// As late as before: what follows costs what it cost.
			if old := &rt.marks[last+i-done]; old.time == m.time && old.at == m.at && old.load == m.load {
				return m.cost - old.cost + fair
			}
		}
	}
	return m.cost + s.ending(r, &m) + s.beyond(r, rt.fresh+1) - rt.total
}

// put carries out an insertion.
func (s *search) put(o int32, p spot) {
	rt := &s.routes[p.rider]
	st := rt.stops
	st = append(st, stop{}, stop{})
	copy(st[p.last+2:], st[p.last:len(st)-2])
	st[p.last+1] = stop{order: o, kind: Dropoff}
	copy(st[p.first+1:p.last+1], st[p.first:p.last])
	st[p.first] = stop{order: o, kind: Pickup}
	rt.stops = st
	s.where[o] = p.rider
	s.rewalk(p.rider)
}

// take removes an order from its route.
func (s *search) take(o int32) {
	r := s.where[o]
	rt := &s.routes[r]
	kept := rt.stops[:0]
	for _, st := range rt.stops {
		if st.order != o {
			kept = append(kept, st)
		}
	}
	rt.stops = kept
	s.where[o] = -1
	s.rewalk(r)
}
