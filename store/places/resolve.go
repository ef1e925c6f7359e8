package places

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/domain/address"
)

// doorRow is a door as it is kept.
type doorRow struct {
	road, num      int64
	detail         string
	lat, lng       *int64
	exact          int
	post           string
	dong, lot      int64
	building       int64
	roadText, town string
}

// What a door's place was known by.
const (
	exactNone     = 0
	exactBuilding = 1
	exactEntrance = 2
)

const doorColumns = `SELECT d.road, d.num, d.detail, d.lat, d.lng, d.exact, d.post, d.dong, d.lot, d.building, r.text, r.town
	FROM door d JOIN name r ON r.id = d.road `

// scored is an answer with what puts it in order.
type scored struct {
	domain.FoundAddress
	score int
	key   string
}

// best are the answers in order, each once.
func best(found []scored, limit int) []domain.FoundAddress {
	slices.SortStableFunc(found, func(a, b scored) int { return b.score - a.score })
	seen := map[string]bool{}
	out := []domain.FoundAddress{}
	for _, f := range found {
		if seen[f.key] {
			continue
		}
		seen[f.key] = true
		if out = append(out, f.FoundAddress); len(out) == limit {
			break
		}
	}
	return out
}

// resolve finds the doors of a name.
func (s *search) resolve(ctx context.Context, h hit, q address.Query, words []address.Pattern, all uint, base int) ([]scored, error) {
	id := int64(s.o.ids[h.name])
	kind := s.o.kinds[h.name]
	var doors []doorRow
	var err error
	switch {
	case kind == kindRoad && q.Number == nil, kind == kindDong && q.Number == nil:
		return s.nameItem(ctx, h, kind, q, words, all, base)
	case kind == kindRoad && !q.Number.Mountain:
		if doors, err = s.byNumber(ctx, id, *q.Number); err == nil && len(doors) == 0 && h.score >= address.Initials {
			return s.neighbour(ctx, h, q, words, all, base)
		}
	case kind == kindDong && !q.Number.Under:
		doors, err = s.byLot(ctx, id, *q.Number)
	case kind == kindBuilding:
		doors, err = s.byBuilding(ctx, id)
	}
	if err != nil {
		return nil, err
	}
	var out []scored
	for i, d := range collapse(doors, q.Rest) {
		item, text, err := s.item(ctx, h.region, d, q.Rest)
		if err != nil {
			return nil, err
		}
		score := base - 2*i
		if kind != kindDong {
			score++ // before the lot that is called the same
		}
		score -= uncovered * s.uncovered(words, all&^h.words, text)
		if q.Number != nil {
			score -= numberOff(kind, q.Number, d)
		}
		out = append(out, scored{item, score, fmt.Sprintf("%d/%d/%s", d.road, d.num, item.Building)})
	}
	return out, nil
}

// numberOff is what is taken off a door whose number is only a longer one.
func numberOff(kind byte, n *address.Number, d doorRow) int {
	_, main, sub := numberOf(d.num)
	if kind == kindDong {
		_, main, sub = numberOf(d.lot)
	}
	switch {
	case kind == kindBuilding:
		_, lotMain, _ := numberOf(d.lot)
		if main == n.Main || lotMain == n.Main || strings.HasPrefix(d.detail, strconv.Itoa(n.Main)) {
			return 0
		}
		return uncovered
	case main == n.Main && sub == n.Sub:
		return 0
	case main == n.Main:
		return 20
	}
	return 40
}

// uncovered counts the words that none of a door's names fits.
func (s *search) uncovered(words []address.Pattern, left uint, texts []string) int {
	n := 0
	for i := range words {
		if left&(1<<i) == 0 {
			continue
		}
		fits := slices.ContainsFunc(texts, func(t string) bool { return s.match.Score(&words[i], []byte(address.Fold(t))) > 0 })
		if !fits {
			n++
		}
	}
	return n
}

// byNumber are the doors of a road with a number, then those whose number begins so.
func (s *search) byNumber(ctx context.Context, road int64, n address.Number) ([]doorRow, error) {
	return s.ranges(ctx, "d.road = ? AND d.num", road, n, n.Under)
}

