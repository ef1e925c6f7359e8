package planner

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// order is an Order as the search sees it: indices, and no absurd numbers.
type order struct {
	id                                           string
	shop, door                                   Place
	ready, promised, limit, release              float64
	shopBefore, shopAfter, doorBefore, doorAfter float64
	ride                                         float64 // from the shop to the door
	direct                                       float64 // when a direct ride from ready food reaches the door
	pin                                          int32   // a rider, anyone or nobody
	avoid                                        []int32
	rider                                        int32 // who has it in hand; -1: nobody
	offered                                      bool
	offeredTo                                    float64
	last                                         int32   // whom the last plan meant
	change                                       float64 // cost of another
}

const (
	anyone int32 = -1
	nobody int32 = -2
)

// rider is a Rider as the search sees it.
type rider struct {
	id       string
	begin    mark
	until    float64
	pace     float64
	capacity int32
	fixed    int
	covered  int
	doubt    float64
}

// search is one solution and all that improving it needs.
type search struct {
	now        float64
	w          Weights
	price      float64
	rate       float64
	sources    []Source
	reached    map[Place]float64
	travel     Travel
	interleave bool
	commit     Commit
	orders     []order
	riders     []rider
	routes     []route
	where      []int32 // of each order: whose route it is in; -1: in none
	open       []int32 // orders that are not in hand
	rng        *rand.Rand
	scratch    []stop
	tried      int
	spent      int // visits walked: the time that was used
	rounds     int
	undo       undo
}

// sane is v, or otherwise when v is no number that a time can be.
func sane(v, otherwise float64) float64 {
	if math.IsNaN(v) {
		return otherwise
	}
	return min(Never, max(-Never, v))
}

func (v Service) sane() (before, after float64) {
	return max(0, min(longestWay, sane(v.Before, 0))), max(0, min(longestWay, sane(v.After, 0)))
}

// newSearch reads a problem: riders and orders sorted by id, so that the plan
// does not depend on their order; of what comes twice the first counts.
func newSearch(p *Problem) *search {
	s := &search{
		now: sane(p.Now, 0), w: weightsOf(p.Settings.Balance), reached: map[Place]float64{},
		travel: p.Travel, interleave: p.Settings.Interleave, commit: p.Settings.Commit,
		rate: max(0, min(1e4, sane(p.Demand.Rate, 0))),
		rng:  rand.New(rand.NewPCG(p.Seed, 0x9e3779b97f4a7c15)),
	}
	for _, d := range p.Demand.Shops {
		if d.Weight > 0 { // NaN is not
			s.sources = append(s.sources, Source{d.Shop, min(Never, d.Weight)})
		}
	}
	if p.Settings.Weights != nil {
		s.w = *p.Settings.Weights
	}
	if p.Settings.Steady > 0 {
		s.w.Change = min(Never, p.Settings.Steady)
	}
	if s.travel == nil {
		s.travel = TravelFunc(func(_, _ Place) float64 { return 1 })
	}
	s.commit.Tick, s.commit.Lead = max(0, sane(s.commit.Tick, 0)), max(0, sane(s.commit.Lead, 0))
	s.commit.Early = max(0, sane(s.commit.Early, 0))

	riders := slices.Clone(p.Riders)
	slices.SortStableFunc(riders, func(a, b Rider) int { return cmp.Compare(a.ID, b.ID) })
	riders = slices.CompactFunc(riders, func(a, b Rider) bool { return a.ID == b.ID })
	orders := slices.Clone(p.Orders)
	slices.SortStableFunc(orders, func(a, b Order) int { return cmp.Compare(a.ID, b.ID) })
	orders = slices.CompactFunc(orders, func(a, b Order) bool { return a.ID == b.ID })

	riderOf := make(map[string]int32, len(riders))
	for i, r := range riders {
		riderOf[r.ID] = int32(i)
	}
	orderOf := make(map[string]int32, len(orders))
	for i, o := range orders {
		orderOf[o.ID] = int32(i)
		s.orders = append(s.orders, s.readOrder(&o, riderOf))
	}
	s.where = make([]int32, len(orders))
	for i := range s.where {
		s.where[i] = -1
	}
	s.routes = make([]route, len(riders))
	for i := range riders {
		s.readRider(int32(i), &riders[i], orderOf)
	}
	for o := range s.orders {
		if s.orders[o].rider < 0 {
			s.open = append(s.open, int32(o))
		}
	}
	for r := range s.routes {
		s.rewalk(int32(r)) // without a price yet: for the times
	}
	s.price = s.priceOf(s.load())
	for r := range s.routes {
		s.rewalk(int32(r))
	}
	return s
}

func (s *search) readOrder(o *Order, riderOf map[string]int32) order {
	x := order{
		id: o.ID, shop: o.Shop, door: o.Door, ready: sane(o.ReadyAt, s.now), release: sane(o.HeldUntil, -Never),
		promised: sane(o.PromisedAt, Never), limit: sane(o.LimitAt, Never),
		pin: anyone, rider: -1, last: -1,
	}
	x.shopBefore, x.shopAfter = o.AtShop.sane()
	x.doorBefore, x.doorAfter = o.AtDoor.sane()
	x.ready = max(s.now-longestWay, min(s.now+longestWay, x.ready))
	x.release = min(s.now+longestWay, x.release)
	x.ride = s.way(o.Shop, o.Door)
	x.direct = x.ready + x.shopAfter + x.ride + x.doorBefore
	x.limit = max(x.limit, x.promised)
	name := func(id string) int32 {
		if r, ok := riderOf[id]; ok {
			return r
		}
		return nobody
	}
	for _, a := range o.Avoid {
		if r := name(a); r >= 0 {
			x.avoid = append(x.avoid, r)
		}
	}
	if o.Pin != "" {
		x.pin = name(o.Pin)
	}
	if o.Offered != "" {
		x.pin, x.offered, x.offeredTo = name(o.Offered), true, sane(o.OfferedTo, s.now)
	}
	return x
}

func (s *search) readRider(i int32, r *Rider, orderOf map[string]int32) {
	x := rider{
		id: r.ID, until: sane(r.Until, Never), pace: sane(r.Pace, 1), capacity: int32(max(0, min(1e6, r.Capacity))),
		covered: max(0, r.Covered), doubt: max(0, sane(r.Doubt, 0)),
	}
	if x.pace <= 0 {
		x.pace = 1
	}
	x.pace = min(x.pace, 1e3)
	x.begin = mark{at: r.At, time: max(s.now-longestWay, min(s.now+longestWay, sane(r.From, s.now)))}
	if len(r.Stops) == 0 || r.Fixed <= 0 { // else it may stand at its stop for a while already
		x.begin.time = max(s.now, x.begin.time)
	}
	rt := &s.routes[i]
	taken := map[int32]bool{}
	for n, st := range r.Stops {
		o, ok := orderOf[st.OrderID]
		if !ok || s.orders[o].rider >= 0 && s.orders[o].rider != i {
			continue // not known, or in another's hands
		}
		if st.Kind == Dropoff && !taken[o] {
			x.begin.load++
		}
		taken[o] = true
		s.orders[o].rider, s.where[o] = i, i
		rt.stops = append(rt.stops, stop{order: o, kind: st.Kind, locked: true})
		if n < r.Fixed {
			x.fixed = len(rt.stops)
		}
	}
	s.riders = append(s.riders, x)
}
