// Command chaos runs several bros nodes and the Redis between them, does them
// harm under load, and compares in the end what was acknowledged, what the
// clients see and what the database holds. It prints the counts, and exits with
// 1 when anything was lost, done twice or seen differently.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// settings are the command line.
type settings struct {
	bros    string
	redis   string
	rolling bool
	time    time.Duration
	nodes   int
	centers int
	riders  int
	clients int
	rate    float64
	seed    uint64
	dir     string
	verbose bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	s, err := parse(os.Args[1:])
	if err != nil {
		os.Exit(2)
	}
	ok, err := run(ctx, s, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

func parse(args []string) (s settings, err error) {
	f := flag.NewFlagSet("chaos", flag.ContinueOnError)
	f.StringVar(&s.bros, "bros", "bin/bros", "the `program` to run")
	f.StringVar(&s.redis, "redis", "redis-server", "the `program` that joins the nodes; empty: they share the database alone")
	f.BoolVar(&s.rolling, "rolling", false, "restart the nodes politely, one by one, in place of the chaos; then not one write may be cut off and no client may need a snapshot")
	f.DurationVar(&s.time, "time", 10*time.Minute, "how `long`")
	f.IntVar(&s.nodes, "nodes", 3, "how many nodes")
	f.IntVar(&s.centers, "centers", 6, "how many centers")
	f.IntVar(&s.riders, "riders", 6, "riders of each center")
	f.IntVar(&s.clients, "clients", 120, "how many clients follow")
	f.Float64Var(&s.rate, "rate", 50, "changes a second")
	f.Uint64Var(&s.seed, "seed", 0, "of the faults and the load (0: random)")
	f.StringVar(&s.dir, "dir", "", "`folder` of the database and the logs (default: a temporary one, removed when all is well)")
	f.BoolVar(&s.verbose, "v", false, "say what is done to whom")
	err = f.Parse(args)
	return s, err
}

// result is what a run came to.
type result struct {
	seed     uint64
	took     time.Duration
	loaded   time.Duration // of it: under load
	changes  int64         // numbers that were taken in the logs
	nodes    int
	harm     map[string]int
	drained  time.Duration
	lives    int64
	calls    *caller
	ledger   *ledger
	audience *audience
	findings *findings
}

// run runs one scenario and reports whether all was well.
func run(ctx context.Context, s settings, out io.Writer) (ok bool, err error) {
	if s.seed == 0 {
		s.seed = rand.Uint64()
	}
	if s.bros, err = filepath.Abs(s.bros); err != nil {
		return false, err
	}
	if s.dir == "" {
		if s.dir, err = os.MkdirTemp("", "bros-chaos-"); err != nil {
			return false, err
		}
		defer func() {
			if ok {
				_ = os.RemoveAll(s.dir)
			} else {
				fmt.Fprintf(out, "the database and the logs are in %s\n", s.dir)
			}
		}()
	}
	fmt.Fprintf(out, "seed %d, in %s\n", s.seed, s.dir)
	c, err := newCluster(ctx, s.dir, s.bros, s.redis, s.nodes)
	if err != nil {
		return false, err
	}
	defer c.stop()
	r, err := s.play(ctx, c, out)
	if err != nil {
		return false, err
	}
	return report(out, r), nil
}

// endTime bounds how long the load may take to end when all is well again.
const endTime = 3 * time.Minute

// play is the scenario on a cluster that runs.
func (s settings) play(ctx context.Context, c *cluster, out io.Writer) (*result, error) {
	begun := time.Now()
	var line sync.Mutex
	log := func(format string, args ...any) {
		if s.verbose {
			line.Lock()
			defer line.Unlock()
			fmt.Fprintf(out, "%6.1fs "+format+"\n", append([]any{time.Since(begun).Seconds()}, args...)...)
		}
	}
	calls := &caller{http: c.client(), within: 5 * time.Second}
	if s.rolling {
		calls.within = time.Minute // nothing may hang: a request that did would show
	}
	w, err := settle(ctx, calls, s.centers, s.riders)
	if err != nil {
		return nil, fmt.Errorf("set up: %w", err)
	}
	watching, stopWatching := context.WithCancel(ctx)
	var health sync.WaitGroup
	defer health.Wait()
	health.Go(func() { c.checkHealth(watching) })
	a := watch(watching, c, w, s.clients)
	defer a.running.Wait()
	defer stopWatching()
	if err := a.settled(ctx); err != nil {
		return nil, fmt.Errorf("clients: %w", err)
	}
	log("%d clients follow %d centers on %d nodes", s.clients, s.centers, s.nodes)

	// From here on everything counts.
	calls = &caller{http: calls.http, within: calls.within}
	before, err := numbers(ctx, s.url(), w)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	load := &work{calls: calls, world: w, ledger: newLedger()}
	loading, stopLoad := context.WithCancel(ctx)
	defer stopLoad()
	begin, stopBegin := context.WithCancel(ctx)
	defer stopBegin()
	ended := make(chan error, 1)
	go func() { ended <- load.run(loading, begin, s.rate, s.seed) }()

	f := &faults{c: c, rnd: rand.New(rand.NewPCG(s.seed, 2)), log: log, done: map[string]int{}}
	harming, stopHarm := context.WithTimeout(ctx, s.time)
	defer stopHarm()
	var harm sync.WaitGroup
	harm.Go(func() {
		defer stopBegin()
		if s.rolling {
			f.roll(harming)
		} else {
			f.run(harming)
		}
	})
	var failed error
	select {
	case failed = <-ended: // only because something is wrong
		stopHarm()
		harm.Wait()
	case <-begin.Done():
		harm.Wait()
		log("the load ends")
		limit := time.AfterFunc(endTime, stopLoad)
		failed = <-ended
		limit.Stop()
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	log("comparing")
	r := &result{seed: s.seed, took: time.Since(begun), loaded: time.Since(start), nodes: s.nodes, harm: f.done, drained: f.longest, lives: load.lives.Load(),
		calls: calls, ledger: load.ledger, audience: a}
	if r.changes, err = numbers(ctx, s.url(), w); err != nil {
		return nil, err
	}
	r.changes -= before
	if r.findings, err = check(ctx, s.url(), w, load.ledger, a); err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	r.findings.failed = f.failed
	if failed != nil {
		if errors.Is(failed, context.Canceled) {
			failed = fmt.Errorf("the load did not end within %s of the last fault: %w", endTime, failed)
		}
		r.findings.other = append(r.findings.other, failed.Error())
	}
	if s.rolling {
		r.findings.other = append(r.findings.other, r.flickers()...)
	}
	return r, nil
}

func (s settings) url() string { return "sqlite:" + filepath.Join(s.dir, "bros.db") }
