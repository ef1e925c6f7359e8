package roads

import (
	"context"
	"math"
	"slices"
	"sync"

	"github.com/brosops/bros/domain"
)

// Need is what ways somebody wants to know: from each place to each other one,
// the important ones first.
type Need struct {
	Vehicle  domain.Vehicle
	From, To []domain.Location
}

// Table is the ways between some places, each by road as far as is known. It is
// for one goroutine.
type Table struct {
	line   Line
	places []domain.Location
	index  map[domain.Location]int
	size   int // places that were asked about
	ways   map[domain.Vehicle][]known
}

// known is a way by road; the zero value is none.
type known struct {
	metres, seconds float32
	road            bool
}

// Table answers ways: those that are kept, and the others by one question to the
// router for each need, all at once. It takes a quarter of a second at most.
func (r *Roads) Table(ctx context.Context, line Line, needs ...Need) *Table {
	t := &Table{line: line, index: map[domain.Location]int{}, ways: map[domain.Vehicle][]known{}}
	if r == nil {
		return t
	}
	for _, n := range needs {
		for _, l := range n.From {
			t.Place(l)
		}
		for _, l := range n.To {
			t.Place(l)
		}
	}
	t.size = len(t.places)
	var wg sync.WaitGroup
	for _, n := range needs {
		if from, to := r.missing(n); len(from) > 0 {
			wg.Go(func() { r.learn(ctx, n.Vehicle, from, to) })
		}
	}
	wg.Wait()
	for _, n := range needs {
		r.fill(t, n)
	}
	return t
}

// fill puts what is kept of a need into a table.
func (r *Roads) fill(t *Table, n Need) {
	if t.ways[n.Vehicle] == nil {
		t.ways[n.Vehicle] = make([]known, t.size*t.size)
	}
	ways := t.ways[n.Vehicle]
	ends := make([]int, len(n.To))
	for j, l := range n.To {
		ends[j] = t.Place(l)
	}
	row, at := -1, 0
	r.cache.each(n.Vehicle, n.From, n.To, r.o.Now(), func(i, j int, w Way, ok bool) {
		if i != row {
			row, at = i, t.Place(n.From[i])*t.size
		}
		if ok && w.Road {
			ways[at+ends[j]] = known{float32(w.Metres), float32(w.Seconds), true}
		}
	})
}

// missing are the places of a need, one of a cell, between which ways are not
// known: a block that one question may have, of the first place of which
// something is missing and of others that miss the same.
func (r *Roads) missing(n Need) (from, to []domain.Location) {
	starts, ends := oneOfCell(n.From), oneOfCell(n.To)
	unknown := make([]bool, len(starts)*len(ends))
	first := len(starts)
	r.cache.each(n.Vehicle, starts, ends, r.o.Now(), func(i, j int, _ Way, ok bool) {
		if !ok {
			unknown[i*len(ends)+j] = true
			first = min(first, i)
		}
	})
	if first == len(starts) {
		return nil, nil
	}
	most := r.o.Router.MostPairs()
	side := int(math.Sqrt(float64(most)))
	if len(starts)-first < side { // few rows leave room for more columns
		side = most / (len(starts) - first)
	}
	// Columns that any row misses, those of the first row before all others.
	var columns []int
	for _, firstRow := range []bool{true, false} {
		for j := range ends {
			if len(columns) == side {
				break
			}
			if unknown[first*len(ends)+j] == firstRow && (firstRow || anyMisses(unknown, len(ends), j)) {
				columns = append(columns, j)
			}
		}
	}
	for i := first; i < len(starts) && (len(from)+1)*len(columns) <= most; i++ {
		if slices.ContainsFunc(columns, func(j int) bool { return unknown[i*len(ends)+j] }) {
			from = append(from, starts[i])
		}
	}
	for _, j := range columns {
		to = append(to, ends[j])
	}
	return from, to
}

func anyMisses(unknown []bool, width, column int) bool {
	for at := column; at < len(unknown); at += width {
		if unknown[at] {
			return true
		}
	}
	return false
}

func oneOfCell(places []domain.Location) []domain.Location {
	seen := make(map[cell]bool, len(places))
	out := make([]domain.Location, 0, len(places))
	for _, l := range places {
		if c := cellOf(l); !seen[c] {
			seen[c] = true
			out = append(out, l)
		}
	}
	return out
}

// learn asks for a table and keeps what of it can be true. An answer of which
// much can't be is none.
func (r *Roads) learn(ctx context.Context, v domain.Vehicle, from, to []domain.Location) {
	_ = r.ask(ctx, func(ctx context.Context) error {
		rows, err := r.o.Router.Table(ctx, v, from, to)
		if err != nil {
			return err
		}
		if len(rows) != len(from) {
			return errLie
		}
		lies, told := 0, 0
		for i, row := range rows {
			if len(row) != len(to) {
				return errLie
			}
			for j := range row {
				if !row[j].Road || cellOf(from[i]) == cellOf(to[j]) {
					continue
				}
				told++
				if !likely(v, &row[j], from[i], to[j]) {
					lies++
					row[j] = Way{}
				}
			}
		}
		if lies*5 > told {
			return errLie
		}
		r.cache.set(v, from, to, rows, r.o.Now())
		return nil
	})
}

// Place is the number of a place, for Way.
func (t *Table) Place(l domain.Location) int {
	i, ok := t.index[l]
	if !ok {
		i = len(t.places)
		t.places = append(t.places, l)
		t.index[l] = i
	}
	return i
}

// Way is from one place to another.
func (t *Table) Way(v domain.Vehicle, from, to int) (metres, seconds float64) {
	w := t.Between(v, from, to)
	return w.Metres, w.Seconds
}

// Between is Way with its source. A place is no way from itself.
func (t *Table) Between(v domain.Vehicle, from, to int) Way {
	if from == to {
		return Way{Road: t.size > 0}
	}
	if ways := t.ways[v]; ways != nil && from < t.size && to < t.size {
		if w := ways[from*t.size+to]; w.road {
			return Way{float64(w.metres), float64(w.seconds), true}
		}
	}
	return t.line.Way(v, t.places[from], t.places[to])
}
