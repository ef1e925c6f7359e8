package api

import (
	"context"
	"errors"
	"time"
)

const (
	// writeLook is how often a node looks whether the database can be written, and
	// writeLookTime how long the look may take.
	writeLook     = 5 * time.Second
	writeLookTime = 3 * time.Second
	// writeSlow is for how long none of the looks may come through in time.
	writeSlow = 10 * time.Second
)

// watchWrites looks again and again whether the database can be written: /readyz
// says so.
func (s *Server) watchWrites(ctx context.Context) {
	tick := time.NewTicker(writeLook)
	defer tick.Stop()
	for last := s.now(); ; {
		last = s.lookAtWrites(ctx, last)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// lookAtWrites answers when the newest look came through; last is that of the one before.
func (s *Server) lookAtWrites(ctx context.Context, last time.Time) time.Time {
	look, cancel := context.WithTimeout(ctx, writeLookTime)
	defer cancel()
	err := s.store.CheckWrite(look)
	switch {
	case err == nil:
		s.unwritable.Store(false)
		return s.now()
	case ctx.Err() != nil:
	case errors.Is(err, context.DeadlineExceeded) && s.now().Sub(last) < writeSlow: // busy, for a moment
	default:
		if !s.unwritable.Swap(true) {
			s.log.Error("the database can't be written", "error", err)
		}
	}
	return last
}
