package report

import (
	"encoding/json"
	"hash/maphash"
	"math"
	"strings"
	"time"

	"github.com/brosops/bros/domain"
)

// tally gathers the figures of the orders and deliveries of a span of time.
// Tallies of parts of the span are merged: a year is counted on all cores.
type tally struct {
	calendar domain.Calendar
	now      int64 // milliseconds since 1970, as all times here
	days     bool  // gather the days too
	counts   counts
	hours    [24]HourFigures
	stages   [len(stageNames)]durations
	late     Late
	amount   int64
	cash     int64

	riders   map[string]*riderTally
	shops    map[string]*shopTally // by the shop as its records keep it
	reasons  map[reason]int
	failures map[failure]int
	perDay   map[string]*dayTally
	placed   map[uint64]int64 // when each order was created, by the hash of its id

	seed    maphash.Seed
	dayFrom int64 // the day of the last record, and its name: most have the same
	dayTo   int64
	dayName string
}

type counts struct {
	orders     map[string]int
	deliveries map[string]int
}

type riderTally struct {
	RiderFigures
	took durations
}

type shopTally struct {
	ShopFigures
	took durations
}

type dayTally struct {
	DayFigures
	took durations
}

// reason is why orders came to nothing.
type reason struct{ status, by, text string }

// failure is how, and why, deliveries came back or were written off.
type failure struct {
	status domain.DeliveryStatus
	kind   domain.ProblemKind
}

// durations are tenths of a second.
type durations []int32

func (d *durations) add(from, to int64) {
	if from != 0 && to != 0 {
		*d = append(*d, int32(min(max(0, to-from)/100, math.MaxInt32)))
	}
}

// The stages of the way, in order.
var stageNames = [...]string{"accept", "assign", "pickup", "deliver", "total"}

const (
	stageAccept = iota
	stageAssign
	stagePickup
	stageDeliver
	stageTotal
)

func newTally(calendar domain.Calendar, now time.Time, days bool, seed maphash.Seed) *tally {
	t := &tally{
		calendar: calendar, now: now.UnixMilli(), days: days, seed: seed,
		counts: counts{
			orders:     zeroes(domain.OrderStatuses, "total"),
			deliveries: zeroes(domain.DeliveryStatuses, "total", heldCount),
		},
		riders: map[string]*riderTally{}, shops: map[string]*shopTally{}, reasons: map[reason]int{}, failures: map[failure]int{},
		perDay: map[string]*dayTally{}, placed: map[uint64]int64{},
	}
	for h := range t.hours {
		t.hours[h].Hour = h
	}
	return t
}

// heldCount is how reports call waiting deliveries that are not to be given yet.
const heldCount = "held"

// zeroes are counts of all states, and of more.
func zeroes[S ~string](states []S, more ...string) map[string]int {
	out := map[string]int{}
	for _, s := range states {
		out[string(s)] = 0
	}
	for _, s := range more {
		out[s] = 0
	}
	return out
}

// day is the figures of the day that a time belongs to; nil when days are not asked for.
func (t *tally) day(at int64) *dayTally {
	if !t.days {
		return nil
	}
	if at < t.dayFrom || at >= t.dayTo {
		t.dayName = t.calendar.Day(time.UnixMilli(at))
		t.dayFrom, t.dayTo = t.calendar.Start(t.dayName).UnixMilli(), t.calendar.End(t.dayName).UnixMilli()
	}
	d := t.perDay[t.dayName]
	if d == nil {
		d = &dayTally{DayFigures: DayFigures{Date: t.dayName}}
		t.perDay[t.dayName] = d
	}
	return d
}

func (t *tally) hour(at int64) *HourFigures {
	return &t.hours[time.UnixMilli(at).In(t.calendar.Zone()).Hour()]
}

func (t *tally) addOrder(o *domain.OrderFact) {
	t.counts.orders["total"]++
	t.counts.orders[string(o.Status)]++
	t.hour(o.CreatedAt).Orders++
	t.stages[stageAccept].add(o.CreatedAt, o.AcceptedAt)
	t.placed[maphash.String(t.seed, o.ID)] = o.CreatedAt
	if d := t.day(o.CreatedAt); d != nil {
		d.Orders++
	}
	if o.Status == domain.OrderRejected || o.Status == domain.OrderCancelled {
		t.reasons[reason{string(o.Status), o.CancelledBy, o.Reason}]++
	}
}

// promiseCounts says whether a delivery is one that can be late: it had a
// promise, and was handed over or is still to be.
func promiseCounts(status domain.DeliveryStatus, promised int64) bool {
	return promised != 0 && (status == domain.Delivered || status.Open())
}

// lateAt says whether a delivery came, or at this time would come, after its promise.
func lateAt(status domain.DeliveryStatus, promised, delivered, now int64) bool {
	if !promiseCounts(status, promised) {
		return false
	}
	if delivered == 0 {
		delivered = now
	}
	return delivered > promised
}

// IsLate reports whether a delivery came, or at now would come, after its promise.
func IsLate(d *domain.Delivery, now domain.Time) bool {
	return lateAt(d.Status, millisOf(d.PromisedAt), millisOf(d.HandedOverAt()), millisOf(now))
}

