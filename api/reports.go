package api

import (
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/domain"
)

func (s *Server) reportRoutes(r chi.Router) {
	read := managers.orKey(domain.ScopeReportsRead)
	s.on(r, http.MethodGet, "/reports/daily", read, s.dailyReport)
	s.on(r, http.MethodGet, "/reports/daily.csv", read, s.dailyCSV)
	s.on(r, http.MethodGet, "/reports/deliveries.csv", read.noDeadline(), s.deliveriesCSV)
}

// Daily is a center's day in figures; times are seconds. A record belongs to
// the day and hour (at the center) it was created in.
type Daily struct {
	CenterID   string           `json:"centerId"`
	Date       string           `json:"date"`
	Timezone   string           `json:"timezone"`
	Currency   string           `json:"currency"`
	Orders     map[string]int   `json:"orders"`     // total and by status
	Deliveries map[string]int   `json:"deliveries"` // total and by status
	Late       Late             `json:"late"`
	Amount     int64            `json:"amount"` // of what was delivered
	Stages     map[string]Stage `json:"stages"`
	ByHour     []HourFigures    `json:"byHour"`
	ByRider    []RiderFigures   `json:"byRider"`
}

// Late counts deliveries that came, or are still to come, after their promise.
type Late struct {
	Count int     `json:"count"`
	Of    int     `json:"of"` // delivered and open ones that had a promise
	Share float64 `json:"share"`
}

