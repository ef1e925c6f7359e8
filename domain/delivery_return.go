package domain

import (
	"context"
	"slices"
	"time"
)

// reopenFor is how long after its end a delivery can be taken up again.
const reopenFor = 15 * time.Minute

// GiveBack puts a delivery that its rider has not picked up back among those
// that wait. The engine does not give it to the same rider again.
func (s *Service) GiveBack(ctx context.Context, tx Tx, a Actor, id string, in GiveBackInput) (*Delivery, error) {
	if a.Role != RoleRider || a.RiderID == "" {
		return nil, Errorf(CodeForbidden, "only its rider gives a delivery back")
	}
	d, done, err := s.act(ctx, tx, a, id, EventDeliveryGiveBack, in.At)
	if err != nil {
		return nil, err
	}
	now := s.now()
	var f form
	f.needed("reason", &in.Reason, maxReason)
	f.deviceTime(in.At, now)
	if err := f.err(); err != nil {
		return nil, err
	}
	if done {
		return d, nil
	}
	if err := stale(in.Version, d.Version, d); err != nil {
		return nil, err
	}
	c, err := tx.FindCenter(ctx, d.CenterID)
	if err != nil {
		return nil, err
	}
	step, err := nextDelivery(d, ActGiveBack, a)
	if err != nil {
		return nil, err
	}
	if !c.RiderMayGiveBack {
		return nil, refused(d, a, "riders don't give back in this center")
	}
	before := StateOf(d)
	d.waitAgain(step)
	if !slices.Contains(d.Avoid, a.RiderID) {
		d.Avoid = append(slices.Clone(d.Avoid), a.RiderID)
	}
	if _, err := acted(ctx, tx, a, now, d, &Change{Event: step.Event, Record: d, Before: before, Reason: in.Reason, DeviceAt: in.At}); err != nil {
		return nil, err
	}
	return d.shownTo(a), nil
}

// waitAgain takes the delivery from its rider.
func (r *Delivery) waitAgain(step Transition) {
	if r.Pin == r.RiderID {
		r.Pin = ""
	}
	r.Status, r.RiderID, r.RiderName, r.AssignedAt = DeliveryStatus(step.To), "", "", Time{}
	r.NoRider = false
	r.takenFrom()
}

// Returned says that the shop has the food back; it ends the order as failed.
func (s *Service) Returned(ctx context.Context, tx Tx, a Actor, id string, in ReturnedInput) (*Delivery, error) {
	d, done, err := s.act(ctx, tx, a, id, EventDeliveryReturned, in.At)
	if err != nil {
		return nil, err
	}
	now := s.now()
	var f form
	f.act(&in.Reason, in.At, now, needsReason(a))
	f.text("receivedBy", &in.ReceivedBy, maxName)
	f.text("note", &in.Note, maxReason)
	if err := f.err(); err != nil {
		return nil, err
	}
	if done || own(d, a) && d.Status == Returned {
		return d, nil
	}
	if err := stale(in.Version, d.Version, d); err != nil {
		return nil, err
	}
	step, err := nextDelivery(d, ActReturned, a)
	if err != nil {
		return nil, err
	}
	before := StateOf(d)
	d.Status, d.ReturnedAt, d.FinishedAt, d.Problem = DeliveryStatus(step.To), now, now, nil
	d.FailReason = or(d.FailReason, OtherProblem)
	d.ReceivedBy, d.Note = in.ReceivedBy, in.Note
	changes := []*Change{{Event: step.Event, Record: d, Before: before, Reason: in.Reason, DeviceAt: in.At}}
	failed, err := failOrder(ctx, tx, d, now)
	if err != nil {
		return nil, err
	}
	return acted(ctx, tx, a, now, d, append(changes, failed...)...)
}

// Reopen takes back an end that was said wrongly (dispatcher), up to 15 minutes
// after it: the delivery is in its rider's hands again, and its order accepted.
// Cash that a settlement has counted stays counted, so that is refused.
func (s *Service) Reopen(ctx context.Context, tx Tx, a Actor, id string, in ReopenInput) (*Delivery, error) {
	if err := need(a, RoleDispatcher); err != nil {
		return nil, err
	}
	d, err := seenDelivery(ctx, tx, a, id)
	if err != nil {
		return nil, err
	}
	var f form
	f.needed("reason", &in.Reason, maxReason)
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := stale(in.Version, d.Version, d); err != nil {
		return nil, err
	}
	step, err := nextDelivery(d, ActReopen, a)
	if err != nil {
		return nil, err
	}
	now := s.now()
	if now.Sub(d.FinishedAt.Time) > reopenFor {
		return nil, refused(d, a, "a delivery is reopened at most %d minutes after its end", int(reopenFor.Minutes()))
	}
	settled, err := tx.IsSettled(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	if settled {
		return nil, refused(d, a, "the rider's cash for this delivery is settled")
	}
	r, err := tx.FindRider(ctx, d.RiderID)
	if err != nil {
		return nil, err
	}
	if !r.Active || r.Duty == DutyOff {
		return nil, refused(d, a, "its rider is off duty")
	}
	o, err := tx.FindOrder(ctx, d.OrderID)
	if err != nil {
		return nil, err
	}
	before := StateOf(d)
	d.Status, d.FinishedAt, d.DeliveredAt, d.DeliveredDeviceAt = DeliveryStatus(step.To), Time{}, Time{}, Time{}
	d.ReturnedAt, d.FailedAt, d.ReturningAt, d.FailReason = Time{}, Time{}, Time{}, ""
	d.ReceivedBy, d.Note, d.PhotoID = "", "", ""
	d.ArrivedDoorAt, d.ArrivedDoorBy = Time{}, ""
	changes := []*Change{{Event: step.Event, Record: d, Before: before, Reason: in.Reason}}
	if step, ok := next(KindOrder, ActReopen, string(o.Status)); ok {
		before := StateOf(o)
		o.Status, o.CompletedAt, o.FinishedAt, o.Reason = OrderStatus(step.To), Time{}, Time{}, ""
		changes = append(changes, &Change{Event: step.Event, Record: o, Before: before, Reason: in.Reason})
	}
	return acted(ctx, tx, a, now, d, changes...)
}
