// Package city makes up towns, with every door in the layout of the official
// address files: for tests, for the demonstration, and to measure with as many
// doors as a country has. The same Spec makes the same doors.
package city

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/store/places"
)

// Spec says what is made up.
type Spec struct {
	Seed   uint64
	Sido   []string        // names of the provinces, each with as many of the parts
	Parts  int             // of each province
	Roads  int             // of each part
	Doors  int             // of each road
	Origin domain.Location // where the first part is
	// Streets and Dongs are the names of the first part's; empty: made up like all others.
	Streets, Dongs []string
	Sigungu        string // name of the first part; empty: made up
}

// Door is one entrance.
type Door struct {
	Sido, Sigungu, Dong string
	Road                string
	Main, Sub           int
	LotMain, LotSub     int
	Building, Detail    string
	Postcode            string
	Place               domain.Location

	roadCode, dongCode string
	serial             int
	x, y               float64
	moreLot            int // a second lot; 0: none
	noEntrance         bool
}

var (
	firsts = []string{"가람", "나래", "다온", "라온", "마루", "바람", "새봄", "아라", "자람", "차오름", "하늘", "한빛", "은하", "보람", "솔빛", "푸른", "햇살", "달빛", "별내", "물빛", "꽃님", "버들", "참새", "두루", "누리", "미르", "온새", "여울", "초롱", "해오름", "감나무", "느티", "다락", "바우", "샘골", "안골", "텃골", "윗말", "아랫말", "솔밭", "동백", "매화", "진달래", "무궁", "백합", "장미", "국화", "연꽃", "수련", "모란"}
	thirds = []string{"", "", "내", "마을", "언덕", "들", "뜰", "재", "골", "터"}
	homes  = []string{"빌라", "하이츠", "맨션", "오피스텔", "아파트", "타워", "빌딩", "상가", "타운", "캐슬", "리버뷰", "파크", "팰리스", "하우스", "스퀘어"}
)

// SmallTown is a town of some thousand doors around a place.
func SmallTown(origin domain.Location) Spec {
	return Spec{Seed: 1, Sido: []string{"한빛특별시"}, Parts: 1, Roads: 60, Doors: 40, Origin: origin}
}

// Country has as many parts as make up the doors, with the density of the real one.
func Country(doors int, origin domain.Location) Spec {
	const perPart, provinces = 600 * 40, 16
	sido := []string{"한빛특별시", "가람광역시", "나래광역시", "다온광역시", "라온광역시", "마루특별자치시", "바람도", "새봄도", "아라도", "자람도", "하늘남도", "하늘북도", "은하남도", "은하북도", "보람특별자치도", "솔빛도"}
	parts := max(1, (doors+perPart*provinces-1)/(perPart*provinces))
	return Spec{Seed: 7, Sido: sido[:provinces], Parts: parts, Roads: 600, Doors: max(1, doors/(parts*provinces*600)), Origin: origin}
}

// Each calls fn with every door, in the order of the official files: area by area.
func (s Spec) Each(fn func(Door) error) error {
	for p := range s.Sido {
		if err := s.province(p, fn); err != nil {
			return err
		}
	}
	return nil
}

func (s Spec) province(p int, fn func(Door) error) error {
	for part := range s.Parts {
		if err := s.part(p, part, fn); err != nil {
			return err
		}
	}
	return nil
}

func pick(r *rand.Rand, of []string) string { return of[r.IntN(len(of))] }

// street is a straight road of a part.
type street struct {
	name   string
	code   string
	x, y   float64
	dx, dy float64 // per number
}

