package domain

import (
	"context"
	"slices"
)

const maxAvoid = 50

// Pin tells the engine which rider a waiting delivery is for (dispatcher).
func (s *Service) Pin(ctx context.Context, tx Tx, a Actor, id string, in PinInput) (*Delivery, error) {
	return s.advise(ctx, tx, a, id, in, true, func(d *Delivery) error {
		d.Pin = in.RiderID
		d.Avoid = slices.DeleteFunc(slices.Clone(d.Avoid), func(r string) bool { return r == in.RiderID })
		return nil
	})
}

// Unpin leaves the choice of the rider to the engine again (dispatcher).
func (s *Service) Unpin(ctx context.Context, tx Tx, a Actor, id string) (*Delivery, error) {
	return s.advise(ctx, tx, a, id, PinInput{}, false, func(d *Delivery) error { d.Pin = ""; return nil })
}

// Avoid tells the engine a rider that a waiting delivery is not for (dispatcher).
func (s *Service) Avoid(ctx context.Context, tx Tx, a Actor, id string, in PinInput) (*Delivery, error) {
	return s.advise(ctx, tx, a, id, in, true, func(d *Delivery) error {
		if slices.Contains(d.Avoid, in.RiderID) {
			return nil
		}
		if len(d.Avoid) >= maxAvoid {
			return Invalid("riderId", "is one more than %d", maxAvoid)
		}
		if d.Pin == in.RiderID {
			d.Pin = ""
		}
		d.Avoid = append(slices.Clone(d.Avoid), in.RiderID)
		return nil
	})
}

// advise changes what the engine is told of a waiting delivery. An open offer to
// a rider whom the advice rules out is withdrawn.
func (s *Service) advise(ctx context.Context, tx Tx, a Actor, id string, in PinInput, needed bool, change func(*Delivery) error) (*Delivery, error) {
	if err := need(a, RoleDispatcher); err != nil {
		return nil, err
	}
	d, err := seenDelivery(ctx, tx, a, id)
	if err != nil {
		return nil, err
	}
	now := s.now()
	if needed {
		var f form
		if _, err := knownRider(ctx, tx, &f, d, in.RiderID); err != nil {
			return nil, err
		}
		if err := f.err(); err != nil {
			return nil, err
		}
	}
	if err := stale(in.Version, d.Version, d); err != nil {
		return nil, err
	}
	if d.Status != Waiting {
		return nil, refused(d, a, "the engine gives only what is waiting")
	}
	before, pin, avoid := StateOf(d), d.Pin, d.Avoid
	if err := change(d); err != nil {
		return nil, err
	}
	if d.Pin == pin && slices.Equal(d.Avoid, avoid) {
		return d, nil
	}
	changes := []*Change{{Event: EventDeliveryChanged, Record: d, Before: before,
		Fields: []AuditChange{{"pin", pin, d.Pin}}}}
	if o := d.Offer; o != nil && (d.Pin != "" && d.Pin != o.RiderID || slices.Contains(d.Avoid, o.RiderID)) {
		more, err := withdrawOffer(ctx, tx, d, now)
		if err != nil {
			return nil, err
		}
		changes = append(changes, more...)
	}
	return acted(ctx, tx, a, now, d, changes...)
}

// knownRider finds a rider of the delivery's center; anything else is a matter
// of the field riderId.
func knownRider(ctx context.Context, tx Tx, f *form, d *Delivery, riderID string) (*Rider, error) {
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
	}
	return r, nil
}
