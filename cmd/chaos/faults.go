package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"
)

// drainTime is how long a node may take to end after SIGTERM.
const drainTime = 10 * time.Second

// faults does harm at random, and notes what it did.
type faults struct {
	c   *cluster
	rnd *rand.Rand
	log func(format string, args ...any)

	mu      sync.Mutex
	done    map[string]int
	longest time.Duration // of the drains
	failed  []string
}

// run does harm to one part after the other until ctx ends; then everything runs
// again. Now and then the next part is harmed before the last has recovered.
func (f *faults) run(ctx context.Context) {
	f.done = map[string]int{}
	var mending sync.WaitGroup
	busy := make([]sync.Mutex, len(f.c.nodes)+1) // the last is Redis's
	for rest(ctx, time.Duration(500+f.rnd.IntN(3000))*time.Millisecond) {
		i := f.rnd.IntN(len(f.c.nodes) + 1)
		kind, span := f.rnd.IntN(4), time.Duration(f.rnd.IntN(3000))*time.Millisecond
		if f.rnd.IntN(12) == 0 {
			span += 8 * time.Second // longer than clients and probes wait
		}
		if i == len(f.c.nodes) && f.c.redis == nil || !busy[i].TryLock() {
			continue
		}
		mending.Go(func() {
			defer busy[i].Unlock()
			if i == len(f.c.nodes) {
				f.harmRedis(ctx, kind, span)
			} else {
				f.harmNode(ctx, f.c.nodes[i], kind, span)
			}
		})
	}
	mending.Wait()
}

func (f *faults) note(what string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.done[what]++
	if err != nil {
		f.failed = append(f.failed, fmt.Sprintf("%s: %v", what, err))
		f.log("%s: %v", what, err)
	}
}

// harmNode leaves the node running, whenever ctx ends.
func (f *faults) harmNode(ctx context.Context, n *node, kind int, span time.Duration) {
	switch kind {
	case 0, 1:
		f.log("kill %s for %s", n.name, span)
		n.kill()
		f.note("kill node", nil)
	case 2:
		f.log("stop %s for %s", n.name, span)
		err := n.signal(syscall.SIGSTOP)
		rest(ctx, span)
		if cerr := n.signal(syscall.SIGCONT); err == nil {
			err = cerr
		}
		f.note("pause node", err)
		return
	case 3:
		f.log("drain %s, away for %s", n.name, span)
		took, err := n.drain(drainTime)
		f.mu.Lock()
		f.longest = max(f.longest, took)
		f.mu.Unlock()
		f.note("drain node", err)
	}
	rest(ctx, span)
	f.up(n)
}

// up starts a node and waits until it is ready.
func (f *faults) up(n *node) {
	err := n.start()
	if err == nil {
		err = n.awaitReady(context.Background())
	}
	if err != nil {
		f.note("start node", err)
	}
}

// harmRedis leaves Redis running and well.
func (f *faults) harmRedis(ctx context.Context, kind int, span time.Duration) {
	r := f.c.redis
	switch kind {
	case 0: // and comes back empty
		f.log("kill redis for %s", span)
		r.kill()
		rest(ctx, span)
		f.note("kill redis", r.start())
	case 1:
		f.log("stop redis for %s", span)
		err := r.signal(syscall.SIGSTOP)
		rest(ctx, span)
		if cerr := r.signal(syscall.SIGCONT); err == nil {
			err = cerr
		}
		f.note("pause redis", err)
	case 2: // refuses writes, as after a failed background save
		f.log("redis refuses writes for %s", span)
		f.command("CONFIG SET min-replicas-to-write 1")
		rest(ctx, span)
		f.command("CONFIG SET min-replicas-to-write 0")
		f.note("redis refuses writes", nil)
	case 3: // the connections of everybody
		f.log("redis drops its clients")
		f.command("CLIENT KILL TYPE normal")
		f.command("CLIENT KILL TYPE pubsub")
		f.note("redis drops clients", nil)
	}
}

// command tells Redis something. It is under our hands: what fails here shows
// in what follows.
func (f *faults) command(line string) {
	conn, err := net.DialTimeout("tcp", f.c.where, time.Second)
	if err != nil {
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := fmt.Fprintf(conn, "%s\r\n", line); err == nil {
		answer := make([]byte, 64)
		if n, err := conn.Read(answer); err == nil && strings.HasPrefix(string(answer[:n]), "-") {
			f.log("redis: %s: %s", line, answer[:n])
		}
	}
}
