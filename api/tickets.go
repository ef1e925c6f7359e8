package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/brosops/bros/domain"
)

// ticketLife is how long a ticket can be used, once.
const ticketLife = 30 * time.Second

// Ticket opens one socket without a header or cookie.
type Ticket struct {
	Ticket    string      `json:"ticket"`
	ExpiresAt domain.Time `json:"expiresAt"`
}

// createTicket answers POST /realtime/ticket.
func (s *Server) createTicket(w http.ResponseWriter, r *http.Request) error {
	if err := decodeOptional(r, &struct{}{}); err != nil {
		return err
	}
	a := actorOf(r.Context())
	t := Ticket{Ticket: domain.NewSecret(), ExpiresAt: domain.At(s.now().Add(ticketLife))}
	if err := s.store.CreateTicket(r.Context(), hashToken(t.Ticket), a.SessionID, a.UserID, t.ExpiresAt.Time); err != nil {
		return err
	}
	return writeJSON(w, http.StatusCreated, t)
}

// ticketActor is whose ticket it is; it is used up by this.
func (s *Server) ticketActor(r *http.Request, ticket string) (domain.Actor, error) {
	session, actorID, err := s.store.UseTicket(r.Context(), hashToken(ticket), s.now())
	if err == nil {
		return s.auth.byTicket(r.Context(), session, actorID)
	}
	var e *domain.Error
	if !errors.As(err, &e) || e.Code != domain.CodeNotFound {
		return domain.Actor{}, err
	}
	if wait := s.auth.bad.take(addressKey(callOf(r.Context()).remote), s.now()); wait > 0 {
		return domain.Actor{}, tooMany(wait)
	}
	return domain.Actor{}, unauthenticated()
}
