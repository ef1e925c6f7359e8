package domain

import (
	"context"
	"fmt"
)

// Claim gives a waiting delivery to the rider who asks, in a center whose mode
// is claim. That it has it already is no change, whatever version it sent.
func (s *Service) Claim(ctx context.Context, tx Tx, a Actor, id string, in RiderAction) (*Delivery, error) {
	if a.Role != RoleRider || a.RiderID == "" {
		return nil, Errorf(CodeForbidden, "only riders claim")
	}
	rider, err := tx.FindRider(ctx, a.RiderID)
	if err != nil {
		return nil, err
	}
	d, err := tx.FindDelivery(ctx, id)
	if err != nil {
		return nil, err
	}
	if d.CenterID != rider.CenterID {
		return nil, NotFound("delivery")
	}
	now := s.now()
	if err := checkAct(&in.Reason, in.At, now, false); err != nil {
		return nil, err
	}
	if !in.At.IsZero() { // without a time it may be meant again: it has been given back since
		if done, err := resent(ctx, tx, a, d, EventDeliveryAssigned, in.At); err != nil || done {
			return d.shownTo(a), err
		}
	}
	if own(d, a) && (d.Status.Open() || d.Status == Delivered) {
		return d, nil
	}
	step, err := claimable(ctx, tx, a, d, rider, in.Version)
	if err != nil {
		return nil, err
	}
	before := StateOf(d)
	d.Status, d.RiderID, d.RiderName, d.AssignedAt = DeliveryStatus(step.To), rider.ID, rider.Name, now
	withdrawn, err := withdrawOffer(ctx, tx, d, now)
	if err != nil {
		return nil, err
	}
	claimed := &Change{Event: step.Event, Record: d, Before: before, Reason: in.Reason, DeviceAt: in.At}
	return acted(ctx, tx, a, now, d, append([]*Change{claimed}, withdrawn...)...)
}

// claimable checks the state of everything a claim depends on.
func claimable(ctx context.Context, tx Tx, a Actor, d *Delivery, rider *Rider, version *int64) (Transition, error) {
	none := Transition{}
	center, err := tx.FindCenter(ctx, d.CenterID)
	if err != nil {
		return none, err
	}
	if center.AssignMode != ModeClaim {
		e := refused(d, a, "riders don't claim in this center")
		if !own(d, a) {
			e.Current = nil // in the other modes a rider sees nothing of it, not even masked
		}
		return none, e
	}
	if err := stale(version, d.Version, d.shownTo(a)); err != nil {
		return none, err
	}
	step, err := nextDelivery(d, ActClaim, a)
	if err != nil {
		return none, err
	}
	if d.Held() {
		return none, refused(d, a, "the delivery is held until later")
	}
	if !rider.Active || rider.Duty != DutyOn {
		return none, refused(d, a, "only riders on duty claim")
	}
	load, err := tx.OpenDeliveries(ctx, rider.ID)
	if err != nil {
		return none, err
	}
	if load >= rider.Capacity {
		return none, refused(d, a, "a rider carries at most %d deliveries", rider.Capacity)
	}
	return step, nil
}

// Pickup says that the food has left the shop.
func (s *Service) Pickup(ctx context.Context, tx Tx, a Actor, id string, in RiderAction) (*Delivery, error) {
	if err := mayRide(a); err != nil {
		return nil, err
	}
	d, err := seenDelivery(ctx, tx, a, id)
	if err != nil {
		return nil, err
	}
	now := s.now()
	if err := checkAct(&in.Reason, in.At, now, needsReason(a)); err != nil {
		return nil, err
	}
	if own(d, a) && (d.Status.Carried() || d.Status.Ended() && !d.PickedUpAt.IsZero() && d.Status != Cancelled) {
		return d, nil
	}
	if err := stale(in.Version, d.Version, d); err != nil {
		return nil, err
	}
	step, err := nextDelivery(d, ActPickup, a)
	if err != nil {
		return nil, err
	}
	before := StateOf(d)
	d.Status, d.PickedUpAt, d.PickedUpDeviceAt = DeliveryStatus(step.To), now, ShownDeviceAt(now, in.At)
	d.Problem = nil
	return acted(ctx, tx, a, now, d, &Change{Event: step.Event, Record: d, Before: before, Reason: in.Reason, DeviceAt: in.At})
}

