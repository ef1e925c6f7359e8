package api

import (
	"context"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/domain"
)

// dayRoutes are what becomes of a delivery beside the straight way.
func (s *Server) dayRoutes(r chi.Router) {
	rider := access{rider: true}
	ride := dispatchers.orRider()
	s.on(r, http.MethodPost, "/deliveries/{id}/seen", rider, s.seen)
	s.on(r, http.MethodPost, "/deliveries/{id}/arrive", rider, s.arrive)
	s.on(r, http.MethodPost, "/deliveries/{id}/problem", ride, s.reportProblem)
	s.on(r, http.MethodPost, "/deliveries/{id}/resolve", dispatchers, s.resolveProblem)
	s.on(r, http.MethodPost, "/deliveries/{id}/giveback", rider, s.giveBack)
	s.on(r, http.MethodPost, "/deliveries/{id}/returned", ride, s.returned)
	s.on(r, http.MethodPost, "/deliveries/{id}/reopen", dispatchers, s.reopen)
	s.on(r, http.MethodPost, "/deliveries/{id}/release", agents, s.release)
	s.on(r, http.MethodPost, "/deliveries/{id}/pin", dispatchers, s.pin)
	s.on(r, http.MethodDelete, "/deliveries/{id}/pin", dispatchers, s.unpin)
	s.on(r, http.MethodPost, "/deliveries/{id}/avoid", dispatchers, s.avoid)
	s.on(r, http.MethodGet, "/offers", ridersToo, s.listOffers)
	s.on(r, http.MethodPost, "/offers/{id}/accept", rider, s.acceptOffer)
	s.on(r, http.MethodPost, "/offers/{id}/decline", rider, s.declineOffer)
}

func (s *Server) seen(w http.ResponseWriter, r *http.Request) error {
	return deliveryAction(s, w, r, s.svc.SeenAmendment)
}

func (s *Server) arrive(w http.ResponseWriter, r *http.Request) error {
	return deliveryAction(s, w, r, s.svc.Arrive)
}

func (s *Server) reportProblem(w http.ResponseWriter, r *http.Request) error {
	return deliveryAction(s, w, r, s.svc.ReportProblem)
}

func (s *Server) resolveProblem(w http.ResponseWriter, r *http.Request) error {
	if s.roads != nil { // a second attempt has a promise of its own
		if d, err := s.seeDelivery(r.Context(), pathID(r)); err == nil {
			s.learnWay(r.Context(), d.Shop.Location, d.Customer.Location)
		}
	}
	return deliveryAction(s, w, r, s.svc.Resolve)
}

func (s *Server) giveBack(w http.ResponseWriter, r *http.Request) error {
	return deliveryAction(s, w, r, s.svc.GiveBack)
}

func (s *Server) returned(w http.ResponseWriter, r *http.Request) error {
	return deliveryAction(s, w, r, s.svc.Returned)
}

func (s *Server) reopen(w http.ResponseWriter, r *http.Request) error {
	return deliveryAction(s, w, r, s.svc.Reopen)
}

func (s *Server) release(w http.ResponseWriter, r *http.Request) error {
	return deliveryAction(s, w, r, s.svc.Release)
}

func (s *Server) pin(w http.ResponseWriter, r *http.Request) error {
	return deliveryAction(s, w, r, s.svc.Pin)
}

func (s *Server) unpin(w http.ResponseWriter, r *http.Request) error {
	return s.write(w, r, http.StatusNoContent, func(ctx context.Context, tx domain.Tx) (any, error) {
		_, err := s.svc.Unpin(ctx, tx, actorOf(ctx), pathID(r))
		return nil, err
	})
}

func (s *Server) avoid(w http.ResponseWriter, r *http.Request) error {
	return deliveryAction(s, w, r, s.svc.Avoid)
}

// listOffers answers offers, newest first; a rider's own alone.
func (s *Server) listOffers(w http.ResponseWriter, r *http.Request) error {
	f, p, err := s.workFilter(r, texts(domain.OfferStatuses)...)
	if err != nil {
		return err
	}
	f.RiderID = r.URL.Query().Get("riderId")
	if a := actorOf(r.Context()); a.Role == domain.RoleRider {
		if f.RiderID != "" && f.RiderID != a.RiderID {
			return writeList(w, r, newList[domain.Offer](nil, ""))
		}
		f.RiderID = a.RiderID
	}
	items, next, err := s.store.ListOffers(r.Context(), f, p)
	if err != nil {
		return err
	}
	return writeList(w, r, newList(items, next))
}

// offerAnswer is what a rider's yes or no made.
type offerAnswer struct{ domain.OfferResult }

func (o offerAnswer) answerVersion() int64 {
	v := o.Offer.Version
	for _, d := range o.Deliveries {
		v = max(v, d.Version)
	}
	return v
}

func (s *Server) acceptOffer(w http.ResponseWriter, r *http.Request) error {
	return s.answerOffer(w, r, s.svc.AcceptOffer)
}

func (s *Server) declineOffer(w http.ResponseWriter, r *http.Request) error {
	return s.answerOffer(w, r, s.svc.DeclineOffer)
}

func (s *Server) answerOffer(w http.ResponseWriter, r *http.Request, do func(context.Context, domain.Tx, domain.Actor, string, domain.AnswerOffer) (domain.OfferResult, error)) error {
	var in domain.AnswerOffer
	err := decodeFor(r, &in, decodeLoose, func() error {
		o, err := s.store.FindOffer(r.Context(), pathID(r))
		if err == nil && o.RiderID != actorOf(r.Context()).RiderID {
			return domain.NotFound("offer")
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.write(w, r, http.StatusOK, func(ctx context.Context, tx domain.Tx) (any, error) {
		res, err := do(ctx, tx, actorOf(ctx), pathID(r), in)
		if err != nil {
			return nil, err
		}
		return offerAnswer{res}, nil
	})
}
