package domain

import (
	"context"
	"reflect"
)

const defaultPrep = 15 // minutes

// CreateShop adds a shop to a center (manager).
func (s *Service) CreateShop(ctx context.Context, tx Tx, a Actor, in NewShop) (*Shop, error) {
	if err := need(a, RoleManager); err != nil {
		return nil, err
	}
	if err := namedCenter(ctx, tx, a, in.CenterID); err != nil {
		return nil, err
	}
	shop, err := s.newShop(in)
	if err != nil {
		return nil, err
	}
	return shop, addShop(ctx, tx, a, shop)
}

func addShop(ctx context.Context, tx Tx, a Actor, shop *Shop) error {
	if err := tx.CreateShop(ctx, shop); err != nil {
		return err
	}
	return audit(ctx, tx, a, shop.CreatedAt, "shop", AuditCreate, []string{shop.CenterID}, nil, shop)
}

// newShop is the shop that in describes, and what is wrong with it.
func (s *Service) newShop(in NewShop) (*Shop, error) {
	now := s.now()
	shop := &Shop{
		ID:          NewID(),
		CenterID:    in.CenterID,
		Name:        in.Name,
		Phone:       in.Phone,
		Address:     in.Address,
		PrepMinutes: orInt(in.PrepMinutes, defaultPrep),
		Status:      or(in.Status, ShopOpen),
		BusyMinutes: orInt(in.BusyMinutes, 0),
		Hours:       in.Hours,
		ClosedDates: in.ClosedDates,
		Active:      true,
		CreatedAt:   now,
		Version:     1,
		ModifiedAt:  now,
	}
	var f form
	f.neededCenter(in.CenterID)
	f.neededLocation("location", in.Location)
	set(&shop.Location, in.Location)
	f.shop(shop)
	return shop, f.err()
}

// UpdateShop changes a shop (manager). What changes nothing is not written.
func (s *Service) UpdateShop(ctx context.Context, tx Tx, a Actor, id string, in ShopPatch) (*Shop, error) {
	if err := need(a, RoleManager); err != nil {
		return nil, err
	}
	shop, err := seenShop(ctx, tx, a, id)
	if err != nil {
		return nil, err
	}
	n := *shop
	set(&n.Name, in.Name)
	set(&n.Phone, in.Phone)
	set(&n.Address, in.Address)
	set(&n.Location, in.Location)
	set(&n.PrepMinutes, in.PrepMinutes)
	set(&n.Status, in.Status)
	set(&n.BusyMinutes, in.BusyMinutes)
	set(&n.Hours, in.Hours)
	set(&n.ClosedDates, in.ClosedDates)
	set(&n.Active, in.Active)
	var f form
	f.unchanged("centerId", in.CenterID, shop.CenterID)
	f.location("location", in.Location)
	f.shop(&n)
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := stale(in.Version, shop.Version, shop); err != nil {
		return nil, err
	}
	if sameShop(&n, shop) {
		return shop, nil
	}
	n.Version, n.ModifiedAt = shop.Version+1, s.now()
	if err := tx.UpdateShop(ctx, &n, shop.Version); err != nil {
		return nil, err
	}
	return &n, audit(ctx, tx, a, n.ModifiedAt, "shop", AuditChanged, []string{n.CenterID}, shop, &n)
}

// SetShopState opens a shop, closes it, or calls it busy (agent): those who
// answer the phone hear of it first. Everything else of a shop is set-up.
func (s *Service) SetShopState(ctx context.Context, tx Tx, a Actor, id string, in ShopState) (*Shop, error) {
	if err := need(a, RoleAgent); err != nil {
		return nil, err
	}
	shop, err := seenShop(ctx, tx, a, id)
	if err != nil {
		return nil, err
	}
	n := *shop
	n.Status = in.Status
	set(&n.BusyMinutes, in.BusyMinutes)
	var f form
	f.shop(&n)
	if err := f.err(); err != nil {
		return nil, err
	}
	if sameShop(&n, shop) {
		return shop, nil
	}
	n.Version, n.ModifiedAt = shop.Version+1, s.now()
	if err := tx.UpdateShop(ctx, &n, shop.Version); err != nil {
		return nil, err
	}
	return &n, audit(ctx, tx, a, n.ModifiedAt, "shop", AuditChanged, []string{n.CenterID}, shop, &n)
}

func (f *form) shop(s *Shop) {
	f.needed("name", &s.Name, maxName)
	f.phone("phone", &s.Phone)
	f.text("address", &s.Address, maxAddress)
	f.number("prepMinutes", int64(s.PrepMinutes), 0, maxPrep)
	oneOf(f, "status", s.Status, ShopOpen, ShopBusy, ShopClosed)
	f.number("busyMinutes", int64(s.BusyMinutes), 0, maxBusy)
	f.hours(s)
}

func sameShop(a, b *Shop) bool { return reflect.DeepEqual(a, b) }

// namedCenter checks a center that an input names; an empty name is a matter of form.
func namedCenter(ctx context.Context, tx Tx, a Actor, id string) error {
	if id == "" {
		return nil
	}
	_, err := seenCenter(ctx, tx, a, id)
	return err
}

func (f *form) neededCenter(id string) {
	if id == "" {
		f.bad("centerId", "is required")
	}
}
