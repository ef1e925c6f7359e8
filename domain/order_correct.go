package domain

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
)

// CorrectOrder changes what the customer called about, in the order and in its
// delivery. What changes nothing takes no number; what can't be changed any more
// is refused with the names of the fields, and nothing of the call is applied.
func (s *Service) CorrectOrder(ctx context.Context, tx Tx, a Actor, id string, in CorrectOrder) (OrderResult, error) {
	none := OrderResult{}
	if err := needOr(a, RoleAgent, ScopeOrdersWrite); err != nil {
		return none, err
	}
	o, err := changedOrder(ctx, tx, a, id)
	if err != nil {
		return none, err
	}
	var d *Delivery
	if o.DeliveryID != "" {
		if d, err = tx.FindDelivery(ctx, o.DeliveryID); err != nil {
			return none, err
		}
	}
	now := s.now()
	n := *o
	if err := in.apply(&n, now); err != nil {
		return none, err
	}
	if err := stale(in.Version, o.Version, o); err != nil {
		return none, err
	}
	diff := correction(o, &n)
	if len(diff) == 0 {
		return OrderResult{Order: o, Delivery: d}, nil
	}
	step, err := correctable(o, d, diff)
	if err != nil {
		return none, err
	}
	c, err := tx.FindCenter(ctx, o.CenterID)
	if err != nil {
		return none, err
	}
	if in.Override != nil && !a.Staff() {
		return none, Errorf(CodeForbidden, "only staff override a rule")
	}
	area, err := zonesAt(ctx, tx, o.CenterID, o.Shop.ID, n.Customer.Location)
	if err != nil {
		return none, err
	}
	if n.PromisedAt != o.PromisedAt {
		n.PreOrder = isPreOrder(c, n.PromisedAt, now)
		if err := s.checkHours(ctx, tx, c, &n, in.Override, area, now); err != nil {
			return none, err
		}
	}
	if touches(diff, fieldLocation) {
		if err := area.refusal(in.Override); err != nil {
			return none, err
		}
	}
	before := StateOf(o)
	if in.Override != nil { // kept beside the reason of the correction itself
		diff = append(diff, FieldChange{Field: fieldOverride, From: clip(o.Override), To: clip(n.Override)})
	}
	changes := []*Change{{Event: step.Event, Record: &n, Before: before, Reason: in.Reason, Fields: correctedFields(diff)}}
	if d != nil {
		more, err := s.correctDelivery(ctx, tx, c, d, &n, diff, area, now)
		if err != nil {
			return none, err
		}
		more[0].Reason = in.Reason
		changes = append(changes, more...)
	}
	if err := tx.Append(ctx, a, o.CenterID, now, changes...); err != nil {
		return none, err
	}
	return OrderResult{Order: &n, Delivery: d}, nil
}

// checkHours refuses a new promise that has the shop cook while it is closed.
func (s *Service) checkHours(ctx context.Context, tx Tx, c *Center, o *Order, override *Override, area ZoneAnswer, now Time) error {
	if !o.PreOrder {
		return nil
	}
	shop, err := tx.FindShop(ctx, o.Shop.ID)
	if err != nil {
		return err
	}
	if override == nil && o.Override == "" && !shop.OpenAt(c, s.cookedAt(c, shop, o.PromisedAt, o.Customer.Location, area, now)) {
		return Invalid("shopId", "is closed at that time")
	}
	return nil
}

// apply puts what was sent into a copy of the order, and says what is wrong with it.
func (in *CorrectOrder) apply(o *Order, now Time) error {
	var f form
	f.text("reason", &in.Reason, maxReason)
	if in.Override != nil {
		f.needed("override.reason", &in.Override.Reason, maxReason)
		o.Override = in.Override.Reason
	}
	if p := in.Customer; p != nil {
		c := &o.Customer
		p.Name.to(&c.Name)
		p.Phone.to(&c.Phone)
		p.Address.to(&c.Address)
		p.AddressDetail.to(&c.AddressDetail)
		p.Memo.to(&c.Memo)
		p.Location.to(&c.Location)
		f.customer(c)
	}
	if in.Items.Sent {
		o.Items = in.Items.Value
		f.items(&o.Items)
	}
	if in.Payment.Sent {
		o.Payment = in.Payment.Value
		f.payment(o.Payment)
	}
	if in.PrepMinutes.Sent {
		o.PrepMinutes = in.PrepMinutes.Value
		f.optional("prepMinutes", o.PrepMinutes, 0, maxPrep)
		if o.PrepMinutes == nil && o.Status != OrderReceived {
			f.bad("prepMinutes", "is required of an accepted order")
		}
	}
	if in.PromisedAt.Sent {
		o.PromisedAt = in.PromisedAt.Value
		f.promised(o.PromisedAt, now)
	}
	return f.err()
}

// The names of the fields of a correction.
const (
	fieldItems    = "items"
	fieldPrep     = "prepMinutes"
	fieldPayment  = "payment"
	fieldPromised = "promisedAt"
	fieldLocation = "customer.location"
	fieldOverride = "override"
)

func touches(diff []FieldChange, field string) bool {
	return slices.ContainsFunc(diff, func(c FieldChange) bool { return c.Field == field })
}

