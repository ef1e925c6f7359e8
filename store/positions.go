package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/brosops/bros/domain"
)

const positionColumns = "last_positions.at, last_positions.lat, last_positions.lng, last_positions.accuracy, " +
	"last_positions.heading, last_positions.speed, last_positions.battery"

const (
	insertPosition = "INSERT INTO positions (rider_id, at, lat, lng, accuracy, heading, speed, battery) " +
		"SELECT ?, ?, ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM positions WHERE rider_id = ? AND at = ?)"
	updateLast = "UPDATE last_positions SET at = ?, lat = ?, lng = ?, accuracy = ?, heading = ?, speed = ?, battery = ? " +
		"WHERE rider_id = ? AND at < ?"
	insertLast = "INSERT INTO last_positions (at, lat, lng, accuracy, heading, speed, battery, rider_id) " +
		"SELECT ?, ?, ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM last_positions WHERE rider_id = ?)"
)

func positionCells(p *domain.Position) []any {
	return []any{&p.RiderID, at(&p.At), &p.Lat, &p.Lng, &p.Accuracy, &p.Heading, &p.Speed, &p.Battery}
}

// placeRow is a position that may be missing.
type placeRow struct {
	at       domain.Time
	lat, lng *float64
	rest     domain.Position
}

func (r *placeRow) cells() []any {
	return []any{at(&r.at), &r.lat, &r.lng, &r.rest.Accuracy, &r.rest.Heading, &r.rest.Speed, &r.rest.Battery}
}

func (r *placeRow) position(riderID string) *domain.Position {
	if r.lat == nil || r.lng == nil {
		return nil
	}
	p := r.rest
	p.RiderID, p.At, p.Lat, p.Lng = riderID, r.at, *r.lat, *r.lng
	return &p
}

// SavePositions stores each fix once (rider and time are its key) and moves a
// rider's newest place forward, never back. It returns when they are durable.
func (db *DB) SavePositions(ctx context.Context, fixes []domain.Position) error {
	if len(fixes) == 0 {
		return nil
	}
	newest := map[string]domain.Position{}
	for _, f := range fixes {
		if last, ok := newest[f.RiderID]; !ok || f.At.After(last.At.Time) {
			newest[f.RiderID] = f
		}
	}
	return db.do(ctx, func(t *txn) error {
		for _, f := range fixes {
			if _, err := t.run.exec(ctx, insertPosition, f.RiderID, f.At, f.Lat, f.Lng, deref(f.Accuracy), deref(f.Heading), deref(f.Speed), deref(f.Battery),
				f.RiderID, f.At); err != nil {
				return wrap("save position", t.retryDuplicate(err))
			}
		}
		for _, f := range newest {
			place := []any{f.At, f.Lat, f.Lng, deref(f.Accuracy), deref(f.Heading), deref(f.Speed), deref(f.Battery), f.RiderID}
			hit, err := t.run.exec(ctx, updateLast, append(place[:8:8], f.At)...)
			if err == nil && hit == 0 {
				_, err = t.run.exec(ctx, insertLast, append(place[:8:8], f.RiderID)...)
			}
			if err != nil {
				return wrap("save newest position", t.retryDuplicate(err))
			}
		}
		return nil
	})
}

// retryDuplicate has a lost race for a key run again.
func (t *txn) retryDuplicate(err error) error {
	if t.d.class(err) == classDuplicate {
		return errAgain
	}
	return err
}

func deref(v *float64) any {
	if v == nil {
		return sql.NullFloat64{}
	}
	return *v
}

// LastPosition answers a rider's newest place, nil when there is none yet.
func (q queries) LastPosition(ctx context.Context, riderID string) (*domain.Position, error) {
	p, err := findOne(ctx, q, "position", positionCells,
		"SELECT last_positions.rider_id, "+positionColumns+" FROM last_positions WHERE rider_id = ?", riderID)
	if isNotFound(err) {
		return nil, nil
	}
	return p, err
}

// Track calls fn for each fix of a rider in [from, to], oldest first. It reads
// page by page, so that no reader is held while fn waits for a slow client.
func (q queries) Track(ctx context.Context, riderID string, from, to time.Time, fn func(domain.Position) error) error {
	const size = 1000
	query := "SELECT rider_id, at, lat, lng, accuracy, heading, speed, battery FROM positions " +
		"WHERE rider_id = ? AND at >= ? AND at <= ? ORDER BY at " + q.d.page()
	for {
		page, err := findAll(ctx, q, "positions", positionCells, query, riderID, from, to, size)
		if err != nil {
			return err
		}
		for _, p := range page {
			if err := fn(p); err != nil {
				return err
			}
		}
		if len(page) < size {
			return nil
		}
		from = page[len(page)-1].At.Time.Add(time.Millisecond)
	}
}
