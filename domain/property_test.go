package domain

import (
	"encoding/json"
	"errors"
	"flag"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestRandomWork lets people of every kind do anything to anything, in any
// order, and looks after each step whether the world still makes sense. A
// failing run prints how to repeat it.
func TestRandomWork(t *testing.T) {
	if err := flag.Set("rapid.steps", "160"); err != nil {
		t.Fatal(err)
	}
	events := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		for _, p := range []place{w.a, w.b} {
			for _, status := range []DeliveryStatus{Waiting, Assigned, PickedUp} {
				w.delivery(p, status)
			}
		}
		g := &gambler{world: w, rt: rt, heads: map[string]int64{}, newest: map[string]LogEntry{}}
		defer func() {
			for _, e := range w.log {
				events[e.Event]++
			}
		}()
		rt.Repeat(map[string]func(*rapid.T){
			"order":       g.order,
			"accept":      g.accept,
			"reject":      g.reject,
			"cancelOrder": g.cancelOrder,
			"assign":      g.assign,
			"handOver":    g.handOver,
			"assignMany":  g.assignMany,
			"unassign":    g.unassign,
			"cancel":      g.cancel,
			"claim":       g.claim,
			"pickup":      g.pickup,
			"deliver":     g.deliver,
			"lateDeliver": g.lateDeliver,
			"duty":        g.duty,
			"correct":     g.correct,
			"seen":        g.seen,
			"arrive":      g.arrive,
			"problem":     g.problem,
			"resolve":     g.resolve,
			"giveBack":    g.giveBack,
			"returned":    g.returned,
			"reopen":      g.reopen,
			"release":     g.release,
			"advise":      g.advise,
			"offer":       g.offer,
			"answer":      g.answer,
			"due":         g.due,
			"mode":        g.mode,
			"fire":        g.fire,
			"time": func(rt *rapid.T) {
				w.clock = w.clock.Add(time.Duration(rapid.IntRange(0, 7200).Draw(rt, "s")) * time.Second)
			},
			"": func(*rapid.T) { g.check() },
		})
	})
	t.Log(events)
	for _, tr := range Transitions() {
		if enough := events[EventOrderCreate] > 500; enough && events[tr.Event] == 0 {
			t.Errorf("%s never happened: the steps are drawn too narrowly", tr.Event)
		}
	}
}

// gambler draws the steps.
type gambler struct {
	*world
	rt      *rapid.T
	heads   map[string]int64    // of each center, as far as the log was checked
	newest  map[string]LogEntry // of each record
	known   []string            // ids of records, as they came
	checked int                 // entries of the log
}

func (g *gambler) people() []Actor {
	w := g.world
	return []Actor{
		w.a.dispatcher, w.b.dispatcher, w.admin, System, w.a.agent, w.b.manager, w.key, w.keyOfA,
		w.a.r1, w.a.r2, w.a.off, w.b.r1, w.b.r2, w.b.r3,
	}
}

// who is mostly somebody who may: a dispatcher of the center, or the rider.
func (g *gambler) who(centerID, riderID string) Actor {
	if rapid.IntRange(0, 3).Draw(g.rt, "anybody") == 0 {
		return rapid.SampledFrom(g.people()).Draw(g.rt, "who")
	}
	for _, a := range g.people() {
		if riderID != "" && a.RiderID == riderID {
			return a
		}
	}
	if centerID == g.b.center {
		return g.b.dispatcher
	}
	return g.a.dispatcher
}

// rides is a rider of the delivery's center, or whoever has it.
func (g *gambler) rides(d Delivery) Actor {
	if d.RiderID != "" {
		if rapid.IntRange(0, 5).Draw(g.rt, "former") > 0 {
			return g.who(d.CenterID, d.RiderID)
		}
	}
	p := g.a
	if d.CenterID == g.b.center {
		p = g.b
	}
	return rapid.SampledFrom([]Actor{p.r1, p.r2, p.r3}).Draw(g.rt, "rider")
}

