package domain

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func areaOf(t testing.TB, text string) *Area {
	t.Helper()
	a := new(Area)
	if err := json.Unmarshal([]byte(text), a); err != nil {
		t.Fatal(err)
	}
	return a
}

func polygonText(rings string) string { return `{"type":"Polygon","coordinates":` + rings + `}` }

// circle is a ring of so many points, the last of which is the first.
func circle(points int) string {
	out := make([]string, points)
	for i := range out {
		angle := 2 * math.Pi * float64(i) / float64(points-1)
		out[i] = fmt.Sprintf("[%.6f,%.6f]", 127+math.Cos(angle), 37+math.Sin(angle))
	}
	out[points-1] = out[0]
	return polygonText("[[" + strings.Join(out, ",") + "]]")
}

// What is no area is refused with a sentence of its own.
func TestAreasAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ area, code string }{
		"text":                 {`"x"`, "not_an_area"},
		"null":                 {`null`, "required"},
		"a line":               {`{"type":"LineString","coordinates":[[1,1],[2,2]]}`, "not_an_area"},
		"a feature":            {`{"type":"Feature","geometry":{}}`, "not_an_area"},
		"no rings":             {polygonText(`[]`), "not_an_area"},
		"null in it":           {polygonText(`[[[0,0],[1,0],[1,null],[0,0]]]`), "not_an_area"},
		"no polygons":          {`{"type":"MultiPolygon","coordinates":[]}`, "not_an_area"},
		"words":                {polygonText(`[[["a","b"],[1,0],[1,1],[0,0]]]`), "not_an_area"},
		"one number":           {polygonText(`[[[0],[1,0],[1,1],[0,0]]]`), "bad_area_point"},
		"off the globe":        {polygonText(`[[[0,0],[181,0],[1,1],[0,0]]]`), "bad_area_point"},
		"the pole":             {polygonText(`[[[0,80],[90,88],[179,80],[0,80]]]`), "area_at_pole"},
		"the meridian":         {polygonText(`[[[179,0],[-179,0],[-179,1],[179,1],[179,0]]]`), "area_at_meridian"},
		"half the globe":       {polygonText(`[[[-100,0],[0,0],[100,0],[0,1],[-100,0]]]`), "area_at_meridian"},
		"two points":           {polygonText(`[[[0,0],[1,1],[0,0]]]`), "ring_too_short"},
		"open":                 {polygonText(`[[[0,0],[1,0],[1,1],[0,1]]]`), "ring_open"},
		"one point":            {polygonText(`[[[0,0],[0,0],[0,0],[0,0]]]`), "ring_flat"},
		"a line of three":      {polygonText(`[[[0,0],[1,1],[2,2],[0,0]]]`), "ring_flat"},
		"a bow":                {polygonText(`[[[0,0],[3,2],[3,0],[0,1],[0,0]]]`), "area_crossed"},
		"an eight":             {polygonText(`[[[0,0],[1,1],[3,0],[2,2],[1,1],[0,2],[0,0]]]`), "area_crossed"},
		"a thorn":              {polygonText(`[[[0,0],[2,0],[3,0],[2,0],[2,2],[0,2],[0,0]]]`), "area_crossed"},
		"a touched side":       {polygonText(`[[[0,0],[0.3,0],[0.3,0.1],[0.1,0.1],[0.2,0],[0.1,0.3],[0,0.3],[0,0]]]`), "area_crossed"},
		"a hole outside":       {polygonText(`[[[0,0],[1,0],[1,1],[0,1],[0,0]],[[2,2],[3,2],[3,3],[2,2]]]`), "hole_outside"},
		"a hole across":        {polygonText(`[[[0,0],[1,0],[1,1],[0,1],[0,0]],[[0.5,0.5],[2,0.5],[2,0.6],[0.5,0.5]]]`), "area_crossed"},
		"a hole over a corner": {polygonText(`[[[0,0],[4,2],[0,4],[0,0]],[[1,2],[4,2],[5,2.5],[1,2.2],[1,2]]]`), "area_crossed"},
		"a hole through one":   {polygonText(`[[[0,0],[4,0],[4,4],[0,4],[0,0]],[[3,1],[4,2],[5,3],[4,3],[3,1]]]`), "hole_outside"},
		"a hole in a hole":     {polygonText(`[[[0,0],[9,0],[9,9],[0,9],[0,0]],[[1,1],[5,1],[5,5],[1,5],[1,1]],[[2,2],[3,2],[3,3],[2,2]]]`), "hole_in_hole"},
		"too many":             {circle(maxAreaPoints + 1), "too_many_area_points"},
	} {
		var f form
		f.area(areaOf(t, c.area))
		if len(f.fields) != 1 || f.fields[0].Code != c.code || f.fields[0].Field != "area" {
			t.Errorf("%s: %+v, want %s", name, f.fields, c.code)
		}
	}
	for name, text := range map[string]string{
		"a square":                 square(37.5, 127, 0.1),
		"2000 points":              circle(maxAreaPoints),
		"heights and repetitions":  polygonText(`[[[0,0,5],[1,0,5],[1,0,6],[1,1,7],[0,1,7],[0,0,5]]]`),
		"clockwise":                polygonText(`[[[0,0],[0,1],[1,1],[1,0],[0,0]]]`),
		"a corner on the side":     polygonText(`[[[0,0],[0.1,0],[0.2,0],[0.3,0],[0.3,0.3],[0,0]]]`),
		"holes":                    polygonText(`[[[0,0],[9,0],[9,9],[0,9],[0,0]],[[1,1],[2,1],[2,2],[1,1]],[[5,5],[6,5],[6,6],[5,5]]]`),
		"a hole at the rim":        polygonText(`[[[0,0],[9,0],[9,9],[0,9],[0,0]],[[0,4],[2,3],[2,5],[0,4]]]`),
		"a side of the meridian":   `{"type":"MultiPolygon","coordinates":[[[[179,0],[180,0],[180,1],[179,0]]],[[[-180,0],[-179,0],[-180,1],[-180,0]]]]}`,
		"members that are ignored": `{"type":"Polygon","bbox":[0,0,1,1],"coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}`,
	} {
		var f form
		f.area(areaOf(t, text))
		if len(f.fields) > 0 {
			t.Errorf("%s: %+v", name, f.fields)
		}
	}
	// What is kept reads as it was written.
	a := areaOf(t, `{"type":"Polygon","coordinates":[[[127.123456789,37,9],[128,37],[128,38],[127.123456789,37]]]}`)
	b, err := json.Marshal(a)
	if want := `{"type":"Polygon","coordinates":[[[127.1234568,37],[128,37],[128,38],[127.1234568,37]]]}`; err != nil || string(b) != want {
		t.Errorf("kept as %s %v", b, err)
	}
	if again := areaOf(t, string(b)); !again.Equal(*a) {
		t.Error("reads as another")
	}
}

