package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// report prints what happened and what is wrong; it answers whether nothing is.
func report(out io.Writer, r *result) bool {
	line := func(name string, format string, args ...any) {
		fmt.Fprintf(out, "%-28s %s\n", name+":", fmt.Sprintf(format, args...))
	}
	t, s := &r.calls.tally, r.audience.total()
	line("time", "%s, seed %d, %d nodes, %d clients", r.took.Round(time.Second), r.seed, r.nodes, len(r.audience.watchers))
	for _, what := range slices.Sorted(maps.Keys(r.harm)) {
		line(what, "%d", r.harm[what])
	}
	if r.drained > 0 {
		line("longest drain", "%s", r.drained.Round(time.Millisecond))
	}
	line("changes", "%d, %.0f a second", r.changes, float64(r.changes)/r.loaded.Seconds())
	line("lives of orders", "%d", r.lives)
	line("writes answered 2xx", "%d (%d of them again, by their key)", t.answered.Load(), t.replayed.Load())
	line("writes tried again", "%d of 503, %d cut off, %d without an answer; %d times no node took the connection",
		t.unavailable.Load(), t.cut.Load(), t.late.Load(), t.unreached.Load())
	line("contested assignments", "%d", r.ledger.contests)
	for _, what := range slices.Sorted(maps.Keys(r.ledger.done)) {
		line(what, "%d", r.ledger.done[what])
	}
	line("latest release", "%s after its time", r.findings.late.Round(time.Millisecond))
	line("client connections", "%d, of which %d were cut; %d polls", s.Connects, s.Cuts, s.Polls)
	line("client replies", "%d resumes, %d snapshots (%d subscriptions), %d gaps, %d resyncs, %d new epochs",
		s.Resumes, s.Snapshots, r.audience.subscriptions(), s.GapsSeen, s.Resyncs, s.Epochs)
	p50, p99, worst := quantiles(r.audience.latencies)
	line("commit to client", "p50 %s, p99 %s, worst %s, of %d messages", p50, p99, worst, r.audience.seen)
	p50, p99, worst = quantiles(r.audience.returns)
	line("away until back", "p50 %s, p99 %s, worst %s", p50, p99, worst)
	f := r.findings
	for _, group := range []struct {
		name string
		list []string
	}{
		{"acknowledged writes lost", f.lost}, {"holes in logs", f.holes}, {"double assignments", f.doubles}, {"writes done twice", f.twins},
		{"offers that are wrong", f.offers}, {"held deliveries gone wrong", f.held},
		{"diverged clients", f.diverged}, {"processes that failed", f.failed}, {"other failures", f.other},
	} {
		name := group.name
		if name == "acknowledged writes lost" {
			line(name, "%d of %d", len(group.list), r.ledger.acknowledged())
		} else {
			line(name, "%d", len(group.list))
		}
		for _, what := range group.list[:min(len(group.list), 5)] {
			fmt.Fprintf(out, "    %.600s\n", what)
		}
	}
	return f.count() == 0
}
