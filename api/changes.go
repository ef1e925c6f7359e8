package api

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

const (
	maxPolled = 500              // addresses of one poll
	maxPoll   = 25 * time.Second // that it may wait
)

// ChangesRequest asks for what is new in some addresses, for clients that can't
// hold a socket.
type ChangesRequest struct {
	Addresses []ChangesSince `json:"addresses"`
	// Wait is how many seconds the answer may take when nothing is new (0–25).
	Wait float64 `json:"wait"`
}

// ChangesSince is one address; without Since everything is new.
type ChangesSince struct {
	Address string          `json:"address"`
	Since   *realtime.Since `json:"since,omitempty"`
}

// Changes are the bodies of subscribe replies, and newest positions.
type Changes struct {
	Replies []json.RawMessage `json:"replies"`
}

// changes answers POST /changes.
func (s *Server) changes(w http.ResponseWriter, r *http.Request) error {
	var in ChangesRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	if n := len(in.Addresses); n < 1 || n > maxPolled {
		return domain.Invalid("addresses", "must be 1 to %d", maxPolled)
	}
	if in.Wait < 0 || in.Wait > maxPoll.Seconds() {
		return domain.Invalid("wait", "must be 0 to %d seconds", int(maxPoll.Seconds()))
	}
	c := callOf(r.Context())
	id := identityOf(c.actor)
	id.RemoteAddr = c.remote.String()
	subs := make([]realtime.Sub, len(in.Addresses))
	for i, a := range in.Addresses {
		subs[i] = realtime.Sub{Address: a.Address, Since: a.Since}
	}
	// The answer may come later than the server's usual deadline for one.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(maxPoll + requestTimeout))
	replies := s.live.hub.Poll(r.Context(), id, subs, time.Duration(in.Wait*float64(time.Second)))
	if replies == nil {
		replies = []json.RawMessage{}
	}
	return writeList(w, r, Changes{replies})
}
