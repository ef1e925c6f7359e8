package api

import (
	"math"
	"net/netip"
	"sync"
	"time"

	"github.com/brosops/bros/domain"
)

// limiter bounds how often each key may do something: rate per second, with
// bursts. It keeps one instant per active key (the generic cell rate algorithm).
type limiter struct {
	mu    sync.Mutex
	step  time.Duration // between two calls at the full rate
	slack time.Duration // how far a burst may run ahead
	next  map[string]time.Time
}

func newLimiter(perSecond float64, burst int) *limiter {
	step := time.Duration(float64(time.Second) / perSecond)
	return &limiter{step: step, slack: time.Duration(burst-1) * step, next: map[string]time.Time{}}
}

// take asks for one call; when there is none it says in how long there will be.
func (l *limiter) take(key string, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.next[key]
	if at.Before(now) {
		at = now
	}
	if ahead := at.Sub(now); ahead > l.slack {
		return ahead - l.slack
	}
	l.next[key] = at.Add(l.step)
	return 0
}

// over says how long the key has to wait, without asking for a call.
func (l *limiter) over(key string, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ahead := l.next[key].Sub(now); ahead > l.slack {
		return ahead - l.slack
	}
	return 0
}

// sweep forgets the keys that have their whole burst again.
func (l *limiter) sweep(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for k, at := range l.next {
		if at.Before(now) {
			delete(l.next, k)
		}
	}
}

// failures counts failed attempts per key within a minute.
type failures struct {
	mu    sync.Mutex
	limit int
	hits  map[string][]time.Time // oldest first, at most limit
}

const failureSpan = time.Minute

func newFailures(limit int) *failures {
	return &failures{limit: limit, hits: map[string][]time.Time{}}
}

// add notes an attempt that counts as failed until undo is called. When the
// key has used up its failures it says how long to wait instead.
func (f *failures) add(key string, now time.Time) (wait time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	h := f.recent(key, now)
	if len(h) >= f.limit {
		return h[0].Add(failureSpan).Sub(now)
	}
	f.hits[key] = append(h, now)
	return 0
}

// undo takes back the attempt added at that instant: it succeeded.
func (f *failures) undo(key string, at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	h := f.hits[key]
	for i := range h {
		if h[i].Equal(at) {
			h = append(h[:i:i], h[i+1:]...)
			break
		}
	}
	if len(h) == 0 {
		delete(f.hits, key)
		return
	}
	f.hits[key] = h
}

// recent are the attempts of the last minute; the older ones are dropped.
func (f *failures) recent(key string, now time.Time) []time.Time {
	h := f.hits[key]
	i := 0
	for i < len(h) && !h[i].After(now.Add(-failureSpan)) {
		i++
	}
	return h[i:]
}

// sweep forgets keys without a failure in the last minute.
func (f *failures) sweep(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for k := range f.hits {
		if h := f.recent(k, now); len(h) == 0 {
			delete(f.hits, k)
		} else {
			f.hits[k] = h
		}
	}
}

// addressKey is an address as limits count it: one customer of an IPv6
// provider has a whole /64.
func addressKey(a netip.Addr) string {
	if a.Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.Addr().String()
		}
	}
	return a.String()
}

// tooMany is the answer of every limit.
func tooMany(wait time.Duration) *domain.Error {
	e := domain.Errorf(domain.CodeRateLimited, "slow down and try again")
	e.RetryAfter = max(1, int(math.Ceil(wait.Seconds())))
	return e
}
