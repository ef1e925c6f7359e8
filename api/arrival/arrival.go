// Package arrival finds out of riders' fixes that they are at the shop or at the
// door of a delivery they have in hand.
package arrival

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/brosops/bros/domain"
)

const (
	// near is how close to a place, in metres, counts as being there, and stay for
	// how long a rider's fixes must say so.
	near = 80
	stay = 30 * time.Second
	// maxGap is how far apart two fixes may be and still be one stay.
	maxGap = 2 * time.Minute
	// unsure is the accuracy, in metres, from which a fix says nothing.
	unsure = 100
	// reread is how long what a rider has in hand is believed when no commit says
	// that it has changed.
	reread = time.Minute
	// queue bounds the fixes that wait to be looked at.
	queue = 8192
)

// Spot is a place that a rider is on the way to.
type Spot = domain.Spot

// Store reads what a rider has in hand.
type Store interface {
	// Spots are the next places of a rider's deliveries in hand where it is not yet
	// known to have arrived.
	Spots(ctx context.Context, riderID string) ([]Spot, error)
}

// Watcher looks at fixes in the order in which they come. It may miss some: an
// arrival that it does not see is said by the rider, or not at all.
type Watcher struct {
	store Store
	now   func() time.Time
	// arrived notes an arrival; at is the first fix of the stay.
	arrived func(ctx context.Context, s Spot, riderID string, at domain.Time)

	fixes chan domain.Position

	mu     sync.Mutex
	riders map[string]*rider
}

type rider struct {
	spots []*stayAt
	read  time.Time // zero: to be read again
}

// stayAt is a spot and the stay there that goes on.
type stayAt struct {
	Spot
	first, last domain.Time // zero: not there
	told        bool
}

// New makes a Watcher; Run works until its context ends.
func New(store Store, now func() time.Time, arrived func(ctx context.Context, s Spot, riderID string, at domain.Time)) *Watcher {
	return &Watcher{store: store, now: now, arrived: arrived, fixes: make(chan domain.Position, queue), riders: map[string]*rider{}}
}

// Fixes takes fixes of any riders, each rider's oldest first. It never blocks.
func (w *Watcher) Fixes(fixes []domain.Position) {
	for i := range fixes {
		select {
		case w.fixes <- fixes[i]:
		default:
			return
		}
	}
}

// Changed says that what a rider has in hand may have changed.
func (w *Watcher) Changed(riderID string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r := w.riders[riderID]; r != nil {
		r.read = time.Time{}
	}
}

// Run looks at fixes until ctx ends.
func (w *Watcher) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case f := <-w.fixes:
			w.look(ctx, f)
		}
	}
}

// look is one fix.
func (w *Watcher) look(ctx context.Context, f domain.Position) {
	if f.Accuracy != nil && *f.Accuracy > unsure {
		return
	}
	spots, err := w.spotsOf(ctx, f.RiderID)
	if err != nil {
		return
	}
	here := domain.Location{Lat: f.Lat, Lng: f.Lng}
	for _, s := range spots {
		if f.At.Before(s.Since.Time) || s.told {
			continue
		}
		if domain.Distance(here, s.At) > near {
			s.first, s.last = domain.Time{}, domain.Time{}
			continue
		}
		if s.first.IsZero() || f.At.Sub(s.last.Time) > maxGap || f.At.Before(s.last.Time) {
			s.first = f.At
		}
		s.last = f.At
		if s.last.Sub(s.first.Time) >= stay {
			s.told = true
			w.arrived(ctx, s.Spot, f.RiderID, s.first)
		}
	}
}

// spotsOf is where a rider is on the way to, with the stays that go on kept.
func (w *Watcher) spotsOf(ctx context.Context, riderID string) ([]*stayAt, error) {
	now := w.now()
	w.mu.Lock()
	r := w.riders[riderID]
	if r == nil {
		r = &rider{}
		w.riders[riderID] = r
	}
	known := r.spots
	fresh := !r.read.IsZero() && now.Sub(r.read) < reread
	if !fresh {
		r.read = now // a change while it is being read shows as another zero
	}
	w.mu.Unlock()
	if fresh {
		return known, nil
	}
	found, err := w.store.Spots(ctx, riderID)
	if err != nil {
		w.Changed(riderID)
		return nil, err
	}
	spots := make([]*stayAt, len(found))
	for i, s := range found {
		spots[i] = &stayAt{Spot: s}
		// One that was told of and stands here still was not noted, or is to be
		// gone to once more: another attempt at the door.
		same := slices.IndexFunc(known, func(k *stayAt) bool { return k.Spot == s && !k.told })
		if same >= 0 {
			spots[i] = known[same]
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	r.spots = spots
	return spots, nil
}
