package api

import (
	"testing"
	"time"

	"github.com/brosops/bros/domain"
)

// Every list that is asked by status takes every status of its records, one or all.
func TestListsTakeEveryStatus(t *testing.T) {
	r := newRig(t)
	for path, statuses := range map[string][]string{
		"/orders":     texts(domain.OrderStatuses),
		"/deliveries": texts(domain.DeliveryStatuses),
		"/offers":     texts(domain.OfferStatuses),
	} {
		all := path + "?centerId=" + r.a.center.ID + "&status="
		for i, status := range statuses {
			r.do(r.a.dispatcher, "GET", path+"?status="+status, nil).want(200)
			if i > 0 {
				all += ","
			}
			all += status
		}
		r.do(r.a.dispatcher, "GET", all, nil).want(200)
		r.do(r.a.dispatcher, "GET", path+"?status=odd", nil).code(422, domain.CodeValidation, "status")
	}
}

// Null clears what is optional, and is refused of what is not.
func TestCorrectNull(t *testing.T) {
	r := newRig(t)
	d := r.newDelivery(r.a)
	path := "/orders/" + d.OrderID
	for field, body := range map[string]string{
		"items": `{"items":null}`, "payment.method": `{"payment":null}`, "customer.phone": `{"customer":{"phone":null}}`, "prepMinutes": `{"prepMinutes":null}`,
	} {
		r.do(r.a.agent, "PATCH", path, raw(body)).code(422, domain.CodeValidation, field)
	}
	got := get[domain.OrderResult](r.do(r.a.agent, "PATCH", path, raw(`{"customer":{"name":null,"addressDetail":null,"location":null,"memo":null},"promisedAt":null}`)).want(200))
	if c := got.Delivery.Customer; c.Name != "" || c.AddressDetail != "" || c.Location != nil || c.Memo != "" || c.Phone != customerPhone {
		t.Errorf("cleared to %+v", c)
	}
}

// A pre-order that is promised for another time is held, or goes, by the new one,
// and its kitchen's time is never that of when it was taken.
func TestPreOrderPromisedAnew(t *testing.T) {
	r := newRig(t)
	p := r.a
	in := p.order()
	in.Accept, in.PromisedAt = true, domain.At(r.now().Add(5*time.Hour))
	made := get[domain.OrderResult](r.do(p.agent, "POST", "/orders", in).want(201))
	path := "/orders/" + made.Order.ID
	way := made.Delivery.PromisedAt.Sub(made.Delivery.ReadyAt.Time)
	r.advance(4 * time.Hour)
	to := func(ahead time.Duration) domain.OrderResult {
		t.Helper()
		return get[domain.OrderResult](r.do(p.agent, "PATCH", path, map[string]any{"promisedAt": domain.At(r.now().Add(ahead))}).want(200))
	}
	if got := to(65 * time.Minute); !got.Delivery.Held() || !got.Order.PreOrder || got.Delivery.PromisedAt.Sub(got.Delivery.ReadyAt.Time) != way {
		t.Errorf("five minutes later, an hour ahead: %+v", got.Delivery)
	}
	got := to(30 * time.Minute)
	if got.Delivery.Held() || got.Order.PreOrder || got.Delivery.PreOrder || got.Delivery.PromisedAt.Sub(got.Delivery.ReadyAt.Time) != way {
		t.Errorf("in half an hour: %+v", got.Delivery)
	}
	if got = to(3 * time.Hour); !got.Delivery.Held() || !got.Delivery.PreOrder {
		t.Errorf("in three hours: %+v", got.Delivery)
	}
	// At once: the kitchen begins now.
	now := r.now()
	got = get[domain.OrderResult](r.do(p.agent, "PATCH", path, raw(`{"promisedAt":null}`)).want(200))
	prep := time.Duration(*got.Order.PrepMinutes) * time.Minute
	if d := got.Delivery; d.Held() || d.PreOrder || d.ReadyAt.Before(now.Add(prep-time.Second)) || d.ReadyAt.After(r.now().Add(prep)) || !d.PromisedAt.After(d.ReadyAt.Time) {
		t.Errorf("at once: %+v", d)
	}

	// Released by hand, it is not held again because its door is corrected.
	got = to(3 * time.Hour)
	r.do(p.agent, "POST", "/deliveries/"+got.Delivery.ID+"/release", nil).want(200)
	got = get[domain.OrderResult](r.do(p.agent, "PATCH", path, raw(`{"customer":{"location":{"lat":37.53,"lng":127.12}}}`)).want(200))
	if got.Delivery.Held() || got.Delivery.ReadyAt.IsZero() {
		t.Errorf("held again: %+v", got.Delivery)
	}
}

// A rider's app that resends what it got no answer to changes nothing, whatever
// dispatchers have made of the delivery since.
func TestActsResentAfterwards(t *testing.T) {
	r := newRig(t)
	p := r.newSite("resent", domain.ModeClaim)
	var d domain.Delivery
	do := func(as *who, act string, body any, status int) domain.Delivery {
		t.Helper()
		reply := r.do(as, "POST", "/deliveries/"+d.ID+"/"+act, body).want(status)
		if status != 200 {
			return domain.Delivery{}
		}
		return get[domain.Delivery](reply)
	}
	at := func(ago time.Duration) domain.Time { return domain.At(r.now().Add(-ago)) }
	unchanged := func(act string, body any) {
		t.Helper()
		before := get[domain.Delivery](r.do(p.dispatcher, "GET", "/deliveries/"+d.ID, nil).want(200))
		if got := do(p.rider, act, body, 200); got.Version != before.Version || got.Status != before.Status {
			t.Errorf("%s again: version %d and %s, was %d and %s", act, got.Version, got.Status, before.Version, before.Status)
		}
	}
	d = r.newDelivery(p)
	claim := domain.RiderAction{At: at(9 * time.Minute)}
	do(p.rider, "claim", claim, 200)
	do(p.dispatcher, "unassign", raw(`{"reason":"wait"}`), 200)
	unchanged("claim", claim)
	do(p.rider, "claim", domain.RiderAction{}, 200) // meant anew

	do(p.rider, "pickup", nil, 200)
	arrive := domain.ArriveInput{Place: domain.PlaceDoor, At: at(8 * time.Minute)}
	do(p.rider, "arrive", arrive, 200)
	do(p.dispatcher, "resolve", raw(`{"action":"retry"}`), 200)
	unchanged("arrive", arrive)

	deliver := domain.Deliver{At: at(7 * time.Minute)}
	do(p.rider, "deliver", deliver, 200)
	do(p.dispatcher, "reopen", raw(`{"reason":"wrong button"}`), 200)
	unchanged("deliver", deliver)

	do(p.dispatcher, "resolve", raw(`{"action":"return"}`), 200)
	back := domain.ReturnedInput{At: at(6 * time.Minute)}
	do(p.rider, "returned", back, 200)
	do(p.dispatcher, "reopen", raw(`{"reason":"wrong button"}`), 200)
	unchanged("returned", back)

	// Another rider has it now: still nothing is late.
	v := get[domain.Delivery](r.do(p.dispatcher, "GET", "/deliveries/"+d.ID, nil).want(200)).Version
	do(p.dispatcher, "assign", domain.AssignDelivery{RiderID: p.rider2.rider, Version: &v, Reason: "flat tyre"}, 200)
	unchanged("deliver", deliver)
	do(p.rider, "deliver", domain.Deliver{At: at(5 * time.Minute)}, 409)
}
