package main

import (
	"context"
	"sync"
)

// chains runs acts at once where they may, and one after the other where they
// share a key (an order, a rider). Submit and wait are for one goroutine.
type chains struct {
	ctx   context.Context
	slots chan struct{} // bounds how many run at a time
	tails map[string]chan struct{}
	wg    sync.WaitGroup
}

func newChains(ctx context.Context, most int) *chains {
	return &chains{ctx: ctx, slots: make(chan struct{}, most), tails: map[string]chan struct{}{}}
}

// submit runs fn as soon as every act submitted before with one of its keys is
// over. It does not run once the context has ended.
func (c *chains) submit(fn func(ctx context.Context), keys ...string) {
	var before []chan struct{}
	over := make(chan struct{})
	for _, k := range keys {
		if t := c.tails[k]; t != nil {
			before = append(before, t)
		}
		c.tails[k] = over
	}
	c.wg.Go(func() {
		defer close(over)
		for _, t := range before {
			<-t
		}
		select {
		case c.slots <- struct{}{}:
			defer func() { <-c.slots }()
		case <-c.ctx.Done():
			return
		}
		if c.ctx.Err() == nil {
			fn(c.ctx)
		}
	})
}

// wait returns when all that was submitted is over.
func (c *chains) wait() { c.wg.Wait() }
