package engine

import (
	"context"
	"encoding/json"
	"reflect"
	"sync"
	"time"

	"github.com/brosops/bros/api/plan"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/domain/dispatch/planner"
)

// mostEntries bounds what waits for the next plan; beyond it the truth is read anew.
const mostEntries = 20_000

// placesEvery is how often places are read that other nodes were given, where
// nothing carries them.
const placesEvery = 15 * time.Second

// center is one whose plan is kept.
type center struct {
	id string

	// The engine's lock guards these.
	known, acts bool
	asked       time.Time // somebody looked
	dirty       bool      // something has changed since the last plan
	made        time.Time // zero: never
	took        time.Duration
	looked      time.Time // for who watches
	showAt      time.Time // not zero: a plan waits to be shown from then on
	ends        bool      // the server finds no riders any more: its offers end
	collects    bool      // entries and fixes are kept for the next plan
	again       bool      // the truth is to be read anew
	entries     []*domain.LogEntry
	fixes       map[string]domain.Position
	heard       plan.Plan // of the node that acts
	heardAt     time.Time

	// tick is held while a plan is made, so that many who ask at once wait for one.
	tick   sync.Mutex
	truth  *plan.Truth
	places time.Time // when places were read
	last   *planner.Plan
	shown  plan.Plan
	sent   plan.Plan // as it was shown last
	sentAt time.Time
}

// take keeps an entry for the next plan; the engine's lock is held.
func (c *center) take(x *domain.LogEntry) {
	switch {
	case !c.collects:
	case len(c.entries) >= mostEntries:
		c.entries, c.again = nil, true
	default:
		c.entries = append(c.entries, x)
	}
}

// next is how long nothing is due, at most shownEvery.
func (e *Engine) next(now time.Time) time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	wait := shownEvery
	for _, c := range e.centers {
		if e.acting(c) || c.ends || !c.showAt.IsZero() {
			wait = min(wait, max(0, e.dueAt(c).Sub(now)))
		}
	}
	return wait
}

// acting reports whether this node acts in a center; the lock is held.
func (e *Engine) acting(c *center) bool { return c.acts && e.leads != nil && e.leads.Err() == nil }

// dueAt is when a center is planned next; the lock is held.
func (e *Engine) dueAt(c *center) time.Time {
	at := c.made
	switch {
	case at.IsZero():
		return at
	case c.ends, c.dirty && e.acting(c):
		at = at.Add(max(pause, min(longest, rest*c.took)))
	case c.dirty:
		at = at.Add(shownEvery)
	default:
		at = at.Add(max(quickest, time.Duration(float64(stale)/e.o.Speed)))
	}
	if !c.showAt.IsZero() && c.showAt.Before(at) {
		return c.showAt
	}
	return at
}

// due are the centers to be planned now. Those that nobody has looked at for long
// and where nothing is to be done are given up.
func (e *Engine) due(now time.Time) []*center {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []*center
	for _, c := range e.centers {
		switch {
		case e.acting(c), c.ends, !c.showAt.IsZero():
		case now.Sub(c.asked) > forget:
			if c.collects {
				c.collects, c.again, c.entries, c.fixes = false, true, nil, nil
			}
			continue
		case now.Sub(c.looked) < shownEvery || now.Sub(c.heardAt) < 2*stale || !e.o.Watched(c.id):
			continue
		default:
			c.looked = now
		}
		if !now.Before(e.dueAt(c)) {
			out = append(out, c)
		}
	}
	return out
}

// current is the plan to answer with: of the node that acts, the last one here, or
// a new one.
func (e *Engine) current(ctx context.Context, c *center) (plan.Plan, error) {
	c.tick.Lock()
	e.mu.Lock()
	age := time.Since(c.made)
	fresh := !c.made.IsZero() && (age < shownEvery || !c.dirty && age < stale)
	heard, ok := c.heard, time.Since(c.heardAt) < 2*stale && !e.acting(c)
	e.mu.Unlock()
	shown := c.shown
	c.tick.Unlock()
	switch {
	case ok:
		return heard, nil
	case fresh:
		return shown, nil
	}
	return e.tick(ctx, c)
}

