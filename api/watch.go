package api

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/brosops/bros/api/session"
	"github.com/brosops/bros/domain"
)

const (
	// watchEvery is how often the sessions of open sockets are looked at: what
	// another process ended or changed counts here after that at the latest.
	watchEvery = 15 * time.Second
	// sweepEvery is how often offers are checked against duty and mode, for the
	// subscription that was answered in the very moment they changed.
	sweepEvery = 5 * time.Second
	// touchSockets is how far the expiry of a session may lag behind its use by
	// a socket: a write per session and half hour.
	touchSockets = 30 * time.Minute
)

// watchSessions keeps sockets in step with the sessions and keys they came by.
func (s *Server) watchSessions(ctx context.Context) {
	watch, sweep := time.NewTicker(watchEvery), time.NewTicker(sweepEvery)
	defer watch.Stop()
	defer sweep.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-sweep.C:
			for _, name := range s.live.hub.Logs() {
				s.revokeOffers(name)
			}
		case <-watch.C:
			if err := s.checkSockets(ctx); err != nil && ctx.Err() == nil {
				s.log.Warn("the sessions of open sockets can't be checked", "error", err)
			}
		}
	}
}

// checkSockets closes the sockets, and ends the polls and streams, whose session or key is gone, moves changed
// rights over to those that stand, and counts them as a use of their session.
func (s *Server) checkSockets(ctx context.Context) error {
	s.live.watching.Lock()
	defer s.live.watching.Unlock()
	sessions, keys := map[string]domain.Actor{}, map[string]domain.Actor{}
	note := func(a domain.Actor) {
		switch {
		case a.SessionID != "":
			sessions[a.SessionID] = a
		case a.Role == domain.RoleKey:
			keys[a.UserID] = a
		}
	}
	for _, c := range s.live.hub.Connections() {
		note(actorBehind(c.Identity))
	}
	s.waits.each(note)
	if err := s.checkSessions(ctx, sessions); err != nil {
		return err
	}
	return s.checkKeys(ctx, keys)
}

func (s *Server) checkSessions(ctx context.Context, sessions map[string]domain.Actor) error {
	hashes := make([]string, 0, len(sessions))
	for h := range sessions {
		hashes = append(hashes, h)
	}
	now := s.now()
	for len(hashes) > 0 {
		part := hashes[:min(len(hashes), session.Batch)]
		hashes = hashes[len(part):]
		users, err := s.store.LiveSessions(ctx, part, now)
		if err != nil {
			return err
		}
		for _, h := range part {
			u, ok := users[h]
			if !ok || !u.Active {
				s.endSessions(func(a domain.Actor) bool { return a.SessionID == h })
				continue
			}
			if next := session.ActorOf(&u, h); !sameRights(sessions[h], next) {
				s.refreshSessions(func(a domain.Actor) bool { return a.SessionID == h }, next)
			}
			if now.Sub(s.live.touched[h]) >= touchSockets {
				if err := s.store.TouchSession(ctx, h, now.Add(session.Life)); err != nil {
					s.log.Warn("a session's use can't be written", "error", err) // it is tried again
				} else {
					s.live.touched[h] = now
				}
			}
		}
	}
	for h := range s.live.touched {
		if _, open := sessions[h]; !open {
			delete(s.live.touched, h)
		}
	}
	return nil
}

func (s *Server) checkKeys(ctx context.Context, keys map[string]domain.Actor) error {
	for id, old := range keys {
		k, err := s.store.FindKey(ctx, id)
		var e *domain.Error
		switch {
		case errors.As(err, &e) && e.Code == domain.CodeNotFound:
			s.endSessions(func(a domain.Actor) bool { return a.UserID == id })
		case err != nil:
			return err
		default:
			if next := k.Actor(); !sameRights(old, next) {
				s.refreshSessions(func(a domain.Actor) bool { return a.UserID == id }, next)
			}
		}
	}
	return nil
}

// sameRights reports whether nothing has changed that a socket's rooms or name depend on.
func sameRights(a, b domain.Actor) bool {
	if a.Role != b.Role || a.RiderID != b.RiderID || a.Name != b.Name || a.Login != b.Login || len(a.CenterIDs) != len(b.CenterIDs) {
		return false
	}
	for _, id := range a.CenterIDs {
		if !slices.Contains(b.CenterIDs, id) {
			return false
		}
	}
	return true
}
