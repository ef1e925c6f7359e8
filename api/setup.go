package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/domain"
)

// The setup namespace carries shops that have changed, to the people of their center.
func (s *Server) setupRoutes(r chi.Router) {
	s.on(r, http.MethodPost, "/centers", admins, s.createCenter)
	s.on(r, http.MethodGet, "/centers", agents, s.listCenters)
	s.on(r, http.MethodGet, "/centers/{id}", ridersToo, s.getCenter)
	s.on(r, http.MethodPatch, "/centers/{id}", admins, s.patchCenter)
	s.on(r, http.MethodPost, "/centers/{id}/mode", dispatchers, s.switchMode)

	s.on(r, http.MethodPost, "/shops", managers, s.createShop)
	s.on(r, http.MethodPost, "/shops/import", managers, s.importShops)
	s.on(r, http.MethodPost, "/riders/import", managers.takesLong(), s.importRiders)
	s.on(r, http.MethodGet, "/shops", agents.orKey(domain.ScopeOrdersWrite, domain.ScopeOrdersRead), s.listShops)
	s.on(r, http.MethodGet, "/shops/{id}", agents.orKey(domain.ScopeOrdersWrite, domain.ScopeOrdersRead), s.getShop)
	s.on(r, http.MethodPatch, "/shops/{id}", managers, s.patchShop)
	s.on(r, http.MethodPost, "/shops/{id}/state", agents, s.setShopState)

	s.on(r, http.MethodPost, "/users", managers, s.createUser)
	s.on(r, http.MethodGet, "/users", managers, s.listUsers)
	s.on(r, http.MethodGet, "/users/{id}", managers, s.getUser)
	s.on(r, http.MethodPatch, "/users/{id}", managers, s.patchUser)
	s.on(r, http.MethodDelete, "/users/{id}", managers, s.deleteUser)

	s.on(r, http.MethodPost, "/api-keys", admins, s.createKey)
	s.on(r, http.MethodGet, "/api-keys", admins, s.listKeys)
	s.on(r, http.MethodGet, "/api-keys/{id}", admins, s.getKey)
	s.on(r, http.MethodPatch, "/api-keys/{id}", admins, s.patchKey)
	s.on(r, http.MethodDelete, "/api-keys/{id}", admins, s.deleteKey)
}

// pathID is the {id} of the route.
func pathID(r *http.Request) string { return chi.URLParam(r, "id") }

// decodeFor reads the body of a route with an {id}. That a record is not there
// comes before what is wrong with the body: on a bad body exists is asked.
func decodeFor(r *http.Request, dst any, read func(*http.Request, any) error, exists func() error) error {
	err := read(r, dst)
	if err == nil {
		return nil
	}
	if missing := exists(); missing != nil {
		return missing
	}
	return err
}

// setupFilter reads what the lists of the set-up have in common.
func (s *Server) setupFilter(r *http.Request) (domain.SetupFilter, Page, error) {
	var f domain.SetupFilter
	p, err := pageOf(r)
	if err != nil {
		return f, p, err
	}
	if f.Query, err = searchText(r); err != nil {
		return f, p, err
	}
	f.CenterIDs, err = s.centersOf(r.Context(), r, actorOf(r.Context()))
	return f, p, err
}

// answerList runs one list of the set-up.
func answerList[T any](s *Server, w http.ResponseWriter, r *http.Request, find func(context.Context, domain.SetupFilter, Page) ([]T, string, error)) error {
	f, p, err := s.setupFilter(r)
	if err != nil {
		return err
	}
	items, next, err := find(r.Context(), f, p)
	if err != nil {
		return err
	}
	return writeList(w, r, newList(items, next))
}

func (s *Server) listCenters(w http.ResponseWriter, r *http.Request) error {
	return answerList(s, w, r, s.store.ListCenters)
}

func (s *Server) listShops(w http.ResponseWriter, r *http.Request) error {
	return answerList(s, w, r, s.store.ListShops)
}

func (s *Server) listUsers(w http.ResponseWriter, r *http.Request) error {
	accounts := domain.Accounts(r.URL.Query().Get("accounts"))
	if accounts != "" && accounts != domain.AccountsStaff && accounts != domain.AccountsRiders {
		return domain.Invalid("accounts", "must be one of %s", "staff, riders")
	}
	return answerList(s, w, r, func(ctx context.Context, f domain.SetupFilter, p Page) ([]domain.User, string, error) {
		f.Accounts = accounts
		return s.store.ListUsers(ctx, f, p)
	})
}

func (s *Server) listKeys(w http.ResponseWriter, r *http.Request) error {
	return answerList(s, w, r, s.store.ListKeys)
}

