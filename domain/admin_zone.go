package domain

import (
	"context"
	"slices"
)

// CreateZone adds a zone to a center (manager).
func (s *Service) CreateZone(ctx context.Context, tx Tx, a Actor, in NewZone) (*DeliveryZone, error) {
	if err := need(a, RoleManager); err != nil {
		return nil, err
	}
	if err := namedCenter(ctx, tx, a, in.CenterID); err != nil {
		return nil, err
	}
	z := s.newZone(in)
	var f form
	f.neededCenter(in.CenterID)
	f.zone(z)
	if err := f.zoneShops(ctx, tx, z); err != nil {
		return nil, err
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	there, err := tx.ZonesOf(ctx, in.CenterID)
	if err != nil {
		return nil, err
	}
	if there.Len() >= MaxZones {
		return nil, Errorf(CodeConflict, "the center has %d zones already", there.Len())
	}
	return z, addZone(ctx, tx, a, z)
}

func (s *Service) newZone(in NewZone) *DeliveryZone {
	now := s.now()
	return &DeliveryZone{
		ID: NewID(), CenterID: in.CenterID, Name: in.Name, Kind: in.Kind, ShopIDs: in.ShopIDs, Area: in.Area,
		ExtraMinutes: orInt(in.ExtraMinutes, 0), CreatedAt: now, Version: 1, ModifiedAt: now,
	}
}

func addZone(ctx context.Context, tx Tx, a Actor, z *DeliveryZone) error {
	if err := tx.CreateZone(ctx, z); err != nil {
		return err
	}
	return auditZone(ctx, tx, a, z.CreatedAt, AuditCreate, nil, z)
}

// auditZone says of an area only that it is another: nobody reads its points.
func auditZone(ctx context.Context, tx Tx, a Actor, at Time, event string, was, is *DeliveryZone) error {
	e := AuditOf(a, at, "zone", is.ID, "zone:"+event)
	e.CenterID = is.CenterID
	if was == nil {
		e.Changes = changed(nil, is)
	} else {
		e.Changes = changed(was, is)
	}
	for i, c := range e.Changes {
		if c.Field == "area" {
			e.Changes[i] = AuditChange{Field: c.Field}
		}
	}
	return tx.Audit(ctx, e)
}

// UpdateZone changes a zone (manager). What changes nothing is not written.
func (s *Service) UpdateZone(ctx context.Context, tx Tx, a Actor, id string, in ZonePatch) (*DeliveryZone, error) {
	if err := need(a, RoleManager); err != nil {
		return nil, err
	}
	z, err := seenZone(ctx, tx, a, id)
	if err != nil {
		return nil, err
	}
	var f form
	f.unchanged("centerId", in.CenterID, z.CenterID)
	n := *z
	in.apply(&n)
	f.zone(&n)
	if err := f.zoneShops(ctx, tx, &n); err != nil {
		return nil, err
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := stale(in.Version, z.Version, z); err != nil {
		return nil, err
	}
	return s.saveZone(ctx, tx, a, z, &n)
}

// saveZone writes what differs.
func (s *Service) saveZone(ctx context.Context, tx Tx, a Actor, z, n *DeliveryZone) (*DeliveryZone, error) {
	if n.Name == z.Name && n.Kind == z.Kind && n.ExtraMinutes == z.ExtraMinutes &&
		slices.Equal(n.ShopIDs, z.ShopIDs) && n.Area.Equal(*z.Area) {
		return z, nil
	}
	n.Version, n.ModifiedAt = z.Version+1, s.now()
	if err := tx.UpdateZone(ctx, n, z.Version); err != nil {
		return nil, err
	}
	return n, auditZone(ctx, tx, a, n.ModifiedAt, AuditChanged, z, n)
}

// DeleteZone removes a zone (manager).
func (s *Service) DeleteZone(ctx context.Context, tx Tx, a Actor, id string) (*DeliveryZone, error) {
	if err := need(a, RoleManager); err != nil {
		return nil, err
	}
	z, err := seenZone(ctx, tx, a, id)
	if err != nil {
		return nil, err
	}
	if err := tx.DeleteZone(ctx, z); err != nil {
		return nil, err
	}
	return z, audit(ctx, tx, a, s.now(), "zone", AuditDelete, []string{z.CenterID}, z, nil)
}

func seenZone(ctx context.Context, tx Tx, a Actor, id string) (*DeliveryZone, error) {
	z, err := tx.FindZone(ctx, id)
	if err == nil && !a.Sees(z.CenterID) {
		return nil, NotFound("zone")
	}
	return z, err
}

func (in *ZonePatch) apply(z *DeliveryZone) {
	set(&z.Name, in.Name)
	set(&z.Kind, in.Kind)
	in.ShopIDs.to(&z.ShopIDs)
	if in.Area != nil {
		z.Area = in.Area
	}
	in.ExtraMinutes.to(&z.ExtraMinutes)
}

func (f *form) zone(z *DeliveryZone) {
	f.needed("name", &z.Name, maxName)
	oneOf(f, "kind", z.Kind, ZoneServe, ZoneRefuse)
	f.area(z.Area)
	f.number("extraMinutes", int64(z.ExtraMinutes), 0, maxExtra)
	z.ShopIDs = slices.Compact(slices.Sorted(slices.Values(z.ShopIDs)))
	if len(z.ShopIDs) > maxBulk {
		f.bad("shopIds", "must be at most %d", maxBulk)
	}
}

// zoneShops asks whether the shops of a zone are of its center.
func (f *form) zoneShops(ctx context.Context, tx Tx, z *DeliveryZone) error {
	if len(z.ShopIDs) > maxBulk || z.CenterID == "" {
		return nil
	}
	for _, id := range z.ShopIDs {
		shop, err := tx.FindShop(ctx, id)
		if err != nil && !isNotFound(err) {
			return err
		}
		if err != nil || shop.CenterID != z.CenterID {
			f.bad("shopIds", "is no shop of this center")
			return nil
		}
	}
	return nil
}

// zonesAt is what the center's zones say of a door.
func zonesAt(ctx context.Context, tx Tx, centerID, shopID string, door *Location) (ZoneAnswer, error) {
	if door == nil {
		return ZoneAnswer{Allowed: true}, nil
	}
	set, err := tx.ZonesOf(ctx, centerID)
	if err != nil {
		return ZoneAnswer{}, err
	}
	return set.At(shopID, door), nil
}
