package domain

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// square is a polygon around a place, d degrees to each side.
func square(lat, lng, d float64) string {
	return fmt.Sprintf(`{"type":"Polygon","coordinates":[[[%[1]v,%[2]v],[%[3]v,%[2]v],[%[3]v,%[4]v],[%[1]v,%[4]v],[%[1]v,%[2]v]]]}`,
		lng-d, lat-d, lng+d, lat+d)
}

func TestZoneSet(t *testing.T) {
	zone := func(id string, kind ZoneKind, extra int, area string, shops ...string) DeliveryZone {
		return DeliveryZone{ID: id, Name: id, Kind: kind, ShopIDs: shops, ExtraMinutes: extra, Area: areaOf(t, area)}
	}
	wide, hill, no := zone("wide", ZoneServe, 0, square(37.5, 127, 0.5)), zone("hill", ZoneServe, 10, square(37.6, 127, 0.05)), zone("no", ZoneRefuse, 0, square(37.4, 127, 0.05))
	far := zone("far", ZoneServe, 25, square(37.5, 127, 1), "s2")
	set := NewZoneSet([]DeliveryZone{wide, far, no, hill})
	for _, c := range []struct {
		shop     string
		lat, lng float64
		want     ZoneAnswer
	}{
		{"s1", 37.5, 127, ZoneAnswer{true, "wide", "wide", 0}},
		{"s1", 37.6, 127, ZoneAnswer{true, "hill", "hill", 10}},
		{"s1", 37.4, 127, ZoneAnswer{false, "no", "no", 0}},
		{"s1", 38.2, 127, ZoneAnswer{}},
		{"s2", 38.2, 127, ZoneAnswer{true, "far", "far", 25}},
		{"s2", 37.5, 127, ZoneAnswer{true, "wide", "wide", 0}},
		{"s2", 39, 127, ZoneAnswer{}},
	} {
		if got := set.At(c.shop, &Location{c.lat, c.lng}); got != c.want {
			t.Errorf("%s at %v: %+v, want %+v", c.shop, c.lat, got, c.want)
		}
	}
	if got := set.At("s1", nil); !got.Allowed {
		t.Error("a door nobody knows is refused")
	}
	if got := NewZoneSet([]DeliveryZone{no}).At("s1", &Location{37.5, 127}); !got.Allowed || got.ZoneID != "" {
		t.Errorf("without an area that serves: %+v", got)
	}
	if got := NewZoneSet([]DeliveryZone{far}).At("s1", &Location{39, 127}); !got.Allowed {
		t.Errorf("another shop's area binds: %+v", got)
	}
	if got := (*ZoneSet)(nil).At("s1", &Location{39, 127}); !got.Allowed {
		t.Error("no set")
	}
}

