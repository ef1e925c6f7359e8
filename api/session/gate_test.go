package session

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestPasswordGate: a login from an address that has not failed is the next,
// however many guesses wait; those are served by a fifth of a worker.
func TestPasswordGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failed := map[string]int{"guesser": 200, "rider": suspectFrom - 1}
		for i := range 60 {
			failed[fmt.Sprint("bot ", i)] = suspectFrom + i
		}
		g := NewGate(func(address string) int { return failed[address] })
		g.workers = 1
		const work = 20 * time.Millisecond
		var guesses atomic.Int64
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		login := func(address string) {
			leave, err := g.Enter(ctx, address)
			if err != nil {
				return
			}
			time.Sleep(work)
			leave()
			if address != "rider" && address != "desk" {
				guesses.Add(1)
			}
		}
		for range 240 {
			wg.Go(func() { login("guesser") })
		}
		for i := range 60 {
			for range 5 {
				wg.Go(func() { login(fmt.Sprint("bot ", i)) })
			}
		}
		synctest.Wait()
		for i := range 20 {
			time.Sleep(500 * time.Millisecond)
			begun := time.Now()
			login([]string{"rider", "desk"}[i%2])
			if took := time.Since(begun); took > 2*work {
				t.Errorf("a right login elsewhere took %s", took)
			}
		}
		cancel()
		wg.Wait()
		n := int(guesses.Load())
		if most := int(10 * time.Second / (suspectRest + 1) / work); n < most/2 || n > most+most/8 {
			t.Errorf("%d guesses were served in 10 s, want about %d", n, most)
		}
	})
}

// TestPasswordGateShares: of addresses that have not failed each gets its turn
// in time, and nobody waits who has gone.
func TestPasswordGateShares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(func(string) int { return 0 })
		g.workers = 1
		var wg sync.WaitGroup
		defer wg.Wait()
		work := func(leave func(), err error) {
			if err == nil {
				time.Sleep(10 * time.Millisecond)
				leave()
			}
		}
		for range gateShare + 1 { // one works
			wg.Go(func() { work(g.Enter(t.Context(), "carrier")) })
		}
		synctest.Wait()
		begun := time.Now()
		if work(g.Enter(t.Context(), "desk")); time.Since(begun) > 20*time.Millisecond {
			t.Errorf("another address waited for %s", time.Since(begun))
		}
		wg.Go(func() { work(g.Enter(t.Context(), "carrier")) })
		wg.Go(func() { work(g.Enter(t.Context(), "carrier")) })
		synctest.Wait()
		if _, err := g.Enter(t.Context(), "carrier"); err == nil {
			t.Error("more than its share waits")
		}
	})
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(func(string) int { return 0 })
		g.workers = 1
		leave, _ := g.Enter(t.Context(), "a")
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error)
		go func() { _, err := g.Enter(ctx, "b"); gone <- err }()
		synctest.Wait()
		cancel()
		if err := <-gone; err == nil {
			t.Error("who went away got a turn")
		}
		leave()
		if leave, err := g.Enter(t.Context(), "c"); err != nil {
			t.Error(err)
		} else {
			leave()
		}
	})
}
