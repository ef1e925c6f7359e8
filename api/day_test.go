package api

import (
	"testing"
	"time"

	"github.com/brosops/bros/domain"
)

// A correction reaches the delivery, the rider has to see it, and what is over
// is refused by name.
func TestCorrectOrder(t *testing.T) {
	r := newRig(t)
	p := r.newSite("fix", domain.ModeDispatch)
	rider := r.connect(p.rider)
	mine := "mine/" + p.rider.rider
	rider.joined(mine)
	d := r.assigned(p, p.rider)
	rider.change(mine, d.ID)
	path := "/orders/" + d.OrderID

	same := get[domain.OrderResult](r.do(p.agent, "PATCH", path, raw(`{"customer":{"addressDetail":"`+customerDetail+`"}}`)).want(200))
	if same.Delivery.Version != d.Version {
		t.Errorf("a correction of nothing took number %d", same.Delivery.Version)
	}
	got := get[domain.OrderResult](r.do(p.agent, "PATCH", path, raw(`{"customer":{"addressDetail":"1204"},"reason":"misheard"}`)).want(200))
	if got.Order.Customer.AddressDetail != "1204" || got.Delivery.Customer.AddressDetail != "1204" {
		t.Errorf("corrected to %+v", got)
	}
	m := rider.await("the correction", func(m *message) bool { return m.Key == d.ID && m.Event == domain.EventDeliveryChanged })
	seen := decodeAs[domain.Delivery](t, m.Data)
	if a := seen.Amendment; a == nil || a.Version != seen.Version || len(a.Fields) != 1 || a.Fields[0] != "customer.addressDetail" {
		t.Fatalf("the amendment is %+v", seen.Amendment)
	}
	r.do(p.rider, "POST", "/deliveries/"+d.ID+"/seen", raw(`{"version":1}`)).want(409)
	d = get[domain.Delivery](r.do(p.rider, "POST", "/deliveries/"+d.ID+"/seen", domain.SeenInput{Version: seen.Version}).want(200))
	if d.Amendment.SeenAt.IsZero() {
		t.Error("the correction is not seen")
	}
	again := get[domain.Delivery](r.do(p.rider, "POST", "/deliveries/"+d.ID+"/seen", domain.SeenInput{Version: seen.Version}).want(200))
	if again.Version != d.Version {
		t.Error("seen again took a number")
	}
	hist := get[list[domain.HistoryEntry]](r.do(p.dispatcher, "GET", "/deliveries/"+d.ID+"/history", nil).want(200)).Items
	found := false
	for _, h := range hist {
		for _, c := range h.Changes {
			found = found || c.Field == "customer.addressDetail" && c.To == "1204"
		}
	}
	if !found {
		t.Errorf("no change in the history: %+v", hist)
	}
	r.do(p.rider, "POST", "/deliveries/"+d.ID+"/pickup", nil).want(200)
	e := get[Problem](r.do(p.agent, "PATCH", path, raw(`{"customer":{"memo":"bell"},"prepMinutes":9}`)).want(409))
	if e.Code != domain.CodeIllegalTransition || len(e.Errors) != 1 || e.Errors[0].Field != "prepMinutes" {
		t.Errorf("refused with %+v", e)
	}
	if o := get[domain.Order](r.do(p.agent, "GET", path, nil).want(200)); o.Customer.Memo == "bell" {
		t.Error("half of a refused correction was applied")
	}
	r.do(p.agent, "PATCH", path, raw(`{"customer":{"flat":1}}`)).want(400)
	r.do(p.agent, "PATCH", path, raw(`{"customer":{"location":{"lat":91,"lng":0}}}`)).want(422)
}

