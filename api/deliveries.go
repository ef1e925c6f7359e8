package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/api/quota"
	"github.com/brosops/bros/domain"
)

func (s *Server) deliveryRoutes(r chi.Router) {
	read := ridersToo.orKey(domain.ScopeOrdersRead)
	ride := dispatchers.orRider() // a rider, or a dispatcher in its place
	s.on(r, http.MethodGet, "/deliveries", read, s.listDeliveries)
	s.on(r, http.MethodPost, "/deliveries/assign", dispatchers, s.assignMany)
	s.on(r, http.MethodGet, "/deliveries/{id}", read, s.getDelivery)
	s.on(r, http.MethodGet, "/deliveries/{id}/history", read, s.history)
	s.on(r, http.MethodGet, "/deliveries/{id}/suggestions", agents, s.suggestions)
	s.on(r, http.MethodPost, "/deliveries/{id}/assign", dispatchers, s.assign)
	s.on(r, http.MethodPost, "/deliveries/{id}/unassign", dispatchers, s.unassign)
	s.on(r, http.MethodPost, "/deliveries/{id}/cancel", dispatchers, s.cancelDelivery)
	s.on(r, http.MethodPost, "/deliveries/{id}/claim", access{rider: true}, s.claim)
	s.on(r, http.MethodPost, "/deliveries/{id}/pickup", ride, s.pickup)
	s.on(r, http.MethodPost, "/deliveries/{id}/deliver", ride, s.deliver)
	s.on(r, http.MethodPost, "/deliveries/{id}/photo", ride, s.addPhoto)
	s.on(r, http.MethodGet, "/photos/{id}", ridersToo, s.getPhoto)
}

// seeDelivery is the delivery as the caller may see it: staff that of their
// centers, a rider its own, masked when they ended a day ago, and the masked ones
// it could claim.
func (s *Server) seeDelivery(ctx context.Context, id string) (*domain.Delivery, error) {
	a := actorOf(ctx)
	d, err := s.store.FindDelivery(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case !a.Sees(d.CenterID):
		return nil, domain.NotFound("delivery")
	case a.Role != domain.RoleRider || d.RiderID == a.RiderID && a.RiderID != "":
		return d.ShownTo(a, domain.At(s.now())), nil
	case d.Status == domain.Waiting && !d.Held():
		offered, err := s.offers(ctx, a)
		if err != nil {
			return nil, err
		}
		if offered == d.CenterID {
			return d.Masked(), nil
		}
	}
	return nil, domain.NotFound("delivery")
}

// offers is the center whose waiting deliveries a rider may look at (masked):
// its own while it is on duty there and riders claim; else empty.
func (s *Server) offers(ctx context.Context, a domain.Actor) (centerID string, err error) {
	rider, err := s.store.FindRider(ctx, a.RiderID)
	if err != nil {
		return "", err
	}
	if !rider.Active || rider.Duty != domain.DutyOn || !a.Sees(rider.CenterID) {
		return "", nil
	}
	center, err := s.store.FindCenter(ctx, rider.CenterID)
	if err != nil || center.AssignMode != domain.ModeClaim {
		return "", err
	}
	return center.ID, nil
}

func (s *Server) listDeliveries(w http.ResponseWriter, r *http.Request) error {
	a := actorOf(r.Context())
	f, p, err := s.workFilter(r, texts(domain.DeliveryStatuses)...)
	if err != nil {
		return err
	}
	if f.Held, err = flagOf(r, "held"); err != nil {
		return err
	}
	f.RiderID = r.URL.Query().Get("riderId")
	find := s.store.ListDeliveries
	if a.Role == domain.RoleRider {
		find = s.riderDeliveries
	}
	items, next, err := find(r.Context(), f, p)
	if err != nil {
		return err
	}
	return writeList(w, r, newList(items, next))
}

func (s *Server) getDelivery(w http.ResponseWriter, r *http.Request) error {
	d, err := s.seeDelivery(r.Context(), pathID(r))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, d)
}

