package domain

// The records of the system in the shapes that the outside sees: the JSON tags
// are the wire format of REST, of the log and of realtime alike (one encode).
// Times are UTC milliseconds, distances metres, durations seconds unless a name
// says minutes, money an integer in the currency's minor unit.

// Location is a place in WGS 84 degrees.
type Location struct {
	Lat float64 `json:"lat"`
	Lng float64 `json:"lng"`
}

// AssignMode says who gives a center's waiting deliveries to riders.
type AssignMode string

// The modes: dispatchers assign; riders on duty claim; the server assigns; the
// server asks one rider at a time.
const (
	ModeDispatch AssignMode = "dispatch"
	ModeClaim    AssignMode = "claim"
	ModeAuto     AssignMode = "auto"
	ModeOffer    AssignMode = "offer"
)

// AssignModes are all of them.
var AssignModes = []AssignMode{ModeDispatch, ModeClaim, ModeAuto, ModeOffer}

// Center is one branch of the service: the unit of isolation and of the log.
type Center struct {
	ID       string   `json:"id"`
	Code     string   `json:"code"`
	Name     string   `json:"name"`
	Location Location `json:"location"`
	Timezone string   `json:"timezone"` // IANA name: days and numbers are counted in it
	// DayStartsAt is when the business day begins, 00:00 to 08:00 by the wall clock.
	DayStartsAt string     `json:"dayStartsAt"`
	Currency    string     `json:"currency"` // ISO 4217
	AssignMode  AssignMode `json:"assignMode"`
	// SpeedKmh and ServiceMinutes are the estimate of the way from shop to door.
	SpeedKmh       int `json:"speedKmh"`
	ServiceMinutes int `json:"serviceMinutes"`
	CenterRules
	Active     bool  `json:"active"`
	CreatedAt  Time  `json:"createdAt,omitzero"`
	Version    int64 `json:"version"`
	ModifiedAt Time  `json:"modifiedAt,omitzero"`
}

// ShopStatus is what a shop tells the call center of its kitchen.
type ShopStatus string

// A busy shop adds BusyMinutes to its preparation; a closed one takes no orders.
const (
	ShopOpen   ShopStatus = "open"
	ShopBusy   ShopStatus = "busy"
	ShopClosed ShopStatus = "closed"
)

// Shop is where food is fetched. It is no part of the log; Version counts its own changes.
type Shop struct {
	ID          string     `json:"id"`
	CenterID    string     `json:"centerId"`
	Name        string     `json:"name"`
	Phone       string     `json:"phone,omitempty"` // digits
	Address     string     `json:"address,omitempty"`
	Location    Location   `json:"location"`
	PrepMinutes int        `json:"prepMinutes"`
	Status      ShopStatus `json:"status"`
	BusyMinutes int        `json:"busyMinutes,omitempty"`
	// Hours are when the shop cooks, in the center's zone; none: always.
	Hours []Hours `json:"hours,omitempty"`
	// ClosedDates are days (YYYY-MM-DD) of the center's zone on which it doesn't.
	ClosedDates []string `json:"closedDates,omitempty"`
	Active      bool     `json:"active"`
	CreatedAt   Time     `json:"createdAt,omitzero"`
	Version     int64    `json:"version"`
	ModifiedAt  Time     `json:"modifiedAt,omitzero"`
}

// Duty is whether a rider takes work.
type Duty string

// The duties.
const (
	DutyOn    Duty = "on"
	DutyOff   Duty = "off"
	DutyBreak Duty = "break"
)

// Vehicle is what a rider rides.
type Vehicle string

// The vehicles.
const (
	Motorcycle Vehicle = "motorcycle"
	Bicycle    Vehicle = "bicycle"
	Car        Vehicle = "car"
	Foot       Vehicle = "foot"
)

// Rider is a courier of one center. Load and position are derived and so no part of it.
type Rider struct {
	ID         string  `json:"id"`
	CenterID   string  `json:"centerId"`
	Name       string  `json:"name"`
	Phone      string  `json:"phone,omitempty"` // digits
	Vehicle    Vehicle `json:"vehicle"`
	Capacity   int     `json:"capacity"` // 1–10 open deliveries; bounds claims, suggestions and auto
	Duty       Duty    `json:"duty"`
	Active     bool    `json:"active"`
	CreatedAt  Time    `json:"createdAt,omitzero"`
	Version    int64   `json:"version"` // seq of its last change in the center's log
	ModifiedAt Time    `json:"modifiedAt,omitzero"`
}