func (s Spec) part(p, part int, fn func(Door) error) error {
	r := rand.New(rand.NewPCG(s.Seed, uint64(p)<<16|uint64(part)))
	gx, gy := places.ToGrid(s.Origin.Lat, s.Origin.Lng)
	// Parts lie in rows of 12 km.
	n := p*s.Parts + part
	side := 1
	for side*side < len(s.Sido)*s.Parts {
		side++
	}
	gx += float64(n%side) * 12_000
	gy -= float64(n/side) * 12_000
	code := fmt.Sprintf("%02d%03d", 11+p, 110+part*10)
	sigungu := pick(r, firsts) + pick(r, thirds) + "구"
	if n == 0 && s.Sigungu != "" {
		sigungu = s.Sigungu
	}
	dongs := s.dongs(r, n)
	buildings := s.buildings(r)
	streets := s.streets(r, n, code, gx, gy)
	serial := 0
	for i, st := range streets {
		dong := dongs[i*len(dongs)/len(streets)]
		dongCode := code + fmt.Sprintf("%03d00", 101+i*len(dongs)/len(streets))
		main, sub := 1+r.IntN(2), 0
		for range s.Doors {
			serial++
			d := Door{
				Sido: s.Sido[p], Sigungu: sigungu, Dong: dong, Road: st.name, Main: main, Sub: sub,
				LotMain: 1 + i*7%900 + main/20, LotSub: main % 20, Postcode: code[:2] + fmt.Sprintf("%03d", i%1000),
				roadCode: st.code, dongCode: dongCode, serial: serial,
			}
			across := 12.0
			if main%2 == 0 {
				across = -12
			}
			along := float64(main) + float64(sub)/10
			d.x, d.y = gx+st.x+st.dx*along-st.dy/10*across, gy+st.y+st.dy*along+st.dx/10*across
			d.Place.Lat, d.Place.Lng = places.FromGrid(d.x, d.y)
			if r.IntN(100) < 15 {
				d.Building = buildings[r.IntN(len(buildings))]
			}
			if r.IntN(100) < 25 {
				d.moreLot = d.LotMain + 1
			}
			d.noEntrance = r.IntN(200) == 0
			if err := fn(d); err != nil {
				return err
			}
			if r.IntN(4) == 0 {
				sub++
			} else {
				main, sub = main+1+r.IntN(3), 0
			}
		}
	}
	return nil
}

func (s Spec) dongs(r *rand.Rand, n int) []string {
	if n == 0 && len(s.Dongs) > 0 {
		return s.Dongs
	}
	seen := map[string]bool{}
	var out []string
	for want := min(40, max(4, s.Roads/12)); len(out) < want; {
		d := pick(r, firsts) + pick(r, thirds) + "동"
		if !seen[d] {
			seen[d] = true
			out = append(out, d)
		}
	}
	return out
}

func (s Spec) buildings(r *rand.Rand) []string {
	out := make([]string, max(8, s.Roads*s.Doors/10))
	for i := range out {
		out[i] = pick(r, firsts) + pick(r, firsts) + pick(r, homes)
		if r.IntN(3) == 0 {
			out[i] += strconv.Itoa(1+r.IntN(9)) + "차"
		}
	}
	return out
}

// streets are main roads in a lattice, each with side roads that have its name.
func (s Spec) streets(r *rand.Rand, n int, code string, _, _ float64) []street {
	var names []string
	if n == 0 {
		names = append(names, s.Streets...)
	}
	seen := map[string]bool{}
	for _, name := range names {
		seen[name] = true
	}
	for mains := max(2, s.Roads/10); len(names) < mains; {
		name := pick(r, firsts) + pick(r, thirds) + "로"
		if r.IntN(6) == 0 {
			name = pick(r, firsts) + pick(r, thirds) + "대로"
		}
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	out := make([]street, 0, s.Roads)
	for i := range s.Roads {
		st := street{code: code + fmt.Sprintf("%07d", 3000001+i)}
		k := i % len(names)
		st.name = names[k]
		lane := i / len(names)
		if lane > 0 {
			st.name += strconv.Itoa(lane*4+k%4) + "길"
		}
		at := float64(k/2)*180 - float64(len(names)/4)*180
		off := float64(lane)*150 - 600
		if (k+lane)%2 == 0 {
			st.x, st.y, st.dx, st.dy = off, at, 10, 0
		} else {
			st.x, st.y, st.dx, st.dy = at, off, 0, 10
		}
		out = append(out, st)
	}
	return out
}
