package api

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/brosops/bros/api/quota"
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

// check refuses a request that names too much, or something twice.
func (in ChangesRequest) check() error {
	if n := len(in.Addresses); n < 1 || n > maxPolled {
		return domain.Invalid("addresses", "must be 1 to %d", maxPolled)
	}
	if in.Wait < 0 || in.Wait > maxPoll.Seconds() {
		return domain.Invalid("wait", "must be 0 to %d seconds", int(maxPoll.Seconds()))
	}
	seen := make(map[string]bool, len(in.Addresses))
	for _, a := range in.Addresses {
		if seen[a.Address] {
			return domain.Invalid("addresses", "names an address twice")
		}
		seen[a.Address] = true
	}
	return nil
}

// changes answers POST /changes.
func (s *Server) changes(w http.ResponseWriter, r *http.Request) error {
	var in ChangesRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	c := callOf(r.Context())
	if err := s.take(quota.Rooms, c.caller, len(in.Addresses)); err != nil {
		return err
	}
	done, err := s.quotas.Hold(quota.Polls, c.caller)
	if err != nil {
		return s.limited(err)
	}
	defer done()
	id := identityOf(c.actor)
	id.RemoteAddr = c.remote.String()
	subs := make([]realtime.Sub, len(in.Addresses))
	for i, a := range in.Addresses {
		subs[i] = realtime.Sub{Address: a.Address, Since: a.Since}
	}
	// The answer may come later than the server's usual deadline for one.
	deadlines := http.NewResponseController(w)
	_ = deadlines.SetWriteDeadline(time.Now().Add(maxPoll + requestTimeout))
	ctx, leave := s.waits.enter(r.Context(), c.actor)
	defer leave()
	answer := s.live.hub.Poll(ctx, id, subs, time.Duration(in.Wait*float64(time.Second)))
	defer func() { answer.Release() }()
	// It has waited: whom it answers may have lost the session, or a center.
	now, err := s.again(r, loggedIn)
	if err != nil {
		return err
	}
	if r.Context().Err() == nil && (ctx.Err() != nil || !sameRights(c.actor, now)) {
		answer.Release()
		c.actor = now
		id = identityOf(now)
		id.RemoteAddr = c.remote.String()
		answer = s.live.hub.Poll(r.Context(), id, subs, 0)
	}
	// Who reads slowly must not keep others from theirs.
	_ = deadlines.SetWriteDeadline(time.Now().Add(answerTimeout))
	sendChanges(w, r, answer)
	return nil
}

// answerTimeout is how long a client may take to read an answer of /changes.
const answerTimeout = 20 * time.Second

// sendChanges streams an answer: it is never in memory a second time.
func sendChanges(w http.ResponseWriter, r *http.Request, answer *realtime.Answer) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Add("Vary", "Accept-Encoding")
	var out io.Writer = w
	if answer.Size() >= gzipFrom && takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		z := gzips.Get().(*gzip.Writer)
		z.Reset(w)
		defer func() {
			_ = z.Close()
			gzips.Put(z)
		}()
		out = z
	}
	_, _ = io.WriteString(out, `{"replies":`)
	_, _ = answer.WriteTo(out)
	_, _ = io.WriteString(out, "}")
}
