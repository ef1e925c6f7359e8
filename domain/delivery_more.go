package domain

import "slices"

// What a delivery carries beside its way from shop to door: arrivals, problems,
// corrections that its rider has to see, being held, being offered, and what
// dispatchers tell the engine.

// Held reports whether the delivery is a pre-order that is not to be given yet.
// The server releases it at HeldUntil; until it has, it is held.
func (r *Delivery) Held() bool { return r.Status == Waiting && !r.HeldUntil.IsZero() }

// The sources of an arrival.
const (
	ByRider = "rider"
	ByFix   = "fix" // the rider's positions said so
)

// Place is where a rider arrives.
type Place string

// The places.
const (
	PlaceShop Place = "shop"
	PlaceDoor Place = "door"
)

// Spot is a place that a rider is on the way to with a delivery in hand.
type Spot struct {
	DeliveryID string
	Place      Place
	At         Location
	// Since is when the rider began to be on the way there: earlier fixes say nothing.
	Since Time
}

// ProblemKind says why a delivery doesn't go on.
type ProblemKind string

// The kinds of problems.
const (
	ShopClosedProblem ProblemKind = "shop_closed"
	ShopLate          ProblemKind = "shop_late"
	ItemMissing       ProblemKind = "item_missing"
	NobodyHome        ProblemKind = "nobody_home"
	Unreachable       ProblemKind = "unreachable"
	WrongAddress      ProblemKind = "wrong_address"
	Refused           ProblemKind = "refused"
	Damaged           ProblemKind = "damaged"
	Unsafe            ProblemKind = "unsafe"
	VehicleProblem    ProblemKind = "vehicle"
	Accident          ProblemKind = "accident"
	OtherProblem      ProblemKind = "other"
)

// ProblemKinds are all kinds, and problemsAt those of each status.
var (
	shopProblems = []ProblemKind{ShopClosedProblem, ShopLate, ItemMissing}
	doorProblems = []ProblemKind{NobodyHome, Unreachable, WrongAddress, Refused, Damaged, Unsafe}
	anyProblems  = []ProblemKind{VehicleProblem, Accident, OtherProblem}
	ProblemKinds = slices.Concat(shopProblems, doorProblems, anyProblems)
)

// problemsOf are the kinds that a delivery in this status can have.
func problemsOf(s DeliveryStatus) []ProblemKind {
	switch {
	case s == Assigned:
		return slices.Concat(shopProblems, anyProblems)
	case s.Carried():
		return slices.Concat(doorProblems, anyProblems)
	}
	return nil
}

// DeliveryProblem is what keeps a delivery from going on, until a dispatcher resolves it.
type DeliveryProblem struct {
	Kind     ProblemKind `json:"kind"`
	Note     string      `json:"note,omitempty"`
	PhotoID  string      `json:"photoId,omitempty"`
	At       Time        `json:"at"`
	DeviceAt Time        `json:"deviceAt,omitzero"` // only where it differs by more than a minute
	By       Person      `json:"by"`
}

// Amendment is a correction of the order that its rider has to see. Version is
// the delivery's own at the correction, Fields the names of what changed since
// the rider last said that it had seen everything.
type Amendment struct {
	Version int64    `json:"version"`
	At      Time     `json:"at"`
	Fields  []string `json:"fields"`
	SeenAt  Time     `json:"seenAt,omitzero"`
}

// FieldChange is one field of a correction, as texts; in a history that is
// masked From and To are left out.
type FieldChange struct {
	Field string `json:"field"`
	From  string `json:"from,omitempty"`
	To    string `json:"to,omitempty"`
}

// OfferRef is the open offer that a waiting delivery is in.
type OfferRef struct {
	ID        string `json:"id"`
	RiderID   string `json:"riderId"`
	RiderName string `json:"riderName"`
	ExpiresAt Time   `json:"expiresAt"`
	Round     int    `json:"round"`
}

// Asked is a rider who was asked for a delivery, and what came of it.
type Asked struct {
	RiderID string      `json:"riderId"`
	Status  OfferStatus `json:"status"`
}

// takenFrom leaves nothing behind of the rider that a delivery had before: what it
// saw, where it was, what troubled it at the shop.
func (r *Delivery) takenFrom() {
	r.Amendment, r.Problem = nil, nil
	if !r.Status.Carried() {
		r.ArrivedShopAt, r.ArrivedShopBy = Time{}, ""
	}
	r.ArrivedDoorAt, r.ArrivedDoorBy = Time{}, ""
}
