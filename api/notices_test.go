package api

import (
	"strings"
	"testing"
	"time"

	"github.com/brosops/bros/api/push"
	"github.com/brosops/bros/domain"
)

// Dispatchers are told when nobody took a delivery, and a rider why it is on a break.
func TestNoRiderAndLapsesAreTold(t *testing.T) {
	r := newRig(t)
	p := r.newSite("told", domain.ModeOffer)
	r.do(p.dispatcher, "POST", "/riders/"+p.rider2.rider+"/duty", domain.SetDuty{Duty: domain.DutyOff}).want(200)
	r.do(r.admin, "PATCH", "/centers/"+p.center.ID, raw(`{"offerTries":3,"offerSeconds":10}`)).want(200)
	desk, phone, agent := r.connect(p.dispatcher), r.connect(p.rider), r.connect(p.agent)
	room := "delivery/" + p.center.ID
	desk.joined(room)
	d := r.newDelivery(p)
	for range 3 {
		desk.await("an offer", func(m *message) bool { return m.Key == d.ID && m.Event == domain.EventDeliveryOffered })
		r.advance(11 * time.Second)
		desk.await("its lapse", func(m *message) bool { return m.Key == d.ID && m.Event == domain.EventDeliveryOfferEnded })
	}
	got := decodeAs[noRider](t, desk.event("user/"+p.dispatcher.id, domain.EventNoticeNoRider).Data)
	if got != (noRider{d.ID, d.Number}) {
		t.Errorf("the dispatcher is told %+v", got)
	}
	duty := decodeAs[dutyNotice](t, phone.event("user/"+p.rider.id, domain.EventNoticeDuty).Data)
	if duty.Duty != domain.DutyBreak || duty.Reason != "offers_lapsed" {
		t.Errorf("the rider is told %+v", duty)
	}
	now := get[domain.Delivery](r.do(p.dispatcher, "GET", "/deliveries/"+d.ID, nil).want(200))
	if !now.NoRider || now.Offer != nil || len(now.Asked) != 3 {
		t.Errorf("left as %+v", now.DeliveryMore)
	}
	agent.joined(room)
	if agent.has(func(m *message) bool { return m.Event == domain.EventNoticeNoRider }) {
		t.Error("an agent is told")
	}
	// By hand it goes on.
	r.do(p.rider, "POST", "/riders/me/duty", raw(`{"duty":"on"}`)).want(200)
	r.do(p.dispatcher, "POST", "/deliveries/"+d.ID+"/assign", domain.AssignDelivery{RiderID: p.rider.rider}).want(200)
}

// The phone of a rider rings for what others did with a delivery in its hands,
// and for what it is asked.
func TestPushOfTheDay(t *testing.T) {
	service := newPushService(t)
	r := pushRig(t, service)
	r.subscribe(r.a.rider, service.subscription("one", "en"))
	d := r.assigned(r.a, r.a.rider)
	path := "/deliveries/" + d.ID
	want := func(kind string) {
		t.Helper()
		m := service.next()
		if m.Kind != kind || m.DeliveryID != d.ID || m.Number != d.Number {
			t.Fatalf("rings for %+v, want %s", m.Payload, kind)
		}
		for _, secret := range []string{customerName, customerPhone, "Olympic", customerDetail, "1204"} {
			if strings.Contains(m.raw, secret) {
				t.Fatalf("the payload holds %q", secret)
			}
		}
	}
	want(push.KindAssigned)
	corrected := get[domain.OrderResult](r.do(r.a.agent, "PATCH", "/orders/"+d.OrderID, raw(`{"customer":{"addressDetail":"1204"}}`)).want(200))
	want(push.KindAmended)
	r.do(r.a.rider, "POST", path+"/seen", domain.SeenInput{Version: corrected.Delivery.Version}).want(200)
	r.do(r.a.rider, "POST", path+"/pickup", nil).want(200)
	r.do(r.a.rider, "POST", path+"/problem", raw(`{"kind":"nobody_home"}`)).want(200)
	r.do(r.a.dispatcher, "POST", path+"/resolve", raw(`{"action":"retry"}`)).want(200)
	want(push.KindResolved)
	r.do(r.a.dispatcher, "POST", path+"/resolve", raw(`{"action":"return"}`)).want(200)
	want(push.KindReturning)
	r.do(r.a.rider, "POST", path+"/returned", raw(`{}`)).want(200)
	r.do(r.a.dispatcher, "POST", path+"/reopen", raw(`{"reason":"wrong one"}`)).want(200)
	want(push.KindReopened)
	r.do(r.a.dispatcher, "POST", path+"/resolve", raw(`{"action":"fail","reason":"damaged"}`)).want(200)
	want(push.KindWrittenOff)
	// What a rider gives back itself is no news to it.
	d = r.assigned(r.a, r.a.rider)
	want(push.KindAssigned)
	r.do(r.a.rider, "POST", "/deliveries/"+d.ID+"/giveback", raw(`{"reason":"flat tyre"}`)).want(200)

	p := r.newSite("asked", domain.ModeOffer)
	r.do(r.admin, "PATCH", "/centers/"+p.center.ID, raw(`{"offerSeconds":40}`)).want(200)
	r.subscribe(p.rider, service.subscription("asked", "ko"))
	r.subscribe(p.rider2, service.subscription("asked2", "ko"))
	d = r.newDelivery(p)
	m := service.next()
	if m.Kind != push.KindAsk || m.DeliveryID != d.ID || m.ttl != "40" || strings.Contains(m.raw, customerPhone) {
		t.Fatalf("asked by %+v", m)
	}
	service.none()
}

// What dispatchers are told of a late delivery is by the rider's own clock.
func TestLateNotice(t *testing.T) {
	e := domain.LogEntry{
		Key: "d1", Event: domain.EventDeliveryLateDeliver, Data: []byte(`{"id":"d1","number":"0412"}`),
		At:       domain.At(time.Date(2026, 5, 1, 12, 30, 0, 0, time.UTC)),
		DeviceAt: domain.At(time.Date(2026, 5, 1, 12, 1, 0, 0, time.UTC)),
	}
	data, err := noticeOf(&e, "ra")
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"deliveryId":"d1","number":"0412","riderId":"ra","at":"2026-05-01T12:01:00.000Z"}`; string(data) != want {
		t.Errorf("got %s", data)
	}
}
