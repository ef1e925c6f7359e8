package domain

import "context"

// CashDelivery is a delivery for which a rider took cash that has not been
// settled. Amount is in minor units of the center's currency.
type CashDelivery struct {
	DeliveryID  string `json:"deliveryId"`
	Number      string `json:"number"`
	Amount      int64  `json:"amount"`
	DeliveredAt Time   `json:"deliveredAt"`
}

// Settlement closes a rider's cash: what deliveries since the one before say it
// must have, and what was counted. It never changes.
type Settlement struct {
	ID         string `json:"id"`
	CenterID   string `json:"centerId"`
	RiderID    string `json:"riderId"`
	RiderName  string `json:"riderName"`
	From       Time   `json:"from"` // of the settlement before, else of the first delivery in it
	To         Time   `json:"to"`
	Deliveries int    `json:"deliveries"`
	Expected   int64  `json:"expected"`
	Counted    int64  `json:"counted"`
	Difference int64  `json:"difference"` // counted less expected: negative, and cash is missing
	// OnDutySeconds is how long the rider was on duty in [from, to).
	OnDutySeconds int64  `json:"onDutySeconds"`
	Note          string `json:"note,omitempty"`
	By            Person `json:"by"`
}

// CashInHand is what a rider has in hand.
type CashInHand struct {
	RiderID    string         `json:"riderId"`
	Since      Time           `json:"since,omitzero"` // of the last settlement; none yet: left out
	Expected   int64          `json:"expected"`
	Deliveries []CashDelivery `json:"deliveries"`
}

// RiderCash is what a rider, named, has in hand.
type RiderCash struct {
	RiderName string `json:"riderName"`
	CashInHand
}

// NewCash is a rider's cash by the deliveries that are not settled.
func NewCash(riderID string, since Time, deliveries []CashDelivery) CashInHand {
	c := CashInHand{RiderID: riderID, Since: since, Deliveries: deliveries}
	for _, d := range deliveries {
		c.Expected += d.Amount
	}
	if c.Deliveries == nil {
		c.Deliveries = []CashDelivery{}
	}
	return c
}

// Settle is what a settlement is made of.
type Settle struct {
	// Counted is the cash that the rider handed in, minor units.
	Counted *int64 `json:"counted"`
	// Expected, when given, must be what the server expects: a delivery that was
	// made while the cash was being counted is not settled unseen.
	Expected *int64 `json:"expected"`
	Note     string `json:"note"`
}

// Settle closes a rider's cash of all deliveries since its last settlement.
// Dispatchers and above; a difference needs a note.
func (s *Service) Settle(ctx context.Context, tx Tx, a Actor, riderID string, in Settle) (*Settlement, error) {
	if err := need(a, RoleDispatcher); err != nil {
		return nil, err
	}
	r, err := seenRider(ctx, tx, a, riderID)
	if err != nil {
		return nil, err
	}
	var f form
	f.text("note", &in.Note, maxReason)
	if in.Counted == nil {
		f.bad("counted", "is required")
	} else {
		f.number("counted", *in.Counted, 0, maxCounted)
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	since, open, err := tx.CashInHand(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	cash := NewCash(r.ID, since, open)
	if in.Expected != nil && *in.Expected != cash.Expected {
		return nil, &Error{Code: CodeConflict, Detail: "what the rider has in hand has changed meanwhile", Current: cash}
	}
	if len(open) == 0 {
		return nil, &Error{Code: CodeIllegalTransition, Detail: "there is no cash to settle", Current: cash}
	}
	if *in.Counted != cash.Expected && in.Note == "" {
		return nil, Invalid("note", "must say why the cash counted is not what is expected")
	}
	now := s.now()
	out := &Settlement{
		ID: NewID(), CenterID: r.CenterID, RiderID: r.ID, RiderName: r.Name, From: since, To: now,
		Deliveries: len(open), Expected: cash.Expected, Counted: *in.Counted, Difference: *in.Counted - cash.Expected,
		Note: in.Note, By: a.Person(),
	}
	if out.From.IsZero() {
		out.From = open[0].DeliveredAt
	}
	spans, err := tx.DutySpans(ctx, r.CenterID, r.ID, out.From, out.To)
	if err != nil {
		return nil, err
	}
	out.OnDutySeconds = OnDutySeconds(spans, out.From, out.To)[r.ID]
	return out, tx.SaveSettlement(ctx, out, open)
}

// maxCounted bounds the cash of one settlement.
const maxCounted = 1_000_000_000_000

// OnDutySeconds adds up, by rider, the time on duty in [from, to). Spans are in
// order of time for each rider; one that began before from counts from there.
func OnDutySeconds(spans []DutySpan, from, to Time) map[string]int64 {
	out := map[string]int64{}
	open := map[string]Time{}
	end := func(rider string, at Time) {
		if began, ok := open[rider]; ok && at.After(began.Time) {
			out[rider] += int64(at.Sub(began.Time).Seconds())
		}
		delete(open, rider)
	}
	for _, s := range spans {
		at := s.At
		if at.Before(from.Time) {
			at = from
		}
		end(s.RiderID, at)
		if s.Duty == DutyOn {
			open[s.RiderID] = at
		}
	}
	for rider := range open {
		end(rider, to)
	}
	return out
}
