package roads_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/brosops/bros/api/roads"
	"github.com/brosops/bros/api/roads/roadtest"
	"github.com/brosops/bros/domain"
)

var line = roads.Line{Detour: 1.35, Speed: 20 / 3.6}

// clock is a time that the test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func open(t *testing.T, kind, url string) (*roads.Roads, *clock, *[]string) {
	t.Helper()
	router, err := roads.Open(kind + ":" + url)
	if err != nil {
		t.Fatal(err)
	}
	c, outcomes := &clock{time.Now()}, &[]string{}
	return roads.New(roads.Options{Router: router, Now: c.now, Count: func(o string, _ time.Duration) { *outcomes = append(*outcomes, o) }}), c, outcomes
}

func both(t *testing.T, test func(t *testing.T, kind string, s *roadtest.Server)) {
	t.Run("osrm", func(t *testing.T) { test(t, "osrm", roadtest.OSRM(t)) })
	t.Run("valhalla", func(t *testing.T) { test(t, "valhalla", roadtest.Valhalla(t)) })
}

// way asks for one way.
func way(t *testing.T, r *roads.Roads, v domain.Vehicle, from, to domain.Location) roads.Way {
	t.Helper()
	table := r.Table(t.Context(), line, roads.Need{Vehicle: v, From: []domain.Location{from}, To: []domain.Location{to}})
	return table.Between(v, table.Place(from), table.Place(to))
}

func near(got, want, within float64) bool { return math.Abs(got-want) <= within }

// Over the river it is far, though the straight line is short.
func TestTable(t *testing.T) {
	both(t, func(t *testing.T, kind string, s *roadtest.Server) {
		r, _, outcomes := open(t, kind, s.URL)
		west, east, north := roadtest.At(1000, 500), roadtest.At(1100, 500), roadtest.At(1000, 1500)
		table := r.Table(t.Context(), line, roads.Need{Vehicle: domain.Motorcycle,
			From: []domain.Location{west, east, north}, To: []domain.Location{west, east, north}})
		// 1.5 km up to the bridge, 100 m across, and down again, at 30 km/h.
		over := table.Between(domain.Motorcycle, table.Place(west), table.Place(east))
		if !over.Road || !near(over.Metres, 3100, 10) || !near(over.Seconds, 3100/(30/3.6), 3) {
			t.Errorf("over the bridge: %+v", over)
		}
		along := table.Between(domain.Motorcycle, table.Place(west), table.Place(north))
		if !along.Road || !near(along.Metres, 1000, 5) {
			t.Errorf("along the bank: %+v", along)
		}
		if _, seconds := table.Way(domain.Motorcycle, table.Place(west), table.Place(west)); seconds != 0 {
			t.Errorf("to itself: %v s", seconds)
		}
		if calls := s.Calls(); len(calls) != 1 || !slices.Equal(*outcomes, []string{roads.Answered}) {
			t.Errorf("one question for all: %q, %q", calls, *outcomes)
		}
		// Who is a few steps further asks nobody.
		shared := 0
		for _, d := range [][2]float64{{3, 3}, {-3, 3}, {3, -3}, {-3, -3}} { // one of them is in the same cell
			before := len(s.Calls())
			if w := way(t, r, domain.Motorcycle, roadtest.At(1000+d[0], 500+d[1]), north); !w.Road {
				t.Errorf("a few steps further: %+v", w)
			}
			if len(s.Calls()) == before {
				shared++
			}
		}
		if shared == 0 {
			t.Error("each step asked anew")
		}
		unknown := roadtest.At(300, 300)
		if w := table.Between(domain.Motorcycle, table.Place(west), table.Place(unknown)); w.Road || w != line.Way(domain.Motorcycle, west, unknown) {
			t.Errorf("a place that was not asked about: %+v", w)
		}
	})
}

