package store

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	// brokenPatience bounds how long what met a broken connection is tried again:
	// a restart of the server or a failover shall look like one slow answer.
	brokenPatience = 10 * time.Second
	// againPause and readPause are the first pauses before another try.
	againPause = 2 * time.Millisecond
	readPause  = 20 * time.Millisecond
	maxPause   = time.Second
)

// backoff waits before try number n+2: twice as long each time, and unevenly, so
// that those who got into each other's way don't meet again.
func backoff(ctx context.Context, first time.Duration, n int) error {
	pause := min(first<<min(n, 16), maxPause)
	timer := time.NewTimer(pause/2 + rand.N(pause))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