// Nobody home: a second attempt, the way back, the end; and an end taken back.
func TestProblemRetryReturn(t *testing.T) {
	r := newRig(t)
	p := r.newSite("back", domain.ModeDispatch)
	d := r.assigned(p, p.rider)
	do := func(as *who, act, body string, status int) domain.Delivery {
		t.Helper()
		reply := r.do(as, "POST", "/deliveries/"+d.ID+"/"+act, raw(body)).want(status)
		if status != 200 {
			return domain.Delivery{}
		}
		return get[domain.Delivery](reply)
	}
	if got := do(p.rider, "arrive", `{"place":"shop"}`, 200); got.ArrivedShopBy != domain.ByRider {
		t.Errorf("arrived: %+v", got.DeliveryMore)
	}
	do(p.rider, "problem", `{"kind":"nobody_home"}`, 409)
	do(p.rider, "pickup", `{}`, 200)
	got := do(p.rider, "problem", `{"kind":"nobody_home","note":"rang twice"}`, 200)
	if got.Problem == nil || got.Problem.Kind != domain.NobodyHome {
		t.Fatalf("problem: %+v", got.Problem)
	}
	if again := do(p.rider, "problem", `{"kind":"nobody_home","note":"rang twice"}`, 200); again.Version != got.Version {
		t.Error("the same problem took another number")
	}
	do(p.agent, "resolve", `{"action":"continue"}`, 403)
	if got = do(p.dispatcher, "resolve", `{"action":"retry"}`, 200); got.Attempt != 2 || got.Problem != nil || got.Status != domain.PickedUp {
		t.Errorf("after retry: %s %+v", got.Status, got.DeliveryMore)
	}
	if got = do(p.dispatcher, "resolve", `{"action":"return"}`, 200); got.Status != domain.Returning {
		t.Errorf("after return: %s", got.Status)
	}
	if v := get[domain.RiderView](r.do(p.dispatcher, "GET", "/riders/"+p.rider.rider, nil).want(200)); v.Load != 1 {
		t.Errorf("load on the way back: %d", v.Load)
	}
	r.do(p.rider, "POST", "/riders/me/duty", raw(`{"duty":"off"}`)).want(409)
	if got = do(p.rider, "returned", `{"receivedBy":"cook"}`, 200); got.Status != domain.Returned || got.FinishedAt.IsZero() {
		t.Errorf("after returned: %s", got.Status)
	}
	if again := do(p.rider, "returned", `{}`, 200); again.Version != got.Version {
		t.Error("returned again took a number")
	}
	if o := get[domain.Order](r.do(p.agent, "GET", "/orders/"+d.OrderID, nil).want(200)); o.Status != domain.OrderFailed || o.FinishedAt.IsZero() {
		t.Errorf("the order is %s", o.Status)
	}
	do(p.dispatcher, "reopen", `{}`, 422)
	if got = do(p.dispatcher, "reopen", `{"reason":"wrong button"}`, 200); got.Status != domain.PickedUp || !got.FinishedAt.IsZero() {
		t.Errorf("after reopen: %s", got.Status)
	}
	do(p.dispatcher, "resolve", `{"action":"fail","reason":"because"}`, 422)
	if got = do(p.dispatcher, "resolve", `{"action":"fail","reason":"damaged"}`, 200); got.Status != domain.Failed || got.FailReason != domain.Damaged {
		t.Errorf("after fail: %s %s", got.Status, got.FailReason)
	}
	r.advance(16 * time.Minute)
	do(p.dispatcher, "reopen", `{"reason":"late"}`, 409)
}

// A rider gives back what it has not picked up, where the center lets it.
func TestGiveBack(t *testing.T) {
	r := newRig(t)
	p := r.newSite("give", domain.ModeDispatch)
	d := r.assigned(p, p.rider)
	path := "/deliveries/" + d.ID + "/giveback"
	r.do(r.admin, "PATCH", "/centers/"+p.center.ID, raw(`{"riderMayGiveBack":false}`)).want(200)
	r.do(p.rider, "POST", path, raw(`{"reason":"flat tyre"}`)).want(409)
	r.do(r.admin, "PATCH", "/centers/"+p.center.ID, raw(`{"riderMayGiveBack":true}`)).want(200)
	at := domain.At(r.now().Add(-time.Minute))
	got := get[domain.Delivery](r.do(p.rider, "POST", path, domain.GiveBackInput{Reason: "flat tyre", At: at}).want(200))
	if got.Status != domain.Waiting || got.Customer.Phone != "" {
		t.Errorf("the rider sees %s %+v", got.Status, got.Customer)
	}
	r.do(p.rider, "POST", path, domain.GiveBackInput{Reason: "flat tyre", At: at}).want(200)
	now := get[domain.Delivery](r.do(p.dispatcher, "GET", "/deliveries/"+d.ID, nil).want(200))
	if now.Version != got.Version || len(now.Avoid) != 1 {
		t.Errorf("given back: version %d, avoid %v", now.Version, now.Avoid)
	}
}

