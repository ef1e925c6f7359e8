package planner

import "slices"

// plan writes the solution down, each stop with its level.
func (s *search) plan() *Plan {
	p := &Plan{At: s.now, Cost: s.cost(), Price: s.price, Rounds: s.rounds, Tried: s.tried}
	until := make([]float64, len(s.orders))
	told := make([]bool, len(s.orders))
	for r := range s.routes {
		p.Routes = append(p.Routes, s.write(int32(r), told, until))
	}
	for _, o := range s.open {
		if !told[o] || s.orders[o].offered {
			p.Waiting = append(p.Waiting, s.why(o, until[o]))
		}
	}
	return p
}

// write follows a route and says when each stop is made and which must be told.
func (s *search) write(r int32, told []bool, until []float64) Route {
	rd, rt := &s.riders[r], &s.routes[r]
	out := Route{RiderID: rd.id, Stops: make([]Planned, 0, len(rt.stops))}
	soon := s.now + s.commit.Tick + s.commit.Lead
	m := rd.begin
	inHand := true // nothing but what is in hand came before
	for i := 0; i < len(rt.stops); {
		n := s.visit(rt.stops[i:])
		visit := rt.stops[i : i+n]
		before := m
		s.step(r, &m, visit)
		o := &s.orders[visit[0].order]
		eta := m.time - o.doorAfter
		if visit[0].kind == Pickup {
			eta = m.time - o.shopAfter
		}
		leave := s.leaveBy(rd, &before, visit, eta)
		for _, st := range visit {
			x := &s.orders[st.order]
			level := Tentative
			switch {
			case st.locked:
				level = Locked
			case st.kind == Dropoff:
				if told[st.order] {
					level = Go
				}
			default:
				until[st.order] = max(leave, x.release)
				if x.release > s.now || x.offered {
					break
				}
				if inHand && s.mustGo(r, st, visit, &before, eta, leave, soon) {
					level, told[st.order] = Go, true
				}
			}
			out.Stops = append(out.Stops, Planned{
				Stop: Stop{OrderID: x.id, Kind: st.kind}, ETA: eta, Level: level,
			})
		}
		inHand = inHand && visit[0].locked
		i += n
	}
	return out
}

// leaveBy is when the rider must leave to make a visit at its time.
func (s *search) leaveBy(rd *rider, m *mark, visit []stop, eta float64) float64 {
	o := &s.orders[visit[0].order]
	if visit[0].kind == Dropoff {
		return m.time
	}
	return max(m.time, eta-o.shopBefore-rd.pace*s.way(m.at, o.shop))
}

// mustGo reports whether a new order of the first visit after what is in hand
// must be told before the next plan.
func (s *search) mustGo(r int32, st stop, visit []stop, m *mark, eta, leave, soon float64) bool {
	early := leave < soon+s.commit.Early
	if visit[0].locked { // it joins a trip that was told, as late as it can
		return eta <= soon || s.commit.Early > 0 && early
	}
	if early && s.idle(r) {
		return true
	}
	if m.time > s.now+s.commit.Lead || leave >= soon {
		return false
	}
	if s.commit.Whole || eta <= soon {
		return true
	}
	// The rider leaves for what is ready first; the others may join until then.
	first := s.orders[visit[0].order].ready
	for _, v := range visit[1:] {
		first = min(first, s.orders[v.order].ready)
	}
	return s.orders[st.order].ready <= first
}

// idle reports whether a rider stands free with nothing told: when it is told of
// its next trip early, what would join can join still, and there is hardly time
// for another trip before.
func (s *search) idle(r int32) bool {
	return s.commit.Early > 0 && s.riders[r].begin.time <= s.now &&
		!slices.ContainsFunc(s.routes[r].stops, func(st stop) bool { return st.locked })
}

// why says why an order waits.
func (s *search) why(o int32, until float64) Waiting {
	x := &s.orders[o]
	w := Waiting{OrderID: x.id}
	if r := s.where[o]; r >= 0 {
		w.RiderID, w.Until = s.riders[r].id, until
	}
	switch {
	case x.offered:
		w.Why, w.Until = Offered, x.offeredTo
	case x.release > s.now:
		w.Why, w.Until = Held, x.release
	case x.pin != anyone:
		w.Why = Pinned
	case s.where[o] < 0:
		w.Why = NoRider
	default:
		w.Why = BetterLater
	}
	return w
}
