package api

import (
	"strings"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
)

// TestOrderToDoor walks one order through the whole of its life.
func TestOrderToDoor(t *testing.T) {
	r := newRig(t)
	placed := r.do(r.a.agent, "POST", "/orders", r.a.order()).want(201)
	o := *get[domain.OrderResult](placed).Order
	if o.Status != domain.OrderReceived || o.Customer.Phone != customerPhone || o.Number == "" || o.TrackingURL == "" {
		t.Fatalf("placed: %s", placed.body)
	}
	wantSeq(t, placed, o.Version)

	accepted := r.do(r.a.agent, "POST", "/orders/"+o.ID+"/accept", raw(`{"prepMinutes":10}`)).want(200)
	res := get[domain.OrderResult](accepted)
	d := *res.Delivery
	if res.Order.Status != domain.OrderAccepted || d.Status != domain.Waiting || d.Number != o.Number || d.PromisedAt.IsZero() {
		t.Fatalf("accepted: %s", accepted.body)
	}
	wantSeq(t, accepted, max(res.Order.Version, d.Version))
	path := "/deliveries/" + d.ID

	// Not its own yet: nothing there for the rider of a center that dispatches.
	r.do(r.a.rider, "GET", path, nil).code(404, domain.CodeNotFound)
	r.do(r.a.rider, "POST", path+"/pickup", raw(`{}`)).code(404, domain.CodeNotFound)

	assigned := r.do(r.a.dispatcher, "POST", path+"/assign", domain.AssignDelivery{RiderID: r.a.rider.rider}).want(200)
	wantSeq(t, assigned, get[domain.Delivery](assigned).Version)
	if got := get[domain.Delivery](r.do(r.a.rider, "GET", path, nil).want(200)); got.Customer.Phone != customerPhone || got.Customer.Memo != customerMemo {
		t.Errorf("the rider needs the customer in full: %+v", got.Customer)
	}
	r.do(r.a.rider2, "GET", path, nil).code(404, domain.CodeNotFound)
	r.do(r.a.rider, "POST", path+"/pickup", raw(`{"appVersion":"7"}`)).want(200)

	// Said twice, it is done once.
	again := r.do(r.a.rider, "POST", path+"/pickup", raw(`{"version":1}`)).want(200)
	picked := get[domain.Delivery](again)
	wantSeq(t, again, picked.Version)

	done := r.do(r.a.rider, "POST", path+"/deliver", raw(`{"receivedBy":"the guard","note":"left at the desk"}`)).want(200)
	if got := get[domain.Delivery](done); got.Status != domain.Delivered || got.Version <= picked.Version {
		t.Fatalf("delivered: %s", done.body)
	}
	if o := get[domain.Order](r.do(r.a.agent, "GET", "/orders/"+o.ID, nil).want(200)); o.Status != domain.OrderCompleted {
		t.Errorf("the order is %s", o.Status)
	}
	r.do(r.a.agent, "POST", "/orders/"+o.ID+"/cancel", raw(`{"reason":"late"}`)).code(409, domain.CodeIllegalTransition)

	var history list[domain.HistoryEntry]
	r.do(r.a.rider, "GET", path+"/history", nil).want(200).into(&history)
	var events []string
	for _, h := range history.Items {
		events = append(events, h.Event)
	}
	if got := strings.Join(events, " "); got != "delivery:create delivery:assigned delivery:pickup delivery:delivered" {
		t.Errorf("history: %s", got)
	}
}

// TestHistoryDeviceTime is shown where it differs from the server's by more than a minute.
func TestHistoryDeviceTime(t *testing.T) {
	r := newRig(t)
	path := "/deliveries/" + r.assigned(r.a, r.a.rider).ID
	at := func(ago time.Duration) domain.RiderAction {
		return domain.RiderAction{At: domain.At(r.now().Add(-ago))}
	}
	long := at(5 * time.Minute)
	r.do(r.a.rider, "POST", path+"/pickup", at(30*time.Second)).want(200)
	r.do(r.a.rider, "POST", path+"/deliver", long).want(200)
	rows := get[list[domain.HistoryEntry]](r.do(r.a.agent, "GET", path+"/history", nil).want(200)).Items
	if n := len(rows); n != 4 || !rows[n-2].DeviceAt.IsZero() || !rows[n-1].DeviceAt.Equal(long.At.Time) {
		t.Errorf("history: %+v", rows)
	}
}

// wantSeq checks the header that tells a client when its live view has caught up.
func wantSeq(t *testing.T, p *reply, seq int64) {
	t.Helper()
	epoch, n, ok := strings.Cut(p.header.Get("BROS-Seq"), "/")
	if !ok || epoch == "" || n != itoa(seq) {
		t.Errorf("%s: BROS-Seq %q, want …/%d", p.what, p.header.Get("BROS-Seq"), seq)
	}
}

