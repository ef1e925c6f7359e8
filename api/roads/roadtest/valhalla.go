package roadtest

import (
	"encoding/json"
	"math"
	"net/http"
	"testing"

	"github.com/brosops/bros/domain"
)

// Valhalla starts a fake of valhalla_service. Whatever its documentation does not
// allow is refused as it refuses it.
func Valhalla(t testing.TB) *Server {
	return newServer(t, func(s *Server) http.Handler { return valhalla{s} })
}

type valhalla struct{ *Server }

type place struct {
	Lat *float64 `json:"lat"`
	Lon *float64 `json:"lon"`
}

type question struct {
	Sources        []place `json:"sources"`
	Targets        []place `json:"targets"`
	Locations      []place `json:"locations"`
	Costing        string  `json:"costing"`
	Units          string  `json:"units"`
	DirectionsType string  `json:"directions_type"`
}

func (s valhalla) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	refuse := func(code int, why string) {
		s.t.Logf("Valhalla refuses %d: %s", code, why)
		writeJSON(w, http.StatusBadRequest, map[string]any{"error_code": code, "error": why, "status_code": 400, "status": "Bad Request"})
	}
	var q question
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if r.Method != http.MethodPost || d.Decode(&q) != nil {
		refuse(100, "Failed to parse json request")
		return
	}
	vehicle, ok := map[string]domain.Vehicle{
		"auto": domain.Car, "motor_scooter": domain.Motorcycle, "motorcycle": domain.Motorcycle,
		"bicycle": domain.Bicycle, "pedestrian": domain.Foot,
	}[q.Costing]
	if !ok {
		refuse(125, "No costing method found: '"+q.Costing+"'")
		return
	}
	fault := s.called("valhalla " + r.URL.Path + " " + q.Costing)
	switch r.URL.Path {
	case "/sources_to_targets":
		from, ok1 := locations(q.Sources)
		to, ok2 := locations(q.Targets)
		switch {
		case !ok1 || len(from) == 0:
			refuse(121, "Insufficiently specified required parameter 'sources'")
		case !ok2 || len(to) == 0:
			refuse(122, "Insufficiently specified required parameter 'targets'")
		case len(from)*len(to) > 2500:
			refuse(150, "Exceeded max locations: 2500")
		default:
			rows := [][]map[string]any{}
			for i, row := range s.table(r.Context(), vehicle, from, to, fault) {
				cells := []map[string]any{}
				for j, c := range row {
					cell := map[string]any{"from_index": i, "to_index": j, "time": nil, "distance": nil}
					if c.Road {
						cell["time"], cell["distance"] = math.Round(c.Seconds), math.Round(c.Metres)/1000
					}
					cells = append(cells, cell)
				}
				rows = append(rows, cells)
			}
			writeJSON(w, http.StatusOK, map[string]any{"sources_to_targets": rows, "units": "kilometers"})
		}
	case "/route":
		places, ok := locations(q.Locations)
		if !ok || len(places) < 2 {
			refuse(120, "Insufficient number of locations provided")
			return
		}
		p, _ := s.graph.Route(r.Context(), vehicle, places[0], places[1])
		if p.Way = spoil(p.Way, fault); !p.Road {
			refuse(442, "No path could be found for input")
			return
		}
		writeJSON(w, http.StatusOK, map[string]any{"trip": map[string]any{
			"status": 0, "status_message": "Found route between points", "units": "kilometers", "language": "en-US",
			"summary": map[string]any{"time": p.Seconds, "length": p.Metres / 1000},
			"legs":    []map[string]any{{"shape": shape(p.Line), "summary": map[string]any{"time": p.Seconds, "length": p.Metres / 1000}}},
		}})
	default:
		w.WriteHeader(http.StatusNotFound)
		_ = json.NewEncoder(w).Encode(map[string]any{"error_code": 106, "error": "Try any of: '/route' '/sources_to_targets'"})
	}
}

func locations(places []place) ([]domain.Location, bool) {
	out := make([]domain.Location, len(places))
	for i, p := range places {
		if p.Lat == nil || p.Lon == nil || *p.Lat < 36 || *p.Lat > 38 || *p.Lon < 126 || *p.Lon > 128 {
			return nil, false
		}
		out[i] = domain.Location{Lat: *p.Lat, Lng: *p.Lon}
	}
	return out, true
}

// shape encodes a line with six digits, as Valhalla does.
func shape(line []domain.Location) string {
	var out []byte
	var last [2]int
	for _, l := range line {
		for k, v := range []float64{l.Lat, l.Lng} {
			at := int(math.Round(v * 1e6))
			value := (at - last[k]) << 1
			if value < 0 {
				value = ^value
			}
			for last[k] = at; value >= 0x20; value >>= 5 {
				out = append(out, byte(value&0x1f|0x20)+63)
			}
			out = append(out, byte(value)+63)
		}
	}
	return string(out)
}