// Role is what a caller may do, in the large.
type Role string

// The roles, weakest first (see Role.rank); RoleKey is an API key, RoleSystem the server itself.
const (
	RoleRider      Role = "rider"
	RoleAgent      Role = "agent"
	RoleDispatcher Role = "dispatcher"
	RoleManager    Role = "manager"
	RoleAdmin      Role = "admin"
	RoleKey        Role = "key"
	RoleSystem     Role = "system"
)

// User is somebody who logs in. A rider's user has RiderID.
type User struct {
	ID         string   `json:"id"`
	Login      string   `json:"login"`
	Name       string   `json:"name"`
	Role       Role     `json:"role"`
	CenterIDs  []string `json:"centerIds"` // empty for admin: all
	RiderID    string   `json:"riderId,omitempty"`
	Active     bool     `json:"active"`
	CreatedAt  Time     `json:"createdAt,omitzero"`
	Version    int64    `json:"version"`
	ModifiedAt Time     `json:"modifiedAt,omitzero"`
}

// Scope is one right of an API key.
type Scope string

// The scopes.
const (
	ScopeOrdersWrite   Scope = "orders:write"
	ScopeOrdersRead    Scope = "orders:read"
	ScopeEventsPublish Scope = "events:publish"
	ScopeRidersWrite   Scope = "riders:write"
	ScopeReportsRead   Scope = "reports:read"
)

// APIKey is another system's way in. The key itself is shown once and kept hashed.
type APIKey struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Scopes     []Scope  `json:"scopes"`
	CenterIDs  []string `json:"centerIds"` // empty: all
	CreatedAt  Time     `json:"createdAt,omitzero"`
	Version    int64    `json:"version"`
	ModifiedAt Time     `json:"modifiedAt,omitzero"`
}

// ShopRef is the shop as it was when the record was made.
type ShopRef struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Phone    string    `json:"phone,omitempty"`
	Address  string    `json:"address,omitempty"`
	Location *Location `json:"location,omitempty"`
}

// Customer is who gets the food. Personal data: never logged, masked for riders not on the delivery.
type Customer struct {
	Name          string    `json:"name,omitempty"`
	Phone         string    `json:"phone,omitempty"` // digits
	Address       string    `json:"address,omitempty"`
	AddressDetail string    `json:"addressDetail,omitempty"`
	Location      *Location `json:"location,omitempty"`
	Memo          string    `json:"memo,omitempty"`
}

// Item is one line of an order; Price is of one piece.
type Item struct {
	Name     string `json:"name"`
	Quantity int    `json:"quantity"`
	Price    int64  `json:"price"`
}

// PaymentMethod is how the customer pays.
type PaymentMethod string

// The methods; cash is collected at the door.
const (
	Prepaid PaymentMethod = "prepaid"
	Card    PaymentMethod = "card"
	Cash    PaymentMethod = "cash"
)

// Payment is what is paid and how.
type Payment struct {
	Method PaymentMethod `json:"method"`
	Amount int64         `json:"amount"`
}

// Order is what a customer asked for.
type Order struct {
	ID          string      `json:"id"`
	Number      string      `json:"number"` // said aloud; unique per center and day
	CenterID    string      `json:"centerId"`
	Channel     string      `json:"channel"`
	ExternalID  string      `json:"externalId,omitempty"`
	KeyID       string      `json:"-"` // the API key that placed it; empty: staff
	Shop        ShopRef     `json:"shop"`
	Customer    Customer    `json:"customer"`
	Items       []Item      `json:"items"`
	Payment     Payment     `json:"payment"`
	Status      OrderStatus `json:"status"`
	PrepMinutes *int        `json:"prepMinutes,omitempty"` // nil: neither asked for nor accepted yet; 0 is ready now
	PromisedAt  Time        `json:"promisedAt,omitzero"`   // only what the order itself asked for
	PreOrder    bool        `json:"preorder,omitempty"`    // promised further ahead than the center's preorderMinutes
	Override    string      `json:"override,omitempty"`    // why it was taken although the shop or the area is closed
	DeliveryID  string      `json:"deliveryId,omitempty"`
	TrackingURL string      `json:"trackingUrl"`
	CreatedAt   Time        `json:"createdAt,omitzero"`
	AcceptedAt  Time        `json:"acceptedAt,omitzero"`
	RejectedAt  Time        `json:"rejectedAt,omitzero"`
	CancelledAt Time        `json:"cancelledAt,omitzero"`
	CompletedAt Time        `json:"completedAt,omitzero"`
	FinishedAt  Time        `json:"finishedAt,omitzero"` // of whichever end it came to
	Reason      string      `json:"reason,omitempty"`
	CancelledBy string      `json:"cancelledBy,omitempty"` // customer, shop or agent
	Version     int64       `json:"version"`
	ModifiedAt  Time        `json:"modifiedAt,omitzero"`
}

