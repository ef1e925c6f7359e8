package api

import (
	"context"
	"hash/maphash"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"golang.org/x/sync/errgroup"

	"github.com/brosops/bros/domain"
)

const (
	// maxReportDays bounds the span of one report.
	maxReportDays = 400
	// maxReasons bounds how many reasons a report tells.
	maxReasons = 50
	// reportParts is into how many parts of time a long span is cut, counted
	// two at a time: readers stay free for everybody else.
	reportParts = 4
	// longSpan is from where on a span is cut.
	longSpan = 14 * 24 * time.Hour
)

// reportReaders are who may read reports.
var reportReaders = managers.orKey(domain.ScopeReportsRead)

func (s *Server) reportRoutes(r chi.Router) {
	read := reportReaders
	s.on(r, http.MethodGet, "/reports/daily", read, s.dailyReport)
	s.on(r, http.MethodGet, "/reports/daily.csv", read, s.dailyCSV)
	s.on(r, http.MethodGet, "/reports/range", read, s.rangeReport)
	s.on(r, http.MethodGet, "/reports/range.csv", read, s.rangeCSV)
	s.on(r, http.MethodGet, "/reports/deliveries.csv", read.noDeadline(), s.deliveriesCSV)
}

// days are the span of a report: whole days at the center.
type days struct {
	center   *domain.Center
	calendar domain.Calendar
	from, to string // the first and the last
}

func day(r *http.Request, name, otherwise string) (string, error) {
	v := r.URL.Query().Get(name)
	if v == "" {
		return otherwise, nil
	}
	day, err := domain.ParseDay(v)
	if err != nil {
		return "", domain.Invalid(name, "must be a day as YYYY-MM-DD")
	}
	return day, nil
}

// daily counts the day of ?centerId= and ?date= (today at the center when left out).
func (s *Server) daily(r *http.Request) (*Daily, error) {
	center, err := s.centerOf(r)
	if err != nil {
		return nil, err
	}
	calendar := center.Calendar()
	date, err := day(r, "date", calendar.Day(s.now()))
	if err != nil {
		return nil, err
	}
	_, figures, err := s.count(r.Context(), days{center, calendar, date, date}, false)
	if err != nil {
		return nil, err
	}
	return &Daily{
		CenterID: center.ID, Date: date, Timezone: center.Timezone, Currency: center.Currency, Figures: figures,
	}, nil
}

// ranged counts the days ?from= to ?to=, both with it (today when left out).
func (s *Server) ranged(r *http.Request) (*RangeReport, error) {
	center, err := s.centerOf(r)
	if err != nil {
		return nil, err
	}
	calendar := center.Calendar()
	to, err := day(r, "to", calendar.Day(s.now()))
	if err != nil {
		return nil, err
	}
	from, err := day(r, "from", to)
	if err != nil {
		return nil, err
	}
	if to < from {
		return nil, domain.Invalid("to", "is before from")
	}
	if to > domain.AddDays(from, maxReportDays-1) {
		return nil, domain.Invalid("to", "is more than 400 days from from")
	}
	t, figures, err := s.count(r.Context(), days{center, calendar, from, to}, true)
	if err != nil {
		return nil, err
	}
	return &RangeReport{
		CenterID: center.ID, From: from, To: to,
		Timezone: center.Timezone, Currency: center.Currency, Figures: figures, ByDay: t.byDay(),
	}, nil
}

// count reads each order and delivery of the days once. A long span is counted
// in parts, two at a time.
func (s *Server) count(ctx context.Context, d days, perDay bool) (*tally, Figures, error) {
	begin, end := d.calendar.Start(d.from).Time, d.calendar.End(d.to).Time
	parts := 1
	if end.Sub(begin) >= longSpan {
		parts = reportParts
	}
	now, seed := s.now(), maphash.MakeSeed()
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
		case s.reporting <- struct{}{}:
			defer func() { <-s.reporting }()
		case <-ctx.Done():
			return nil, Figures{}, ctx.Err()
		}
	}
	err := each(func(ctx context.Context, t *tally, from, to time.Time) error {
		return s.store.EachOrderFact(ctx, d.center.ID, from, to, t.addOrder)
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
		return s.store.EachDeliveryFact(ctx, d.center.ID, from, to, func(f *domain.DeliveryFact) { t.addDelivery(f, placed) })
	})
	if err != nil {
		return nil, Figures{}, err
	}
	total := tallies[0]
	for _, t := range tallies[1:] {
		total.merge(t)
	}
	figures := total.figures()
	err = s.addRiders(ctx, d, now, &figures)
	return total, figures, err
}

// addRiders adds the hours on duty and what came of asking, of riders too who
// have delivered nothing.
func (s *Server) addRiders(ctx context.Context, d days, now time.Time, f *Figures) error {
	from, to := d.calendar.Start(d.from), d.calendar.End(d.to)
	asked, err := s.store.OfferCounts(ctx, d.center.ID, from, to)
	if err != nil {
		return err
	}
	spans, err := s.store.DutySpans(ctx, d.center.ID, "", from, to)
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
		names, err := s.store.RiderNames(ctx, d.center.ID)
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

func (s *Server) dailyReport(w http.ResponseWriter, r *http.Request) error {
	d, err := s.daily(r)
	if err != nil {
		return err
	}
	return writeList(w, r, d)
}

func (s *Server) rangeReport(w http.ResponseWriter, r *http.Request) error {
	d, err := s.ranged(r)
	if err != nil {
		return err
	}
	return writeList(w, r, d)
}
