package api

import (
	"math"
	"net/http"

	"github.com/brosops/bros/api/roads"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/domain/dispatch"
)

// Suggestion is one rider for a delivery, with why it stands where it stands.
type Suggestion struct {
	RiderID    string  `json:"riderId"`
	RiderName  string  `json:"riderName"`
	Score      float64 `json:"score"`    // 0–100, more is better
	Distance   int     `json:"distance"` // metres from the rider to the shop
	ETAPickup  int     `json:"etaPickup"`
	ETADropoff int     `json:"etaDropoff"` // both: seconds from now
	Load       int     `json:"load"`
	Reason     string  `json:"reason"` // one line in the caller's language
	Effect     Effect  `json:"effect"`
	// Bundle are the deliveries that the rider has still to fetch, and would ride with it.
	Bundle []string `json:"bundle"`
	// ETASource is road where a router said how long the ways take, else line.
	ETASource string `json:"etaSource"`
}

// Effect is what the delivery would do to those the rider has already.
type Effect struct {
	Late         int `json:"late"`         // how many would miss their promise because of it
	DelaySeconds int `json:"delaySeconds"` // how much later the one put off the most would come
}

// suggestions answers GET /deliveries/{id}/suggestions, best first.
func (s *Server) suggestions(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	d, err := s.seeDelivery(ctx, pathID(r))
	if err != nil {
		return err
	}
	if !d.Status.Open() {
		return writeJSON(w, http.StatusOK, newList[Suggestion](nil, ""))
	}
	center, err := s.store.FindCenter(ctx, d.CenterID)
	if err != nil {
		return err
	}
	riders, err := s.store.OnDuty(ctx, d.CenterID)
	if err != nil {
		return err
	}
	open, err := s.store.ErrandsInHand(ctx, d.CenterID)
	if err != nil {
		return err
	}
	candidates := dispatch.Candidates(riders, open)
	ways := s.ways(ctx, center, candidates, *d)
	ranked := dispatch.Rank(dispatch.Request{
		Now: domain.At(s.now()), Center: *center, Delivery: *d, Riders: candidates, Ways: between(ways),
	})
	sources := suggestionSources(ways, center, candidates, d)
	bundles := map[string][]string{}
	for i := range riders {
		bundles[riders[i].ID] = []string{}
	}
	for _, e := range open {
		if e.Status == domain.Assigned && e.ID != d.ID {
			bundles[e.RiderID] = append(bundles[e.RiderID], e.ID)
		}
	}
	lang := language(r)
	items := make([]Suggestion, len(ranked))
	for i, x := range ranked {
		items[i] = Suggestion{
			RiderID: x.RiderID, RiderName: x.RiderName, Score: math.Round(x.Score*10) / 10, Distance: int(x.Distance + .5),
			ETAPickup: x.ETAPickup, ETADropoff: x.ETADropoff, Load: x.Load, Reason: x.Reason.Text(lang),
			Effect: Effect{Late: x.Effect.Late, DelaySeconds: x.Effect.Delay},
			Bundle: bundles[x.RiderID], ETASource: sources[x.RiderID],
		}
	}
	w.Header().Set("Content-Language", lang)
	return writeList(w, r, newList(items, ""))
}

// suggestionSources are where the etas of each rider come from: road, when the
// ways from it to the shop and on to the door are by road.
func suggestionSources(ways *roads.Table, center *domain.Center, riders []dispatch.Candidate, d *domain.Delivery) map[string]string {
	out := make(map[string]string, len(riders))
	stops := []domain.Location{}
	for _, l := range []*domain.Location{d.Shop.Location, d.Customer.Location} {
		if l != nil {
			stops = append(stops, *l)
		}
	}
	for i := range riders {
		c := &riders[i]
		out[c.RiderID] = sourceLine
		if ways == nil || len(stops) == 0 {
			continue
		}
		at := center.Location
		if c.Position != nil {
			at = domain.Location{Lat: c.Position.Lat, Lng: c.Position.Lng}
		}
		road := true
		for _, l := range stops {
			road = road && ways.Between(c.Vehicle, ways.Place(at), ways.Place(l)).Road
			at = l
		}
		if road {
			out[c.RiderID] = sourceRoad
		}
	}
	return out
}
