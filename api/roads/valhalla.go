package roads

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/brosops/bros/domain"
)

// valhalla speaks Valhalla's HTTP API.
type valhalla struct{ client }

// MostPairs is what its service limits allow unless they are set otherwise.
func (*valhalla) MostPairs() int { return 50 * 50 }

type latLon struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
}

func latLons(places []domain.Location) []latLon {
	out := make([]latLon, len(places))
	for i, l := range places {
		out[i] = latLon{l.Lat, l.Lng}
	}
	return out
}

// costing is what Valhalla calls the vehicles. A delivery's motorcycle is a
// scooter to it: kept off motorways, and slower on long straights.
func costing(v domain.Vehicle) string {
	switch v {
	case domain.Bicycle:
		return "bicycle"
	case domain.Foot:
		return "pedestrian"
	case domain.Car:
		return "auto"
	}
	return "motor_scooter"
}

type valhallaCell struct {
	Time     *float64 `json:"time"`
	Distance *float64 `json:"distance"` // kilometres
}

type valhallaAnswer struct {
	ErrorCode int              `json:"error_code"`
	Rows      [][]valhallaCell `json:"sources_to_targets"`
	Units     string           `json:"units"`
	Trip      *struct {
		Units   string
		Summary struct{ Time, Length *float64 }
		Legs    []struct{ Shape string }
	} `json:"trip"`
}

// The codes that say that there is no way: no suitable edges near a place, no
// path, too far for the vehicle.
var valhallaNoWay = map[int]bool{170: true, 171: true, 441: true, 442: true, 154: true}

func (h *valhalla) Table(ctx context.Context, v domain.Vehicle, from, to []domain.Location) ([][]Way, error) {
	var a valhallaAnswer
	err := h.ask(ctx, v, "/sources_to_targets", map[string]any{
		"sources": latLons(from), "targets": latLons(to), "costing": costing(v), "units": "kilometers",
	}, &a)
	if err != nil {
		return nil, err
	}
	if valhallaNoWay[a.ErrorCode] && len(from) == 1 && len(to) == 1 {
		return [][]Way{{{}}}, nil
	}
	if len(a.Rows) != len(from) {
		return nil, errLie
	}
	metre, err := metres(a.Units)
	if err != nil {
		return nil, err
	}
	rows := make([][]Way, len(from))
	for i, row := range a.Rows {
		if len(row) != len(to) {
			return nil, errLie
		}
		rows[i] = make([]Way, len(to))
		for j, c := range row {
			if c.Time != nil && c.Distance != nil {
				rows[i][j] = Way{Metres: *c.Distance * metre, Seconds: *c.Time, Road: true}
			}
		}
	}
	return rows, nil
}

func (h *valhalla) Route(ctx context.Context, v domain.Vehicle, from, to domain.Location) (Path, error) {
	var a valhallaAnswer
	err := h.ask(ctx, v, "/route", map[string]any{
		"locations": latLons([]domain.Location{from, to}), "costing": costing(v), "units": "kilometers", "directions_type": "none",
	}, &a)
	if err != nil || valhallaNoWay[a.ErrorCode] {
		return Path{}, err
	}
	if a.Trip == nil || a.Trip.Summary.Time == nil || a.Trip.Summary.Length == nil {
		return Path{}, errLie
	}
	metre, err := metres(a.Trip.Units)
	if err != nil {
		return Path{}, err
	}
	p := Path{Way: Way{Metres: *a.Trip.Summary.Length * metre, Seconds: *a.Trip.Summary.Time, Road: true}}
	for _, leg := range a.Trip.Legs {
		line, ok := unshape(leg.Shape)
		if !ok {
			return Path{}, errLie
		}
		p.Line = append(p.Line, line...)
	}
	if len(p.Line) == 0 || !onGlobe(p.Line) {
		return Path{}, errLie
	}
	return p, nil
}

func (h *valhalla) ask(ctx context.Context, v domain.Vehicle, path string, body map[string]any, into *valhallaAnswer) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	status, err := h.call(ctx, http.MethodPost, h.url(v, path, ""), raw, into)
	switch {
	case err != nil:
		return err
	case status == http.StatusOK && into.ErrorCode == 0, valhallaNoWay[into.ErrorCode]:
		return nil
	}
	return fmt.Errorf("the router answered %d, code %d", status, into.ErrorCode)
}

// metres are those of a unit that Valhalla names.
func metres(unit string) (float64, error) {
	switch unit {
	case "kilometers", "km", "":
		return 1000, nil
	case "miles", "mi":
		return 1609.344, nil
	}
	return 0, errLie
}

// unshape decodes a line of six digits, as Valhalla writes it: differences in
// groups of five bits, latitude first.
func unshape(s string) ([]domain.Location, bool) {
	var line []domain.Location
	var at [2]int64
	for i := 0; i < len(s); {
		for k := range at {
			var value int64
			for shift := 0; ; shift += 5 {
				if i >= len(s) || s[i] < 63 || shift > 40 {
					return nil, false
				}
				bits := int64(s[i] - 63)
				i++
				value |= bits & 0x1f << shift
				if bits < 0x20 {
					break
				}
			}
			if value&1 == 1 {
				value = ^value
			}
			at[k] += value >> 1
		}
		line = append(line, domain.Location{Lat: float64(at[0]) / 1e6, Lng: float64(at[1]) / 1e6})
	}
	return line, true
}
