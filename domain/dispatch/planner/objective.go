package planner

// Weights are the objective: what things cost, in minutes.
type Weights struct {
	Wait    float64 // a minute that ready food waits at the shop
	Door    float64 // a minute by which a door is reached later than by a direct ride from ready food
	Late    float64 // a minute after the promise
	Over    float64 // a minute after the limit
	LeftOut float64 // an order without a rider
	Ride    float64 // a rider's busy minute, always
	// A busy minute costs Scarce more for each part of the load above Calm, at most Dear.
	Scarce, Calm, Dear float64
	Beyond             float64 // an order beyond what the rider's guarantee pays
	// A minute of the way from a route's end to where food comes from costs Near,
	// and End times what a rider's busy minute does.
	Near, End float64
	Change    float64 // another rider than the last plan's, just before its time
}

// weightsOf are a balance's.
func weightsOf(b Balance) Weights {
	w := Weights{
		Wait: 1, Door: 1, Late: 0.3, Over: 5, LeftOut: 600,
		Scarce: 0.6, Calm: 0.6, Dear: 2, Beyond: 1, Near: 0.1, End: 1.5, Change: 0.5,
	}
	switch b {
	case Fast:
		w.Beyond = 0.7
	case Thrifty:
		w.Beyond = 6
	}
	return w
}

const (
	ahead    = 40 // minutes for which work and riders are weighed
	expected = 20 // minutes of orders still to come that fall due in them
	farthest = 15 // minutes of way beyond which a route's end is no worse
)

// Demand is where orders come from.
type Demand struct {
	Rate  float64 // orders a minute
	Shops []Source
}

// Source is a shop's share.
type Source struct {
	Shop   Place
	Weight float64
}

// reach is the way from a place to where food comes from, in minutes.
func (s *search) reach(at Place) float64 {
	if v, ok := s.reached[at]; ok {
		return v
	}
	sum, weight := 0.0, 0.0
	for _, d := range s.sources {
		sum += d.Weight * min(farthest, s.way(at, d.Shop))
		weight += d.Weight
	}
	if weight > 0 {
		sum /= weight
	}
	s.reached[at] = sum
	return sum
}

// load is the work known and expected over the minutes that riders have for it.
func (s *search) load() float64 {
	work, n := 0.0, 0
	due := 0.0
	for i := range s.orders {
		o := &s.orders[i]
		if o.rider >= 0 {
			continue
		}
		w := o.ride + o.shopBefore + o.shopAfter + o.doorBefore + o.doorAfter + 0.5*s.reach(o.door)
		work += w
		n++
		if o.ready < s.now+ahead {
			due += w
		}
	}
	mean := 24.0
	if n > 0 {
		mean = work / float64(n)
	}
	due += s.rate * expected * mean
	free := 0.0
	for i := range s.riders {
		r := &s.riders[i]
		from := s.routes[i].marks[len(s.routes[i].stops)].time // nothing new is in it yet
		free += max(0, min(r.until, s.now+ahead)-max(from, s.now))
	}
	if free <= 0 {
		if due > 0 {
			return Never
		}
		return 0
	}
	return due / free
}

// price is a rider's busy minute.
func (s *search) priceOf(load float64) float64 {
	w := &s.w
	return w.Ride + min(w.Dear, w.Scarce*max(0, load-w.Calm))
}
