package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/brosops/bros/api/quota"
	"github.com/brosops/bros/domain"
)

const (
	// sessionLife is how long a session lives after its last use.
	sessionLife = 12 * time.Hour
	// touchEvery is how far a session's expiry may lag behind its use in the
	// database: a write per request would be too much.
	touchEvery = 5 * time.Minute
	// touchPatience is how long a request waits for that write.
	touchPatience = time.Second
	// authFresh is how long what the database said of a token is believed
	// without asking again. A revocation on this node counts at once.
	authFresh = 3 * time.Second

	// authInUse is how long after its last request a session is kept fresh.
	authInUse = 15 * time.Second

	// cookiePrefix begins the cookie's name; the installation's own part follows.
	cookiePrefix = "bros_session_"
	// The prefixes tell sessions and keys apart without asking the database,
	// and let a secret scanner recognise a leaked one.
	sessionPrefix = "bros_s_"
	keyPrefix     = "bros_k_"
)

// hashToken is how tokens, keys and tickets are kept.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// authenticator knows whose token is whose, from a cache of seconds.
type authenticator struct {
	store Store
	now   func() time.Time

	mu     sync.Mutex
	known  map[string]credential // by hash of the token
	forgot uint64                // counts revocations: an answer read before one is not kept
}

// credential is what a token stands for.
type credential struct {
	actor   domain.Actor
	expires time.Time // of a session, as stored
	read    time.Time
	used    time.Time // newest request by it
}

func newAuthenticator(store Store, now func() time.Time) *authenticator {
	return &authenticator{store: store, now: now, known: map[string]credential{}}
}

// actorOfUser is a logged-in user as an actor.
func actorOfUser(u *domain.User, hash string) domain.Actor {
	a := u.Actor()
	a.SessionID = hash
	return a
}

// actorOfKey is an API key as an actor.
func actorOfKey(k *domain.APIKey) domain.Actor { return k.Actor() }

func unauthenticated() *domain.Error {
	return domain.Errorf(domain.CodeUnauthenticated, "no valid session or key")
}

// byToken says whose token it is.
func (a *authenticator) byToken(ctx context.Context, token string) (domain.Actor, error) {
	switch {
	case strings.HasPrefix(token, sessionPrefix):
		return a.bySession(ctx, hashToken(token))
	case strings.HasPrefix(token, keyPrefix):
		return a.byKeyHash(ctx, hashToken(token))
	}
	return domain.Actor{}, unauthenticated()
}

// bySession says whose session it is, by its hash, and counts this as a use.
func (a *authenticator) bySession(ctx context.Context, hash string) (domain.Actor, error) {
	now := a.now()
	c, ok := a.cached(hash, now)
	if !ok {
		before := a.revocations()
		sess, user, err := a.store.FindSession(ctx, hash, now)
		if err != nil {
			return domain.Actor{}, knownOr401(err)
		}
		c = credential{actor: actorOfUser(user, hash), expires: sess.ExpiresAt.Time, read: now, used: now}
		a.keep(hash, c, before)
	}
	if !now.Before(c.expires) {
		return domain.Actor{}, unauthenticated()
	}
	if fresh := now.Add(sessionLife); fresh.Sub(c.expires) >= touchEvery {
		// Who reads does not fail because nothing can be written: the session stands
		// until it expires, and the next use tries again.
		if a.touch(ctx, hash, fresh) == nil {
			callOf(ctx).touched = true
		}
	}
	return c.actor, nil
}

// touch moves the expiry of a session that is in use.
func (a *authenticator) touch(ctx context.Context, hash string, expires time.Time) error {
	a.mu.Lock()
	c, ok := a.known[hash]
	if ok {
		c.expires = expires // first, so that concurrent requests don't all write
		a.known[hash] = c
	}
	a.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, touchPatience)
	defer cancel()
	return a.store.TouchSession(ctx, hash, expires)
}

