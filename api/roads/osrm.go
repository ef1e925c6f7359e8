package roads

import (
	"context"
	"fmt"
	"net/http"

	"github.com/brosops/bros/domain"
)

// osrm speaks OSRM's HTTP API, v1.
type osrm struct{ client }

// MostPairs is what osrm-routed answers unless --max-table-size says otherwise.
func (*osrm) MostPairs() int { return 100 * 100 }

type osrmAnswer struct {
	Code      string
	Durations [][]*float64
	Distances [][]*float64
	Routes    []struct {
		Distance, Duration *float64
		Geometry           struct {
			Type        string
			Coordinates [][]float64
		}
	}
}

func (o *osrm) Table(ctx context.Context, v domain.Vehicle, from, to []domain.Location) ([][]Way, error) {
	coordinates := coordinates(from, to)
	query := "annotations=duration,distance&sources=" + numbers(0, len(from)) + "&destinations=" + numbers(len(from), len(to))
	var a osrmAnswer
	if err := o.ask(ctx, o.url(v, "/table/v1/"+profile(v)+"/"+coordinates, query), &a); err != nil {
		return nil, err
	}
	if len(a.Durations) != len(from) || len(a.Distances) != len(from) {
		return nil, errLie
	}
	rows := make([][]Way, len(from))
	for i := range rows {
		if len(a.Durations[i]) != len(to) || len(a.Distances[i]) != len(to) {
			return nil, errLie
		}
		rows[i] = make([]Way, len(to))
		for j := range rows[i] {
			if d, m := a.Durations[i][j], a.Distances[i][j]; d != nil && m != nil {
				rows[i][j] = Way{Metres: *m, Seconds: *d, Road: true}
			}
		}
	}
	return rows, nil
}

func (o *osrm) Route(ctx context.Context, v domain.Vehicle, from, to domain.Location) (Path, error) {
	at := o.url(v, "/route/v1/"+profile(v)+"/"+coordinates([]domain.Location{from, to}), "overview=full&geometries=geojson")
	var a osrmAnswer
	if err := o.ask(ctx, at, &a); err != nil {
		return Path{}, err
	}
	if len(a.Routes) == 0 { // NoRoute, NoSegment
		return Path{}, nil
	}
	r := a.Routes[0]
	if r.Distance == nil || r.Duration == nil || r.Geometry.Type != "LineString" {
		return Path{}, errLie
	}
	p := Path{Way: Way{Metres: *r.Distance, Seconds: *r.Duration, Road: true}}
	for _, c := range r.Geometry.Coordinates {
		if len(c) < 2 {
			return Path{}, errLie
		}
		p.Line = append(p.Line, domain.Location{Lat: c[1], Lng: c[0]})
	}
	if len(p.Line) == 0 || !onGlobe(p.Line) {
		return Path{}, errLie
	}
	return p, nil
}

// ask reads an answer; that there is no way is one, too.
func (o *osrm) ask(ctx context.Context, at string, into *osrmAnswer) error {
	status, err := o.call(ctx, http.MethodGet, at, nil, into)
	switch {
	case err != nil:
		return err
	case into.Code == "Ok" && status == http.StatusOK, into.Code == "NoRoute", into.Code == "NoSegment" && into.Durations == nil:
		return nil
	}
	return fmt.Errorf("the router answered %d, %.40q", status, into.Code)
}

// coordinates are places as a path has them: longitude first.
func coordinates(lists ...[]domain.Location) string {
	var b []byte
	for _, list := range lists {
		for _, l := range list {
			if len(b) > 0 {
				b = append(b, ';')
			}
			b = append(degrees(b, l.Lng), ',')
			b = degrees(b, l.Lat)
		}
	}
	return string(b)
}

func numbers(first, n int) string {
	var b []byte
	for i := range n {
		if i > 0 {
			b = append(b, "%3B"...) // a bare ; ends a pair to some readers of queries
		}
		b = fmt.Append(b, first+i)
	}
	return string(b)
}
