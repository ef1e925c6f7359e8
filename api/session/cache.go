package session

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/brosops/bros/domain"
)

const (
	// Life is how long a session lives after its last use.
	Life = 12 * time.Hour
	// touchEvery is how far a session's expiry may lag behind its use in the
	// database: a write per request would be too much.
	touchEvery = 5 * time.Minute
	// touchPatience is how long a request waits for that write.
	touchPatience = time.Second
	// Fresh is how long what the database said of a token is believed
	// without asking again. A revocation on this node counts at once.
	Fresh = 3 * time.Second

	// inUse is how long after its last request a session is kept fresh.
	inUse = 15 * time.Second
)

// Batch bounds the hashes of one query for sessions that still stand.
const Batch = 500

// Store is what sessions and keys are read from.
type Store interface {
	// FindSession answers NotFound for an unknown or expired one, and for one of an inactive user.
	FindSession(ctx context.Context, hash string, now time.Time) (*domain.Session, *domain.User, error)
	// TouchSession moves the expiry.
	TouchSession(ctx context.Context, hash string, expires time.Time) error
	// LiveSessions says which of these session hashes still stand (one query a batch).
	LiveSessions(ctx context.Context, hashes []string, now time.Time) (map[string]domain.User, error)
	// FindKeyByHash is the API key with this SHA-256.
	FindKeyByHash(ctx context.Context, hash string) (*domain.APIKey, error)
	FindKey(ctx context.Context, id string) (*domain.APIKey, error)
}

// Cache knows whose token is whose, from a cache of seconds.
type Cache struct {
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

// New returns an empty Cache over store.
func New(store Store, now func() time.Time) *Cache {
	return &Cache{store: store, now: now, known: map[string]credential{}}
}

// ActorOf is a logged-in user as an actor.
func ActorOf(u *domain.User, hash string) domain.Actor {
	a := u.Actor()
	a.SessionID = hash
	return a
}

// ByToken returns whose token it is, and whether this use has moved the
// session's end. An unknown one is CodeUnauthenticated.
func (a *Cache) ByToken(ctx context.Context, token string) (_ domain.Actor, touched bool, _ error) {
	switch {
	case strings.HasPrefix(token, Prefix):
		return a.BySession(ctx, HashToken(token))
	case strings.HasPrefix(token, KeyPrefix):
		actor, err := a.byKeyHash(ctx, HashToken(token))
		return actor, false, err
	}
	return domain.Actor{}, false, Unauthenticated()
}

// BySession is ByToken for a session by its hash.
func (a *Cache) BySession(ctx context.Context, hash string) (_ domain.Actor, touched bool, _ error) {
	now := a.now()
	c, ok := a.cached(hash, now)
	if !ok {
		before := a.revocations()
		sess, user, err := a.store.FindSession(ctx, hash, now)
		if err != nil {
			return domain.Actor{}, false, knownOr401(err)
		}
		c = credential{actor: ActorOf(user, hash), expires: sess.ExpiresAt.Time, read: now, used: now}
		a.keep(hash, c, before)
	}
	if !now.Before(c.expires) {
		return domain.Actor{}, false, Unauthenticated()
	}
	if fresh := now.Add(Life); fresh.Sub(c.expires) >= touchEvery {
		// Who reads does not fail because nothing can be written: the session stands
		// until it expires, and the next use tries again.
		touched = a.touch(ctx, hash, fresh) == nil
	}
	return c.actor, touched, nil
}

// touch moves the expiry of a session that is in use.
func (a *Cache) touch(ctx context.Context, hash string, expires time.Time) error {
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
func (a *Cache) byKeyHash(ctx context.Context, hash string) (domain.Actor, error) {
	now := a.now()
	if c, ok := a.cached(hash, now); ok {
		return c.actor, nil
	}
	before := a.revocations()
	key, err := a.store.FindKeyByHash(ctx, hash)
	if err != nil {
		return domain.Actor{}, knownOr401(err)
	}
	c := credential{actor: key.Actor(), read: now}
	a.keep(hash, c, before)
	return c.actor, nil
}

// ByTicket is the actor behind a used ticket: a session's, or a key's when
// there is no session.
func (a *Cache) ByTicket(ctx context.Context, sessionHash, actorID string) (domain.Actor, error) {
	if sessionHash != "" {
		actor, _, err := a.BySession(ctx, sessionHash)
		return actor, err
	}
	key, err := a.store.FindKey(ctx, actorID)
	if err != nil {
		return domain.Actor{}, knownOr401(err)
	}
	return key.Actor(), nil
}

// knownOr401 turns "not found" into the refusal; other errors stay what they are.
func knownOr401(err error) error {
	var e *domain.Error
	if errors.As(err, &e) && e.Code == domain.CodeNotFound {
		return Unauthenticated()
	}
	return err
}

// Known reports whether a token can be told from memory, without a query.
func (a *Cache) Known(token string) bool {
	_, known := a.cached(HashToken(token), a.now())
	return known
}

func (a *Cache) cached(hash string, now time.Time) (credential, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c, ok := a.known[hash]
	if !ok || now.Sub(c.read) >= Fresh {
		return c, false
	}
	c.used = now
	a.known[hash] = c
	return c, true
}

// Refresh reads the sessions in use again, many with one query, before they are
// stale: their requests then cost none.
func (a *Cache) Refresh(ctx context.Context, now time.Time) error {
	a.mu.Lock()
	before := a.forgot
	var due []string
	for h, c := range a.known {
		if c.actor.SessionID == h && now.Sub(c.read) >= Fresh/2 && now.Sub(c.used) < inUse {
			due = append(due, h)
		}
	}
	a.mu.Unlock()
	for len(due) > 0 {
		part := due[:min(len(due), Batch)]
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
				c.actor, c.read = ActorOf(&u, h), now
				a.known[h] = c
			}
		}
		a.mu.Unlock()
	}
	return nil
}

func (a *Cache) revocations() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.forgot
}

func (a *Cache) keep(hash string, c credential, before uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.forgot == before {
		a.known[hash] = c
	}
}

// Forget drops what is known of the matching actors: their next request asks
// the database.
func (a *Cache) Forget(match func(domain.Actor) bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.forgot++
	for h, c := range a.known {
		if match(c.actor) {
			delete(a.known, h)
		}
	}
}

// Sweep drops what is stale.
func (a *Cache) Sweep(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for h, c := range a.known {
		if now.Sub(c.read) >= Fresh {
			delete(a.known, h)
		}
	}
}
