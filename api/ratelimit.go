package api

import (
	"math"
	"net/netip"
	"sync"
	"time"

	"github.com/brosops/bros/domain"
)

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

// over is how long the key has to wait, without an attempt.
func (f *failures) over(key string, now time.Time) (wait time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if h := f.recent(key, now); len(h) >= f.limit {
		return h[0].Add(failureSpan).Sub(now)
	}
	return 0
}

// count is how many attempts of the last minute have failed, or are under way.
func (f *failures) count(key string, now time.Time) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.recent(key, now))
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
