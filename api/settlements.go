package api

import (
	"context"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/domain"
)

func (s *Server) settlementRoutes(r chi.Router) {
	s.on(r, http.MethodGet, "/riders/{id}/cash", dispatchers.orRider(), s.riderCash)
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
