package planner

import "math"

// stop is one of a route, by index.
type stop struct {
	order  int32
	kind   Kind
	locked bool
}

// mark is how things stand between two stops.
type mark struct {
	time float64 // the rider can leave
	cost float64 // so far
	at   Place
	load int32 // orders in hand
	new  int32 // of them those that were not told
}

// route is what a rider is to do. Pickups of one shop that follow each other
// are one visit: all are taken together, when the last is ready.
type route struct {
	stops []stop
	marks []mark // marks[i] is before stop i, the last one at the end; inside a visit it is that of its begin
	total float64
	end   float64 // of total: for where and when it ends
	fresh int     // new orders
}

func (rt *route) copyFrom(o *route) {
	rt.stops = append(rt.stops[:0], o.stops...)
	rt.marks = append(rt.marks[:0], o.marks...)
	rt.total, rt.end, rt.fresh = o.total, o.end, o.fresh
}

// rewalk computes the marks of a route anew and reports whether it can be ridden.
func (s *search) rewalk(r int32) bool {
	rt := &s.routes[r]
	rt.marks = append(rt.marks[:0], s.riders[r].begin)
	m := s.riders[r].begin
	ok := true
	for i := 0; i < len(rt.stops); {
		n := s.visit(rt.stops[i:])
		if !s.step(r, &m, rt.stops[i:i+n]) {
			ok = false
		}
		for range n - 1 {
			rt.marks = append(rt.marks, rt.marks[i])
		}
		rt.marks = append(rt.marks, m)
		i += n
	}
	fresh := 0
	for _, st := range rt.stops {
		if !st.locked && st.kind == Pickup {
			fresh++
		}
	}
	rt.fresh = fresh
	rt.end = s.ending(r, &m)
	rt.total = m.cost + rt.end + s.beyond(r, fresh)
	return ok
}

// visit is the number of stops at the head that are made at once.
func (s *search) visit(stops []stop) int {
	if stops[0].kind == Dropoff {
		return 1
	}
	shop, n := s.orders[stops[0].order].shop, 1
	for n < len(stops) && stops[n].kind == Pickup && s.orders[stops[n].order].shop == shop {
		n++
	}
	return n
}

// step rides to one visit. It reports whether that may be: in time, with room.
func (s *search) step(r int32, m *mark, visit []stop) bool {
	rd := &s.riders[r]
	o := &s.orders[visit[0].order]
	if visit[0].kind == Dropoff {
		ride := 0.0
		if m.at != o.door {
			ride = rd.pace * s.way(m.at, o.door)
		}
		door := max(s.now, m.time+ride+o.doorBefore)
		leave := door + o.doorAfter
		m.cost += s.w.Door*(door-o.direct) + s.price*busy(m.time, leave, rd.until)
		if door > o.promised {
			m.cost += s.w.Late * (door - o.promised)
			if door > o.limit {
				m.cost += s.w.Over * (door - o.limit)
			}
		}
		m.time, m.at = leave, o.door
		m.load--
		if !visit[0].locked {
			m.new--
		}
		return true
	}
	ride := 0.0
	if m.at != o.shop {
		ride = rd.pace * s.way(m.at, o.shop)
	}
	from := m.time
	if !visit[0].locked && o.release > from {
		from = o.release
	}
	at := max(s.now, from+ride+o.shopBefore, o.ready)
	ok := true
	for _, st := range visit[1:] {
		x := &s.orders[st.order]
		at = max(at, x.ready, x.release)
	}
	for _, st := range visit {
		x := &s.orders[st.order]
		m.cost += s.w.Wait * (at - x.ready)
		if !st.locked {
			m.cost += s.dislike(r, st.order)
			m.new++
			if at > rd.until {
				ok = false
			}
		}
	}
	leave := at + o.shopAfter
	if m.load == 0 {
		m.cost += s.price * busy(leave-o.shopAfter-o.shopBefore-ride, leave, rd.until)
	} else {
		m.cost += s.price * busy(m.time, leave, rd.until)
	}
	m.time, m.at = leave, o.shop
	m.load += int32(len(visit))
	return ok && (m.load <= rd.capacity || m.new == 0)
}

// busy is the part of an interval before the end of duty.
func busy(from, to, until float64) float64 {
	return max(0, min(to, until)-min(from, until))
}

// ending is what a route's last place and time cost.
func (s *search) ending(r int32, m *mark) float64 {
	if m.time >= s.riders[r].until {
		return 0
	}
	return (s.w.End*s.price + s.w.Near) * s.reach(m.at)
}

// beyond is what orders cost beyond a rider's guarantee.
func (s *search) beyond(r int32, fresh int) float64 {
	return s.w.Beyond * float64(max(0, fresh-s.riders[r].covered))
}

// dislike is what giving an order to a rider costs, wherever in the route.
func (s *search) dislike(r, o int32) float64 {
	c := s.riders[r].doubt
	if x := &s.orders[o]; x.last >= 0 && x.last != r {
		c += x.change
	}
	return c
}

// may reports whether a rider may have an order.
func (s *search) may(r, o int32) bool {
	x := &s.orders[o]
	if x.pin != anyone && x.pin != r {
		return false
	}
	for _, a := range x.avoid {
		if a == r {
			return false
		}
	}
	return true
}

func (s *search) way(from, to Place) float64 {
	if from == to {
		return 0
	}
	v := s.travel.Minutes(from, to)
	if v >= 0 && v <= longestWay { // NaN is neither
		return v
	}
	if v < 0 || math.IsNaN(v) && from == to {
		return 0
	}
	return longestWay
}

// longestWay stands for a way that can't be ridden.
const longestWay = 1e5