// byKeyHash says which API key it is.
func (a *authenticator) byKeyHash(ctx context.Context, hash string) (domain.Actor, error) {
	now := a.now()
	if c, ok := a.cached(hash, now); ok {
		return c.actor, nil
	}
	before := a.revocations()
	key, err := a.store.FindKeyByHash(ctx, hash)
	if err != nil {
		return domain.Actor{}, knownOr401(err)
	}
	c := credential{actor: actorOfKey(key), read: now}
	a.keep(hash, c, before)
	return c.actor, nil
}

// byTicket is the actor behind a used ticket: a session's, or a key's when
// there is no session.
func (a *authenticator) byTicket(ctx context.Context, sessionHash, actorID string) (domain.Actor, error) {
	if sessionHash != "" {
		return a.bySession(ctx, sessionHash)
	}
	key, err := a.store.FindKey(ctx, actorID)
	if err != nil {
		return domain.Actor{}, knownOr401(err)
	}
	return actorOfKey(key), nil
}

// knownOr401 turns "not found" into the refusal; other errors stay what they are.
func knownOr401(err error) error {
	var e *domain.Error
	if errors.As(err, &e) && e.Code == domain.CodeNotFound {
		return unauthenticated()
	}
	return err
}

func (a *authenticator) cached(hash string, now time.Time) (credential, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c, ok := a.known[hash]
	if !ok || now.Sub(c.read) >= authFresh {
		return c, false
	}
	c.used = now
	a.known[hash] = c
	return c, true
}

// refresh reads the sessions in use again, many with one query, before they are
// stale: their requests then cost none.
func (a *authenticator) refresh(ctx context.Context, now time.Time) error {
	a.mu.Lock()
	before := a.forgot
	var due []string
	for h, c := range a.known {
		if c.actor.SessionID == h && now.Sub(c.read) >= authFresh/2 && now.Sub(c.used) < authInUse {
			due = append(due, h)
		}
	}
	a.mu.Unlock()
	for len(due) > 0 {
		part := due[:min(len(due), sessionBatch)]
		due = due[len(part):]
		users, err := a.store.LiveSessions(ctx, part, now)
		if err != nil {
			return err
		}
		a.mu.Lock()
		for _, h := range part {
			c, ok := a.known[h]
			u, live := users[h]
			switch {
			case !ok || a.forgot != before: // a revocation came in between: it is asked again
			case !live || !u.Active:
				delete(a.known, h)
			default:
				c.actor, c.read = actorOfUser(&u, h), now
				a.known[h] = c
			}
		}
		a.mu.Unlock()
	}
	return nil
}

// refreshSessionsInUse keeps what is known of them fresh until ctx ends.
func (s *Server) refreshSessionsInUse(ctx context.Context) {
	tick := time.NewTicker(authFresh / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.auth.refresh(ctx, s.now()); err != nil && ctx.Err() == nil {
			s.log.Warn("sessions can't be read", "error", err)
		}
	}
}

func (a *authenticator) revocations() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.forgot
}

func (a *authenticator) keep(hash string, c credential, before uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.forgot == before {
		a.known[hash] = c
	}
}

// forget drops what is known of the matching actors: their next request asks
// the database.
func (a *authenticator) forget(match func(domain.Actor) bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.forgot++
	for h, c := range a.known {
		if match(c.actor) {
			delete(a.known, h)
		}
	}
}

// sweep drops what is stale.
func (a *authenticator) sweep(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for h, c := range a.known {
		if now.Sub(c.read) >= authFresh {
			delete(a.known, h)
		}
	}
}

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
		return a, cookie, unauthenticated()
	}
	// Each unknown token costs a query, so that there is an end to them.
	if _, known := s.auth.cached(hashToken(token), s.now()); !known {
		if err := s.due(addressOf(c), quota.Tokens); err != nil {
			return a, cookie, err
		}
	}
	a, err = s.auth.byToken(r.Context(), token)
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
