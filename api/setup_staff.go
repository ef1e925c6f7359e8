package api

import (
	"context"
	"net/http"

	"github.com/brosops/bros/api/session"
	"github.com/brosops/bros/domain"
)

// seeUser is the user, if it is there for the caller.
func (s *Server) seeUser(ctx context.Context, id string) (*domain.User, error) {
	u, err := s.store.FindUser(ctx, id)
	if err == nil && !u.VisibleTo(actorOf(ctx)) {
		return nil, domain.NotFound("user")
	}
	return u, err
}

// hashIfValid hashes a password that the use case will accept; of any other
// it makes nothing, so that the refusal costs nothing.
func (s *Server) hashIfValid(ctx context.Context, password string) (string, error) {
	if !domain.ValidPassword(password) {
		return "", nil
	}
	return s.hashPassword(ctx, password)
}

func (s *Server) createUser(w http.ResponseWriter, r *http.Request) error {
	var in domain.NewUser
	if err := decode(r, &in); err != nil {
		return err
	}
	hash, err := s.hashIfValid(r.Context(), in.Password)
	if err != nil {
		return err
	}
	return s.write(w, r, http.StatusCreated, func(ctx context.Context, tx domain.Tx) (any, error) {
		return s.svc.CreateUser(ctx, tx, actorOf(ctx), in, hash)
	})
}

func (s *Server) getUser(w http.ResponseWriter, r *http.Request) error {
	u, err := s.seeUser(r.Context(), pathID(r))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, u)
}

func (s *Server) patchUser(w http.ResponseWriter, r *http.Request) error {
	var in domain.UserPatch
	err := decodeFor(r, &in, decode, func() error { _, err := s.seeUser(r.Context(), pathID(r)); return err })
	if err != nil {
		return err
	}
	hash := ""
	if in.Password != nil {
		if hash, err = s.hashIfValid(r.Context(), *in.Password); err != nil {
			return err
		}
	}
	var user domain.User
	done, err := s.commit(r, http.StatusOK, func(ctx context.Context, tx domain.Tx) (any, error) {
		u, err := s.svc.UpdateUser(ctx, tx, actorOf(ctx), pathID(r), in, hash)
		if err != nil {
			return nil, err
		}
		user = *u
		return u, nil
	})
	if err != nil {
		return err
	}
	s.userChanged(user, in.Password != nil)
	done.send(w)
	return nil
}

// userChanged makes a change of a user count at once: a new password or going
// inactive ends what is open, anything else is told to it.
func (s *Server) userChanged(u domain.User, newPassword bool) {
	who := busWho{User: u.ID}
	if newPassword || !u.Active {
		s.endEverywhere(who)
		return
	}
	s.refreshSessions(who.match, u.Actor())
	s.live.link.rights(who)
	s.live.link.toUser(u.ID, "setup:rights", []byte("{}"))
}

func (s *Server) deleteUser(w http.ResponseWriter, r *http.Request) error {
	id := pathID(r)
	return s.remove(w, r, id, func(ctx context.Context, tx domain.Tx) error {
		return s.svc.DeleteUser(ctx, tx, actorOf(ctx), id)
	})
}

// NewKeyAnswer is a new API key: the only time that Key is shown.
type NewKeyAnswer struct {
	domain.APIKey
	Key string `json:"key"`
}

func (s *Server) createKey(w http.ResponseWriter, r *http.Request) error {
	var in domain.NewKey
	if err := decode(r, &in); err != nil {
		return err
	}
	// The answer holds a secret that is kept nowhere, so none is kept for an
	// idempotency key either.
	r.Header.Del("Idempotency-Key")
	key := session.KeyPrefix + domain.NewSecret()
	return s.write(w, r, http.StatusCreated, func(ctx context.Context, tx domain.Tx) (any, error) {
		k, err := s.svc.CreateKey(ctx, tx, actorOf(ctx), in, session.HashToken(key))
		if err != nil {
			return nil, err
		}
		return NewKeyAnswer{*k, key}, nil
	})
}

func (s *Server) getKey(w http.ResponseWriter, r *http.Request) error {
	k, err := s.store.FindKey(r.Context(), pathID(r))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, k)
}

func (s *Server) patchKey(w http.ResponseWriter, r *http.Request) error {
	var in domain.KeyPatch
	err := decodeFor(r, &in, decode, func() error { _, err := s.store.FindKey(r.Context(), pathID(r)); return err })
	if err != nil {
		return err
	}
	var key domain.APIKey
	done, err := s.commit(r, http.StatusOK, func(ctx context.Context, tx domain.Tx) (any, error) {
		k, err := s.svc.UpdateKey(ctx, tx, actorOf(ctx), pathID(r), in)
		if err != nil {
			return nil, err
		}
		key = *k
		return k, nil
	})
	if err != nil {
		return err
	}
	who := busWho{User: key.ID}
	s.refreshSessions(who.match, key.Actor())
	s.live.link.rights(who)
	done.send(w)
	return nil
}

func (s *Server) deleteKey(w http.ResponseWriter, r *http.Request) error {
	id := pathID(r)
	return s.remove(w, r, id, func(ctx context.Context, tx domain.Tx) error {
		return s.svc.DeleteKey(ctx, tx, actorOf(ctx), id)
	})
}

// remove deletes a user or key and ends its sessions and sockets at once.
func (s *Server) remove(w http.ResponseWriter, r *http.Request, id string, fn func(ctx context.Context, tx domain.Tx) error) error {
	done, err := s.commit(r, http.StatusNoContent, func(ctx context.Context, tx domain.Tx) (any, error) { return nil, fn(ctx, tx) })
	if err != nil {
		return err
	}
	s.endEverywhere(busWho{User: id})
	done.send(w)
	return nil
}
