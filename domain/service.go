package domain

import (
	"context"
	"errors"
	"time"
)

// Service is the use cases. Each method runs inside one write transaction,
// makes all its checks first and then appends once, so that a refusal changes
// nothing. It keeps no state: one value serves all callers.
//
// Every use case checks in the same order: role (forbidden), existence and
// center (not_found), form (validation), version (conflict), state
// (illegal_transition).
type Service struct {
	// Now is the clock (nil: time.Now).
	Now func() time.Time
	// PublicURL is the origin that tracking links begin with; empty: links are paths.
	PublicURL string
	// Ways is the seconds that a motorcycle rides between two places, as far as it
	// is known by road. It asks nobody: it is called in transactions. Nil: there is
	// no router, and a promise counts the straight line.
	Ways func(from, to Location) (seconds float64, ok bool)
	// MaxPushes is how many push subscriptions a user may have (0: any number).
	MaxPushes int
}

func (s *Service) now() Time {
	if s.Now == nil {
		return At(time.Now())
	}
	return At(s.Now())
}

// need asks for a role or one above it.
func need(a Actor, r Role) error {
	if !a.Role.AtLeast(r) {
		return Errorf(CodeForbidden, "this needs the role %s", r)
	}
	return nil
}

// needOr asks for a role, or for an API key with the scope.
func needOr(a Actor, r Role, s Scope) error {
	if a.Role == RoleKey {
		if !a.Has(s) {
			return Errorf(CodeForbidden, "this needs the scope %s", s)
		}
		return nil
	}
	return need(a, r)
}

// isNotFound reports whether err is a NotFound.
func isNotFound(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == CodeNotFound
}

// stale compares a version that the caller may have sent with the record's.
func stale(sent *int64, is int64, current any) error {
	if sent == nil || *sent == is {
		return nil
	}
	return &Error{Code: CodeConflict, Detail: "the record has changed meanwhile", Current: current}
}

func seenCenter(ctx context.Context, tx Tx, a Actor, id string) (*Center, error) {
	if !a.Sees(id) {
		return nil, NotFound("center")
	}
	return tx.FindCenter(ctx, id)
}

func seenShop(ctx context.Context, tx Tx, a Actor, id string) (*Shop, error) {
	shop, err := tx.FindShop(ctx, id)
	if err != nil {
		return nil, err
	}
	if !a.Sees(shop.CenterID) {
		return nil, NotFound("shop")
	}
	return shop, nil
}

func seenRider(ctx context.Context, tx Tx, a Actor, id string) (*Rider, error) {
	r, err := tx.FindRider(ctx, id)
	if err != nil {
		return nil, err
	}
	if !a.Sees(r.CenterID) || a.Role == RoleRider && a.RiderID != id {
		return nil, NotFound("rider")
	}
	return r, nil
}

func seenOrder(ctx context.Context, tx Tx, a Actor, id string) (*Order, error) {
	o, err := tx.FindOrder(ctx, id)
	if err != nil {
		return nil, err
	}
	if !a.SeesOrder(o) {
		return nil, NotFound("order")
	}
	return o, nil
}

// changedOrder is an order that the actor may change: of a key, only its own.
func changedOrder(ctx context.Context, tx Tx, a Actor, id string) (*Order, error) {
	o, err := seenOrder(ctx, tx, a, id)
	if err == nil && a.Role == RoleKey && o.KeyID != a.UserID {
		return nil, Errorf(CodeForbidden, "a key changes only the orders that it placed")
	}
	return o, err
}

// seenDelivery is a delivery in the actor's centers; a rider's own one.
func seenDelivery(ctx context.Context, tx Tx, a Actor, id string) (*Delivery, error) {
	d, err := tx.FindDelivery(ctx, id)
	if err != nil {
		return nil, err
	}
	if a.Role == RoleRider {
		if !own(d, a) {
			return nil, NotFound("delivery")
		}
		return d, nil
	}
	if !a.Sees(d.CenterID) {
		return nil, NotFound("delivery")
	}
	return d, nil
}

// own reports whether the delivery is in the hands of the rider who asks.
func own(d *Delivery, a Actor) bool {
	return a.Role == RoleRider && a.RiderID != "" && d.RiderID == a.RiderID
}
