package api

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

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
	// Switched off, it keeps its hands off, though somebody looks at its plan.
	r.do(r.admin, "PATCH", "/centers/"+p.center.ID, raw(`{"assignMode":"dispatch"}`)).want(200)
	r.newRider(p, "gamma-rider4")
	eighth := r.newDelivery(p)
	desk.joined("plan/" + p.center.ID)
	meant := r.planned(p, desk, eighth.ID)
	if d := get[domain.Delivery](r.do(p.agent, "GET", "/deliveries/"+eighth.ID, nil).want(200)); d.Status != domain.Waiting {
		t.Errorf("the eighth is %s", d.Status)
	}
	// Switched on again, it goes on by the plan that people have seen.
	r.do(r.admin, "PATCH", "/centers/"+p.center.ID, raw(`{"assignMode":"auto"}`)).want(200)
	if d := decodeAs[domain.Delivery](t, desk.await("assigned", assigned).Data); d.ID != eighth.ID || d.RiderID != meant {
		t.Errorf("the eighth went to %s", d.RiderID)
	}
}

// planned waits until the plan means a rider for a delivery, and says whom.
func (r *rig) planned(p *site, desk *socket, deliveryID string) (riderID string) {
	r.t.Helper()
	desk.await("the plan for "+deliveryID, func(m *message) bool {
		if m.Address != "plan/"+p.center.ID {
			return false
		}
		for _, x := range decodeAs[planView](r.t, m.Data).Riders {
			for _, s := range x.Stops {
				if s.DeliveryID == deliveryID {
					riderID = x.RiderID
				}
			}
		}
		return riderID != ""
	})
	return riderID
}

type planView struct {
	Riders []struct {
		RiderID string `json:"riderId"`
		Stops   []struct {
			DeliveryID string `json:"deliveryId"`
		} `json:"stops"`
	} `json:"riders"`
}

// TestAutoObeys: who is pinned gets it, who is ruled out doesn't, and what a
// person gave stays given.
func TestAutoObeys(t *testing.T) {
	r := newRig(t)
	p := r.newSite("obeys", domain.ModeDispatch)
	pinned, avoided, byHand := r.newDelivery(p), r.newDelivery(p), r.newDelivery(p)
	r.do(p.dispatcher, "POST", "/deliveries/"+pinned.ID+"/pin", domain.PinInput{RiderID: p.rider2.rider}).want(200)
	r.do(p.dispatcher, "POST", "/deliveries/"+avoided.ID+"/avoid", domain.PinInput{RiderID: p.rider2.rider}).want(200)
	r.do(p.dispatcher, "POST", "/deliveries/"+byHand.ID+"/assign", domain.AssignDelivery{RiderID: p.rider2.rider}).want(200)
	desk := r.connect(p.dispatcher)
	room := "delivery/" + p.center.ID
	desk.joined(room)
	r.do(r.admin, "PATCH", "/centers/"+p.center.ID, raw(`{"assignMode":"auto"}`)).want(200)
	for range 2 {
		d := decodeAs[domain.Delivery](t, desk.await("assigned", func(m *message) bool {
			return m.Address == room && m.Event == domain.EventDeliveryAssigned
		}).Data)
		if want := map[string]string{pinned.ID: p.rider2.rider, avoided.ID: p.rider.rider}[d.ID]; d.RiderID != want {
			t.Errorf("%s went to %s, want %s", d.ID, d.RiderID, want)
		}
	}
	if d := get[domain.Delivery](r.do(p.agent, "GET", "/deliveries/"+byHand.ID, nil).want(200)); d.RiderID != p.rider2.rider {
		t.Errorf("what was given by hand is with %s", d.RiderID)
	}
}

// TestSteadyPlanReadsNothing: ticks of a center where the server acts read
// nothing of the database, and a loop that goes round and round shows here.
func TestSteadyPlanReadsNothing(t *testing.T) {
	reads := &countingStore{}
	r := newRigWith(t, func(d *Deps) { reads.Store = d.Store; d.Store = reads })
	p := r.newSite("steady", domain.ModeAuto)
	desk := r.connect(p.dispatcher)
	room := "delivery/" + p.center.ID
	desk.joined(room)
	for i := range 4 {
		r.newDelivery(p)
		desk.await("assigned", func(m *message) bool { return m.Address == room && m.Event == domain.EventDeliveryAssigned })
		if i == 0 {
			reads.loads.Store(0)
		}
	}
	if n := reads.loads.Load(); n != 0 {
		t.Errorf("the center was read %d times after the first plan", n)
	}
}

// countingStore counts whole reads of a center.
type countingStore struct {
	Store
	loads atomic.Int64
}

func (s *countingStore) LoadCenter(ctx context.Context, id string, cutoff time.Time) (*domain.CenterState, error) {
	s.loads.Add(1)
	return s.Store.LoadCenter(ctx, id, cutoff)
}
