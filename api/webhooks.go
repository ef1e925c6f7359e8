package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/api/webhook"
	"github.com/brosops/bros/domain"
)

// The leases of scheduled work.
const (
	leaseWebhooks     = "webhooks"     // of the node that sends to webhooks
	leaseHousekeeping = "housekeeping" // of the node that deletes what is old
)

// webhookLease is how long webhooks wait for another sender after a kill.
const webhookLease = 15 * time.Second

func (s *Server) webhookRoutes(r chi.Router) {
	s.on(r, http.MethodPost, "/webhooks", managers, s.createWebhook)
	s.on(r, http.MethodGet, "/webhooks", managers, s.listWebhooks)
	s.on(r, http.MethodGet, "/webhooks/{id}", managers, s.getWebhook)
	s.on(r, http.MethodPatch, "/webhooks/{id}", managers, s.patchWebhook)
	s.on(r, http.MethodDelete, "/webhooks/{id}", managers, s.deleteWebhook)
	s.on(r, http.MethodPost, "/webhooks/{id}/secret", managers, s.renewWebhookSecret)
	s.on(r, http.MethodGet, "/webhooks/{id}/deliveries", managers, s.listWebhookDeliveries)
	s.on(r, http.MethodPost, "/webhooks/{id}/replay", managers, s.replayWebhook)
}

// WebhookView is a webhook with what it has not taken yet.
type WebhookView struct {
	domain.Webhook
	Behind  int64 `json:"behind"`  // changes in the logs that have not been looked at yet
	Pending int64 `json:"pending"` // events that are tried again
	Dead    int64 `json:"dead"`    // events that were given up
	// Missed says that the log was deleted before all of it could be sent.
	Missed bool `json:"missed,omitempty"`
}

// NewWebhookAnswer is a webhook with its secret: the only time that it is shown.
type NewWebhookAnswer struct {
	domain.Webhook
	Secret string `json:"secret"`
}

// ReplayAnswer says how many events are sent again.
type ReplayAnswer struct {
	Replayed int `json:"replayed"`
}

// seeWebhook is the webhook, if it is there for the caller.
func (s *Server) seeWebhook(ctx context.Context, id string) (*domain.Webhook, error) {
	h, err := s.store.FindWebhook(ctx, id)
	if err == nil && !h.VisibleTo(actorOf(ctx)) {
		return nil, domain.NotFound("webhook")
	}
	return h, err
}

func (s *Server) createWebhook(w http.ResponseWriter, r *http.Request) error {
	var in domain.NewWebhook
	if err := decode(r, &in); err != nil {
		return err
	}
	// The answer holds a secret: none is kept for an idempotency key.
	r.Header.Del("Idempotency-Key")
	return s.write(w, r, http.StatusCreated, func(ctx context.Context, tx domain.Tx) (any, error) {
		h, err := s.svc.CreateWebhook(ctx, tx, actorOf(ctx), in)
		if err != nil {
			return nil, err
		}
		return NewWebhookAnswer{*h, h.Secret}, nil
	})
}

func (s *Server) renewWebhookSecret(w http.ResponseWriter, r *http.Request) error {
	r.Header.Del("Idempotency-Key")
	return s.write(w, r, http.StatusCreated, func(ctx context.Context, tx domain.Tx) (any, error) {
		h, err := s.svc.RenewWebhookSecret(ctx, tx, actorOf(ctx), pathID(r))
		if err != nil {
			return nil, err
		}
		return NewWebhookAnswer{*h, h.Secret}, nil
	})
}

