package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/domain"
)

func (s *Server) settlementRoutes(r chi.Router) {
	s.on(r, http.MethodGet, "/riders/{id}/cash", dispatchers.orRider(), s.riderCash)
	s.on(r, http.MethodGet, "/cash", dispatchers, s.centerCash)
	s.on(r, http.MethodPost, "/riders/{id}/settlements", dispatchers, s.settle)
	s.on(r, http.MethodGet, "/settlements", dispatchers.orKey(domain.ScopeReportsRead), s.listSettlements)
}

// riderCash is what a rider has taken in cash and not handed in.
func (s *Server) riderCash(w http.ResponseWriter, r *http.Request) error {
	rider, err := s.seeRider(r.Context(), riderID(r))
	if err != nil {
		return err
	}
	since, open, err := s.store.CashInHand(r.Context(), rider.ID)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, domain.NewCash(rider.ID, since, open))
}

// centerCash is what each rider of ?centerId= has in hand, of those who have
// anything, the most first. Riders' deliveries since their own last settlements
// are few, and found by their index; those of the center are not.
func (s *Server) centerCash(w http.ResponseWriter, r *http.Request) error {
	center, err := s.centerOf(r)
	if err != nil {
		return err
	}
	ctx, out := r.Context(), []domain.RiderCash{}
	for page := (Page{Limit: maxLimit}); ; {
		riders, next, err := s.store.ListRiders(ctx, domain.SetupFilter{CenterIDs: []string{center.ID}}, page)
		if err != nil {
			return err
		}
		for i := range riders {
			since, open, err := s.store.CashInHand(ctx, riders[i].ID)
			if err != nil {
				return err
			}
			if len(open) > 0 {
				out = append(out, domain.RiderCash{RiderName: riders[i].Name, CashInHand: domain.NewCash(riders[i].ID, since, open)})
			}
		}
		if next == "" {
			break
		}
		page.Cursor = next
	}
	slices.SortStableFunc(out, func(a, b domain.RiderCash) int { return cmp.Compare(b.Expected, a.Expected) })
	return writeList(w, r, newList(out, ""))
}

func (s *Server) settle(w http.ResponseWriter, r *http.Request) error {
	var in domain.Settle
	id := riderID(r)
	err := decodeFor(r, &in, decode, func() error { _, err := s.seeRider(r.Context(), id); return err })
	if err != nil {
		return err
	}
	return s.write(w, r, http.StatusCreated, func(ctx context.Context, tx domain.Tx) (any, error) {
		return s.svc.Settle(ctx, tx, actorOf(ctx), id, in)
	})
}

// listSettlements answers those of ?centerId=, ?riderId=, ?from= and ?to=, newest first.
func (s *Server) listSettlements(w http.ResponseWriter, r *http.Request) error {
	f, p, err := s.workFilter(r)
	if err != nil {
		return err
	}
	f.RiderID = r.URL.Query().Get("riderId")
	items, next, err := s.store.ListSettlements(r.Context(), f, p)
	if err != nil {
		return err
	}
	return writeList(w, r, newList(items, next))
}