// Delivery is the work of bringing an accepted order to the door.
type Delivery struct {
	ID          string         `json:"id"`
	Number      string         `json:"number"`
	OrderID     string         `json:"orderId"`
	CenterID    string         `json:"centerId"`
	Status      DeliveryStatus `json:"status"`
	RiderID     string         `json:"riderId,omitempty"`
	RiderName   string         `json:"riderName,omitempty"`
	Shop        ShopRef        `json:"shop"`
	Customer    Customer       `json:"customer"`
	Items       []Item         `json:"items"`
	Payment     Payment        `json:"payment"`
	ReadyAt     Time           `json:"readyAt,omitzero"`
	PromisedAt  Time           `json:"promisedAt,omitzero"`
	CreatedAt   Time           `json:"createdAt,omitzero"`
	AssignedAt  Time           `json:"assignedAt,omitzero"`
	PickedUpAt  Time           `json:"pickedUpAt,omitzero"`
	DeliveredAt Time           `json:"deliveredAt,omitzero"`
	CancelledAt Time           `json:"cancelledAt,omitzero"`
	FinishedAt  Time           `json:"finishedAt,omitzero"`
	// The rider's device time of the act, only where it differs from the
	// server's by more than a minute (an app that was without signal).
	PickedUpDeviceAt  Time   `json:"pickedUpDeviceAt,omitzero"`
	DeliveredDeviceAt Time   `json:"deliveredDeviceAt,omitzero"`
	ReceivedBy        string `json:"receivedBy,omitempty"`
	Note              string `json:"note,omitempty"`
	PhotoID           string `json:"photoId,omitempty"`
	CancelReason      string `json:"cancelReason,omitempty"`
	DeliveryMore
	Version    int64 `json:"version"`
	ModifiedAt Time  `json:"modifiedAt,omitzero"`
}

// DeliveryMore is what becomes of a delivery beside the straight way.
type DeliveryMore struct {
	PreOrder bool `json:"preorder,omitempty"`
	// HeldUntil is when the server will release a waiting pre-order; absent once it has.
	HeldUntil Time `json:"heldUntil,omitzero"`
	// Attempt counts the attempts at the door, from 1.
	Attempt       int              `json:"attempt,omitempty"`
	ArrivedShopAt Time             `json:"arrivedShopAt,omitzero"`
	ArrivedShopBy string           `json:"arrivedShopBy,omitempty"` // ByRider or ByFix
	ArrivedDoorAt Time             `json:"arrivedDoorAt,omitzero"`
	ArrivedDoorBy string           `json:"arrivedDoorBy,omitempty"`
	Problem       *DeliveryProblem `json:"problem,omitempty"`
	ReturningAt   Time             `json:"returningAt,omitzero"`
	ReturnedAt    Time             `json:"returnedAt,omitzero"`
	FailedAt      Time             `json:"failedAt,omitzero"`
	FailReason    ProblemKind      `json:"failReason,omitempty"` // of returned and failed
	Amendment     *Amendment       `json:"amendment,omitempty"`
	Offer         *OfferRef        `json:"offer,omitempty"`
	// Asked are the riders whose offers of it have ended, oldest first. NoRider
	// says that as many as the center's offerTries said no: it is left to people.
	Asked   []Asked  `json:"asked,omitempty"`
	NoRider bool     `json:"noRider,omitempty"`
	Pin     string   `json:"pin,omitempty"`   // the rider the engine is to give it to
	Avoid   []string `json:"avoid,omitempty"` // riders the engine is not to give it to
}

// HandedOverAt is when the food was handed over: the device's time of the act
// where it was sent later. Lateness goes by it.
func (d *Delivery) HandedOverAt() Time {
	if !d.DeliveredDeviceAt.IsZero() {
		return d.DeliveredDeviceAt
	}
	return d.DeliveredAt
}

