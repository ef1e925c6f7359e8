package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// metersPerDegree is of latitude.
const metersPerDegree = 111320

// place is a point on the globe in the shape of the API.
type place struct {
	Lat float64 `json:"lat"`
	Lng float64 `json:"lng"`
}

// parsePlace reads "LAT,LNG".
func parsePlace(s string) (place, error) {
	a, b, ok := strings.Cut(s, ",")
	lat, err1 := strconv.ParseFloat(strings.TrimSpace(a), 64)
	lng, err2 := strconv.ParseFloat(strings.TrimSpace(b), 64)
	if !ok || err1 != nil || err2 != nil || !(math.Abs(lat) <= 85) || !(math.Abs(lng) <= 180) {
		return place{}, fmt.Errorf("want LAT,LNG in degrees, such as 37.5145,127.1059")
	}
	return place{lat, lng}, nil
}

// put places a point of the plane, (0,0) being at the origin, x to the east and
// y to the north.
func (origin place) put(p Point) place {
	lat := origin.Lat + p.Y/metersPerDegree
	lng := origin.Lng + p.X/(metersPerDegree*math.Cos(origin.Lat*math.Pi/180))
	return place{round6(lat), round6(lng)}
}

// round6 is as exact as a phone's fix: about 0.1 m.
func round6(deg float64) float64 { return math.Round(deg*1e6) / 1e6 }

// between is the point at the given share of the way from a to b.
func between(a, b Point, share float64) Point {
	return Point{a.X + (b.X-a.X)*share, a.Y + (b.Y-a.Y)*share}
}

// heading is the direction from a to b in degrees, clockwise from north.
func heading(a, b Point) float64 {
	deg := math.Atan2(b.X-a.X, b.Y-a.Y) * 180 / math.Pi
	return math.Mod(deg+360, 360)
}
