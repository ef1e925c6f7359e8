package domain

import "context"

// SetDuty puts a rider on duty, off or on a break: the rider itself ("me"), a
// dispatcher or above, or a key with riders:write. Who has deliveries in hand
// can't go off duty, but may have a break. The duty it has is no change.
func (s *Service) SetDuty(ctx context.Context, tx Tx, a Actor, riderID string, in SetDuty) (*Rider, error) {
	if a.Role != RoleRider {
		if err := needOr(a, RoleDispatcher, ScopeRidersWrite); err != nil {
			return nil, err
		}
	}
	if riderID == "me" {
		riderID = a.RiderID
	}
	r, err := seenRider(ctx, tx, a, riderID)
	if err != nil {
		return nil, err
	}
	var f form
	oneOf(&f, "duty", in.Duty, DutyOn, DutyOff, DutyBreak)
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := stale(in.Version, r.Version, r); err != nil {
		return nil, err
	}
	if r.Duty == in.Duty {
		return r, nil
	}
	if !r.Active {
		return nil, &Error{Code: CodeIllegalTransition, Detail: "who is no longer a rider takes no duty", Current: r}
	}
	if in.Duty == DutyOff {
		if err := emptyHanded(ctx, tx, r); err != nil {
			return nil, err
		}
	}
	now := s.now()
	was := string(r.Duty)
	r.Duty = in.Duty
	changes := []*Change{{Event: EventRiderDuty, Record: r, Fields: []AuditChange{{"duty", was, string(in.Duty)}}}}
	withdrawn, err := withdrawOfferOf(ctx, tx, r, now)
	if err != nil {
		return nil, err
	}
	if err := tx.Append(ctx, a, r.CenterID, now, append(changes, withdrawn...)...); err != nil {
		return nil, err
	}
	return r, nil
}

// withdrawOfferOf ends the open offer of a rider who takes no work any more.
func withdrawOfferOf(ctx context.Context, tx Tx, r *Rider, now Time) ([]*Change, error) {
	if r.Active && r.Duty == DutyOn {
		return nil, nil
	}
	o, err := tx.OpenOfferOf(ctx, r.ID)
	if err != nil || o == nil {
		return nil, err
	}
	step, _ := next(KindOffer, ActWithdraw, string(o.Status))
	return endOffer(ctx, tx, o, step, now, nil)
}

// emptyHanded refuses what a rider with deliveries in hand can't do.
func emptyHanded(ctx context.Context, tx Tx, r *Rider) error {
	load, err := tx.OpenDeliveries(ctx, r.ID)
	if err != nil {
		return err
	}
	if load > 0 {
		return &Error{
			Code:    CodeIllegalTransition,
			Detail:  "the rider has deliveries in hand",
			Current: r,
		}
	}
	return nil
}
