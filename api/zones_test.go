package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/brosops/bros/domain"
)

// squareText is a GeoJSON polygon around a place.
func squareText(at domain.Location, d float64) string {
	return fmt.Sprintf(`{"type":"Polygon","coordinates":[[[%[1]v,%[2]v],[%[3]v,%[2]v],[%[3]v,%[4]v],[%[1]v,%[4]v],[%[1]v,%[2]v]]]}`,
		at.Lng-d, at.Lat-d, at.Lng+d, at.Lat+d)
}

// Areas over the wire: who may, what is refused, what screens hear.
func TestZones(t *testing.T) {
	r := newRig(t)
	p := r.a
	door := *p.order().Customer.Location
	body := func(name, kind string, at domain.Location, more string) raw {
		return raw(`{"centerId":"` + p.center.ID + `","name":"` + name + `","kind":"` + kind + `","area":` + squareText(at, 0.01) + more + `}`)
	}
	for _, who := range []*who{p.agent, p.dispatcher, p.rider} {
		r.do(who, "POST", "/zones", body("x", "serve", door, "")).code(403, domain.CodeForbidden)
	}
	r.do(r.b.manager, "POST", "/zones", body("x", "serve", door, "")).code(404, domain.CodeNotFound)
	e := get[Problem](r.do(p.manager, "POST", "/zones", raw(`{"centerId":"`+p.center.ID+`","name":"x","kind":"serve","area":{"type":"Polygon","coordinates":[[[127,37],[127.3,37.2],[127.3,37],[127,37.1],[127,37]]]}}`)).want(422))
	if len(e.Errors) != 1 || e.Errors[0].Field != "area" || e.Errors[0].Code != "area_crossed" {
		t.Errorf("a crossed area: %+v", e.Errors)
	}
	e = get[Problem](r.do(p.manager, "POST", "/zones", raw(`{"centerId":"`+p.center.ID+`","name":"","kind":"serve","area":7}`)).want(422))
	if len(e.Errors) != 2 {
		t.Errorf("no name and no area: %+v", e.Errors)
	}
	r.do(p.manager, "POST", "/zones", raw(`{"centerId":"`+p.center.ID+`","name":"x","kind":"serve","shape":1}`)).want(400)

	desk := r.connect(p.agent)
	desk.joined("setup/" + p.center.ID)
	z := get[domain.DeliveryZone](r.do(p.manager, "POST", "/zones", body("시내", "serve", door, `,"extraMinutes":10`)).want(201))
	if m := desk.event("setup/"+p.center.ID, eventZone); !strings.Contains(string(m.Data), z.ID) {
		t.Errorf("screens hear %s", m.Data)
	}
	if got := get[list[domain.DeliveryZone]](r.do(p.agent, "GET", "/zones?centerId="+p.center.ID, nil).want(200)); len(got.Items) != 1 || !got.Items[0].Area.Equal(*z.Area) {
		t.Errorf("listed %+v", got.Items)
	}
	r.do(r.b.agent, "GET", "/zones/"+z.ID, nil).want(404)
	r.do(r.b.manager, "PATCH", "/zones/"+z.ID, raw(`{"name":"y"}`)).want(404)
	at := func(l domain.Location) domain.ZoneAnswer {
		t.Helper()
		return get[domain.ZoneAnswer](r.do(p.agent, "GET", fmt.Sprintf("/zones/at?shopId=%s&location=%v,%v", p.shop.ID, l.Lat, l.Lng), nil).want(200))
	}
	if got := at(door); !got.Allowed || got.ZoneName != "시내" || got.ExtraMinutes != 10 {
		t.Errorf("at the door: %+v", got)
	}
	if got := at(domain.Location{Lat: 36, Lng: 127}); got.Allowed {
		t.Errorf("far away: %+v", got)
	}
	for _, bad := range []string{"?shopId=" + p.shop.ID, "?shopId=" + p.shop.ID + "&location=91,0", "?shopId=" + p.shop.ID + "&location=x", "?location=1,1"} {
		r.do(p.agent, "GET", "/zones/at"+bad, nil).want(422)
	}
	r.do(p.agent, "GET", "/zones/at?location=1,1&shopId="+r.b.shop.ID, nil).want(404)

	// An order outside is refused and leaves nothing; staff may say why it is taken.
	in := p.order()
	r.do(p.agent, "POST", "/orders", in).want(201)
	in.Customer.Location = &domain.Location{Lat: door.Lat + 0.05, Lng: door.Lng}
	e = get[Problem](r.do(p.agent, "POST", "/orders", in).want(422))
	if len(e.Errors) != 1 || e.Errors[0].Field != "customer.location" || e.Errors[0].Code != "out_of_area" {
		t.Errorf("refused with %+v", e)
	}
	in.Override = &domain.Override{}
	r.do(p.agent, "POST", "/orders", in).want(422)
	in.Override.Reason = "a regular"
	o := get[domain.OrderResult](r.do(p.agent, "POST", "/orders", in).want(201)).Order
	trail := get[list[domain.AuditEntry]](r.do(p.manager, "GET", "/audit?key="+o.ID, nil).want(200)).Items
	if len(trail) != 1 || len(trail[0].Changes) == 0 || trail[0].Changes[0].Field != "override" {
		t.Errorf("the audit has %+v", trail)
	}
	key := r.newKey("app", []string{p.center.ID}, domain.ScopeOrdersWrite)
	r.do(key, "POST", "/orders", in).code(403, domain.CodeForbidden)

	// Versions.
	moved := get[domain.DeliveryZone](r.do(p.manager, "PATCH", "/zones/"+z.ID, raw(`{"version":1,"kind":"refuse","extraMinutes":null}`)).want(200))
	if moved.Version != 2 || moved.Kind != domain.ZoneRefuse || moved.ExtraMinutes != 0 {
		t.Errorf("changed to %+v", moved)
	}
	r.do(p.manager, "PATCH", "/zones/"+z.ID, raw(`{"version":1,"name":"z"}`)).code(409, domain.CodeConflict)
	r.do(p.agent, "DELETE", "/zones/"+z.ID, nil).want(403)
	r.do(p.manager, "DELETE", "/zones/"+z.ID, nil).want(204)
	r.do(p.manager, "DELETE", "/zones/"+z.ID, nil).want(404)
	r.do(p.agent, "POST", "/orders", p.order()).want(201)
}

