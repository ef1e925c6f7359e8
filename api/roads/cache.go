package roads

import (
	"math"
	"sync"
	"time"

	"github.com/brosops/bros/domain"
)

const (
	// cellsPerDegree makes cells of some 50 m: a place counts as its cell.
	cellsPerDegree = 2000
	// mostWays of a generation; with two of them a node keeps some 60 MB at most.
	mostWays = 400_000
)

// cell is a square of the ground.
type cell struct{ lat, lng int32 }

func cellOf(l domain.Location) cell {
	// Eastwards a degree is shorter away from the equator, so its cells are wider.
	east := cellsPerDegree * math.Max(.1, math.Cos(math.Round(l.Lat)*math.Pi/180))
	return cell{int32(math.Floor(l.Lat * cellsPerDegree)), int32(math.Floor(l.Lng * east))}
}

type wayKey struct {
	from, to cell
	vehicle  byte
}

func vehicleByte(v domain.Vehicle) byte {
	if v == "" {
		v = domain.Motorcycle
	}
	return v[0]
}

// kept is a way in few bytes; seconds below zero: there is none.
type kept struct {
	metres, seconds float32
	until           uint32 // in minutes of the clock
}

// cache keeps ways by cell. When a generation is full it becomes the old one, and
// the one before it is forgotten; what is used moves on.
type cache struct {
	mu       sync.Mutex
	new, old map[wayKey]kept
}

func newCache() *cache { return &cache{new: map[wayKey]kept{}} }

func minuteOf(t time.Time) uint32 { return uint32(t.Unix() / 60) }

// get answers a way that is kept. One within a cell is always known.
func (c *cache) get(v domain.Vehicle, from, to domain.Location, now time.Time) (w Way, ok bool) {
	c.each(v, []domain.Location{from}, []domain.Location{to}, now, func(_, _ int, there Way, known bool) { w, ok = there, known })
	return w, ok
}

// each tells what is kept of the ways between places. A pair without a way is
// known, too: asking again would not help.
func (c *cache) each(v domain.Vehicle, from, to []domain.Location, now time.Time, tell func(i, j int, w Way, known bool)) {
	ends := make([]cell, len(to))
	for j, l := range to {
		ends[j] = cellOf(l)
	}
	k, minute := wayKey{vehicle: vehicleByte(v)}, minuteOf(now)
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, a := range from {
		k.from = cellOf(a)
		for j, b := range to {
			if k.to = ends[j]; k.from == k.to {
				w := Line{}.Way(v, a, b)
				w.Road = true
				tell(i, j, w, true)
				continue
			}
			w, ok := c.new[k]
			if !ok {
				if w, ok = c.old[k]; ok {
					c.put(k, w)
				}
			}
			if !ok || w.until <= minute {
				tell(i, j, Way{}, false)
				continue
			}
			tell(i, j, Way{Metres: float64(w.metres), Seconds: float64(w.seconds), Road: w.seconds >= 0}, true)
		}
	}
}

// set keeps what a router has told.
func (c *cache) set(v domain.Vehicle, from, to []domain.Location, rows [][]Way, now time.Time) {
	until := minuteOf(now.Add(keep))
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, row := range rows {
		for j, w := range row {
			k := kept{float32(w.Metres), float32(w.Seconds), until}
			if !w.Road {
				k = kept{0, -1, minuteOf(now.Add(keepNone))}
			}
			c.put(wayKey{cellOf(from[i]), cellOf(to[j]), vehicleByte(v)}, k)
		}
	}
}

func (c *cache) put(k wayKey, w kept) {
	if len(c.new) >= mostWays {
		c.old, c.new = c.new, map[wayKey]kept{}
	}
	c.new[k] = w
}
