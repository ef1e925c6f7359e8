package town

import (
	"bytes"
	"testing"

	"github.com/brosops/bros/domain"
)

// The town is small enough to be made at each start, and always the same.
func TestArchive(t *testing.T) {
	one, err := Made().Archive()
	if err != nil {
		t.Fatal(err)
	}
	two, err := build().Archive()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one, two) {
		t.Error("the town is another one each time")
	}
	if len(one) > 300<<10 {
		t.Errorf("it has %d KB", len(one)>>10)
	}
	t.Logf("%d KB", len(one)>>10)
}

// Every crossing with a street can be ridden to, and over the river the way goes
// by a bridge.
func TestRoads(t *testing.T) {
	roads := Made().Roads
	west, east := Point{river(0) - 150, 0}.Place(), Point{river(0) + 150, 0}.Place()
	p, err := roads.Route(t.Context(), domain.Motorcycle, west, east)
	if err != nil || !p.Road || p.Metres < 250 {
		t.Fatalf("%+v %v", p.Way, err)
	}
	for x := -900.0; x <= 900; x += 300 {
		for y := -900.0; y <= 900; y += 300 {
			if p, err := roads.Route(t.Context(), domain.Motorcycle, Center, Point{x, y}.Place()); err != nil || !p.Road {
				t.Errorf("nobody gets to %v, %v", x, y)
			}
		}
	}
}
