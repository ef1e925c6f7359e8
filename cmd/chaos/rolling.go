package main

import (
	"context"
	"fmt"
	"time"
)

// settleTime is how long a node runs beside the others before the next is restarted.
const settleTime = 5 * time.Second

// roll restarts the nodes politely, one after the other, again and again until
// ctx ends; every node at least once.
func (f *faults) roll(ctx context.Context) {
	whole := context.WithoutCancel(ctx)
	for round := 0; round == 0 || ctx.Err() == nil; round++ {
		for _, n := range f.c.nodes {
			if !rest(ctx, settleTime) && round > 0 {
				return
			}
			f.log("restart %s", n.name)
			took, err := n.drain(drainTime)
			f.mu.Lock()
			f.longest = max(f.longest, took)
			f.mu.Unlock()
			f.note("restart node", err)
			f.up(n)
			if round == 0 {
				rest(whole, settleTime)
			}
		}
	}
}

// flickers are what a rolling restart may not do to anybody.
func (r *result) flickers() (out []string) {
	t, s := &r.calls.tally, r.audience.total()
	if n := t.cut.Load(); n > 0 {
		out = append(out, fmt.Sprintf("%d writes were cut off", n))
	}
	if n := t.late.Load(); n > 0 {
		out = append(out, fmt.Sprintf("%d writes got no answer in time", n))
	}
	if n := s.Snapshots - r.audience.subscriptions(); n > 0 {
		out = append(out, fmt.Sprintf("clients needed %d more snapshots than the first ones", n))
	}
	if s.Epochs > 0 {
		out = append(out, fmt.Sprintf("clients saw %d new epochs", s.Epochs))
	}
	return out
}