// tick makes a center's plan, shows it, and acts on it where this node is to.
func (e *Engine) tick(ctx context.Context, c *center) (plan.Plan, error) {
	c.tick.Lock()
	defer c.tick.Unlock()
	e.mu.Lock()
	acting, leads, ends := e.acting(c), e.leads, c.ends
	c.dirty, c.ends, c.showAt = false, false, time.Time{}
	e.mu.Unlock()
	err := e.o.Keep(ctx, c.id)
	if err == nil {
		err = e.learnTruth(ctx, c)
	}
	begun := time.Now()
	if err != nil {
		e.mu.Lock()
		c.dirty, c.ends, c.made = true, ends, begun
		e.mu.Unlock()
		return plan.Plan{}, err
	}
	snapshot := c.truth.Snapshot(e.o.Now())
	if e.o.Ways != nil {
		snapshot.Ways = e.o.Ways(ctx, &snapshot.Center)
	}
	made := plan.Make(snapshot, c.last)
	c.shown, c.last = made.Plan, made.Engine
	e.mu.Lock()
	c.made = time.Now()
	c.took = c.made.Sub(begun)
	e.mu.Unlock()
	if acting {
		e.act(leads, &snapshot, made.Due) // leads ends when another node is the one to act
	} else if ends {
		e.end(ctx, &snapshot)
	}
	e.show(c, acting)
	return c.shown, nil
}

// learnTruth brings the truth up to what has been committed.
func (e *Engine) learnTruth(ctx context.Context, c *center) error {
	for range 3 {
		e.mu.Lock()
		if c.again || c.truth == nil {
			c.truth, c.again, c.collects = nil, false, true
			c.entries, c.fixes = nil, map[string]domain.Position{}
		}
		e.mu.Unlock()
		if c.truth == nil {
			st, err := e.o.Store.LoadCenter(ctx, c.id, e.o.Now().Add(-plan.Remembered))
			if err != nil {
				return err
			}
			c.truth, c.places = plan.NewTruth(st), time.Now()
		}
		e.mu.Lock()
		entries, fixes := c.entries, c.fixes
		c.entries, c.fixes = nil, map[string]domain.Position{}
		e.mu.Unlock()
		for _, p := range fixes {
			c.truth.Fix(p)
		}
		whole := true
		for _, x := range entries {
			if whole = c.truth.Apply(x); !whole {
				c.truth = nil
				break
			}
		}
		if whole {
			return e.readPlaces(ctx, c)
		}
	}
	return domain.Errorf(domain.CodeUnavailable, "the log of the center moves too fast")
}

// readPlaces reads, now and then, the places that riders have given to other
// nodes which this one does not hear.
func (e *Engine) readPlaces(ctx context.Context, c *center) error {
	if e.o.Heard() || time.Since(c.places) < placesEvery {
		return nil
	}
	c.places = time.Now()
	riders, err := e.o.Store.OnDuty(ctx, c.id)
	if err != nil {
		return err
	}
	for i := range riders {
		if p := riders[i].Position; p != nil {
			fix := *p
			fix.RiderID = riders[i].ID
			c.truth.Fix(fix)
		}
	}
	return nil
}

// show sends a plan that has changed to those who look at it, at most once a
// second. The node that acts tells the others.
func (e *Engine) show(c *center, acting bool) {
	if samePlan(c.sent, c.shown) || !acting && !e.o.Watched(c.id) {
		return
	}
	if next := c.sentAt.Add(shownEvery); time.Now().Before(next) {
		e.mu.Lock()
		c.showAt = next
		e.mu.Unlock()
		return
	}
	data, err := json.Marshal(c.shown)
	if err != nil {
		e.o.Log.Error("a plan can't be encoded", "center", c.id, "error", err)
		return
	}
	c.sent, c.sentAt = c.shown, time.Now()
	e.o.Publish(c.id, data, acting)
}

// samePlan leaves aside when and how fast the plans were made.
func samePlan(a, b plan.Plan) bool {
	a.At, a.TickMS, b.At, b.TickMS = domain.Time{}, 0, domain.Time{}, 0
	return reflect.DeepEqual(a, b)
}

// HeardPlan takes a plan that the node which acts has shown.
func (e *Engine) HeardPlan(centerID string, data []byte) {
	var p plan.Plan
	if json.Unmarshal(data, &p) != nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if c := e.centers[centerID]; c != nil && !e.acting(c) {
		c.heard, c.heardAt = p, time.Now()
	}
}