// correction is what differs between an order and its corrected copy.
func correction(was, is *Order) []FieldChange {
	var diff []FieldChange
	add := func(field, from, to string) {
		if from != to {
			diff = append(diff, FieldChange{Field: field, From: clip(from), To: clip(to)})
		}
	}
	a, b := &was.Customer, &is.Customer
	add("customer.name", a.Name, b.Name)
	add("customer.phone", a.Phone, b.Phone)
	add("customer.address", a.Address, b.Address)
	add("customer.addressDetail", a.AddressDetail, b.AddressDetail)
	add(fieldLocation, asText(a.Location), asText(b.Location))
	add("customer.memo", a.Memo, b.Memo)
	add(fieldItems, asText(was.Items), asText(is.Items))
	add(fieldPayment, asText(was.Payment), asText(is.Payment))
	add(fieldPrep, minutesText(was.PrepMinutes), minutesText(is.PrepMinutes))
	add(fieldPromised, was.PromisedAt.String(), is.PromisedAt.String())
	return diff
}

func asText(v any) string {
	b, err := json.Marshal(v)
	if err != nil || string(b) == "null" {
		return ""
	}
	return string(b)
}

func minutesText(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

// correctable refuses fields whose time is over, by name.
func correctable(o *Order, d *Delivery, diff []FieldChange) (Transition, error) {
	step, ok := next(KindOrder, ActCorrect, string(o.Status))
	over := !ok || d != nil && !d.Status.Open()
	left := d != nil && d.Status.Carried()
	var fields []Field
	for _, c := range diff {
		switch {
		case over:
			fields = append(fields, NewField(c.Field, "can't be changed: the order has ended"))
		case left && (c.Field == fieldItems || c.Field == fieldPrep):
			fields = append(fields, NewField(c.Field, "can't be changed: the food has left the shop"))
		}
	}
	if len(fields) == 0 {
		return step, nil
	}
	return step, &Error{Code: CodeIllegalTransition, Detail: fields[0].Field + " " + fields[0].Message, Fields: fields, Current: o}
}

// correctDelivery follows an order's correction in its delivery. The first change
// is the delivery's own; an offer of what is held anew is withdrawn.
func (s *Service) correctDelivery(ctx context.Context, tx Tx, c *Center, d *Delivery, o *Order, diff []FieldChange, area ZoneAnswer, now Time) ([]*Change, error) {
	before := StateOf(d)
	moved := false // the door, the kitchen or the promise
	var names []string
	for _, f := range diff {
		if f.Field != fieldOverride { // that is the staff's own affair
			names = append(names, f.Field)
		}
		moved = moved || f.Field == fieldLocation || f.Field == fieldPrep || f.Field == fieldPromised
	}
	d.Customer, d.Items, d.Payment = o.Customer, o.Items, o.Payment
	if moved && d.Attempt <= 1 {
		prep := 0
		if o.PrepMinutes != nil {
			prep = *o.PrepMinutes
		}
		ready, held := d.ReadyAt, d.Held()
		s.promise(d, c, o, prep, area, now)
		if !held && !slices.Contains(names, fieldPromised) {
			d.HeldUntil = Time{} // it has been released, and nobody spoke of the time
		}
		if d.Status.Carried() { // the food was ready when it was fetched, whatever is promised now
			d.ReadyAt = ready
		}
	} else if moved && !o.PromisedAt.IsZero() {
		d.PromisedAt = o.PromisedAt
	}
	if d.Status.InHand() {
		if m := d.Amendment; m != nil && m.SeenAt.IsZero() {
			names = append(slices.Clone(m.Fields), names...)
			slices.Sort(names)
			names = slices.Compact(names)
		}
		d.Amendment = &Amendment{Fields: names}
	}
	changes := []*Change{{Event: EventDeliveryChanged, Record: d, Before: before, Diff: diff, Fields: correctedFields(diff)}}
	if d.Held() && d.Offer != nil {
		more, err := withdrawOffer(ctx, tx, d, now)
		if err != nil {
			return nil, err
		}
		changes = append(changes, more...)
	}
	return changes, nil
}

// correctedFields is a correction as the audit keeps it: nothing of a customer.
func correctedFields(diff []FieldChange) []AuditChange {
	out := make([]AuditChange, len(diff))
	for i, c := range diff {
		out[i] = AuditChange{Field: c.Field}
	}
	return out
}

// SeenAmendment says that its rider has seen a correction. An older version than
// the newest correction's is a conflict: something was corrected since.
func (s *Service) SeenAmendment(ctx context.Context, tx Tx, a Actor, id string, in SeenInput) (*Delivery, error) {
	if a.Role != RoleRider || a.RiderID == "" {
		return nil, Errorf(CodeForbidden, "only its rider says that it has seen a correction")
	}
	d, err := seenDelivery(ctx, tx, a, id)
	if err != nil {
		return nil, err
	}
	now := s.now()
	var f form
	f.deviceTime(in.At, now)
	if in.Version <= 0 {
		f.bad("version", "is required")
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	m := d.Amendment
	if m != nil && !d.Status.InHand() {
		return d, nil // it has come to an end meanwhile: there is nothing left to do about it
	}
	if m == nil {
		return nil, refused(d, a, "there is no correction to be seen")
	}
	if in.Version < m.Version {
		return nil, &Error{Code: CodeConflict, Detail: "the delivery was corrected again", Current: d}
	}
	if !m.SeenAt.IsZero() {
		return d, nil
	}
	before := StateOf(d)
	d.Amendment = &Amendment{Version: m.Version, At: m.At, Fields: m.Fields, SeenAt: actTime(in.At, now)}
	return acted(ctx, tx, a, now, d, &Change{Event: EventDeliveryChanged, Record: d, Before: before, DeviceAt: in.At})
}
