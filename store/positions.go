package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"
	"strings"
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
	places := slices.SortedFunc(maps.Values(newest), func(a, b domain.Position) int { return strings.Compare(a.RiderID, b.RiderID) })
	return db.do(ctx, func(t *txn) error {
		t.repeatable = true
		if own, ok := t.d.statement(storePositions); ok {
			return t.saveBatches(ctx, own, fixes, places)
		}
		for _, f := range fixes {
			if _, err := t.run.exec(ctx, insertPosition, f.RiderID, f.At, f.Lat, f.Lng, deref(f.Accuracy), deref(f.Heading), deref(f.Speed), deref(f.Battery),
				f.RiderID, f.At); err != nil {
				return wrap("save position", t.retryDuplicate(err))
			}
		}
		for _, f := range places {
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

// positionBatch bounds what one statement stores: past some thousand rows SQL
// Server locks the whole table.
const positionBatch = 1000

// saveBatches hands whole batches to the engine as JSON: the fixes, and the
// newest of each rider. One round trip stores a batch.
func (t *txn) saveBatches(ctx context.Context, own string, fixes, places []domain.Position) error {
	// A statement doesn't see its own rows, so a fix that is there twice would
	// run into its twin. The order keeps two batches from locking crosswise.
	fixes = slices.SortedFunc(slices.Values(fixes), func(a, b domain.Position) int {
		return cmp.Or(strings.Compare(a.RiderID, b.RiderID), domain.At(a.At.Time).Compare(domain.At(b.At.Time).Time))
	})
	fixes = slices.CompactFunc(fixes, func(a, b domain.Position) bool {
		return a.RiderID == b.RiderID && domain.At(a.At.Time).Equal(domain.At(b.At.Time).Time)
	})
	for len(fixes) > 0 || len(places) > 0 {
		some, last := fixes[:min(positionBatch, len(fixes))], places[:min(positionBatch, len(places))]
		fixes, places = fixes[len(some):], places[len(last):]
		stored, err := positionsJSON(some)
		if err != nil {
			return err
		}
		newest, err := positionsJSON(last)
		if err != nil {
			return err
		}
		if _, err := t.run.exec(ctx, own, stored, newest); err != nil {
			return wrap("save positions", t.retryDuplicate(err))
		}
	}
	return nil
}

// positionsJSON is the fixes as rows for OPENJSON; the time without its zone, as
// datetime2 has none.
func positionsJSON(fixes []domain.Position) (string, error) {
	type row struct {
		Rider    string   `json:"r"`
		At       string   `json:"t"`
		Lat      float64  `json:"a"`
		Lng      float64  `json:"o"`
		Accuracy *float64 `json:"c,omitempty"`
		Heading  *float64 `json:"h,omitempty"`
		Speed    *float64 `json:"s,omitempty"`
		Battery  *float64 `json:"b,omitempty"`
	}
	rows := make([]row, len(fixes))
	for i, f := range fixes {
		rows[i] = row{f.RiderID, strings.TrimSuffix(f.At.String(), "Z"), f.Lat, f.Lng, f.Accuracy, f.Heading, f.Speed, f.Battery}
	}
	b, err := json.Marshal(rows)
	return string(b), wrap("encode positions", err)
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
