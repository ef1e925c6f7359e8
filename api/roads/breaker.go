package roads

import (
	"sync"
	"time"
)

const (
	// breakAfter failures in a row leave the router alone, at first for pauseLeast,
	// then for twice as long each time, up to pauseMost.
	breakAfter = 3
	pauseLeast = time.Second
	pauseMost  = 15 * time.Second
)

// breaker leaves a router alone that fails, and lets one question through now and
// then to see whether it is back. The zero value is whole.
type breaker struct {
	mu      sync.Mutex
	failed  int // in a row
	until   time.Time
	pause   time.Duration
	probing bool
}

// allow reports whether the router may be asked; who is allowed tells note or
// abandon what came of it.
func (b *breaker) allow(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed < breakAfter {
		return true
	}
	if b.probing || now.Before(b.until) {
		return false
	}
	b.probing = true
	return true
}

func (b *breaker) abandon() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
}

// note says what came of a question; it answers whether the router was, and is, left alone.
func (b *breaker) note(ok bool, now time.Time) (was, is bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	was = b.failed >= breakAfter
	if ok {
		b.failed, b.pause, b.probing = 0, 0, false
		return was, false
	}
	b.failed++
	if b.failed < breakAfter {
		return was, false
	}
	// Several questions that were on their way together count as one.
	if b.probing || !was {
		b.pause = min(max(pauseLeast, 2*b.pause), pauseMost)
		b.until = now.Add(b.pause)
	}
	b.probing = false
	return was, true
}

func (b *breaker) broken() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failed >= breakAfter
}
