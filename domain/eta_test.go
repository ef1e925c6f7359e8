package domain

import (
	"testing"
	"time"
)

func TestExpected(t *testing.T) {
	now := At(time.Now().Truncate(time.Minute))
	shop, door := Location{Lat: 37.51, Lng: 127.10}, Location{Lat: 37.51, Lng: 127.10}
	door.Lat += 2000.0 / 111_195 // two kilometres: six minutes at 20 km/h
	c := &Center{SpeedKmh: 20, ServiceMinutes: 4}
	s := &Service{}
	base := Delivery{Shop: ShopRef{Location: &shop}, Customer: Customer{Location: &door}, PromisedAt: now}
	with := func(fn func(d *Delivery)) *Delivery { d := base; fn(&d); return &d }
	for _, tt := range []struct {
		name     string
		d        *Delivery
		place    *Location
		from, to int // minutes from now
	}{
		{"picked up, at the shop", with(func(d *Delivery) { d.Status = PickedUp }), &shop, 4, 11},
		{"picked up, before the door", with(func(d *Delivery) { d.Status = PickedUp }), &door, 0, 5},
		{"picked up two minutes ago, place unknown", with(func(d *Delivery) { d.Status, d.PickedUpAt = PickedUp, now.Add(-2*time.Minute) }), nil, 2, 9},
		{"picked up an hour ago, place unknown", with(func(d *Delivery) { d.Status, d.PickedUpAt = PickedUp, now.Add(-time.Hour) }), nil, 0, 5},
		{"other doors before it, as the promise says", with(func(d *Delivery) { d.Status, d.PromisedAt = PickedUp, now.Add(20*time.Minute) }), &shop, 4, 20},
		{"a promise in a day stretches it by a quarter of an hour", with(func(d *Delivery) { d.Status, d.PromisedAt = PickedUp, now.Add(24*time.Hour) }), &shop, 4, 26},
		{"assigned, the food takes ten minutes", with(func(d *Delivery) { d.Status, d.ReadyAt = Assigned, now.Add(10*time.Minute) }), &shop, 18, 25},
		{"assigned, the rider is at the door yet", with(func(d *Delivery) { d.Status, d.ReadyAt = Assigned, now.Add(-time.Minute) }), &door, 14, 21},
	} {
		got, ok := s.Expected(c, tt.d, tt.place, now)
		from, to := got.From.Sub(now.Time), got.To.Sub(now.Time)
		slack := func(is time.Duration, want int) bool {
			d := is - time.Duration(want)*time.Minute
			return d >= -time.Minute && d <= time.Minute
		}
		if !ok || from < 0 || !got.From.Equal(got.From.Truncate(time.Minute)) || !slack(from, tt.from) || !slack(to, tt.to) {
			t.Errorf("%s: from %s to %s, want %d to %d minutes", tt.name, from, to, tt.from, tt.to)
		}
	}
	for _, status := range DeliveryStatuses {
		if status == Assigned || status == PickedUp {
			continue
		}
		if _, ok := s.Expected(c, with(func(d *Delivery) { d.Status = status }), &shop, now); ok {
			t.Errorf("%s is expected", status)
		}
	}
}
