package store

import (
	"context"

	"github.com/brosops/bros/domain"
)

// PinnedDoors answers the doors of a center's newest orders, newest first, as far
// as they have a place. It reads no more of the customers than that.
func (q queries) PinnedDoors(ctx context.Context, centerID string, limit int) ([]domain.PinnedDoor, error) {
	type row struct {
		key      string
		customer domain.Customer
		at       domain.Time
	}
	rows, err := findAll(ctx, q, "orders", func(r *row) []any { return []any{&r.key, jsonCell{&r.customer}, at(&r.at)} },
		"SELECT key_id, customer, created_at FROM orders WHERE center_id = ? ORDER BY created_at DESC, id DESC "+q.d.page(), centerID, limit)
	if err != nil {
		return nil, err
	}
	out := make([]domain.PinnedDoor, 0, len(rows))
	for i := range rows {
		c := &rows[i].customer
		if c.Location != nil && c.Address != "" {
			out = append(out, domain.PinnedDoor{Address: c.Address, Location: *c.Location, KeyID: rows[i].key, At: rows[i].at})
		}
	}
	return out, nil
}
