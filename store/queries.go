package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/brosops/bros/domain"
)

// queries is every SELECT of the store. The same ones serve the readers, a
// snapshot and a write transaction, by what they run on.
type queries struct {
	d   dialect
	run runner
	// turns are shared out among scans (nil: what runs here is short).
	turns *turns
	zones *zoneCache // nil: none is kept
}

// enter waits for a turn, where there are turns.
func (q queries) enter(ctx context.Context, patient bool) (leave func(), err error) {
	if q.turns == nil {
		return func() {}, nil
	}
	return q.turns.enter(ctx, patient)
}

// findOne reads the record that q asks for; NotFound when there is none.
func findOne[T any](ctx context.Context, q queries, kind string, cells func(*T) []any, query string, args ...any) (*T, error) {
	rows, err := q.run.query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", kind, err)
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return nil, fmt.Errorf("find %s: %w", kind, q.run.note(err))
		}
		return nil, domain.NotFound(kind)
	}
	v := new(T)
	if err := rows.Scan(cells(v)...); err != nil {
		return nil, fmt.Errorf("find %s: %w", kind, err)
	}
	return v, q.run.note(rows.Close())
}

// findAll reads the records that q asks for.
func findAll[T any](ctx context.Context, q queries, kind string, cells func(*T) []any, query string, args ...any) ([]T, error) {
	leave, err := q.enter(ctx, false)
	if err != nil {
		return nil, err
	}
	defer leave()
	return readAll(ctx, q, kind, cells, query, args...)
}

// readAll is findAll for who has a turn.
func readAll[T any](ctx context.Context, q queries, kind string, cells func(*T) []any, query string, args ...any) ([]T, error) {
	rows, err := q.run.query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", kind, err)
	}
	out, err := scanAll(rows, cells)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", kind, q.run.note(err))
	}
	return out, nil
}

// get reads one row into dst, a struct with db tags or a plain value; found
// tells whether there was one.
func (q queries) get(ctx context.Context, dst any, query string, args ...any) (found bool, err error) {
	rows, err := q.run.query(ctx, query, args...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	if !rows.Next() {
		return false, q.run.note(rows.Err())
	}
	switch dst := dst.(type) {
	case *int, *int64, *string:
		err = rows.Scan(dst)
	default:
		err = rows.StructScan(dst)
	}
	if err != nil {
		return false, err
	}
	return true, q.run.note(rows.Close())
}

// sel reads all rows into dst, a slice of structs with db tags.
func (q queries) sel(ctx context.Context, dst any, query string, args ...any) error {
	rows, err := q.run.query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	return q.run.note(sqlx.StructScan(rows, dst))
}

// isNotFound reports whether err is the domain's answer for a missing record.
func isNotFound(err error) bool {
	var e *domain.Error
	return errors.As(err, &e) && e.Code == domain.CodeNotFound
}

// nullTime is a column of time in a struct with db tags.
type nullTime struct{ domain.Time }

var _ sql.Scanner = (*nullTime)(nil)

// Scan reads any engine's form.
func (t *nullTime) Scan(v any) error { return at(&t.Time).Scan(v) }
