// Command simulate replays a real day of orders and couriers against a running
// bros server, as shops, a call center, a dispatcher and riders would, and says
// in the end whether every order is accounted for and whether what a console
// saw live equals what the server holds.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// The exit codes.
const (
	exitOK          = 0
	exitDifferent   = 1 // or broken off
	exitUsage       = 2
	exitInterrupted = 130
)

var errInterrupted = errors.New("interrupted")

func main() {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		signal.Stop(signals) // a second one ends the process at once
		cancel(errInterrupted)
	}()
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// run is main without the process around it.
func run(ctx context.Context, args []string, env func(string) string, stdout io.Writer, stderr *os.File) int {
	s, err := parse(args, env, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	if err != nil {
		fmt.Fprintf(stderr, "simulate:\n%v\n\nsimulate -help says more.\n", err)
		return exitUsage
	}
	if s.offline {
		return offline(ctx, s, stdout, stderr)
	}
	in, err := LoadInstance(s.data)
	if err != nil {
		fmt.Fprintf(stderr, "simulate: the instance can't be read:\n%v\n", err)
		return exitUsage
	}
	r, err := replay(ctx, s, in, newProgress(stderr, len(in.Orders)))
	if err != nil {
		fmt.Fprintln(stderr, "simulate:", err)
		return codeOf(err)
	}
	r.write(stdout)
	switch {
	case r.broken != nil:
		return codeOf(r.broken)
	case r.failed != nil, len(r.lost) > 0, r.w.tally().notPlaced > 0:
		return exitDifferent
	}
	return exitOK
}

func codeOf(err error) int {
	if errors.Is(err, errInterrupted) {
		return exitInterrupted
	}
	return exitDifferent
}

// replay plays an instance. It answers an error when the set-up fails; what
// goes wrong later is in the report.
func replay(ctx context.Context, s settings, in *Instance, p *progress) (*report, error) {
	w := newWorld(in, s.lead)
	within := s.deadline(w.day())
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("not done within %s (-timeout)", within))
	defer cancel()
	a := newAPI(s.server, s.patience)
	desk := &login{name: s.login, password: s.password}
	p.say("setting up a center with %d shops and %d riders", len(in.Restaurants), len(in.Couriers))
	server, err := setUp(ctx, a, desk, in, w, s)
	if err != nil {
		return nil, err
	}
	var told *news
	if s.drives() {
		told = newNews()
	}
	c := openConsole(ctx, s.server, server, told)
	defer c.close()

	a.counts.begin()
	begun := time.Now()
	e := newEngine(w, server, s.speed)
	e.done, e.wall = p.show, server.now
	if told != nil {
		e.drove = newDriven(told, s, w)
	}
	r := &report{in: in, w: w, center: server.center, speed: s.speed, counts: &a.counts}
	r.broken = e.run(ctx)
	r.took, r.lacked = time.Since(begun), e.lacked
	p.end()
	if r.broken == nil {
		if r.compare, r.failed = c.compare(ctx); r.failed == nil {
			r.lost = append(r.compare.differences, r.compare.outcomes(w)...)
		}
	} else {
		r.failed = errors.New("the replay was broken off")
	}
	if r.failed != nil && r.broken == nil {
		r.lost = append(r.lost, r.failed.Error()) // a model that can't catch up is one
	}
	r.live, r.latency = c.Stats(), c.latencies.all()
	return r, nil
}
