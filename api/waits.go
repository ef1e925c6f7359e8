package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/brosops/bros/api/session"
	"github.com/brosops/bros/domain"
)

// waits are the requests under way that show things for longer than a moment:
// polls and streams. What ends or changes a session ends them as it does its
// sockets.
type waits struct {
	mu   sync.Mutex
	open map[*waiting]struct{}
}

// waiting is one of them.
type waiting struct {
	actor domain.Actor
	end   context.CancelCauseFunc
}

// errRights is why a request that waits is woken whose caller's rights have changed.
var errRights = errors.New("the caller's rights have changed")

// enter registers a request until done is called. The context ends when the
// caller's session does (the cause is the refusal), and when its rights change
// (errRights).
func (w *waits) enter(ctx context.Context, actor domain.Actor) (_ context.Context, done func()) {
	ctx, end := context.WithCancelCause(ctx)
	one := &waiting{actor, end}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open == nil {
		w.open = map[*waiting]struct{}{}
	}
	w.open[one] = struct{}{}
	return ctx, func() {
		w.mu.Lock()
		delete(w.open, one)
		w.mu.Unlock()
		end(nil)
	}
}

// stop ends the matching ones for that cause.
func (w *waits) stop(match func(domain.Actor) bool, cause error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for one := range w.open {
		if match(one.actor) {
			one.end(cause)
		}
	}
}

// each calls fn for the actor of each.
func (w *waits) each(fn func(domain.Actor)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for one := range w.open {
		fn(one.actor)
	}
}

// stream registers a request that reads what is a center's for a while. Rights
// that were lost between its admission and this are a refusal.
func (s *Server) stream(r *http.Request, a access, centerID string) (_ context.Context, done func(), err error) {
	ctx, done := s.waits.enter(r.Context(), actorOf(r.Context()))
	now, err := s.again(r, a)
	if err == nil && !now.Sees(centerID) {
		err = domain.NotFound("center")
	}
	if err != nil {
		done()
		return nil, nil, err
	}
	return ctx, done, nil
}

// heldReader reads a file for as long as its reader may.
type heldReader struct {
	io.ReadSeeker
	ctx context.Context
}

func (h heldReader) Read(b []byte) (int, error) {
	if err := context.Cause(h.ctx); err != nil {
		return 0, err
	}
	return h.ReadSeeker.Read(b)
}

// again is who asks by now: what was true when the request came may not be any
// more. The refusal is what the request would get if it came now.
func (s *Server) again(r *http.Request, a access) (domain.Actor, error) {
	c := callOf(r.Context())
	token, _ := s.credentials(r)
	now, _, err := s.auth.ByToken(r.Context(), token)
	switch {
	case err != nil:
		return now, err
	case now.UserID != c.actor.UserID:
		return now, session.Unauthenticated()
	case !a.admits(now):
		return now, domain.Errorf(domain.CodeForbidden, "not for this role")
	}
	now.Remote = c.actor.Remote
	return now, nil
}
