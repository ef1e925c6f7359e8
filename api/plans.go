package api

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/api/plan"
	"github.com/brosops/bros/api/roads"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/domain/dispatch/planner"
	"github.com/brosops/bros/realtime"
)

const (
	// planEvery is how often at most a center's plan is made, and planStale how
	// often it is made while nothing changes: places and times move too.
	planEvery = time.Second
	planStale = 5 * time.Second
	// planForget is after what time nobody's plan is given up.
	planForget = 10 * time.Minute
)

// plans keeps the plan of each center that somebody looks at.
type plans struct {
	s *Server

	mu      sync.Mutex
	centers map[string]*centerPlan
}

// centerPlan is one center's. Its mutex is held while a plan is made, so that
// many who ask at once wait for one.
type centerPlan struct {
	mu    sync.Mutex
	made  time.Time // zero: never
	shown plan.Plan
	last  *planner.Plan

	asked time.Time // under plans.mu
	dirty bool      // under plans.mu
}

func newPlans(s *Server) *plans { return &plans{s: s, centers: map[string]*centerPlan{}} }

func (s *Server) planRoutes(r chi.Router) {
	s.on(r, http.MethodGet, "/plan", agents, s.getPlan)
}

// getPlan answers GET /plan?centerId=.
func (s *Server) getPlan(w http.ResponseWriter, r *http.Request) error {
	center, err := s.centerOf(r)
	if err != nil {
		return err
	}
	p, _, err := s.live.plans.of(r.Context(), center.ID)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, p)
}

// followed notes what a commit may have changed. It never blocks.
func (p *plans) followed(entries []domain.LogEntry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range entries {
		if c := p.centers[entries[i].CenterID]; c != nil {
			c.dirty = true
		}
	}
}

// look notes that somebody looks at a center's plan.
func (p *plans) look(centerID string) *centerPlan {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.centers[centerID]
	if c == nil {
		c = &centerPlan{dirty: true}
		p.centers[centerID] = c
	}
	c.asked = time.Now()
	return c
}

// of is a center's plan, at most planEvery old while things change; fresh says
// that it was made now and differs from the one before.
func (p *plans) of(ctx context.Context, centerID string) (_ plan.Plan, fresh bool, err error) {
	c := p.look(centerID)
	c.mu.Lock()
	defer c.mu.Unlock()
	age := time.Since(c.made)
	p.mu.Lock()
	if !c.made.IsZero() && (age < planEvery || !c.dirty && age < planStale) {
		p.mu.Unlock()
		return c.shown, false, nil
	}
	c.dirty = false
	p.mu.Unlock()
	snapshot, err := p.read(ctx, centerID)
	if err != nil {
		p.mu.Lock()
		c.dirty = true
		p.mu.Unlock()
		return plan.Plan{}, false, err
	}
	before := c.shown
	c.shown, c.last = plan.Make(snapshot, c.last)
	c.made = time.Now()
	return c.shown, !samePlan(before, c.shown), nil
}

// samePlan leaves aside when and how fast the plans were made.
func samePlan(a, b plan.Plan) bool {
	a.At, a.TickMS, b.At, b.TickMS = domain.Time{}, 0, domain.Time{}, 0
	return reflect.DeepEqual(a, b)
}

// read is a center as the database has it.
func (p *plans) read(ctx context.Context, centerID string) (plan.Snapshot, error) {
	st := p.s.store
	center, err := st.FindCenter(ctx, centerID)
	if err != nil {
		return plan.Snapshot{}, err
	}
	snapshot := plan.Snapshot{Now: p.s.now(), Center: *center}
	filter := domain.WorkFilter{CenterIDs: []string{centerID}, Statuses: []string{string(domain.Waiting)}}
	for page := (Page{Limit: maxLimit}); ; {
		waiting, next, err := st.ListDeliveries(ctx, filter, page)
		if err != nil {
			return plan.Snapshot{}, err
		}
		snapshot.Waiting = append(snapshot.Waiting, waiting...)
		if next == "" {
			break
		}
		page.Cursor = next
	}
	if snapshot.InHand, err = st.ErrandsInHand(ctx, centerID); err != nil {
		return plan.Snapshot{}, err
	}
	if p.s.roads != nil {
		snapshot.Ways = func(from, to []domain.Location) plan.Ways {
			return p.s.roads.Table(ctx, roads.LineOf(center), roads.Need{Vehicle: domain.Motorcycle, From: from, To: to})
		}
	}
	snapshot.Riders, err = st.OnDuty(ctx, centerID)
	return snapshot, err
}

// run shows changed plans to those who have the address, until ctx ends.
func (p *plans) run(ctx context.Context) {
	tick := time.NewTicker(planEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, id := range p.lookedAt() {
			if p.s.live.hub.Publish(domain.Address(domain.NamespacePlan, id), domain.EventPlanChanged, nil, realtime.Filter{Dry: true}) > 0 {
				p.show(ctx, id)
			}
		}
	}
}

// show sends a center's plan to its room when it has changed.
func (p *plans) show(ctx context.Context, centerID string) {
	made, fresh, err := p.of(ctx, centerID)
	if err != nil {
		if ctx.Err() == nil {
			p.s.log.Warn("a plan can't be made", "center", centerID, "error", err)
		}
		return
	}
	if !fresh {
		return
	}
	data, err := json.Marshal(made)
	if err != nil {
		p.s.log.Error("a plan can't be encoded", "center", centerID, "error", err)
		return
	}
	p.s.live.hub.Publish(domain.Address(domain.NamespacePlan, centerID), domain.EventPlanChanged, data, realtime.Filter{})
}

// lookedAt are the centers whose plan somebody has asked for of late; the others
// are given up.
func (p *plans) lookedAt() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ids []string
	for id, c := range p.centers {
		if time.Since(c.asked) > planForget {
			delete(p.centers, id)
			continue
		}
		ids = append(ids, id)
	}
	return ids
}
