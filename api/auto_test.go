package api

import (
	"testing"

	"github.com/brosops/bros/domain"
)

// TestAutoAssigns: in mode auto the server gives what waits to riders on duty
// with room, and leaves the rest until somebody has.
func TestAutoAssigns(t *testing.T) {
	r := newRig(t)
	p := r.newSite("gamma", domain.ModeAuto)
	desk := r.connect(p.dispatcher)
	delivery := "delivery/" + p.center.ID
	desk.joined(delivery)
	assigned := func(m *message) bool { return m.Address == delivery && m.Event == domain.EventDeliveryAssigned }
	load := map[string]int{}
	for range 6 { // two riders of three each
		r.newDelivery(p)
		m := desk.await("assigned", assigned)
		d := decodeAs[domain.Delivery](t, m.Data)
		load[d.RiderID]++
	}
	if load[p.rider.rider] != 3 || load[p.rider2.rider] != 3 {
		t.Errorf("loads %v", load)
	}
	seventh := r.newDelivery(p)
	desk.change(delivery, seventh.ID)
	third := r.newRider(p, "gamma-rider3")
	if d := decodeAs[domain.Delivery](t, desk.await("assigned", assigned).Data); d.ID != seventh.ID || d.RiderID != third.rider {
		t.Errorf("the seventh went to %s", d.RiderID)
	}
	hist := get[list[domain.HistoryEntry]](r.do(p.dispatcher, "GET", "/deliveries/"+seventh.ID+"/history", nil).want(200))
	if last := hist.Items[len(hist.Items)-1]; last.Actor.Role != domain.RoleSystem {
		t.Errorf("assigned by %+v", last.Actor)
	}
	// Switched off, it keeps its hands off.
	r.do(r.admin, "PATCH", "/centers/"+p.center.ID, raw(`{"assignMode":"dispatch"}`)).want(200)
	r.newRider(p, "gamma-rider4")
	eighth := r.newDelivery(p)
	desk.change(delivery, eighth.ID)
	if err := r.srv.live.auto.assign(t.Context(), p.center.ID); err != nil {
		t.Fatal(err)
	}
	if d := get[domain.Delivery](r.do(p.agent, "GET", "/deliveries/"+eighth.ID, nil).want(200)); d.Status != domain.Waiting {
		t.Errorf("the eighth is %s", d.Status)
	}
}
