package planner

import (
	"cmp"
	"math"
	"slices"
)

// undo is what the routes were before a round.
type undo struct {
	routes []int32
	kept   []route // as long as the most routes that a round changed
	of     []int32 // for each rider: its index in routes, or -1
	orders []int32
	where  []int32
}

func (s *search) remember(r int32) {
	u := &s.undo
	if u.of[r] >= 0 {
		return
	}
	n := len(u.routes)
	u.of[r] = int32(n)
	u.routes = append(u.routes, r)
	if n == len(u.kept) {
		u.kept = append(u.kept, route{})
	}
	u.kept[n].copyFrom(&s.routes[r])
}

// settle ends a round: what was changed stays, or all is as it was.
func (s *search) settle(keep bool) {
	u := &s.undo
	for i, r := range u.routes {
		if !keep {
			s.routes[r].copyFrom(&u.kept[i])
		}
		u.of[r] = -1
	}
	if !keep {
		for i, o := range u.orders {
			s.where[o] = u.where[i]
		}
	}
	u.routes, u.orders, u.where = u.routes[:0], u.orders[:0], u.where[:0]
}

const (
	mostOut    = 6       // orders that a round takes out
	roundsBase = 150     // rounds of a plan, and
	roundsEach = 8       // more for each order
	mostSpent  = 1200000 // visits that a plan walks to: a tenth of a second or so
)

// improve takes some orders out and puts them back, as often as it is allowed,
// and keeps what is no worse.
func (s *search) improve(rounds int) {
	if len(s.open) == 0 || len(s.riders) == 0 {
		return
	}
	if rounds == 0 {
		rounds = roundsBase + roundsEach*len(s.open)
	}
	s.undo.of = make([]int32, len(s.riders))
	for i := range s.undo.of {
		s.undo.of[i] = -1
	}
	var out []int32
	for ; s.rounds < rounds && s.spent < mostSpent; s.rounds++ {
		out = s.ruin(out[:0])
		if len(out) == 0 {
			continue
		}
		before := 0.0
		for _, o := range out {
			s.undo.orders = append(s.undo.orders, o)
			s.undo.where = append(s.undo.where, s.where[o])
			if r := s.where[o]; r >= 0 {
				s.remember(r)
				before += s.routes[r].total
				s.take(o)
				before -= s.routes[r].total
			} else {
				before += s.leftOut(o)
			}
		}
		s.arrange(out)
		after := 0.0
		for _, o := range out {
			p := s.insert(o, true)
			if p.extra >= s.leftOut(o) {
				after += s.leftOut(o)
			} else {
				s.remember(p.rider)
				after -= s.routes[p.rider].total
				s.put(o, p)
				after += s.routes[p.rider].total
			}
			if after > before+1e-9 {
				break
			}
		}
		s.settle(after <= before+1e-9)
	}
}

// leftOut is what an order without a rider costs; later is worse.
func (s *search) leftOut(o int32) float64 {
	return s.w.LeftOut + max(0, s.now-s.orders[o].ready)
}

// ruin chooses the orders to take out: those without a rider, and some that
// have to do with each other.
func (s *search) ruin(out []int32) []int32 {
	var placed int
	for _, o := range s.open {
		if s.where[o] < 0 {
			if s.insertable(o) {
				out = append(out, o)
			}
		} else {
			placed++
		}
	}
	if len(out) > mostOut {
		s.rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
		out = out[:mostOut]
	}
	if placed == 0 {
		return out
	}
	n := min(placed, 1+s.rng.IntN(mostOut))
	if s.rng.IntN(4) == 0 {
		for range n {
			if o := s.open[s.rng.IntN(len(s.open))]; s.where[o] >= 0 && !slices.Contains(out, o) {
				out = append(out, o)
			}
		}
		return out
	}
	seed := s.open[s.rng.IntN(len(s.open))]
	if len(out) > 0 && s.rng.IntN(2) == 0 {
		seed = out[0]
	}
	return s.related(out, seed, n)
}

// related adds the n orders that have the most to do with a seed.
func (s *search) related(out []int32, seed int32, n int) []int32 {
	var near [mostOut]int32
	var far [mostOut]float64
	found := 0
	for _, o := range s.open {
		if s.where[o] < 0 {
			continue
		}
		d := s.apart(seed, o) * (0.5 + s.rng.Float64())
		if o == seed {
			d = -1
		}
		if found == n && d >= far[n-1] {
			continue
		}
		if found < n {
			found++
		}
		i := found - 1
		for ; i > 0 && far[i-1] > d; i-- {
			far[i], near[i] = far[i-1], near[i-1]
		}
		far[i], near[i] = d, o
	}
	return append(out, near[:found]...)
}

// apart is how little two orders have to do with each other.
func (s *search) apart(a, b int32) float64 {
	x, y := &s.orders[a], &s.orders[b]
	d := math.Abs(x.ready - y.ready)
	if s.where[a] >= 0 && s.where[a] == s.where[b] {
		d *= 0.5
	}
	if x.shop == y.shop {
		return 0.5*d + 0.1
	}
	return d + s.way(x.shop, y.shop) + 0.5*s.way(x.door, y.door)
}

// arrange puts orders into the order in which they are inserted.
func (s *search) arrange(out []int32) {
	s.rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	switch s.rng.IntN(4) {
	case 0:
		slices.SortStableFunc(out, func(a, b int32) int { return cmp.Compare(s.orders[a].ready, s.orders[b].ready) })
	case 1:
		slices.SortStableFunc(out, func(a, b int32) int { return cmp.Compare(s.orders[b].ride, s.orders[a].ride) })
	}
}

// insertable reports whether there may be a rider at all.
func (s *search) insertable(o int32) bool { return s.orders[o].pin != nobody }
