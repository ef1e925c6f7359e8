package domain

import "context"

// Tx is one write transaction, about one center, as use cases see it. Reads are
// as of the transaction. A function that runs in it may be run again (a lost
// group, a deadlock), so it keeps no state of its own between runs.
//
// The Find methods answer NotFound when there is no such record; they know
// nothing of rights: use cases check those.
type Tx interface {
	Centers
	Shops
	Riders
	Staff
	Orders
	Deliveries
	Chats
	Pushes
	Answers
	Webhooks
	Audits
	Settlements
	Offers
	Zones

	// Append is the only way a record of the log is written. It reserves
	// len(changes) numbers of the center at once, stamps the records, writes
	// their rows (conditionally on the version they had: a record that another
	// transaction has changed meanwhile makes the whole transaction run again),
	// the log, a delivery's history, and the audit. Call it when every check has passed,
	// and once.
	Append(ctx context.Context, actor Actor, centerID string, at Time, changes ...*Change) error

	// NextNumber takes the next spoken number of a center and day
	// (YYYY-MM-DD in the center's zone): 1, 2, 3 …
	NextNumber(ctx context.Context, centerID, day string) (int, error)
	// NumberInUse says whether an order or delivery of the center that was made
	// before an instant and is open still is called by this number.
	NumberInUse(ctx context.Context, centerID, number string, before Time) (bool, error)
}

// Centers are the branches. A new center starts with an empty log; its later
// changes go through Append.
type Centers interface {
	FindCenter(ctx context.Context, id string) (*Center, error)
	// CreateCenter answers conflict when the code is taken.
	CreateCenter(ctx context.Context, c *Center) error
}

// Shops are written without the log.
type Shops interface {
	FindShop(ctx context.Context, id string) (*Shop, error)
	CreateShop(ctx context.Context, s *Shop) error
	// UpdateShop writes s if its stored version is prev.
	UpdateShop(ctx context.Context, s *Shop, prev int64) error
}

// Zones are written without the log.
type Zones interface {
	FindZone(ctx context.Context, id string) (*DeliveryZone, error)
	CreateZone(ctx context.Context, z *DeliveryZone) error
	// UpdateZone writes z if its stored version is prev.
	UpdateZone(ctx context.Context, z *DeliveryZone, prev int64) error
	DeleteZone(ctx context.Context, z *DeliveryZone) error
	// ZonesOf are the zones of a center, never nil.
	ZonesOf(ctx context.Context, centerID string) (*ZoneSet, error)
}

// Riders change through Append alone.
type Riders interface {
	FindRider(ctx context.Context, id string) (*Rider, error)
	// OpenDeliveries counts what the rider has in hand (assigned and pickup).
	OpenDeliveries(ctx context.Context, riderID string) (int, error)
}

// Staff are the people who log in, and API keys.
type Staff interface {
	// HoldStaff lets one transaction at a time go on from here: what it reads of
	// users' rights afterwards stands until it ends.
	HoldStaff(ctx context.Context) error
	FindUser(ctx context.Context, id string) (*User, error)
	FindRiderUser(ctx context.Context, riderID string) (*User, error)
	// CreateUser answers conflict when the login is taken. Hash is argon2id in its own text form.
	CreateUser(ctx context.Context, u *User, hash string) error
	// UpdateUser writes u if its stored version is prev; an empty hash keeps the password.
	UpdateUser(ctx context.Context, u *User, hash string, prev int64) error
	DeleteUser(ctx context.Context, id string) error
	FindKey(ctx context.Context, id string) (*APIKey, error)
	CreateKey(ctx context.Context, k *APIKey, hash string) error
	UpdateKey(ctx context.Context, k *APIKey, prev int64) error
	DeleteKey(ctx context.Context, id string) error
	// EndSessions deletes every session of a user.
	EndSessions(ctx context.Context, userID string) error
}

// Orders change through Append alone.
type Orders interface {
	FindOrder(ctx context.Context, id string) (*Order, error)
	// FindOrderByExternal answers NotFound when the center has no such order of
	// the key (keyID empty: of staff).
	FindOrderByExternal(ctx context.Context, centerID, channel, externalID, keyID string) (*Order, error)
}

