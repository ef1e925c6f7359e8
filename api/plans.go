package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/api/engine"
	"github.com/brosops/bros/api/plan"
	"github.com/brosops/bros/api/roads"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// leaseEngine is held by the node that acts on plans, and engineLease is how long
// it is waited for after a kill: another follows within three seconds.
const (
	leaseEngine = "engine"
	engineLease = 2 * time.Second
)

func (s *Server) planRoutes(r chi.Router) {
	s.on(r, http.MethodGet, "/plan", agents, s.getPlan)
}

// getPlan answers GET /plan?centerId=.
func (s *Server) getPlan(w http.ResponseWriter, r *http.Request) error {
	center, err := s.centerOf(r)
	if err != nil {
		return err
	}
	p, err := s.live.engine.Plan(r.Context(), center.ID)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, p)
}

// newEngine puts the engine together.
func (s *Server) newEngine() *engine.Engine {
	return engine.New(engine.Options{
		Store: s.store, Service: s.svc, Log: s.log, Now: s.now, Speed: float64(s.cfg.ClockSpeed),
		Ways: func(ctx context.Context, c *domain.Center) func(from, to []domain.Location) plan.Ways {
			if s.roads == nil {
				return nil
			}
			return func(from, to []domain.Location) plan.Ways {
				return s.roads.Table(ctx, roads.LineOf(c), roads.Need{Vehicle: domain.Motorcycle, From: from, To: to})
			}
		},
		Keep: func(ctx context.Context, centerID string) error { return s.live.hub.Keep(ctx, centerID) },
		Publish: func(centerID string, data []byte, everywhere bool) {
			if everywhere {
				s.live.link.toRoom(centerID, domain.NamespacePlan, domain.EventPlanChanged, data)
				return
			}
			s.live.hub.Publish(domain.Address(domain.NamespacePlan, centerID), domain.EventPlanChanged, data, realtime.Filter{})
		},
		Watched: func(centerID string) bool {
			room := domain.Address(domain.NamespacePlan, centerID)
			return s.live.hub.Publish(room, domain.EventPlanChanged, nil, realtime.Filter{Dry: true}) > 0
		},
		Alone: func(ctx context.Context, fn func(context.Context)) {
			s.leases.AloneFor(ctx, leaseEngine, engineLease, fn)
		},
		Heard: func() bool { return s.live.link.bus != nil && s.live.link.degraded() == "" },
	})
}

// engineHears gives the engine the fixes that other nodes were given, and the
// plan of the one that acts.
func (s *Server) engineHears(address, event string, data json.RawMessage) {
	if center, ok := strings.CutPrefix(address, domain.NamespacePlan+"/"); ok && event == domain.EventPlanChanged {
		s.live.engine.HeardPlan(center, data)
	}
}

// engineSees gives the engine places of a center's room of riders.
func (s *Server) engineSees(address string, places []realtime.Place) {
	center, ok := strings.CutPrefix(address, domain.NamespaceRider+"/")
	if !ok {
		return
	}
	fixes := make([]domain.Position, 0, len(places))
	for i := range places {
		var p domain.Position
		if json.Unmarshal(places[i].Data, &p) == nil {
			fixes = append(fixes, p)
		}
	}
	s.live.engine.Fixes(center, fixes)
}
