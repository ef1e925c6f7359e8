package session

import (
	"sync"
	"time"
)

// Failures counts failed attempts per key within a minute.
type Failures struct {
	mu    sync.Mutex
	limit int
	hits  map[string][]time.Time // oldest first, at most limit
}

const failureSpan = time.Minute

// NewFailures allows limit failures of a key within a minute.
func NewFailures(limit int) *Failures {
	return &Failures{limit: limit, hits: map[string][]time.Time{}}
}

// Add notes an attempt that counts as failed until Undo is called. When the
// key has used up its failures it says how long to wait instead.
func (f *Failures) Add(key string, now time.Time) (wait time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	h := f.recent(key, now)
	if len(h) >= f.limit {
		return h[0].Add(failureSpan).Sub(now)
	}
	f.hits[key] = append(h, now)
	return 0
}

// Over is how long the key has to wait, without an attempt.
func (f *Failures) Over(key string, now time.Time) (wait time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if h := f.recent(key, now); len(h) >= f.limit {
		return h[0].Add(failureSpan).Sub(now)
	}
	return 0
}

// Count is how many attempts of the last minute have failed, or are under way.
func (f *Failures) Count(key string, now time.Time) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.recent(key, now))
}

// Undo takes back the attempt added at that instant: it succeeded.
func (f *Failures) Undo(key string, at time.Time) {
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
func (f *Failures) recent(key string, now time.Time) []time.Time {
	h := f.hits[key]
	i := 0
	for i < len(h) && !h[i].After(now.Add(-failureSpan)) {
		i++
	}
	return h[i:]
}

// Sweep forgets keys without a failure in the last minute.
func (f *Failures) Sweep(now time.Time) {
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