func (s *search) ranges(ctx context.Context, column string, of int64, n address.Number, flag bool) ([]doorRow, error) {
	var out []doorRow
	exact := numberKey(flag, n.Main, n.Sub)
	steps := [][2]int64{{exact, exact}}
	if n.Sub == 0 {
		steps = append(steps, [2]int64{exact + 1, numberKey(flag, n.Main, maxSub)})
	} else if n.Sub < 1000 {
		steps = append(steps, [2]int64{numberKey(flag, n.Main, n.Sub*10), numberKey(flag, n.Main, n.Sub*10+9)})
	}
	if n.Sub == 0 && !n.Open {
		for size := 10; n.Main*size <= maxMain && size <= 1000; size *= 10 {
			steps = append(steps, [2]int64{numberKey(flag, n.Main*size, 0), numberKey(flag, min(n.Main*size+size-1, maxMain), maxSub)})
		}
	}
	for i, step := range steps {
		limit := s.limit - len(out)
		if i == 0 {
			limit = 64 // buildings of a complex, which are told apart later
		}
		if limit <= 0 {
			break
		}
		rows, err := s.doors(ctx, "WHERE "+column+" BETWEEN ? AND ? LIMIT ?", of, step[0], step[1], limit)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return out, nil
}

// byLot are the doors that stand on a lot.
func (s *search) byLot(ctx context.Context, dong int64, n address.Number) ([]doorRow, error) {
	var out []doorRow
	exact := numberKey(n.Mountain, n.Main, n.Sub)
	steps := [][2]int64{{exact, exact}}
	if n.Sub == 0 {
		steps = append(steps, [2]int64{exact + 1, numberKey(n.Mountain, n.Main, maxSub)})
		if !n.Open {
			steps = append(steps, [2]int64{numberKey(n.Mountain, n.Main*10, 0), numberKey(n.Mountain, min(n.Main*10+9, maxMain), maxSub)})
		}
	}
	for _, step := range steps {
		if len(out) >= s.limit {
			break
		}
		rows, err := s.o.db.QueryContext(ctx, "SELECT lot, road, num FROM lot WHERE dong = ? AND lot BETWEEN ? AND ? LIMIT ?", dong, step[0], step[1], s.limit)
		if err != nil {
			return nil, err
		}
		type at struct{ lot, road, num int64 }
		var found []at
		for rows.Next() {
			var a at
			if err := rows.Scan(&a.lot, &a.road, &a.num); err != nil {
				_ = rows.Close()
				return nil, err
			}
			found = append(found, a)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, err
		}
		for _, a := range found {
			doors, err := s.doors(ctx, "WHERE d.road = ? AND d.num = ? LIMIT 64", a.road, a.num)
			if err != nil {
				return nil, err
			}
			for _, d := range doors {
				d.dong, d.lot = dong, a.lot // the lot that was asked for, of several
				out = append(out, d)
			}
		}
	}
	return out, nil
}

// byBuilding are the doors of a building's name, all buildings of a complex.
func (s *search) byBuilding(ctx context.Context, building int64) ([]doorRow, error) {
	return s.doors(ctx, "JOIN named n ON n.road = d.road AND n.num = d.num AND n.detail = d.detail WHERE n.building = ? LIMIT 64", building)
}

func (s *search) doors(ctx context.Context, where string, args ...any) ([]doorRow, error) {
	rows, err := s.o.db.QueryContext(ctx, doorColumns+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []doorRow
	for rows.Next() {
		var d doorRow
		if err := rows.Scan(&d.road, &d.num, &d.detail, &d.lat, &d.lng, &d.exact, &d.post, &d.dong, &d.lot, &d.building, &d.roadText, &d.town); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, rows.Err()
}

// collapse leaves of each address one door: that of the building which the flat
// names, else the first.
func collapse(doors []doorRow, rest string) []doorRow {
	block, _, ok := strings.Cut(rest, "동")
	block = strings.TrimSpace(block)
	var out []doorRow
	at := map[[2]int64]int{}
	for _, d := range doors {
		k := [2]int64{d.road, d.num}
		i, has := at[k]
		if !has {
			at[k] = len(out)
			out = append(out, d)
			continue
		}
		if ok && block != "" && strings.TrimSuffix(d.detail, "동") == block {
			out[i] = d
		}
	}
	return out
}

// neighbour answers a number that the road has not with the place of the nearest
// that it has.
func (s *search) neighbour(ctx context.Context, h hit, q address.Query, words []address.Pattern, all uint, base int) ([]scored, error) {
	id := int64(s.o.ids[h.name])
	at := numberKey(q.Number.Under, q.Number.Main, q.Number.Sub)
	var near []doorRow
	for _, where := range []string{"WHERE d.road = ? AND d.num <= ? AND d.lat IS NOT NULL ORDER BY d.num DESC LIMIT 1", "WHERE d.road = ? AND d.num > ? AND d.lat IS NOT NULL ORDER BY d.num LIMIT 1"} {
		rows, err := s.doors(ctx, where, id, at)
		if err != nil {
			return nil, err
		}
		near = append(near, rows...)
	}
	if len(near) == 0 {
		return nil, nil
	}
	d := near[0]
	if len(near) == 2 && near[1].num-at < at-near[0].num {
		d = near[1]
	}
	r := &s.o.regions[h.region]
	name := d.roadText + " " + q.Number.String()
	loc := locationOf(*d.lat, *d.lng)
	a := domain.FoundAddress{Label: join(r.sido, r.sigungu, d.town, name), Short: name, Location: &loc, Exact: domain.ExactStreet, Rest: q.Rest, Source: domain.SourceIndex}
	a.Road = a.Label
	score := base - 120 - uncovered*s.uncovered(words, all&^h.words, []string{d.roadText, d.town})
	return []scored{{a, score, "street/" + strconv.FormatInt(d.road, 10)}}, nil
}

func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " ")
}