// A pre-order is held, offered to nobody, and released at its time.
func TestPreOrder(t *testing.T) {
	r := newRig(t)
	p := r.newSite("pre", domain.ModeClaim)
	offers := r.connect(p.rider)
	room := "offer/" + p.center.ID
	offers.joined(room)
	in := p.order()
	in.Accept, in.PromisedAt = true, domain.At(r.now().Add(5*time.Hour))
	made := get[domain.OrderResult](r.do(p.agent, "POST", "/orders", in).want(201))
	d := made.Delivery
	if !made.Order.PreOrder || !d.Held() || d.ReadyAt.Sub(d.HeldUntil.Time) != 25*time.Minute {
		t.Fatalf("a pre-order: %+v", d.DeliveryMore)
	}
	r.do(p.rider, "POST", "/deliveries/"+d.ID+"/claim", nil).want(409)
	r.do(p.rider, "GET", "/deliveries/"+d.ID, nil).want(404)
	for query, want := range map[string]int{"held=true": 1, "held=false": 0, "status=waiting": 1} {
		got := get[list[domain.Delivery]](r.do(p.dispatcher, "GET", "/deliveries?centerId="+p.center.ID+"&"+query, nil).want(200))
		if len(got.Items) != want {
			t.Errorf("%s: %d, want %d", query, len(got.Items), want)
		}
	}
	if err := r.srv.takeDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if now := get[domain.Delivery](r.do(p.dispatcher, "GET", "/deliveries/"+d.ID, nil).want(200)); !now.Held() {
		t.Fatal("released before its time")
	}
	token := domain.TrackingToken(made.Order.TrackingURL)
	if seen := get[TrackingAnswer](r.do(nobody, "GET", "/tracking/"+token, nil).want(200)); !seen.Held {
		t.Error("the customer is not told that the order is held")
	}
	r.advance(d.HeldUntil.Sub(r.now()) + time.Millisecond)
	m := offers.await("the release", func(m *message) bool { return m.Address == room && m.Key == d.ID && m.Op == "" })
	if now := decodeAs[domain.Delivery](t, m.Data); m.Event != domain.EventDeliveryReleased || !now.HeldUntil.IsZero() || now.Customer.Phone != "" {
		t.Errorf("released: %s %+v", m.Event, now.DeliveryMore)
	}
	r.do(p.agent, "POST", "/deliveries/"+d.ID+"/release", nil).want(409)
	// Promised anew for later, it is held again, and gone from the offers.
	later := domain.At(r.now().Add(6 * time.Hour))
	again := get[domain.OrderResult](r.do(p.agent, "PATCH", "/orders/"+made.Order.ID, map[string]any{"promisedAt": later}).want(200))
	if !again.Delivery.Held() {
		t.Error("not held anew")
	}
	offers.await("its removal", func(m *message) bool { return m.Address == room && m.Key == d.ID && m.Op == "remove" })
}

