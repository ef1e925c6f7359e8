// Package engine drives the dispatch engine: it keeps the plan of every center
// that somebody looks at, and where the server itself finds riders it acts by the
// plan. It is a plain client of the use cases: what a person does first wins.
//
// The truth that a plan is made from is read from the database once and then kept
// by the log and the riders' fixes, so that a tick costs the database nothing.
package engine

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/brosops/bros/api/plan"
	"github.com/brosops/bros/domain"
)

// Options are what an Engine works with.
type Options struct {
	Store   Store
	Service *domain.Service
	Log     *slog.Logger
	Now     func() time.Time
	// Speed is how fast Now runs; 0 is 1.
	Speed float64
	// Keep has the log of a center followed: from then on Entry is called for each
	// of its entries.
	Keep func(ctx context.Context, centerID string) error
	// Publish shows a plan to who looks at it, on this node or on all; Watched
	// reports whether anybody does on this one.
	Publish func(centerID string, data []byte, everywhere bool)
	Watched func(centerID string) bool
	// Alone runs fn on one of the nodes that share the database.
	Alone func(ctx context.Context, fn func(context.Context))
	// Ways finds ways by road for a center's plan; nil: by the straight line.
	Ways func(ctx context.Context, c *domain.Center) func(from, to []domain.Location) plan.Ways
	// Heard says that this node hears the fixes that others were given.
	Heard func() bool
}

// Store is what the engine reads and writes.
type Store interface {
	LoadCenter(ctx context.Context, centerID string, cutoff time.Time) (*domain.CenterState, error)
	ListCenters(ctx context.Context, f domain.SetupFilter, p domain.Page) ([]domain.Center, string, error)
	OnDuty(ctx context.Context, centerID string) ([]domain.RiderView, error)
	Write(ctx context.Context, fn func(domain.Tx) error) error
}

const (
	// gather is how long changes are gathered before a center is planned anew, and
	// pause and rest how long after a plan the next is made at the soonest: rest is
	// in parts of what the last one took, which bounds what planning takes of a core,
	// and no pause is longer than longest.
	gather  = 50 * time.Millisecond
	pause   = 200 * time.Millisecond
	longest = 2500 * time.Millisecond
	rest    = 30
	// shownEvery is how often at most a plan is shown, and made where it is only
	// looked at. stale is how often it is made while nothing changes: places and
	// times move too; on a faster clock as much faster, but for quickest.
	shownEvery = time.Second
	stale      = 5 * time.Second
	quickest   = 250 * time.Millisecond
	// forget is after what time nobody's plan is given up.
	forget = 10 * time.Minute
	// centersEvery is how often the centers are read, for one that another process
	// has opened or switched.
	centersEvery = 10 * time.Second
	// atOnce bounds how many centers are planned at the same time.
	atOnce = 4
)

// Engine keeps plans. Run and Lead work until their contexts end.
type Engine struct {
	o    Options
	kick chan struct{}

	mu      sync.Mutex
	centers map[string]*center
	leads   context.Context // nil: another node acts, or none
	unknown bool            // a center that is not known has changed
	changed chan struct{}   // closed, and made anew, when acting may have changed
}

// New returns an Engine.
func New(o Options) *Engine {
	if o.Speed <= 0 {
		o.Speed = 1
	}
	return &Engine{o: o, kick: make(chan struct{}, 1), centers: map[string]*center{}, changed: make(chan struct{})}
}

// Acts reports whether the server itself finds riders in a center.
func Acts(c *domain.Center) bool {
	return c.Active && (c.AssignMode == domain.ModeAuto || c.AssignMode == domain.ModeOffer)
}

// Committed notes what a commit, of this node or another, may mean for centers
// whose logs are not followed. It never blocks.
func (e *Engine) Committed(entries []domain.LogEntry) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := range entries {
		x := &entries[i]
		if x.Kind == domain.KindCenter {
			e.learn(x)
		}
		// A center that was opened just now is no entry of a log: it is asked about.
		if e.centers[x.CenterID] == nil && !e.unknown {
			e.unknown = true
			e.wake()
		}
	}
}

// learn takes a center's settings over; the lock is held.
func (e *Engine) learn(x *domain.LogEntry) {
	var c domain.Center
	if json.Unmarshal(x.Data, &c) == nil {
		e.set(&c)
	}
}

// set notes whether the server finds riders in a center; the lock is held.
func (e *Engine) set(c *domain.Center) {
	k := e.center(c.ID)
	if acts := Acts(c); !k.known || k.acts != acts {
		k.ends = k.acts && !acts
		k.known, k.acts, k.dirty = true, acts, true
		close(e.changed)
		e.changed = make(chan struct{})
		e.wake()
	}
}

