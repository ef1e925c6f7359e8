package api

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/brosops/bros/realtime/supervise"
)

// batcher makes durable together what many callers bring one by one, so that a
// steady stream costs few transactions. A caller is answered when the batch that
// it is in is written, with the batch's error; every caller exactly once.
//
// A batch gathers from its first item on for the batcher's gather, and until every
// has passed since the one before was begun; what comes while that one is being
// written has gathered by then. How items of one batch go together is merge's.
type batcher[Item, Batch any] struct {
	gather, every time.Duration
	// merge puts an item into a batch, which begins as Batch's zero value, and says
	// whether it is full: it then waits for no more. A refusal leaves the batch as it
	// was, and is its caller's alone. Merges are one at a time.
	merge func(*Batch, Item) (full bool, err error)
	// write makes a batch durable, and then tells of it; one at a time.
	write func(context.Context, *Batch) error

	mu      sync.Mutex
	open    *gathering[Batch] // takes more
	begun   time.Time         // when the last write began
	idle    chan struct{}     // closed: nothing gathers or is being written; nil: so already
	stopped chan struct{}     // closed: no batch waits for company
	once    sync.Once
}

// gathering is a batch and those who wait for it.
type gathering[Batch any] struct {
	batch Batch
	ripe  time.Time     // when it has waited long enough
	full  chan struct{} // closed: don't wait for more
	done  chan struct{}
	err   error // set before done is closed
}

func newBatcher[Item, Batch any](gather, every time.Duration,
	merge func(*Batch, Item) (full bool, err error), write func(context.Context, *Batch) error,
) *batcher[Item, Batch] {
	return &batcher[Item, Batch]{gather: gather, every: every, merge: merge, write: write, stopped: make(chan struct{})}
}

// save returns when the item is durable. When ctx ends first it is stored all the
// same, or refused without a word.
func (b *batcher[Item, Batch]) save(ctx context.Context, item Item) error {
	g, err := b.add(item)
	if err != nil {
		return err
	}
	select {
	case <-g.done:
		return g.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *batcher[Item, Batch]) add(item Item) (*gathering[Batch], error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := b.open
	if g == nil {
		g = &gathering[Batch]{ripe: time.Now().Add(b.gather), full: make(chan struct{}), done: make(chan struct{})}
		if next := b.begun.Add(b.every); next.After(g.ripe) {
			g.ripe = next
		}
	}
	full, err := b.merge(&g.batch, item)
	if err != nil {
		return nil, err
	}
	b.open = g
	if full {
		g.hurry()
	}
	if b.idle == nil {
		b.idle = make(chan struct{})
		go b.run()
	}
	return g, nil
}

// hurry ends the wait for more; the batcher's lock is held.
func (g *gathering[Batch]) hurry() {
	select {
	case <-g.full:
	default:
		close(g.full)
	}
}

// run writes batches until there is none.
func (b *batcher[Item, Batch]) run() {
	for {
		b.mu.Lock()
		g := b.open
		if g == nil {
			close(b.idle)
			b.idle = nil
			b.mu.Unlock()
			return
		}
		b.mu.Unlock()
		timer := time.NewTimer(time.Until(g.ripe))
		select {
		case <-timer.C:
		case <-g.full:
		case <-b.stopped:
		}
		timer.Stop()
		b.mu.Lock()
		b.open, b.begun = nil, time.Now()
		b.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
		// Who waits for the batch logs it.
		if err := supervise.Do(slog.New(slog.DiscardHandler), "batcher", func() { g.err = b.write(ctx, &g.batch) }); err != nil {
			g.err = err
		}
		cancel()
		close(g.done)
	}
}

// stop writes what waits at once and so answers who waits for it; it returns when
// that is done or ctx ends. What comes later is written without a pause.
func (b *batcher[Item, Batch]) stop(ctx context.Context) {
	b.once.Do(func() { close(b.stopped) })
	b.mu.Lock()
	idle := b.idle
	b.mu.Unlock()
	if idle == nil {
		return
	}
	select {
	case <-idle:
	case <-ctx.Done():
	}
}