func (s *Server) createCenter(w http.ResponseWriter, r *http.Request) error {
	var in domain.NewCenter
	if err := decode(r, &in); err != nil {
		return err
	}
	return s.write(w, r, http.StatusCreated, func(ctx context.Context, tx domain.Tx) (any, error) {
		return s.svc.CreateCenter(ctx, tx, actorOf(ctx), in)
	})
}

func (s *Server) getCenter(w http.ResponseWriter, r *http.Request) error {
	c, err := s.seeCenter(r.Context(), actorOf(r.Context()), pathID(r))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, c)
}

func (s *Server) patchCenter(w http.ResponseWriter, r *http.Request) error {
	var in domain.CenterPatch
	err := decodeFor(r, &in, decode, func() error {
		_, err := s.seeCenter(r.Context(), actorOf(r.Context()), pathID(r))
		return err
	})
	if err != nil {
		return err
	}
	return s.write(w, r, http.StatusOK, func(ctx context.Context, tx domain.Tx) (any, error) {
		return s.svc.UpdateCenter(ctx, tx, actorOf(ctx), pathID(r), in)
	})
}

// switchMode answers POST /centers/{id}/mode.
func (s *Server) switchMode(w http.ResponseWriter, r *http.Request) error {
	var in domain.ModeInput
	err := decodeFor(r, &in, decode, func() error {
		_, err := s.seeCenter(r.Context(), actorOf(r.Context()), pathID(r))
		return err
	})
	if err != nil {
		return err
	}
	var center domain.Center
	done, err := s.commit(r, http.StatusOK, func(ctx context.Context, tx domain.Tx) (any, error) {
		changed, err := s.svc.SwitchMode(ctx, tx, actorOf(ctx), pathID(r), in)
		if err != nil {
			return nil, err
		}
		center = *changed
		return changed, nil
	})
	if err != nil {
		return err
	}
	// The other consoles show it; one that misses it reads the centers again.
	if data, err := json.Marshal(center); err == nil && center.ID != "" {
		s.live.link.toRoom(center.ID, domain.NamespaceSetup, "setup:center", data)
	}
	done.send(w)
	return nil
}

// seeShop is the shop, if it is there for the caller.
func (s *Server) seeShop(ctx context.Context, id string) (*domain.Shop, error) {
	shop, err := s.store.FindShop(ctx, id)
	if err == nil && !actorOf(ctx).Sees(shop.CenterID) {
		return nil, domain.NotFound("shop")
	}
	return shop, err
}

func (s *Server) createShop(w http.ResponseWriter, r *http.Request) error {
	var in domain.NewShop
	if err := decode(r, &in); err != nil {
		return err
	}
	return s.write(w, r, http.StatusCreated, func(ctx context.Context, tx domain.Tx) (any, error) {
		return s.svc.CreateShop(ctx, tx, actorOf(ctx), in)
	})
}

func (s *Server) getShop(w http.ResponseWriter, r *http.Request) error {
	shop, err := s.seeShop(r.Context(), pathID(r))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, shop)
}

func (s *Server) patchShop(w http.ResponseWriter, r *http.Request) error {
	var in domain.ShopPatch
	err := decodeFor(r, &in, decode, func() error { _, err := s.seeShop(r.Context(), pathID(r)); return err })
	if err != nil {
		return err
	}
	return s.changeShop(w, r, func(ctx context.Context, tx domain.Tx) (*domain.Shop, error) {
		return s.svc.UpdateShop(ctx, tx, actorOf(ctx), pathID(r), in)
	})
}

// setShopState answers POST /shops/{id}/state: open, busy or closed.
func (s *Server) setShopState(w http.ResponseWriter, r *http.Request) error {
	var in domain.ShopState
	err := decodeFor(r, &in, decode, func() error { _, err := s.seeShop(r.Context(), pathID(r)); return err })
	if err != nil {
		return err
	}
	return s.changeShop(w, r, func(ctx context.Context, tx domain.Tx) (*domain.Shop, error) {
		return s.svc.SetShopState(ctx, tx, actorOf(ctx), pathID(r), in)
	})
}

// changeShop writes a shop and tells the screens of its center. A shop is no
// record of the log: who misses the message reads the list again.
func (s *Server) changeShop(w http.ResponseWriter, r *http.Request, fn func(context.Context, domain.Tx) (*domain.Shop, error)) error {
	var shop domain.Shop
	done, err := s.commit(r, http.StatusOK, func(ctx context.Context, tx domain.Tx) (any, error) {
		changed, err := fn(ctx, tx)
		if err != nil {
			return nil, err
		}
		shop = *changed
		return changed, nil
	})
	if err != nil {
		return err
	}
	if data, err := json.Marshal(shop); err == nil && shop.ID != "" {
		s.live.link.toRoom(shop.CenterID, domain.NamespaceSetup, "setup:shop", data)
	}
	done.send(w)
	return nil
}