// Deliveries change through Append alone.
type Deliveries interface {
	FindDelivery(ctx context.Context, id string) (*Delivery, error)
	// HadDelivery reports whether the rider has ever had the delivery: its
	// history has an entry after which the delivery was this rider's.
	HadDelivery(ctx context.Context, deliveryID, riderID string) (bool, error)
	// HasLateDeliver reports whether a late deliver of this rider is already in
	// the delivery's history. The history keeps an entry of
	// EventDeliveryLateDeliver under the RiderID of the actor, not of the record.
	HasLateDeliver(ctx context.Context, deliveryID, riderID string) (bool, error)
	// HasStep reports whether the delivery's history has an event by this user
	// with this device time (zero: one sent without).
	HasStep(ctx context.Context, deliveryID, event, userID string, deviceAt Time) (bool, error)
	FindPhoto(ctx context.Context, id string) (*Photo, error)
	// CountPhotos is how many photos the delivery has.
	CountPhotos(ctx context.Context, deliveryID string) (int, error)
	CreatePhoto(ctx context.Context, p *Photo) error
}

// Offers change through Append alone.
type Offers interface {
	FindOffer(ctx context.Context, id string) (*Offer, error)
	// OpenOfferOf is the rider's open offer; nil: none.
	OpenOfferOf(ctx context.Context, riderID string) (*Offer, error)
	// LastOffers are the newest offers of a rider that have ended, newest first.
	LastOffers(ctx context.Context, riderID string, limit int) ([]Offer, error)
}

// Chats has a log of its own: a public message takes the next number of the
// center's chat counter, a private one (To set) none.
type Chats interface {
	AppendChat(ctx context.Context, m *ChatMessage) error
	// FindChat is a message, one that was taken away (Gone) too.
	FindChat(ctx context.Context, id string) (*ChatMessage, error)
	// RemoveChat erases the text of the public message entry.About and appends
	// entry, which takes the next number. NotFound when somebody was faster.
	RemoveChat(ctx context.Context, entry *ChatMessage) error
}

// Answer is what an idempotency key was answered with.
type Answer struct {
	Fingerprint string // of method, path and body
	Status      int
	Seq         string // the BROS-Seq header, or empty
	ContentType string
	Body        []byte
}

// Answers keeps what idempotency keys were answered, in the write's own
// transaction, for 24 h.
type Answers interface {
	// FindAnswer is nil when the caller has not used the key.
	FindAnswer(ctx context.Context, caller, key string) (*Answer, error)
	SaveAnswer(ctx context.Context, caller, key string, a Answer) error
}

// Webhooks are told of orders and deliveries out of the log.
type Webhooks interface {
	FindWebhook(ctx context.Context, id string) (*Webhook, error)
	// WebhooksOf are those that a user answers for.
	WebhooksOf(ctx context.Context, ownerID string) ([]Webhook, error)
	CountWebhooks(ctx context.Context) (int, error)
	// CreateWebhook writes h; what the log holds by now is not sent.
	CreateWebhook(ctx context.Context, h *Webhook) error
	// UpdateWebhook writes h if its stored version is prev. Centers that it did
	// not follow before are followed from now on.
	UpdateWebhook(ctx context.Context, h *Webhook, prev int64) error
	// DeleteWebhook removes it with all that it had still to send.
	DeleteWebhook(ctx context.Context, id string) error
	// ReplayDead makes dead deliveries of a webhook due at once (ids empty: all
	// of them) and answers how many; they are tried until giveUpAt.
	ReplayDead(ctx context.Context, webhookID string, ids []string, now, giveUpAt Time) (int, error)
}

// Audits is the record of who did what. Append writes the entries of a center's
// log by itself; everything else is written by its use case.
type Audits interface {
	Audit(ctx context.Context, entries ...AuditEntry) error
}

// Settlements are of riders' cash.
type Settlements interface {
	// CashInHand is when the rider last settled (zero: never), and the cash
	// deliveries that no settlement has, oldest first.
	CashInHand(ctx context.Context, riderID string) (since Time, open []CashDelivery, err error)
	// DutySpans are a rider's (riderID empty: all riders' of the center) that
	// touch [from, to), by rider in order of time.
	DutySpans(ctx context.Context, centerID, riderID string, from, to Time) ([]DutySpan, error)
	// IsSettled reports whether a settlement has the delivery's cash.
	IsSettled(ctx context.Context, deliveryID string) (bool, error)
	// SaveSettlement writes it with the deliveries that are in it. A delivery that
	// another settlement has taken meanwhile makes the transaction run again.
	SaveSettlement(ctx context.Context, s *Settlement, of []CashDelivery) error
}
