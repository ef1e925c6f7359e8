package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// Codes of a Refusal that the hub itself uses; a Backend may use others.
const (
	CodeMalformed   = "malformed"
	CodeValidation  = "validation"
	CodeForbidden   = "forbidden"
	CodeNotFound    = "not_found"
	CodeUnavailable = "unavailable"
	CodeInternal    = "internal"
)

// Refusal is an error that a client may see.
type Refusal struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// Error is the code and the detail.
func (r *Refusal) Error() string { return r.Code + ": " + r.Detail }

// ErrUnknownCommand is what Backend.Command answers for a command it does not
// know. Such a frame counts as a bad one (the third in a row ends the connection).
var ErrUnknownCommand = errors.New("realtime: unknown command")

// ErrLater is what Backend.Resolve returns when one call has asked for enough:
// a poll leaves the address to the next one.
var ErrLater = errors.New("realtime: asked for too much at once")

// Identity is who is behind a connection or a poll. Data is the host's own
// (its actor); the hub hands it back untouched.
type Identity struct {
	UserID     string
	Login      string
	Name       string
	Role       string
	SessionID  string
	ClientID   string // one per tab or installed app; empty: none. Supersedes the user's older connection of that name
	RemoteAddr string
	Data       any
}

// Target is what an address stands for.
type Target struct {
	Log      string // name of the log that the address is a room of; empty: a volatile address
	Windowed bool   // records that finished longer ago than the window are not in it
	// Within narrows the window for this address; zero or above it: it does not.
	Within time.Duration
}

// Since is the point up to which a client has followed an address.
type Since struct {
	Epoch string `json:"epoch"`
	Seq   int64  `json:"seq"`
}

// Item is the newest state of one key in one room, as a log is loaded.
type Item struct {
	Address  string
	Key      string
	Seq      int64  // of the entry that made it so
	Event    string // of that entry
	Data     []byte // the record's JSON; nil: the key is not (any more) in the room
	Finished time.Time
}

// LogState is a whole log as the host loads it, read in one snapshot.
type LogState struct {
	Epoch  string
	Seq    int64  // the head: the newest number of the log, whatever room it touched
	Floor  int64  // entries up to here have been pruned: no resume from below
	Items  []Item // newest per address and key, removals (Data nil) down to the floor included; any order
	Newest int    // > 0: a snapshot is the room's newest so many records, and much older ones are let go (chat)
	// Places are the newest positions of each address, if it has such.
	Places map[string][]Place
}

// Change is what one log entry does to one room. An entry has at most one
// Change for an address.
type Change struct {
	Address  string
	Event    string
	Key      string
	Data     []byte // the record's JSON; nil: the record leaves the room
	Finished time.Time
}

// Place is a position: newest wins, never in the log. At is in milliseconds
// and orders the places of one key. Data nil takes the key's place away.
type Place struct {
	Key  string
	At   int64
	Data []byte
}

// Backend is what the hub asks of its host. Every method may be called from
// many goroutines at once.
type Backend interface {
	// Resolve says what an address is to this caller; a *Refusal when it may
	// not see it or there is no such address.
	Resolve(ctx context.Context, id Identity, a Address) (Target, error)
	// LoadLog reads a whole log. The hub calls it once however many ask.
	LoadLog(ctx context.Context, log string) (LogState, error)
	// CatchUp is called when a client is ahead of this node's log: follow the
	// stored log (by Apply) as far as it goes, then return.
	CatchUp(ctx context.Context, log string, seq int64) error
	// Command runs a command the hub does not know itself ("publish",
	// "positions", …). raw is the whole command and only valid during the call.
	// The answer's fields are put beside the command's id: it must encode to a
	// JSON object, or be nil.
	Command(ctx context.Context, c Identity, connID, cmd string, raw json.RawMessage) (any, error)
}

// Filter narrows who gets a volatile message. The zero Filter is everyone.
type Filter struct {
	OnlyUser string // this user (or connection) only
	Except   string // everyone but this user (or connection)
	Dry      bool   // nobody gets it: they are counted only
}

// Sub asks for one address in a poll.
type Sub struct {
	Address string `json:"address"`
	Since   *Since `json:"since,omitempty"`
}

// ApplyResult says what became of a log entry.
type ApplyResult int

// The results of Apply.
const (
	Applied      ApplyResult = iota // it was the next one
	Duplicate                       // the log is already past it
	Gap                             // entries before it are missing: read them from the database
	NotLoaded                       // nobody on this node follows the log; nothing to do
	EpochChanged                    // the entry is of another epoch than the log: Reload it
)

// String names the result.
func (r ApplyResult) String() string {
	switch r {
	case Applied:
		return "applied"
	case Duplicate:
		return "duplicate"
	case Gap:
		return "gap"
	case NotLoaded:
		return "not loaded"
	case EpochChanged:
		return "epoch changed"
	}
	return "unknown"
}

// ConnInfo describes one connection.
type ConnInfo struct {
	ID          string    `json:"id"`
	UserID      string    `json:"userId"`
	Login       string    `json:"login"`
	Role        string    `json:"role"`
	NodeID      string    `json:"nodeId"`
	RemoteAddr  string    `json:"remoteAddr"`
	ConnectedAt time.Time `json:"connectedAt"`
	Addresses   []string  `json:"addresses"`
	RTTMs       float64   `json:"rttMs"` // newest ping; 0 before the first pong
	QueueBytes  int64     `json:"queueBytes"`
	Identity    Identity  `json:"-"`
}

// MarshalJSON writes the time like every other on the wire.
func (c ConnInfo) MarshalJSON() ([]byte, error) {
	type fields ConnInfo
	return json.Marshal(struct {
		fields
		ConnectedAt string `json:"connectedAt"`
	}{fields(c), c.ConnectedAt.UTC().Format(timeFormat)})
}

// RoomInfo is an address and how many connections of this node have it.
type RoomInfo struct {
	Address     string `json:"address"`
	Subscribers int    `json:"subscribers"`
	Log         string `json:"-"` // that the room belongs to; empty: a volatile one
}
