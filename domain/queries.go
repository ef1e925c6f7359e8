package domain

import "slices"

// Page asks for part of a list: at most Limit records after Cursor, which is
// what the page before answered (empty: from the start).
type Page struct {
	Limit  int
	Cursor string
}

// SetupFilter narrows a list of centers, shops, riders, users or keys.
type SetupFilter struct {
	CenterIDs []string // nil: all centers; empty: none
	Query     string   // part of a name, login, code, or phone digits
	Accounts  Accounts // of users: all, or those of riders or of staff alone
}

// Accounts says whose accounts a list of users holds.
type Accounts string

// The kinds of accounts; empty: all.
const (
	AccountsStaff  Accounts = "staff"
	AccountsRiders Accounts = "riders"
)

// WorkFilter narrows a list of orders or deliveries.
type WorkFilter struct {
	CenterIDs []string // nil: all centers; empty: none
	Statuses  []string
	RiderID   string
	Query     string // number, part of a name or address, phone digits
	From, To  Time   // createdAt in [From, To)
	Held      *bool  // of deliveries: held ones alone, or none of them
	// Since is how far back a search looks that names no time (zero: to the
	// beginning). What the whole of Query names, a customer's phone number or an
	// externalId, is found beyond it.
	Since Time
	// EndedSince leaves out what came to its end before (zero: nothing).
	EndedSince Time
}

// Open reports whether the list is of what has not come to an end, of which there
// is little however much there has been.
func (f WorkFilter) Open() bool {
	return len(f.Statuses) > 0 && !slices.ContainsFunc(f.Statuses, func(s string) bool { return !openStatus(s) })
}

func openStatus(s string) bool {
	return s == string(OrderReceived) || s == string(OrderAccepted) || slices.Contains(OpenStatuses, DeliveryStatus(s))
}

// Deep reports whether the list may have to pass by a lot for the little that it finds.
func (f WorkFilter) Deep() bool { return f.Query != "" || len(f.Statuses) > 0 && !f.Open() }

// RiderView is a rider with what is derived of it.
type RiderView struct {
	Rider
	Load     int       `json:"load"` // open deliveries
	Position *Position `json:"position,omitempty"`
}

// Session is a login as the store keeps it.
type Session struct {
	Hash      string // SHA-256 of the token, hex
	UserID    string
	CreatedAt Time
	ExpiresAt Time
	RemoteIP  string
	UserAgent string
}

// StoreStats are the store's counters since its start.
type StoreStats struct {
	Reads       int64 // queries of the reader pool
	Writes      int64 // statements inside write transactions
	Commits     int64 // write transactions committed
	Groups      int64 // commits of the engine (SQLite: one for many transactions)
	Retries     int64 // transactions run again
	Waiting     int64 // write transactions queued now
	MostWaiting int64 // that may be queued before the next is refused
	MostConns   int64 // connections for reading that may be open
	OpenConns   int64
	InUseConns  int64
}
