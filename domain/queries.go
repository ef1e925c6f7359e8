package domain

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
}

// WorkFilter narrows a list of orders or deliveries.
type WorkFilter struct {
	CenterIDs []string // nil: all centers; empty: none
	Statuses  []string
	RiderID   string
	Query     string // number, part of a name or address, phone digits
	From, To  Time   // createdAt in [From, To)
	Held      *bool  // of deliveries: held ones alone, or none of them
}

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
