package store

import (
	"context"

	"fmt"
	"sync"

	"github.com/brosops/bros/domain"
)

var zoneTable = table[domain.DeliveryZone]{
	name:    "zones",
	columns: []string{"id", "center_id", "name", "kind", "shop_ids", "area", "extra_minutes", "created_at", "version", "modified_at"},
	cells: func(z *domain.DeliveryZone) []any {
		return []any{&z.ID, &z.CenterID, &z.Name, (*string)(&z.Kind), laterCell[[]string]{v: &z.ShopIDs}, areaCell{&z.Area},
			&z.ExtraMinutes, at(&z.CreatedAt), &z.Version, at(&z.ModifiedAt)}
	},
	extra:  []string{"search"},
	extras: func(z *domain.DeliveryZone) []any { return []any{searchText(z.Name)} },
	fixed:  []string{"id", "center_id", "created_at"},
}

var (
	selectZones          = "SELECT " + zoneTable.list("") + " FROM zones"
	insertZone           = zoneTable.insert()
	updateZone, pickZone = zoneTable.update()
)

// areaCell reads an area without checking it again.
type areaCell struct{ v **domain.Area }

// Scan takes the text of a geometry.
func (c areaCell) Scan(v any) error {
	b, err := jsonText(v)
	if err != nil {
		return err
	}
	*c.v, err = domain.StoredArea(b)
	return err
}

func (c areaCell) json() jsonCell { return jsonCell{c.v} }

// zoneCache keeps the zones of centers by their revision: an order asks for them
// each time, and reading some thousand points takes longer than all else of it.
type zoneCache struct {
	mu   sync.Mutex
	sets map[string]zoneSet // by center
}

type zoneSet struct {
	revision string
	set      *domain.ZoneSet
}

func (c *zoneCache) get(centerID, revision string) *domain.ZoneSet {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.sets[centerID]; s.revision == revision {
		return s.set
	}
	return nil
}

func (c *zoneCache) put(centerID, revision string, set *domain.ZoneSet) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sets == nil {
		c.sets = map[string]zoneSet{}
	}
	c.sets[centerID] = zoneSet{revision, set}
}

// FindZone returns the zone with this id.
func (q queries) FindZone(ctx context.Context, id string) (*domain.DeliveryZone, error) {
	return findOne(ctx, q, "zone", zoneTable.cells, selectZones+" WHERE id = ?", id)
}

// ListZones returns the zones that fit, newest first.
func (q queries) ListZones(ctx context.Context, f domain.SetupFilter, p domain.Page) ([]domain.DeliveryZone, string, error) {
	w, none := setupWhere(q.d, f, "center_id")
	if none {
		return nil, "", nil
	}
	return listPage(ctx, q, "zones", selectZones, "created_at", zoneTable.cells,
		func(z *domain.DeliveryZone) (domain.Time, string) { return z.CreatedAt, z.ID }, w, p)
}

// ZonesOf returns the zones of a center, ready to be asked. The revision is read
// first: whoever reads the zones after it has at least those of it.
func (q queries) ZonesOf(ctx context.Context, centerID string) (*domain.ZoneSet, error) {
	var revision string
	found, err := q.get(ctx, &revision, "SELECT revision FROM zone_sets WHERE center_id = ?", centerID)
	if err != nil {
		return nil, wrap("read zones", err)
	}
	if !found {
		return domain.NewZoneSet(nil), nil
	}
	if set := q.zones.get(centerID, revision); set != nil {
		return set, nil
	}
	zones, err := readAll(ctx, q, "zones", zoneTable.cells, selectZones+" WHERE center_id = ? ORDER BY created_at, id", centerID)
	if err != nil {
		return nil, err
	}
	set := domain.NewZoneSet(zones)
	q.zones.put(centerID, revision, set)
	return set, nil
}

// CreateZone writes a new zone.
func (t *txn) CreateZone(ctx context.Context, z *domain.DeliveryZone) error {
	t.created(&z.CreatedAt)
	args, err := zoneTable.args(z)
	if err != nil {
		return fmt.Errorf("create zone: %w", err)
	}
	if _, err := t.run.exec(ctx, insertZone, args...); err != nil {
		return t.taken(err, "create zone", "this zone exists")
	}
	return t.reviseZones(ctx, z.CenterID)
}

// UpdateZone writes z if its stored version is prev.
func (t *txn) UpdateZone(ctx context.Context, z *domain.DeliveryZone, prev int64) error {
	args, err := zoneTable.args(z)
	if err != nil {
		return fmt.Errorf("update zone: %w", err)
	}
	if err := t.conditional(ctx, "update zone", updateZone, pickZone(args, z.ID, prev)); err != nil {
		return err
	}
	return t.reviseZones(ctx, z.CenterID)
}

// DeleteZone removes a zone.
func (t *txn) DeleteZone(ctx context.Context, z *domain.DeliveryZone) error {
	if err := t.delete(ctx, "zone", "DELETE FROM zones WHERE id = ?", z.ID); err != nil {
		return err
	}
	return t.reviseZones(ctx, z.CenterID)
}

// reviseZones gives a center's zones a revision that there has never been, also
// of a transaction that comes to nothing after others of its group have read it.
func (t *txn) reviseZones(ctx context.Context, centerID string) error {
	revision := domain.NewID()
	n, err := t.run.exec(ctx, "UPDATE zone_sets SET revision = ? WHERE center_id = ?", revision, centerID)
	if err != nil || n > 0 {
		return wrap("revise zones", err)
	}
	_, err = t.run.exec(ctx, "INSERT INTO zone_sets (center_id, revision) VALUES (?, ?)", centerID, revision)
	if t.d.class(err) == classDuplicate {
		return errAgain
	}
	return wrap("revise zones", err)
}
