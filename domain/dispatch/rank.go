package dispatch

import (
	"cmp"
	"math"
	"slices"

	"github.com/brosops/bros/domain"
)

const (
	staleFix     = 15 * 60 // seconds after which a rider's place counts as old
	placePenalty = 600     // seconds by which an unknown or old place makes a rider the worse choice
	ridingWeight = 0.5     // a second of riding more costs so much of a second that a customer waits
	fair         = 1800    // seconds of extra cost at which the score is 50
	lateWeight   = 3       // a second late counts as so many seconds of travel more
	onTheWay     = 300     // seconds of detour below which a shop lies on the way
	worthSaying  = 120     // seconds of waiting or lateness that the reason mentions
)

// Rank orders the riders that can take the delivery, best first: those active,
// on duty and below their capacity. The best is whose deliveries, this one
// among them, cost the least more: seconds until each door, those past the
// promised time several times over, and some for riding further. Ties fall to
// the smaller rider id.
func Rank(r Request) []Suggestion {
	g := newGround(r.Center, r.Now, r.Ways)
	errand := r.Delivery.Errand()
	switch errand.Status {
	case domain.PickedUp: // the next rider takes it over; where, nobody knows: rank by the shop
		errand.Status = domain.Waiting
	case domain.Returning: // and brings it there
		errand.Door, errand.PromisedAt = errand.Shop, domain.Time{}
		errand.Status = domain.Waiting
	}
	stops := StopsOf(errand)
	if len(stops) == 0 {
		return nil
	}
	out := make([]scored, 0, len(r.Riders))
	for i := range r.Riders {
		if rider, ok := g.ready(&r.Riders[i], r.Delivery.ID); ok {
			s := g.score(rider, stops)
			s.effect = rider.tour.effect(g.stops(stops), s.fit)
			out = append(out, s)
		}
	}
	slices.SortFunc(out, better)
	list := make([]Suggestion, len(out))
	for i := range out {
		list[i] = out[i].suggestion()
	}
	return list
}

// scored is a rider with what the delivery would cost there.
type scored struct {
	rider    *Candidate
	fit      fit
	cost     float64 // seconds more, with the penalty for an unknown place
	distance float64
	load     int
	known    bool
	promised float64
	effect   Effect // Rank alone fills it in
}

func better(a, b scored) int {
	return cmp.Or(
		cmp.Compare(a.cost, b.cost),
		cmp.Compare(a.fit.pickup, b.fit.pickup),
		cmp.Compare(a.rider.RiderID, b.rider.RiderID),
	)
}

// ready is a rider with room, its tour before it.
type ready struct {
	rider *Candidate
	load  int
	tour  *tour
	place domain.Location
	known bool
}

// ready prepares a rider for a delivery; false: it can't take it. Stops of
// that delivery which the rider has already don't count against it.
func (g *ground) ready(c *Candidate, deliveryID string) (ready, bool) {
	load, kept := c.Load, c.Stops
	if slices.ContainsFunc(kept, func(s Stop) bool { return s.DeliveryID == deliveryID }) {
		load--
		kept = slices.DeleteFunc(slices.Clone(kept), func(s Stop) bool { return s.DeliveryID == deliveryID })
	}
	if !c.Active || c.Duty != domain.DutyOn || load >= c.Capacity {
		return ready{}, false
	}
	from, place, known := g.start(c)
	return ready{rider: c, load: load, tour: g.tour(from, c.Vehicle, kept), place: place, known: known}, true
}

// score fits a delivery's stops into a rider's tour.
func (g *ground) score(r ready, stops []Stop) scored {
	f := r.tour.insert(g.stops(stops))
	s := scored{
		rider: r.rider, fit: f, cost: f.extra + ridingWeight*f.detour, load: r.load, known: r.known,
		distance: g.distance(r, stops[0].At),
		promised: g.seconds(stops[len(stops)-1].PromisedAt),
	}
	if !r.known {
		s.cost += placePenalty
	}
	return s
}

// distance is from the rider to a place in metres: by the way where ways are known.
func (g *ground) distance(r ready, to domain.Location) float64 {
	if g.ways == nil {
		return domain.Distance(r.place, to)
	}
	metres, _ := g.ways.Way(r.rider.Vehicle, g.ways.Place(r.place), g.ways.Place(to))
	return metres
}

// start is where a rider's way begins: its last place, or the middle of the
// center when that is unknown or old.
func (g *ground) start(c *Candidate) (p point, l domain.Location, known bool) {
	if c.Position == nil {
		return g.point(g.center.Location), g.center.Location, false
	}
	l = domain.Location{Lat: c.Position.Lat, Lng: c.Position.Lng}
	return g.point(l), l, g.now.Sub(c.Position.At.Time).Seconds() <= staleFix
}

func (s *scored) suggestion() Suggestion {
	return Suggestion{
		RiderID:    s.rider.RiderID,
		RiderName:  s.rider.Name,
		Score:      math.Round(1000*fair/(fair+math.Max(0, s.cost))) / 10,
		Distance:   math.Round(s.distance),
		ETAPickup:  int(math.Round(s.fit.pickup)),
		ETADropoff: int(math.Round(s.fit.dropoff)),
		Load:       s.load,
		Reason:     s.reason(),
		Effect:     s.effect,
	}
}

func (s *scored) reason() Reason {
	r := Reason{Distance: s.distance, Load: s.load}
	late := s.fit.dropoff - s.promised
	switch {
	case !s.known:
		r.Kind = UnknownPlace
	case late >= worthSaying && !math.IsInf(s.promised, 1):
		r.Kind, r.Minutes = Late, minutes(late)
	case s.load > 0 && s.fit.detour <= onTheWay:
		r.Kind = OnTheWay
	case s.load > 0:
		r.Kind = AfterOthers
	case s.fit.wait >= worthSaying:
		r.Kind, r.Minutes = WaitsAtShop, minutes(s.fit.wait)
	default:
		r.Kind = Free
	}
	return r
}

func minutes(seconds float64) int { return int(math.Round(seconds / 60)) }
