package report

import (
	"context"
	"hash/maphash"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/brosops/bros/domain"
)

const (
	// MaxDays bounds the span of one report.
	MaxDays = 400
	// maxReasons bounds how many reasons a report tells.
	maxReasons = 50
	// parts is into how many parts of time a long span is cut, counted
	// two at a time: readers stay free for everybody else.
	longParts = 4
	// longSpan is from where on a span is cut.
	longSpan = 14 * 24 * time.Hour
)

// Store is what reports ask of the database.
type Store interface {
	// EachOrderFact calls fn for the orders of a center created in [from, to), in
	// no order, with a record that is its own only until it returns.
	EachOrderFact(ctx context.Context, centerID string, from, to time.Time, fn func(*domain.OrderFact)) error
	// EachDeliveryFact does the same for deliveries.
	EachDeliveryFact(ctx context.Context, centerID string, from, to time.Time, fn func(*domain.DeliveryFact)) error
	// OfferCounts are how many offers made in [from, to) came to what, by rider.
	OfferCounts(ctx context.Context, centerID string, from, to domain.Time) ([]domain.OfferCount, error)
	// RiderNames are the names of a center's riders, by id.
	RiderNames(ctx context.Context, centerID string) (map[string]string, error)
	// DutySpans are a rider's (riderID empty: all riders' of the center) that
	// touch [from, to), by rider in order of time.
	DutySpans(ctx context.Context, centerID, riderID string, from, to domain.Time) ([]domain.DutySpan, error)
}

// Counter counts reports from the database, one long one at a time.
type Counter struct {
	store Store
	now   func() time.Time
	long  chan struct{}
}

// New returns a Counter over store; now is the clock of what is late.
func New(store Store, now func() time.Time) *Counter {
	return &Counter{store: store, now: now, long: make(chan struct{}, 1)}
}

// Daily counts one day of the center, YYYY-MM-DD.
func (c *Counter) Daily(ctx context.Context, center *domain.Center, date string) (*Daily, error) {
	_, figures, err := c.count(ctx, days{center, center.Calendar(), date, date}, false)
	if err != nil {
		return nil, err
	}
	return &Daily{
		CenterID: center.ID, Date: date, Timezone: center.Timezone, Currency: center.Currency, Figures: figures,
	}, nil
}

// Range counts the days from and to, YYYY-MM-DD, and all between them.
func (c *Counter) Range(ctx context.Context, center *domain.Center, from, to string) (*RangeReport, error) {
	t, figures, err := c.count(ctx, days{center, center.Calendar(), from, to}, true)
	if err != nil {
		return nil, err
	}
	return &RangeReport{
		CenterID: center.ID, From: from, To: to,
		Timezone: center.Timezone, Currency: center.Currency, Figures: figures, ByDay: t.byDay(),
	}, nil
}

// days are the span of a report: whole days at the center.
type days struct {
	center   *domain.Center
	calendar domain.Calendar
	from, to string // the first and the last
}

// count reads each order and delivery of the days once. A long span is counted
// in parts, two at a time.
func (c *Counter) count(ctx context.Context, d days, perDay bool) (*tally, Figures, error) {
	begin, end := d.calendar.Start(d.from).Time, d.calendar.End(d.to).Time
	parts := 1
	if end.Sub(begin) >= longSpan {
		parts = longParts
	}
	now, seed := c.now(), maphash.MakeSeed()
	tallies := make([]*tally, parts)
	each := func(fn func(ctx context.Context, t *tally, from, to time.Time) error) error {
		g, ctx := errgroup.WithContext(ctx)
		g.SetLimit(2)
		step := end.Sub(begin) / time.Duration(parts)
		for i := range parts {
			from, to := begin.Add(time.Duration(i)*step), begin.Add(time.Duration(i+1)*step)
			if i == parts-1 {
				to = end
			}
			g.Go(func() error { return fn(ctx, tallies[i], domain.At(from).Time, domain.At(to).Time) })
		}
		return g.Wait()
	}
	for i := range tallies {
		tallies[i] = newTally(d.calendar, now, perDay, seed)
	}
	if parts > 1 {
		select { // one long report at a time
		case c.long <- struct{}{}:
			defer func() { <-c.long }()
		case <-ctx.Done():
			return nil, Figures{}, ctx.Err()
		}
	}
	err := each(func(ctx context.Context, t *tally, from, to time.Time) error {
		return c.store.EachOrderFact(ctx, d.center.ID, from, to, t.addOrder)
	})
	if err != nil {
		return nil, Figures{}, err
	}
	placed := func(id uint64) (int64, bool) {
		for _, t := range tallies {
			if at, ok := t.placed[id]; ok {
				return at, true
			}
		}
		return 0, false
	}
	err = each(func(ctx context.Context, t *tally, from, to time.Time) error {
		return c.store.EachDeliveryFact(ctx, d.center.ID, from, to, func(f *domain.DeliveryFact) { t.addDelivery(f, placed) })
	})
	if err != nil {
		return nil, Figures{}, err
	}
	total := tallies[0]
	for _, t := range tallies[1:] {
		total.merge(t)
	}
	figures := total.figures()
	err = c.addRiders(ctx, d, now, &figures)
	return total, figures, err
}

// addRiders adds the hours on duty and what came of asking, of riders too who
// have delivered nothing.
func (c *Counter) addRiders(ctx context.Context, d days, now time.Time, f *Figures) error {
	from, to := d.calendar.Start(d.from), d.calendar.End(d.to)
	asked, err := c.store.OfferCounts(ctx, d.center.ID, from, to)
	if err != nil {
		return err
	}
	spans, err := c.store.DutySpans(ctx, d.center.ID, "", from, to)
	if err != nil {
		return err
	}
	if to.After(now) {
		to = domain.At(now)
	}
	onDuty := domain.OnDutySeconds(spans, from, to)
	offers := map[string]*OfferFigures{}
	for _, a := range asked {
		f.Offers.add(a.Status, a.Count)
		if offers[a.RiderID] == nil {
			offers[a.RiderID] = &OfferFigures{}
		}
		offers[a.RiderID].add(a.Status, a.Count)
	}
	known := map[string]bool{}
	for i := range f.ByRider {
		known[f.ByRider[i].RiderID] = true
	}
	idle := []RiderFigures{}
	for id, seconds := range onDuty {
		if seconds > 0 && !known[id] {
			known[id] = true
			idle = append(idle, RiderFigures{RiderID: id})
		}
	}
	for id := range offers {
		if !known[id] {
			idle = append(idle, RiderFigures{RiderID: id})
		}
	}
	if len(idle) > 0 {
		names, err := c.store.RiderNames(ctx, d.center.ID)
		if err != nil {
			return err
		}
		for i := range idle {
			idle[i].RiderName = names[idle[i].RiderID]
		}
		sortFigures(idle, func(r *RiderFigures) (int, string) { return 0, r.RiderID })
		f.ByRider = append(f.ByRider, idle...)
	}
	for i := range f.ByRider {
		r := &f.ByRider[i]
		r.OnDutySeconds = onDuty[r.RiderID]
		if o := offers[r.RiderID]; o != nil {
			r.Offers = *o
		}
	}
	return nil
}
