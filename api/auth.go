package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/brosops/bros/api/quota"
	"github.com/brosops/bros/api/session"
	"github.com/brosops/bros/domain"
)

// cookiePrefix begins the cookie's name; the installation's own part follows.
const cookiePrefix = "bros_session_"

// credentials reads the token of a request: the header's, else the cookie's.
func (s *Server) credentials(r *http.Request) (token string, cookie bool) {
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, token, _ := strings.Cut(h, " ")
		if strings.EqualFold(scheme, "Bearer") {
			return strings.TrimSpace(token), false
		}
		return "", false
	}
	if c, err := r.Cookie(s.cookieName); err == nil {
		return c.Value, true
	}
	return "", false
}

// authenticate says who asks, and whether by cookie. It is for the routes'
// guard and for the socket's upgrade.
func (s *Server) authenticate(r *http.Request) (a domain.Actor, cookie bool, err error) {
	c := callOf(r.Context())
	token, cookie := s.credentials(r)
	if token == "" {
		return a, cookie, session.Unauthenticated()
	}
	// Each unknown token costs a query, so that there is an end to them.
	if !s.auth.Known(token) {
		if err := s.due(addressOf(c), quota.Tokens); err != nil {
			return a, cookie, err
		}
	}
	a, c.touched, err = s.auth.ByToken(r.Context(), token)
	var e *domain.Error
	if errors.As(err, &e) && e.Code == domain.CodeUnauthenticated {
		s.quotas.Charge(quota.Tokens, addressOf(c), 1, s.now())
	}
	return a, cookie, err
}

// userHeader names the user whose act a call is: it is refused in another's session.
const userHeader = "X-BROS-User"

// admit is what every route asks before its handler runs: 401, the caller's
// rate, the cookie rule, the role.
func (s *Server) admit(w http.ResponseWriter, r *http.Request, a access) error {
	c := callOf(r.Context())
	changes := r.Method != http.MethodGet && r.Method != http.MethodHead
	if changes {
		// A client that sends its body a byte a minute holds nothing for long.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTimeout))
	}
	if a.self {
		return nil
	}
	if a.public {
		c.caller = addressOf(c)
		return s.paced(c.caller)
	}
	actor, cookie, err := s.authenticate(r)
	if err != nil {
		return err
	}
	actor.Remote = c.remote.String()
	// A cookie is the browser's: another may have logged in since the page was opened.
	if meant := r.Header.Get(userHeader); meant != "" && meant != actor.UserID {
		return domain.Errorf(domain.CodeUnauthenticated, "this session is another user's")
	}
	c.actor, c.cookie, c.caller = actor, cookie, callerOf(actor)
	if err := s.paced(c.caller); err != nil {
		return err
	}
	if cookie {
		if changes && r.Header.Get("X-BROS-Request") != "1" {
			return domain.Errorf(domain.CodeForbidden, "a change by cookie needs the header X-BROS-Request: 1")
		}
		if c.touched { // the cookie lives as long as its session
			token, _ := s.credentials(r)
			s.setCookie(w, c, token)
		}
	}
	if !a.admits(actor) {
		return domain.Errorf(domain.CodeForbidden, "not for this role")
	}
	return nil
}

// refreshSessionsInUse keeps what is known of them fresh until ctx ends.
func (s *Server) refreshSessionsInUse(ctx context.Context) {
	tick := time.NewTicker(session.Fresh / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.auth.Refresh(ctx, s.now()); err != nil && ctx.Err() == nil {
			s.log.Warn("sessions can't be read", "error", err)
		}
	}
}

// hashPassword is HashPassword behind the gate.
func (s *Server) hashPassword(ctx context.Context, password string) (string, error) {
	leave, err := s.passwords.Enter(ctx, "user "+actorOf(ctx).UserID)
	if err != nil {
		return "", err
	}
	defer leave()
	return session.HashPassword(password)
}
