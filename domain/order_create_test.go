package domain

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func (w *world) create(a Actor, in NewOrder) (OrderResult, error) {
	return try(w, func(tx Tx) (OrderResult, error) { return w.s.CreateOrder(ctx, tx, a, in) })
}

func (w *world) accept(a Actor, id string, in AcceptOrder) (OrderResult, error) {
	return try(w, func(tx Tx) (OrderResult, error) { return w.s.AcceptOrder(ctx, tx, a, id, in) })
}

func TestCreateOrder(t *testing.T) {
	w := newWorld(t)
	head := w.seq[w.a.center]
	res, err := w.create(w.keyOfA, w.order(w.a))
	if err != nil {
		t.Fatal(err)
	}
	o := res.Order
	if o.Status != OrderReceived || o.Number != "0001" || o.CenterID != w.a.center || o.Version != head+1 || res.Delivery != nil {
		t.Errorf("order %+v", o)
	}
	if o.Customer.Phone != "01012345678" || o.Shop != (ShopRef{ID: w.a.shop, Name: "Shop a", Phone: "021234567"}) {
		t.Errorf("order %+v", o)
	}
	if !strings.HasPrefix(o.TrackingURL, "https://bros.example/t/") || len(TrackingToken(o.TrackingURL)) != 32 {
		t.Errorf("tracking %q", o.TrackingURL)
	}
	if o.PrepMinutes != nil || !o.PromisedAt.IsZero() || o.CreatedAt != At(start) {
		t.Errorf("order %+v", o)
	}
}

