package places

import (
	"context"
	"math"
	"slices"
	"strings"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/domain/address"
)

const (
	mostHits   = 48      // names whose doors are looked up
	mostWords  = 7       // of a query; what is behind them is left out
	nearBonus  = 220     // for a name in the caller's own region
	nearby     = 40_000. // metres within which it is worth something
	uncovered  = 280     // off for a word that fits nothing
	secondTake = 60      // off for a reading that is less likely
)

// hit is a name that fits some of a query's words.
type hit struct {
	name   int // in opened
	region int
	score  int
	words  uint // those that it or its region covers
}

// segment is one word, or some that may be one name written with spaces.
type segment struct {
	pattern address.Pattern
	words   uint
}

// FindAddresses implements domain.AddressIndex.
func (x *Index) FindAddresses(ctx context.Context, q domain.AddressQuery) ([]domain.FoundAddress, error) {
	if err := x.current(ctx); err != nil {
		return nil, err
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.open == nil || q.Limit <= 0 {
		return nil, nil
	}
	s := search{o: x.open, near: q.Near, limit: q.Limit, names: map[int64]string{}}
	s.order()
	var found []scored
	for i, reading := range address.Parse(q.Text) {
		if i >= 2 && len(found) > 0 {
			break // what is left are last resorts
		}
		more, err := s.read(ctx, reading)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return best(found, q.Limit), nil
}

// search is one search in an open file.
type search struct {
	o       *opened
	near    *domain.Location
	limit   int
	regions []int // by distance
	bonus   []int // of each, by its number
	match   address.Matcher
	names   map[int64]string // texts that were read
}

// order sorts the regions by distance from the caller.
func (s *search) order() {
	s.regions = make([]int, len(s.o.regions))
	s.bonus = make([]int, len(s.o.regions))
	away := make([]float64, len(s.o.regions))
	for i := range s.o.regions {
		s.regions[i] = i
		if s.near != nil {
			away[i] = domain.Distance(*s.near, s.o.regions[i].place)
			s.bonus[i] = int(nearBonus * math.Exp(-away[i]/nearby*2))
		}
	}
	if s.near != nil {
		slices.SortStableFunc(s.regions, func(a, b int) int {
			switch {
			case away[a] < away[b]:
				return -1
			case away[a] > away[b]:
				return 1
			}
			return 0
		})
	}
}

// read answers what fits one reading of a query.
func (s *search) read(ctx context.Context, q address.Query) ([]scored, error) {
	if len(q.Words) > mostWords {
		q.Words = q.Words[:mostWords]
	}
	if len(q.Words) == 0 {
		return nil, nil
	}
	words := make([]address.Pattern, len(q.Words))
	for i, w := range q.Words {
		words[i] = address.NewPattern(w)
	}
	all := uint(1)<<len(words) - 1
	hits := s.hits(words, segments(q.Words), all)
	if q.Number != nil || len(words) > 1 {
		// A road's name may be followed by what is only the beginning of another word.
		hits = slices.Clip(hits)
	}
	var found []scored
	areas := map[int]bool{}
	for _, h := range hits {
		base := h.score + s.bonus[h.region]
		if q.Second {
			base -= secondTake
		}
		if h.name < 0 {
			if q.Number == nil && !areas[h.region] {
				areas[h.region] = true
				found = append(found, s.regionItem(h, base, q.Rest))
			}
			continue
		}
		more, err := s.resolve(ctx, h, q, words, all, base)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return found, nil
}

// segments are the words, and neighbours joined: 위례성대로 12길.
func segments(words []string) []segment {
	var out []segment
	for i := range words {
		for n := 1; n <= 3 && i+n <= len(words); n++ {
			p := address.NewPattern(strings.Join(words[i:i+n], ""))
			if !p.Empty() {
				out = append(out, segment{p, (1<<n - 1) << i})
			}
		}
	}
	return out
}

// hits are the names that fit best, those in near regions first.
func (s *search) hits(words []address.Pattern, segs []segment, all uint) []hit {
	var out []hit
	least := 0 // score that a hit needs by now
	for n, ri := range s.regions {
		r := &s.o.regions[ri]
		covered := s.context(r, words)
		if covered == all {
			out = append(out, hit{name: -1, region: ri, score: address.Whole, words: covered})
		}
		for i := r.from; i < r.to; i++ {
			sig := s.o.bits[i]
			for k := range segs {
				if !segs[k].pattern.May(sig) {
					continue
				}
				if segs[k].words&^covered == 0 {
					continue // all of it is the region's own name
				}
				score := s.match.Score(&segs[k].pattern, s.o.name(i))
				if score == 0 {
					continue
				}
				h := hit{name: i, region: ri, score: score, words: segs[k].words | covered}
				if v := s.value(h, all); v >= least {
					out = append(out, h)
				}
			}
		}
		if len(out) > 4*mostHits {
			out = s.cut(out, all)
			least = s.value(out[len(out)-1], all)
		}
		// Far away only what near regions have not.
		if s.near != nil && n >= 8 && s.bonus[ri] < nearBonus/8 && enough(out, all) {
			break
		}
	}
	return s.cut(out, all)
}

// enough reports whether there are plenty of hits that fit without a typo.
func enough(hits []hit, all uint) bool {
	good := 0
	for _, h := range hits {
		if h.words == all && h.score > address.Typo {
			if good++; good >= 3 {
				return true
			}
		}
	}
	return false
}

// value orders hits before their doors are known.
func (s *search) value(h hit, all uint) int {
	v := h.score + s.bonus[h.region]
	for w := all &^ h.words; w != 0; w &= w - 1 {
		v -= uncovered / 2 // its dong or building may still have the word
	}
	return v
}

func (s *search) cut(hits []hit, all uint) []hit {
	slices.SortStableFunc(hits, func(a, b hit) int { return s.value(b, all) - s.value(a, all) })
	seen := map[int]bool{}
	out := hits[:0]
	for _, h := range hits {
		if h.name >= 0 && seen[h.name] {
			continue
		}
		if h.name >= 0 {
			seen[h.name] = true
		}
		if out = append(out, h); len(out) == mostHits {
			break
		}
	}
	return out
}

// context are the words that the region's own names have.
func (s *search) context(r *region, words []address.Pattern) (covered uint) {
	for i := range words {
		if fitsForm(&words[i], r.sidoForms) || fitsForm(&words[i], r.sigunguForms) {
			covered |= 1 << i
		}
	}
	return covered
}

func fitsForm(p *address.Pattern, forms []string) bool {
	for i, f := range forms {
		if p.Text == f {
			return true
		}
		// The beginning of the official name: 서울특.
		if i == 0 && len([]rune(p.Text)) >= 2 && strings.HasPrefix(f, p.Text) {
			return true
		}
	}
	return false
}
