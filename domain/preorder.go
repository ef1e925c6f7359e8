package domain

import (
	"context"
	"time"
)

// isPreOrder reports whether an order that is promised for then is a pre-order
// at the center now.
func isPreOrder(c *Center, promised, now Time) bool {
	return !promised.IsZero() && promised.Sub(now.Time) > time.Duration(c.PreorderMinutes)*time.Minute
}

// cookedAt is when the food of an order is cooked, as far as is known: a
// pre-order's towards its promise, any other's from now on.
func (s *Service) cookedAt(c *Center, shop *Shop, promised Time, door *Location, area ZoneAnswer, now Time) Time {
	if !isPreOrder(c, promised, now) {
		return now
	}
	return promised.Add(-seconds(s.estimateTo(c, shop.Location, door)) - area.extra())
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// promise sets readyAt, promisedAt and heldUntil of a delivery: what the order
// asks for, how long the food takes and what its area adds say when. prep is in minutes, from when
// the order was accepted. It holds nothing that is no longer waiting. A pre-order
// that is corrected to a nearer time stays one while that holds it; else its
// kitchen begins now, if it has not yet.
func (s *Service) promise(d *Delivery, c *Center, o *Order, prep int, area ZoneAnswer, now Time) {
	way := seconds(s.estimateTo(c, *d.Shop.Location, d.Customer.Location)) + area.extra()
	was, cooks := d.PreOrder, time.Duration(prep)*time.Minute
	soonest := earlier(d.ReadyAt, now.Add(cooks)) // of what was a pre-order
	d.HeldUntil = Time{}
	if (o.PreOrder || was) && !o.PromisedAt.IsZero() {
		d.PromisedAt = o.PromisedAt
		d.ReadyAt = o.PromisedAt.Add(-way)
		held := d.ReadyAt.Add(-time.Duration(c.ReleaseMinutes) * time.Minute)
		if d.Status == Waiting && held.After(now.Time) {
			d.HeldUntil, o.PreOrder = held, true
		}
		if !o.PreOrder && d.ReadyAt.Before(soonest.Time) {
			d.ReadyAt = soonest
		}
		d.PreOrder = o.PreOrder
		return
	}
	d.PreOrder = o.PreOrder
	d.ReadyAt = o.AcceptedAt.Add(cooks)
	if was {
		d.ReadyAt = soonest
	}
	d.PromisedAt = o.PromisedAt
	if d.PromisedAt.IsZero() {
		d.PromisedAt = d.ReadyAt.Add(way)
	}
}

func earlier(a, b Time) Time {
	if a.Before(b.Time) {
		return a
	}
	return b
}

// Release lets a held delivery wait like any other, before its time (agent).
func (s *Service) Release(ctx context.Context, tx Tx, a Actor, id string, in ReleaseInput) (*Delivery, error) {
	if err := need(a, RoleAgent); err != nil {
		return nil, err
	}
	d, err := seenDelivery(ctx, tx, a, id)
	if err != nil {
		return nil, err
	}
	var f form
	f.text("reason", &in.Reason, maxReason)
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := stale(in.Version, d.Version, d); err != nil {
		return nil, err
	}
	return release(ctx, tx, a, d, in.Reason, s.now())
}

// ReleaseDue releases a held delivery whose time has come (the server). One that
// is held no more, or for longer than was thought, is left as it is.
func (s *Service) ReleaseDue(ctx context.Context, tx Tx, id string) (*Delivery, error) {
	d, err := tx.FindDelivery(ctx, id)
	if err != nil {
		return nil, err
	}
	now := s.now()
	if !d.Held() || d.HeldUntil.After(now.Time) {
		return d, nil
	}
	return release(ctx, tx, System, d, "", now)
}

func release(ctx context.Context, tx Tx, a Actor, d *Delivery, reason string, now Time) (*Delivery, error) {
	step, err := nextDelivery(d, ActRelease, a)
	if err != nil {
		return nil, err
	}
	if !d.Held() {
		return nil, refused(d, a, "the delivery is not held")
	}
	before := StateOf(d)
	d.HeldUntil = Time{}
	return acted(ctx, tx, a, now, d, &Change{Event: step.Event, Record: d, Before: before, Reason: reason})
}

// Due is something whose time has come: a held delivery to be released, or an
// open offer to lapse.
type Due struct {
	Kind Kind // KindDelivery or KindOffer
	ID   string
}
