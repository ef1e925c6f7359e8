package demo

import (
	"context"
	"math"
	"net/http"
	"time"

	"github.com/brosops/bros/cmd/bros/demo/town"
	"github.com/brosops/bros/domain"
)

// The riders are some eight times as fast as real ones: a visitor is to see
// whole deliveries within a minute.
const (
	riderStep       = 500 * time.Millisecond
	metresPerSecond = 60
	atTheDoor       = 2 * time.Second // at a shop or a door, before the app is tapped
	restReport      = 10              // a resting rider reports every so many steps
)

// rider is one whose app the demonstration holds.
type rider struct {
	d  *demo
	id string
	s  *session

	at      domain.Location
	goal    string            // delivery and status it is on the way for
	path    []domain.Location // crossings still before it
	arrived time.Time         // at the goal; zero on the way
	rested  int
}

// tick moves the rider one step, or lets it tap its app.
func (r *rider) tick(ctx context.Context) error {
	work := r.d.world.open(func(dl *domain.Delivery) bool { return dl.RiderID == r.id })
	next, to := r.next(work)
	if next == nil {
		r.goal, r.arrived = "", time.Time{}
		if r.rested++; r.rested%restReport != 1 {
			return nil
		}
		return r.report(ctx)
	}
	if goal := next.ID + string(next.Status); goal != r.goal {
		r.goal, r.arrived = goal, time.Time{}
		r.path = nil
		if way, err := town.Made().Roads.Route(ctx, domain.Motorcycle, r.at, to); err == nil {
			r.path = way.Line
		}
	}
	if r.arrived.IsZero() {
		heading, there := r.move(to, metresPerSecond*riderStep.Seconds())
		if there {
			r.arrived = time.Now()
		}
		return r.reportHeading(ctx, heading, metresPerSecond/8)
	}
	if time.Since(r.arrived) < r.d.paced(atTheDoor) {
		return nil
	}
	act := "/pickup"
	if next.Status == domain.PickedUp {
		act = "/deliver"
	}
	return r.s.call(ctx, http.MethodPost, "/deliveries/"+next.ID+act, map[string]any{"at": domain.At(time.Now())}, nil)
}

// next is what a rider does first: fetch what is to be fetched, then bring what
// it carries to the nearest door.
func (r *rider) next(work []domain.Delivery) (*domain.Delivery, domain.Location) {
	var best *domain.Delivery
	var to domain.Location
	nearest := math.Inf(1)
	for i := range work {
		dl := &work[i]
		target, bonus := dl.Customer.Location, 1e6
		if dl.Status == domain.Assigned {
			target, bonus = dl.Shop.Location, 0
		}
		if target == nil {
			target, bonus = &centerPlace, 2e6 // an order by phone may have no point on the map
		}
		if m := domain.Distance(r.at, *target) + bonus; m < nearest {
			best, to, nearest = dl, *target, m
		}
	}
	return best, to
}

// move goes up to so many metres along the streets, and says which way it looked
// and whether it is there.
func (r *rider) move(to domain.Location, metres float64) (heading float64, there bool) {
	for metres > 0 {
		next := to
		if len(r.path) > 0 {
			next = r.path[0]
		}
		far := domain.Distance(r.at, next)
		if far > metres {
			heading = towards(r.at, next)
			share := metres / far
			r.at.Lat += share * (next.Lat - r.at.Lat)
			r.at.Lng += share * (next.Lng - r.at.Lng)
			return heading, false
		}
		if far > 1 {
			heading = towards(r.at, next)
		}
		r.at, metres = next, metres-far
		if len(r.path) == 0 {
			return heading, true
		}
		r.path = r.path[1:]
	}
	return heading, domain.Distance(r.at, to) < 2
}

// towards is the direction in degrees, clockwise from north.
func towards(from, to domain.Location) float64 {
	east := (to.Lng - from.Lng) * math.Cos(from.Lat*math.Pi/180)
	return math.Mod(math.Atan2(east, to.Lat-from.Lat)*180/math.Pi+360, 360)
}

// report tells where a standing rider is.
func (r *rider) report(ctx context.Context) error {
	speed := 0.0
	return r.send(ctx, domain.Position{Speed: &speed})
}

func (r *rider) reportHeading(ctx context.Context, heading, speed float64) error {
	return r.send(ctx, domain.Position{Heading: &heading, Speed: &speed})
}

func (r *rider) send(ctx context.Context, p domain.Position) error {
	accuracy, battery := 8.0, 0.8
	p.Lat, p.Lng, p.Accuracy, p.Battery, p.At = r.at.Lat, r.at.Lng, &accuracy, &battery, domain.At(time.Now())
	return r.s.call(ctx, http.MethodPost, "/riders/me/positions", map[string]any{"positions": []domain.Position{p}}, nil)
}
