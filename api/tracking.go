package api

import (
	"context"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/api/quota"
	"github.com/brosops/bros/domain"
)

// trackingStops is how long after its end an order can still be followed.
const trackingStops = time.Hour

// trackingFresh is how old a rider's place may be for the customer to see it:
// one that is older would be taken for where the rider is.
const trackingFresh = 2 * time.Minute

// TrackingAnswer is all that the customer's page gets.
type TrackingAnswer struct {
	Number         string            `json:"number"`
	Status         string            `json:"status"` // the delivery's; before there is one, the order's
	PromisedAt     domain.Time       `json:"promisedAt,omitzero"`
	Held           bool              `json:"held,omitempty"` // a pre-order whose time has not come
	DeliveredAt    domain.Time       `json:"deliveredAt,omitzero"`
	RiderFirstName string            `json:"riderFirstName,omitempty"` // from assigned on
	Position       *TrackingPosition `json:"position,omitempty"`       // during pickup, while it is known
	ETA            *domain.ETA       `json:"eta,omitempty"`            // while a rider has it in hand
	Shop           TrackingShop      `json:"shop"`
	Destination    *domain.Location  `json:"destination,omitempty"`
}

// TrackingPosition is where the rider is.
type TrackingPosition struct {
	Lat     float64     `json:"lat"`
	Lng     float64     `json:"lng"`
	Heading *float64    `json:"heading,omitempty"`
	At      domain.Time `json:"at,omitzero"` // at most two minutes ago
}

// TrackingShop is where the food comes from.
type TrackingShop struct {
	Name     string           `json:"name"`
	Location *domain.Location `json:"location,omitempty"`
}

// hideTracking keeps a customer's page out of search engines, and its link from
// the sites that it leads to.
func hideTracking(h http.Header) {
	h.Set("X-Robots-Tag", "noindex, nofollow, noarchive")
	h.Set("Referrer-Policy", "no-referrer")
}

// tracking answers GET /tracking/{token}, to whoever has the link.
func (s *Server) tracking(w http.ResponseWriter, r *http.Request) error {
	hideTracking(w.Header())
	token := chi.URLParam(r, "token")
	if len(token) < 20 || len(token) > 100 {
		return domain.NotFound("order")
	}
	who := addressOf(callOf(r.Context()))
	if err := s.due(who, quota.Guesses); err != nil {
		return err
	}
	o, d, err := s.store.FindTracking(r.Context(), token)
	if e, _ := asProblem(err); err != nil && e.Code == domain.CodeNotFound {
		s.quotas.Charge(quota.Guesses, who, 1, s.now())
	}
	if err != nil {
		return err
	}
	end := o.FinishedAt
	if d != nil && !d.FinishedAt.IsZero() {
		end = d.FinishedAt
	}
	if !end.IsZero() && s.now().Sub(end.Time) > trackingStops {
		return domain.NotFound("order")
	}
	out := TrackingAnswer{
		Number: o.Number, Status: string(o.Status), PromisedAt: o.PromisedAt,
		Shop: TrackingShop{Name: o.Shop.Name, Location: o.Shop.Location}, Destination: o.Customer.Location,
	}
	if d != nil {
		out.Number, out.Status, out.PromisedAt, out.DeliveredAt = d.Number, string(d.Status), d.PromisedAt, d.HandedOverAt()
		out.Held = d.Held()
		out.Shop = TrackingShop{Name: d.Shop.Name, Location: d.Shop.Location}
		if d.RiderID != "" && d.Status != domain.Cancelled {
			out.RiderFirstName = firstName(d.RiderName)
		}
		if d.Status == domain.Assigned || d.Status == domain.PickedUp {
			if err := s.follow(r.Context(), &out, d); err != nil {
				return err
			}
		}
	}
	return writeJSON(w, http.StatusOK, out)
}

// follow adds where the rider of a delivery is, once it has the food, and when
// the rider is expected.
func (s *Server) follow(ctx context.Context, out *TrackingAnswer, d *domain.Delivery) error {
	center, err := s.store.FindCenter(ctx, d.CenterID)
	if err != nil {
		return err
	}
	p, err := s.store.LastPosition(ctx, d.RiderID)
	if err != nil {
		return err
	}
	var place *domain.Location
	if p != nil && s.now().Sub(p.At.Time) <= trackingFresh {
		place = &domain.Location{Lat: p.Lat, Lng: p.Lng}
		if d.Status == domain.PickedUp {
			out.Position = &TrackingPosition{p.Lat, p.Lng, p.Heading, p.At}
		}
	}
	if eta, ok := s.svc.Expected(center, d, place, domain.At(s.now())); ok {
		out.ETA = &eta
	}
	return nil
}

// doubleSurnames are the Korean family names of two syllables.
var doubleSurnames = []string{"남궁", "황보", "제갈", "사공", "선우", "서문", "독고", "동방", "어금", "망절"}

// firstName is a name without the family name: what stands before the first
// space, and of a Korean name, where the family name comes first, what stands
// after it.
func firstName(name string) string {
	name = strings.TrimSpace(name)
	runes := []rune(name)
	if len(runes) == 0 {
		return ""
	}
	if !unicode.Is(unicode.Hangul, runes[0]) {
		first, _, _ := strings.Cut(name, " ")
		return first
	}
	if i := strings.LastIndex(name, " "); i >= 0 {
		return name[i+1:]
	}
	for _, double := range doubleSurnames {
		if rest := strings.TrimPrefix(name, double); rest != name && rest != "" {
			return rest
		}
	}
	if len(runes) == 1 {
		return name
	}
	return string(runes[1:])
}
