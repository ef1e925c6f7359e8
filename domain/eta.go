package domain

import "time"

// ETA is from when to when a delivery is expected at its door.
type ETA struct {
	From Time `json:"from"`
	To   Time `json:"to"`
}

// How far an estimate may be off, at the least and as a share of the time that
// is left; riders come later than reckoned more often than sooner.
const (
	etaSooner, etaSoonerShare = 2 * time.Minute, 0.1
	etaLater, etaLaterShare   = 5 * time.Minute, 0.25
	// etaStops bounds how far the promise stretches the end: a rider may go to
	// other doors first, which the promise knows of and the way does not.
	etaStops = 15 * time.Minute
)

// Expected returns when a delivery that a rider has in hand is expected at its
// door, in whole minutes; ok is false for any other. The
// place is the rider's, nil when it is not known.
func (s *Service) Expected(c *Center, d *Delivery, place *Location, now Time) (eta ETA, ok bool) {
	service := time.Duration(c.ServiceMinutes) * time.Minute
	ride := func(from Location, to *Location) time.Duration { return seconds(s.estimateTo(c, from, to)) - service }
	var left time.Duration
	switch {
	case d.Status == PickedUp && place != nil:
		left = ride(*place, d.Customer.Location)
	case d.Status == PickedUp && d.Shop.Location != nil:
		left = max(0, d.PickedUpAt.Add(ride(*d.Shop.Location, d.Customer.Location)).Sub(now.Time))
	case d.Status == Assigned && d.Shop.Location != nil:
		var toShop time.Duration
		if place != nil {
			toShop = ride(*place, d.Shop.Location)
		}
		left = max(toShop, d.ReadyAt.Sub(now.Time), 0) + seconds(s.estimateTo(c, *d.Shop.Location, d.Customer.Location))
	default:
		return ETA{}, false
	}
	at := now.Add(left)
	share := func(part float64) time.Duration { return time.Duration(part * float64(left)) }
	from := at.Add(-max(etaSooner, share(etaSoonerShare)))
	if from.Before(now.Time) {
		from = now
	}
	to := at.Add(max(etaLater, share(etaLaterShare)))
	if stretched := earlier(d.PromisedAt, to.Add(etaStops)); to.Before(stretched.Time) {
		to = stretched
	}
	return ETA{From: At(from.Truncate(time.Minute)), To: At(to.Add(time.Minute - 1).Truncate(time.Minute))}, true
}
