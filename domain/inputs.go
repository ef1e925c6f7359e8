package domain

// What callers may send to the use cases. The JSON tags are the request fields
// of the contract; a nil pointer or an empty text is "not sent".

// NewOrder is an order as a shop's app, another system or an agent enters it.
type NewOrder struct {
	CenterID    string   `json:"centerId"` // optional: the shop's
	ShopID      string   `json:"shopId"`
	Channel     string   `json:"channel"`
	ExternalID  string   `json:"externalId"`
	Customer    Customer `json:"customer"`
	Items       []Item   `json:"items"`
	Payment     Payment  `json:"payment"`
	PrepMinutes *int     `json:"prepMinutes"`
	Accept      bool     `json:"accept"` // staff only: accept in the same transaction
	PromisedAt  Time     `json:"promisedAt"`
	// Override takes an order that hours or areas would refuse (staff only).
	Override *Override `json:"override"`
}

// Override says why an order is taken although a rule is against it.
type Override struct {
	Reason string `json:"reason"`
}

// OrderResult is what a use case of an order made of it. Existed says that the
// order had been placed before and nothing was changed.
type OrderResult struct {
	Order    *Order    `json:"order"`
	Delivery *Delivery `json:"delivery,omitempty"`
	Existed  bool      `json:"-"`
}

// AcceptOrder sends an order on its way. Without PrepMinutes the order's own
// hold, else the shop's and what it adds while busy.
type AcceptOrder struct {
	PrepMinutes *int   `json:"prepMinutes"`
	Version     *int64 `json:"version"`
}

// RejectOrder says why the shop can't make it.
type RejectOrder struct {
	Reason  string `json:"reason"`
	Version *int64 `json:"version"`
}

// CancelOrder ends an order; By is customer, shop or agent (when left out:
// agent of staff, customer of an API key).
type CancelOrder struct {
	Reason  string `json:"reason"`
	By      string `json:"by"`
	Version *int64 `json:"version"`
}

// AssignDelivery gives a delivery to a rider; with Version also one that
// somebody has already.
type AssignDelivery struct {
	RiderID string `json:"riderId"`
	Version *int64 `json:"version"`
	Reason  string `json:"reason"`
}

// Assignment is one row of AssignMany.
type Assignment struct {
	DeliveryID string `json:"deliveryId"`
	RiderID    string `json:"riderId"`
	Version    *int64 `json:"version"`
}

// AssignMany is several assignments of one center, all or none. Reason holds
// for every row (hand overs need one).
type AssignMany struct {
	Assignments []Assignment `json:"assignments"`
	Reason      string       `json:"reason"`
}

// AssignResult is one row of an AssignMany that went through.
type AssignResult struct {
	DeliveryID string    `json:"deliveryId"`
	Delivery   *Delivery `json:"delivery"`
}

// AssignRefusal is one row of an AssignMany that was refused as a whole; Code
// is CodeOK for a row that would have gone.
type AssignRefusal struct {
	DeliveryID string    `json:"deliveryId"`
	Code       Code      `json:"code"`
	Detail     string    `json:"detail,omitempty"`
	Current    *Delivery `json:"current,omitempty"`
}

// CodeOK marks the rows of a refused bulk write that were not to blame.
const CodeOK Code = "ok"

// Unassign takes a delivery from its rider before it is picked up.
type Unassign struct {
	Reason  string `json:"reason"`
	Version *int64 `json:"version"`
}

// CancelDelivery ends a delivery and its order.
type CancelDelivery struct {
	Reason  string `json:"reason"`
	Version *int64 `json:"version"`
}

// RiderAction is a claim or a pickup. At is the device's time of the act;
// Reason is needed when a dispatcher does it for the rider.
type RiderAction struct {
	At      Time   `json:"at"`
	Version *int64 `json:"version"`
	Reason  string `json:"reason"`
}

