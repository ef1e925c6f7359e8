package domain

import (
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// closedFor is how far ahead a shop that calls itself closed now takes pre-orders from.
const closedFor = time.Hour

// CreateOrder takes an order in. The same channel and externalId again
// from the same key, or from the center's staff, answers the order that exists,
// with Existed set and nothing written.
func (s *Service) CreateOrder(ctx context.Context, tx Tx, a Actor, in NewOrder) (OrderResult, error) {
	none := OrderResult{}
	if err := needOr(a, RoleAgent, ScopeOrdersWrite); err != nil {
		return none, err
	}
	if in.Accept && !a.Staff() {
		return none, Errorf(CodeForbidden, "only staff accept orders")
	}
	shop, err := orderShop(ctx, tx, a, &in)
	if err != nil {
		return none, err
	}
	now := s.now()
	if err := checkOrder(&in, shop, now); err != nil {
		return none, err
	}
	if in.ExternalID != "" {
		there, err := tx.FindOrderByExternal(ctx, shop.CenterID, in.Channel, in.ExternalID, keyOf(a))
		if err == nil {
			return withDelivery(ctx, tx, there)
		}
		if !isNotFound(err) {
			return none, err
		}
	}
	center, err := tx.FindCenter(ctx, shop.CenterID)
	if err != nil {
		return none, err
	}
	if in.Override != nil && !a.Staff() {
		return none, Errorf(CodeForbidden, "only staff override a rule")
	}
	area, err := zonesAt(ctx, tx, center.ID, shop.ID, in.Customer.Location)
	if err != nil {
		return none, err
	}
	cooked := s.cookedAt(center, shop, in.PromisedAt, in.Customer.Location, area, now)
	if err := checkOpen(center, shop, cooked, now, in.Override); err != nil {
		return none, err
	}
	if err := area.refusal(in.Override); err != nil {
		return none, err
	}
	number, err := takeNumber(ctx, tx, center, now)
	if err != nil {
		return none, err
	}
	o := s.newOrder(in, shop, number, now)
	o.KeyID = keyOf(a)
	o.PreOrder = isPreOrder(center, o.PromisedAt, now)
	changes := []*Change{{Event: EventOrderCreate, Record: o, Reason: o.Override, Fields: overridden(in.Override)}}
	var d *Delivery
	if in.Accept {
		if d, err = s.beginDelivery(ctx, tx, center, shop, o, nil, area, now); err != nil {
			return none, err
		}
		changes = append(changes, &Change{Event: EventDeliveryCreate, Record: d, Reason: o.Override})
	}
	if err := tx.Append(ctx, a, center.ID, now, changes...); err != nil {
		return none, err
	}
	return OrderResult{Order: o, Delivery: d}, nil
}

// overridden notes in the audit that a rule was set aside; why is in the order and its history.
func overridden(o *Override) []AuditChange {
	if o == nil {
		return nil
	}
	return []AuditChange{{Field: fieldOverride}}
}

// orderShop finds the shop of a new order; nil when none was named, which is a
// matter of form.
func orderShop(ctx context.Context, tx Tx, a Actor, in *NewOrder) (*Shop, error) {
	if in.CenterID != "" {
		if _, err := seenCenter(ctx, tx, a, in.CenterID); err != nil {
			return nil, err
		}
	}
	if in.ShopID == "" {
		return nil, nil
	}
	return seenShop(ctx, tx, a, in.ShopID)
}

func checkOrder(in *NewOrder, shop *Shop, now Time) error {
	var f form
	if shop == nil {
		f.bad("shopId", "is required")
	} else if in.CenterID != "" && in.CenterID != shop.CenterID {
		f.bad("shopId", "is no shop of this center")
	}
	if !word(in.Channel, 1, maxCode, true, "_-") {
		f.bad("channel", "must be 1 to %d of a–z, 0–9, _ and -", maxCode)
	}
	f.text("externalId", &in.ExternalID, maxExternal)
	if n := len(utf16.Encode([]rune(in.ExternalID))); n > maxExternal && utf8.RuneCountInString(in.ExternalID) <= maxExternal {
		f.bad("externalId", "has more than %d characters", maxExternal) // its column counts an emoji as two
	}
	f.customer(&in.Customer)
	f.items(&in.Items)
	f.payment(in.Payment)
	f.optional("prepMinutes", in.PrepMinutes, 0, maxPrep)
	f.promised(in.PromisedAt, now)
	if in.Override != nil {
		f.needed("override.reason", &in.Override.Reason, maxReason)
	}
	return f.err()
}

func (f *form) customer(c *Customer) {
	f.text("customer.name", &c.Name, maxName)
	f.neededPhone("customer.phone", &c.Phone)
	f.text("customer.address", &c.Address, maxAddress)
	if c.Address == "" && c.Location == nil {
		f.bad("customer.address", "is required where there is no location")
	}
	f.text("customer.addressDetail", &c.AddressDetail, maxAddress)
	f.text("customer.memo", &c.Memo, maxReason)
	f.location("customer.location", c.Location)
}

func (f *form) payment(p Payment) {
	oneOf(f, "payment.method", p.Method, Prepaid, Card, Cash)
	f.number("payment.amount", p.Amount, 0, maxAmount)
}

func (f *form) promised(p, now Time) {
	if !p.IsZero() && (now.Sub(p.Time) > promiseBack || p.Sub(now.Time) > promiseMost) {
		f.bad("promisedAt", "must be at most a day back and 30 days ahead")
	}
}

func (f *form) items(items *[]Item) {
	if len(*items) == 0 || len(*items) > maxItems {
		f.bad("items", "must be 1 to %d", maxItems)
		return
	}
	*items = slices.Clone(*items)
	total, discount := int64(0), ""
	for i := range *items {
		it, at := &(*items)[i], fmt.Sprintf("items[%d].", i)
		f.needed(at+"name", &it.Name, maxName)
		f.number(at+"quantity", int64(it.Quantity), 1, maxQuantity)
		f.number(at+"price", it.Price, -maxPrice, maxPrice)
		total += it.Price * int64(max(1, it.Quantity))
		if it.Price < 0 && discount == "" {
			discount = at + "price"
		}
	}
	if discount != "" && total < 0 { // a line may take off what others cost
		f.bad(discount, "takes off more than the others cost")
	}
}

// checkOpen refuses what a center or shop that takes no orders was sent.
func checkOpen(c *Center, shop *Shop, cooked, now Time, override *Override) error {
	switch {
	case !c.Active:
		return Invalid("centerId", "takes no orders")
	case !shop.Active:
		return Invalid("shopId", "takes no orders")
	case shop.Status == ShopClosed && !cooked.After(now.Add(closedFor).Time):
		return Invalid("shopId", "is closed")
	case override == nil && !shop.OpenAt(c, cooked):
		return Invalid("shopId", "is closed at that time")
	}
	return nil
}

func (s *Service) newOrder(in NewOrder, shop *Shop, number string, now Time) *Order {
	override := ""
	if in.Override != nil {
		override = in.Override.Reason
	}
	return &Order{
		Override:    override,
		ID:          NewID(),
		Number:      number,
		CenterID:    shop.CenterID,
		Channel:     in.Channel,
		ExternalID:  in.ExternalID,
		Shop:        ShopRef{ID: shop.ID, Name: shop.Name, Phone: shop.Phone},
		Customer:    in.Customer,
		Items:       in.Items,
		Payment:     in.Payment,
		Status:      OrderReceived,
		PrepMinutes: in.PrepMinutes,
		PromisedAt:  in.PromisedAt,
		TrackingURL: s.trackingURL(NewSecret()),
		CreatedAt:   now,
	}
}

// spoken is a number as it is said on the phone.
func spoken(n int) string { return fmt.Sprintf("%04d", n) }

// takeNumber takes the next number of the center's day that nothing of the days
// before is still called by: at midnight the numbers begin anew while the last
// deliveries of the evening are on their way.
func takeNumber(ctx context.Context, tx Tx, c *Center, now Time) (string, error) {
	calendar := c.Calendar()
	day := calendar.Day(now.Time)
	begin := calendar.Start(day)
	for {
		n, err := tx.NextNumber(ctx, c.ID, day)
		if err != nil {
			return "", err
		}
		number := spoken(n)
		if used, err := tx.NumberInUse(ctx, c.ID, number, begin); err != nil || !used {
			return number, err
		}
	}
}

// beginDelivery accepts the order in memory and makes its delivery.
func (s *Service) beginDelivery(ctx context.Context, tx Tx, c *Center, shop *Shop, o *Order, prep *int, area ZoneAnswer, now Time) (*Delivery, error) {
	minutes := shop.PrepMinutes
	if shop.Status == ShopBusy {
		minutes += shop.BusyMinutes
	}
	if o.PrepMinutes != nil {
		minutes = *o.PrepMinutes
	}
	if prep != nil {
		minutes = *prep
	}
	number := o.Number
	if DayOf(*c, now) != DayOf(*c, o.CreatedAt) {
		var err error
		if number, err = takeNumber(ctx, tx, c, now); err != nil {
			return nil, err
		}
	}
	place := shop.Location
	d := &Delivery{
		ID:        NewID(),
		Number:    number,
		OrderID:   o.ID,
		CenterID:  o.CenterID,
		Status:    Waiting,
		Shop:      ShopRef{ID: shop.ID, Name: shop.Name, Phone: shop.Phone, Address: shop.Address, Location: &place},
		Customer:  o.Customer,
		Items:     o.Items,
		Payment:   o.Payment,
		CreatedAt: now,

		DeliveryMore: DeliveryMore{Attempt: 1},
	}
	o.Status, o.AcceptedAt, o.PrepMinutes, o.DeliveryID = OrderAccepted, now, &minutes, d.ID
	s.promise(d, c, o, minutes, area, now)
	return d, nil
}

// withDelivery is the answer for an order that was there already.
func withDelivery(ctx context.Context, tx Tx, o *Order) (OrderResult, error) {
	res := OrderResult{Order: o, Existed: true}
	if o.DeliveryID != "" {
		d, err := tx.FindDelivery(ctx, o.DeliveryID)
		if err != nil {
			return OrderResult{}, err
		}
		res.Delivery = d
	}
	return res, nil
}

// AcceptOrder makes the order's delivery. It takes two numbers.
func (s *Service) AcceptOrder(ctx context.Context, tx Tx, a Actor, id string, in AcceptOrder) (OrderResult, error) {
	none := OrderResult{}
	if err := need(a, RoleAgent); err != nil {
		return none, err
	}
	o, err := seenOrder(ctx, tx, a, id)
	if err != nil {
		return none, err
	}
	var f form
	f.optional("prepMinutes", in.PrepMinutes, 0, maxPrep)
	if err := f.err(); err != nil {
		return none, err
	}
	if err := stale(in.Version, o.Version, o); err != nil {
		return none, err
	}
	step, err := nextOrder(o, ActAccept)
	if err != nil {
		return none, err
	}
	center, err := tx.FindCenter(ctx, o.CenterID)
	if err != nil {
		return none, err
	}
	shop, err := tx.FindShop(ctx, o.Shop.ID)
	if err != nil {
		return none, fmt.Errorf("shop of order %s: %w", o.ID, err)
	}
	now, before := s.now(), StateOf(o)
	area, err := zonesAt(ctx, tx, o.CenterID, shop.ID, o.Customer.Location)
	if err != nil {
		return none, err
	}
	d, err := s.beginDelivery(ctx, tx, center, shop, o, in.PrepMinutes, area, now)
	if err != nil {
		return none, err
	}
	err = tx.Append(ctx, a, o.CenterID, now,
		&Change{Event: step.Event, Record: o, Before: before},
		&Change{Event: EventDeliveryCreate, Record: d, Reason: o.Override})
	if err != nil {
		return none, err
	}
	return OrderResult{Order: o, Delivery: d}, nil
}
