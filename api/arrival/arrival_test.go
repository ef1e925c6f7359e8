package arrival

import (
	"context"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
)

type spots map[string][]Spot

func (s spots) Spots(_ context.Context, riderID string) ([]Spot, error) { return s[riderID], nil }

func TestWatcher(t *testing.T) {
	shop := domain.Location{Lat: 37.5, Lng: 127}
	begin := domain.At(time.Now())
	store := spots{"r": {{DeliveryID: "d", Place: domain.PlaceShop, At: shop, Since: begin}}}
	fix := func(after time.Duration, metres float64) domain.Position {
		return domain.Position{RiderID: "r", Lat: shop.Lat + metres/111_195, Lng: shop.Lng, At: begin.Add(after)}
	}
	vague := func(f domain.Position) domain.Position {
		accuracy := 3000.0
		f.Accuracy = &accuracy
		return f
	}
	for name, c := range map[string]struct {
		fixes []domain.Position
		at    time.Duration // -1: no arrival
	}{
		"stays":            {[]domain.Position{fix(0, 500), fix(10*time.Second, 60), fix(25*time.Second, 20), fix(41*time.Second, 70)}, 10 * time.Second},
		"too short":        {[]domain.Position{fix(0, 10), fix(29*time.Second, 10)}, -1},
		"passes by":        {[]domain.Position{fix(0, 10), fix(15*time.Second, 200), fix(31*time.Second, 10)}, -1},
		"too far":          {[]domain.Position{fix(0, 90), fix(40*time.Second, 90)}, -1},
		"before its time":  {[]domain.Position{fix(-time.Minute, 10), fix(-time.Second, 10)}, -1},
		"a long silence":   {[]domain.Position{fix(0, 10), fix(10*time.Minute, 10)}, -1},
		"a vague fix":      {[]domain.Position{fix(0, 10), vague(fix(10*time.Second, 900)), fix(31*time.Second, 10)}, 0},
		"told once":        {[]domain.Position{fix(0, 10), fix(31*time.Second, 10), fix(70*time.Second, 10)}, 0},
		"nothing but away": {nil, -1},
	} {
		t.Run(name, func(t *testing.T) {
			var got []domain.Time
			w := New(store, func() time.Time { return begin.Time }, func(_ context.Context, s Spot, riderID string, at domain.Time) {
				if s.DeliveryID != "d" || riderID != "r" {
					t.Errorf("arrived with %+v by %s", s, riderID)
				}
				got = append(got, at)
			})
			for _, f := range c.fixes {
				w.look(t.Context(), f)
			}
			switch {
			case c.at < 0 && len(got) > 0:
				t.Errorf("arrived at %v", got)
			case c.at >= 0 && (len(got) != 1 || !got[0].Equal(begin.Add(c.at).Time)):
				t.Errorf("arrived at %v, want once at %v", got, begin.Add(c.at))
			}
		})
	}
}

// What a rider has in hand is read again after a change, and a stay that goes on
// is not forgotten by it.
func TestWatcherReadsAgain(t *testing.T) {
	shop := domain.Location{Lat: 37.5, Lng: 127}
	begin := domain.At(time.Now())
	one := Spot{DeliveryID: "d1", Place: domain.PlaceShop, At: shop, Since: begin}
	two := Spot{DeliveryID: "d2", Place: domain.PlaceShop, At: shop, Since: begin.Add(20 * time.Second)}
	store := spots{"r": {one}}
	var got []string
	w := New(store, func() time.Time { return begin.Time }, func(_ context.Context, s Spot, _ string, _ domain.Time) { got = append(got, s.DeliveryID) })
	at := func(after time.Duration) domain.Position {
		return domain.Position{RiderID: "r", Lat: shop.Lat, Lng: shop.Lng, At: begin.Add(after)}
	}
	w.look(t.Context(), at(0))
	store["r"] = []Spot{one, two}
	w.look(t.Context(), at(21*time.Second))
	if len(w.riders["r"].spots) != 1 {
		t.Error("read again without a change")
	}
	w.Changed("r")
	w.look(t.Context(), at(31*time.Second))
	w.look(t.Context(), at(62*time.Second))
	if len(got) != 2 || got[0] != "d1" || got[1] != "d2" {
		t.Errorf("arrived: %v", got)
	}
}
