package domain

import (
	"math"
	"slices"
	"strconv"
)

// edge is a side of a ring, its lower end first, so that two polygons that share
// one reckon alike. ring and at say where it stands.
type edge struct {
	a, b     point
	ring, at int
}

// polygon is a ring and its holes, with its sides sorted into strips of latitude:
// a place is compared with the sides of its own strip alone.
type polygon struct {
	rings                    [][]point
	edges                    []edge
	west, south, east, north float64

	perDegree float64 // strips in a degree
	// The sides of strip i are byStrip[starts[i]:starts[i+1]].
	starts  []int32
	byStrip []int32
}

// maxStrips bounds the strips of a polygon, and stripShare how often a side may
// stand in strips, on the whole: long thin sides would fill memory.
const (
	maxStrips  = 512
	stripShare = 8
)

func newPolygon(rings [][]point) polygon {
	p := polygon{rings: rings, west: math.Inf(1), south: math.Inf(1), east: math.Inf(-1), north: math.Inf(-1)}
	for r, ring := range rings {
		for i := range len(ring) - 1 {
			a, b := ring[i], ring[i+1]
			if a.y > b.y || a.y == b.y && a.x > b.x {
				a, b = b, a
			}
			p.edges = append(p.edges, edge{a, b, r, i})
			p.west, p.east = min(p.west, a.x, b.x), max(p.east, a.x, b.x)
			p.south, p.north = min(p.south, a.y), max(p.north, b.y)
		}
	}
	for strips := min(maxStrips, max(1, len(p.edges)/2)); ; strips /= 2 {
		if p.sort(strips) || strips == 1 {
			return p
		}
	}
}

// sort makes so many strips; false when that is too many.
func (p *polygon) sort(strips int) bool {
	p.perDegree = 0
	if p.north > p.south {
		p.perDegree = float64(strips) / (p.north - p.south)
	}
	p.starts = make([]int32, strips+1)
	total := 0
	for _, e := range p.edges {
		first, last := p.strip(e.a.y, strips), p.strip(e.b.y, strips)
		total += last - first + 1
		for s := first; s <= last; s++ {
			p.starts[s+1]++
		}
	}
	if total > stripShare*len(p.edges) && strips > 1 {
		return false
	}
	for s := range strips {
		p.starts[s+1] += p.starts[s]
	}
	p.byStrip = make([]int32, total)
	next := slices.Clone(p.starts)
	for i, e := range p.edges {
		for s := p.strip(e.a.y, strips); s <= p.strip(e.b.y, strips); s++ {
			p.byStrip[next[s]] = int32(i)
			next[s]++
		}
	}
	return true
}

func (p *polygon) strip(y float64, strips int) int {
	return min(strips-1, max(0, int((y-p.south)*p.perDegree)))
}

// contains counts the sides that lie east of the place.
func (p *polygon) contains(x, y float64) bool {
	if !(x >= p.west && x <= p.east && y >= p.south && y <= p.north) {
		return false
	}
	s := p.strip(y, len(p.starts)-1)
	in := false
	for _, i := range p.byStrip[p.starts[s]:p.starts[s+1]] {
		e := &p.edges[i]
		if e.a.y <= y && y < e.b.y && x < e.a.x+(e.b.x-e.a.x)*(y-e.a.y)/(e.b.y-e.a.y) {
			in = !in
		}
	}
	return in
}

// size is the ground of the outer ring without the holes.
func (p *polygon) size() float64 {
	sum := 0.0
	for i, ring := range p.rings {
		one := math.Abs(ground(ring))
		if i > 0 {
			one = -one
		}
		sum += one
	}
	return sum * math.Cos((p.south+p.north)/2*math.Pi/180)
}

func ground(ring []point) float64 {
	sum, o := 0.0, ring[0]
	for i := 1; i < len(ring); i++ {
		a, b := ring[i-1], ring[i]
		sum += (a.x-o.x)*(b.y-o.y) - (b.x-o.x)*(a.y-o.y)
	}
	return sum / 2
}

// check says what is wrong with the shape; nil: nothing.
func (p *polygon) check() *Field {
	if p.east-p.west > 180 {
		return fault("area", "crosses the 180th meridian: make a polygon of each side")
	}
	for _, ring := range p.rings {
		if ground(ring) == 0 {
			return fault("area", "has a ring without any ground in it")
		}
	}
	if at, crossed := p.crossing(); crossed {
		return fault("area", "crosses or touches itself at %s", placeText(at))
	}
	rings := make([]polygon, len(p.rings))
	for i, ring := range p.rings {
		rings[i] = newPolygon([][]point{ring})
	}
	for i := 1; i < len(rings); i++ {
		if _, out := rings[0].parts(p.rings[i]); out {
			return fault("area", "has a hole that is not inside of it")
		}
		for j := 1; j < len(rings); j++ {
			if in, _ := rings[j].parts(p.rings[i]); in && i != j {
				return fault("area", "has a hole within a hole")
			}
		}
	}
	return nil
}