// Deliver ends a delivery at the door.
type Deliver struct {
	ReceivedBy string `json:"receivedBy"`
	Note       string `json:"note"`
	PhotoID    string `json:"photoId"`
	Reason     string `json:"reason"`
	At         Time   `json:"at"`
	Version    *int64 `json:"version"`
}

// SetDuty puts a rider on duty, off duty or on a break.
type SetDuty struct {
	Duty    Duty   `json:"duty"`
	Version *int64 `json:"version"`
}

// NewMessage is a line of chat; To (a user's id, or a rider's) makes it private.
type NewMessage struct {
	Text string `json:"text"`
	To   string `json:"to"`
}

// RemoveMessage takes a line of chat away.
type RemoveMessage struct {
	Reason string `json:"reason"`
}

// MarkRead is how far the caller has read: Seq in the center's room, or what With
// (a user's id) has said to the caller alone, by its time. What is read has been
// delivered.
type MarkRead struct {
	Seq         int64  `json:"seq"`
	With        string `json:"with"`
	DeliveredAt Time   `json:"deliveredAt"`
	ReadAt      Time   `json:"readAt"`
}

// NewCenter is a branch to be opened. Timezone, currency, mode and estimate
// have defaults.
type NewCenter struct {
	Code           string     `json:"code"`
	Name           string     `json:"name"`
	Location       *Location  `json:"location"`
	Timezone       string     `json:"timezone"`
	DayStartsAt    string     `json:"dayStartsAt"`
	Currency       string     `json:"currency"`
	AssignMode     AssignMode `json:"assignMode"`
	SpeedKmh       *int       `json:"speedKmh"`
	ServiceMinutes *int       `json:"serviceMinutes"`
	RulesPatch
}

// ModeInput says who gives a center's deliveries to riders from now on.
type ModeInput struct {
	AssignMode AssignMode `json:"assignMode"`
	Version    *int64     `json:"version"`
}

// CenterPatch changes a center's settings. Code may be repeated, not changed.
type CenterPatch struct {
	Code           *string     `json:"code"`
	Name           *string     `json:"name"`
	Location       *Location   `json:"location"`
	Timezone       *string     `json:"timezone"`
	DayStartsAt    *string     `json:"dayStartsAt"`
	Currency       *string     `json:"currency"`
	AssignMode     *AssignMode `json:"assignMode"`
	SpeedKmh       *int        `json:"speedKmh"`
	ServiceMinutes *int        `json:"serviceMinutes"`
	RulesPatch
	Active  *bool  `json:"active"`
	Version *int64 `json:"version"`
}

// NewShop is a shop to be served by a center.
type NewShop struct {
	CenterID    string     `json:"centerId"`
	Name        string     `json:"name"`
	Phone       string     `json:"phone"`
	Address     string     `json:"address"`
	Location    *Location  `json:"location"`
	PrepMinutes *int       `json:"prepMinutes"` // 15 when left out
	Status      ShopStatus `json:"status"`      // open when left out
	BusyMinutes *int       `json:"busyMinutes"`
	Hours       []Hours    `json:"hours"`
	ClosedDates []string   `json:"closedDates"`
}

// NewZone is an area that a center is to serve or to refuse.
type NewZone struct {
	CenterID     string   `json:"centerId"`
	Name         string   `json:"name"`
	Kind         ZoneKind `json:"kind"`
	ShopIDs      []string `json:"shopIds"` // none: all shops
	Area         *Area    `json:"area"`
	ExtraMinutes *int     `json:"extraMinutes"`
}

// ZonePatch changes a zone. Null clears shopIds and extraMinutes.
type ZonePatch struct {
	CenterID     *string         `json:"centerId"` // may be repeated, not changed
	Name         *string         `json:"name"`
	Kind         *ZoneKind       `json:"kind"`
	ShopIDs      Maybe[[]string] `json:"shopIds"`
	Area         *Area           `json:"area"`
	ExtraMinutes Maybe[int]      `json:"extraMinutes"`
	Version      *int64          `json:"version"`
}

