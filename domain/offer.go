package domain

import (
	"context"
	"slices"
	"time"
)

// OfferStatus is what became of asking a rider.
type OfferStatus string

// The states of an offer: open, and its four ends.
const (
	OfferOpen      OfferStatus = "open"
	OfferAccepted  OfferStatus = "accepted"
	OfferDeclined  OfferStatus = "declined"
	OfferLapsed    OfferStatus = "lapsed"
	OfferWithdrawn OfferStatus = "withdrawn"
)

// OfferStatuses are all of them.
var OfferStatuses = []OfferStatus{OfferOpen, OfferAccepted, OfferDeclined, OfferLapsed, OfferWithdrawn}

// Offer asks one rider for one or several waiting deliveries. It is a record of
// the center's log; the rider's own room shows it while it is open.
type Offer struct {
	ID          string      `json:"id"`
	CenterID    string      `json:"centerId"`
	RiderID     string      `json:"riderId"`
	RiderName   string      `json:"riderName"`
	DeliveryIDs []string    `json:"deliveryIds"`
	Deliveries  []*Delivery `json:"deliveries"` // masked, as they were when the offer was made
	Distance    int         `json:"distance"`   // metres, from the rider over shops to the last door
	Duration    int         `json:"duration"`   // seconds, of the same way
	MadeAt      Time        `json:"madeAt"`
	ExpiresAt   Time        `json:"expiresAt"`
	EndedAt     Time        `json:"endedAt,omitzero"`
	Status      OfferStatus `json:"status"`
	Round       int         `json:"round"` // of asking for the first delivery, from 1
	Reason      string      `json:"reason,omitempty"`
	Version     int64       `json:"version"`
	ModifiedAt  Time        `json:"modifiedAt,omitzero"`
}

// MakeOffer is what the engine asks for.
type MakeOffer struct {
	RiderID    string
	Deliveries []VersionedID
	Distance   int // metres
	Duration   int // seconds
}

// VersionedID names a record as somebody saw it.
type VersionedID struct {
	ID      string
	Version int64
}

// lapsesToBreak is how many offers in a row a rider lets lapse before it is put
// on a break.
const lapsesToBreak = 3