// parts reports whether some of a ring that crosses no side of p lies in p, and
// some of it outside.
func (p *polygon) parts(ring []point) (in, out bool) {
	for i := range len(ring) - 1 {
		m := point{(ring[i].x + ring[i+1].x) / 2, (ring[i].y + ring[i+1].y) / 2}
		for _, q := range []point{ring[i], m} {
			switch {
			case p.onSide(q):
			case p.contains(q.x, q.y):
				in = true
			default:
				out = true
			}
		}
	}
	return in, out
}

func (p *polygon) onSide(q point) bool {
	if q.y < p.south || q.y > p.north {
		return false
	}
	s := p.strip(q.y, len(p.starts)-1)
	for _, i := range p.byStrip[p.starts[s]:p.starts[s+1]] {
		if e := &p.edges[i]; turn(e.a, e.b, q) == 0 && onSpan(e.a, e.b, q) {
			return true
		}
	}
	return false
}

// crossing finds two sides that meet where they must not: of one ring anywhere
// but at the corner between neighbours, of two rings where one goes over the
// other. Sides are looked at from west to east, so that those far apart never meet.
func (p *polygon) crossing() (point, bool) {
	order := make([]int, len(p.edges))
	for i := range order {
		order[i] = i
	}
	west := func(e *edge) float64 { return min(e.a.x, e.b.x) }
	slices.SortFunc(order, func(i, j int) int {
		switch a, b := west(&p.edges[i]), west(&p.edges[j]); {
		case a < b:
			return -1
		case a > b:
			return 1
		}
		return i - j
	})
	for n, i := range order {
		e := &p.edges[i]
		end := max(e.a.x, e.b.x)
		for _, j := range order[n+1:] {
			f := &p.edges[j]
			if west(f) > end {
				break
			}
			if f.a.y > e.b.y || f.b.y < e.a.y {
				continue
			}
			if at, bad := p.meet(e, f); bad {
				return at, true
			}
		}
	}
	return point{}, false
}

// meet reports whether two sides meet where they must not, and where that is.
func (p *polygon) meet(e, f *edge) (point, bool) {
	if e.ring == f.ring {
		n := len(p.rings[e.ring]) - 1
		switch (f.at - e.at + n) % n {
		case 1:
			return folded(e, f, p.rings[e.ring][f.at])
		case n - 1:
			return folded(e, f, p.rings[e.ring][e.at])
		}
	}
	t1, t2 := turn(e.a, e.b, f.a), turn(e.a, e.b, f.b)
	t3, t4 := turn(f.a, f.b, e.a), turn(f.a, f.b, e.b)
	if t1*t2 < 0 && t3*t4 < 0 {
		return over(e, f), true
	}
	if e.ring != f.ring {
		return point{}, false // rings may touch at a corner
	}
	switch {
	case t1 == 0 && onSpan(e.a, e.b, f.a):
		return f.a, true
	case t2 == 0 && onSpan(e.a, e.b, f.b):
		return f.b, true
	case t3 == 0 && onSpan(f.a, f.b, e.a):
		return e.a, true
	case t4 == 0 && onSpan(f.a, f.b, e.b):
		return e.b, true
	}
	return point{}, false
}

// over is where two sides cross.
func over(e, f *edge) point {
	ex, ey, fx, fy := e.b.x-e.a.x, e.b.y-e.a.y, f.b.x-f.a.x, f.b.y-f.a.y
	s := ((f.a.x-e.a.x)*fy - (f.a.y-e.a.y)*fx) / (ex*fy - ey*fx)
	return point{e.a.x + s*ex, e.a.y + s*ey}
}

// folded reports whether two neighbours go back over each other from their corner.
func folded(e, f *edge, corner point) (point, bool) {
	other := func(s *edge) point {
		if s.a == corner {
			return s.b
		}
		return s.a
	}
	a, b := other(e), other(f)
	back := turn(corner, a, b) == 0 && (a.x-corner.x)*(b.x-corner.x)+(a.y-corner.y)*(b.y-corner.y) > 0
	return corner, back
}

// turn is 1 when c lies left of the way from a to b, -1 when right of it, 0 when
// on its line. Within half of the globe the integers hold it exactly.
func turn(a, b, c point) int {
	units := func(d float64) int64 { return int64(math.Round(d * areaDigits)) }
	switch t := units(b.x-a.x)*units(c.y-a.y) - units(b.y-a.y)*units(c.x-a.x); {
	case t > 0:
		return 1
	case t < 0:
		return -1
	}
	return 0
}

// onSpan reports whether q, which is on the line of a and b, lies between them.
func onSpan(a, b, q point) bool {
	return q.x >= min(a.x, b.x) && q.x <= max(a.x, b.x) && q.y >= min(a.y, b.y) && q.y <= max(a.y, b.y)
}

// placeText is a place as the people who draw areas write it: latitude first.
func placeText(p point) string {
	return strconv.FormatFloat(p.y, 'f', 5, 64) + ", " + strconv.FormatFloat(p.x, 'f', 5, 64)
}
