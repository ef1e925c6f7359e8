package api

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/brosops/bros/api/plan"
	"github.com/brosops/bros/api/roads"
	"github.com/brosops/bros/api/roads/roadtest"
	"github.com/brosops/bros/domain"
)

// riverRig is a rig with a router, and a shop on the west bank of the river: one
// rider is near it on the east bank, the other further away on the west bank.
func riverRig(t *testing.T, kind string, s *roadtest.Server) (*rig, *site) {
	t.Helper()
	router, err := roads.Open(kind + ":" + s.URL)
	if err != nil {
		t.Fatal(err)
	}
	r := newRigWith(t, func(d *Deps) { d.Router = router })
	p := r.a
	shop := roadtest.At(900, 500)
	p.shop = get[domain.Shop](r.do(r.admin, "PATCH", "/shops/"+p.shop.ID, map[string]any{"location": shop}).want(200))
	r.stand(p)
	return r, p
}

// stand has the riders of riverRig tell where they are.
func (r *rig) stand(p *site) {
	r.t.Helper()
	for rider, at := range map[*who]domain.Location{p.rider: roadtest.At(1200, 500), p.rider2: roadtest.At(300, 500)} {
		fix := r.fixAt(0, at.Lat)
		fix.Lng = &at.Lng
		r.do(rider, "POST", "/riders/me/positions", PositionsRequest{Positions: []Fix{fix}}).want(202)
	}
}

func routers(t *testing.T, test func(t *testing.T, kind string, s *roadtest.Server)) {
	t.Run("osrm", func(t *testing.T) { test(t, "osrm", roadtest.OSRM(t)) })
	t.Run("valhalla", func(t *testing.T) { test(t, "valhalla", roadtest.Valhalla(t)) })
}

// orderTo is an accepted order for a door, of food that is ready at once: who is
// there first matters.
func (r *rig) orderTo(p *site, door domain.Location) *domain.Delivery {
	r.t.Helper()
	in := p.order()
	in.Accept, in.Customer.Location, in.PrepMinutes = true, &door, new(0)
	return get[domain.OrderResult](r.do(p.agent, "POST", "/orders", in).want(201)).Delivery
}

// A river between shop and rider changes who comes first, and a bridge far away
// makes the promise later. Without the router all is a line again, and marked.
func TestRiver(t *testing.T) {
	routers(t, func(t *testing.T, kind string, s *roadtest.Server) {
		r, p := riverRig(t, kind, s)
		suggested := func(d *domain.Delivery) []Suggestion {
			return get[struct{ Items []Suggestion }](r.do(p.agent, "GET", "/deliveries/"+d.ID+"/suggestions", nil).want(200)).Items
		}
		over := r.orderTo(p, roadtest.At(1100, 500))
		riding := over.PromisedAt.Sub(over.ReadyAt.Time) - time.Duration(p.center.ServiceMinutes)*time.Minute
		if want := 3200 / (30 / 3.6); riding.Seconds() < want-3 || riding.Seconds() > want+3 {
			t.Errorf("the promise counts %s of riding over the bridge, want %.0f s", riding, want)
		}
		near := r.orderTo(p, roadtest.At(900, 300))
		got := suggested(near)
		if len(got) != 2 || got[0].RiderID != p.rider2.rider || got[0].ETASource != "road" || got[1].ETASource != "road" {
			t.Fatalf("by road the one on this side comes first: %+v", got)
		}
		if got[1].Distance < 3000 || got[1].ETAPickup < 360 {
			t.Errorf("the other one rides over the bridge: %+v", got[1])
		}
		plans := get[plan.Plan](r.do(p.agent, "GET", "/plan?centerId="+p.center.ID, nil).want(200))
		for _, rider := range plans.Riders {
			for _, stop := range rider.Stops {
				if stop.DeliveryID == near.ID && rider.RiderID != p.rider2.rider {
					t.Errorf("the plan sends the one from over the river: %+v", plans.Riders)
				}
			}
		}

		// Dead: what was asked before is still known; elsewhere it is the line.
		s.Set(0, roadtest.Dead)
		r.advance(7 * time.Hour)
		r.stand(p)
		got = suggested(near)
		if got[0].RiderID != p.rider.rider || got[0].ETASource != "line" || got[1].ETASource != "line" {
			t.Errorf("by line the nearer one comes first: %+v", got)
		}
		line := r.orderTo(p, roadtest.At(1100, 500))
		riding = line.PromisedAt.Sub(line.ReadyAt.Time) - time.Duration(p.center.ServiceMinutes)*time.Minute
		if want := 200 * 1.35 / (20 / 3.6); riding.Seconds() < want-2 || riding.Seconds() > want+2 {
			t.Errorf("the promise counts %s, want %.0f s", riding, want)
		}
		for range 3 {
			suggested(near)
		}
		if state := get[Readiness](r.do(nobody, "GET", "/readyz", nil).want(200)); state.Status != "degraded" || len(state.Reasons) != 1 {
			t.Errorf("%+v", state)
		}
		s.Set(0, roadtest.None)
		r.advance(time.Minute)
		if got := suggested(near); got[0].RiderID != p.rider2.rider || got[0].ETASource != "road" {
			t.Errorf("it is back: %+v", got)
		}
	})
}

