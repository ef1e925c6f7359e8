package session

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/brosops/bros/domain"
)

const (
	// suspectFrom is how many failed logins within a minute make an address one
	// that is served behind all others, and slowly.
	suspectFrom = 10
	// suspectRest is how long a worker rests after it has served one, as a
	// multiple of the time that took: guessing gets a fifth of a processor.
	suspectRest = 4
	gateWaiting = 1000 // who wait in all
	gateShare   = 500  // of one address
)

// Gate bounds how many passwords are worked on at once: one fewer than
// there are processors, for the rest of the work. Who waits is served by
// address: the one with the fewest failures first, then the one that has been
// served least, so that guesses from anywhere don't hold up a login elsewhere.
type Gate struct {
	workers  int
	failures func(address string) int // of the last minute

	mu      sync.Mutex
	working int
	resting int // after a suspect: free for others
	waiting []*gateTurn
	served  map[string]int // by address, since the last sweep
	timers  func(time.Duration, func())
}

// gateTurn is somebody who waits; turn is closed when it is time, or when it is
// given up for another.
type gateTurn struct {
	address string
	turn    chan struct{}
	refused bool
}

// NewGate returns a gate that asks failures how many logins of an address have
// failed within the last minute.
func NewGate(failures func(string) int) *Gate {
	return &Gate{
		workers: max(1, runtime.GOMAXPROCS(0)-1), failures: failures, served: map[string]int{},
		timers: func(d time.Duration, fn func()) { time.AfterFunc(d, fn) },
	}
}

// rank orders callers; the least is the next.
type rank struct{ failures, served int }

func (r rank) before(o rank) bool {
	return r.failures < o.failures || r.failures == o.failures && r.served < o.served
}

func (g *Gate) rank(address string) rank {
	n := g.failures(address)
	if n < suspectFrom {
		n = 0
	}
	return rank{n, g.served[address]}
}

// Enter waits for a turn; leave gives it back.
func (g *Gate) Enter(ctx context.Context, address string) (leave func(), err error) {
	t := &gateTurn{address: address, turn: make(chan struct{})}
	g.mu.Lock()
	if !g.queue(t) {
		g.mu.Unlock()
		return nil, tooManyLogins()
	}
	g.next()
	g.mu.Unlock()
	select {
	case <-t.turn:
		if t.refused {
			return nil, tooManyLogins()
		}
	case <-ctx.Done():
		g.mu.Lock()
		defer g.mu.Unlock()
		if !g.remove(t) && !t.refused { // it came just now
			g.working--
			g.next()
		}
		return nil, ctx.Err()
	}
	begun := time.Now()
	return func() { g.leave(address, time.Since(begun)) }, nil
}

// queue takes a caller into the queue. Where that is full, one of a worse rank
// has to go.
func (g *Gate) queue(t *gateTurn) bool {
	mine, worst := 0, (*gateTurn)(nil)
	for _, w := range g.waiting {
		if w.address == t.address {
			mine++
		}
		if worst == nil || g.rank(worst.address).before(g.rank(w.address)) {
			worst = w
		}
	}
	if mine >= gateShare {
		return false
	}
	if len(g.waiting) >= gateWaiting {
		if !g.rank(t.address).before(g.rank(worst.address)) {
			return false
		}
		g.remove(worst)
		worst.refused = true
		close(worst.turn)
	}
	g.waiting = append(g.waiting, t)
	return true
}

func (g *Gate) remove(t *gateTurn) bool {
	for i, w := range g.waiting {
		if w == t {
			g.waiting = append(g.waiting[:i], g.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// next gives as many turns as there are workers for.
func (g *Gate) next() {
	for g.working < g.workers && len(g.waiting) > 0 {
		best := g.waiting[0]
		for _, w := range g.waiting[1:] {
			if g.rank(w.address).before(g.rank(best.address)) {
				best = w
			}
		}
		if g.rank(best.address).failures > 0 && g.working+g.resting >= g.workers {
			return
		}
		g.remove(best)
		g.served[best.address]++
		g.working++
		close(best.turn)
	}
}

func (g *Gate) leave(address string, took time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.working--
	if g.rank(address).failures > 0 {
		g.resting++
		g.timers(suspectRest*took, func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.resting--
			g.next()
		})
	}
	g.next()
}

// Sweep forgets who has been served.
func (g *Gate) Sweep() {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.served)
}

func tooManyLogins() *domain.Error {
	e := domain.Errorf(domain.CodeRateLimited, "quota logins: too many wait at once")
	e.RetryAfter = 2
	return e
}
