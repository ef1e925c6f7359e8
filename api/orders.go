package api

import (
	"context"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/domain"
)

func (s *Server) orderRoutes(r chi.Router) {
	s.on(r, http.MethodPost, "/orders", agents.orKey(domain.ScopeOrdersWrite), s.createOrder)
	s.on(r, http.MethodGet, "/orders", agents.orKey(domain.ScopeOrdersRead), s.listOrders)
	s.on(r, http.MethodGet, "/orders/{id}", agents.orKey(domain.ScopeOrdersWrite, domain.ScopeOrdersRead), s.getOrder)
	s.on(r, http.MethodPatch, "/orders/{id}", agents.orKey(domain.ScopeOrdersWrite), s.correctOrder)
	s.on(r, http.MethodPost, "/orders/{id}/accept", agents, s.acceptOrder)
	s.on(r, http.MethodPost, "/orders/{id}/reject", agents, s.rejectOrder)
	s.on(r, http.MethodPost, "/orders/{id}/cancel", agents.orKey(domain.ScopeOrdersWrite), s.cancelOrder)
	s.on(r, http.MethodPost, "/customers/search", agents, s.searchCustomers)
}

// orderAnswer is an order with its delivery as a write answers it.
type orderAnswer struct{ domain.OrderResult }

// HTTPStatus is 200 for an order that was there already, else left to the route.
func (o orderAnswer) HTTPStatus() int {
	if o.Existed {
		return http.StatusOK
	}
	return http.StatusCreated
}

func (o orderAnswer) answerVersion() int64 { return versionOfResult(o.OrderResult) }

// orderChange is what a write on an existing order answers.
type orderChange struct{ domain.OrderResult }

func (o orderChange) answerVersion() int64 { return versionOfResult(o.OrderResult) }

func versionOfResult(o domain.OrderResult) int64 {
	if o.Delivery != nil {
		return max(o.Order.Version, o.Delivery.Version)
	}
	return o.Order.Version
}

func (s *Server) createOrder(w http.ResponseWriter, r *http.Request) error {
	var in domain.NewOrder
	if err := decode(r, &in); err != nil {
		return err
	}
	if in.Accept || !in.PromisedAt.IsZero() {
		s.learnFromShop(r.Context(), in.ShopID, in.Customer.Location)
	}
	return s.write(w, r, http.StatusCreated, func(ctx context.Context, tx domain.Tx) (any, error) {
		res, err := s.svc.CreateOrder(ctx, tx, actorOf(ctx), in)
		if err != nil {
			return nil, err
		}
		return orderAnswer{res}, nil
	})
}

func (s *Server) listOrders(w http.ResponseWriter, r *http.Request) error {
	f, p, err := s.workFilter(r, texts(domain.OrderStatuses)...)
	if err != nil {
		return err
	}
	items, next, err := s.store.ListOrders(r.Context(), f, p)
	if err != nil {
		return err
	}
	return writeList(w, r, newList(items, next))
}

// workFilter reads what the lists of orders and deliveries have in common.
func (s *Server) workFilter(r *http.Request, statuses ...string) (domain.WorkFilter, Page, error) {
	var f domain.WorkFilter
	p, err := pageOf(r)
	if err != nil {
		return f, p, err
	}
	if f.Statuses, err = statusesOf(r, statuses...); err != nil {
		return f, p, err
	}
	if f.Query, err = searchText(r); err != nil {
		return f, p, err
	}
	if f.CenterIDs, err = s.centersOf(r.Context(), r, actorOf(r.Context())); err != nil {
		return f, p, err
	}
	f.From, f.To, err = s.spanOf(r, f.CenterIDs)
	if f.Query != "" && f.From.IsZero() && f.To.IsZero() && !f.Open() {
		f.Since = domain.At(s.now().Truncate(time.Hour).Add(-searchSpan))
	}
	return f, p, err
}

// searchSpan is how far back a search looks that names no time.
const searchSpan = 31 * 24 * time.Hour

// seeOrder is the order, if it is there for the caller.
func (s *Server) seeOrder(ctx context.Context, id string) (*domain.Order, error) {
	o, err := s.store.FindOrder(ctx, id)
	if err == nil && !actorOf(ctx).SeesOrder(o) {
		return nil, domain.NotFound("order")
	}
	return o, err
}

func (s *Server) getOrder(w http.ResponseWriter, r *http.Request) error {
	o, err := s.seeOrder(r.Context(), pathID(r))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, o)
}

// orderAction is the common form of accept, reject and cancel; before runs when
// the body is understood, outside of the transaction.
func orderAction[In any](s *Server, w http.ResponseWriter, r *http.Request, do func(context.Context, domain.Tx, domain.Actor, string, In) (domain.OrderResult, error), before ...func(context.Context, *In)) error {
	var in In
	err := decodeFor(r, &in, decodeOptional, func() error { _, err := s.seeOrder(r.Context(), pathID(r)); return err })
	if err != nil {
		return err
	}
	for _, fn := range before {
		fn(r.Context(), &in)
	}
	return s.write(w, r, http.StatusOK, func(ctx context.Context, tx domain.Tx) (any, error) {
		res, err := do(ctx, tx, actorOf(ctx), pathID(r), in)
		if err != nil {
			return nil, err
		}
		return orderChange{res}, nil
	})
}

func (s *Server) acceptOrder(w http.ResponseWriter, r *http.Request) error {
	return orderAction(s, w, r, s.svc.AcceptOrder, func(ctx context.Context, _ *domain.AcceptOrder) {
		s.learnOfOrder(ctx, pathID(r), nil)
	})
}

func (s *Server) rejectOrder(w http.ResponseWriter, r *http.Request) error {
	return orderAction(s, w, r, s.svc.RejectOrder)
}

func (s *Server) correctOrder(w http.ResponseWriter, r *http.Request) error {
	return orderAction(s, w, r, s.svc.CorrectOrder, func(ctx context.Context, in *domain.CorrectOrder) {
		switch {
		case in.Customer != nil && in.Customer.Location.Value != nil:
			s.learnOfOrder(ctx, pathID(r), in.Customer.Location.Value)
		case in.PromisedAt.Sent || in.PrepMinutes.Sent:
			s.learnOfOrder(ctx, pathID(r), nil)
		}
	})
}

// texts are the words of a closed set as plain texts.
func texts[T ~string](words []T) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = string(w)
	}
	return out
}

func (s *Server) cancelOrder(w http.ResponseWriter, r *http.Request) error {
	return orderAction(s, w, r, s.svc.CancelOrder)
}
