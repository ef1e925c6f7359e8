package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/brosops/bros/realtime/client"
)

// report is what a replay came to.
type report struct {
	in      *Instance
	w       *world
	center  string
	speed   float64
	took    time.Duration
	broken  error // why it did not come to its end
	lacked  int   // dispatches for which the server suggested nobody who could
	counts  *counts
	live    client.Stats
	latency []time.Duration // of committed changes, as the live connection saw them
	compare *comparison     // nil: not made
	failed  error           // why the comparison was not made
	lost    []string        // all differences
}

// tally is how many orders came to each end.
type tally struct{ placed, delivered, cancelled, notDelivered, notPlaced int }

func (w *world) tally() tally {
	var t tally
	for _, j := range w.jobs {
		switch j.outcome {
		case delivered:
			t.delivered++
		case cancelled:
			t.cancelled++
		case notPlaced:
			t.notPlaced++
		default:
			t.notDelivered++
		}
	}
	t.placed = len(w.jobs) - t.notPlaced
	return t
}

// measures are those of the problem, in simulated minutes.
type measures struct {
	clickToDoor, readyToPickup, readyToDoor []int
	overTarget, overMax                     int
	cost                                    float64 // of all couriers
}

func (w *world) measures() measures {
	var m measures
	orders := map[*rider]int{}
	for _, j := range w.jobs {
		if j.outcome != delivered || j.rider == nil {
			continue
		}
		orders[j.rider]++
		door := j.drop - j.Placed
		m.clickToDoor = append(m.clickToDoor, door)
		m.readyToPickup = append(m.readyToPickup, j.pickup-j.Ready)
		m.readyToDoor = append(m.readyToDoor, j.drop-j.Ready)
		if door > w.params.Target {
			m.overTarget++
		}
		if door > w.params.Max {
			m.overMax++
		}
	}
	for _, r := range w.riders {
		hours := float64(r.Off-r.On) / 60
		m.cost += max(w.params.PayPerOrder*float64(orders[r]), w.params.PayPerHour*hours)
	}
	return m
}

// reasons are the orders that ended so, by reason, the most frequent first.
func (w *world) reasons(o outcome) []string {
	n := map[string]int{}
	for _, j := range w.jobs {
		if j.outcome == o && j.reason != "" {
			n[j.reason]++
		}
	}
	keys := slices.SortedFunc(maps.Keys(n), func(a, b string) int {
		return cmp.Or(n[b]-n[a], cmp.Compare(a, b))
	})
	for i, k := range keys {
		keys[i] = fmt.Sprintf("%5d  %s", n[k], k)
	}
	return keys
}

// maxShown is how many differences are listed one by one.
const maxShown = 20

// write prints the report; it ends with the five lines of the contract.
func (r *report) write(out io.Writer) {
	p := func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
	pace := "as fast as it could"
	if r.speed > 0 {
		pace = fmt.Sprintf("at %g times the pace", r.speed)
	}
	p("")
	p("%s %s in %s: %d orders, %d restaurants, %d couriers, center %s",
		r.in.Name, pace, r.took.Round(100*time.Millisecond), len(r.in.Orders), len(r.in.Restaurants), len(r.in.Couriers), r.center)
	if r.broken != nil {
		p("BROKEN OFF: %v", r.broken)
	}

	m, t := r.w.measures(), r.w.tally()
	p("\nday of the simulation")
	span := func(name string, v []int, more string) {
		p("  %-18s mean %5.1f min   p90 %3d min%s", name, mean(v), percentile(v, 0.9), more)
	}
	span("click to door", m.clickToDoor, fmt.Sprintf("   over %d min: %d, over %d min: %d", r.w.params.Target, m.overTarget, r.w.params.Max, m.overMax))
	span("ready to pickup", m.readyToPickup, "")
	span("ready to door", m.readyToDoor, "")
	if t.delivered > 0 {
		p("  %-18s %.2f", "cost per order", m.cost/float64(t.delivered))
	}
	for _, o := range []outcome{cancelled, notDelivered, notPlaced, delivered} {
		for i, line := range r.w.reasons(o) {
			if i == 0 {
				p("  %s, why:", o)
			}
			p("  %s", line)
		}
	}
	r.writeServer(p)
	r.writeComparison(p)

	p("")
	p("placed: %d", t.placed)
	p("delivered: %d", t.delivered)
	p("cancelled: %d", t.cancelled)
	p("not delivered: %d", t.notDelivered)
	p("differences: %d", len(r.lost))
}

func (r *report) writeServer(p func(string, ...any)) {
	requests, failed, why, replayed, writes := r.counts.summary()
	p("\nserver")
	if why != "" {
		why = " (" + why + ")"
	}
	p("  requests %d, failed %d%s, answered again from an idempotency key %d", requests, failed, why, replayed)
	if r.lacked > 0 {
		p("  deliveries for which no suggested rider could go: %d", r.lacked)
	}
	times := func(name string, d []time.Duration) {
		p("  %-18s p50 %s   p99 %s   (%d)", name, ms(percentile(d, 0.5)), ms(percentile(d, 0.99)), len(d))
	}
	times("write", writes)
	times("commit to socket", r.latency)
	s := r.live
	p("  live: sockets %d, cut %d, messages %d, positions and other volatile %d, snapshots %d, resumes %d (bringing %d changes), polls %d",
		s.Connects, s.Cuts, s.Messages, s.Volatile, s.Snapshots, s.Resumes, s.Repaired, s.Polls)
	p("  gaps seen %d, repaired %d (resyncs %d, new epochs %d)", s.GapsSeen, s.GapsRepaired, s.Resyncs, s.Epochs)
}

func (r *report) writeComparison(p func(string, ...any)) {
	p("\nlive model and REST")
	if r.compare == nil {
		p("  not compared: %v", r.failed)
		return
	}
	for _, room := range rooms {
		p("  %-18s %d compared", room.list, r.compare.compared[room.list])
	}
	for i, d := range r.lost {
		if i == maxShown {
			p("  … and %d more", len(r.lost)-maxShown)
			break
		}
		p("  DIFFERS: %s", d)
	}
}

func ms(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
