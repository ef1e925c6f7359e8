package demo

import (
	"math"
	"testing"

	"github.com/brosops/bros/domain"
)

func TestARiderGetsThereInEvenSteps(t *testing.T) {
	r := &rider{at: place(0, 0), path: []domain.Location{place(-250, 0)}}
	to := place(-250, 130)
	want := []float64{270, 270, 270, 0, 0} // west to the corner, then north
	for i, heading := range want {
		before := r.at
		got, there := r.move(to, 80)
		if off := math.Abs(got - heading); min(off, 360-off) > 0.1 {
			t.Errorf("step %d heads %v, want %v", i, got, heading)
		}
		if m := domain.Distance(before, r.at); m > 81 {
			t.Errorf("step %d is %.0f m", i, m)
		}
		if there != (i == len(want)-1) {
			t.Errorf("step %d: there is %v", i, there)
		}
	}
}

func TestARiderFetchesBeforeItBrings(t *testing.T) {
	near, far := place(10, 0), place(900, 0)
	work := []domain.Delivery{
		{ID: "carried", Status: domain.PickedUp, Customer: domain.Customer{Location: &near}},
		{ID: "to-fetch", Status: domain.Assigned, Shop: domain.ShopRef{Location: &far}},
	}
	r := &rider{at: place(0, 0)}
	if next, to := r.next(work); next.ID != "to-fetch" || to != far {
		t.Errorf("goes for %s", next.ID)
	}
	if next, _ := r.next(work[:1]); next.ID != "carried" {
		t.Errorf("goes for %s", next.ID)
	}
	// An order by phone may have no point on the map.
	if next, to := r.next([]domain.Delivery{{ID: "somewhere", Status: domain.PickedUp}}); next == nil || to != centerPlace {
		t.Errorf("goes to %v", to)
	}
	if next, _ := r.next(nil); next != nil {
		t.Errorf("goes for %s", next.ID)
	}
}

func TestDiceAreFair(t *testing.T) {
	count := map[int]int{}
	for range 4000 {
		count[dice(domain.NewID(), leftToVisitor)]++
	}
	if n := count[0]; n < 800 || n > 1200 {
		t.Errorf("%d of 4000 are left to the visitor", n)
	}
}
