package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/domain/dispatch/planner"
)

// offline replays instances against a policy alone, on a simulated clock.
func offline(ctx context.Context, s settings, stdout, stderr io.Writer) int {
	var days []*Instance
	for _, dir := range strings.Split(s.data, ",") {
		in, err := LoadInstance(dir)
		if err != nil {
			fmt.Fprintf(stderr, "simulate: %s can't be read:\n%v\n", dir, err)
			return exitUsage
		}
		days = append(days, in)
	}
	if s.world == "evening" {
		return evenings(ctx, s, days, stdout)
	}
	results := make([]*result, len(days))
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(len(days), runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := range next {
				results[i] = playOffline(ctx, days[i], s)
			}
		})
	}
	for i := range days {
		next <- i
	}
	close(next)
	wg.Wait()
	if ctx.Err() != nil {
		return codeOf(context.Cause(ctx))
	}

	code := exitOK
	var all []score
	for i, r := range results {
		sc, broken := r.score(days[i])
		for _, b := range broken {
			fmt.Fprintf(stderr, "simulate: %s: RULE BROKEN: %s\n", days[i].Name, b)
			code = exitDifferent
		}
		fmt.Fprintf(stdout, "instance: %s\n", days[i].Name)
		sc.write(stdout)
		all = append(all, sc)
	}
	fmt.Fprintf(stdout, "all: %d\n", len(days))
	mean := meanOf(all)
	mean.write(stdout)
	if s.out != "" {
		if err := writeEvents(s.out, days, results); err != nil {
			fmt.Fprintln(stderr, "simulate:", err)
			return exitDifferent
		}
	}
	return code
}

func playOffline(ctx context.Context, in *Instance, s settings) *result {
	d := newDay(in)
	var p policy = newPlanning(d, planner.Balance(s.balance))
	if s.policy == "greedy" {
		p = newGreedy(d)
	}
	return d.play(ctx, p)
}

// evenings plays what the problem leaves out, one after the other.
func evenings(ctx context.Context, s settings, days []*Instance, stdout io.Writer) int {
	var all eveningScore
	for _, in := range days {
		e := newEvening(in, s.seed)
		e.center.Balance = domain.Balance(s.balance)
		p := newEveningPlan()
		if s.policy == "greedy" {
			g := newEveningGreedy()
			e.play(ctx, g)
			p = g.eveningPlan
		} else {
			e.play(ctx, p)
		}
		if ctx.Err() != nil {
			return codeOf(context.Cause(ctx))
		}
		sc := e.score()
		sc.ticks = p.ticks
		fmt.Fprintf(stdout, "evening: %s\n", in.Name)
		sc.write(stdout)
		all.add(&sc)
	}
	fmt.Fprintf(stdout, "all: %d\n", len(days))
	all.write(stdout)
	return exitOK
}

// writeEvents writes what happened to each order.
func writeEvents(path string, days []*Instance, results []*result) error {
	var b strings.Builder
	b.WriteString("instance,order,courier,assigned,pickup,dropoff\n")
	for i, r := range results {
		for _, e := range r.events {
			if e.courier == "" {
				fmt.Fprintf(&b, "%s,%s,,,,\n", days[i].Name, e.order)
				continue
			}
			fmt.Fprintf(&b, "%s,%s,%s,%d,%d,%d\n", days[i].Name, e.order, e.courier, e.assigned, e.pickup, e.dropoff)
		}
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}
