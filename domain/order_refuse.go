package domain

import "context"

// RejectOrder ends an order that the shop can't make.
func (s *Service) RejectOrder(ctx context.Context, tx Tx, a Actor, id string, in RejectOrder) (OrderResult, error) {
	none := OrderResult{}
	if err := need(a, RoleAgent); err != nil {
		return none, err
	}
	o, err := seenOrder(ctx, tx, a, id)
	if err != nil {
		return none, err
	}
	var f form
	f.text("reason", &in.Reason, maxReason)
	if err := f.err(); err != nil {
		return none, err
	}
	if err := stale(in.Version, o.Version, o); err != nil {
		return none, err
	}
	step, err := nextOrder(o, ActReject)
	if err != nil {
		return none, err
	}
	now, before := s.now(), StateOf(o)
	o.Status, o.RejectedAt, o.FinishedAt, o.Reason = OrderStatus(step.To), now, now, in.Reason
	err = tx.Append(ctx, a, o.CenterID, now, &Change{Event: step.Event, Record: o, Before: before, Reason: in.Reason})
	if err != nil {
		return none, err
	}
	return OrderResult{Order: o}, nil
}

// CancelOrder ends an order and with it its delivery, unless that is delivered.
func (s *Service) CancelOrder(ctx context.Context, tx Tx, a Actor, id string, in CancelOrder) (OrderResult, error) {
	none := OrderResult{}
	if err := needOr(a, RoleAgent, ScopeOrdersWrite); err != nil {
		return none, err
	}
	o, err := changedOrder(ctx, tx, a, id)
	if err != nil {
		return none, err
	}
	if in.By == "" {
		in.By = CancelledByAgent
		if a.Role == RoleKey {
			in.By = CancelledByCustomer
		}
	}
	var f form
	f.text("reason", &in.Reason, maxReason)
	oneOf(&f, "by", in.By, CancelledByCustomer, CancelledByShop, CancelledByAgent)
	if err := f.err(); err != nil {
		return none, err
	}
	if err := stale(in.Version, o.Version, o); err != nil {
		return none, err
	}
	if _, err := nextOrder(o, ActCancel); err != nil {
		return none, err
	}
	var d *Delivery
	if o.DeliveryID != "" {
		if d, err = tx.FindDelivery(ctx, o.DeliveryID); err != nil {
			return none, err
		}
		if _, err := nextDelivery(d, ActCancel, a); err != nil {
			return none, err
		}
	}
	now := s.now()
	changes := []*Change{cancelOrder(o, in.Reason, in.By, now)}
	if d != nil {
		cancelled, err := cancelDelivery(ctx, tx, d, in.Reason, now)
		if err != nil {
			return none, err
		}
		changes = append(changes, cancelled...)
	}
	if err := tx.Append(ctx, a, o.CenterID, now, changes...); err != nil {
		return none, err
	}
	return OrderResult{Order: o, Delivery: d}, nil
}

// Who an order was cancelled by.
const (
	CancelledByCustomer = "customer"
	CancelledByShop     = "shop"
	CancelledByAgent    = "agent"
)

// CancelDelivery ends a delivery and its order; the rider stays on the record.
func (s *Service) CancelDelivery(ctx context.Context, tx Tx, a Actor, id string, in CancelDelivery) (*Delivery, error) {
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
	if _, err := nextDelivery(d, ActCancel, a); err != nil {
		return nil, err
	}
	o, err := tx.FindOrder(ctx, d.OrderID)
	if err != nil {
		return nil, err
	}
	now := s.now()
	changes, err := cancelDelivery(ctx, tx, d, in.Reason, now)
	if err != nil {
		return nil, err
	}
	if _, ok := next(KindOrder, ActCancel, string(o.Status)); ok {
		changes = append(changes, cancelOrder(o, in.Reason, CancelledByAgent, now))
	}
	if err := tx.Append(ctx, a, d.CenterID, now, changes...); err != nil {
		return nil, err
	}
	return d, nil
}

func cancelOrder(o *Order, reason, by string, now Time) *Change {
	before := StateOf(o)
	o.Status, o.CancelledAt, o.FinishedAt = OrderCancelled, now, now
	o.Reason, o.CancelledBy = reason, by
	return &Change{Event: EventOrderCancelled, Record: o, Before: before, Reason: reason}
}

// cancelDelivery ends a delivery in memory, and withdraws an offer of it.
func cancelDelivery(ctx context.Context, tx Tx, d *Delivery, reason string, now Time) ([]*Change, error) {
	change := &Change{Event: EventDeliveryCancelled, Record: d, Before: StateOf(d), Reason: reason}
	d.Status, d.CancelledAt, d.FinishedAt, d.CancelReason = Cancelled, now, now, reason
	d.HeldUntil, d.Problem = Time{}, nil
	withdrawn, err := withdrawOffer(ctx, tx, d, now)
	return append([]*Change{change}, withdrawn...), err
}
