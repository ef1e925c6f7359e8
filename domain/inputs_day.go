package domain

// What callers may send about the day as it goes: corrections, problems,
// returns, pre-orders, offers, advice to the engine.

// CorrectOrder changes an order under way. Null clears an optional field; Items
// are replaced whole.
type CorrectOrder struct {
	Version     *int64         `json:"version"`
	Reason      string         `json:"reason"`
	Customer    *CustomerPatch `json:"customer"`
	Items       Maybe[[]Item]  `json:"items"`
	Payment     Maybe[Payment] `json:"payment"`
	PrepMinutes Maybe[*int]    `json:"prepMinutes"`
	PromisedAt  Maybe[Time]    `json:"promisedAt"`
	Override    *Override      `json:"override"`
}

// CustomerPatch changes what is known of a customer.
type CustomerPatch struct {
	Name          Maybe[string]    `json:"name"`
	Phone         Maybe[string]    `json:"phone"`
	Address       Maybe[string]    `json:"address"`
	AddressDetail Maybe[string]    `json:"addressDetail"`
	Location      Maybe[*Location] `json:"location"`
	Memo          Maybe[string]    `json:"memo"`
}

// SeenInput names the newest correction that the rider has seen.
type SeenInput struct {
	Version int64 `json:"version"`
	At      Time  `json:"at"`
}

// ArriveInput says where the rider is.
type ArriveInput struct {
	Place   Place  `json:"place"`
	At      Time   `json:"at"`
	Version *int64 `json:"version"`
}

// ProblemInput says why a delivery doesn't go on.
type ProblemInput struct {
	Kind    ProblemKind `json:"kind"`
	Note    string      `json:"note"`
	PhotoID string      `json:"photoId"`
	At      Time        `json:"at"`
	Version *int64      `json:"version"`
}

// ResolveAction is what a dispatcher decides about a problem.
type ResolveAction string

// The decisions.
const (
	ResolveContinue ResolveAction = "continue"
	ResolveRetry    ResolveAction = "retry"
	ResolveReturn   ResolveAction = "return"
	ResolveFail     ResolveAction = "fail"
)

// ResolveInput decides about a problem; PromisedAt is a retry's new promise, and
// Reason a fail's kind of problem.
type ResolveInput struct {
	Action     ResolveAction `json:"action"`
	Note       string        `json:"note"`
	Reason     string        `json:"reason"`
	PromisedAt Time          `json:"promisedAt"`
	Version    *int64        `json:"version"`
}

// GiveBackInput says why a rider gives a delivery back.
type GiveBackInput struct {
	Reason  string `json:"reason"`
	At      Time   `json:"at"`
	Version *int64 `json:"version"`
}

// ReturnedInput says that the shop has the food back; a dispatcher needs a reason.
type ReturnedInput struct {
	ReceivedBy string `json:"receivedBy"`
	Note       string `json:"note"`
	Reason     string `json:"reason"`
	At         Time   `json:"at"`
	Version    *int64 `json:"version"`
}

// ReopenInput says why an end was wrong.
type ReopenInput struct {
	Reason  string `json:"reason"`
	Version *int64 `json:"version"`
}

// ReleaseInput lets a held delivery wait like any other.
type ReleaseInput struct {
	Reason  string `json:"reason"`
	Version *int64 `json:"version"`
}

// PinInput names the rider that the engine is to take, or to leave out.
type PinInput struct {
	RiderID string `json:"riderId"`
	Version *int64 `json:"version"`
}

// AnswerOffer is a rider's yes or no.
type AnswerOffer struct {
	Reason string `json:"reason"` // of a no
	At     Time   `json:"at"`
}