// ShopState is how a shop takes orders right now, as the call center hears it.
type ShopState struct {
	Status      ShopStatus `json:"status"`
	BusyMinutes *int       `json:"busyMinutes"` // of a busy shop; left out: as it was
}

// ShopPatch changes a shop.
type ShopPatch struct {
	CenterID    *string     `json:"centerId"` // may be repeated, not changed
	Name        *string     `json:"name"`
	Phone       *string     `json:"phone"`
	Address     *string     `json:"address"`
	Location    *Location   `json:"location"`
	PrepMinutes *int        `json:"prepMinutes"`
	Status      *ShopStatus `json:"status"`
	BusyMinutes *int        `json:"busyMinutes"`
	Hours       *[]Hours    `json:"hours"`
	ClosedDates *[]string   `json:"closedDates"`
	Active      *bool       `json:"active"`
	Version     *int64      `json:"version"`
}

// NewRider is a courier with the login of its app; login and password may be
// left out together (another system speaks for it by a key).
type NewRider struct {
	CenterID string  `json:"centerId"`
	Name     string  `json:"name"`
	Phone    string  `json:"phone"`
	Vehicle  Vehicle `json:"vehicle"`  // motorcycle when left out
	Capacity *int    `json:"capacity"` // 3 when left out
	Login    string  `json:"login"`
	Password string  `json:"password"`
}

// RiderPatch changes a rider and its login. Active false ends its sessions.
type RiderPatch struct {
	CenterID *string  `json:"centerId"` // may be repeated, not changed
	Name     *string  `json:"name"`
	Phone    *string  `json:"phone"`
	Vehicle  *Vehicle `json:"vehicle"`
	Capacity *int     `json:"capacity"`
	Active   *bool    `json:"active"`
	Login    *string  `json:"login"`
	Password *string  `json:"password"`
	Version  *int64   `json:"version"`
}

// NewUser is somebody of the staff; riders come by NewRider.
type NewUser struct {
	Login     string   `json:"login"`
	Password  string   `json:"password"`
	Name      string   `json:"name"`
	Role      Role     `json:"role"`
	CenterIDs []string `json:"centerIds"`
}

// UserPatch changes a user. A new password, or Active false, ends its sessions.
type UserPatch struct {
	Login     *string   `json:"login"`
	Password  *string   `json:"password"`
	Name      *string   `json:"name"`
	Role      *Role     `json:"role"`
	CenterIDs *[]string `json:"centerIds"`
	Active    *bool     `json:"active"`
	Version   *int64    `json:"version"`
}

// NewKey is another system's way in; no CenterIDs: all centers.
type NewKey struct {
	Name      string   `json:"name"`
	Scopes    []Scope  `json:"scopes"`
	CenterIDs []string `json:"centerIds"`
}

// KeyPatch changes what a key may do.
type KeyPatch struct {
	Name      *string   `json:"name"`
	Scopes    *[]Scope  `json:"scopes"`
	CenterIDs *[]string `json:"centerIds"`
	Version   *int64    `json:"version"`
}

// NewWebhook is an address to be told of orders and deliveries.
type NewWebhook struct {
	Name      string   `json:"name"`
	URL       string   `json:"url"`
	CenterIDs []string `json:"centerIds"` // empty: all centers (admin)
	Events    []string `json:"events"`    // empty: all events
	Active    *bool    `json:"active"`    // true when left out
}

// WebhookPatch changes a webhook.
type WebhookPatch struct {
	Name      *string   `json:"name"`
	URL       *string   `json:"url"`
	CenterIDs *[]string `json:"centerIds"`
	Events    *[]string `json:"events"`
	Active    *bool     `json:"active"`
	Version   *int64    `json:"version"`
}

// ReplayWebhook asks for dead deliveries to be sent again; no ids: all of them.
type ReplayWebhook struct {
	DeliveryIDs []string `json:"deliveryIds"`
}
