package planner

import (
	"cmp"
	"math"
	"slices"
)

const (
	rateMemory = 15  // minutes after which an order counts a third for the rate
	shopMemory = 240 // and for where orders come from
)

// Arrivals learns from orders as they come where the next will come from. The
// zero Arrivals knows nothing.
type Arrivals struct {
	at    float64
	rate  float64 // orders a minute, as of at
	shops map[Place]float64
}

// Add notes an order; what is older than the one before counts as of its time.
func (a *Arrivals) Add(at float64, shop Place) {
	if math.IsNaN(at) || math.IsInf(at, 0) {
		return
	}
	if a.shops == nil {
		a.shops, a.at = map[Place]float64{}, at
	}
	a.age(at)
	a.rate += 1.0 / rateMemory
	a.shops[shop]++
}

func (a *Arrivals) age(at float64) {
	if d := at - a.at; d > 0 {
		a.rate *= math.Exp(-d / rateMemory)
		for p := range a.shops {
			a.shops[p] *= math.Exp(-d / shopMemory)
		}
		a.at = at
	}
}

// Demand is what is expected at some time.
func (a *Arrivals) Demand(at float64) Demand {
	a.age(at)
	d := Demand{Rate: a.rate}
	for p, w := range a.shops {
		d.Shops = append(d.Shops, Source{Shop: p, Weight: w})
	}
	slices.SortFunc(d.Shops, func(a, b Source) int { return cmp.Compare(a.Shop, b.Shop) })
	return d
}
