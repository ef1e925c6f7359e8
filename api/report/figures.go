// Package report counts a center's orders, deliveries, offers and hours on
// duty, and lays the figures out as the rows of a table.
package report

import "github.com/brosops/bros/domain"

// Figures are what reports of any span tell; times are seconds, money is in
// minor units of the currency. A record belongs to the day and hour (at the
// center) it was created in.
type Figures struct {
	Orders     map[string]int   `json:"orders"`     // total and by status
	Deliveries map[string]int   `json:"deliveries"` // total and by status; held ones are not among the waiting
	Late       Late             `json:"late"`
	Amount     int64            `json:"amount" csv:"money"` // of what was delivered
	Cash       int64            `json:"cash" csv:"money"`   // of it, taken by riders in cash
	Stages     map[string]Stage `json:"stages"`
	ByHour     []HourFigures    `json:"byHour"`
	ByRider    []RiderFigures   `json:"byRider"`
	ByShop     []ShopFigures    `json:"byShop"`
	Reasons    []ReasonFigures  `json:"reasons"`  // of what was rejected and cancelled, the most frequent first
	Failures   []Failure        `json:"failures"` // of what was returned and written off, the most frequent first
	Offers     OfferFigures     `json:"offers"`
}

// Daily is a center's day in figures.
type Daily struct {
	CenterID string `json:"centerId"`
	Date     string `json:"date" csv:"-"`
	Timezone string `json:"timezone"`
	Currency string `json:"currency"`
	Figures
}

// RangeReport is a center's figures of the days from and to and all between them.
type RangeReport struct {
	CenterID string `json:"centerId"`
	From     string `json:"from"`
	To       string `json:"to"`
	Timezone string `json:"timezone"`
	Currency string `json:"currency"`
	Figures
	ByDay []DayFigures `json:"byDay"` // without the days on which nothing was
}

// Ends count deliveries by the end that they came to.
type Ends struct {
	Delivered int `json:"delivered"`
	Cancelled int `json:"cancelled"`
	Failed    int `json:"failed"`
	Returned  int `json:"returned"`
}

func (e *Ends) add(status domain.DeliveryStatus) {
	switch status {
	case domain.Delivered:
		e.Delivered++
	case domain.Cancelled:
		e.Cancelled++
	case domain.Failed:
		e.Failed++
	case domain.Returned:
		e.Returned++
	}
}

// Merge adds the counts of o.
func (e *Ends) Merge(o Ends) {
	e.Delivered, e.Cancelled = e.Delivered+o.Delivered, e.Cancelled+o.Cancelled
	e.Failed, e.Returned = e.Failed+o.Failed, e.Returned+o.Returned
}

// OfferFigures count offers by what became of them; open ones are made and no more.
type OfferFigures struct {
	Made      int `json:"made"`
	Accepted  int `json:"accepted"`
	Declined  int `json:"declined"`
	Lapsed    int `json:"lapsed"`
	Withdrawn int `json:"withdrawn"`
}

func (f *OfferFigures) add(status domain.OfferStatus, n int) {
	f.Made += n
	switch status {
	case domain.OfferAccepted:
		f.Accepted += n
	case domain.OfferDeclined:
		f.Declined += n
	case domain.OfferLapsed:
		f.Lapsed += n
	case domain.OfferWithdrawn:
		f.Withdrawn += n
	}
}

// Failure counts the deliveries that failed or were returned for one reason.
type Failure struct {
	Status domain.DeliveryStatus `json:"status"` // failed or returned
	Kind   domain.ProblemKind    `json:"kind"`
	Count  int                   `json:"count"`
}

// Late counts deliveries that came, or are still to come, after their promise.
type Late struct {
	Count int     `json:"count"`
	Of    int     `json:"of"` // delivered and open ones that had a promise, the same that Count is of
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
	Hour       int `json:"hour" csv:"-"`
	Orders     int `json:"orders"`
	Deliveries int `json:"deliveries"`
	Ends
	Late int `json:"late"`
}

// DayFigures are the figures of one day.
type DayFigures struct {
	Date       string `json:"date" csv:"-"`
	Orders     int    `json:"orders"`
	Deliveries int    `json:"deliveries"`
	Ends
	Late   int   `json:"late"`
	Amount int64 `json:"amount" csv:"money"`
	Total  Stage `json:"total"` // ordered to delivered
}

// RiderFigures are the figures of one rider.
type RiderFigures struct {
	RiderID   string `json:"riderId"`
	RiderName string `json:"riderName" csv:"-"`
	Ends
	Open          int          `json:"open"`
	Late          int          `json:"late"`
	Amount        int64        `json:"amount" csv:"money"`
	Cash          int64        `json:"cash" csv:"money"`
	OnDutySeconds int64        `json:"onDutySeconds"`
	Total         Stage        `json:"total"`  // assigned to delivered
	Offers        OfferFigures `json:"offers"` // that the rider was made
}

// ShopFigures are the figures of one shop.
type ShopFigures struct {
	ShopID     string `json:"shopId"`
	ShopName   string `json:"shopName" csv:"-"`
	Deliveries int    `json:"deliveries"`
	Ends
	Late   int   `json:"late"`
	Amount int64 `json:"amount" csv:"money"`
	Total  Stage `json:"total"` // ordered to delivered
}

// ReasonFigures count the orders that ended so.
type ReasonFigures struct {
	Status string `json:"status"`       // rejected or cancelled
	By     string `json:"by,omitempty"` // who cancelled
	Reason string `json:"reason"`
	Count  int    `json:"count"`
}
