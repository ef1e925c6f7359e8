package api

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/brosops/bros/realtime/redistest"
)

// troubles are what happens to a Redis: each is done, and undone some changes later.
var troubles = []struct {
	name     string
	do, undo func(*redistest.Server)
}{
	{"killed, and started empty", (*redistest.Server).Kill, func(s *redistest.Server) { s.Run() }},
	{"stopped (SIGSTOP)", (*redistest.Server).Freeze, (*redistest.Server).Thaw},
	{"deaf subscribers", func(s *redistest.Server) { s.Do("CLIENT", "KILL", "TYPE", "pubsub") }, func(*redistest.Server) {}},
	{"paused", func(s *redistest.Server) { s.Do("CLIENT", "PAUSE", "3000", "ALL") }, func(*redistest.Server) {}},
	{"read-only", func(s *redistest.Server) { s.Do("CONFIG", "SET", "min-replicas-to-write", "1") },
		func(s *redistest.Server) { s.Do("CONFIG", "SET", "min-replicas-to-write", "0") }},
	{"full", func(s *redistest.Server) { s.Do("CONFIG", "SET", "maxmemory", "1") },
		func(s *redistest.Server) { s.Do("CONFIG", "SET", "maxmemory", "0") }},
	{"no right to any channel", func(s *redistest.Server) { s.Do("ACL", "SETUSER", "default", "resetchannels") },
		func(s *redistest.Server) { s.Do("ACL", "SETUSER", "default", "allchannels") }},
}

// TestEveryClientEndsEqualWhateverRedisDoes: three nodes, clients that roam
// between them over bad lines, writers on all of them, and a Redis that suffers
// all troubles in turn during thousands of changes. BROS_CHANGES for other than 2,000.
func TestEveryClientEndsEqualWhateverRedisDoes(t *testing.T) {
	changes := envInt(t, "BROS_CHANGES", 2000)
	if testing.Short() {
		changes = 300
	}
	srv := redistest.Start(t)
	seed := uint64(rand.IntN(1<<20))*60 + 7 // none of the world's other troubles
	w := newWorldOn(t, seed, srv.URL(), 3)
	ctx, cancel := context.WithCancel(t.Context())
	var gremlin sync.WaitGroup
	var met []string
	gremlin.Go(func() {
		for i := 0; !w.calm(); i++ {
			tr := troubles[i%len(troubles)]
			tr.do(srv)
			met = append(met, tr.name)
			waitFor(ctx, w.after(changes/20))
			tr.undo(srv)
			waitFor(ctx, w.after(changes/40))
		}
	})
	w.live(changes)
	cancel()
	gremlin.Wait()
	t.Logf("seed %d; Redis was %s", seed, strings.Join(met, "; "))
	for _, s := range []*Server{w.srv.Load(), w.more[0].srv, w.more[1].srv} {
		st := s.live.link.bus.Stats()
		t.Logf("%s: published %d, received %d, repeated %d, dropped %v, joined %d times", s.cfg.NodeID, st.Published, st.Received, st.Repeated, st.Dropped, st.Connects)
	}
}

func waitFor(ctx context.Context, ch <-chan struct{}) {
	select {
	case <-ch:
	case <-ctx.Done():
	}
}

// TestRepairWhateverRedisDoes prints how long a change takes to the other
// node's client while a trouble goes on, and when it is over.
func TestRepairWhateverRedisDoes(t *testing.T) {
	for _, tr := range troubles {
		t.Run(tr.name, func(t *testing.T) {
			srv := redistest.Start(t)
			nodes := joinNodes(t, srv, "one", "two")
			one, two, p := nodes[0], nodes[1], nodes[0].a
			room := "delivery/" + p.center.ID
			desk := two.connect(p.agent)
			desk.joined(room)
			two.followsCenter(p.center.ID)
			var answered, shown []time.Duration
			for i := range 10 {
				if i == 2 {
					tr.do(srv)
				}
				if i == 7 {
					tr.undo(srv)
				}
				at := time.Now()
				d := one.newDelivery(p)
				answered = append(answered, time.Since(at).Round(time.Millisecond))
				desk.change(room, d.ID)
				shown = append(shown, time.Since(at).Round(time.Millisecond))
			}
			t.Logf("changes 1–2 before, 3–7 during, 8–10 after: %v; the slowest %s, the slowest write %s", shown, slices.Max(shown), slices.Max(answered))
			for _, n := range nodes {
				n.hearing()
			}
		})
	}
}
