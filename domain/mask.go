package domain

import "unicode/utf8"

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

// shownTo is the delivery as the actor may see it in a refusal.
func (r *Delivery) shownTo(a Actor) *Delivery {
	if a.Role == RoleRider && (a.RiderID == "" || r.RiderID != a.RiderID) {
		return r.Masked()
	}
	return r
}
