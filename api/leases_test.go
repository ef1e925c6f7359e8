package api

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/brosops/bros/store/storetest"
)

// cutStore is a store that a test can cut off from the leases, as a killed
// process is: it neither renews nor gives back.
type cutStore struct {
	Store
	cut atomic.Bool
}

func (c *cutStore) TakeLease(ctx context.Context, name, holder string, length time.Duration) (bool, error) {
	if c.cut.Load() {
		return false, errors.New("cut off")
	}
	return c.Store.TakeLease(ctx, name, holder, length)
}

func (c *cutStore) ReleaseLease(ctx context.Context, name, holder string) error {
	if c.cut.Load() {
		return errors.New("cut off")
	}
	return c.Store.ReleaseLease(ctx, name, holder)
}

// TestScheduledWorkIsOneNodes: of three nodes one does the work; one that drains
// hands it over at once, one that is cut off stops and is replaced.
func TestScheduledWorkIsOneNodes(t *testing.T) {
	storetest.OnSQLServerOnly(t, "it takes longer to log in again after a cancelled statement than the leases here last")
	path := filepath.Join(t.TempDir(), "bros.db")
	short := func(c *Config, _ *Deps) { c.LeaseTime = 2 * time.Second }
	begun := make(chan string, 16)
	var working atomic.Int64
	var cuts [3]cutStore
	var nodes [3]*node
	ends := map[string]context.CancelFunc{}
	for i, name := range []string{"one", "two", "three"} {
		nodes[i] = openNode(t, path, name, func(s Store) Store { cuts[i].Store = s; return &cuts[i] }, short)
		ctx, cancel := context.WithCancel(t.Context())
		ends[name] = cancel
		nodes[i].srv.background(ctx, func(ctx context.Context) {
			nodes[i].srv.leases.Alone(ctx, "a test", func(ctx context.Context) {
				if working.Add(1) > 1 {
					t.Error("two nodes work at once")
				}
				begun <- name
				<-ctx.Done()
				working.Add(-1)
			})
		})
	}
	index := map[string]int{"one": 0, "two": 1, "three": 2}
	// On a slow machine one may lose its lease and win it again: that is no
	// change of hands.
	other := func(than ...string) string {
		for {
			if name := <-begun; !slices.Contains(than, name) {
				return name
			}
		}
	}
	first := <-begun
	ends[first]() // drains
	second := other(first)
	cuts[index[second]].cut.Store(true) // is killed
	other(first, second)
	for _, n := range nodes {
		if body := string(n.do(nobody, "GET", "/metrics", nil).want(200).body); !strings.Contains(body, `bros_lease_held{name="a test"}`) {
			t.Error("the lease is not among the figures")
		}
	}
	for _, end := range ends {
		end()
	}
}
