package domain

// OrderFact is what a report needs of an order. Times are milliseconds since
// 1970 in UTC, 0 when it has not happened.
type OrderFact struct {
	ID          string
	Status      OrderStatus
	CreatedAt   int64
	AcceptedAt  int64
	Reason      string // of a rejection or cancellation
	CancelledBy string
}

// DeliveryFact is what a report needs of a delivery. Times are milliseconds
// since 1970 in UTC, 0 when it has not happened; money is in minor units. A
// rider's acts have their own time, not that of a later sending.
type DeliveryFact struct {
	OrderID      string
	Status       DeliveryStatus
	RiderID      string
	RiderName    string
	Shop         string // the shop as the record keeps it: JSON of a ShopRef
	Method       PaymentMethod
	Amount       int64
	PromisedAt   int64
	CreatedAt    int64
	AssignedAt   int64
	PickedUpAt   int64
	DeliveredAt  int64
	CancelReason string
	HeldUntil    int64       // of a pre-order that is not to be given yet
	FailReason   ProblemKind // of returned and failed
}

// OfferCount is how many offers of a rider have come to one end, or are open.
type OfferCount struct {
	RiderID string
	Status  OfferStatus
	Count   int
}

// DutySpan is a stretch of time in which a rider's duty was the same. It ends
// where the rider's next one begins.
type DutySpan struct {
	RiderID string
	Duty    Duty
	At      Time
}
