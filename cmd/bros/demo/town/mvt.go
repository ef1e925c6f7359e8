package town

import (
	"encoding/binary"
	"math"
)

// extent is how fine a vector tile is.
const extent = 4096

// layer gathers features of one layer of a tile, as the vector tile
// specification 2.1 has them.
type layer struct {
	name     string
	features [][]byte
	keys     []string
	values   []string
	keyAt    map[string]int
	valueAt  map[string]int
}

// The kinds of geometry.
const (
	points   = 1
	lines    = 2
	polygons = 3
)

func field(b []byte, number, wire int) []byte {
	return binary.AppendUvarint(b, uint64(number<<3|wire))
}

func bytesField(b []byte, number int, v []byte) []byte {
	b = binary.AppendUvarint(field(b, number, 2), uint64(len(v)))
	return append(b, v...)
}

func index(list *[]string, at *map[string]int, s string) int {
	if *at == nil {
		*at = map[string]int{}
	}
	i, ok := (*at)[s]
	if !ok {
		i = len(*list)
		*list = append(*list, s)
		(*at)[s] = i
	}
	return i
}

// add adds a feature; parts are lines, rings, or single points.
func (l *layer) add(kind int, parts [][][2]int, tags ...string) {
	var packed []byte
	for i, s := range tags {
		if i%2 == 0 {
			packed = binary.AppendUvarint(packed, uint64(index(&l.keys, &l.keyAt, s)))
		} else {
			packed = binary.AppendUvarint(packed, uint64(index(&l.values, &l.valueAt, s)))
		}
	}
	var geometry []byte
	var at [2]int
	move := func(p [2]int) {
		for k := range p {
			d := p[k] - at[k]
			geometry = binary.AppendUvarint(geometry, uint64(uint32(d<<1^d>>31)))
		}
		at = p
	}
	for _, part := range parts {
		geometry = binary.AppendUvarint(geometry, 1|1<<3)
		move(part[0])
		if kind == points {
			continue
		}
		geometry = binary.AppendUvarint(geometry, uint64(2|(len(part)-1)<<3))
		for _, p := range part[1:] {
			move(p)
		}
		if kind == polygons {
			geometry = binary.AppendUvarint(geometry, 7|1<<3)
		}
	}
	var f []byte
	f = bytesField(f, 2, packed)
	f = binary.AppendUvarint(field(f, 3, 0), uint64(kind))
	f = bytesField(f, 4, geometry)
	l.features = append(l.features, f)
}

func (l *layer) encode() []byte {
	out := bytesField(nil, 1, []byte(l.name))
	for _, f := range l.features {
		out = bytesField(out, 2, f)
	}
	for _, k := range l.keys {
		out = bytesField(out, 3, []byte(k))
	}
	for _, v := range l.values {
		out = bytesField(out, 4, bytesField(nil, 1, []byte(v)))
	}
	out = binary.AppendUvarint(field(out, 5, 0), extent)
	return binary.AppendUvarint(field(out, 15, 0), 2)
}

// within is a tile of the world: where a point lies on it.
type within struct{ z, x, y int }

func (w within) of(p Point) [2]float64 {
	l := p.Place()
	side := math.Exp2(float64(w.z))
	x := (l.Lng + 180) / 360 * side
	s := math.Sin(l.Lat * math.Pi / 180)
	y := (.5 - math.Log((1+s)/(1-s))/(4*math.Pi)) * side
	return [2]float64{(x - float64(w.x)) * extent, (y - float64(w.y)) * extent}
}

// margin is what of its neighbours a tile has, so that strokes meet.
const margin = 128

// clip cuts a ring (closed) or a line at the tile's edges. A ring that is cut away
// is nil, and so is a line of which nothing is left; a line that leaves and comes
// back is kept whole between, which is close enough for streets.
func (w within) clip(line []Point, closed bool) [][2]int {
	in := make([][2]float64, len(line))
	for i, p := range line {
		in[i] = w.of(p)
	}
	for axis := range 2 {
		for _, high := range []bool{false, true} {
			limit := -margin * 1.0
			if high {
				limit = extent + margin
			}
			inside := func(p [2]float64) bool { return p[axis] >= limit != high || p[axis] == limit }
			var out [][2]float64
			for i, p := range in {
				if i > 0 || closed {
					q := in[(i+len(in)-1)%len(in)]
					if inside(p) != inside(q) {
						share := (limit - q[axis]) / (p[axis] - q[axis])
						out = append(out, [2]float64{q[0] + share*(p[0]-q[0]), q[1] + share*(p[1]-q[1])})
					}
				}
				if inside(p) {
					out = append(out, p)
				}
			}
			in = out
		}
	}
	var out [][2]int
	for _, p := range in {
		q := [2]int{int(math.Round(p[0])), int(math.Round(p[1]))}
		if len(out) == 0 || out[len(out)-1] != q {
			out = append(out, q)
		}
	}
	if closed && len(out) < 3 || len(out) < 2 {
		return nil
	}
	if closed && area(out) < 0 { // outer rings go clockwise on the screen
		for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
			out[i], out[j] = out[j], out[i]
		}
	}
	return out
}

func area(ring [][2]int) int {
	sum := 0
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		sum += p[0]*q[1] - q[0]*p[1]
	}
	return sum
}