func TestCreateOrderRights(t *testing.T) {
	w := newWorld(t)
	accepting := func(p place) NewOrder { in := w.order(p); in.Accept = true; return in }
	named := func(p place, center string) NewOrder { in := w.order(p); in.CenterID = center; return in }
	for _, c := range []struct {
		name string
		a    Actor
		in   NewOrder
		want Code
	}{
		{"agent", w.a.agent, w.order(w.a), ""},
		{"agent with its center", w.a.agent, named(w.a, w.a.center), ""},
		{"dispatcher accepting", w.a.dispatcher, accepting(w.a), ""},
		{"admin anywhere", w.admin, w.order(w.b), ""},
		{"key", w.key, w.order(w.b), ""},
		{"key of the center", w.keyOfA, w.order(w.a), ""},
		{"rider", w.a.r1, w.order(w.a), CodeForbidden},
		{"key without scope", w.readKey, w.order(w.a), CodeForbidden},
		{"key accepting", w.key, accepting(w.a), CodeForbidden},
		{"key of another center", w.keyOfA, w.order(w.b), CodeNotFound},
		{"agent of another center", w.b.agent, w.order(w.a), CodeNotFound},
		{"unknown shop", w.a.agent, NewOrder{ShopID: "none"}, CodeNotFound},
		{"unknown center", w.admin, named(w.a, "none"), CodeNotFound},
		{"unseen center", w.a.agent, named(w.a, w.b.center), CodeNotFound},
		{"shop of another seen center", w.admin, named(w.a, w.b.center), CodeValidation},
	} {
		t.Run(c.name, func(t *testing.T) {
			res, err := w.create(c.a, c.in)
			if codeOf(err) != c.want {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if err == nil && (res.Delivery != nil) != c.in.Accept {
				t.Errorf("delivery %+v", res.Delivery)
			}
		})
	}
}

func TestCreateOrderForm(t *testing.T) {
	w := newWorld(t)
	long := func(n int) string { return strings.Repeat("가", n) }
	for _, c := range []struct {
		field string
		edit  func(in *NewOrder)
	}{
		{"shopId", func(in *NewOrder) { in.ShopID = "" }},
		{"channel", func(in *NewOrder) { in.Channel = "" }},
		{"channel", func(in *NewOrder) { in.Channel = "Phone" }},
		{"channel", func(in *NewOrder) { in.Channel = strings.Repeat("x", 33) }},
		{"externalId", func(in *NewOrder) { in.ExternalID = long(101) }},
		{"customer.name", func(in *NewOrder) { in.Customer.Name = long(101) }},
		{"customer.phone", func(in *NewOrder) { in.Customer.Phone = "" }},
		{"customer.phone", func(in *NewOrder) { in.Customer.Phone = "call me" }},
		{"customer.phone", func(in *NewOrder) { in.Customer.Phone = "12" }},
		{"customer.phone", func(in *NewOrder) { in.Customer.Phone = strings.Repeat("1", 21) }},
		{"customer.address", func(in *NewOrder) { in.Customer.Address = long(301) }},
		{"customer.address", func(in *NewOrder) { in.Customer.Address, in.Customer.Location = " ", nil }},
		{"customer.addressDetail", func(in *NewOrder) { in.Customer.AddressDetail = long(301) }},
		{"customer.memo", func(in *NewOrder) { in.Customer.Memo = long(501) }},
		{"customer.location", func(in *NewOrder) { in.Customer.Location = &Location{91, 0} }},
		{"customer.location", func(in *NewOrder) { in.Customer.Location = &Location{0, -181} }},
		{"items", func(in *NewOrder) { in.Items = nil }},
		{"items", func(in *NewOrder) { in.Items = make([]Item, 101) }},
		{"items[0].name", func(in *NewOrder) { in.Items[0].Name = " " }},
		{"items[0].quantity", func(in *NewOrder) { in.Items[0].Quantity = 0 }},
		{"items[0].quantity", func(in *NewOrder) { in.Items[0].Quantity = 1000 }},
		{"items[0].price", func(in *NewOrder) { in.Items[0].Price = -1 }},
		{"items[0].price", func(in *NewOrder) { in.Items[0].Price = 1_000_000_001 }},
		{"payment.method", func(in *NewOrder) { in.Payment.Method = "shells" }},
		{"payment.amount", func(in *NewOrder) { in.Payment.Amount = -1 }},
		{"prepMinutes", func(in *NewOrder) { in.PrepMinutes = new(-1) }},
		{"prepMinutes", func(in *NewOrder) { in.PrepMinutes = new(241) }},
		{"promisedAt", func(in *NewOrder) { in.PromisedAt = At(start.Add(-25 * time.Hour)) }},
		{"promisedAt", func(in *NewOrder) { in.PromisedAt = At(start.AddDate(0, 2, 0)) }},
	} {
		in := w.order(w.a)
		c.edit(&in)
		_, err := w.create(w.a.agent, in)
		if f := fieldsOf(err); codeOf(err) != CodeValidation || !slices.Equal(f, []string{c.field}) {
			t.Errorf("want %s: got %v %v", c.field, f, err)
		}
	}
	_, err := w.create(w.a.agent, NewOrder{})
	if f := fieldsOf(err); len(f) < 5 {
		t.Errorf("all that is wrong is told at once, got %v", f)
	}
	if len(w.orders) != 0 || len(w.numbers) != 0 {
		t.Error("refusals left something behind")
	}
}

func TestCreateOrderTwice(t *testing.T) {
	w := newWorld(t)
	in := w.order(w.a)
	in.ExternalID, in.Accept = "X-1", true
	first, err := w.create(w.a.agent, in)
	if err != nil || first.Existed {
		t.Fatal(first, err)
	}
	plain := NewOrder{
		ShopID: in.ShopID, Channel: in.Channel, ExternalID: in.ExternalID,
		Customer: in.Customer, Items: in.Items, Payment: in.Payment,
	}
	again, err := w.create(w.a.dispatcher, plain)
	if err != nil || !again.Existed || again.Order.ID != first.Order.ID || again.Delivery.ID != first.Delivery.ID {
		t.Errorf("%+v %v", again, err)
	}
	ids := map[string]bool{first.Order.ID: true}
	for _, key := range []Actor{w.key, w.keyOfA} {
		own, err := w.create(key, plain)
		if err != nil || own.Existed || ids[own.Order.ID] {
			t.Errorf("%s gets somebody else's order: %+v %v", key.Name, own, err)
		}
		ids[own.Order.ID] = true
		if again, err := w.create(key, plain); err != nil || !again.Existed || again.Order.ID != own.Order.ID {
			t.Errorf("%s again: %+v %v", key.Name, again, err)
		}
	}
	in.Channel = "app"
	if other, err := w.create(w.a.agent, in); err != nil || other.Existed {
		t.Errorf("another channel: %+v %v", other, err)
	}
	in = w.order(w.b)
	in.ExternalID = "X-1"
	if other, err := w.create(w.b.agent, in); err != nil || other.Existed {
		t.Errorf("another center: %+v %v", other, err)
	}
	shut := must(w, func(tx Tx) (*Shop, error) {
		return w.s.UpdateShop(ctx, tx, w.a.manager, w.a.shop, ShopPatch{Status: new(ShopClosed)})
	})
	in = w.order(w.a)
	in.ExternalID = "X-1"
	if again, err := w.create(w.a.agent, in); err != nil || !again.Existed {
		t.Errorf("a resend after the shop closed: %+v %v", again, err)
	}
	in.ExternalID = "X-2"
	if _, err := w.create(w.a.agent, in); codeOf(err) != CodeValidation {
		t.Errorf("an order of %s: %v", shut.Status, err)
	}
}

func TestAcceptTimes(t *testing.T) {
	const way = 240 + 255 // seconds: 4 minutes of service, 1419 m at 20 km/h
	for _, c := range []struct {
		name          string
		order, accept *int
		busy          int
		promised      time.Duration
		prep          int
	}{
		{"the shop's", nil, nil, 0, 0, 20},
		{"the busy shop's", nil, nil, 15, 0, 35},
		{"the order's", new(7), nil, 15, 0, 7},
		{"the order's none", new(0), nil, 0, 0, 0},
		{"the accept's", new(7), new(10), 15, 0, 10},
		{"the accept's none", nil, new(0), 0, 0, 0},
		{"what the order was promised", nil, nil, 0, 90 * time.Minute, 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			if c.busy > 0 {
				must(w, func(tx Tx) (*Shop, error) {
					return w.s.UpdateShop(ctx, tx, w.a.manager, w.a.shop, ShopPatch{Status: new(ShopBusy), BusyMinutes: &c.busy})
				})
			}
			in := w.order(w.a)
			in.PrepMinutes = c.order
			if c.promised > 0 {
				in.PromisedAt = At(start.Add(c.promised))
			}
			o, err := w.create(w.a.agent, in)
			if err != nil {
				t.Fatal(err)
			}
			w.clock = w.clock.Add(2 * time.Minute)
			head := w.seq[w.a.center]
			res, err := w.accept(w.a.agent, o.Order.ID, AcceptOrder{PrepMinutes: c.accept, Version: &o.Order.Version})
			if err != nil {
				t.Fatal(err)
			}
			d := res.Delivery
			ready := At(w.clock).Add(time.Duration(c.prep) * time.Minute)
			promised := ready.Add(way * time.Second)
			if c.promised > 0 {
				promised = in.PromisedAt
			}
			if *res.Order.PrepMinutes != c.prep || d.ReadyAt != ready || d.PromisedAt.Sub(promised.Time).Abs() > 2*time.Second {
				t.Errorf("prep %d, ready %v, promised %v; want %d, %v, %v", *res.Order.PrepMinutes, d.ReadyAt, d.PromisedAt, c.prep, ready, promised)
			}
			if res.Order.Version != head+1 || d.Version != head+2 || res.Order.DeliveryID != d.ID || d.OrderID != res.Order.ID {
				t.Errorf("order %+v\ndelivery %+v", res.Order, d)
			}
			if d.Number != res.Order.Number || d.Shop.Location == nil || d.Shop.Address == "" || d.Customer != o.Order.Customer && *d.Customer.Location != *o.Order.Customer.Location {
				t.Errorf("delivery %+v", d)
			}
		})
	}
}

