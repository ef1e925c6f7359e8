// Package town is the made-up district of the demonstration: streets, a river
// with bridges, a lake, parks and houses, always the same. It can be ridden
// through (Roads) and drawn (Archive). Nothing of it is anywhere.
package town

import (
	"math"
	"math/rand/v2"
	"sync"

	"github.com/brosops/bros/api/roads/graph"
	"github.com/brosops/bros/domain"
)

// Center is the middle of the town.
var Center = domain.Location{Lat: 37.5080, Lng: 127.1100}

// Point is metres east and north of Center.
type Point struct{ X, Y float64 }

const metresPerDegree = 111_195

// Place is a point on the globe.
func (p Point) Place() domain.Location {
	return domain.Location{
		Lat: Center.Lat + p.Y/metresPerDegree,
		Lng: Center.Lng + p.X/(metresPerDegree*math.Cos(Center.Lat*math.Pi/180)),
	}
}

// Street is a line between two crossings.
type Street struct {
	From, To Point
	Rank     int // 0 a lane, 1 a street, 2 an avenue
	Name     string
	Bridge   bool
}

// Area is something flat.
type Area struct {
	Layer, Kind, Name string
	Ring              []Point
}

// Town is all of it.
type Town struct {
	Streets []Street
	Avenues []Avenue
	Areas   []Area
	Roads   *graph.Graph
}

// Avenue is a named line through the whole town.
type Avenue struct {
	Name string
	Rank int
	Line []Point
}

const (
	columns, rows = 33, 29
	stepX, stepY  = 112.0, 104.0
	riverHalf     = 42.0
)

// Names of the avenues, by column and by row.
var (
	northSouth = map[int]string{3: "삼전로", 12: "동남로", 16: "송파대로", 25: "오금로", 30: "마천로"}
	eastWest   = map[int]string{3: "문정로", 8: "가락로", 12: "백제고분로", 16: "양재대로", 20: "위례성대로", 24: "석촌호수로", 27: "올림픽로"}
)

// Made is the town. It is made once.
var Made = sync.OnceValue(build)

func build() *Town {
	t := &Town{Roads: &graph.Graph{}}
	t.water()
	t.streets()
	t.houses()
	return t
}

// at is the crossing of a column and a row, off the grid by a wave.
func at(col, row float64) Point {
	x, y := (col-16)*stepX, (row-14)*stepY
	return Point{x + 46*math.Sin(y/640+1), y + 38*math.Sin(x/760)}
}

// river is where the river's middle is at a northing.
func river(y float64) float64 { return 690 + 70*math.Sin(y/430) + 40*math.Sin(y/190+2) }

var lake = Point{-840, 832}

const lakeX, lakeY = 190.0, 118.0

// Wet reports whether a point lies in the river or the lake, or close to them.
func Wet(p Point) bool {
	return math.Abs(p.X-river(p.Y)) < riverHalf+14 || math.Hypot((p.X-lake.X)/(lakeX+18), (p.Y-lake.Y)/(lakeY+18)) < 1
}

// green are the parks; the lake lies in the first.
var green = []struct {
	name                     string
	west, south, east, north float64 // columns and rows
}{
	{"호수공원", 6, 20, 11, 24},
	{"느티나무공원", 13, 4, 16, 7},
	{"언덕공원", 26, 21, 29, 24},
	{"", 4, 10, 5, 11},
	{"", 18, 25, 20, 26},
}

func inPark(col, row float64) bool {
	for _, g := range green {
		if col > g.west && col < g.east && row > g.south && row < g.north {
			return true
		}
	}
	return false
}

