package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/brosops/bros/store"
)

// maxSpeed is how many times as fast as the real one a clock may run: beyond,
// what the server does at once takes minutes of it.
const maxSpeed = 600

// clock is the server's, kept by the database so that all nodes and later starts
// tell the same time. At the speed of 1 it is the real one.
type clock struct {
	speed int
	began time.Time
}

// openClock answers a *settingsError for a database of another speed.
func openClock(ctx context.Context, db *store.DB, speed int, log *slog.Logger) (clock, error) {
	speed = max(1, speed)
	began, err := db.Clock(ctx, speed, time.Now())
	var other *store.SpeedError
	if errors.As(err, &other) {
		return clock{}, &settingsError{problems{fmt.Sprintf("BROS_CLOCK_SPEED: is %d, and %v; a simulation needs a database of its own", speed, other)}}
	}
	if err != nil {
		return clock{}, err
	}
	if speed != 1 {
		log.Warn("the clock is not the real one: this is a simulation", "speed", speed)
	}
	return clock{speed, began}, nil
}

// now is the time.
func (c clock) now() time.Time {
	if c.speed <= 1 {
		return time.Now()
	}
	return c.began.Add(time.Since(c.began) * time.Duration(c.speed))
}