// The life of a zone.
func TestZoneLife(t *testing.T) {
	w := newWorld(t)
	in := NewZone{CenterID: w.a.center, Name: " Hill ", Kind: ZoneServe, Area: areaOf(t, square(37.52, 127.11, 0.02)), ExtraMinutes: new(12)}
	create := func(a Actor, in NewZone) (*DeliveryZone, error) {
		return try(w, func(tx Tx) (*DeliveryZone, error) { return w.s.CreateZone(ctx, tx, a, in) })
	}
	for _, a := range []Actor{w.a.dispatcher, w.a.agent, w.a.r1, w.key} {
		if _, err := create(a, in); codeOf(err) != CodeForbidden {
			t.Errorf("by %s: %v", a.Role, err)
		}
	}
	if _, err := create(w.b.manager, in); codeOf(err) != CodeNotFound {
		t.Errorf("of another center: %v", err)
	}
	_, err := create(w.a.manager, NewZone{Kind: "maybe", ExtraMinutes: new(-1)})
	if got, want := fieldsOf(err), []string{"centerId", "name", "kind", "area", "extraMinutes"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	wrong := in
	wrong.ShopIDs = []string{w.b.shop}
	if _, err := create(w.a.manager, wrong); !slices.Equal(fieldsOf(err), []string{"shopIds"}) {
		t.Errorf("a shop of another center: %v", err)
	}
	z, err := create(w.a.manager, in)
	if err != nil || z.Name != "Hill" || z.Version != 1 || z.ExtraMinutes != 12 {
		t.Fatalf("%+v %v", z, err)
	}

	update := func(a Actor, in ZonePatch) (*DeliveryZone, error) {
		return try(w, func(tx Tx) (*DeliveryZone, error) { return w.s.UpdateZone(ctx, tx, a, z.ID, in) })
	}
	if _, err := update(w.b.manager, ZonePatch{Name: new("x")}); codeOf(err) != CodeNotFound {
		t.Errorf("of another center: %v", err)
	}
	if _, err := update(w.a.manager, ZonePatch{CenterID: new(w.b.center)}); !slices.Equal(fieldsOf(err), []string{"centerId"}) {
		t.Errorf("to another center: %v", err)
	}
	if same, err := update(w.a.manager, ZonePatch{Name: new("Hill"), Version: new(int64(1))}); err != nil || same.Version != 1 {
		t.Errorf("nothing changed: %+v %v", same, err)
	}
	moved, err := update(w.a.manager, ZonePatch{Area: areaOf(t, square(36, 127, 0.02)), ExtraMinutes: Maybe[int]{Sent: true, Null: true}, Version: new(int64(1))})
	if err != nil || moved.Version != 2 || moved.ExtraMinutes != 0 {
		t.Fatalf("%+v %v", moved, err)
	}
	if _, err := update(w.a.manager, ZonePatch{Name: new("x"), Version: new(int64(1))}); codeOf(err) != CodeConflict {
		t.Errorf("stale: %v", err)
	}
	remove := func(a Actor) error {
		_, err := try(w, func(tx Tx) (*DeliveryZone, error) { return w.s.DeleteZone(ctx, tx, a, z.ID) })
		return err
	}
	if err := remove(w.a.dispatcher); codeOf(err) != CodeForbidden {
		t.Errorf("removed by a dispatcher: %v", err)
	}
	if err := remove(w.a.manager); err != nil {
		t.Error(err)
	}
	if err := remove(w.a.manager); codeOf(err) != CodeNotFound {
		t.Errorf("removed twice: %v", err)
	}
	var events []string
	for _, e := range w.audit {
		if e.Kind == "zone" {
			events = append(events, e.Event)
		}
	}
	if want := []string{"zone:create", "zone:change", "zone:delete"}; !slices.Equal(events, want) {
		t.Errorf("the audit has %v", events)
	}
}

// What zones do to orders.
func TestOrdersHeedZones(t *testing.T) {
	w := newWorld(t)
	order := w.order(w.a)
	order.Accept = true
	place := func(a Actor, in NewOrder) (OrderResult, error) {
		return try(w, func(tx Tx) (OrderResult, error) { return w.s.CreateOrder(ctx, tx, a, in) })
	}
	before, err := place(w.a.agent, order)
	if err != nil {
		t.Fatal(err)
	}
	z := must(w, func(tx Tx) (*DeliveryZone, error) {
		return w.s.CreateZone(ctx, tx, w.a.manager, NewZone{CenterID: w.a.center, Name: "Hill", Kind: ZoneServe, Area: areaOf(t, square(37.52, 127.11, 0.02)), ExtraMinutes: new(12)})
	})
	after, err := place(w.a.agent, order)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := after.Delivery.PromisedAt.Sub(before.Delivery.PromisedAt.Time), 12*time.Minute; got != want {
		t.Errorf("the promise is %v later, want %v", got, want)
	}
	ahead := order
	ahead.PromisedAt = w.s.now().Add(5 * time.Hour)
	held, err := place(w.a.agent, ahead)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := held.Delivery.PromisedAt.Sub(held.Delivery.ReadyAt.Time), after.Delivery.PromisedAt.Sub(after.Delivery.ReadyAt.Time); got != want {
		t.Errorf("a pre-order has %v for the way, want %v", got, want)
	}
	must(w, func(tx Tx) (*DeliveryZone, error) {
		return w.s.UpdateZone(ctx, tx, w.a.manager, z.ID, ZonePatch{Area: areaOf(t, square(36, 127, 0.02))})
	})

	outside := func(what string, err error) {
		t.Helper()
		var e *Error
		if !errors.As(err, &e) || e.Code != CodeValidation || len(e.Fields) != 1 || e.Fields[0].Field != "customer.location" || e.Fields[0].Code != "out_of_area" {
			t.Errorf("%s: %v", what, err)
		}
	}
	orders := len(w.orders)
	_, err = place(w.a.agent, order)
	outside("an order", err)
	if len(w.orders) != orders {
		t.Error("a refused order was made")
	}
	forced := order
	forced.Override = &Override{Reason: "the owner's mother"}
	app := forced
	app.Accept = false
	if _, err := place(w.key, app); codeOf(err) != CodeForbidden {
		t.Errorf("an app overrides: %v", err)
	}
	got, err := place(w.a.agent, forced)
	if err != nil || got.Order.Override != "the owner's mother" {
		t.Fatalf("%+v %v", got.Order, err)
	}
	if last := w.audit[len(w.audit)-2]; last.Event != EventOrderCreate || !slices.Contains(last.Changes, AuditChange{Field: "override"}) {
		t.Errorf("the audit says %+v", last)
	}
	if last := w.log[len(w.log)-1]; last.Event != EventDeliveryCreate || last.Reason != "the owner's mother" {
		t.Errorf("the history says %+v", last)
	}
	nowhere := order
	nowhere.Customer.Location = nil
	if _, err := place(w.a.agent, nowhere); err != nil {
		t.Errorf("a door nobody has pinned: %v", err)
	}

	// A correction that moves the door asks again; any other doesn't.
	correct := func(in CorrectOrder) (OrderResult, error) {
		return try(w, func(tx Tx) (OrderResult, error) { return w.s.CorrectOrder(ctx, tx, w.a.agent, got.Order.ID, in) })
	}
	if _, err := correct(CorrectOrder{Customer: &CustomerPatch{Memo: Just("bell")}}); err != nil {
		t.Errorf("a memo: %v", err)
	}
	door := &CustomerPatch{Location: Just(&Location{37.53, 127.11})}
	_, err = correct(CorrectOrder{Customer: door})
	outside("a correction", err)
	res, err := correct(CorrectOrder{Customer: door, Reason: "pinned", Override: &Override{Reason: "she insists"}})
	if err != nil || res.Order.Override != "she insists" {
		t.Fatalf("%+v %v", res, err)
	}
	if last := w.audit[len(w.audit)-1]; !slices.Contains(last.Changes, AuditChange{Field: "override"}) {
		t.Errorf("the audit says %+v", last)
	}
	if _, err := correct(CorrectOrder{Customer: &CustomerPatch{Location: Just(&Location{36, 127})}}); err != nil {
		t.Errorf("moved into the area: %v", err)
	}
}

// benchZones is 500 zones of some 200 corners each, all of a town.
func benchZones() []DeliveryZone {
	rnd := rand.New(rand.NewPCG(1, 2))
	zones := make([]DeliveryZone, 500)
	for i := range zones {
		lat, lng, r := 37.4+0.2*rnd.Float64(), 127+0.2*rnd.Float64(), 0.01+0.06*rnd.Float64()
		var ring [][2]float64
		for k := range 200 {
			angle := 2 * math.Pi * float64(k) / 200
			d := r * (0.8 + 0.2*rnd.Float64())
			ring = append(ring, [2]float64{lng + d*math.Cos(angle), lat + d*math.Sin(angle)})
		}
		ring = append(ring, ring[0])
		text, _ := json.Marshal(map[string]any{"type": "Polygon", "coordinates": [][][2]float64{ring}})
		a := new(Area)
		_ = json.Unmarshal(text, a)
		zones[i] = DeliveryZone{ID: fmt.Sprint(i), Kind: ZoneServe, Area: a}
	}
	return zones
}

// BenchmarkZoneSet asks 500 zones for a door.
func BenchmarkZoneSet(b *testing.B) {
	set := NewZoneSet(benchZones())
	doors := make([]Location, 1024)
	for i := range doors {
		doors[i] = Location{37.4 + 0.2*rand.Float64(), 127 + 0.2*rand.Float64()}
	}
	for i := 0; b.Loop(); i++ {
		set.At("s1", &doors[i%len(doors)])
	}
}

// BenchmarkAreaRead reads an area of 2,000 corners, with all its checks.
func BenchmarkAreaRead(b *testing.B) {
	var ring []string
	for i := range maxAreaPoints - 1 {
		angle := 2 * math.Pi * float64(i) / float64(maxAreaPoints-1)
		d := 0.8 + 0.2*float64(i%3)
		ring = append(ring, fmt.Sprintf("[%.6f,%.6f]", 127+d*math.Cos(angle), 37+d*math.Sin(angle)))
	}
	text := polygonText(`[[` + strings.Join(append(ring, ring[0]), ",") + `]]`)
	for b.Loop() {
		if a := areaOf(b, text); a.fault != nil {
			b.Fatal(a.fault)
		}
	}
}