func (t *Town) water() {
	const edge = 1700.0
	bank := func(side float64) (line []Point) {
		for y := -edge; y <= edge; y += 40 {
			line = append(line, Point{river(y) + side, y})
		}
		return line
	}
	ring := func(half float64) []Point {
		west, east := bank(-half), bank(half)
		for i := len(east) - 1; i >= 0; i-- {
			west = append(west, east[i])
		}
		return west
	}
	t.Areas = append(t.Areas, Area{"landuse", "park", "", ring(riverHalf + 26)})
	for _, g := range green {
		var park []Point
		for c := g.west; c < g.east; c++ {
			park = append(park, at(c, g.south))
		}
		for r := g.south; r < g.north; r++ {
			park = append(park, at(g.east, r))
		}
		for c := g.east; c > g.west; c-- {
			park = append(park, at(c, g.north))
		}
		for r := g.north; r > g.south; r-- {
			park = append(park, at(g.west, r))
		}
		t.Areas = append(t.Areas, Area{"landuse", "park", g.name, park})
	}
	t.Areas = append(t.Areas, Area{"water", "river", "한들천", ring(riverHalf)})
	var shore []Point
	for a := 0.0; a < 2*math.Pi; a += .2 {
		shore = append(shore, Point{lake.X + lakeX*math.Cos(a), lake.Y + lakeY*math.Sin(a)*(1+.12*math.Sin(3*a))})
	}
	t.Areas = append(t.Areas, Area{"water", "lake", "거울호수", shore})
}

// streets joins the crossings: avenues all the way, over the river on bridges, and
// most of the lanes between them.
func (t *Town) streets() {
	random := rand.New(rand.NewPCG(37, 127))
	var number [rows][columns]int
	for r := range rows {
		for c := range columns {
			number[r][c] = t.Roads.Node(at(float64(c), float64(r)).Place())
		}
	}
	join := func(c, r, dc, dr int) {
		name, named := northSouth[c], dr == 1
		if dc == 1 {
			name = eastWest[r]
			named = true
		}
		rank := 0
		switch {
		case named && name != "":
			rank = 2
		case dc == 1 && r%4 == 2, dr == 1 && c%4 == 1:
			rank = 1
		}
		from, to := at(float64(c), float64(r)), at(float64(c+dc), float64(r+dr))
		middle := Point{(from.X + to.X) / 2, (from.Y + to.Y) / 2}
		bridge := Wet(from) || Wet(middle) || Wet(to)
		keep := random.Float64() > .13
		switch {
		case bridge && (rank < 2 || dr == 1), rank == 0 && !keep:
			return
		case rank < 2 && inPark(float64(c)+float64(dc)/2, float64(r)+float64(dr)/2):
			return
		}
		t.Streets = append(t.Streets, Street{from, to, rank, name, bridge && middle.X > 400})
		t.Roads.Street(number[r][c], number[r+dr][c+dc], []float64{22, 30, 42}[rank])
	}
	for r := range rows {
		for c := range columns {
			if c+1 < columns {
				join(c, r, 1, 0)
			}
			if r+1 < rows {
				join(c, r, 0, 1)
			}
		}
	}
	for c := range columns {
		for r := range rows {
			if name := northSouth[c]; name != "" && r == 0 {
				t.avenue(name, func(i int) Point { return at(float64(c), float64(i)) }, rows)
			}
			if name := eastWest[r]; name != "" && c == 0 {
				t.avenue(name, func(i int) Point { return at(float64(i), float64(r)) }, columns)
			}
		}
	}
}

func (t *Town) avenue(name string, at func(i int) Point, n int) {
	a := Avenue{Name: name, Rank: 2}
	for i := range n {
		a.Line = append(a.Line, at(i))
	}
	t.Avenues = append(t.Avenues, a)
}

// houses fills the blocks.
func (t *Town) houses() {
	random := rand.New(rand.NewPCG(2026, 11))
	for r := range rows - 1 {
		for c := range columns - 1 {
			if inPark(float64(c)+.5, float64(r)+.5) {
				continue
			}
			across, up := 2+random.IntN(2), 2
			for i := range across {
				for j := range up {
					if random.Float64() < .12 {
						continue
					}
					// A house stands back from the street, and is not quite as large as its plot.
					west, east := float64(i)/float64(across)+.12/float64(across)+.06, float64(i+1)/float64(across)-.1/float64(across)*random.Float64()-.05
					south, north := float64(j)/2+.11, float64(j+1)/2-.06-.1*random.Float64()
					ring := []Point{
						at(float64(c)+west, float64(r)+south), at(float64(c)+east, float64(r)+south),
						at(float64(c)+east, float64(r)+north), at(float64(c)+west, float64(r)+north),
					}
					dry := true
					for _, p := range ring {
						dry = dry && !Wet(p) && math.Abs(p.X-river(p.Y)) > riverHalf+34
					}
					if dry {
						t.Areas = append(t.Areas, Area{"buildings", "building", "", ring})
					}
				}
			}
		}
	}
}