// TestClaim lets riders look at what waits, masked, and take it once.
func TestClaim(t *testing.T) {
	r := newRig(t)
	d := r.newDelivery(r.b)
	path := "/deliveries/" + d.ID
	secrets := []string{customerPhone, customerName, customerDetail, customerMemo}

	seen := get[domain.Delivery](r.do(r.b.rider, "GET", path, nil).want(200).without(secrets...))
	if seen.Customer.Name != "H" || seen.Customer.Address == "" {
		t.Errorf("masked: %+v", seen.Customer)
	}
	for _, q := range []string{"", "?status=waiting", "?limit=1"} {
		items := get[list[domain.Delivery]](r.do(r.b.rider, "GET", "/deliveries"+q, nil).want(200).without(secrets...)).Items
		if len(items) != 1 || items[0].ID != d.ID {
			t.Errorf("list %s: %d items", q, len(items))
		}
	}
	// A search must not tell what the mask hides.
	if got := get[list[domain.Delivery]](r.do(r.b.rider, "GET", "/deliveries?q=01023456789", nil).want(200)); len(got.Items) != 0 {
		t.Errorf("found by the phone: %+v", got)
	}
	r.do(r.b.rider, "GET", path+"/history", nil).want(200).without(secrets...)
	// Riders of other centers, and who is not on duty, see nothing.
	r.do(r.a.rider, "GET", path, nil).code(404, domain.CodeNotFound)
	r.do(r.a.rider, "POST", path+"/claim", raw(`{}`)).code(404, domain.CodeNotFound)
	r.do(r.b.rider2, "POST", "/riders/me/duty", raw(`{"duty":"off","extra":1}`)).want(200)
	r.do(r.b.rider2, "GET", path, nil).code(404, domain.CodeNotFound)
	r.do(r.b.rider2, "POST", path+"/claim", raw(`{}`)).code(409, domain.CodeIllegalTransition).without(secrets...)
	r.do(r.b.rider2, "POST", "/riders/me/duty", raw(`{"duty":"on"}`)).want(200)

	r.do(r.b.rider, "POST", path+"/claim", nil).want(200)
	r.do(r.b.rider, "POST", path+"/claim", raw(`{"version":1}`)).want(200)
	r.do(r.b.rider2, "POST", path+"/claim", raw(`{}`)).code(409, domain.CodeIllegalTransition).without(secrets...)
	r.do(r.b.rider2, "GET", path, nil).code(404, domain.CodeNotFound)
	r.do(r.b.dispatcher, "POST", path+"/claim", raw(`{}`)).code(403, domain.CodeForbidden)

	// Lost again: a deliver that was done without signal is kept and refused.
	at := domain.At(r.now()).String()
	v := get[domain.Delivery](r.do(r.b.dispatcher, "GET", path, nil).want(200)).Version
	r.do(r.b.dispatcher, "POST", path+"/assign", domain.AssignDelivery{RiderID: r.b.rider2.rider, Version: &v}).want(200)
	r.do(r.b.rider, "GET", path, nil).code(404, domain.CodeNotFound)
	late := r.do(r.b.rider, "POST", path+"/deliver", raw(`{"at":"`+at+`"}`)).code(409, domain.CodeIllegalTransition).without(secrets...)
	wantSeq(t, late, v+2)
	r.do(r.b.rider, "POST", path+"/deliver", raw(`{"at":"`+at+`"}`)).code(409, domain.CodeIllegalTransition)
	rows := get[list[domain.HistoryEntry]](r.do(r.b.agent, "GET", path+"/history", nil).want(200)).Items
	if n := len(rows); n != 4 || rows[n-1].Event != domain.EventDeliveryLateDeliver {
		t.Errorf("history: %+v", rows)
	}
}

// TestRiderPages goes through a rider's list, offers first, without losing or
// repeating one.
func TestRiderPages(t *testing.T) {
	r := newRig(t)
	want := map[string]bool{}
	for range 2 {
		want[r.assigned(r.b, r.b.rider).ID] = true
	}
	for range 5 {
		want[r.newDelivery(r.b).ID] = true
	}
	for _, limit := range []string{"1", "2", "3", "5", "7", "50"} {
		got, cursor := map[string]bool{}, ""
		for range 20 {
			page := get[list[domain.Delivery]](r.do(r.b.rider, "GET", "/deliveries?limit="+limit+"&cursor="+cursor, nil).want(200))
			for _, d := range page.Items {
				if got[d.ID] {
					t.Errorf("limit %s: %s twice", limit, d.ID)
				}
				got[d.ID] = true
			}
			if cursor = page.NextCursor; cursor == "" {
				break
			}
		}
		if len(got) != len(want) {
			t.Errorf("limit %s: %d deliveries, want %d", limit, len(got), len(want))
		}
	}
	r.do(r.b.rider, "GET", "/deliveries?cursor=x", nil).code(422, domain.CodeValidation, "cursor")
}