func TestVehicles(t *testing.T) {
	both(t, func(t *testing.T, kind string, s *roadtest.Server) {
		r, _, _ := open(t, kind, s.URL)
		from, to := roadtest.At(0, 0), roadtest.At(900, 0)
		for v, kmh := range map[domain.Vehicle]float64{domain.Motorcycle: 30, domain.Car: 30, domain.Bicycle: 15, domain.Foot: 4.5} {
			if w := way(t, r, v, from, to); !w.Road || !near(w.Seconds, 900/(kmh/3.6), 5) {
				t.Errorf("%s: %+v", v, w)
			}
		}
		want := map[string][]string{
			"osrm":     {"osrm table bike", "osrm table driving", "osrm table driving", "osrm table foot"},
			"valhalla": {"valhalla /sources_to_targets auto", "valhalla /sources_to_targets bicycle", "valhalla /sources_to_targets motor_scooter", "valhalla /sources_to_targets pedestrian"},
		}[kind]
		calls := s.Calls()
		if slices.Sort(calls); !slices.Equal(calls, want) {
			t.Errorf("asked %q", calls)
		}
	})
}

// A router that knows cars alone answers with their times; nobody walks like that.
func TestNoVehicleIsFasterThanItCan(t *testing.T) {
	s := roadtest.OSRM(t)
	router, err := roads.Open("osrm:" + s.URL)
	if err != nil {
		t.Fatal(err)
	}
	r := roads.New(roads.Options{Router: carsOnly{router}})
	if w := way(t, r, domain.Foot, roadtest.At(0, 0), roadtest.At(900, 0)); !w.Road || w.Seconds < 900/(6/3.6)-1 {
		t.Errorf("on foot: %+v", w)
	}
}

func TestRoute(t *testing.T) {
	both(t, func(t *testing.T, kind string, s *roadtest.Server) {
		r, _, _ := open(t, kind, s.URL)
		from, to := roadtest.At(1000, 500), roadtest.At(1100, 500)
		p := r.Route(t.Context(), line, domain.Motorcycle, from, to)
		if !p.Road || !near(p.Metres, 3100, 10) || len(p.Line) < 30 {
			t.Fatalf("%+v", p)
		}
		highest := slices.MaxFunc(p.Line, func(a, b domain.Location) int { return int(1e6 * (a.Lat - b.Lat)) })
		if !near(highest.Lat, roadtest.At(0, 2000).Lat, 1e-5) {
			t.Errorf("it does not go over the bridge: %+v", highest)
		}
		s.Set(0, roadtest.NoWay)
		if p := r.Route(t.Context(), line, domain.Motorcycle, from, to); p.Road || len(p.Line) != 2 || r.Degraded() != "" {
			t.Errorf("no way: %+v", p)
		}
	})
}

// Whatever is wrong with the router: nobody waits for longer than a quarter of a
// second, all is marked, and it is asked again when it is back.
func TestTrouble(t *testing.T) {
	for name, x := range map[string]struct {
		delay   time.Duration
		fault   roadtest.Fault
		outcome string
	}{
		"slow":     {time.Minute, roadtest.None, roads.Slow},
		"dead":     {0, roadtest.Dead, roads.Failed},
		"too fast": {0, roadtest.TooFast, roads.Lied},
		"too near": {0, roadtest.TooNear, roads.Lied},
		"negative": {0, roadtest.Negative, roads.Lied},
		"short":    {0, roadtest.Short, roads.Lied},
		"no JSON":  {0, roadtest.NoJSON, roads.Failed},
		"endless":  {0, roadtest.Endless, ""}, // slow or failed: how fast is this machine?
	} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, kind string, s *roadtest.Server) {
				r, c, outcomes := open(t, kind, s.URL)
				s.Set(x.delay, x.fault)
				from := roadtest.At(0, 0)
				for i := range 6 {
					begun := time.Now()
					to := roadtest.At(1000+100*float64(i), 900)
					if w := way(t, r, domain.Motorcycle, from, to); w != line.Way(domain.Motorcycle, from, to) {
						t.Errorf("%+v", w)
					}
					if took := time.Since(begun); took > 10*time.Second { // a quarter of one, and what a busy machine adds
						t.Errorf("waited %s", took)
					}
				}
				// Three were enough: then it was left alone.
				if got := *outcomes; len(got) != 6 || x.outcome != "" && (got[0] != x.outcome || got[2] != x.outcome) || got[3] != roads.Refused || r.Degraded() == "" {
					t.Errorf("%q, %q", got, r.Degraded())
				}
				s.Set(0, roadtest.None)
				c.at = c.at.Add(time.Minute)
				if w := way(t, r, domain.Motorcycle, from, roadtest.At(900, 0)); !w.Road || r.Degraded() != "" {
					t.Errorf("it is back: %+v, %q", w, r.Degraded())
				}
			})
		})
	}
}

