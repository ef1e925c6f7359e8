package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/domain"
)

func (s *Server) riderRoutes(r chi.Router) {
	s.on(r, http.MethodPost, "/riders", managers, s.createRider)
	s.on(r, http.MethodGet, "/riders", agents.orKey(domain.ScopeRidersWrite), s.listRiders)
	s.on(r, http.MethodGet, "/riders/{id}", ridersToo.orKey(domain.ScopeRidersWrite), s.getRider)
	s.on(r, http.MethodPatch, "/riders/{id}", managers, s.patchRider)
	s.on(r, http.MethodPost, "/riders/{id}/duty", dispatchers.orRider().orKey(domain.ScopeRidersWrite), s.setDuty)
	s.on(r, http.MethodGet, "/riders/{id}/track", ridersToo, s.track)
}

// riderID is the {id} of the route; "me" is the caller itself.
func riderID(r *http.Request) string {
	id := pathID(r)
	if id == "me" {
		return actorOf(r.Context()).RiderID // empty for who is no rider: not found
	}
	return id
}

// seeRider is the rider, if it is there for the caller: staff see those of
// their centers, a rider itself.
func (s *Server) seeRider(ctx context.Context, id string) (*domain.RiderView, error) {
	a := actorOf(ctx)
	if id == "" || a.Role == domain.RoleRider && id != a.RiderID {
		return nil, domain.NotFound("rider")
	}
	v, err := s.store.FindRiderView(ctx, id)
	if err == nil && !a.Sees(v.CenterID) {
		return nil, domain.NotFound("rider")
	}
	return v, err
}

// riderAnswer is a rider with what is derived of it, as a write answers it.
type riderAnswer struct{ domain.RiderView }

func (a riderAnswer) answerVersion() int64 { return a.Version }

func (s *Server) listRiders(w http.ResponseWriter, r *http.Request) error {
	return answerList(s, w, r, s.store.ListRiders)
}

func (s *Server) getRider(w http.ResponseWriter, r *http.Request) error {
	v, err := s.seeRider(r.Context(), riderID(r))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, v)
}

func (s *Server) createRider(w http.ResponseWriter, r *http.Request) error {
	var in domain.NewRider
	if err := decode(r, &in); err != nil {
		return err
	}
	hash, err := s.hashIfValid(r.Context(), in.Password)
	if err != nil {
		return err
	}
	return s.write(w, r, http.StatusCreated, func(ctx context.Context, tx domain.Tx) (any, error) {
		rider, err := s.svc.CreateRider(ctx, tx, actorOf(ctx), in, hash)
		if err != nil {
			return nil, err
		}
		return riderAnswer{domain.RiderView{Rider: *rider}}, nil
	})
}

func (s *Server) patchRider(w http.ResponseWriter, r *http.Request) error {
	id := riderID(r)
	var in domain.RiderPatch
	err := decodeFor(r, &in, decode, func() error { _, err := s.seeRider(r.Context(), id); return err })
	if err != nil {
		return err
	}
	hash := ""
	if in.Password != nil {
		if hash, err = s.hashIfValid(r.Context(), *in.Password); err != nil {
			return err
		}
	}
	place, err := s.store.LastPosition(r.Context(), id)
	if err != nil {
		return err
	}
	var user *domain.User
	done, err := s.commit(r, http.StatusOK, func(ctx context.Context, tx domain.Tx) (any, error) {
		rider, err := s.svc.UpdateRider(ctx, tx, actorOf(ctx), id, in, hash)
		if err != nil {
			return nil, err
		}
		if user, err = riderUser(ctx, tx, id); err != nil {
			return nil, err
		}
		return withLoad(ctx, tx, rider, place)
	})
	if err != nil {
		return err
	}
	if user != nil {
		s.userChanged(*user, in.Password != nil)
	}
	done.send(w)
	return nil
}

// riderUser is the login of a rider; nil: it has none.
func riderUser(ctx context.Context, tx domain.Tx, riderID string) (*domain.User, error) {
	u, err := tx.FindRiderUser(ctx, riderID)
	var e *domain.Error
	if errors.As(err, &e) && e.Code == domain.CodeNotFound {
		return nil, nil
	}
	return u, err
}

// withLoad adds what is derived of a rider to what a write answers.
func withLoad(ctx context.Context, tx domain.Tx, rider *domain.Rider, place *domain.Position) (any, error) {
	load, err := tx.OpenDeliveries(ctx, rider.ID)
	if err != nil {
		return nil, err
	}
	return riderAnswer{domain.RiderView{Rider: *rider, Load: load, Position: place}}, nil
}

func (s *Server) setDuty(w http.ResponseWriter, r *http.Request) error {
	a, id := actorOf(r.Context()), riderID(r)
	read := decode
	if a.Role == domain.RoleRider || a.Role == domain.RoleKey {
		read = decodeLoose // an app's or a device's, maybe older than this server
	}
	var in domain.SetDuty
	err := decodeFor(r, &in, read, func() error { _, err := s.seeRider(r.Context(), id); return err })
	if err != nil {
		return err
	}
	place, err := s.store.LastPosition(r.Context(), id)
	if err != nil {
		return err
	}
	return s.write(w, r, http.StatusOK, func(ctx context.Context, tx domain.Tx) (any, error) {
		rider, err := s.svc.SetDuty(ctx, tx, a, id, in)
		if err != nil {
			return nil, err
		}
		return withLoad(ctx, tx, rider, place)
	})
}

// Track is where a rider was: GeoJSON, with the time of each point beside it.
type Track struct {
	Type        string        `json:"type"`        // LineString
	Coordinates [][2]float64  `json:"coordinates"` // lng, lat
	Times       []domain.Time `json:"times"`
	RiderID     string        `json:"riderId"`
}

const (
	trackDefault = 12 * time.Hour
	trackMost    = 7 * 24 * 60 * 60 // points of one answer: a week, one a second
)

// track answers GET /riders/{id}/track: by default the last twelve hours.
func (s *Server) track(w http.ResponseWriter, r *http.Request) error {
	v, err := s.seeRider(r.Context(), riderID(r))
	if err != nil {
		return err
	}
	center, err := s.store.FindCenter(r.Context(), v.CenterID)
	if err != nil {
		return err
	}
	from, to, err := span(r, center.Calendar())
	if err != nil {
		return err
	}
	if to.IsZero() {
		to = domain.At(s.now()).Add(time.Minute) // a device's clock may be ahead by that much
	}
	if from.IsZero() {
		from = to.Add(-trackDefault)
	}
	out := Track{Type: "LineString", Coordinates: [][2]float64{}, Times: []domain.Time{}, RiderID: v.ID}
	err = s.store.Track(r.Context(), v.ID, from.Time, to.Time, func(p domain.Position) error {
		if len(out.Times) == trackMost {
			return domain.Invalid("from", "is so early that there are more than %d points", trackMost)
		}
		out.Coordinates = append(out.Coordinates, [2]float64{p.Lng, p.Lat})
		out.Times = append(out.Times, p.At)
		return nil
	})
	if err != nil {
		return err
	}
	return writeList(w, r, out)
}
