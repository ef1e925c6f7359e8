package domain

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// AreaType is a kind of GeoJSON geometry that an area can be.
type AreaType string

// The geometries.
const (
	AreaPolygon      AreaType = "Polygon"
	AreaMultiPolygon AreaType = "MultiPolygon"
)

const (
	maxAreaPoints = 2000
	// maxAreaLat is how far from the equator an area may reach: maps are cut off there.
	maxAreaLat = 85
	// areaDigits behind the point of a degree are a centimetre; what is finer is noise.
	areaDigits = 1e7
)

// Area is a part of the ground, as GeoJSON has it: lines are straight in
// longitude and latitude, and a hole is a ring behind a polygon's first. It is
// read once, with what is wrong with it, and never changed afterwards.
type Area struct {
	Type        AreaType        `json:"type"`
	Coordinates json.RawMessage `json:"coordinates"`

	polygons []polygon
	fault    *Field // what is wrong with it, of the field "area"
}

// UnmarshalJSON reads a geometry. What is no area is told by the form that it is
// in, not here: the rest of an input may be wrong, too.
func (a *Area) UnmarshalJSON(b []byte) error {
	*a = Area{}
	if string(b) == "null" {
		return nil
	}
	var in struct {
		Type        AreaType        `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	}
	if json.Unmarshal(b, &in) != nil {
		a.fault = fault("area", "must be a GeoJSON Polygon or MultiPolygon")
		return nil
	}
	a.Type = in.Type
	rings, wrong := ringsOf(in.Type, in.Coordinates)
	if a.fault = wrong; wrong != nil {
		return nil
	}
	a.Coordinates = coordinatesOf(in.Type, rings)
	for _, p := range rings {
		one := newPolygon(p)
		if a.fault = one.check(); a.fault != nil {
			return nil
		}
		a.polygons = append(a.polygons, one)
	}
	return nil
}

// StoredArea is an area that was found right when it was written: it is not
// looked at again, which of thousands of points takes a while.
func StoredArea(text []byte) (*Area, error) {
	var in struct {
		Type        AreaType        `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	}
	err := json.Unmarshal(text, &in)
	return &Area{Type: in.Type, Coordinates: in.Coordinates}, err
}

// prepare makes a stored area ready to be asked.
func (a *Area) prepare() {
	if a.polygons != nil {
		return
	}
	rings, _ := ringsOf(a.Type, a.Coordinates)
	for _, r := range rings {
		a.polygons = append(a.polygons, newPolygon(r))
	}
}

// Equal reports whether both are the same geometry.
func (a Area) Equal(b Area) bool {
	return a.Type == b.Type && bytes.Equal(a.Coordinates, b.Coordinates)
}

// Contains reports whether a place lies in the area. Of areas side by side, the
// line between them belongs to one.
func (a *Area) Contains(l Location) bool {
	for i := range a.polygons {
		if a.polygons[i].contains(l.Lng, l.Lat) {
			return true
		}
	}
	return false
}

// size is how large the area is, in square degrees at its own latitude: enough
// to tell the smaller one.
func (a *Area) size() float64 {
	sum := 0.0
	for i := range a.polygons {
		sum += a.polygons[i].size()
	}
	return sum
}

func fault(field, format string, args ...any) *Field {
	f := NewField(field, format, args...)
	return &f
}

// area says what is wrong with an area that must be there.
func (f *form) area(a *Area) {
	switch {
	case a == nil || a.Type == "" && a.fault == nil:
		f.bad("area", "is required")
	case a.fault != nil:
		f.fields = append(f.fields, *a.fault)
	}
}

// point is a longitude and a latitude.
type point struct{ x, y float64 }

// ringsOf reads coordinates into polygons of rings, rounded and without points
// that repeat the one before them.
func ringsOf(t AreaType, raw json.RawMessage) ([][][]point, *Field) {
	var in [][][][]float64
	var err error
	switch t {
	case AreaPolygon:
		in = make([][][][]float64, 1)
		err = json.Unmarshal(raw, &in[0])
	case AreaMultiPolygon:
		err = json.Unmarshal(raw, &in)
	default:
		return nil, fault("area", "must be a GeoJSON Polygon or MultiPolygon")
	}
	// A null would be read as nothing, or as the number 0.
	if err != nil || bytes.Contains(raw, []byte("null")) || len(in) == 0 {
		return nil, fault("area", "must be a GeoJSON Polygon or MultiPolygon")
	}
	out, points := make([][][]point, len(in)), 0
	for i, polygon := range in {
		if len(polygon) == 0 {
			return nil, fault("area", "must be a GeoJSON Polygon or MultiPolygon")
		}
		for _, ring := range polygon {
			if points += len(ring); points > maxAreaPoints {
				return nil, fault("area", "has more than %d points", maxAreaPoints)
			}
			r, wrong := ringOf(ring)
			if wrong != nil {
				return nil, wrong
			}
			out[i] = append(out[i], r)
		}
	}
	return out, nil
}

func ringOf(in [][]float64) ([]point, *Field) {
	var out []point
	for _, c := range in {
		if len(c) < 2 || len(c) > 3 || !(math.Abs(c[0]) <= 180) || !(math.Abs(c[1]) <= 90) {
			return nil, fault("area", "has a point that is no longitude and latitude: %s", clip(fmt.Sprint(c)))
		}
		if math.Abs(c[1]) > maxAreaLat {
			return nil, fault("area", "reaches a pole: areas lie within %d degrees of the equator", maxAreaLat)
		}
		p := point{math.Round(c[0]*areaDigits) / areaDigits, math.Round(c[1]*areaDigits) / areaDigits}
		if len(out) == 0 || out[len(out)-1] != p {
			out = append(out, p)
		}
	}
	switch n := len(in); {
	case n < 4:
		return nil, fault("area", "has a ring of fewer than 4 points")
	case out[0] != out[len(out)-1]:
		return nil, fault("area", "has a ring that does not end where it begins")
	}
	if len(out) < 4 {
		return nil, fault("area", "has a ring without any ground in it")
	}
	for i := 1; i < len(out); i++ {
		if math.Abs(out[i].x-out[i-1].x) > 180 {
			return nil, fault("area", "crosses the 180th meridian: make a polygon of each side")
		}
	}
	return out, nil
}

// coordinatesOf writes the polygons as they are kept.
func coordinatesOf(t AreaType, polygons [][][]point) json.RawMessage {
	var b []byte
	number := func(v float64) { b = strconv.AppendFloat(b, v, 'f', -1, 64) }
	if t == AreaMultiPolygon {
		b = append(b, '[')
	}
	for i, rings := range polygons {
		b = separate(b, i)
		b = append(b, '[')
		for j, ring := range rings {
			b = separate(b, j)
			b = append(b, '[')
			for k, p := range ring {
				b = separate(b, k)
				b = append(b, '[')
				number(p.x)
				b = append(b, ',')
				number(p.y)
				b = append(b, ']')
			}
			b = append(b, ']')
		}
		b = append(b, ']')
	}
	if t == AreaMultiPolygon {
		b = append(b, ']')
	}
	return b
}

func separate(b []byte, i int) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	return b
}
