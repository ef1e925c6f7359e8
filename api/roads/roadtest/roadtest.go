// Package roadtest has routers for tests: strict fakes of OSRM and Valhalla that
// answer from the streets of a made-up city, and can be made slow, dead or false.
package roadtest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/brosops/bros/api/roads"
	"github.com/brosops/bros/api/roads/graph"
	"github.com/brosops/bros/domain"
)

// Origin is the south-west corner of the city.
var Origin = domain.Location{Lat: 37.5, Lng: 127.1}

const (
	side  = 21  // crossings in a row
	block = 100 // metres between them
	// The river runs from south to north between these columns, under one bridge.
	riverWest, riverEast = 10, 11
	bridge               = 20 // the row
)

// At is the place so many metres east and north of Origin.
func At(east, north float64) domain.Location {
	const perDegree = 111_195
	return domain.Location{Lat: Origin.Lat + north/perDegree, Lng: Origin.Lng + east/(perDegree*0.79335)}
}

// City is two kilometres of streets with a river in the middle: who is on the
// other side rides to the bridge at the north end.
func City() *graph.Graph {
	g := &graph.Graph{}
	for row := range side {
		for col := range side {
			g.Node(At(float64(col*block), float64(row*block)))
		}
	}
	for row := range side {
		for col := range side {
			at := row*side + col
			if col+1 < side && (col != riverWest || row == bridge) {
				g.Street(at, at+1, 30)
			}
			if row+1 < side {
				g.Street(at, at+side, 30)
			}
		}
	}
	return g
}

// Server is a fake router.
type Server struct {
	// URL is where it answers.
	URL string

	t     testing.TB
	graph *graph.Graph

	mu    sync.Mutex
	calls []string // paths, without the places
	delay time.Duration
	fault Fault
}

// Fault is what is wrong with a fake router.
type Fault int

// The faults.
const (
	None     Fault = iota
	Dead           // 503
	TooFast        // ten times as fast as the light on motorways
	TooNear        // everything is a metre away
	Negative       // seconds below zero
	Short          // rows are missing
	NoJSON         // a page of a proxy
	NoWay          // no way between any places
	Endless        // an answer without an end
)

func newServer(t testing.TB, serve func(*Server) http.Handler) *Server {
	s := &Server{t: t, graph: City()}
	h := serve(s)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // else nobody notices that the caller is gone
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.mu.Lock()
		delay, fault := s.delay, s.fault
		s.mu.Unlock()
		if delay > 0 {
			select {
			case <-time.After(delay):
			case <-r.Context().Done():
				return
			}
		}
		switch fault {
		case Dead:
			http.Error(w, "no", http.StatusServiceUnavailable)
		case NoJSON:
			_, _ = w.Write([]byte("<html>Please log in</html>"))
		case Endless:
			for w.Header().Set("Content-Type", "application/json"); r.Context().Err() == nil; {
				if _, err := w.Write(bytes.Repeat([]byte("[1,"), 4096)); err != nil {
					return
				}
			}
		default:
			h.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Set makes the router slow, or false.
func (s *Server) Set(delay time.Duration, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.delay, s.fault = delay, f
}

// Calls are the services that were asked, in order.
func (s *Server) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.calls...)
}

func (s *Server) called(what string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, what)
	return s.fault
}

// table is the graph's, with the fault in it.
func (s *Server) table(ctx context.Context, v domain.Vehicle, from, to []domain.Location, f Fault) [][]roads.Way {
	rows, err := s.graph.Table(ctx, v, from, to)
	if err != nil {
		return nil
	}
	for _, row := range rows {
		for j := range row {
			row[j] = spoil(row[j], f)
		}
	}
	if f == Short {
		rows = rows[1:]
	}
	return rows
}

func spoil(w roads.Way, f Fault) roads.Way {
	switch f {
	case TooFast:
		w.Seconds /= 1000
	case TooNear:
		w.Metres = 1
	case Negative:
		w.Seconds = -1 - w.Seconds
	case NoWay:
		w = roads.Way{}
	}
	return w
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
