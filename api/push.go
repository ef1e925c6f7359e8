package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/api/quota"
	"github.com/brosops/bros/domain"
)

// PushKeyAnswer is what a browser needs to subscribe.
type PushKeyAnswer struct {
	PublicKey string `json:"publicKey"` // VAPID: 65 bytes, base64url
}

// PushAnswer names a subscription, to end it by.
type PushAnswer struct {
	ID string `json:"id"`
}

// ridersOnly are routes that concern a rider's phone.
var ridersOnly = access{rider: true}

func (s *Server) pushRoutes(r chi.Router) {
	s.on(r, http.MethodGet, "/push/key", ridersOnly, s.pushKey)
	s.on(r, http.MethodPost, "/push/subscriptions", ridersOnly, s.subscribePush)
	s.on(r, http.MethodDelete, "/push/subscriptions/{id}", ridersOnly, s.unsubscribePush)
}

func (s *Server) pushKey(w http.ResponseWriter, _ *http.Request) error {
	return writeJSON(w, http.StatusOK, PushKeyAnswer{s.push.PublicKey()})
}

func (s *Server) subscribePush(w http.ResponseWriter, r *http.Request) error {
	var in domain.NewPushSubscription
	if err := decode(r, &in); err != nil {
		return err
	}
	done, err := s.commit(r, http.StatusCreated, func(ctx context.Context, tx domain.Tx) (any, error) {
		p, err := s.svc.SubscribePush(ctx, tx, actorOf(ctx), in)
		if errors.Is(err, domain.ErrTooManyPushes) {
			return nil, s.limited(s.quotas.Full(quota.Subscriptions, callerOf(actorOf(ctx))))
		}
		if err != nil {
			return nil, err
		}
		return PushAnswer{p.ID}, nil
	})
	if err != nil {
		return err
	}
	s.push.Subscribed()
	done.send(w)
	return nil
}

func (s *Server) unsubscribePush(w http.ResponseWriter, r *http.Request) error {
	return s.write(w, r, http.StatusNoContent, func(ctx context.Context, tx domain.Tx) (any, error) {
		return nil, s.svc.UnsubscribePush(ctx, tx, actorOf(ctx), pathID(r))
	})
}
