package domain

import (
	"context"
	"slices"
)

// act finds a delivery for a rider's act on it. done is set when the rider, who
// may have lost it since, has made the very act before: its app resends what it
// got no answer to.
func (s *Service) act(ctx context.Context, tx Tx, a Actor, id, event string, at Time) (d *Delivery, done bool, err error) {
	if err := mayRide(a); err != nil {
		return nil, false, err
	}
	if a.Role != RoleRider {
		d, err = seenDelivery(ctx, tx, a, id)
		return d, false, err
	}
	d, err = tx.FindDelivery(ctx, id)
	if err != nil {
		return nil, false, err
	}
	if done, err = resent(ctx, tx, a, d, event, at); err != nil || done {
		return d.shownTo(a), done, err
	}
	if !own(d, a) {
		return nil, false, NotFound("delivery")
	}
	return d, false, nil
}

// resent reports whether a rider has made an act before, by the device's time of
// it; whatever became of the delivery since, making it again changes nothing.
// Without a time that is known only where the delivery is no longer its own.
func resent(ctx context.Context, tx Tx, a Actor, d *Delivery, event string, at Time) (bool, error) {
	if a.Role != RoleRider || at.IsZero() && own(d, a) {
		return false, nil
	}
	return tx.HasStep(ctx, d.ID, event, a.UserID, at)
}

// Arrive says that the rider is at the shop (assigned) or at the door (pickup).
// That it is there already is no change.
func (s *Service) Arrive(ctx context.Context, tx Tx, a Actor, id string, in ArriveInput) (*Delivery, error) {
	if a.Role != RoleRider || a.RiderID == "" {
		return nil, Errorf(CodeForbidden, "only the rider says where it is")
	}
	d, done, err := s.act(ctx, tx, a, id, EventDeliveryArrived, in.At)
	if err != nil {
		return nil, err
	}
	now := s.now()
	var f form
	oneOf(&f, "place", in.Place, PlaceShop, PlaceDoor)
	f.deviceTime(in.At, now)
	if err := f.err(); err != nil {
		return nil, err
	}
	if done || in.Place == PlaceShop && !d.ArrivedShopAt.IsZero() || in.Place == PlaceDoor && !d.ArrivedDoorAt.IsZero() && d.Status != Assigned {
		return d, nil
	}
	if err := stale(in.Version, d.Version, d); err != nil {
		return nil, err
	}
	step, err := nextDelivery(d, ActArrive, a)
	if err != nil {
		return nil, err
	}
	if (in.Place == PlaceShop) != (d.Status == Assigned) {
		return nil, refused(d, a, "can't be at the %s of a delivery that is %s", in.Place, d.Status)
	}
	before := StateOf(d)
	d.arrived(in.Place, ByRider, actTime(in.At, now))
	return acted(ctx, tx, a, now, d, &Change{Event: step.Event, Record: d, Before: before, DeviceAt: in.At})
}

// ArriveByFix notes what the rider's positions say (the server); at is the time
// of the first of them. Where the delivery has gone on meanwhile nothing is noted.
func (s *Service) ArriveByFix(ctx context.Context, tx Tx, id, riderID string, place Place, at Time) (*Delivery, error) {
	d, err := tx.FindDelivery(ctx, id)
	if err != nil {
		return nil, err
	}
	known := place == PlaceShop && !d.ArrivedShopAt.IsZero() || place == PlaceDoor && !d.ArrivedDoorAt.IsZero()
	step, ok := next(KindDelivery, ActArrive, string(d.Status))
	if known || !ok || d.RiderID != riderID || (place == PlaceShop) != (d.Status == Assigned) {
		return d, nil
	}
	before := StateOf(d)
	d.arrived(place, ByFix, at)
	return acted(ctx, tx, System, s.now(), d, &Change{Event: step.Event, Record: d, Before: before})
}

func (r *Delivery) arrived(place Place, by string, at Time) {
	if place == PlaceShop {
		r.ArrivedShopAt, r.ArrivedShopBy = at, by
		return
	}
	r.ArrivedDoorAt, r.ArrivedDoorBy = at, by
}

// actTime is when an act happened: the device's time, which has been bounded,
// or now.
func actTime(at, now Time) Time {
	if at.IsZero() || at.After(now.Time) {
		return now
	}
	return at
}

