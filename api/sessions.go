package api

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/brosops/bros/api/session"
	"github.com/brosops/bros/domain"
)

// LoginRequest is the body of POST /login.
type LoginRequest struct {
	Login    string `json:"login"`
	Password string `json:"password"`
}

// check refuses a body that lacks a field; that is no attempt to guess.
func (in LoginRequest) check() error {
	if strings.TrimSpace(in.Login) == "" {
		return domain.Invalid("login", "is required")
	}
	if in.Password == "" {
		return domain.Invalid("password", "is required")
	}
	return nil
}

// LoginAnswer is what a login gives: the token for programs, the same by cookie for browsers.
type LoginAnswer struct {
	Token     string      `json:"token"`
	ExpiresAt domain.Time `json:"expiresAt"`
	User      Me          `json:"user"`
}

// Me is who is logged in. Of an API key only id, name, role, centerIds and scopes are there.
type Me struct {
	ID        string         `json:"id"`
	Login     string         `json:"login,omitempty"`
	Name      string         `json:"name"`
	Role      domain.Role    `json:"role"`
	CenterIDs []string       `json:"centerIds"` // empty: all (admin, unlimited keys)
	RiderID   string         `json:"riderId,omitempty"`
	Scopes    []domain.Scope `json:"scopes,omitempty"`
}

func meOf(a domain.Actor) Me {
	m := Me{ID: a.UserID, Login: a.Login, Name: a.Name, Role: a.Role, CenterIDs: a.CenterIDs, RiderID: a.RiderID, Scopes: a.Scopes}
	if m.CenterIDs == nil {
		m.CenterIDs = []string{}
	}
	return m
}

// login answers POST /login.
func (s *Server) login(w http.ResponseWriter, r *http.Request) error {
	ctx, c := r.Context(), callOf(r.Context())
	// Another site's page must not log its visitor in here as somebody else.
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		return domain.Errorf(domain.CodeForbidden, "a login comes from this site's own pages")
	}
	var in LoginRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	user, err := s.checkLogin(r, in)
	if err != nil {
		return err
	}
	now := s.now()
	token := session.Prefix + domain.NewSecret()
	sess := Session{
		Hash: session.HashToken(token), UserID: user.ID, CreatedAt: domain.At(now), ExpiresAt: domain.At(now.Add(session.Life)),
		RemoteIP: c.remote.String(), UserAgent: clipText(r.UserAgent(), 200),
	}
	if err := s.store.CreateSession(ctx, sess, sessionTrail(c, user.Actor(), domain.At(now), domain.AuditLogin)...); err != nil {
		return err
	}
	s.setCookie(w, c, token)
	return writeJSON(w, http.StatusOK, LoginAnswer{token, sess.ExpiresAt, meOf(user.Actor())})
}

// checkLogin counts the attempt as failed before it looks, so that parallel
// guesses can't slip through, and takes it back when the password was right.
func (s *Server) checkLogin(r *http.Request, in LoginRequest) (*domain.User, error) {
	c := callOf(r.Context())
	name := strings.ToLower(strings.TrimSpace(in.Login))
	from := addressKey(c.remote)
	pair := clipText(name, 64) + "\x00" + from
	// Who has failed too often does not wait for a turn, and takes none.
	if wait := max(s.failsAddress.Over(from, s.now()), s.failsLogin.Over(pair, s.now())); wait > 0 {
		s.failed.add(nil, c.remote.String(), s.now())
		return nil, tooMany(wait)
	}
	leave, err := s.passwords.Enter(r.Context(), from)
	if err != nil {
		return nil, err
	}
	defer leave()

	now := s.now()
	if wait := s.failsAddress.Add(from, now); wait > 0 {
		s.failed.add(nil, c.remote.String(), now)
		return nil, tooMany(wait)
	}
	if wait := s.failsLogin.Add(pair, now); wait > 0 {
		s.failsAddress.Undo(from, now)
		return nil, tooMany(wait)
	}
	forgive := func() { s.failsAddress.Undo(from, now); s.failsLogin.Undo(pair, now) }

	user, hash, err := s.store.FindLogin(r.Context(), name)
	var e *domain.Error
	switch {
	case errors.As(err, &e) && e.Code == domain.CodeNotFound, err == nil && hash == "":
		user, hash = nil, session.NoPassword
	case err != nil:
		forgive()
		return nil, err
	}
	right, err := session.CheckPassword(clipText(in.Password, 1000), hash)
	if err != nil {
		forgive()
		return nil, err
	}
	if !right || user == nil || !user.Active {
		if entries := s.failed.add(user, c.remote.String(), now); len(entries) > 0 {
			s.note(r, entries...)
		}
		return nil, domain.Errorf(domain.CodeUnauthenticated, "wrong login or password")
	}
	forgive()
	return user, nil
}

// logout answers POST /logout: the session and its sockets end at once.
func (s *Server) logout(w http.ResponseWriter, r *http.Request) error {
	a := actorOf(r.Context())
	if err := s.store.DeleteSession(r.Context(), a.SessionID, sessionTrail(callOf(r.Context()), a, domain.At(s.now()), domain.AuditLogout)...); err != nil {
		return err
	}
	s.endEverywhere(busWho{Session: a.SessionID})
	http.SetCookie(w, s.cookie(callOf(r.Context()), "", -1))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// me answers GET /me.
func (s *Server) me(w http.ResponseWriter, r *http.Request) error {
	return writeJSON(w, http.StatusOK, meOf(actorOf(r.Context())))
}

// endEverywhere ends sessions on this node at once, and on the others within a moment.
func (s *Server) endEverywhere(who busWho) {
	s.endSessions(who.match)
	s.live.link.ended(who)
}

// endSessions makes the matching actors unknown on this node at once: cached
// tokens are asked for again, polls and streams end, sockets are closed with 4401.
func (s *Server) endSessions(match func(domain.Actor) bool) {
	s.auth.Forget(match)
	s.waits.stop(match, session.Unauthenticated())
	s.liveEnd(match)
}

// refreshSessions makes changed rights of the matching actors count at once,
// without ending their sessions.
func (s *Server) refreshSessions(match func(domain.Actor) bool, now domain.Actor) {
	s.auth.Forget(match)
	s.waits.stop(func(a domain.Actor) bool {
		return match(a) && !(sameRights(a, now) && slices.Equal(a.Scopes, now.Scopes))
	}, errRights)
	s.liveRights(match, now)
}

func (s *Server) setCookie(w http.ResponseWriter, c *call, token string) {
	http.SetCookie(w, s.cookie(c, token, int(session.Life.Seconds())))
}

// cookie is Lax: a link in a mail or chat is followed with it, a form or script
// of another site is not. What changes anything by cookie needs a header of ours
// besides.
func (s *Server) cookie(c *call, value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: s.cookieName, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: c.secure,
	}
}

// clipText cuts to at most n bytes, at a character's edge.
func clipText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