// history answers the steps of a delivery. Of one that is merely offered, or
// long over, a rider learns no words that others wrote and no other rider's name.
func (s *Server) history(w http.ResponseWriter, r *http.Request) error {
	a := actorOf(r.Context())
	d, err := s.seeDelivery(r.Context(), pathID(r))
	if err != nil {
		return err
	}
	steps, err := s.store.History(r.Context(), d.ID)
	if err != nil {
		return err
	}
	masked := a.Role == domain.RoleRider && (d.RiderID != a.RiderID || d.Past(domain.At(s.now())))
	for i := range steps {
		steps[i].DeviceAt = domain.ShownDeviceAt(steps[i].At, steps[i].DeviceAt)
		if masked {
			steps[i] = maskStep(steps[i], a)
		}
	}
	return writeList(w, r, newList(steps, ""))
}

func maskStep(h domain.HistoryEntry, a domain.Actor) domain.HistoryEntry {
	h.Reason, h.DeviceAt = "", domain.Time{}
	h.Changes = slices.Clone(h.Changes)
	for i := range h.Changes {
		h.Changes[i].From, h.Changes[i].To = "", ""
	}
	if h.RiderID != a.RiderID {
		h.RiderID = ""
	}
	if h.Actor.ID != a.UserID {
		h.Actor = domain.Person{Role: h.Actor.Role}
	}
	return h
}

// deliveryAction is the common form of what is done to one delivery. A rider's
// body is read loosely: older apps meet newer servers.
func deliveryAction[In any](s *Server, w http.ResponseWriter, r *http.Request, do func(context.Context, domain.Tx, domain.Actor, string, In) (*domain.Delivery, error)) error {
	read := decodeOptional
	if actorOf(r.Context()).Role == domain.RoleRider {
		read = decodeLoose
	}
	var in In
	err := decodeFor(r, &in, read, func() error { _, err := s.seeDelivery(r.Context(), pathID(r)); return err })
	if err != nil {
		return err
	}
	return s.write(w, r, http.StatusOK, func(ctx context.Context, tx domain.Tx) (any, error) {
		return do(ctx, tx, actorOf(ctx), pathID(r), in)
	})
}

func (s *Server) assign(w http.ResponseWriter, r *http.Request) error {
	return deliveryAction(s, w, r, s.svc.Assign)
}

func (s *Server) unassign(w http.ResponseWriter, r *http.Request) error {
	return deliveryAction(s, w, r, s.svc.Unassign)
}

func (s *Server) cancelDelivery(w http.ResponseWriter, r *http.Request) error {
	return deliveryAction(s, w, r, s.svc.CancelDelivery)
}

func (s *Server) claim(w http.ResponseWriter, r *http.Request) error {
	return deliveryAction(s, w, r, s.svc.Claim)
}

func (s *Server) pickup(w http.ResponseWriter, r *http.Request) error {
	return deliveryAction(s, w, r, s.svc.Pickup)
}

func (s *Server) deliver(w http.ResponseWriter, r *http.Request) error {
	who := callOf(r.Context()).caller
	if err := s.due(who, quota.Late); err != nil {
		return err
	}
	return deliveryAction(s, w, r, func(ctx context.Context, tx domain.Tx, a domain.Actor, id string, in domain.Deliver) (*domain.Delivery, error) {
		d, err := s.svc.Deliver(ctx, tx, a, id, in)
		if e := refusal(err); e != nil && e.Commit { // it is noted, and dispatchers are told
			s.quotas.Charge(quota.Late, who, 1, s.now())
		}
		return d, err
	})
}

// AssignManyAnswer is what a bulk assignment made, row by row.
type AssignManyAnswer struct {
	Results []domain.AssignResult `json:"results"`
}

func (a AssignManyAnswer) answerVersion() int64 {
	var v int64
	for _, r := range a.Results {
		v = max(v, r.Delivery.Version)
	}
	return v
}

func (s *Server) assignMany(w http.ResponseWriter, r *http.Request) error {
	var in domain.AssignMany
	if err := decode(r, &in); err != nil {
		return err
	}
	return s.write(w, r, http.StatusOK, func(ctx context.Context, tx domain.Tx) (any, error) {
		results, err := s.svc.AssignMany(ctx, tx, actorOf(ctx), in)
		if err != nil {
			return nil, err
		}
		return AssignManyAnswer{results}, nil
	})
}
