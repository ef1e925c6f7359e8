package domain

import (
	"time"
	"unicode/utf8"
)

// RiderRemembers is how long after its end a rider may still read whose door a
// delivery of its own went to.
const RiderRemembers = 24 * time.Hour

// Masked is what a rider may see of a delivery that is not its own: the
// customer's name to its first letter, no phone, no address detail, no memo,
// and nothing of what was noted at the door. The one mask for offers, refusals
// and history.
func (r *Delivery) Masked() *Delivery {
	m := *r
	m.Customer = Customer{
		Name:     firstLetter(r.Customer.Name),
		Address:  r.Customer.Address,
		Location: r.Customer.Location,
	}
	m.ReceivedBy, m.Note, m.PhotoID, m.CancelReason = "", "", "", ""
	// What was between the center and others is theirs.
	m.Problem, m.Amendment, m.Offer, m.Asked, m.NoRider, m.Pin, m.Avoid = nil, nil, nil, nil, false, "", nil
	return &m
}

func firstLetter(s string) string {
	if s == "" {
		return ""
	}
	_, n := utf8.DecodeRuneInString(s)
	return s[:n]
}

// Past reports whether the delivery ended so long ago that its rider sees no
// more of it than of one that is not its own.
func (r *Delivery) Past(now Time) bool {
	return !r.FinishedAt.IsZero() && now.Sub(r.FinishedAt.Time) >= RiderRemembers
}

// ShownTo is the delivery as the actor may see it now.
func (r *Delivery) ShownTo(a Actor, now Time) *Delivery {
	if a.Role == RoleRider && r.Past(now) {
		return r.Masked()
	}
	return r.shownTo(a)
}

// shownTo is the delivery as the actor may see it in a refusal.
func (r *Delivery) shownTo(a Actor) *Delivery {
	if a.Role == RoleRider && (a.RiderID == "" || r.RiderID != a.RiderID) {
		return r.Masked()
	}
	return r
}

// ShownTo is the refusal as the actor may see it now.
func (e *Error) ShownTo(a Actor, now Time) *Error {
	d, ok := e.Current.(*Delivery)
	if !ok || d == nil || a.Role != RoleRider {
		return e
	}
	shown := *e
	shown.Current = d.ShownTo(a, now)
	return &shown
}
