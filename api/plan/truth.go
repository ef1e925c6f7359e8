package plan

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/domain/dispatch/planner"
)

// Remembered is how far back a truth has to begin for what it expects.
const Remembered = 4 * time.Hour

// Truth is a center as its log and its riders' fixes have it: read once, and kept
// from then on by what is committed. One at a time may use it.
type Truth struct {
	epoch    string
	seq      int64
	began    time.Time
	center   domain.Center
	open     map[string]*domain.Delivery
	riders   map[string]*domain.Rider
	fixes    map[string]domain.Position
	answers  map[string]answers // by rider
	shops    []domain.Location  // by the numbers that arrivals has
	shopOf   map[domain.Location]planner.Place
	arrivals planner.Arrivals
	newest   domain.Time // of the orders that arrivals has
}

// answers is how a rider has answered of late.
type answers struct{ yes, no float64 }

// NewTruth begins with what the database has of a center, its deliveries back to Remembered.
func NewTruth(st *domain.CenterState) *Truth {
	t := &Truth{
		epoch: st.Epoch, seq: st.Head.Seq, center: st.Center, began: st.Center.CreatedAt.Time,
		open: map[string]*domain.Delivery{}, riders: map[string]*domain.Rider{}, fixes: map[string]domain.Position{},
		answers: map[string]answers{}, shopOf: map[domain.Location]planner.Place{},
	}
	slices.SortFunc(st.Deliveries, func(a, b domain.Delivery) int { return a.CreatedAt.Compare(b.CreatedAt.Time) })
	for i := range st.Deliveries {
		d := &st.Deliveries[i]
		for _, a := range d.Asked {
			t.answered(a.RiderID, a.Status)
		}
		t.delivery(d)
	}
	for i := range st.Riders {
		t.riders[st.Riders[i].ID] = &st.Riders[i]
	}
	for _, p := range st.Positions {
		t.Fix(p)
	}
	return t
}

// Apply takes the next entry of the center's log. It is false when one is missing
// before it, or it can't be read: the truth is to be read anew.
func (t *Truth) Apply(e *domain.LogEntry) bool {
	switch {
	case e.Epoch != "" && e.Epoch != t.epoch, e.Seq > t.seq+1:
		return false
	case e.Seq <= t.seq:
		return true
	}
	t.seq = e.Seq
	switch e.Kind {
	case domain.KindDelivery:
		d := new(domain.Delivery)
		if json.Unmarshal(e.Data, d) != nil {
			return false
		}
		t.delivery(d)
	case domain.KindRider:
		r := new(domain.Rider)
		if json.Unmarshal(e.Data, r) != nil {
			return false
		}
		t.riders[r.ID] = r
	case domain.KindOffer:
		if e.Before.Status == string(domain.OfferOpen) {
			t.answered(e.After.RiderID, domain.OfferStatus(e.After.Status))
		}
	case domain.KindCenter:
		var c domain.Center
		if json.Unmarshal(e.Data, &c) != nil {
			return false
		}
		t.center = c
	}
	return true
}

func (t *Truth) delivery(d *domain.Delivery) {
	if d.CreatedAt.After(t.newest.Time) {
		t.newest = d.CreatedAt
		if at := d.Shop.Location; at != nil {
			p, ok := t.shopOf[*at]
			if !ok {
				p = planner.Place(len(t.shops))
				t.shops, t.shopOf[*at] = append(t.shops, *at), p
			}
			t.arrivals.Add(t.minute(d.CreatedAt.Time), p)
		}
	}
	if d.Status.Open() {
		t.open[d.ID] = d
	} else {
		delete(t.open, d.ID)
	}
}

func (t *Truth) minute(at time.Time) float64 { return at.Sub(t.began).Minutes() }

// answered notes what came of asking a rider; older answers count less.
func (t *Truth) answered(riderID string, status domain.OfferStatus) {
	a := t.answers[riderID]
	switch status {
	case domain.OfferAccepted:
		a.yes++
	case domain.OfferDeclined, domain.OfferLapsed:
		a.no++
	default:
		return
	}
	if a.yes+a.no > 20 {
		a.yes, a.no = a.yes/2, a.no/2
	}
	t.answers[riderID] = a
}

// accepts is the chance that a rider says yes: what it has said, smoothed, and
// never so little that it is not asked any more.
func (a answers) accepts() float64 { return max(0.3, (a.yes+4.5)/(a.yes+a.no+5)) }

// Fix takes a rider's place; an older one changes nothing.
func (t *Truth) Fix(p domain.Position) {
	if last, ok := t.fixes[p.RiderID]; !ok || p.At.After(last.At.Time) {
		t.fixes[p.RiderID] = p
	}
}

// Center is the center as it is.
func (t *Truth) Center() domain.Center { return t.center }

// Delivery is an open one, or nil. It is not to be changed.
func (t *Truth) Delivery(id string) *domain.Delivery { return t.open[id] }

// Snapshot is the center at an instant. What it holds is not to be changed.
func (t *Truth) Snapshot(now time.Time) Snapshot {
	s := Snapshot{Now: now, Center: t.center, Hands: map[string][]*domain.Delivery{}}
	for _, d := range t.open {
		if d.Status == domain.Waiting {
			s.Waiting = append(s.Waiting, d)
		} else {
			s.Hands[d.RiderID] = append(s.Hands[d.RiderID], d)
		}
	}
	byID := func(a, b *domain.Delivery) int { return compareIDs(a.ID, b.ID) }
	slices.SortFunc(s.Waiting, byID)
	for _, hand := range s.Hands {
		slices.SortFunc(hand, byID)
	}
	for _, r := range t.riders {
		onDuty := r.Active && r.Duty == domain.DutyOn
		if !onDuty && len(s.Hands[r.ID]) == 0 {
			continue
		}
		x := Rider{Rider: r, OnDuty: onDuty, Accepts: t.answers[r.ID].accepts()}
		if p, ok := t.fixes[r.ID]; ok {
			x.Position = &p
		}
		s.Riders = append(s.Riders, x)
	}
	slices.SortFunc(s.Riders, func(a, b Rider) int { return compareIDs(a.ID, b.ID) })
	demand := t.arrivals.Demand(t.minute(now))
	s.Rate = demand.Rate
	for _, d := range demand.Shops {
		s.Sources = append(s.Sources, Source{t.shops[d.Shop], d.Weight})
	}
	return s
}