// A way that is not there is a line, and no fault of the router.
func TestNoWay(t *testing.T) {
	both(t, func(t *testing.T, kind string, s *roadtest.Server) {
		r, c, _ := open(t, kind, s.URL)
		s.Set(0, roadtest.NoWay)
		from, to := roadtest.At(0, 0), roadtest.At(500, 500)
		for range 5 {
			if w := way(t, r, domain.Motorcycle, from, to); w.Road {
				t.Errorf("%+v", w)
			}
		}
		if r.Degraded() != "" || len(s.Calls()) != 1 {
			t.Errorf("%q %q", r.Degraded(), s.Calls())
		}
		s.Set(0, roadtest.None)
		c.at = c.at.Add(10 * time.Minute)
		if w := way(t, r, domain.Motorcycle, from, to); !w.Road {
			t.Errorf("a new road: %+v", w)
		}
	})
}

// A question has as many pairs as the router allows; the first come first, and
// the next question has the rest.
func TestManyPlaces(t *testing.T) {
	both(t, func(t *testing.T, kind string, s *roadtest.Server) {
		r, _, outcomes := open(t, kind, s.URL)
		var all []domain.Location
		for i := range 120 {
			all = append(all, roadtest.At(float64(i%11)*200, float64(i/11)*180))
		}
		for ask := 1; ; ask++ {
			table := r.Table(t.Context(), line, roads.Need{Vehicle: domain.Motorcycle, From: all, To: all})
			missing := 0
			for i := range all {
				for j := range all {
					if !table.Between(domain.Motorcycle, i, j).Road {
						missing++
					}
				}
			}
			if slices.Contains(*outcomes, roads.Failed) {
				t.Fatalf("%q", *outcomes)
			}
			if missing == 0 {
				if ask == 1 {
					t.Error("one question had more than the router allows")
				}
				return
			}
			if ask > 20 {
				t.Fatalf("%d pairs are not known after %d questions: %q", missing, ask, *outcomes)
			}
		}
	})
}

func TestSettings(t *testing.T) {
	for _, ok := range []string{"osrm:http://127.0.0.1:5000", "osrm:https://{profile}.roads.example/", "valhalla:http://h:8002/v?api_key=k"} {
		if _, err := roads.Open(ok); err != nil {
			t.Errorf("%s: %v", ok, err)
		}
	}
	for _, bad := range []string{"", "osrm", "osrm:", "http://127.0.0.1:5000", "google:http://x", "osrm:ftp://x", "valhalla:http://", "osrm:http://secret@%zz"} {
		_, err := roads.Open(bad)
		if err == nil {
			t.Errorf("%q is taken", bad)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%v", err)
		}
	}
}

func TestWithoutRouter(t *testing.T) {
	var r *roads.Roads
	from, to := roadtest.At(0, 0), roadtest.At(1000, 0)
	want := roads.Way{Metres: 1350, Seconds: 1350 / (20 / 3.6)}
	if w := way(t, r, domain.Motorcycle, from, to); w.Road || !near(w.Metres, want.Metres, 2) || !near(w.Seconds, want.Seconds, 1) {
		t.Errorf("%+v", w)
	}
	if p := r.Route(t.Context(), line, domain.Foot, from, to); p.Road || !near(p.Seconds, want.Seconds/.3, 3) || len(p.Line) != 2 {
		t.Errorf("%+v", p)
	}
}