// MakeOffer asks a rider for waiting deliveries of its center, as the engine saw
// them (the server). Whatever has changed since is a conflict, and an open offer
// of the rider or for a delivery an illegal_transition: nothing is written then.
func (s *Service) MakeOffer(ctx context.Context, tx Tx, in MakeOffer) (*Offer, error) {
	r, err := tx.FindRider(ctx, in.RiderID)
	if err != nil {
		return nil, err
	}
	c, err := tx.FindCenter(ctx, r.CenterID)
	if err != nil {
		return nil, err
	}
	if c.AssignMode != ModeOffer || !r.Active || r.Duty != DutyOn || len(in.Deliveries) == 0 {
		return nil, Errorf(CodeIllegalTransition, "this rider can't be asked now")
	}
	load, err := tx.OpenDeliveries(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	if load+len(in.Deliveries) > r.Capacity {
		return nil, Errorf(CodeIllegalTransition, "the rider has no room")
	}
	if open, err := tx.OpenOfferOf(ctx, r.ID); err != nil || open != nil {
		if err == nil {
			err = Errorf(CodeIllegalTransition, "the rider is being asked already")
		}
		return nil, err
	}
	now := s.now()
	o := &Offer{
		ID: NewID(), CenterID: c.ID, RiderID: r.ID, RiderName: r.Name, Distance: in.Distance, Duration: in.Duration,
		MadeAt: now, ExpiresAt: now.Add(seconds(c.OfferSeconds)), Status: OfferOpen,
	}
	changes := []*Change{{Event: EventOfferMade, Record: o}}
	for _, row := range in.Deliveries {
		d, err := tx.FindDelivery(ctx, row.ID)
		if err != nil {
			return nil, err
		}
		if err := offerable(d, c, row.Version); err != nil {
			return nil, err
		}
		if o.Round == 0 {
			o.Round = len(d.Asked) + 1
		}
		o.DeliveryIDs = append(o.DeliveryIDs, d.ID)
		o.Deliveries = append(o.Deliveries, d.Masked())
		before := StateOf(d)
		d.Offer = &OfferRef{ID: o.ID, RiderID: r.ID, RiderName: r.Name, ExpiresAt: o.ExpiresAt, Round: len(d.Asked) + 1}
		changes = append(changes, &Change{Event: EventDeliveryOffered, Record: d, Before: before})
	}
	if err := tx.Append(ctx, System, c.ID, now, changes...); err != nil {
		return nil, err
	}
	return o, nil
}

func offerable(d *Delivery, c *Center, version int64) error {
	switch {
	case d.CenterID != c.ID:
		return NotFound("delivery")
	case d.Version != version:
		return &Error{Code: CodeConflict, Detail: "the delivery has changed meanwhile", Current: d}
	case d.Status != Waiting || d.Held() || d.Offer != nil || d.NoRider:
		return &Error{Code: CodeIllegalTransition, Detail: "the delivery can't be offered now", Current: d}
	}
	return nil
}

// OfferResult is what accepting or declining made.
type OfferResult struct {
	Offer      *Offer      `json:"offer"`
	Deliveries []*Delivery `json:"deliveries"`
}

// ownOffer finds an offer that the rider was made.
func ownOffer(ctx context.Context, tx Tx, a Actor, id string) (*Offer, error) {
	if a.Role != RoleRider || a.RiderID == "" {
		return nil, Errorf(CodeForbidden, "only riders are asked")
	}
	o, err := tx.FindOffer(ctx, id)
	if err != nil {
		return nil, err
	}
	if o.RiderID != a.RiderID {
		return nil, NotFound("offer")
	}
	return o, nil
}

// AcceptOffer assigns the offer's deliveries to the rider who was asked. After
// its end, whatever the device's time, it is refused; a resend of what was
// accepted is answered unchanged.
func (s *Service) AcceptOffer(ctx context.Context, tx Tx, a Actor, id string, in AnswerOffer) (OfferResult, error) {
	none := OfferResult{}
	o, err := ownOffer(ctx, tx, a, id)
	if err != nil {
		return none, err
	}
	now := s.now()
	var f form
	f.deviceTime(in.At, now)
	if err := f.err(); err != nil {
		return none, err
	}
	if o.Status == OfferAccepted {
		ds, err := offered(ctx, tx, o)
		return OfferResult{o, shownAll(ds, a)}, err
	}
	step, err := nextOffer(o, ActAccepted, now)
	if err != nil {
		return none, err
	}
	r, err := tx.FindRider(ctx, a.RiderID)
	if err != nil {
		return none, err
	}
	if !r.Active || r.Duty != DutyOn {
		return none, &Error{Code: CodeIllegalTransition, Detail: "only riders on duty take deliveries", Current: o}
	}
	ds, err := offered(ctx, tx, o)
	if err != nil {
		return none, err
	}
	changes := []*Change{{Event: step.Event, Record: o, Before: StateOf(o), DeviceAt: in.At}}
	o.Status, o.EndedAt = OfferStatus(step.To), now
	for _, d := range ds {
		step, err := nextDelivery(d, ActAccepted, a)
		if err != nil {
			return none, err
		}
		if d.Offer == nil || d.Offer.ID != o.ID {
			return none, &Error{Code: CodeIllegalTransition, Detail: "the delivery is no longer in this offer", Current: o}
		}
		before := StateOf(d)
		d.Status, d.RiderID, d.RiderName, d.AssignedAt = DeliveryStatus(step.To), r.ID, r.Name, now
		d.Offer, d.Asked = nil, asked(d, r.ID, OfferAccepted)
		changes = append(changes, &Change{Event: step.Event, Record: d, Before: before, DeviceAt: in.At})
	}
	if err := tx.Append(ctx, a, o.CenterID, now, changes...); err != nil {
		return none, err
	}
	return OfferResult{o, ds}, nil
}

// shownAll are the deliveries as the rider may see them now.
func shownAll(ds []*Delivery, a Actor) []*Delivery {
	out := make([]*Delivery, len(ds))
	for i, d := range ds {
		out[i] = d.shownTo(a)
	}
	return out
}

// DeclineOffer ends an offer by the rider's no.
func (s *Service) DeclineOffer(ctx context.Context, tx Tx, a Actor, id string, in AnswerOffer) (OfferResult, error) {
	none := OfferResult{}
	o, err := ownOffer(ctx, tx, a, id)
	if err != nil {
		return none, err
	}
	now := s.now()
	var f form
	f.text("reason", &in.Reason, maxReason)
	f.deviceTime(in.At, now)
	if err := f.err(); err != nil {
		return none, err
	}
	if o.Status == OfferDeclined {
		return OfferResult{Offer: o, Deliveries: []*Delivery{}}, nil
	}
	step, err := nextOffer(o, ActDecline, now)
	if err != nil {
		return none, err
	}
	o.Reason = in.Reason
	changes, err := endOffer(ctx, tx, o, step, now, nil)
	if err != nil {
		return none, err
	}
	changes[0].Reason, changes[0].DeviceAt = in.Reason, in.At
	if err := tx.Append(ctx, a, o.CenterID, now, changes...); err != nil {
		return none, err
	}
	return OfferResult{Offer: o, Deliveries: []*Delivery{}}, nil
}

// LapseDue ends an offer whose time is over (the server). The third in a row
// that a rider lets lapse puts it on a break. An offer that has ended, or has
// time left, is left as it is.
func (s *Service) LapseDue(ctx context.Context, tx Tx, id string) (*Offer, error) {
	o, err := tx.FindOffer(ctx, id)
	if err != nil {
		return nil, err
	}
	now := s.now()
	if o.Status != OfferOpen || o.ExpiresAt.After(now.Time) {
		return o, nil
	}
	step, _ := next(KindOffer, ActLapse, string(o.Status))
	changes, err := endOffer(ctx, tx, o, step, now, nil)
	if err != nil {
		return nil, err
	}
	last, err := tx.LastOffers(ctx, o.RiderID, lapsesToBreak)
	if err != nil {
		return nil, err
	}
	lapses := 1
	for i := range last {
		if last[i].ID == o.ID || last[i].Status == OfferWithdrawn {
			continue
		}
		if last[i].Status != OfferLapsed {
			break
		}
		lapses++
	}
	if lapses >= lapsesToBreak {
		r, err := tx.FindRider(ctx, o.RiderID)
		if err != nil {
			return nil, err
		}
		if r.Duty == DutyOn {
			r.Duty = DutyBreak
			changes = append(changes, &Change{Event: EventRiderDuty, Record: r, Reason: "offers_lapsed",
				Fields: []AuditChange{{"duty", string(DutyOn), string(DutyBreak)}}})
		}
	}
	if err := tx.Append(ctx, System, o.CenterID, now, changes...); err != nil {
		return nil, err
	}
	return o, nil
}

// nextOffer is the step of an open offer that is not over, or illegal_transition.
func nextOffer(o *Offer, action Action, now Time) (Transition, error) {
	step, ok := next(KindOffer, action, string(o.Status))
	if !ok || !o.ExpiresAt.After(now.Time) {
		return step, &Error{Code: CodeIllegalTransition, Detail: "the offer has ended", Current: o}
	}
	return step, nil
}

// offered finds an offer's deliveries.
func offered(ctx context.Context, tx Tx, o *Offer) ([]*Delivery, error) {
	out := make([]*Delivery, len(o.DeliveryIDs))
	for i, id := range o.DeliveryIDs {
		d, err := tx.FindDelivery(ctx, id)
		if err != nil {
			return nil, err
		}
		out[i] = d
	}
	return out, nil
}

// endOffer ends an offer in memory, and frees its deliveries but those that the
// caller changes itself. The offer's own change comes first.
func endOffer(ctx context.Context, tx Tx, o *Offer, step Transition, now Time, except []*Delivery) ([]*Change, error) {
	c, err := tx.FindCenter(ctx, o.CenterID)
	if err != nil {
		return nil, err
	}
	changes := []*Change{{Event: step.Event, Record: o, Before: StateOf(o)}}
	o.Status, o.EndedAt = OfferStatus(step.To), now
	for _, id := range o.DeliveryIDs {
		i := slices.IndexFunc(except, func(d *Delivery) bool { return d.ID == id })
		if i >= 0 {
			d := except[i]
			d.Offer, d.Asked = nil, asked(d, o.RiderID, o.Status)
			continue
		}
		d, err := tx.FindDelivery(ctx, id)
		if err != nil {
			return nil, err
		}
		if d.Offer == nil || d.Offer.ID != o.ID {
			continue
		}
		before := StateOf(d)
		d.Offer, d.Asked = nil, asked(d, o.RiderID, o.Status)
		d.NoRider = d.refusals()%c.OfferTries == 0 && o.Status != OfferWithdrawn
		changes = append(changes, &Change{Event: EventDeliveryOfferEnded, Record: d, Before: before})
	}
	return changes, nil
}

// asked is who was asked for the delivery, with one more. An offer that was
// withdrawn says nothing of its rider.
func asked(d *Delivery, riderID string, status OfferStatus) []Asked {
	if status == OfferWithdrawn {
		return d.Asked
	}
	return append(slices.Clone(d.Asked), Asked{riderID, status})
}

// refusals counts who was asked for the delivery in vain.
func (r *Delivery) refusals() int {
	n := 0
	for _, a := range r.Asked {
		if a.Status != OfferAccepted {
			n++
		}
	}
	return n
}

// withdrawOffer ends the open offer, if any, that a delivery is in which the
// caller changes; the returned changes are to be appended with its own.
func withdrawOffer(ctx context.Context, tx Tx, d *Delivery, now Time, more ...*Delivery) ([]*Change, error) {
	if d.Offer == nil {
		return nil, nil
	}
	o, err := tx.FindOffer(ctx, d.Offer.ID)
	if err != nil {
		return nil, err
	}
	step, ok := next(KindOffer, ActWithdraw, string(o.Status))
	if !ok {
		d.Offer = nil
		return nil, nil
	}
	return endOffer(ctx, tx, o, step, now, append(more, d))
}

// WithdrawOffer ends an open offer for a reason of the server's: the rider has
// left, or the center asks nobody any more.
func (s *Service) WithdrawOffer(ctx context.Context, tx Tx, id, reason string) (*Offer, error) {
	o, err := tx.FindOffer(ctx, id)
	if err != nil {
		return nil, err
	}
	step, ok := next(KindOffer, ActWithdraw, string(o.Status))
	if !ok {
		return o, nil
	}
	now := s.now()
	o.Reason = reason
	changes, err := endOffer(ctx, tx, o, step, now, nil)
	if err != nil {
		return nil, err
	}
	return o, tx.Append(ctx, System, o.CenterID, now, changes...)
}

// Expired reports whether the offer's time is over.
func (r *Offer) Expired(now time.Time) bool { return !r.ExpiresAt.After(now) }