func TestNumbersPerDay(t *testing.T) {
	w := newWorld(t)
	w.clock = time.Date(2026, 11, 5, 14, 59, 0, 0, time.UTC) // 23:59 in Seoul
	old, _ := w.create(w.a.agent, w.order(w.a))
	w.clock = w.clock.Add(2 * time.Minute)
	young, _ := w.create(w.a.agent, w.order(w.a))
	res, err := w.accept(w.a.agent, old.Order.ID, AcceptOrder{})
	if err != nil {
		t.Fatal(err)
	}
	// 0001 of the evening is still called out.
	got := []string{old.Order.Number, young.Order.Number, res.Order.Number, res.Delivery.Number}
	if want := []string{"0001", "0002", "0001", "0003"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestOrderActions(t *testing.T) {
	type do func(w *world, tx Tx, a Actor, o *Order) (OrderResult, error)
	accept := func(w *world, tx Tx, a Actor, o *Order) (OrderResult, error) {
		return w.s.AcceptOrder(ctx, tx, a, o.ID, AcceptOrder{})
	}
	reject := func(w *world, tx Tx, a Actor, o *Order) (OrderResult, error) {
		return w.s.RejectOrder(ctx, tx, a, o.ID, RejectOrder{Reason: "sold out"})
	}
	cancel := func(w *world, tx Tx, a Actor, o *Order) (OrderResult, error) {
		return w.s.CancelOrder(ctx, tx, a, o.ID, CancelOrder{Reason: "late", By: "customer"})
	}
	stale := func(w *world, tx Tx, a Actor, o *Order) (OrderResult, error) {
		return w.s.CancelOrder(ctx, tx, a, o.ID, CancelOrder{By: "shop", Version: new(o.Version + 1)})
	}
	badly := func(w *world, tx Tx, a Actor, o *Order) (OrderResult, error) {
		return w.s.CancelOrder(ctx, tx, a, o.ID, CancelOrder{By: "weather", Version: new(o.Version + 1)})
	}
	agent := func(w *world) Actor { return w.a.agent }
	key := func(w *world) Actor { return w.keyOfA }
	stranger := func(w *world) Actor { return w.b.manager }
	rider := func(w *world) Actor { return w.a.r1 }
	for _, c := range []struct {
		name string
		do   do
		who  func(*world) Actor
		want [5]string // received, accepted, completed, rejected, cancelled
	}{
		{"accept", accept, agent, [5]string{"accepted", illegal, illegal, illegal, illegal}},
		{"reject", reject, agent, [5]string{"rejected", illegal, illegal, illegal, illegal}},
		{"cancel", cancel, agent, [5]string{"cancelled", "cancelled", illegal, illegal, illegal}},
		{"cancel by a key", cancel, key, [5]string{"cancelled", "cancelled", illegal, illegal, illegal}},
		{"accept by a key", accept, key, repeat("forbidden")},
		{"reject by a key", reject, key, repeat("forbidden")},
		{"cancel by a rider", cancel, rider, repeat("forbidden")},
		{"accept by a stranger", accept, stranger, repeat(missing)},
		{"reject by a stranger", reject, stranger, repeat(missing)},
		{"cancel by a stranger", cancel, stranger, repeat(missing)},
		{"cancel with a stale version", stale, agent, repeat("conflict")},
		{"cancel by nobody known", badly, agent, repeat(invalid)},
	} {
		for i, status := range []OrderStatus{OrderReceived, OrderAccepted, OrderCompleted, OrderRejected, OrderCancelled} {
			t.Run(c.name+"/"+string(status), func(t *testing.T) {
				w := newWorld(t)
				o := w.orderIn(status)
				w.placedBy(c.who(w), o)
				res, err := try(w, func(tx Tx) (OrderResult, error) { return c.do(w, tx, c.who(w), o) })
				now := w.orders[o.ID]
				if err != nil {
					if string(codeOf(err)) != c.want[i] || now.Version != o.Version {
						t.Errorf("got %v, want %s", err, c.want[i])
					}
					return
				}
				if string(res.Order.Status) != c.want[i] || string(now.Status) != c.want[i] {
					t.Fatalf("got %s, want %s", res.Order.Status, c.want[i])
				}
				if res.Order.Status == OrderCancelled && status == OrderAccepted {
					if d := w.deliveries[o.DeliveryID]; d.Status != Cancelled || d.CancelReason != "late" || res.Delivery.Status != Cancelled {
						t.Errorf("its delivery: %+v", d)
					}
					if now.CancelledBy != "customer" {
						t.Errorf("order %+v", now)
					}
				}
				if end := now.Status != OrderAccepted; now.FinishedAt.IsZero() == end {
					t.Errorf("finishedAt %v in %s", now.FinishedAt, now.Status)
				}
			})
		}
	}
}

// placedBy makes an order a key's, as if it had placed it; of people it is nobody's.
func (w *world) placedBy(a Actor, o *Order) {
	if a.Role == RoleKey {
		placed := w.orders[o.ID]
		placed.KeyID = a.UserID
		w.orders[o.ID] = placed
	}
}

func repeat(s string) [5]string { return [5]string{s, s, s, s, s} }

func (w *world) orderIn(status OrderStatus) *Order {
	w.t.Helper()
	switch status {
	case OrderAccepted:
		return deep(w.orders[w.delivery(w.a, Assigned).OrderID])
	case OrderCompleted:
		return deep(w.orders[w.delivery(w.a, Delivered).OrderID])
	case OrderCancelled:
		return deep(w.orders[w.delivery(w.a, Cancelled).OrderID])
	}
	res, err := w.create(w.a.agent, w.order(w.a))
	if err != nil {
		w.t.Fatal(err)
	}
	if status == OrderRejected {
		return must(w, func(tx Tx) (OrderResult, error) {
			return w.s.RejectOrder(ctx, tx, w.a.agent, res.Order.ID, RejectOrder{})
		}).Order
	}
	return res.Order
}

func TestCancelledByWhenLeftOut(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		a    Actor
		want string
	}{{w.a.agent, "agent"}, {w.key, "customer"}} {
		o := w.orderIn(OrderReceived)
		w.placedBy(c.a, o)
		res := must(w, func(tx Tx) (OrderResult, error) { return w.s.CancelOrder(ctx, tx, c.a, o.ID, CancelOrder{}) })
		if res.Order.CancelledBy != c.want {
			t.Errorf("%s: cancelled by %s, want %s", c.a.Role, res.Order.CancelledBy, c.want)
		}
	}
}
