package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// attack is what one caller does, again and again, from many connections.
type attack struct {
	name  string
	do    func(ctx context.Context, w *world, n int64) int // the status of one call
	never int                                              // the status that would mean that it got in; 0: it only takes room
}

type m = map[string]any

// attacks are those of one rider, of one member of staff or key of another center,
// and of somebody without a login: first those that take what others need, then
// those that reach for what is not theirs.
var attacks = slices.Concat(floods, moreFloods, reaches)

var floods = []attack{
	{"changes: one chat 500 times", func(ctx context.Context, w *world, _ int64) int {
		return w.as(ctx, w.rider, "POST", "/changes", m{"addresses": repeat(m{"address": "chat/" + w.center}, 500)})
	}, 0},
	{"changes: chat snapshots", func(ctx context.Context, w *world, _ int64) int {
		return w.as(ctx, w.rider, "POST", "/changes", m{"addresses": []m{{"address": "chat/" + w.center}}})
	}, 0},
	{"changes: 500 unknown addresses", func(ctx context.Context, w *world, n int64) int {
		var list []m
		for i := range 500 {
			list = append(list, m{"address": fmt.Sprintf("x/%s:%d-%d", w.center, n, i)})
		}
		return w.as(ctx, w.agent, "POST", "/changes", m{"addresses": list})
	}, 0},
	{"chat messages of one rider", func(ctx context.Context, w *world, n int64) int {
		return w.as(ctx, w.rider, "POST", "/chat/"+w.center+"/messages", m{"text": fmt.Sprint("flood ", n)})
	}, 0},
	{"searches of one agent", func(ctx context.Context, w *world, _ int64) int {
		return w.as(ctx, w.agent, "GET", "/orders?q=zzzzzz", nil)
	}, 0},
	{"wrong logins from one address", func(ctx context.Context, w *world, n int64) int {
		return w.from(ctx, "192.0.2.1", "POST", "/login", m{"login": fmt.Sprint("nobody", n), "password": "wrong-password"})
	}, 0},
	{"wrong logins from 60 addresses", func(ctx context.Context, w *world, n int64) int {
		return w.from(ctx, fmt.Sprint("198.51.100.", n%60), "POST", "/login", m{"login": fmt.Sprint("nobody", n), "password": "wrong-password"})
	}, 0},
	{"guessed tracking links", func(ctx context.Context, w *world, _ int64) int {
		return w.from(ctx, "192.0.2.2", "GET", fmt.Sprintf("/tracking/%032x", rand.Uint64()), nil)
	}, 0},
	{"guessed tokens", func(ctx context.Context, w *world, n int64) int {
		status, _ := w.s.call(ctx, fmt.Sprint("bros_s_guess", n), "192.0.2.3", "GET", "/me", nil, nil)
		return status
	}, 0},
	{"orders of another center's desk", func(ctx context.Context, w *world, n int64) int {
		return w.as(ctx, w.agent, "POST", "/orders", w.order(w.center, w.shop, n))
	}, 0},
}

func repeat(v m, n int) (list []m) {
	for range n {
		list = append(list, v)
	}
	return list
}

// attackers is from how many connections an attack goes at once.
const attackers = 100

// run attacks until ctx ends and returns how often each status came, as a text too.
func (a attackRun) run(ctx context.Context, w *world) (string, map[int]int) {
	var n atomic.Int64
	var mu sync.Mutex
	got := map[int]int{}
	var wg sync.WaitGroup
	for range attackers {
		wg.Go(func() {
			for ctx.Err() == nil {
				status := a(ctx, w, n.Add(1))
				mu.Lock()
				got[status]++
				mu.Unlock()
				if status == 429 || status == 0 {
					select { // even an attacker has one processor only
					case <-time.After(5 * time.Millisecond):
					case <-ctx.Done():
					}
				}
			}
		})
	}
	wg.Wait()
	var parts []string
	for _, status := range []int{101, 200, 201, 202, 400, 401, 403, 404, 409, 413, 422, 429, 500, 503} {
		if got[status] > 0 {
			parts = append(parts, fmt.Sprintf("%d×%d", status, got[status]))
		}
	}
	return strings.Join(parts, " "), got
}

type attackRun func(ctx context.Context, w *world, n int64) int