// pick draws a record of those there are, by the order in which they came (ids
// are random, and a run must be repeatable).
func pick[T any](g *gambler, from map[string]T, what string) (T, bool) {
	ids := slices.DeleteFunc(slices.Clone(g.known), func(id string) bool { _, there := from[id]; return !there })
	if len(ids) == 0 {
		var none T
		return none, false
	}
	return from[ids[rapid.IntRange(0, len(ids)-1).Draw(g.rt, what)]], true
}

// version is none, the right one or a wrong one.
func (g *gambler) version(is int64) *int64 {
	switch rapid.IntRange(0, 3).Draw(g.rt, "version") {
	case 0, 1:
		return nil
	case 2:
		return &is
	}
	return new(is - 1)
}

func (g *gambler) reason() string {
	return rapid.SampledFrom([]string{"", "because"}).Draw(g.rt, "reason")
}

func (g *gambler) at() Time {
	switch rapid.IntRange(0, 3).Draw(g.rt, "at") {
	case 0:
		return At(g.clock.Add(-5 * time.Minute))
	case 1:
		return At(g.clock.Add(-13 * time.Hour))
	}
	return Time{}
}

// step runs one use case and checks what every outcome has to keep.
func step[T any](g *gambler, a Actor, fn func(tx Tx) (T, error)) {
	// Without the rollback of a transaction: a refusal must not need one.
	g.appends = 0
	numbers := maps.Clone(g.numbers)
	_, err := fn(g.memory)
	if err == nil {
		return
	}
	var e *Error
	if !errors.As(err, &e) {
		g.rt.Fatalf("not an error of ours: %v", err)
	}
	switch e.Code {
	case CodeForbidden, CodeNotFound, CodeValidation, CodeConflict, CodeIllegalTransition:
	default:
		g.rt.Fatalf("unexpected: %v", err)
	}
	if (g.appends > 0) != e.Commit || !maps.Equal(numbers, g.numbers) {
		g.rt.Fatalf("a refusal that was written before: %v", err)
	}
	if d, ok := e.Current.(*Delivery); ok && a.Role == RoleRider && d.RiderID != a.RiderID {
		if d.Customer.Phone != "" || d.Customer.Memo != "" || d.Customer.AddressDetail != "" {
			g.rt.Fatalf("a rider was shown %+v", d.Customer)
		}
	}
}

func (g *gambler) accept(*rapid.T) {
	from := g.orders
	if rapid.Bool().Draw(g.rt, "fresh") {
		from = g.fresh()
	}
	if o, ok := pick(g, from, "order"); ok {
		a, v := g.who(o.CenterID, ""), g.version(o.Version)
		step(g, a, func(tx Tx) (OrderResult, error) { return g.s.AcceptOrder(ctx, tx, a, o.ID, AcceptOrder{Version: v}) })
	}
}

// mercy keeps most from being cancelled, so that some live to see more.
func (g *gambler) mercy() bool { return rapid.IntRange(0, 3).Draw(g.rt, "mercy") > 0 }

func (g *gambler) fresh() map[string]Order {
	fresh := maps.Clone(g.orders)
	maps.DeleteFunc(fresh, func(_ string, o Order) bool { return o.Status != OrderReceived })
	return fresh
}

func (g *gambler) reject(*rapid.T) {
	from := g.orders
	if rapid.Bool().Draw(g.rt, "fresh") {
		from = g.fresh()
	}
	if o, ok := pick(g, from, "order"); ok {
		a, v := g.who(o.CenterID, ""), g.version(o.Version)
		step(g, a, func(tx Tx) (OrderResult, error) { return g.s.RejectOrder(ctx, tx, a, o.ID, RejectOrder{Version: v}) })
	}
}