func TestAreaContains(t *testing.T) {
	ring := areaOf(t, polygonText(`[[[127,37],[128,37],[128,38],[127,38],[127,37]],[[127.4,37.4],[127.6,37.4],[127.6,37.6],[127.4,37.6],[127.4,37.4]]]`))
	for _, c := range []struct {
		lat, lng float64
		in       bool
	}{
		{37.1, 127.1, true}, {37.5, 127.5, false}, {37.5, 127.2, true}, {36.9, 127.5, false}, {38.1, 127.5, false},
		{37.5, 126.9, false}, {37.5, 128.1, false}, {math.NaN(), 127.1, false},
	} {
		if got := ring.Contains(Location{c.lat, c.lng}); got != c.in {
			t.Errorf("%v,%v: %v", c.lat, c.lng, got)
		}
	}
	two := areaOf(t, `{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],[[[10,10],[11,10],[11,11],[10,10]]]]}`)
	if !two.Contains(Location{10.2, 10.5}) || !two.Contains(Location{0.2, 0.5}) || two.Contains(Location{5, 5}) {
		t.Error("two polygons")
	}
}

// A place on the line between neighbours is of exactly one of them, and strips
// change nothing about the answer.
func TestNeighboursShareTheGround(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		at := rapid.Float64Range(0.2, 0.8)
		var line []string
		var places []Location
		n := rapid.IntRange(1, 40).Draw(rt, "corners")
		for i := range n {
			x, y := at.Draw(rt, "x"), float64(i+1)/float64(n+1)
			line = append(line, fmt.Sprintf("[%.7f,%.7f]", x, y))
			places = append(places, Location{Lat: math.Round(y*1e7) / 1e7, Lng: math.Round(x*1e7) / 1e7})
		}
		back := slices.Clone(line)
		slices.Reverse(back)
		west := areaOf(t, polygonText(`[[[0,0],[0.5,0],`+strings.Join(line, ",")+`,[0.5,1],[0,1],[0,0]]]`))
		east := areaOf(t, polygonText(`[[[0.5,0],[1,0],[1,1],[0.5,1],`+strings.Join(back, ",")+`,[0.5,0]]]`))
		if west.fault != nil || east.fault != nil {
			rt.Fatalf("%v %v", west.fault, east.fault)
		}
		unit := rapid.Float64Range(0.01, 0.99)
		places = append(places, Location{Lat: unit.Draw(rt, "lat"), Lng: unit.Draw(rt, "lng")})
		for _, p := range places {
			if west.Contains(p) == east.Contains(p) {
				rt.Fatalf("%v is of both or of none", p)
			}
			slow := false
			for _, e := range west.polygons[0].edges {
				if e.a.y <= p.Lat && p.Lat < e.b.y && p.Lng < e.a.x+(e.b.x-e.a.x)*(p.Lat-e.a.y)/(e.b.y-e.a.y) {
					slow = !slow
				}
			}
			if slow != west.Contains(p) {
				rt.Fatalf("strips answer otherwise at %v", p)
			}
		}
	})
}

// Any bytes are an area or a fault, and what is kept is read again without one.
func FuzzArea(f *testing.F) {
	for _, s := range []string{square(37.5, 127, 0.1), polygonText(`[[[0,0],[3,2],[3,0],[0,1],[0,0]]]`), `{}`, `[1]`, `{"type":"MultiPolygon","coordinates":[[[[0,0]]]]}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var a Area
		if json.Unmarshal([]byte(s), &a) != nil || a.fault != nil || a.Type == "" {
			return
		}
		b, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		if again := areaOf(t, string(b)); again.fault != nil || !again.Equal(a) {
			t.Fatalf("%s is read back with %+v", b, again.fault)
		}
	})
}
