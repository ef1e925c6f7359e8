package store

import (
	"context"
	"fmt"

	"github.com/brosops/bros/domain"
)

var shopTable = table[domain.Shop]{
	name: "shops",
	columns: []string{"id", "center_id", "name", "phone", "address", "lat", "lng", "prep_minutes",
		"status", "busy_minutes", "hours", "closed_dates", "active", "created_at", "version", "modified_at"},
	cells: func(s *domain.Shop) []any {
		return []any{&s.ID, &s.CenterID, &s.Name, &s.Phone, &s.Address, &s.Location.Lat, &s.Location.Lng, &s.PrepMinutes,
			(*string)(&s.Status), &s.BusyMinutes, laterCell[[]domain.Hours]{v: &s.Hours}, laterCell[[]string]{v: &s.ClosedDates}, &s.Active, at(&s.CreatedAt), &s.Version, at(&s.ModifiedAt)}
	},
	extra:  []string{"search"},
	extras: func(s *domain.Shop) []any { return []any{searchText(s.Name, s.Phone, s.Address)} },
	fixed:  []string{"id", "center_id", "created_at"},
}

var (
	selectShops          = "SELECT " + shopTable.list("") + " FROM shops"
	insertShop           = shopTable.insert()
	updateShop, pickShop = shopTable.update()
)

// FindShop answers the shop with this id.
func (q queries) FindShop(ctx context.Context, id string) (*domain.Shop, error) {
	return findOne(ctx, q, "shop", shopTable.cells, selectShops+" WHERE id = ?", id)
}

// ListShops answers the shops that fit, newest first.
func (q queries) ListShops(ctx context.Context, f domain.SetupFilter, p domain.Page) ([]domain.Shop, string, error) {
	w, none := setupWhere(q.d, f, "center_id")
	if none {
		return nil, "", nil
	}
	return listPage(ctx, q, "shops", selectShops, "created_at", shopTable.cells,
		func(s *domain.Shop) (domain.Time, string) { return s.CreatedAt, s.ID }, w, p)
}

// CreateShop writes a new shop.
func (t *txn) CreateShop(ctx context.Context, s *domain.Shop) error {
	t.created(&s.CreatedAt)
	args, err := shopTable.args(s)
	if err != nil {
		return fmt.Errorf("create shop: %w", err)
	}
	_, err = t.run.exec(ctx, insertShop, args...)
	return t.taken(err, "create shop", "this shop exists")
}

// UpdateShop writes s if its stored version is prev.
func (t *txn) UpdateShop(ctx context.Context, s *domain.Shop, prev int64) error {
	args, err := shopTable.args(s)
	if err != nil {
		return fmt.Errorf("update shop: %w", err)
	}
	return t.conditional(ctx, "update shop", updateShop, pickShop(args, s.ID, prev))
}
