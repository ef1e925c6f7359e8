package domain

import (
	"context"
	"errors"
	"fmt"
)

// Assign gives a delivery to a rider: a waiting one; with in.Version also one
// that is assigned (reassign) or picked up (hand over, with a reason, the
// status stays). To the rider who has it, it changes nothing.
func (s *Service) Assign(ctx context.Context, tx Tx, a Actor, id string, in AssignDelivery) (*Delivery, error) {
	if err := need(a, RoleDispatcher); err != nil {
		return nil, err
	}
	d, err := seenDelivery(ctx, tx, a, id)
	if err != nil {
		return nil, err
	}
	now := s.now()
	change, err := assign(ctx, tx, a, d, in, now)
	if err != nil || change == nil {
		return d, err
	}
	withdrawn, err := withdrawOffer(ctx, tx, d, now)
	if err != nil {
		return nil, err
	}
	if err := tx.Append(ctx, a, d.CenterID, now, append([]*Change{change}, withdrawn...)...); err != nil {
		return nil, err
	}
	return d, nil
}

// assign makes all checks and changes the record in memory; a nil change means
// that the rider has it already.
func assign(ctx context.Context, tx Tx, a Actor, d *Delivery, in AssignDelivery, now Time) (*Change, error) {
	keep := in.Version != nil && in.RiderID != "" && d.RiderID == in.RiderID && d.Status.InHand()
	var f form
	f.text("reason", &in.Reason, maxReason)
	var r *Rider
	if !keep {
		var err error
		if r, err = assignable(ctx, tx, &f, d, in.RiderID); err != nil {
			return nil, err
		}
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := stale(in.Version, d.Version, d); err != nil {
		return nil, err
	}
	if keep {
		return nil, nil
	}
	action := ActAssign
	if in.Version != nil {
		switch d.Status {
		case Assigned:
			action = ActReassign
		case PickedUp, Returning:
			action = ActHandOver
			if in.Reason == "" {
				return nil, Invalid("reason", "is required to hand over what is picked up")
			}
		}
	}
	step, err := nextDelivery(d, action, a)
	if err != nil {
		return nil, err
	}
	before := StateOf(d)
	d.Status, d.RiderID, d.RiderName, d.HeldUntil, d.NoRider = DeliveryStatus(step.To), r.ID, r.Name, Time{}, false
	d.takenFrom()
	if action != ActHandOver {
		d.AssignedAt = now
	}
	return &Change{Event: step.Event, Record: d, Before: before, Reason: in.Reason}, nil
}

// assignable finds the rider that a delivery is to be given to; whoever can't
// be given it is a matter of the field riderId.
func assignable(ctx context.Context, tx Tx, f *form, d *Delivery, riderID string) (*Rider, error) {
	if riderID == "" {
		f.bad("riderId", "is required")
		return nil, nil
	}
	r, err := tx.FindRider(ctx, riderID)
	if err != nil && !isNotFound(err) {
		return nil, err
	}
	switch {
	case err != nil || r.CenterID != d.CenterID:
		f.bad("riderId", "is no rider of this center")
	case !r.Active:
		f.bad("riderId", "is no longer a rider")
	case r.Duty != DutyOn:
		f.bad("riderId", "is not on duty")
	}
	return r, nil
}

// AssignMany makes several assignments of one center, all or none. When one is
// refused the error's Results say of each row why.
func (s *Service) AssignMany(ctx context.Context, tx Tx, a Actor, in AssignMany) ([]AssignResult, error) {
	if err := need(a, RoleDispatcher); err != nil {
		return nil, err
	}
	if err := checkRows(&in); err != nil {
		return nil, err
	}
	found, centerID, err := findRows(ctx, tx, a, in.Assignments)
	if err != nil {
		return nil, err
	}
	now := s.now()
	var changes []*Change
	results := make([]AssignResult, len(found))
	refusals := make([]AssignRefusal, len(found))
	var bad []Code
	for i, row := range in.Assignments {
		refusals[i] = AssignRefusal{DeliveryID: row.DeliveryID, Code: CodeOK}
		d := found[i]
		change, err := assignRow(ctx, tx, a, d, row, in.Reason, now)
		var e *Error
		if errors.As(err, &e) {
			refusals[i].Code, refusals[i].Detail = e.Code, e.Detail
			refusals[i].Current, _ = e.Current.(*Delivery)
			bad = append(bad, e.Code)
			continue
		}
		if err != nil {
			return nil, err
		}
		results[i] = AssignResult{DeliveryID: row.DeliveryID, Delivery: d}
		if change != nil {
			changes = append(changes, change)
		}
	}
	if len(bad) > 0 {
		return nil, &Error{
			Code:    refusalCode(bad),
			Detail:  fmt.Sprintf("%d of %d assignments can't be made; none was", len(bad), len(found)),
			Results: refusals,
		}
	}
	if len(changes) == 0 {
		return results, nil
	}
	assigned := make([]*Delivery, len(changes))
	for i, c := range changes {
		assigned[i] = c.Record.(*Delivery)
	}
	for _, d := range assigned {
		withdrawn, err := withdrawOffer(ctx, tx, d, now, assigned...)
		if err != nil {
			return nil, err
		}
		changes = append(changes, withdrawn...)
	}
	if err := tx.Append(ctx, a, centerID, now, changes...); err != nil {
		return nil, err
	}
	return results, nil
}

func assignRow(ctx context.Context, tx Tx, a Actor, d *Delivery, row Assignment, reason string, now Time) (*Change, error) {
	if d == nil {
		return nil, NotFound("delivery")
	}
	return assign(ctx, tx, a, d, AssignDelivery{RiderID: row.RiderID, Version: row.Version, Reason: reason}, now)
}

func checkRows(in *AssignMany) error {
	var f form
	f.text("reason", &in.Reason, maxReason)
	if n := len(in.Assignments); n == 0 || n > maxBulk {
		f.bad("assignments", "must be 1 to %d", maxBulk)
		return f.err()
	}
	rows := make(map[string]bool, len(in.Assignments))
	for i, row := range in.Assignments {
		at := fmt.Sprintf("assignments[%d].", i)
		switch {
		case row.DeliveryID == "":
			f.bad(at+"deliveryId", "is required")
		case rows[row.DeliveryID]:
			f.bad(at+"deliveryId", "is there twice")
		}
		rows[row.DeliveryID] = true
		if row.RiderID == "" {
			f.bad(at+"riderId", "is required")
		}
	}
	return f.err()
}

// findRows finds the deliveries (nil: none that the caller may see) and their
// one center.
func findRows(ctx context.Context, tx Tx, a Actor, rows []Assignment) (found []*Delivery, centerID string, err error) {
	found = make([]*Delivery, len(rows))
	for i, row := range rows {
		d, err := seenDelivery(ctx, tx, a, row.DeliveryID)
		if isNotFound(err) {
			continue
		}
		if err != nil {
			return nil, "", err
		}
		if centerID != "" && d.CenterID != centerID {
			return nil, "", Invalid(fmt.Sprintf("assignments[%d].deliveryId", i), "is of another center than the rows before")
		}
		found[i], centerID = d, d.CenterID
	}
	return found, centerID, nil
}

// refusalCode is the one code of a bulk write that was refused, always one
// that means 409: the rows say the rest.
func refusalCode(bad []Code) Code {
	for _, c := range bad {
		if c != CodeIllegalTransition {
			return CodeConflict
		}
	}
	return CodeIllegalTransition
}

// Unassign takes a delivery from its rider before it is picked up.
func (s *Service) Unassign(ctx context.Context, tx Tx, a Actor, id string, in Unassign) (*Delivery, error) {
	if err := need(a, RoleDispatcher); err != nil {
		return nil, err
	}
	d, err := seenDelivery(ctx, tx, a, id)
	if err != nil {
		return nil, err
	}
	var f form
	f.text("reason", &in.Reason, maxReason)
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := stale(in.Version, d.Version, d); err != nil {
		return nil, err
	}
	step, err := nextDelivery(d, ActUnassign, a)
	if err != nil {
		return nil, err
	}
	now, before := s.now(), StateOf(d)
	d.waitAgain(step)
	err = tx.Append(ctx, a, d.CenterID, now, &Change{Event: step.Event, Record: d, Before: before, Reason: in.Reason})
	if err != nil {
		return nil, err
	}
	return d, nil
}