func (g *gambler) cancelOrder(*rapid.T) {
	if g.mercy() {
		return
	}
	if o, ok := pick(g, g.orders, "order"); ok {
		a, v := g.who(o.CenterID, ""), g.version(o.Version)
		step(g, a, func(tx Tx) (OrderResult, error) { return g.s.CancelOrder(ctx, tx, a, o.ID, CancelOrder{Version: v}) })
	}
}

// taker is mostly a rider of the delivery's center.
func (g *gambler) taker(d Delivery) string {
	r, _ := pick(g, g.riders, "taker")
	for r.CenterID != d.CenterID && rapid.IntRange(0, 7).Draw(g.rt, "stranger") > 0 {
		r, _ = pick(g, g.riders, "taker")
	}
	return r.ID
}

func (g *gambler) assign(*rapid.T) {
	if d, ok := pick(g, g.deliveries, "delivery"); ok {
		a, in := g.who(d.CenterID, ""), AssignDelivery{RiderID: g.taker(d), Version: g.version(d.Version), Reason: g.reason()}
		step(g, a, func(tx Tx) (*Delivery, error) { return g.s.Assign(ctx, tx, a, d.ID, in) })
	}
}

// handOver is an assign of what somebody has, with all that it needs.
func (g *gambler) handOver(*rapid.T) {
	if d, ok := pick(g, g.pickedUp(), "delivery"); ok {
		a, in := g.who(d.CenterID, ""), AssignDelivery{RiderID: g.taker(d), Version: &d.Version, Reason: "because"}
		step(g, a, func(tx Tx) (*Delivery, error) { return g.s.Assign(ctx, tx, a, d.ID, in) })
	}
}

func (g *gambler) assignMany(*rapid.T) {
	var in AssignMany
	for range rapid.IntRange(1, 3).Draw(g.rt, "rows") {
		if d, ok := pick(g, g.deliveries, "delivery"); ok {
			in.Assignments = append(in.Assignments, Assignment{d.ID, g.taker(d), g.version(d.Version)})
		}
	}
	in.Reason = g.reason()
	a := g.who(g.a.center, "")
	step(g, a, func(tx Tx) ([]AssignResult, error) { return g.s.AssignMany(ctx, tx, a, in) })
}

func (g *gambler) unassign(*rapid.T) {
	if d, ok := pick(g, g.deliveries, "delivery"); ok {
		a, v := g.who(d.CenterID, ""), g.version(d.Version)
		step(g, a, func(tx Tx) (*Delivery, error) { return g.s.Unassign(ctx, tx, a, d.ID, Unassign{Version: v}) })
	}
}

func (g *gambler) cancel(*rapid.T) {
	if g.mercy() {
		return
	}
	if d, ok := pick(g, g.deliveries, "delivery"); ok {
		a, v := g.who(d.CenterID, ""), g.version(d.Version)
		step(g, a, func(tx Tx) (*Delivery, error) {
			return g.s.CancelDelivery(ctx, tx, a, d.ID, CancelDelivery{Version: v})
		})
	}
}

func (g *gambler) claim(*rapid.T) {
	if d, ok := pick(g, g.deliveries, "delivery"); ok {
		a, in := g.rides(d), RiderAction{Version: g.version(d.Version), At: g.at()}
		step(g, a, func(tx Tx) (*Delivery, error) {
			got, err := g.s.Claim(ctx, tx, a, d.ID, in)
			if err == nil && got.Version != d.Version {
				load, _ := tx.OpenDeliveries(ctx, a.RiderID)
				if r := g.riders[a.RiderID]; load > r.Capacity || r.Duty != DutyOn {
					g.rt.Fatalf("a claim by a rider with %d of %d, duty %s", load, r.Capacity, r.Duty)
				}
			}
			return got, err
		})
	}
}

