package api

import (
	"testing"
	"time"

	"github.com/brosops/bros/api/plan"
	"github.com/brosops/bros/domain"
)

// The plan says of each delivery who is meant, or why nobody is told yet, and
// comes to staff who look at it when it changes.
func TestPlan(t *testing.T) {
	r := newRig(t)
	p := r.newSite("plan", domain.ModeDispatch)
	path := "/plan?centerId=" + p.center.ID
	empty := get[plan.Plan](r.do(p.agent, "GET", path, nil).want(200))
	if empty.CenterID != p.center.ID || len(empty.Waiting) != 0 || len(empty.Riders) != 2 {
		t.Errorf("an empty plan: %+v", empty)
	}
	r.do(p.rider, "GET", path, nil).want(403)
	r.do(p.agent, "GET", "/plan?centerId=nowhere", nil).want(404)

	desk := r.connect(p.dispatcher)
	room := "plan/" + p.center.ID
	desk.joined(room)
	has := func(want func(plan.Plan) bool) func(*message) bool {
		return func(m *message) bool { return m.Address == room && want(decodeAs[plan.Plan](t, m.Data)) }
	}
	d := r.newDelivery(p)
	means := func(made plan.Plan, riderID, deliveryID string) string {
		for _, x := range made.Riders {
			for _, s := range x.Stops {
				if s.DeliveryID == deliveryID && (riderID == "" || x.RiderID == riderID) {
					return s.Level
				}
			}
		}
		return ""
	}
	desk.await("the plan for it", has(func(made plan.Plan) bool { return means(made, "", d.ID) != "" }))
	r.do(p.dispatcher, "POST", "/deliveries/"+d.ID+"/pin", domain.PinInput{RiderID: p.rider2.rider}).want(200)
	desk.await("the pin is obeyed", has(func(made plan.Plan) bool { return means(made, p.rider2.rider, d.ID) != "" }))
	r.do(p.dispatcher, "POST", "/deliveries/"+d.ID+"/avoid", domain.PinInput{RiderID: p.rider2.rider}).want(200)
	desk.await("the avoid is obeyed", has(func(made plan.Plan) bool {
		return means(made, p.rider.rider, d.ID) != "" && means(made, p.rider2.rider, d.ID) == ""
	}))
	r.do(p.dispatcher, "POST", "/deliveries/"+d.ID+"/assign", domain.AssignDelivery{RiderID: p.rider2.rider}).want(200)
	desk.await("what is in hand is locked", has(func(made plan.Plan) bool { return means(made, p.rider2.rider, d.ID) == "locked" }))

	in := p.order()
	in.Accept, in.PromisedAt = true, domain.At(r.now().Add(6*time.Hour))
	held := get[domain.OrderResult](r.do(p.agent, "POST", "/orders", in).want(201)).Delivery
	desk.await("what is held", has(func(made plan.Plan) bool {
		for _, w := range made.Waiting {
			if w.DeliveryID == held.ID && w.Why == "held" {
				return w.Until.Equal(held.HeldUntil.Time)
			}
		}
		return false
	}))
}
