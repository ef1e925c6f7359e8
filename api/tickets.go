package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/brosops/bros/api/quota"
	"github.com/brosops/bros/api/session"
	"github.com/brosops/bros/domain"
)

const (
	// ticketLife is how long a ticket can be used, once.
	ticketLife = 30 * time.Second
	// standbyLife is the same for one that is kept for the case that this node
	// goes away: it can't be asked for then.
	standbyLife = 10 * time.Minute
)

// TicketRequest is the body of POST /realtime/ticket, and the command "ticket"
// of a socket; it may be left out.
type TicketRequest struct {
	// Standby asks for a ticket to keep, good for 10 minutes at another node. It
	// is an ordinary one where no other node is named.
	Standby bool `json:"standby,omitempty"`
}

// Ticket opens one socket without a header or cookie, and nothing else. It ends
// with the session that it was made in.
type Ticket struct {
	Ticket    string      `json:"ticket"`
	ExpiresAt domain.Time `json:"expiresAt"`
	// Peers are the origins of other nodes that take a standby ticket.
	Peers []string `json:"peers,omitempty"`
}

// createTicket answers POST /realtime/ticket.
func (s *Server) createTicket(w http.ResponseWriter, r *http.Request) error {
	var in TicketRequest
	if err := decodeOptional(r, &in); err != nil {
		return err
	}
	t, err := s.newTicket(r.Context(), actorOf(r.Context()), in.Standby)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusCreated, t)
}

// ticketCommand answers the command "ticket": who is at a node of another
// origin has no cookie there to ask with.
func (s *Server) ticketCommand(ctx context.Context, a domain.Actor, _ json.RawMessage) (any, error) {
	return s.newTicket(ctx, a, true)
}

func (s *Server) newTicket(ctx context.Context, a domain.Actor, standby bool) (Ticket, error) {
	t := Ticket{Ticket: domain.NewSecret()}
	life := ticketLife
	if standby && len(s.cfg.Peers) > 0 {
		life, t.Peers = standbyLife, s.cfg.Peers
	}
	t.ExpiresAt = domain.At(s.now().Add(life))
	err := s.store.CreateTicket(ctx, session.HashToken(t.Ticket), a.SessionID, a.UserID, t.ExpiresAt.Time)
	return t, err
}

// ticketActor is whose ticket it is; it is used up by this.
func (s *Server) ticketActor(r *http.Request, ticket string) (domain.Actor, error) {
	hash, actorID, err := s.store.UseTicket(r.Context(), session.HashToken(ticket), s.now())
	if err == nil {
		return s.auth.ByTicket(r.Context(), hash, actorID)
	}
	var e *domain.Error
	if !errors.As(err, &e) || e.Code != domain.CodeNotFound {
		return domain.Actor{}, err
	}
	if err := s.take(quota.Tokens, addressOf(callOf(r.Context())), 1); err != nil {
		return domain.Actor{}, err
	}
	return domain.Actor{}, session.Unauthenticated()
}