// A shop's hours refuse what would be cooked outside of them, unless staff say why.
func TestShopHours(t *testing.T) {
	r := newRig(t)
	p := r.newSite("hours", domain.ModeDispatch)
	zone, _ := domain.Zone(p.center.Timezone)
	from := r.now().In(zone).Add(2 * time.Hour).Format("15:00")
	days := []int{1, 2, 3, 4, 5, 6, 7}
	hours := []domain.Hours{{Days: days, From: from, To: addHour(t, from)}}
	r.do(p.manager, "PATCH", "/shops/"+p.shop.ID, map[string]any{"hours": hours}).want(200)
	e := get[Problem](r.do(p.agent, "POST", "/orders", p.order()).want(422))
	if len(e.Errors) != 1 || e.Errors[0].Field != "shopId" {
		t.Errorf("refused with %+v", e)
	}
	in := p.order()
	in.Override = &domain.Override{Reason: "the cook is in already"}
	o := get[domain.OrderResult](r.do(p.agent, "POST", "/orders", in).want(201))
	if o.Order.Override == "" {
		t.Error("the reason is lost")
	}
	r.do(p.manager, "PATCH", "/shops/"+p.shop.ID, raw(`{"hours":[{"days":[8],"from":"10:00","to":"09:00"}]}`)).want(422)
}

func addHour(t *testing.T, clock string) string {
	t.Helper()
	at, err := time.Parse("15:04", clock)
	if err != nil {
		t.Fatal(err)
	}
	return at.Add(time.Hour - time.Minute).Format("15:04")
}

// In mode offer one rider at a time is asked: a no, or nothing, goes on to the next.
func TestOffersAreAsked(t *testing.T) {
	r := newRig(t)
	p := r.newSite("ask", domain.ModeOffer)
	desk := r.connect(p.dispatcher)
	room := "delivery/" + p.center.ID
	desk.joined(room)
	d := r.newDelivery(p)
	offered := func() domain.Delivery {
		t.Helper()
		m := desk.await("offered", func(m *message) bool { return m.Key == d.ID && m.Event == domain.EventDeliveryOffered })
		return decodeAs[domain.Delivery](t, m.Data)
	}
	riders := map[string]*who{p.rider.rider: p.rider, p.rider2.rider: p.rider2}
	first := offered()
	asked := riders[first.Offer.RiderID]
	phone := r.connect(asked)
	reply := phone.joined("ask/" + asked.rider)
	if len(reply.Records) != 1 {
		t.Fatalf("the rider is asked %s", reply.Records)
	}
	open := decodeAs[domain.Offer](t, reply.Records[0])
	if open.ID != first.Offer.ID || open.Deliveries[0].Customer.Phone != "" || open.Status != domain.OfferOpen {
		t.Errorf("the offer is %+v", open)
	}
	other := p.rider
	if asked == p.rider {
		other = p.rider2
	}
	r.do(other, "POST", "/offers/"+open.ID+"/accept", nil).want(404)
	r.do(asked, "POST", "/offers/"+open.ID+"/decline", raw(`{"reason":"too far"}`)).want(200)
	phone.await("its end", func(m *message) bool { return m.Key == open.ID && m.Op == "remove" })
	r.do(asked, "POST", "/offers/"+open.ID+"/accept", nil).want(409)

	second := offered()
	if second.Offer.RiderID != other.rider || second.Offer.Round != 2 {
		t.Errorf("then asked %+v", second.Offer)
	}
	r.advance(31 * time.Second)
	desk.await("the lapse", func(m *message) bool { return m.Key == d.ID && m.Event == domain.EventDeliveryOfferEnded })
	r.do(other, "POST", "/offers/"+second.Offer.ID+"/accept", nil).want(409)
	// Nobody else is left, so one of the two is asked again, and takes it.
	third := offered()
	who := riders[third.Offer.RiderID]
	res := get[domain.OfferResult](r.do(who, "POST", "/offers/"+third.Offer.ID+"/accept", nil).want(200))
	if res.Offer.Status != domain.OfferAccepted || len(res.Deliveries) != 1 || res.Deliveries[0].Status != domain.Assigned {
		t.Errorf("accepted: %+v", res)
	}
	again := get[domain.OfferResult](r.do(who, "POST", "/offers/"+third.Offer.ID+"/accept", nil).want(200))
	if again.Offer.Version != res.Offer.Version {
		t.Error("accepted twice")
	}
	all := get[list[domain.Offer]](r.do(p.dispatcher, "GET", "/offers?centerId="+p.center.ID, nil).want(200)).Items
	if len(all) != 3 || all[0].ID != third.Offer.ID {
		t.Errorf("%d offers are listed", len(all))
	}
}
