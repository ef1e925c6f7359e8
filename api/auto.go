package api

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/brosops/bros/domain"
	ranking "github.com/brosops/bros/domain/dispatch"
)

const (
	// autoGather is how long changes are gathered before a center is looked at.
	autoGather = 50 * time.Millisecond
	// autoEvery is how often a center is looked at without a change: places
	// and times move too.
	autoEvery = 5 * time.Second
	// autoCenters is how often the centers are read, for one that another
	// process has opened or switched.
	autoCenters = 30 * time.Second
)

// autoAssigner gives the waiting deliveries of centers in assign mode "auto" to
// riders, and asks riders for them in mode "offer". It is a plain client of the use cases: what a person does first wins.
// Several nodes may do it at once; the version in each assignment decides.
type autoAssigner struct {
	s    *Server
	kick chan struct{}

	mu    sync.Mutex
	modes map[string]bool // center id → autoMode; absent: not known yet
	dirty map[string]bool // centers to be looked at
}

func newAutoAssigner(s *Server) *autoAssigner {
	return &autoAssigner{s: s, kick: make(chan struct{}, 1), modes: map[string]bool{}, dirty: map[string]bool{}}
}

// committed notes what a commit changed. It never blocks.
func (a *autoAssigner) committed(entries []domain.LogEntry) {
	woken := false
	a.mu.Lock()
	for i := range entries {
		e := &entries[i]
		if e.Kind == domain.KindCenter {
			var c domain.Center
			if json.Unmarshal(e.Data, &c) == nil {
				a.modes[c.ID] = autoMode(&c)
			}
		}
		// A center that was opened just now is no entry of a log: it is asked about.
		if auto, known := a.modes[e.CenterID]; (auto || !known) && !a.dirty[e.CenterID] {
			a.dirty[e.CenterID], woken = true, true
		}
	}
	a.mu.Unlock()
	if woken {
		select {
		case a.kick <- struct{}{}:
		default:
		}
	}
}

// autoMode reports whether the server itself finds riders in a center.
func autoMode(c *domain.Center) bool {
	return c.Active && (c.AssignMode == domain.ModeAuto || c.AssignMode == domain.ModeOffer)
}

// run looks at centers as they change, until ctx ends.
func (a *autoAssigner) run(ctx context.Context) {
	all, centers := time.NewTicker(autoEvery), time.NewTicker(autoCenters)
	defer all.Stop()
	defer centers.Stop()
	a.readCenters(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-centers.C:
			a.readCenters(ctx)
		case <-all.C:
			a.markAll()
		case <-a.kick:
			if !gathered(ctx) {
				return
			}
		}
		for _, id := range a.due() {
			if err := a.assign(ctx, id); err != nil && ctx.Err() == nil {
				a.s.log.Warn("automatic assignment failed", "center", id, "error", err)
			}
		}
	}
}

// gathered lets a burst of changes become one look; false when ctx ends.
func gathered(ctx context.Context) bool {
	timer := time.NewTimer(autoGather)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// readCenters learns in which centers the server finds riders.
func (a *autoAssigner) readCenters(ctx context.Context) {
	modes := map[string]bool{}
	for page := (Page{Limit: maxLimit}); ; {
		centers, next, err := a.s.store.ListCenters(ctx, domain.SetupFilter{}, page)
		if err != nil {
			if ctx.Err() == nil {
				a.s.log.Warn("centers can't be read", "error", err)
			}
			return
		}
		for i := range centers {
			modes[centers[i].ID] = autoMode(&centers[i])
		}
		if next == "" {
			break
		}
		page.Cursor = next
	}
	a.mu.Lock()
	a.modes = modes
	a.mu.Unlock()
	a.markAll()
}

func (a *autoAssigner) markAll() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for id, auto := range a.modes {
		if auto {
			a.dirty[id] = true
		}
	}
}

func (a *autoAssigner) due() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	ids := make([]string, 0, len(a.dirty))
	for id := range a.dirty {
		ids = append(ids, id)
	}
	clear(a.dirty)
	return ids
}

// assign is one look at a center.
func (a *autoAssigner) assign(ctx context.Context, centerID string) error {
	a.mu.Lock()
	_, known := a.modes[centerID]
	a.mu.Unlock()
	if !known {
		center, err := a.s.store.FindCenter(ctx, centerID)
		if err != nil {
			return err
		}
		a.mu.Lock()
		a.modes[centerID] = autoMode(center)
		a.mu.Unlock()
		if !autoMode(center) {
			return nil
		}
	}
	waiting, err := a.s.store.WaitingDeliveries(ctx, centerID)
	if err != nil || len(waiting) == 0 {
		return err
	}
	center, err := a.s.store.FindCenter(ctx, centerID)
	if err != nil {
		return err
	}
	if center.AssignMode != domain.ModeOffer {
		if err := a.withdrawAll(ctx, waiting); err != nil {
			return err
		}
	}
	if !autoMode(center) {
		return nil
	}
	riders, err := a.s.store.OnDuty(ctx, centerID)
	if err != nil || len(riders) == 0 {
		return err
	}
	open, err := a.s.store.ErrandsInHand(ctx, centerID)
	if err != nil {
		return err
	}
	candidates := ranking.Candidates(riders, open)
	ways := between(a.s.ways(ctx, center, candidates, waiting...))
	if center.AssignMode == domain.ModeOffer {
		return a.ask(ctx, center, waiting, candidates, ways)
	}
	advised := slices.ContainsFunc(waiting, func(d domain.Delivery) bool { return d.Pin != "" || len(d.Avoid) > 0 })
	var plan []ranking.Assignment
	if advised {
		plan = a.obeyed(center, waiting, candidates, ways)
	} else {
		plan = ranking.Greedy(ranking.Plan{Now: domain.At(a.s.now()), Center: *center, Waiting: waiting, Riders: candidates, Ways: ways})
	}
	if len(plan) == 0 {
		return nil
	}
	in := domain.AssignMany{Assignments: make([]domain.Assignment, len(plan))}
	for i, p := range plan {
		in.Assignments[i] = domain.Assignment{DeliveryID: p.DeliveryID, RiderID: p.RiderID, Version: &plan[i].Version}
	}
	err = a.write(ctx, in)
	// All rows or none: when somebody was faster with one of them, the others go
	// one by one, and the next look sees what is left.
	var e *domain.Error
	if errors.As(err, &e) && e.Code != domain.CodeUnavailable && e.Code != domain.CodeInternal {
		for _, row := range in.Assignments {
			err := a.write(ctx, domain.AssignMany{Assignments: []domain.Assignment{row}})
			if err != nil && !errors.As(err, &e) {
				return err
			}
		}
		return nil
	}
	return err
}

func (a *autoAssigner) write(ctx context.Context, in domain.AssignMany) error {
	return a.s.store.Write(ctx, func(tx domain.Tx) error {
		_, err := a.s.svc.AssignMany(ctx, tx, domain.System, in)
		return err
	})
}