// Deliver says that the food was handed over; it completes the order in the
// same transaction. The deliver of a rider who has meanwhile lost the delivery
// is kept in the history and refused: see lateDeliver.
func (s *Service) Deliver(ctx context.Context, tx Tx, a Actor, id string, in Deliver) (*Delivery, error) {
	if err := mayRide(a); err != nil {
		return nil, err
	}
	d, late, err := delivering(ctx, tx, a, id)
	if err != nil {
		return nil, err
	}
	now := s.now()
	if err := checkDeliver(ctx, tx, &in, d, now, needsReason(a)); err != nil {
		return nil, err
	}
	if done, err := resent(ctx, tx, a, d, EventDeliveryDelivered, in.At); err != nil || done {
		return d.shownTo(a), err
	}
	if late {
		return nil, s.lateDeliver(ctx, tx, a, d, in, now)
	}
	if own(d, a) && d.Status == Delivered {
		return d, nil
	}
	if err := stale(in.Version, d.Version, d); err != nil {
		return nil, err
	}
	step, err := nextDelivery(d, ActDeliver, a)
	if err != nil {
		return nil, err
	}
	o, err := tx.FindOrder(ctx, d.OrderID)
	if err != nil {
		return nil, err
	}
	before := StateOf(d)
	d.Status, d.DeliveredAt, d.FinishedAt = DeliveryStatus(step.To), now, now
	d.DeliveredDeviceAt = ShownDeviceAt(now, in.At)
	d.ReceivedBy, d.Note, d.PhotoID, d.Problem = in.ReceivedBy, in.Note, in.PhotoID, nil
	changes := []*Change{{Event: step.Event, Record: d, Before: before, Reason: in.Reason, DeviceAt: in.At}}
	if step, ok := next(KindOrder, ActComplete, string(o.Status)); ok {
		before := StateOf(o)
		o.Status, o.CompletedAt, o.FinishedAt = OrderStatus(step.To), now, now
		changes = append(changes, &Change{Event: step.Event, Record: o, Before: before})
	}
	return acted(ctx, tx, a, now, d, changes...)
}

// delivering finds the delivery that somebody says to have delivered, and
// whether it is a rider who had it once and has it no more.
func delivering(ctx context.Context, tx Tx, a Actor, id string) (d *Delivery, late bool, err error) {
	if a.Role != RoleRider {
		d, err = seenDelivery(ctx, tx, a, id)
		return d, false, err
	}
	if d, err = tx.FindDelivery(ctx, id); err != nil || own(d, a) {
		return d, false, err
	}
	had, err := tx.HadDelivery(ctx, d.ID, a.RiderID)
	if err != nil {
		return nil, false, err
	}
	if !had {
		return nil, false, NotFound("delivery")
	}
	return d, true, nil
}

// lateDeliver keeps in the history that a rider delivered what was no longer
// its own, once however often it says so, and answers the refusal: the delivery
// itself is somebody else's business now.
func (s *Service) lateDeliver(ctx context.Context, tx Tx, a Actor, d *Delivery, in Deliver, now Time) error {
	e := refused(d, a, "the delivery had been taken from this rider before")
	known, err := tx.HasLateDeliver(ctx, d.ID, a.RiderID)
	if err != nil {
		return err
	}
	if known {
		return e
	}
	step, err := nextDelivery(d, ActLateDeliver, a)
	if err != nil {
		return err
	}
	change := &Change{Event: step.Event, Record: d, Before: StateOf(d), Reason: in.Reason, DeviceAt: in.At}
	if err := tx.Append(ctx, a, d.CenterID, now, change); err != nil {
		return err
	}
	e.Current, e.Commit = d.shownTo(a), true
	return e
}

// mayRide lets riders act, and dispatchers in their place.
func mayRide(a Actor) error {
	if a.Role == RoleRider && a.RiderID != "" {
		return nil
	}
	return need(a, RoleDispatcher)
}

// needsReason is true for who acts in a rider's place.
func needsReason(a Actor) bool { return a.Role != RoleRider }

func checkAct(reason *string, at, now Time, needReason bool) error {
	var f form
	f.act(reason, at, now, needReason)
	return f.err()
}

func (f *form) act(reason *string, at, now Time, needReason bool) {
	if needReason {
		f.needed("reason", reason, maxReason)
	} else {
		f.text("reason", reason, maxReason)
	}
	f.deviceTime(at, now)
}

func checkDeliver(ctx context.Context, tx Tx, in *Deliver, d *Delivery, now Time, needReason bool) error {
	var f form
	f.act(&in.Reason, in.At, now, needReason)
	f.text("receivedBy", &in.ReceivedBy, maxName)
	f.text("note", &in.Note, maxReason)
	if in.PhotoID != "" {
		if err := f.photo(ctx, tx, in.PhotoID, d); err != nil {
			return err
		}
	}
	return f.err()
}

// photo checks that a photo is one of the delivery.
func (f *form) photo(ctx context.Context, tx Tx, id string, d *Delivery) error {
	p, err := tx.FindPhoto(ctx, id)
	if err != nil && !isNotFound(err) {
		return fmt.Errorf("photo of a delivery: %w", err)
	}
	if err != nil || p.DeliveryID != d.ID {
		f.bad("photoId", "is no photo of this delivery")
	}
	return nil
}

// acted appends what was done to a delivery and answers it.
func acted(ctx context.Context, tx Tx, a Actor, now Time, d *Delivery, changes ...*Change) (*Delivery, error) {
	if err := tx.Append(ctx, a, d.CenterID, now, changes...); err != nil {
		return nil, err
	}
	return d, nil
}