func TestRouteAnswer(t *testing.T) {
	routers(t, func(t *testing.T, kind string, s *roadtest.Server) {
		r, p := riverRig(t, kind, s)
		text := func(l domain.Location) string { return fmt.Sprintf("%.6f,%.6f", l.Lat, l.Lng) }
		ask := "/route?from=" + text(roadtest.At(1000, 500)) + "&to=" + text(roadtest.At(1100, 500))
		for _, who := range []*who{p.agent, p.rider, r.admin} {
			got := get[RouteAnswer](r.do(who, "GET", ask+"&vehicle=bicycle", nil).want(200))
			if got.Type != "Feature" || got.Geometry.Type != "LineString" || len(got.Geometry.Coordinates) < 30 ||
				got.Properties.Source != "road" || got.Properties.Distance < 3090 || got.Properties.Distance > 3110 ||
				got.Properties.Duration < 740 || got.Properties.Duration > 750 {
				t.Errorf("%s: %+v", who.name, got.Properties)
			}
			if c := got.Geometry.Coordinates[0]; c[0] < 127 || c[1] > 38 {
				t.Errorf("longitude first: %v", c)
			}
		}
		s.Set(time.Minute, roadtest.None)
		begun := time.Now()
		got := get[RouteAnswer](r.do(p.agent, "GET", ask, nil).want(200))
		if took := time.Since(begun); took > time.Second {
			t.Errorf("waited %s for a slow router", took)
		}
		if got.Properties.Source != "line" || got.Properties.Distance != 135 || got.Properties.Duration != 24 || len(got.Geometry.Coordinates) != 2 {
			t.Errorf("a line: %+v", got)
		}
		r.do(r.admin, "PATCH", "/centers/"+p.center.ID, map[string]any{"detour": 2}).want(200)
		if got := get[RouteAnswer](r.do(p.rider, "GET", ask, nil).want(200)); got.Properties.Distance != 200 {
			t.Errorf("the center's detour: %+v", got)
		}
	})
	r := newRig(t)
	for query, field := range map[string]string{
		"from=37.5,127.1":                         "to",
		"to=37.5,127.1":                           "from",
		"from=37.5&to=37.5,127.1":                 "from",
		"from=37.5,127.1&to=91,0":                 "to",
		"from=NaN,127.1&to=37.5,127.1":            "from",
		"from=37.5,127.1&to=37.5,x":               "to",
		"from=37.5,127.1&to=3,4&vehicle=elephant": "vehicle",
	} {
		r.do(r.a.agent, "GET", "/route?"+query, nil).code(http.StatusUnprocessableEntity, domain.CodeValidation, field)
	}
	r.do(r.a.agent, "GET", "/route?from=1,1&to=1,2&centerId="+r.b.center.ID, nil).want(404)
	r.do(nobody, "GET", "/route?from=1,1&to=1,2", nil).want(401)
}
