package store

import (
	"context"
	"sync"
	"time"

	"github.com/brosops/bros/domain"
)

// The bounds of those who wait for a turn at a scan.
const (
	turnsOfCaller = 8               // of one caller
	turnsWaiting  = 64              // of all
	turnPatience  = 5 * time.Second // after it the answer is unavailable
)

// turns lets few scans run at once, and shares them out by caller: the next turn
// is that of the caller with the fewest running, and of several such of the one
// that has waited longest. No caller has all of them.
type turns struct {
	mu      sync.Mutex
	free    int
	most    int // of one caller
	running map[string]int
	waiting []*turn // in the order in which they came
}

type turn struct {
	caller string
	mine   chan struct{} // closed when it has come
}

func newTurns(n int) *turns {
	return &turns{free: n, most: max(1, n-1), running: map[string]int{}}
}

// enter waits for a turn, and answers what gives it back. One that is patient
// has begun to answer its caller already: it waits as long as its context lets it.
func (t *turns) enter(ctx context.Context, patient bool) (leave func(), err error) {
	w := &turn{domain.CallerOf(ctx), make(chan struct{})}
	if err := t.queue(w, patient); err != nil {
		return nil, err
	}
	leave = sync.OnceFunc(func() { t.leave(w.caller) })
	select { // a turn that is free needs no timer
	case <-w.mine:
		return leave, nil
	default:
	}
	var over <-chan time.Time
	if !patient {
		timer := time.NewTimer(turnPatience)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-w.mine:
		return leave, nil
	case <-over:
		err = unavailable("too many searches and reports are running")
	case <-ctx.Done():
		err = wrap("wait for a turn", ctx.Err())
	}
	if !t.forget(w) {
		leave() // it has come all the same
	}
	return nil, err
}

func (t *turns) queue(w *turn, patient bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	own := 0
	for _, o := range t.waiting {
		if o.caller == w.caller {
			own++
		}
	}
	switch {
	case patient:
	case own >= turnsOfCaller:
		return &domain.Error{Code: domain.CodeRateLimited, Detail: "too many searches and reports of yours are waiting", RetryAfter: 1}
	case len(t.waiting) >= turnsWaiting:
		return unavailable("too many searches and reports are waiting")
	}
	t.waiting = append(t.waiting, w)
	t.call()
	return nil
}

// call gives the free turns away.
func (t *turns) call() {
	for t.free > 0 {
		next := -1
		for i, w := range t.waiting {
			if n := t.running[w.caller]; n < t.most && (next < 0 || n < t.running[t.waiting[next].caller]) {
				next = i
			}
		}
		if next < 0 {
			return
		}
		w := t.waiting[next]
		t.waiting = append(t.waiting[:next], t.waiting[next+1:]...)
		t.free--
		t.running[w.caller]++
		close(w.mine)
	}
}

func (t *turns) leave(caller string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.free++
	if t.running[caller]--; t.running[caller] == 0 {
		delete(t.running, caller)
	}
	t.call()
}

// forget takes one out of the queue; false when its turn has come already.
func (t *turns) forget(w *turn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, o := range t.waiting {
		if o == w {
			t.waiting = append(t.waiting[:i], t.waiting[i+1:]...)
			return true
		}
	}
	return false
}