// What is exported can be imported, and a wrong file changes nothing.
func TestZoneFiles(t *testing.T) {
	r := newRig(t)
	p := r.a
	feature := func(id, name string, lat float64) string {
		return `{"type":"Feature","id":"` + id + `","properties":{"name":"` + name + `","stroke":"#f00"},"geometry":` + squareText(domain.Location{Lat: lat, Lng: 127}, 0.01) + `}`
	}
	collection := func(features ...string) raw {
		return raw(`{"type":"FeatureCollection","name":"city","features":[` + strings.Join(features, ",") + `]}`)
	}
	path := "/zones/import?centerId=" + p.center.ID
	r.do(p.dispatcher, "POST", path, collection(feature("", "x", 37))).want(403)
	r.do(p.manager, "POST", "/zones/import?centerId="+r.b.center.ID, collection(feature("", "x", 37))).want(404)
	for _, bad := range []raw{`[]`, `{"type":"Feature"}`, `{"type":"FeatureCollection","features":[]}`} {
		r.do(p.manager, "POST", path, bad).want(422)
	}
	dry := get[ImportAnswer](r.do(p.manager, "POST", path+"&dryRun=1", collection(feature("", "a", 37), feature("", "", 89))).want(200))
	if dry.Failed != 1 || len(dry.Rows) != 2 || len(dry.Rows[1].Errors) != 2 {
		t.Errorf("looked at: %+v", dry)
	}
	e := get[Problem](r.do(p.manager, "POST", path, collection(feature("", "a", 37), feature("", "b", 89))).want(422))
	if len(e.Errors) != 1 || e.Errors[0].Field != "rows[2].area" || e.Errors[0].Code != "area_at_pole" {
		t.Errorf("refused with %+v", e)
	}
	done := get[ImportAnswer](r.do(p.manager, "POST", path, collection(feature("", "a", 37), feature("1", "b", 38))).want(201))
	if done.Created != 2 || done.Changed != 0 {
		t.Errorf("imported %+v", done)
	}
	reply := r.do(p.agent, "GET", "/zones.geojson?centerId="+p.center.ID, nil).want(200)
	var file zoneFile
	if err := json.Unmarshal(reply.body, &file); err != nil || len(file.Features) != 2 {
		t.Fatalf("%s %v", reply.body, err)
	}
	same := get[ImportAnswer](r.do(p.manager, "POST", path, raw(reply.body)).want(201))
	if same.Created != 0 || same.Changed != 0 {
		t.Errorf("the export again: %+v", same)
	}
	file.Features[0].Properties.ExtraMinutes = 5
	changed, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := get[ImportAnswer](r.do(p.manager, "POST", path, raw(changed)).want(201)); got.Created != 0 || got.Changed != 1 {
		t.Errorf("one changed: %+v", got)
	}
	if got := get[list[domain.DeliveryZone]](r.do(p.agent, "GET", "/zones?centerId="+p.center.ID, nil).want(200)); len(got.Items) != 2 {
		t.Errorf("%d zones", len(got.Items))
	}
}
