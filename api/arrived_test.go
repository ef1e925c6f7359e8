package api

import (
	"testing"
	"time"

	"github.com/brosops/bros/domain"
)

// A rider's fixes say that it is at the shop, and then at the door.
func TestArrivedByFixes(t *testing.T) {
	r := newRig(t)
	p := r.newSite("fixes", domain.ModeDispatch)
	desk := r.connect(p.dispatcher)
	room := "delivery/" + p.center.ID
	desk.joined(room)
	d := r.assigned(p, p.rider)
	stand := func(at domain.Location, begin time.Time) {
		t.Helper()
		var in PositionsRequest
		for _, after := range []time.Duration{0, 15 * time.Second, 31 * time.Second} {
			in.Positions = append(in.Positions, Fix{Lat: &at.Lat, Lng: &at.Lng, At: domain.At(begin.Add(after))})
		}
		r.do(p.rider, "POST", "/riders/me/positions", in).want(202)
	}
	arrived := func() domain.Delivery {
		t.Helper()
		m := desk.await("the arrival", func(m *message) bool { return m.Key == d.ID && m.Event == domain.EventDeliveryArrived })
		return decodeAs[domain.Delivery](t, m.Data)
	}
	// What was before the assign says nothing, nor does the door.
	stand(*d.Shop.Location, r.now().Add(-10*time.Minute))
	stand(*d.Customer.Location, r.now())
	r.advance(time.Minute)
	begin := r.now()
	stand(*d.Shop.Location, begin)
	got := arrived()
	if got.ArrivedShopBy != domain.ByFix || !got.ArrivedShopAt.Equal(domain.At(begin).Time) || !got.ArrivedDoorAt.IsZero() || got.Status != domain.Assigned {
		t.Errorf("at the shop: %+v", got.DeliveryMore)
	}
	if v := get[domain.Delivery](r.do(p.rider, "POST", "/deliveries/"+d.ID+"/arrive", raw(`{"place":"shop"}`)).want(200)); v.Version != got.Version {
		t.Error("the rider's own word for it took a number")
	}
	r.advance(time.Minute)
	r.do(p.rider, "POST", "/deliveries/"+d.ID+"/pickup", nil).want(200)
	r.advance(time.Second)
	stand(*d.Customer.Location, r.now())
	if got = arrived(); got.ArrivedDoorBy != domain.ByFix || got.Status != domain.PickedUp {
		t.Errorf("at the door: %+v", got.DeliveryMore)
	}
	// Another attempt is another arrival.
	r.do(p.rider, "POST", "/deliveries/"+d.ID+"/problem", raw(`{"kind":"nobody_home"}`)).want(200)
	r.do(p.dispatcher, "POST", "/deliveries/"+d.ID+"/resolve", raw(`{"action":"retry"}`)).want(200)
	r.advance(3 * time.Minute)
	again := r.now()
	stand(*d.Customer.Location, again)
	if got = arrived(); !got.ArrivedDoorAt.Equal(domain.At(again).Time) || got.Attempt != 2 {
		t.Errorf("at the door again: %+v", got.DeliveryMore)
	}
}
