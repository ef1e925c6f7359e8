package dispatch

import (
	"cmp"
	"slices"

	"github.com/brosops/bros/domain"
)

// Greedy gives each waiting delivery, the most urgent first, to the rider that
// Rank would put first at that moment, counting what the plan has given
// already. Deliveries for which nobody has room are left out. Urgent is what
// was promised earliest; ties fall to the one ready first, then to the smaller id.
func Greedy(p Plan) []Assignment {
	g := newGround(p.Center, p.Now, p.Ways)
	riders := slices.Clone(p.Riders)
	var free []ready
	for i := range riders {
		if r, ok := g.ready(&riders[i], ""); ok {
			free = append(free, r)
		}
	}
	var out []Assignment
	for _, d := range urgentFirst(p.Waiting) {
		stops := StopsOf(d.Errand())
		if len(stops) == 0 || len(free) == 0 {
			continue
		}
		at, best := 0, g.score(free[0], stops)
		for i, r := range free[1:] {
			if s := g.score(r, stops); better(s, best) < 0 {
				at, best = i+1, s
			}
		}
		r := best.rider
		out = append(out, Assignment{DeliveryID: d.ID, RiderID: r.RiderID, Version: d.Version})
		r.Load++
		r.Stops = slices.Concat(r.Stops, stops)
		if next, ok := g.ready(r, ""); ok {
			free[at] = next
		} else {
			free = slices.Delete(free, at, at+1)
		}
	}
	return out
}

func urgentFirst(waiting []domain.Delivery) []*domain.Delivery {
	list := make([]*domain.Delivery, 0, len(waiting))
	for i := range waiting {
		if waiting[i].Status == domain.Waiting {
			list = append(list, &waiting[i])
		}
	}
	slices.SortFunc(list, func(a, b *domain.Delivery) int {
		return cmp.Or(
			a.PromisedAt.Compare(b.PromisedAt.Time),
			a.ReadyAt.Compare(b.ReadyAt.Time),
			cmp.Compare(a.ID, b.ID),
		)
	})
	return list
}

// Candidates joins riders with their deliveries in hand; what nobody of them
// has is ignored. The load is counted from open, so that plan and stops agree.
func Candidates(riders []domain.RiderView, open []domain.Errand) []Candidate {
	of := make(map[string]int, len(riders))
	out := make([]Candidate, len(riders))
	for i, r := range riders {
		of[r.ID] = i
		out[i] = Candidate{
			RiderID: r.ID, Name: r.Name, Vehicle: r.Vehicle, Duty: r.Duty, Active: r.Active,
			Capacity: r.Capacity, Position: r.Position,
		}
	}
	for i := range open {
		e := open[i]
		at, ok := of[e.RiderID]
		if !ok || e.RiderID == "" || !e.Status.Open() {
			continue
		}
		out[at].Load++
		out[at].Stops = append(out[at].Stops, StopsOf(e)...)
	}
	return out
}