func (g *gambler) pickup(*rapid.T) {
	if d, ok := pick(g, g.deliveries, "delivery"); ok {
		a, in := g.rides(d), RiderAction{Version: g.version(d.Version), At: g.at(), Reason: g.reason()}
		step(g, a, func(tx Tx) (*Delivery, error) { return g.s.Pickup(ctx, tx, a, d.ID, in) })
	}
}

func (g *gambler) pickedUp() map[string]Delivery {
	held := maps.Clone(g.deliveries)
	maps.DeleteFunc(held, func(_ string, d Delivery) bool { return d.Status != PickedUp })
	return held
}

func (g *gambler) deliver(*rapid.T) {
	from := g.deliveries
	if rapid.Bool().Draw(g.rt, "ripe") {
		from = g.pickedUp()
	}
	if d, ok := pick(g, from, "delivery"); ok {
		a, in := g.rides(d), Deliver{Version: g.version(d.Version), At: g.at(), Reason: g.reason()}
		step(g, a, func(tx Tx) (*Delivery, error) { return g.s.Deliver(ctx, tx, a, d.ID, in) })
	}
}

// lateDeliver is a deliver by a rider who had some delivery once.
func (g *gambler) lateDeliver(*rapid.T) {
	type had struct{ delivery, rider string }
	var lost []had
	for _, e := range g.log {
		if d, ok := g.deliveries[e.Key]; ok && e.Before.RiderID != "" && d.RiderID != e.Before.RiderID {
			lost = append(lost, had{e.Key, e.Before.RiderID})
		}
	}
	if len(lost) == 0 {
		return
	}
	l := lost[rapid.IntRange(0, len(lost)-1).Draw(g.rt, "lost")]
	a, in := g.who("", l.rider), Deliver{At: g.at()}
	step(g, a, func(tx Tx) (*Delivery, error) { return g.s.Deliver(ctx, tx, a, l.delivery, in) })
}

func (g *gambler) duty(*rapid.T) {
	r, _ := pick(g, g.riders, "rider")
	a, id := g.who(r.CenterID, r.ID), r.ID
	in := SetDuty{Duty: rapid.SampledFrom([]Duty{DutyOn, DutyOn, DutyOff, DutyBreak}).Draw(g.rt, "duty")}
	step(g, a, func(tx Tx) (*Rider, error) { return g.s.SetDuty(ctx, tx, a, id, in) })
}

func (g *gambler) mode(*rapid.T) {
	mode := rapid.SampledFrom([]AssignMode{ModeDispatch, ModeClaim, ModeOffer, ModeOffer}).Draw(g.rt, "mode")
	step(g, g.admin, func(tx Tx) (*Center, error) {
		return g.s.UpdateCenter(ctx, tx, g.admin, g.b.center, CenterPatch{AssignMode: &mode})
	})
}

func (g *gambler) fire(*rapid.T) {
	active := rapid.Bool().Draw(g.rt, "active")
	step(g, g.a.manager, func(tx Tx) (*Rider, error) {
		return g.s.UpdateRider(ctx, tx, g.a.manager, g.a.r2.RiderID, RiderPatch{Active: &active}, "")
	})
}

// check is all that holds at any time.
func (g *gambler) check() {
	touched := map[string]Kind{}
	for _, e := range g.log[g.checked:] {
		g.heads[e.CenterID]++
		if e.Seq != g.heads[e.CenterID] {
			g.rt.Fatalf("a hole: %d after %d", e.Seq, g.heads[e.CenterID]-1)
		}
		g.checkStep(g.newest[e.Key], e)
		if g.newest[e.Key].Seq == 0 {
			g.known = append(g.known, e.Key)
		}
		g.newest[e.Key] = e
		touched[e.Key] = e.Kind
	}
	g.checked = len(g.log)
	for key, kind := range touched {
		e := g.newest[key]
		version, data := g.stored(kind, key)
		if version != e.Seq || data != string(e.Data) {
			g.rt.Fatalf("%s %s: the record is not what the log says\n%s\n%s", kind, key, data, e.Data)
		}
	}
	for _, o := range g.orders {
		g.checkOrder(o)
	}
	loads := map[string]int{}
	for _, d := range g.deliveries {
		g.checkDelivery(d)
		if d.Status.InHand() {
			loads[d.RiderID]++
		}
	}
	for id, n := range loads {
		if r := g.riders[id]; r.Duty == DutyOff || !r.Active {
			g.rt.Fatalf("rider %s carries %d on duty %s", r.Name, n, r.Duty)
		}
	}
	g.checkNumbers()
	g.checkOffers()
}

