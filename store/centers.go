package store

import (
	"context"
	"fmt"

	"github.com/brosops/bros/domain"
)

var centerTable = table[domain.Center]{
	name: "centers",
	columns: []string{"id", "code", "name", "lat", "lng", "timezone", "currency", "assign_mode",
		"speed_kmh", "service_minutes", "rules", "active", "created_at", "version", "modified_at", "day_starts_at"},
	cells: func(c *domain.Center) []any {
		return []any{&c.ID, &c.Code, &c.Name, &c.Location.Lat, &c.Location.Lng, &c.Timezone, &c.Currency, (*string)(&c.AssignMode),
			&c.SpeedKmh, &c.ServiceMinutes, laterCell[domain.CenterRules]{&c.CenterRules, domain.DefaultRules}, &c.Active, at(&c.CreatedAt), &c.Version, at(&c.ModifiedAt), &c.DayStartsAt}
	},
	extra:  []string{"search"},
	extras: func(c *domain.Center) []any { return []any{searchText(c.Name, c.Code)} },
	fixed:  []string{"id", "created_at"},
}

var (
	selectCenters                           = "SELECT " + centerTable.list("") + " FROM centers"
	insertCenter                            = centerTable.insert()
	updateCenter, pickCenter                = centerTable.update()
	_                        domain.Centers = (*txn)(nil)
)

// FindCenter answers the center with this id.
func (q queries) FindCenter(ctx context.Context, id string) (*domain.Center, error) {
	return findOne(ctx, q, "center", centerTable.cells, selectCenters+" WHERE id = ?", id)
}

// ListCenters answers the centers that fit, newest first.
func (q queries) ListCenters(ctx context.Context, f domain.SetupFilter, p domain.Page) ([]domain.Center, string, error) {
	w, none := setupWhere(q.d, f, "id")
	if none {
		return nil, "", nil
	}
	return listPage(ctx, q, "centers", selectCenters, "created_at", centerTable.cells,
		func(c *domain.Center) (domain.Time, string) { return c.CreatedAt, c.ID }, w, p)
}

// CreateCenter writes a new center with an empty log.
func (t *txn) CreateCenter(ctx context.Context, c *domain.Center) error {
	t.created(&c.CreatedAt)
	args, err := centerTable.args(c)
	if err != nil {
		return fmt.Errorf("create center: %w", err)
	}
	if _, err := t.run.exec(ctx, insertCenter, args...); err != nil {
		return t.taken(err, "create center", "this code is taken")
	}
	_, err = t.run.exec(ctx, "INSERT INTO heads (center_id, seq, chat_seq, log_floor) VALUES (?, 0, 0, 0)", c.ID)
	if err != nil {
		return wrap("create center", err)
	}
	return t.followedByAll(ctx, c.ID)
}

// setupWhere is the conditions of a set-up list; none: nothing can fit.
func setupWhere(d dialect, f domain.SetupFilter, centerColumn string) (w where, none bool) {
	if f.CenterIDs != nil {
		if len(f.CenterIDs) == 0 {
			return w, true
		}
		w.in(centerColumn, f.CenterIDs)
	}
	w.search(d, f.Query)
	return w, false
}
