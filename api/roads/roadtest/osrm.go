package roadtest

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/brosops/bros/domain"
)

// OSRM starts a fake of osrm-routed. Whatever its documentation does not allow
// is refused as it refuses it.
func OSRM(t testing.TB) *Server { return newServer(t, func(s *Server) http.Handler { return osrm{s} }) }

type osrm struct{ *Server }

var osrmPath = regexp.MustCompile(`^/(table|route)/v1/(car|driving|bike|cycling|foot|walking)/([-0-9.,;]+)$`)

func (s osrm) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	refuse := func(code, why string) {
		s.t.Logf("OSRM refuses %s: %s", code, why)
		writeJSON(w, http.StatusBadRequest, map[string]any{"code": code, "message": why})
	}
	m := osrmPath.FindStringSubmatch(r.URL.Path)
	if m == nil || r.Method != http.MethodGet {
		refuse("InvalidUrl", "URL string malformed close to position 1")
		return
	}
	fault := s.called("osrm " + m[1] + " " + m[2])
	vehicle := domain.Motorcycle
	switch m[2] {
	case "bike", "cycling":
		vehicle = domain.Bicycle
	case "foot", "walking":
		vehicle = domain.Foot
	}
	var places []domain.Location
	for part := range strings.SplitSeq(m[3], ";") {
		lng, lat, _ := strings.Cut(part, ",")
		x, err1 := strconv.ParseFloat(lng, 64)
		y, err2 := strconv.ParseFloat(lat, 64)
		if err1 != nil || err2 != nil || x < 126 || x > 128 || y < 36 || y > 38 { // longitude first, and of this city
			refuse("InvalidOptions", "Coordinates are invalid")
			return
		}
		places = append(places, domain.Location{Lat: y, Lng: x})
	}
	if len(places) < 2 {
		refuse("InvalidOptions", "Number of coordinates needs to be at least two.")
		return
	}
	q := r.URL.Query()
	known := map[string][]string{"table": {"sources", "destinations", "annotations"}, "route": {"overview", "geometries"}}[m[1]]
	for name := range q {
		if !strings.Contains(strings.Join(known, " "), name) {
			refuse("InvalidQuery", "Query string malformed close to "+name)
			return
		}
	}
	if m[1] == "route" {
		s.route(w, r, places, vehicle, fault)
		return
	}
	from, ok1 := picked(places, q.Get("sources"))
	to, ok2 := picked(places, q.Get("destinations"))
	if !ok1 || !ok2 || q.Get("annotations") != "duration,distance" {
		refuse("InvalidQuery", "Query string malformed")
		return
	}
	if len(from)*len(to) > 100*100 {
		refuse("TooBig", "Too many table coordinates")
		return
	}
	var durations, distances [][]*float64
	for _, row := range s.table(r.Context(), vehicle, from, to, fault) {
		d, m := make([]*float64, len(row)), make([]*float64, len(row))
		for j := range row {
			if row[j].Road {
				d[j], m[j] = &row[j].Seconds, &row[j].Metres
			}
		}
		durations, distances = append(durations, d), append(distances, m)
	}
	writeJSON(w, http.StatusOK, map[string]any{"code": "Ok", "durations": durations, "distances": distances,
		"sources": waypoints(from), "destinations": waypoints(to)})
}

// picked are the places of an index list such as 0;1;2.
func picked(places []domain.Location, list string) ([]domain.Location, bool) {
	var out []domain.Location
	for part := range strings.SplitSeq(list, ";") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 || n >= len(places) {
			return nil, false
		}
		out = append(out, places[n])
	}
	return out, true
}

func waypoints(places []domain.Location) []map[string]any {
	out := make([]map[string]any, len(places))
	for i, l := range places {
		out[i] = map[string]any{"location": []float64{l.Lng, l.Lat}, "name": "", "hint": "x", "distance": 3.1}
	}
	return out
}

func (s osrm) route(w http.ResponseWriter, r *http.Request, places []domain.Location, v domain.Vehicle, f Fault) {
	q := r.URL.Query()
	if q.Get("geometries") != "geojson" || q.Get("overview") != "full" {
		writeJSON(w, http.StatusBadRequest, map[string]any{"code": "InvalidOptions"})
		return
	}
	p, _ := s.graph.Route(r.Context(), v, places[0], places[1])
	if p.Way = spoil(p.Way, f); !p.Road {
		writeJSON(w, http.StatusBadRequest, map[string]any{"code": "NoRoute", "message": "Impossible route between points"})
		return
	}
	line := make([][]float64, len(p.Line))
	for i, l := range p.Line {
		line[i] = []float64{l.Lng, l.Lat}
	}
	writeJSON(w, http.StatusOK, map[string]any{"code": "Ok", "waypoints": waypoints(places), "routes": []map[string]any{{
		"distance": p.Metres, "duration": p.Seconds, "weight": p.Seconds, "weight_name": "routability",
		"legs": []any{}, "geometry": map[string]any{"type": "LineString", "coordinates": line},
	}}})
}
