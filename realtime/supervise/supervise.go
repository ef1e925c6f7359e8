// Package supervise starts what runs on its own: a panic there is logged with
// its stack, as an error (so it is mailed, too), and does not end the process.
// It imports nothing of ours, so that every package may use it.
package supervise

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// The pauses before what has panicked is started again: twice as long each
// time, and from the beginning when it has run for longer than the longest.
const (
	firstPause = 100 * time.Millisecond
	mostPause  = 30 * time.Second
)

// PanicError is the panic of a function that Do ran.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.Value, e.Stack) }

// Do runs fn once and returns its panic as a *PanicError, logged under name.
func Do(log *slog.Logger, name string, fn func()) (err error) {
	defer func() {
		if v := recover(); v != nil {
			e := &PanicError{v, debug.Stack()}
			log.Error("panic", "in", name, "panic", v, "stack", string(e.Stack))
			err = e
		}
	}()
	fn()
	return nil
}

// Run runs fn until it returns or ctx ends; after a panic it starts it again,
// with growing pauses.
func Run(ctx context.Context, log *slog.Logger, name string, fn func(context.Context)) {
	for pause := firstPause; ; pause = min(2*pause, mostPause) {
		begun := time.Now()
		if Do(log, name, func() { fn(ctx) }) == nil || ctx.Err() != nil {
			return
		}
		if time.Since(begun) > mostPause {
			pause = firstPause
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}