// ReportProblem says why a delivery doesn't go on (its rider, or a dispatcher).
// It stands on the delivery until a dispatcher resolves it; the same one again
// is no change, another one takes its place.
func (s *Service) ReportProblem(ctx context.Context, tx Tx, a Actor, id string, in ProblemInput) (*Delivery, error) {
	d, done, err := s.act(ctx, tx, a, id, EventDeliveryProblem, in.At)
	if err != nil {
		return nil, err
	}
	now := s.now()
	var f form
	oneOf(&f, "kind", in.Kind, ProblemKinds...)
	f.text("note", &in.Note, maxReason)
	f.deviceTime(in.At, now)
	if in.PhotoID != "" && !done {
		if err := f.photo(ctx, tx, in.PhotoID, d); err != nil {
			return nil, err
		}
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	if done {
		return d, nil
	}
	if p := d.Problem; p != nil && p.Kind == in.Kind && p.Note == in.Note && p.PhotoID == in.PhotoID && p.By.ID == a.UserID {
		return d, nil
	}
	if err := stale(in.Version, d.Version, d); err != nil {
		return nil, err
	}
	step, err := nextDelivery(d, ActProblem, a)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(problemsOf(d.Status), in.Kind) {
		return nil, refused(d, a, "%s is no problem of a delivery that is %s", in.Kind, d.Status)
	}
	before := StateOf(d)
	d.Problem = &DeliveryProblem{Kind: in.Kind, Note: in.Note, PhotoID: in.PhotoID, At: now, DeviceAt: ShownDeviceAt(now, in.At), By: a.Person()}
	return acted(ctx, tx, a, now, d, &Change{Event: step.Event, Record: d, Before: before, Reason: string(in.Kind), DeviceAt: in.At})
}

// Resolve is what a dispatcher decides about a delivery that doesn't go on:
// continue, retry, return or fail.
func (s *Service) Resolve(ctx context.Context, tx Tx, a Actor, id string, in ResolveInput) (*Delivery, error) {
	if err := need(a, RoleDispatcher); err != nil {
		return nil, err
	}
	d, err := seenDelivery(ctx, tx, a, id)
	if err != nil {
		return nil, err
	}
	now := s.now()
	if err := checkResolve(&in, now); err != nil {
		return nil, err
	}
	if err := stale(in.Version, d.Version, d); err != nil {
		return nil, err
	}
	action := map[ResolveAction]Action{ResolveContinue: ActContinue, ResolveRetry: ActRetry, ResolveReturn: ActReturn, ResolveFail: ActFail}[in.Action]
	step, err := nextDelivery(d, action, a)
	if err != nil {
		return nil, err
	}
	if in.Action == ResolveContinue && d.Problem == nil {
		return nil, refused(d, a, "the delivery has no problem")
	}
	before := StateOf(d)
	kind := ProblemKind(in.Reason)
	if d.Problem != nil && in.Action != ResolveFail {
		kind = d.Problem.Kind
	}
	d.Status, d.Problem = DeliveryStatus(step.To), nil
	change := &Change{Event: step.Event, Record: d, Before: before, Reason: or(in.Note, in.Reason)}
	changes := []*Change{change}
	switch in.Action {
	case ResolveRetry:
		if err := s.retry(ctx, tx, d, in.PromisedAt, now); err != nil {
			return nil, err
		}
	case ResolveReturn:
		d.ReturningAt, d.FailReason = now, or(kind, OtherProblem)
	case ResolveFail:
		d.FailedAt, d.FinishedAt, d.FailReason = now, now, kind
		change.Reason = in.Reason
		failed, err := failOrder(ctx, tx, d, now)
		if err != nil {
			return nil, err
		}
		changes = append(changes, failed...)
	}
	return acted(ctx, tx, a, now, d, changes...)
}

func checkResolve(in *ResolveInput, now Time) error {
	var f form
	oneOf(&f, "action", in.Action, ResolveContinue, ResolveRetry, ResolveReturn, ResolveFail)
	f.text("note", &in.Note, maxReason)
	f.text("reason", &in.Reason, maxReason)
	if in.Action == ResolveFail {
		oneOf(&f, "reason", ProblemKind(in.Reason), ProblemKinds...)
	}
	f.promised(in.PromisedAt, now)
	return f.err()
}

// retry begins another attempt at the door, with a promise of its own.
func (s *Service) retry(ctx context.Context, tx Tx, d *Delivery, promised, now Time) error {
	c, err := tx.FindCenter(ctx, d.CenterID)
	if err != nil {
		return err
	}
	if promised.IsZero() {
		area, err := zonesAt(ctx, tx, d.CenterID, d.Shop.ID, d.Customer.Location)
		if err != nil {
			return err
		}
		promised = now.Add(seconds(s.estimateTo(c, *d.Shop.Location, d.Customer.Location)) + area.extra())
	}
	d.Attempt = max(d.Attempt, 1) + 1
	d.PromisedAt = promised
	d.ArrivedDoorAt, d.ArrivedDoorBy = Time{}, ""
	d.ReturningAt, d.FailReason = Time{}, ""
	return nil
}

// failOrder is the end of the order of a delivery that was returned or failed.
func failOrder(ctx context.Context, tx Tx, d *Delivery, now Time) ([]*Change, error) {
	o, err := tx.FindOrder(ctx, d.OrderID)
	if err != nil {
		return nil, err
	}
	step, ok := next(KindOrder, ActFail, string(o.Status))
	if !ok {
		return nil, nil
	}
	before := StateOf(o)
	o.Status, o.FinishedAt, o.Reason = OrderStatus(step.To), now, string(d.FailReason)
	return []*Change{{Event: step.Event, Record: o, Before: before, Reason: string(d.FailReason)}}, nil
}
