package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

// Close codes of the protocol.
const (
	CloseRestarting = 1012 // come back, spread over retryAfterMs of the reason
	CloseOverloaded = 1013 // the same
	CloseBroken     = 4400 // broken protocol
	CloseSession    = 4401 // session ended
	CloseForbidden  = 4403 // not allowed
	CloseSlow       = 4408 // took nothing; come back with since
	CloseSuperseded = 4409 // a newer connection of the same client is there
)

// Errors of Serve that come before anything has been written to the response:
// the host answers them (503).
var (
	ErrDraining = errors.New("realtime: the node is draining")
	ErrFull     = errors.New("realtime: too many connections")
)

// Hub holds the logs, rooms and connections of one node.
type Hub struct{ opt Options }

// NewHub starts a hub; Stop ends it.
func NewHub(opt Options) *Hub { return &Hub{opt: opt.withDefaults()} }

// Serve upgrades a request whose caller and origin have been checked, and
// returns after the hijack. On ErrDraining and ErrFull nothing has been written;
// on any other error the response has been.
func (h *Hub) Serve(w http.ResponseWriter, r *http.Request, id Identity) error { return nil }

// Apply gives a log its next committed entry: seq is head+1 or nothing happens.
func (h *Hub) Apply(log, epoch string, seq int64, changes []Change) ApplyResult { return NotLoaded }

// Reload replaces a loaded log: a new epoch, or a repair by a full load.
func (h *Hub) Reload(log string, st LogState) {}

// Prune tells a log that entries up to floor are gone from the database.
func (h *Hub) Prune(log string, floor int64) {}

// Head is how far a loaded log has been followed.
func (h *Hub) Head(log string) (epoch string, seq int64, loaded bool) { return "", 0, false }

// Logs are the names of the loaded logs.
func (h *Hub) Logs() []string { return nil }

// Unload forgets logs that nobody has used for idle, and returns their names.
func (h *Hub) Unload(idle time.Duration) []string { return nil }

// Publish sends a volatile message to the subscribers of an address and returns how many get it.
func (h *Hub) Publish(address, event string, data []byte, f Filter) int { return 0 }

// SendUser sends a message on the user/ address of a user (or of one connection).
func (h *Hub) SendUser(userOrConn, event string, data []byte) int { return 0 }

// SendWhere sends a message to each matching connection on its own user/ address.
func (h *Hub) SendWhere(match func(Identity) bool, event string, data []byte) int { return 0 }

// Positions moves places of a room.
func (h *Hub) Positions(address string, places []Place) {}

// Poll answers a long poll.
func (h *Hub) Poll(ctx context.Context, id Identity, subs []Sub, wait time.Duration) []json.RawMessage {
	return nil
}

// Revoke ends matching subscriptions.
func (h *Hub) Revoke(match func(Identity, Address) bool) int { return 0 }

// Update changes the identity of matching connections.
func (h *Hub) Update(match func(Identity) bool, fn func(*Identity)) {}

// Close ends matching connections with a close code.
func (h *Hub) Close(match func(ConnInfo) bool, code int, reason string) int { return 0 }

// Connections are the open ones.
func (h *Hub) Connections() []ConnInfo { return nil }

// Rooms are the addresses with subscribers.
func (h *Hub) Rooms() []RoomInfo { return nil }

// Stats are the hub's figures.
func (h *Hub) Stats() Stats { return Stats{} }

// Drain closes every connection with 1012 and answers every poll.
func (h *Hub) Drain(ctx context.Context) {}

// Stop ends the hub's goroutines and what connections are left.
func (h *Hub) Stop() {}