// Stage is how long one part of the way took.
type Stage struct {
	Count int     `json:"count"`
	Mean  float64 `json:"mean"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
}

// HourFigures are the figures of one hour of the day.
type HourFigures struct {
	Hour       int `json:"hour"`
	Orders     int `json:"orders"`
	Deliveries int `json:"deliveries"`
	Delivered  int `json:"delivered"`
	Cancelled  int `json:"cancelled"`
	Late       int `json:"late"`
}

// RiderFigures are the figures of one rider.
type RiderFigures struct {
	RiderID   string `json:"riderId"`
	RiderName string `json:"riderName"`
	Delivered int    `json:"delivered"`
	Open      int    `json:"open"`
	Cancelled int    `json:"cancelled"`
	Late      int    `json:"late"`
	Amount    int64  `json:"amount"`
	Total     Stage  `json:"total"` // assigned to delivered
}

// The stages of the way, in order.
var stageNames = []string{"accept", "assign", "pickup", "deliver", "total"}

// tally gathers a day.
type tally struct {
	daily  Daily
	zone   *time.Location
	now    domain.Time
	stages map[string][]float64
	riders map[string]*riderTally
	order  map[string]domain.Time // createdAt of each order
}

type riderTally struct {
	RiderFigures
	took []float64
}

// daily counts the day of ?centerId= and ?date= (today at the center when left out).
func (s *Server) daily(r *http.Request) (*Daily, error) {
	center, err := s.centerOf(r)
	if err != nil {
		return nil, err
	}
	zone, now := zoneOf(center), s.now()
	day := r.URL.Query().Get("date")
	if day == "" {
		day = now.In(zone).Format(time.DateOnly)
	}
	from, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err != nil {
		return nil, domain.Invalid("date", "must be a day as YYYY-MM-DD")
	}
	to := from.AddDate(0, 0, 1)
	t := newTally(center, day, zone, domain.At(now))
	err = s.store.EachOrder(r.Context(), center.ID, from, to, func(o *domain.Order) error { t.addOrder(o); return nil })
	if err != nil {
		return nil, err
	}
	err = s.store.EachDelivery(r.Context(), center.ID, from, to, func(d *domain.Delivery) error { t.addDelivery(d); return nil })
	if err != nil {
		return nil, err
	}
	return t.result(), nil
}

func newTally(c *domain.Center, day string, zone *time.Location, now domain.Time) *tally {
	t := &tally{
		zone: zone, now: now, stages: map[string][]float64{}, riders: map[string]*riderTally{}, order: map[string]domain.Time{},
		daily: Daily{
			CenterID: c.ID, Date: day, Timezone: c.Timezone, Currency: c.Currency,
			Orders:     map[string]int{"total": 0, "received": 0, "accepted": 0, "completed": 0, "rejected": 0, "cancelled": 0},
			Deliveries: map[string]int{"total": 0, "waiting": 0, "assigned": 0, "pickup": 0, "delivered": 0, "cancelled": 0},
			ByHour:     make([]HourFigures, 24),
		},
	}
	for h := range t.daily.ByHour {
		t.daily.ByHour[h].Hour = h
	}
	return t
}

func (t *tally) took(stage string, from, to domain.Time) {
	if !from.IsZero() && !to.IsZero() {
		t.stages[stage] = append(t.stages[stage], max(0, to.Sub(from.Time).Seconds()))
	}
}

func (t *tally) addOrder(o *domain.Order) {
	t.daily.Orders["total"]++
	t.daily.Orders[string(o.Status)]++
	t.daily.ByHour[o.CreatedAt.In(t.zone).Hour()].Orders++
	t.took("accept", o.CreatedAt, o.AcceptedAt)
	t.order[o.ID] = o.CreatedAt
}

// isLate says whether a delivery came, or at this time would come, after its promise.
func isLate(d *domain.Delivery, now domain.Time) bool {
	if d.PromisedAt.IsZero() || d.Status == domain.Cancelled {
		return false
	}
	end := d.DeliveredAt
	if end.IsZero() {
		end = now
	}
	return end.After(d.PromisedAt.Time)
}

func (t *tally) addDelivery(d *domain.Delivery) {
	t.daily.Deliveries["total"]++
	t.daily.Deliveries[string(d.Status)]++
	hour := &t.daily.ByHour[d.CreatedAt.In(t.zone).Hour()]
	hour.Deliveries++
	late := isLate(d, t.now)
	if d.Status != domain.Cancelled && !d.PromisedAt.IsZero() {
		t.daily.Late.Of++
	}
	if late {
		t.daily.Late.Count++
		hour.Late++
	}
	t.took("assign", d.CreatedAt, d.AssignedAt)
	t.took("pickup", d.AssignedAt, d.PickedUpAt)
	t.took("deliver", d.PickedUpAt, d.DeliveredAt)
	placed, known := t.order[d.OrderID]
	if !known { // the order is of the day before
		placed = d.CreatedAt
	}
	t.took("total", placed, d.DeliveredAt)
	switch d.Status {
	case domain.Delivered:
		hour.Delivered++
		t.daily.Amount += d.Payment.Amount
	case domain.Cancelled:
		hour.Cancelled++
	}
	if d.RiderID != "" {
		t.addRider(d, late)
	}
}

func (t *tally) addRider(d *domain.Delivery, late bool) {
	r := t.riders[d.RiderID]
	if r == nil {
		r = &riderTally{RiderFigures: RiderFigures{RiderID: d.RiderID}}
		t.riders[d.RiderID] = r
	}
	r.RiderName = d.RiderName
	if late {
		r.Late++
	}
	switch {
	case d.Status == domain.Delivered:
		r.Delivered++
		r.Amount += d.Payment.Amount
		if !d.AssignedAt.IsZero() {
			r.took = append(r.took, max(0, d.DeliveredAt.Sub(d.AssignedAt.Time).Seconds()))
		}
	case d.Status == domain.Cancelled:
		r.Cancelled++
	default:
		r.Open++
	}
}

func (t *tally) result() *Daily {
	d := &t.daily
	if d.Late.Of > 0 {
		d.Late.Share = round(float64(d.Late.Count)/float64(d.Late.Of), 4)
	}
	d.Stages = map[string]Stage{}
	for _, name := range stageNames {
		d.Stages[name] = stageOf(t.stages[name])
	}
	d.ByRider = []RiderFigures{}
	for _, r := range t.riders {
		r.Total = stageOf(r.took)
		d.ByRider = append(d.ByRider, r.RiderFigures)
	}
	slices.SortFunc(d.ByRider, func(a, b RiderFigures) int {
		if a.Delivered != b.Delivered {
			return b.Delivered - a.Delivered
		}
		if a.RiderID < b.RiderID {
			return -1
		}
		return 1
	})
	return d
}

// stageOf is the mean and the nearest-rank percentiles.
func stageOf(v []float64) Stage {
	if len(v) == 0 {
		return Stage{}
	}
	slices.Sort(v)
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	rank := func(p float64) float64 { return v[max(0, int(math.Ceil(p*float64(len(v))))-1)] }
	return Stage{Count: len(v), Mean: round(sum/float64(len(v)), 1), P50: round(rank(.5), 1), P90: round(rank(.9), 1)}
}

// round keeps that many digits behind the point.
func round(x float64, digits int) float64 {
	p := math.Pow(10, float64(digits))
	return math.Round(x*p) / p
}

func (s *Server) dailyReport(w http.ResponseWriter, r *http.Request) error {
	d, err := s.daily(r)
	if err != nil {
		return err
	}
	return writeList(w, r, d)
}