func millisOf(t domain.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// addDelivery counts a delivery; placed says when its order was created, as
// far as the span's tallies know.
func (t *tally) addDelivery(d *domain.DeliveryFact, placed func(id uint64) (int64, bool)) {
	t.counts.deliveries["total"]++
	if d.Status == domain.Waiting && d.HeldUntil != 0 {
		t.counts.deliveries[heldCount]++
	} else {
		t.counts.deliveries[string(d.Status)]++
	}
	hour, day := t.hour(d.CreatedAt), t.day(d.CreatedAt)
	hour.Deliveries++
	late := lateAt(d.Status, d.PromisedAt, d.DeliveredAt, t.now)
	if promiseCounts(d.Status, d.PromisedAt) {
		t.late.Of++
	}
	if late {
		t.late.Count++
		hour.Late++
	}
	t.stages[stageAssign].add(d.CreatedAt, d.AssignedAt)
	t.stages[stagePickup].add(d.AssignedAt, d.PickedUpAt)
	t.stages[stageDeliver].add(d.PickedUpAt, d.DeliveredAt)
	ordered, known := placed(maphash.String(t.seed, d.OrderID))
	if !known { // the order is of the day before
		ordered = d.CreatedAt
	}
	t.stages[stageTotal].add(ordered, d.DeliveredAt)
	hour.add(d.Status)
	switch d.Status {
	case domain.Delivered:
		t.amount += d.Amount
		if d.Method == domain.Cash {
			t.cash += d.Amount
		}
	case domain.Failed, domain.Returned:
		t.failures[failure{d.Status, d.FailReason}]++
	}
	if day != nil {
		day.add(d, late, ordered)
	}
	t.addShop(d, late, ordered)
	if d.RiderID != "" {
		t.addRider(d, late)
	}
}

func (y *dayTally) add(d *domain.DeliveryFact, late bool, ordered int64) {
	y.Deliveries++
	if late {
		y.Late++
	}
	y.Ends.add(d.Status)
	if d.Status == domain.Delivered {
		y.Amount += d.Amount
		y.took.add(ordered, d.DeliveredAt)
	}
}

func (t *tally) addShop(d *domain.DeliveryFact, late bool, ordered int64) {
	s := t.shops[d.Shop]
	if s == nil {
		s = &shopTally{}
		var ref domain.ShopRef
		if err := json.Unmarshal([]byte(d.Shop), &ref); err == nil {
			s.ShopID, s.ShopName = ref.ID, ref.Name
		}
		t.shops[strings.Clone(d.Shop)] = s
	}
	s.Deliveries++
	if late {
		s.Late++
	}
	s.add(d.Status)
	if d.Status == domain.Delivered {
		s.Amount += d.Amount
		s.took.add(ordered, d.DeliveredAt)
	}
}

func (t *tally) addRider(d *domain.DeliveryFact, late bool) {
	r := t.riders[d.RiderID]
	if r == nil {
		r = &riderTally{RiderFigures: RiderFigures{RiderID: d.RiderID}}
		t.riders[d.RiderID] = r
	}
	r.RiderName = d.RiderName
	if late {
		r.Late++
	}
	r.add(d.Status)
	switch {
	case d.Status == domain.Delivered:
		r.Amount += d.Amount
		if d.Method == domain.Cash {
			r.Cash += d.Amount
		}
		r.took.add(d.AssignedAt, d.DeliveredAt)
	case d.Status.Open():
		r.Open++
	}
}

// merge adds what another tally has counted, of a later part of the span.
func (t *tally) merge(o *tally) {
	addCounts(t.counts.orders, o.counts.orders)
	addCounts(t.counts.deliveries, o.counts.deliveries)
	for i := range t.hours {
		a, b := &t.hours[i], &o.hours[i]
		a.Orders, a.Deliveries, a.Late = a.Orders+b.Orders, a.Deliveries+b.Deliveries, a.Late+b.Late
		a.Merge(b.Ends)
	}
	for i := range t.stages {
		t.stages[i] = append(t.stages[i], o.stages[i]...)
	}
	t.late.Count, t.late.Of = t.late.Count+o.late.Count, t.late.Of+o.late.Of
	t.amount, t.cash = t.amount+o.amount, t.cash+o.cash
	for why, n := range o.reasons {
		t.reasons[why] += n
	}
	for how, n := range o.failures {
		t.failures[how] += n
	}
	mergeAll(t.riders, o.riders, func(a, b *riderTally) {
		a.RiderName = b.RiderName
		a.Merge(b.Ends)
		a.Open, a.Late = a.Open+b.Open, a.Late+b.Late
		a.Amount, a.Cash, a.took = a.Amount+b.Amount, a.Cash+b.Cash, append(a.took, b.took...)
	})
	mergeAll(t.shops, o.shops, (*shopTally).merge)
	mergeAll(t.perDay, o.perDay, func(a, b *dayTally) {
		a.Merge(b.Ends)
		a.Orders, a.Deliveries, a.Late = a.Orders+b.Orders, a.Deliveries+b.Deliveries, a.Late+b.Late
		a.Amount += b.Amount
		a.took = append(a.took, b.took...)
	})
}

func (s *shopTally) merge(b *shopTally) {
	s.Ends.Merge(b.Ends)
	s.Deliveries, s.Late, s.Amount = s.Deliveries+b.Deliveries, s.Late+b.Late, s.Amount+b.Amount
	s.took = append(s.took, b.took...)
}

func addCounts(to, from map[string]int) {
	for k, n := range from {
		to[k] += n
	}
}

func mergeAll[T any](to, from map[string]*T, add func(a, b *T)) {
	for k, b := range from {
		if a := to[k]; a != nil {
			add(a, b)
		} else {
			to[k] = b
		}
	}
}
