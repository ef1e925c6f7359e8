package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/domain/address"
)

const (
	addressesShown = 10 // unless the caller asks for another number
	addressesMost  = 50 // looked for, whatever was asked
	ownCenters     = 8  // whose doors are looked through, of a caller's many
)

// AddressAnswer is what GET /addresses answers, best first.
type AddressAnswer struct {
	Items []domain.FoundAddress `json:"items"`
}

func (s *Server) addressRoutes(r chi.Router) {
	s.on(r, http.MethodGet, "/addresses", agents.orKey(domain.ScopeOrdersWrite), s.findAddresses)
}

// findAddresses answers GET /addresses.
func (s *Server) findAddresses(w http.ResponseWriter, r *http.Request) error {
	text, err := searchText(r)
	if err != nil {
		return err
	}
	p, err := pageOf(r)
	if err != nil {
		return err
	}
	limit := addressesShown
	if r.URL.Query().Get("limit") != "" {
		limit = min(p.Limit, addressesMost)
	}
	near, err := nearOf(r.URL.Query().Get("near"))
	if err != nil {
		return err
	}
	ctx := r.Context()
	a := actorOf(ctx)
	centers, err := s.centersNear(ctx, r, a)
	if err != nil {
		return err
	}
	if near == nil && len(centers) == 1 {
		near = &centers[0].Location
	}
	out := AddressAnswer{Items: []domain.FoundAddress{}}
	if text == "" {
		return writeJSON(w, http.StatusOK, out)
	}
	key := ""
	if a.Role == domain.RoleKey {
		key = a.UserID
	}
	for i := range centers {
		own, err := s.doors.Find(ctx, centers[i].ID, key, text)
		if err != nil {
			return err
		}
		out.Items = append(out.Items, own...)
	}
	if s.addresses != nil {
		found, err := s.addresses.FindAddresses(ctx, domain.AddressQuery{Text: text, Near: near, Limit: limit})
		if err != nil {
			return err
		}
		out.Items = mergeAddresses(out.Items, found)
	}
	out.Items = out.Items[:min(len(out.Items), limit)]
	return writeJSON(w, http.StatusOK, out)
}

// mergeAddresses puts own doors first. What the index knows of one of them is
// filled in, and not shown a second time.
func mergeAddresses(own, found []domain.FoundAddress) []domain.FoundAddress {
	for _, f := range found {
		same := false
		for i := range own {
			o := &own[i]
			if o.Source != domain.SourceOwn || !sameAddress(o.Label, &f) {
				continue
			}
			same = true
			if o.Road == "" {
				o.Road, o.Lot, o.Building, o.Postcode = f.Road, f.Lot, f.Building, f.Postcode
			}
		}
		if !same {
			own = append(own, f)
		}
	}
	return own
}

func sameAddress(label string, f *domain.FoundAddress) bool {
	if f.Exact != domain.ExactEntrance && f.Exact != domain.ExactBuilding {
		return false
	}
	door, _, _ := strings.Cut(label, "(")
	short, _, _ := strings.Cut(f.Short, "(")
	folded := address.Fold(strings.ReplaceAll(door, "-", "x"))
	for _, t := range []string{short, f.Road} {
		if t != "" && folded == address.Fold(strings.ReplaceAll(t, "-", "x")) {
			return true
		}
	}
	return false
}

// centersNear are the centers whose doors the caller is shown: that of
// ?centerId=, else some of its own.
func (s *Server) centersNear(ctx context.Context, r *http.Request, a domain.Actor) ([]domain.Center, error) {
	ids, err := s.centersOf(ctx, r, a)
	if err != nil {
		return nil, err
	}
	centers, _, err := s.store.ListCenters(ctx, domain.SetupFilter{CenterIDs: ids}, Page{Limit: ownCenters})
	return centers, err
}

// nearOf reads ?near=LAT,LNG; nil: there is none.
func nearOf(text string) (*domain.Location, error) {
	if text == "" {
		return nil, nil
	}
	near, bad := placeOf(text, "near")
	if len(bad) > 0 {
		return nil, domain.Invalid("near", "must be LAT,LNG in degrees")
	}
	return &near, nil
}