// listWebhooks answers all that the caller sees: there are never many.
func (s *Server) listWebhooks(w http.ResponseWriter, r *http.Request) error {
	page, err := pageOf(r)
	if err != nil {
		return err
	}
	centers, err := s.centersOf(r.Context(), r, actorOf(r.Context()))
	if err != nil {
		return err
	}
	hooks, err := s.store.ListWebhooks(r.Context())
	if err != nil {
		return err
	}
	waiting, err := s.store.WebhooksWaiting(r.Context())
	if err != nil {
		return err
	}
	named := len(words(r, "centerId")) > 0
	views := []WebhookView{}
	for _, h := range hooks {
		if !h.VisibleTo(actorOf(r.Context())) || named && !slices.ContainsFunc(centers, h.Follows) {
			continue
		}
		views = append(views, viewOf(h, waiting[h.ID]))
	}
	if page.Cursor != "" {
		at := slices.IndexFunc(views, func(v WebhookView) bool { return v.ID == page.Cursor })
		if at < 0 {
			return badCursor()
		}
		views = views[at+1:]
	}
	next := ""
	if len(views) > page.Limit {
		views = views[:page.Limit]
		next = views[len(views)-1].ID
	}
	return writeList(w, r, newList(views, next))
}

func viewOf(h domain.Webhook, w domain.WebhookWaiting) WebhookView {
	return WebhookView{h, w.Behind, w.Pending, w.Dead, w.Missed}
}

func (s *Server) getWebhook(w http.ResponseWriter, r *http.Request) error {
	h, err := s.seeWebhook(r.Context(), pathID(r))
	if err != nil {
		return err
	}
	waiting, err := s.store.WebhooksWaiting(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, viewOf(*h, waiting[h.ID]))
}

func (s *Server) patchWebhook(w http.ResponseWriter, r *http.Request) error {
	var in domain.WebhookPatch
	err := decodeFor(r, &in, decode, func() error { _, err := s.seeWebhook(r.Context(), pathID(r)); return err })
	if err != nil {
		return err
	}
	return s.write(w, r, http.StatusOK, func(ctx context.Context, tx domain.Tx) (any, error) {
		return s.svc.UpdateWebhook(ctx, tx, actorOf(ctx), pathID(r), in)
	})
}

func (s *Server) deleteWebhook(w http.ResponseWriter, r *http.Request) error {
	return s.write(w, r, http.StatusNoContent, func(ctx context.Context, tx domain.Tx) (any, error) {
		return nil, s.svc.DeleteWebhook(ctx, tx, actorOf(ctx), pathID(r))
	})
}

func (s *Server) listWebhookDeliveries(w http.ResponseWriter, r *http.Request) error {
	h, err := s.seeWebhook(r.Context(), pathID(r))
	if err != nil {
		return err
	}
	page, err := pageOf(r)
	if err != nil {
		return err
	}
	status, err := statusesOf(r, string(domain.WebhookPending), string(domain.WebhookDead))
	if err != nil {
		return err
	}
	var only domain.WebhookStatus
	if len(status) == 1 {
		only = domain.WebhookStatus(status[0])
	}
	items, next, err := s.store.ListWebhookDeliveries(r.Context(), h.ID, only, page)
	if err != nil {
		return err
	}
	return writeList(w, r, newList(items, next))
}

func (s *Server) replayWebhook(w http.ResponseWriter, r *http.Request) error {
	var in domain.ReplayWebhook
	err := decodeFor(r, &in, decodeOptional, func() error { _, err := s.seeWebhook(r.Context(), pathID(r)); return err })
	if err != nil {
		return err
	}
	return s.write(w, r, http.StatusOK, func(ctx context.Context, tx domain.Tx) (any, error) {
		n, err := s.svc.ReplayWebhook(ctx, tx, actorOf(ctx), pathID(r), in.DeliveryIDs)
		return ReplayAnswer{n}, err
	})
}

// newSender makes the sender of this node; it works while the node has the lease.
func (s *Server) newSender() *webhook.Sender {
	return webhook.New(webhook.Options{
		Store: s.store, Logger: s.log, Now: s.now, Private: s.cfg.WebhookPrivate, Retry: s.cfg.WebhookRetry,
	})
}
