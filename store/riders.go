package store

import (
	"context"
	"strings"

	"github.com/brosops/bros/domain"
)

var riderTable = table[domain.Rider]{
	name: "riders",
	columns: []string{"id", "center_id", "name", "phone", "vehicle", "capacity", "duty", "active",
		"created_at", "version", "modified_at"},
	cells: func(r *domain.Rider) []any {
		return []any{&r.ID, &r.CenterID, &r.Name, &r.Phone, (*string)(&r.Vehicle), &r.Capacity, (*string)(&r.Duty), &r.Active,
			at(&r.CreatedAt), &r.Version, at(&r.ModifiedAt)}
	},
	extra:  []string{"search"},
	extras: func(r *domain.Rider) []any { return []any{searchText(r.Name, r.Phone)} },
	fixed:  []string{"id", "center_id", "created_at"},
}

// inHand is what a rider has to do; the first condition is that of the index.
var inHand = "finished_at IS NULL AND status IN (" + quoted(domain.InHandStatuses) + ")"

// quoted is a set of words of the domain's own as a list of SQL texts.
func quoted[T ~string](words []T) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = "'" + string(w) + "'"
	}
	return strings.Join(texts, ", ")
}

var (
	selectRiders           = "SELECT " + riderTable.list("") + " FROM riders"
	insertRider            = riderTable.insert()
	updateRider, pickRider = riderTable.update()

	selectRiderViews = riderViewsWith("(SELECT COUNT(*) FROM deliveries d WHERE d.rider_id = riders.id AND " + inHand + ")")
	selectOnDuty     = riderViewsWith("0")
)

// No column of the two tables has the name of another's.
func riderViewsWith(load string) string {
	return "SELECT " + riderTable.list("") + ", " + load + " AS open_count, " + positionColumns +
		" FROM riders LEFT JOIN last_positions ON last_positions.rider_id = riders.id"
}

// riderRow is a RiderView as it is read: the place may be missing.
type riderRow struct {
	domain.RiderView
	place placeRow
}

func riderCells(r *riderRow) []any {
	return append(append(riderTable.cells(&r.Rider), &r.Load), r.place.cells()...)
}

func riderViews(rows []riderRow) []domain.RiderView {
	out := make([]domain.RiderView, len(rows))
	for i := range rows {
		out[i] = rows[i].RiderView
		out[i].Position = rows[i].place.position(out[i].ID)
	}
	return out
}

// FindRider answers the rider with this id.
func (q queries) FindRider(ctx context.Context, id string) (*domain.Rider, error) {
	return findOne(ctx, q, "rider", riderTable.cells, selectRiders+" WHERE id = ?", id)
}

// OpenDeliveries counts what a rider has in hand (assigned and pickup).
func (q queries) OpenDeliveries(ctx context.Context, riderID string) (int, error) {
	var n int
	_, err := q.get(ctx, &n, "SELECT COUNT(*) FROM deliveries WHERE rider_id = ? AND "+inHand, riderID)
	return n, wrap("count open deliveries", err)
}

// FindRiderView answers a rider with load and newest position.
func (q queries) FindRiderView(ctx context.Context, id string) (*domain.RiderView, error) {
	row, err := findOne(ctx, q, "rider", riderCells, selectRiderViews+" WHERE id = ?", id)
	if err != nil {
		return nil, err
	}
	return &riderViews([]riderRow{*row})[0], nil
}

// ListRiders answers the riders that fit with load and position, newest first.
func (q queries) ListRiders(ctx context.Context, f domain.SetupFilter, p domain.Page) ([]domain.RiderView, string, error) {
	w, none := setupWhere(q.d, f, "center_id")
	if none {
		return nil, "", nil
	}
	rows, next, err := listPage(ctx, q, "riders", selectRiderViews, "created_at", riderCells,
		func(r *riderRow) (domain.Time, string) { return r.CreatedAt, r.ID }, w, p)
	return riderViews(rows), next, err
}

// OnDuty answers a center's riders on duty with their newest position. Their load is left 0: who
// plans counts it from ErrandsInHand, so that both agree.
func (q queries) OnDuty(ctx context.Context, centerID string) ([]domain.RiderView, error) {
	rows, err := findAll(ctx, q, "riders", riderCells,
		selectOnDuty+" WHERE center_id = ? AND duty = 'on' AND active = ? ORDER BY created_at, id", centerID, true)
	return riderViews(rows), err
}