// checkStep wants every entry to be a line of the state machines, beginning
// where the record's last one ended.
func (g *gambler) checkStep(last, e LogEntry) {
	if e.Kind != KindOrder && e.Kind != KindDelivery && e.Kind != KindOffer {
		return
	}
	if e.Before != last.After {
		g.rt.Fatalf("%s %s begins at %v, was %v", e.Event, e.Key, e.Before, last.After)
	}
	known := slices.ContainsFunc(transitions, func(t Transition) bool {
		return t.Kind == e.Kind && t.From == seenAs(e.Before.Status) && t.To == seenAs(e.After.Status) && t.Event == e.Event
	})
	if !known {
		g.rt.Fatalf("no such step: %s %s → %s, %s", e.Kind, e.Before.Status, e.After.Status, e.Event)
	}
	if e.FinishedAt.IsZero() != (open(e.After.Status) && !(e.Kind == KindOffer && e.After.Status != string(OfferOpen))) {
		g.rt.Fatalf("%s: finished at %v", e.Event, e.FinishedAt)
	}
}

// seenAs is a state as the table names it.
func seenAs(status string) string {
	if status == stateHeld {
		return string(Waiting)
	}
	return status
}

func open(status string) bool {
	return slices.Contains([]string{"received", "accepted", "held", "open"}, status) || DeliveryStatus(status).Open()
}

func (g *gambler) stored(kind Kind, key string) (version int64, data string) {
	var r Record
	switch kind {
	case KindOrder:
		r = new(g.orders[key])
	case KindDelivery:
		r = new(g.deliveries[key])
	case KindRider:
		r = new(g.riders[key])
	case KindOffer:
		r = new(g.offers[key])
	case KindCenter:
		r = new(g.centers[key])
	}
	b, err := json.Marshal(r)
	if err != nil {
		g.rt.Fatal(err)
	}
	return r.version(), string(b)
}

func (g *gambler) checkOrder(o Order) {
	d, has := g.deliveries[o.DeliveryID]
	want := map[OrderStatus]bool{
		OrderReceived:  !has,
		OrderRejected:  !has,
		OrderAccepted:  has && d.Status.Open(),
		OrderCompleted: has && d.Status == Delivered,
		OrderCancelled: !has || d.Status == Cancelled,
		OrderFailed:    has && (d.Status == Returned || d.Status == Failed),
	}
	if !want[o.Status] || has && d.OrderID != o.ID {
		g.rt.Fatalf("order %s %s with delivery %v %s", o.Number, o.Status, has, d.Status)
	}
}

func (g *gambler) checkDelivery(d Delivery) {
	switch d.Status {
	case Waiting:
		if d.RiderID != "" || d.RiderName != "" || !d.AssignedAt.IsZero() {
			g.rt.Fatalf("waiting with rider %s", d.RiderName)
		}
	case Assigned, PickedUp, Returning, Delivered, Returned, Failed:
		r := g.riders[d.RiderID]
		if r.CenterID != d.CenterID || d.AssignedAt.IsZero() {
			g.rt.Fatalf("%s by %q of %s", d.Status, r.Name, r.CenterID)
		}
	}
	if (d.Status == PickedUp || d.Status == Delivered) && d.PickedUpAt.IsZero() {
		g.rt.Fatalf("%s without pickedUpAt", d.Status)
	}
}
