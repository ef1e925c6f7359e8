package domain

// Kind is the sort of record that a log entry is about.
type Kind string

// The kinds.
const (
	KindOrder    Kind = "order"
	KindDelivery Kind = "delivery"
	KindRider    Kind = "rider"
	KindCenter   Kind = "center"
	KindOffer    Kind = "offer"
)

// Record is what a center's log carries: *Order, *Delivery, *Rider, *Center or *Offer.
type Record interface {
	RecordKind() Kind
	RecordKey() string
	// stamp sets version and modifiedAt when the number is given.
	stamp(seq int64, at Time)
	version() int64
}

// RecordKind and the rest make the five records Records.
func (r *Order) RecordKind() Kind    { return KindOrder }
func (r *Delivery) RecordKind() Kind { return KindDelivery }
func (r *Rider) RecordKind() Kind    { return KindRider }
func (r *Center) RecordKind() Kind   { return KindCenter }
func (r *Offer) RecordKind() Kind    { return KindOffer }

// RecordKey is the record's id.
func (r *Order) RecordKey() string    { return r.ID }
func (r *Delivery) RecordKey() string { return r.ID }
func (r *Rider) RecordKey() string    { return r.ID }
func (r *Center) RecordKey() string   { return r.ID }
func (r *Offer) RecordKey() string    { return r.ID }

func (r *Order) stamp(seq int64, at Time) { r.Version, r.ModifiedAt = seq, at }
func (r *Delivery) stamp(seq int64, at Time) {
	r.Version, r.ModifiedAt = seq, at
	if m := r.Amendment; m != nil && m.Version == 0 {
		r.Amendment = &Amendment{Version: seq, At: at, Fields: m.Fields}
	}
}
func (r *Rider) stamp(seq int64, at Time)  { r.Version, r.ModifiedAt = seq, at }
func (r *Center) stamp(seq int64, at Time) { r.Version, r.ModifiedAt = seq, at }
func (r *Offer) stamp(seq int64, at Time)  { r.Version, r.ModifiedAt = seq, at }

func (r *Order) version() int64    { return r.Version }
func (r *Delivery) version() int64 { return r.Version }
func (r *Rider) version() int64    { return r.Version }
func (r *Center) version() int64   { return r.Version }
func (r *Offer) version() int64    { return r.Version }

// Change is one step of one record that a use case asks Tx.Append to write.
type Change struct {
	Event  string
	Record Record // after the change; Append stamps version and modifiedAt
	// Before is what the record was (zero for a new one): the relay needs it to
	// say who must drop the record.
	Before   State
	Reason   string
	DeviceAt Time // a rider's device time of the act, when it sent one
	// Fields are the settings that differ, for the audit alone.
	Fields []AuditChange
	// Diff is what a correction changed, for the delivery's history.
	Diff []FieldChange
}

// State is the part of a record that decides who sees it. For an order only
// Status is set, for a rider and a center nothing. A waiting delivery that is
// held has a state of its own here.
type State struct {
	Status  string
	RiderID string
}

// Stamp gives a change its number: used by Append alone. It returns the version
// the record had, for the conditional update. 0 means a new record, except for
// a center: its row is there already (CreateCenter), at version 0.
func (c *Change) Stamp(seq int64, at Time) (prev int64) {
	prev = c.Record.version()
	c.Record.stamp(seq, at)
	return prev
}

// LogEntry is one committed change as the log keeps it. Relay, resume and
// webhooks are derived from entries alone.
type LogEntry struct {
	CenterID   string
	Seq        int64
	Epoch      string
	Kind       Kind
	Key        string
	Event      string
	At         Time
	Actor      Person
	Before     State
	After      State
	FinishedAt Time
	Reason     string
	DeviceAt   Time
	Data       []byte // the record's JSON after the change; nil where only the outline was asked for
}

// StateOf is the State of a record.
func StateOf(r Record) State {
	switch r := r.(type) {
	case *Delivery:
		if r.Held() {
			return State{Status: stateHeld, RiderID: r.RiderID}
		}
		return State{Status: string(r.Status), RiderID: r.RiderID}
	case *Order:
		return State{Status: string(r.Status)}
	case *Offer:
		return State{Status: string(r.Status), RiderID: r.RiderID}
	}
	return State{}
}

// DeliveryStatus is the status that the state of a delivery has to the outside.
func (s State) DeliveryStatus() DeliveryStatus {
	if s.Status == stateHeld {
		return Waiting
	}
	return DeliveryStatus(s.Status)
}

// FinishedAtOf is when a record came to its end (zero: open, or of a kind that has none).
func FinishedAtOf(r Record) Time {
	switch r := r.(type) {
	case *Delivery:
		return r.FinishedAt
	case *Order:
		return r.FinishedAt
	case *Offer:
		return r.EndedAt
	}
	return Time{}
}

// Head is how far a center's two logs go.
type Head struct {
	Seq     int64
	ChatSeq int64
}

// CenterState is what a node loads of a center, read in one snapshot.
type CenterState struct {
	Center     Center
	Epoch      string
	Head       Head
	Floor      int64 // entries with seq <= Floor have been pruned
	Orders     []Order
	Deliveries []Delivery // both: open, or finished within the window
	Riders     []Rider
	Offers     []Offer    // open ones
	Outline    []LogEntry // every kept entry without Data, oldest first
	Chat       []ChatMessage
	Positions  []Position // newest fix of each rider
}
