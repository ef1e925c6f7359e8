// Package dispatch says which rider a delivery is best given to, and why. It
// is pure: no clock, no I/O, the same answer for the same input.
package dispatch

import "github.com/brosops/bros/domain"

// Stop is a place a rider still has to go to.
type Stop struct {
	DeliveryID string
	Pickup     bool // at the shop; else at the door
	At         domain.Location
	ReadyAt    domain.Time // of a pickup: not before
	PromisedAt domain.Time // of a door: not after, when it can be helped
}

// Candidate is a rider as the ranking sees it.
type Candidate struct {
	RiderID  string
	Name     string
	Vehicle  domain.Vehicle
	Duty     domain.Duty
	Active   bool
	Capacity int
	Load     int              // deliveries in hand
	Position *domain.Position // nil: never seen
	Stops    []Stop           // of the deliveries in hand, see StopsOf
}

// Ways says how far it is between places, and how long it takes. Places are
// numbered, as many ways between few of them are looked at. It must give the same
// answers while a question is worked on.
type Ways interface {
	Place(l domain.Location) int
	Way(v domain.Vehicle, from, to int) (metres, seconds float64)
}

// Request asks for the ranking of one delivery.
type Request struct {
	Now      domain.Time
	Center   domain.Center
	Delivery domain.Delivery
	Riders   []Candidate
	Ways     Ways // nil: the straight line times the center's detour
}

// Suggestion is one rider for the delivery. Distance is in metres from the
// rider to the shop, by the way where ways are known; the etas are seconds from now.
type Suggestion struct {
	RiderID    string
	RiderName  string
	Score      float64 // 0–100, more is better
	Distance   float64
	ETAPickup  int
	ETADropoff int
	Load       int
	Reason     Reason
	Effect     Effect
}

// Effect is what one delivery more does to the deliveries a rider has already.
type Effect struct {
	Late  int // of those that would have come in time, how many would not
	Delay int // seconds by which the one put off the most would come later
}

// Plan asks for riders for all waiting deliveries of a center at once.
type Plan struct {
	Now     domain.Time
	Center  domain.Center
	Waiting []domain.Delivery
	Riders  []Candidate
	Ways    Ways // nil: the straight line times the center's detour
}

// Assignment is one decision of the plan; Version is the delivery's as the plan saw it.
type Assignment struct {
	DeliveryID string
	RiderID    string
	Version    int64
}
