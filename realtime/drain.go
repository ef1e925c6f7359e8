package realtime

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// Clients that are sent away come back spread over time, so that a restart is
// not followed by a storm.
const (
	retryAtLeast   = 500 * time.Millisecond
	retrySpread    = 2 * time.Second
	retryPerClient = 2 * time.Millisecond // 500 a second
	retryAtMost    = 30 * time.Second
)

// retryReason is the reason of 1012 and 1013: when this client, one of n, may
// come back.
func retryReason(n int) string {
	spread := min(retrySpread+time.Duration(n)*retryPerClient, retryAtMost)
	after := retryAtLeast + rand.N(spread)
	return fmt.Sprintf(`{"retryAfterMs":%d}`, after.Milliseconds())
}

func (h *Hub) isDraining() bool {
	select {
	case <-h.draining:
		return true
	default:
		return false
	}
}

// Drain takes no more connections, answers every poll and closes the connections
// with 1012. It returns when they are gone, or when ctx ends; Stop does the rest.
func (h *Hub) Drain(ctx context.Context) {
	h.drainOnce.Do(func() { close(h.draining) })
	h.Close(func(ConnInfo) bool { return true }, CloseRestarting, "")
	for h.connections.Load() > 0 {
		select {
		case <-ctx.Done():
			return
		case <-h.ctx.Done():
			return
		case <-h.empty:
		}
	}
	h.signalEmpty() // for another Drain that waits
}

// Stop ends what is left of the connections without a word, and every goroutine
// of the hub. It returns when they have ended.
func (h *Hub) Stop() {
	h.drainOnce.Do(func() { close(h.draining) })
	h.mu.Lock()
	h.stopped = true
	h.mu.Unlock()
	h.cancel()
	for _, s := range h.shards {
		s.mu.Lock()
		left := append([]*client(nil), s.clients...)
		s.mu.Unlock()
		for _, c := range left {
			c.mu.Lock()
			c.kill()
			c.mu.Unlock()
		}
	}
	h.wg.Wait()
}
