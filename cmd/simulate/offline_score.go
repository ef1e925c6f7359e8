package main

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// score is the problem's measures of one day, or their means over several.
type score struct {
	orders, undelivered float64
	clickToDoor, p90    float64
	readyToPickup       float64
	cost, bundle        float64
	ticks               []time.Duration
}

// score measures a day from its events alone, and lists the rules they break.
func (r *result) score(in *Instance) (score, []string) {
	broken := append(slices.Clone(r.broken), verify(in, r.events)...)
	s := score{orders: float64(len(in.Orders)), ticks: r.ticks}
	type pick struct {
		courier string
		at      int
	}
	var doors, waits []int
	told, bundles := map[string]int{}, map[pick]bool{}
	order := map[string]*Order{}
	for i := range in.Orders {
		order[in.Orders[i].Name] = &in.Orders[i]
	}
	for _, e := range r.events {
		o := order[e.order]
		if e.courier == "" || o == nil {
			continue
		}
		doors = append(doors, e.dropoff-o.Placed)
		waits = append(waits, e.pickup-o.Ready)
		told[e.courier]++
		bundles[pick{e.courier, e.pickup}] = true
	}
	n := float64(len(doors))
	if s.orders > 0 {
		s.undelivered = 100 * (s.orders - n) / s.orders
	}
	s.clickToDoor, s.p90, s.readyToPickup = mean(doors), float64(percentile(doors, 0.9)), mean(waits)
	for _, c := range in.Couriers {
		s.cost += max(in.Params.PayPerOrder*float64(told[c.Name]), in.Params.PayPerHour*float64(c.Off-c.On)/60)
	}
	if n > 0 {
		s.cost /= n
		s.bundle = n / float64(len(bundles))
	}
	return s, broken
}

// meanOf is over days; the ticks are those of all.
func meanOf(all []score) score {
	var m score
	n := float64(max(1, len(all)))
	for _, s := range all {
		m.orders += s.orders / n
		m.undelivered += s.undelivered / n
		m.clickToDoor += s.clickToDoor / n
		m.p90 += s.p90 / n
		m.readyToPickup += s.readyToPickup / n
		m.cost += s.cost / n
		m.bundle += s.bundle / n
		m.ticks = append(m.ticks, s.ticks...)
	}
	return m
}

func (s *score) write(w io.Writer) {
	ms := func(q float64) float64 { return float64(percentile(s.ticks, q)) / float64(time.Millisecond) }
	fmt.Fprintf(w, "undelivered: %.3f %%\n", s.undelivered)
	fmt.Fprintf(w, "click-to-door: %.2f p90 %.1f\n", s.clickToDoor, s.p90)
	fmt.Fprintf(w, "ready-to-pickup: %.2f\n", s.readyToPickup)
	fmt.Fprintf(w, "cost per order: %.2f\n", s.cost)
	fmt.Fprintf(w, "orders per bundle: %.3f\n", s.bundle)
	fmt.Fprintf(w, "tick: p50 %.2f p99 %.2f max %.2f\n", ms(0.5), ms(0.99), ms(1))
}
