package main

import "github.com/brosops/bros/domain/dispatch/planner"

// ways are the travel times between a day's places.
type ways struct {
	params Params
	places []Point
	of     map[Point]int
	table  []uint16 // nil: too many places to keep
}

const mostPlaces = 6000

func newWays(p Params, places []Point, of map[Point]int) *ways {
	w := &ways{params: p, places: places, of: of}
	n := len(places)
	if n > mostPlaces {
		return w
	}
	w.table = make([]uint16, n*n)
	for i, a := range places {
		for j := range i {
			t := uint16(min(60000, p.Travel(a, places[j])))
			w.table[i*n+j], w.table[j*n+i] = t, t
		}
	}
	return w
}

// Minutes is for planner.Travel.
func (w *ways) Minutes(from, to planner.Place) float64 {
	if w.table != nil {
		return float64(w.table[int(from)*len(w.places)+int(to)])
	}
	return float64(w.params.Travel(w.places[from], w.places[to]))
}
