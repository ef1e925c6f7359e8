// Package graph finds ways in a small network of streets. It is for made-up
// towns: the demonstration rides through one, and tests have routers that answer
// from one. A real region is the matter of OSRM or Valhalla.
package graph

import (
	"container/heap"
	"context"
	"math"
	"sync"

	"github.com/brosops/bros/api/roads"
	"github.com/brosops/bros/domain"
)

// Graph is streets between crossings.
type Graph struct {
	nodes []domain.Location
	out   [][]edge

	mu   sync.Mutex
	from map[start]tree // what was looked for of late
}

type start struct {
	v    domain.Vehicle
	node int
}

// tree is the ways from one crossing to all others.
type tree struct {
	seconds, metres []float64
	before          []int
}

const mostTrees = 500

type edge struct {
	to     int
	metres float64
	kmh    float64
}

// Node adds a crossing and returns its number.
func (g *Graph) Node(l domain.Location) int {
	g.nodes = append(g.nodes, l)
	g.out = append(g.out, nil)
	return len(g.nodes) - 1
}

// Street joins two crossings both ways.
func (g *Graph) Street(a, b int, kmh float64) {
	metres := domain.Distance(g.nodes[a], g.nodes[b])
	g.out[a] = append(g.out[a], edge{b, metres, kmh})
	g.out[b] = append(g.out[b], edge{a, metres, kmh})
}

// Nearest is the crossing next to a place, among those that have a street.
func (g *Graph) Nearest(l domain.Location) int {
	best, least := -1, math.Inf(1)
	narrow := math.Cos(l.Lat * math.Pi / 180)
	for i, n := range g.nodes {
		if d := math.Hypot(n.Lat-l.Lat, (n.Lng-l.Lng)*narrow); d < least && len(g.out[i]) > 0 {
			best, least = i, d
		}
	}
	return best
}

// speed is how fast a vehicle is on a street, in metres per second.
func speed(v domain.Vehicle, kmh float64) float64 {
	switch v {
	case domain.Bicycle:
		kmh = 15
	case domain.Foot:
		kmh = 4.5
	}
	return kmh / 3.6
}

// ways are the ways from a crossing: the seconds and metres to each other one
// (seconds infinite: there is no way), and the crossing before it.
func (g *Graph) ways(v domain.Vehicle, from int) tree {
	g.mu.Lock()
	defer g.mu.Unlock()
	t, ok := g.from[start{v, from}]
	if !ok {
		t.seconds, t.metres, t.before = g.dijkstra(v, from)
		if g.from == nil || len(g.from) >= mostTrees {
			g.from = map[start]tree{}
		}
		g.from[start{v, from}] = t
	}
	return t
}

func (g *Graph) dijkstra(v domain.Vehicle, from int) (seconds, metres []float64, before []int) {
	n := len(g.nodes)
	seconds, metres, before = make([]float64, n), make([]float64, n), make([]int, n)
	for i := range seconds {
		seconds[i], before[i] = math.Inf(1), -1
	}
	seconds[from] = 0
	q := queue{{0, from}}
	for len(q) > 0 {
		at := heap.Pop(&q).(item)
		if at.seconds > seconds[at.node] {
			continue
		}
		for _, e := range g.out[at.node] {
			if s := at.seconds + e.metres/speed(v, e.kmh); s < seconds[e.to] {
				seconds[e.to], metres[e.to], before[e.to] = s, metres[at.node]+e.metres, at.node
				heap.Push(&q, item{s, e.to})
			}
		}
	}
	return seconds, metres, before
}

type item struct {
	seconds float64
	node    int
}

type queue []item

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].seconds < q[j].seconds }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(item)) }
func (q *queue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

// MostPairs is no limit: a graph is small.
func (g *Graph) MostPairs() int { return 1 << 20 }

// Table is roads.Router.
func (g *Graph) Table(ctx context.Context, v domain.Vehicle, from, to []domain.Location) ([][]roads.Way, error) {
	ends := make([]int, len(to))
	for j, l := range to {
		ends[j] = g.Nearest(l)
	}
	rows := make([][]roads.Way, len(from))
	for i, l := range from {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rows[i] = make([]roads.Way, len(to))
		t := g.ways(v, g.Nearest(l))
		for j, e := range ends {
			if !math.IsInf(t.seconds[e], 1) {
				rows[i][j] = roads.Way{Metres: t.metres[e], Seconds: t.seconds[e], Road: true}
			}
		}
	}
	return rows, nil
}

// Route is roads.Router. The line begins and ends at the places themselves.
func (g *Graph) Route(_ context.Context, v domain.Vehicle, from, to domain.Location) (roads.Path, error) {
	a, b := g.Nearest(from), g.Nearest(to)
	t := g.ways(v, a)
	if math.IsInf(t.seconds[b], 1) {
		return roads.Path{}, nil
	}
	line := []domain.Location{to}
	for at := b; at >= 0; at = t.before[at] {
		line = append(line, g.nodes[at])
	}
	line = append(line, from)
	for i, j := 0, len(line)-1; i < j; i, j = i+1, j-1 {
		line[i], line[j] = line[j], line[i]
	}
	return roads.Path{Way: roads.Way{Metres: t.metres[b], Seconds: t.seconds[b], Road: true}, Line: line}, nil
}
