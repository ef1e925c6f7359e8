package main

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/brosops/bros/realtime/client"
)

func TestPercentile(t *testing.T) {
	var hundred []int
	for i := 100; i > 0; i-- {
		hundred = append(hundred, i)
	}
	for share, want := range map[float64]int{0: 1, 0.5: 50, 0.9: 90, 0.99: 99, 1: 100} {
		if got := percentile(hundred, share); got != want {
			t.Errorf("p%v is %d", share*100, got)
		}
	}
	if percentile([]int(nil), 0.5) != 0 || mean([]int(nil)) != 0 {
		t.Error("of nothing")
	}
	if percentile([]time.Duration{7}, 0.99) != 7 || mean([]int{1, 2}) != 1.5 {
		t.Error("of few")
	}
}

// played is a world of four orders, one of each end.
func played() *world {
	w := &world{params: Params{Target: 40, Max: 90, PayPerOrder: 10, PayPerHour: 15}}
	a := &rider{Courier: Courier{Name: "a", On: 0, Off: 30}, id: "ra"}
	b := &rider{Courier: Courier{Name: "b", On: 0, Off: 120}, id: "rb"}
	w.riders = []*rider{a, b}
	w.jobs = []*job{
		{Order: Order{Name: "o1", Placed: 100, Ready: 110}, rider: a, pickup: 112, drop: 130, outcome: delivered, orderID: "1", deliveryID: "d1"},
		{Order: Order{Name: "o2", Placed: 100, Ready: 110}, rider: b, pickup: 116, drop: 200, outcome: delivered, orderID: "2", deliveryID: "d2"},
		{Order: Order{Name: "o3"}, outcome: cancelled, reason: reasonNoTime, orderID: "3", deliveryID: "d3"},
		{Order: Order{Name: "o4"}, outcome: notDelivered, reason: "pickup refused: not_found", orderID: "4", deliveryID: "d4"},
		{Order: Order{Name: "o5"}, outcome: notPlaced, reason: "refused: validation"},
		{Order: Order{Name: "o6"}, outcome: cancelled, reason: bySomebodyElse, orderID: "6"},
	}
	return w
}

func TestMeasures(t *testing.T) {
	w := played()
	m := w.measures()
	if mean(m.clickToDoor) != 65 || mean(m.readyToPickup) != 4 || mean(m.readyToDoor) != 55 || m.overTarget != 1 || m.overMax != 1 {
		t.Errorf("%+v", m)
	}
	if m.cost != 10+30 { // half an hour is worth less than its order, two hours more
		t.Errorf("cost %v", m.cost)
	}
	if got := w.tally(); got != (tally{placed: 5, delivered: 2, cancelled: 2, notDelivered: 1, notPlaced: 1}) {
		t.Errorf("%+v", got)
	}
}

func TestOutcomes(t *testing.T) {
	raw := func(s string) json.RawMessage { return json.RawMessage(s) }
	c := &comparison{records: map[string]map[string]json.RawMessage{
		"orders":     {"1": raw(`{"status":"completed"}`), "2": raw(`{"status":"accepted"}`), "3": raw(`{"status":"cancelled"}`)},
		"deliveries": {"d1": raw(`{"status":"delivered","riderId":"ra"}`), "d2": raw(`{"status":"pickup"}`), "d3": raw(`{"status":"cancelled"}`)},
	}}
	if got := c.outcomes(played()); len(got) != 1 || !strings.Contains(got[0], `order o2 was delivered; the server says "accepted"`) {
		t.Errorf("%q", got)
	}
}

func TestReportEndsWithTheFiveLines(t *testing.T) {
	r := &report{
		in: &Instance{Name: "day"}, w: played(), counts: &counts{}, speed: 300,
		live: client.Stats{GapsSeen: 2, GapsRepaired: 2}, latency: []time.Duration{time.Millisecond},
		compare: &comparison{compared: map[string]int{"orders": 4}}, lost: []string{"order 2: missing in the live model"},
	}
	var b strings.Builder
	r.write(&b)
	if want := "\nplaced: 5\ndelivered: 2\ncancelled: 2\nnot delivered: 1\ndifferences: 1\n"; !strings.HasSuffix(b.String(), want) {
		t.Errorf("%s", b.String())
	}
	for _, want := range []string{"day at 300 times the pace", "DIFFERS: order 2", "gaps seen 2, repaired 2", "p50 1.0 ms",
		"    1  pickup refused: not_found", "click to door      mean  65.0 min   p90 100 min   over 40 min: 1, over 90 min: 1", "cost per order     20.00"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	r.broken, r.compare, r.failed = errors.New("gone"), nil, errors.New("broken off")
	b.Reset()
	r.write(&b)
	if !strings.Contains(b.String(), "BROKEN OFF: gone") || !strings.Contains(b.String(), "not compared: broken off") {
		t.Error(b.String())
	}
}

func TestInWindow(t *testing.T) {
	now := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	records := map[string]json.RawMessage{
		"open": json.RawMessage(`{}`), "new": json.RawMessage(`{"finishedAt":"2026-01-01T23:30:00Z"}`), "old": json.RawMessage(`{"finishedAt":"2026-01-01T22:00:00Z"}`),
	}
	if got := inWindow(records, time.Hour, now); len(got) != 2 || got["old"] != nil {
		t.Errorf("%v", got)
	}
	if got := inWindow(records, 0, now); len(got) != 3 {
		t.Errorf("%v", got)
	}
}