// center is one that is known, or is now; the lock is held.
func (e *Engine) center(id string) *center {
	c := e.centers[id]
	if c == nil {
		c = &center{id: id, dirty: true}
		e.centers[id] = c
	}
	return c
}

// Entry takes an entry of a log that is followed, in the order of the log. It
// never blocks.
func (e *Engine) Entry(x *domain.LogEntry) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if x.Kind == domain.KindCenter {
		e.learn(x)
	}
	c := e.centers[x.CenterID]
	if c == nil {
		return
	}
	c.take(x)
	c.dirty = true
	e.wake()
}

// Loaded says that a center's log was loaded again: entries may have been missed.
func (e *Engine) Loaded(centerID string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if c := e.centers[centerID]; c != nil {
		c.again, c.dirty = true, true
		e.wake()
	}
}

// Fixes takes places of a center's riders. It never blocks.
func (e *Engine) Fixes(centerID string, fixes []domain.Position) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if c := e.centers[centerID]; c != nil && c.collects {
		for _, p := range fixes {
			if last, ok := c.fixes[p.RiderID]; !ok || p.At.After(last.At.Time) {
				c.fixes[p.RiderID] = p
			}
		}
	}
}

func (e *Engine) wake() {
	select {
	case e.kick <- struct{}{}:
	default:
	}
}

// Run plans what is to be planned until ctx ends.
func (e *Engine) Run(ctx context.Context) {
	centers := time.NewTicker(centersEvery)
	defer centers.Stop()
	e.readCenters(ctx)
	for ctx.Err() == nil {
		timer := time.NewTimer(e.next(time.Now()))
		select {
		case <-ctx.Done():
		case <-centers.C:
			e.readCenters(ctx)
		case <-e.kick:
			sleep(ctx, gather)
			if e.strange() {
				e.readCenters(ctx)
			}
		case <-timer.C:
		}
		timer.Stop()
		var group errgroup.Group
		group.SetLimit(atOnce)
		for _, c := range e.due(time.Now()) {
			group.Go(func() error {
				if _, err := e.tick(ctx, c); err != nil && ctx.Err() == nil {
					e.o.Log.Warn("a plan can't be made", "center", c.id, "error", err)
				}
				return nil
			})
		}
		_ = group.Wait()
	}
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

func (e *Engine) strange() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	was := e.unknown
	e.unknown = false
	return was
}

// readCenters learns in which centers the server finds riders.
func (e *Engine) readCenters(ctx context.Context) {
	for page := (domain.Page{Limit: 500}); ; {
		centers, next, err := e.o.Store.ListCenters(ctx, domain.SetupFilter{}, page)
		if err != nil {
			if ctx.Err() == nil {
				e.o.Log.Warn("centers can't be read", "error", err)
			}
			return
		}
		e.mu.Lock()
		for i := range centers {
			e.set(&centers[i])
		}
		e.mu.Unlock()
		if next == "" {
			return
		}
		page.Cursor = next
	}
}

// Lead acts on plans while this node is the one to do so, until ctx ends. While
// no center wants it, no node does.
func (e *Engine) Lead(ctx context.Context) {
	for e.await(ctx, true) {
		held, cancel := context.WithCancel(ctx)
		go func() {
			defer cancel()
			e.await(held, false)
		}()
		e.o.Alone(held, e.lead)
		cancel()
	}
}

// await returns when some center wants the server to act, or none; false when
// ctx ended first.
func (e *Engine) await(ctx context.Context, want bool) bool {
	for {
		e.mu.Lock()
		acts, changed := false, e.changed
		for _, c := range e.centers {
			acts = acts || c.acts
		}
		e.mu.Unlock()
		if ctx.Err() != nil {
			return false
		}
		if acts == want {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-changed:
		}
	}
}

// lead is what the node that acts does: ctx ends when it is no longer the one.
func (e *Engine) lead(ctx context.Context) {
	e.mu.Lock()
	e.leads = ctx
	for _, c := range e.centers {
		c.dirty = true
	}
	e.wake()
	e.mu.Unlock()
	<-ctx.Done()
}

// Plan is a center's plan, at most a second old while things change.
func (e *Engine) Plan(ctx context.Context, centerID string) (plan.Plan, error) {
	return e.current(ctx, e.look(centerID))
}

// Look notes that somebody looks at a center's plan.
func (e *Engine) Look(centerID string) { e.look(centerID) }

func (e *Engine) look(centerID string) *center {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.center(centerID)
	c.asked = time.Now()
	e.wake()
	return c
}
