package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/brosops/bros/realtime/client"
)

// watcher is a client that follows a center, or a rider's own deliveries.
type watcher struct {
	*client.Client
	addresses []string
	fatal     error
}

// audience is all who watch.
type audience struct {
	watchers []*watcher
	running  sync.WaitGroup

	mu        sync.Mutex
	latencies []time.Duration // from commit to client, of some
	seen      int
	away      map[*watcher]time.Time // since when it is not live
	returns   []time.Duration        // how long clients were away
}

// keepLatencies bounds how many latencies are kept: one of every so many.
const keepLatencies = 200_000

// watch starts n clients that follow the world until ctx ends: of every four,
// three are consoles of a center, and one is a rider's phone.
func watch(ctx context.Context, c *cluster, w *world, n int) *audience {
	a := &audience{away: map[*watcher]time.Time{}}
	shared := c.client()
	for i := range n {
		s := w.sites[i%len(w.sites)]
		id, token := s.center.ID, w.dispatchers[i%len(w.dispatchers)]
		wt := &watcher{addresses: []string{"delivery/" + id, "order/" + id, "rider/" + id, "chat/" + id}}
		if i%4 == 3 {
			r := s.riders[i/4%len(s.riders)]
			token, wt.addresses = r.token, []string{"mine/" + r.ID, "ask/" + r.ID, "chat/" + id}
		}
		wt.Client = client.New(client.Options{
			URL: baseURL, HTTP: shared, BackoffMax: 5 * time.Second,
			Token:   func(context.Context, string) (string, error) { return token, nil },
			OnEvent: a.event,
			OnState: func(s client.State) { a.state(wt, s) },
		})
		wt.Subscribe(wt.addresses...)
		a.watchers = append(a.watchers, wt)
		a.running.Go(func() { wt.fatal = wt.Run(ctx) })
	}
	return a
}

func (a *audience) event(e client.Event) {
	if !e.Live || e.Latency <= 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.seen++; len(a.latencies) < keepLatencies {
		a.latencies = append(a.latencies, e.Latency)
	} else {
		a.latencies[a.seen%keepLatencies] = e.Latency
	}
}

func (a *audience) state(w *watcher, s client.State) {
	a.mu.Lock()
	defer a.mu.Unlock()
	since, gone := a.away[w]
	switch {
	case s == client.Live && gone:
		a.returns = append(a.returns, time.Since(since))
		delete(a.away, w)
	case s != client.Live && !gone:
		a.away[w] = time.Now()
	}
}

// settled waits until everybody has a first answer to everything.
func (a *audience) settled(ctx context.Context) error {
	for _, w := range a.watchers {
		if err := w.WaitState(ctx, client.Live); err != nil {
			return err
		}
		for _, address := range w.addresses {
			if err := w.WaitSeq(ctx, address, "", 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// total adds up what the clients have been through.
func (a *audience) total() (t client.Stats) {
	for _, w := range a.watchers {
		s := w.Stats()
		t.Connects += s.Connects
		t.FailedConnects += s.FailedConnects
		t.Cuts += s.Cuts
		t.Silences += s.Silences
		t.Messages += s.Messages
		t.Duplicates += s.Duplicates
		t.Snapshots += s.Snapshots
		t.Resumes += s.Resumes
		t.Repaired += s.Repaired
		t.GapsSeen += s.GapsSeen
		t.Resyncs += s.Resyncs
		t.Epochs += s.Epochs
		t.Polls += s.Polls
	}
	return t
}

// subscriptions is how many answers a client gets that connects once, in all.
func (a *audience) subscriptions() (n int) {
	for _, w := range a.watchers {
		n += len(w.addresses)
	}
	return n
}

// quantiles sorts what was measured and answers the middle, the 99th of a
// hundred and the worst.
func quantiles(d []time.Duration) (p50, p99, worst time.Duration) {
	if len(d) == 0 {
		return 0, 0, 0
	}
	d = slices.Sorted(slices.Values(d))
	at := func(q float64) time.Duration { return d[int(q*float64(len(d)-1))].Round(time.Millisecond / 10) }
	return at(.5), at(.99), at(1)
}