// Errand is what a plan has to know of a delivery: who has it, how far it is, from where to where
// and until when. Of thousands in hand nothing else is read.
type Errand struct {
	ID         string
	RiderID    string
	Status     DeliveryStatus
	Shop       *Location
	Door       *Location
	ReadyAt    Time
	PromisedAt Time
}

// Errand is the delivery as a plan sees it.
func (d *Delivery) Errand() Errand {
	return Errand{
		ID: d.ID, RiderID: d.RiderID, Status: d.Status, Shop: d.Shop.Location, Door: d.Customer.Location,
		ReadyAt: d.ReadyAt, PromisedAt: d.PromisedAt,
	}
}

// Position is one fix of a rider's device. Accuracy is in metres, heading in
// degrees, speed in m/s, battery 0–1.
type Position struct {
	RiderID  string   `json:"riderId,omitempty"`
	Lat      float64  `json:"lat"`
	Lng      float64  `json:"lng"`
	Accuracy *float64 `json:"accuracy,omitempty"`
	Heading  *float64 `json:"heading,omitempty"`
	Speed    *float64 `json:"speed,omitempty"`
	Battery  *float64 `json:"battery,omitempty"`
	At       Time     `json:"at,omitzero"` // the device's time of the fix
}

// Person is who did or said something, as shown to others.
type Person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Role Role   `json:"role"`
}

// ChatMessage is one line of a center's room, or of a private talk (To set, Seq absent).
type ChatMessage struct {
	ID       string `json:"id"`
	CenterID string `json:"centerId"`
	From     Person `json:"from"`
	To       string `json:"to,omitempty"` // user id
	Text     string `json:"text"`
	At       Time   `json:"at,omitzero"`
	Seq      int64  `json:"seq,omitempty"` // in the center's chat log
	// About is the id of the message that this entry of the log takes away. Such
	// an entry is shown to nobody; its Text is the reason.
	About string `json:"-"`
}

// Gone reports whether the message was taken away: its text is erased.
func (m *ChatMessage) Gone() bool { return m.Text == "" }

// PublicIn reports whether the message was said in that center's room. What two
// say to each other alone is nobody else's business.
func (m *ChatMessage) PublicIn(centerID string) bool { return m.CenterID == centerID && m.To == "" }

// ChatRemoval is the trace of a message that was taken away.
type ChatRemoval struct {
	ID       string `json:"id"` // of the message
	CenterID string `json:"centerId"`
	By       Person `json:"by"`
	At       Time   `json:"at,omitzero"`
	Reason   string `json:"reason"`
	Seq      int64  `json:"seq"` // in the center's chat log
}

// ChatRead is how far somebody has read: in a center's room, or (With set) what
// one other has said to it alone.
type ChatRead struct {
	CenterID string `json:"-"`
	User     Person `json:"user"`
	With     string `json:"with,omitempty"` // user id
	// Seq is the newest number of the room that was read.
	Seq int64 `json:"seq,omitempty"`
	// What was said to it alone up to these times has reached a device of the
	// user, and was read.
	DeliveredAt Time `json:"deliveredAt,omitzero"`
	ReadAt      Time `json:"readAt,omitzero"`
}

// HistoryEntry is one step in the life of a delivery.
type HistoryEntry struct {
	Seq      int64          `json:"seq"`
	At       Time           `json:"at,omitzero"`
	DeviceAt Time           `json:"deviceAt,omitzero"`
	Actor    Person         `json:"actor"`
	Event    string         `json:"event"`
	From     DeliveryStatus `json:"from,omitempty"`
	To       DeliveryStatus `json:"to,omitempty"`
	RiderID  string         `json:"riderId,omitempty"`
	Reason   string         `json:"reason,omitempty"`
	Changes  []FieldChange  `json:"changes,omitempty"` // of a correction
}

// Photo is a proof of delivery; its bytes are kept by the PhotoStore.
type Photo struct {
	ID          string `json:"id"`
	DeliveryID  string `json:"deliveryId"`
	CenterID    string `json:"centerId"`
	RiderID     string `json:"riderId,omitempty"` // who took it
	ContentType string `json:"contentType"`
	Size        int64  `json:"size"`
	CreatedAt   Time   `json:"createdAt,omitzero"`
}
