package places

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/domain/address"
)

// nameOf is the text of a name, read once in a search.
func (s *search) nameOf(ctx context.Context, id int64) (string, error) {
	if id == 0 {
		return "", nil
	}
	if t, ok := s.names[id]; ok {
		return t, nil
	}
	var t string
	err := s.o.db.QueryRowContext(ctx, "SELECT text FROM name WHERE id = ?", id).Scan(&t)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", err
	}
	s.names[id] = t
	return t, nil
}

// item is a door as it is answered, and the texts that words may fit.
func (s *search) item(ctx context.Context, region int, d doorRow, rest string) (domain.FoundAddress, []string, error) {
	r := &s.o.regions[region]
	dong, err := s.nameOf(ctx, d.dong)
	if err != nil {
		return domain.FoundAddress{}, nil, err
	}
	building, err := s.nameOf(ctx, d.building)
	if err != nil {
		return domain.FoundAddress{}, nil, err
	}
	under, main, sub := numberOf(d.num)
	road := d.roadText + " " + address.Number{Under: under, Main: main, Sub: sub}.String()
	a := domain.FoundAddress{
		Road: join(r.sido, r.sigungu, d.town, road), Building: building, Postcode: d.post, Rest: rest,
		Source: domain.SourceIndex, Exact: domain.ExactEntrance,
	}
	a.Label, a.Short = a.Road, road
	switch {
	case building != "" && dong != "" && d.town == "":
		a.Label += " (" + dong + ", " + building + ")"
	case building != "":
		a.Label += " (" + building + ")"
	case dong != "" && d.town == "":
		a.Label += " (" + dong + ")"
	}
	if building != "" {
		a.Short += " (" + building + ")"
	}
	if d.lot != 0 && dong != "" {
		hill, main, sub := numberOf(d.lot)
		a.Lot = join(r.sido, r.sigungu, dong, address.Number{Mountain: hill, Main: main, Sub: sub}.String())
	}
	switch {
	case d.lat != nil && d.lng != nil:
		l := locationOf(*d.lat, *d.lng)
		a.Location = &l
		if d.exact != exactEntrance {
			a.Exact = domain.ExactBuilding
		}
	default:
		a.Exact = domain.ExactStreet
		if a.Location, err = s.beside(ctx, d.road, d.num); err != nil {
			return a, nil, err
		}
	}
	return a, []string{d.roadText, dong, building, d.town, d.detail}, nil
}

// beside is the place of the nearest door of the road whose place is known.
func (s *search) beside(ctx context.Context, road, num int64) (*domain.Location, error) {
	var lat, lng int64
	err := s.o.db.QueryRowContext(ctx, "SELECT lat, lng FROM door WHERE road = ? AND lat IS NOT NULL ORDER BY ABS(num - ?) LIMIT 1", road, num).Scan(&lat, &lng)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	l := locationOf(lat, lng)
	return &l, nil
}

// nameItem answers a road or a dong as a whole: no number was typed yet.
func (s *search) nameItem(ctx context.Context, h hit, kind byte, q address.Query, words []address.Pattern, all uint, base int) ([]scored, error) {
	id := int64(s.o.ids[h.name])
	var text, town string
	var lat, lng sql.NullInt64
	if err := s.o.db.QueryRowContext(ctx, "SELECT text, town, lat, lng FROM name WHERE id = ?", id).Scan(&text, &town, &lat, &lng); err != nil {
		return nil, fmt.Errorf("name %d: %w", id, err)
	}
	r := &s.o.regions[h.region]
	a := domain.FoundAddress{Label: join(r.sido, r.sigungu, town, text), Short: text, Exact: domain.ExactArea, Rest: q.Rest, Source: domain.SourceIndex}
	if kind == kindRoad {
		a.Road, a.Exact = a.Label, domain.ExactStreet
	} else {
		a.Lot = a.Label
	}
	if lat.Valid && lng.Valid {
		l := locationOf(lat.Int64, lng.Int64)
		a.Location = &l
	}
	score := base - uncovered*s.uncovered(words, all&^h.words, []string{text, town})
	if kind == kindDong {
		score -= 10
	}
	return []scored{{a, score, "name/" + strconv.FormatInt(id, 10)}}, nil
}

// regionItem answers a city's part as a whole.
func (s *search) regionItem(h hit, base int, rest string) scored {
	r := &s.o.regions[h.region]
	l := r.place
	a := domain.FoundAddress{Label: join(r.sido, r.sigungu), Short: r.sigungu, Location: &l, Exact: domain.ExactArea, Rest: rest, Source: domain.SourceIndex}
	return scored{a, base - 20, "region/" + strconv.FormatInt(r.id, 10)}
}
