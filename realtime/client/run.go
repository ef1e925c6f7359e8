package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// The close codes of the protocol that mean something to a client.
const (
	closeRestarting   = 1012
	closeOverloaded   = 1013
	closeProtocol     = 4400
	closeSessionEnded = 4401
	closeNotAllowed   = 4403
	closeSuperseded   = 4409
)

// ending is how a connection or an attempt at one came to its end.
type ending struct {
	err     error
	fatal   *FatalError
	stale   bool          // the token was refused
	wait    time.Duration // the server says: come back within this time; 0: it does not say
	greeted bool          // it was a working connection
}

// Run connects and keeps connected until ctx ends (nil) or the server says that
// there is no coming back (*FatalError). It is called once.
func (c *Client) Run(ctx context.Context) error {
	defer c.setState(Offline)
	stopPolling := func() {}
	defer func() { stopPolling() }()
	polling := false
	failures, tries := 0, 0 // connects in a row that failed; waits since the last healthy connection
	for {
		begun := time.Now()
		e := c.connect(ctx, func() {
			stopPolling()
			polling = false
			select {
			case <-c.back: // no news any more
			default:
			}
		})
		if ctx.Err() != nil {
			return nil
		}
		if e.stale && e.fatal == nil {
			c.mu.Lock()
			c.tokenBad = true
			c.mu.Unlock()
		}
		if e.fatal != nil {
			return e.fatal
		}
		if !polling {
			c.setState(Offline)
		}
		if e.greeted {
			failures = 0
			if time.Since(begun) >= c.o.HealthyAfter {
				tries = 0
			}
		} else {
			failures++
		}
		c.o.Logger.Debug("realtime cut", "error", e.err, "failures", failures)
		if failures >= c.o.PollAfter && !polling {
			polling, stopPolling = true, c.startPolling(ctx)
		}
		if !c.rest(ctx, c.backoff(tries, e.wait), c.back) {
			return nil
		}
		tries++
	}
}

// backoff is how long to wait before the next attempt: what the server said,
// spread; else twice as long each time, half of it by chance.
func (c *Client) backoff(tries int, told time.Duration) time.Duration {
	if told > 0 {
		return time.Duration(rand.Int64N(int64(told))) + time.Millisecond
	}
	d := c.o.BackoffMax
	if tries < 16 {
		d = min(d, c.o.BackoffMin<<tries)
	}
	return d/2 + time.Duration(rand.Int64N(int64(d/2)+1))
}

// rest waits for d, or less when cut; it reports whether ctx is still on.
func (c *Client) rest(ctx context.Context, d time.Duration, cut <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-cut:
		return true
	case <-ctx.Done():
		return false
	}
}

// bearer is the token to use, a new one when the last was refused.
func (c *Client) bearer(ctx context.Context) (string, *FatalError, error) {
	if c.o.Token == nil {
		return "", nil, nil
	}
	c.mu.Lock()
	token, bad := c.token, c.tokenBad
	c.mu.Unlock()
	if token != "" && !bad {
		return token, nil, nil
	}
	fresh, err := c.o.Token(ctx, token)
	if err != nil {
		return "", nil, fmt.Errorf("token: %w", err)
	}
	if bad && fresh == token {
		return "", &FatalError{Code: closeSessionEnded, Reason: "session ended"}, nil
	}
	c.mu.Lock()
	c.token, c.tokenBad = fresh, false
	c.mu.Unlock()
	return fresh, nil, nil
}

// connect opens a socket and serves it until it ends; opened is called when it stands.
func (c *Client) connect(ctx context.Context, opened func()) ending {
	ws, e := c.dial(ctx)
	if ws == nil {
		c.mu.Lock()
		c.stats.FailedConnects++
		c.mu.Unlock()
		return e
	}
	opened()
	e = c.serve(ctx, ws)
	c.mu.Lock()
	c.stats.Cuts++
	for _, r := range c.rooms {
		r.lost()
	}
	c.failCalls()
	c.mu.Unlock()
	return e
}

func (c *Client) dial(ctx context.Context) (*websocket.Conn, ending) {
	ctx, cancel := context.WithTimeout(ctx, c.o.DialWithin)
	defer cancel()
	token, fatal, err := c.bearer(ctx)
	if err != nil || fatal != nil {
		return nil, ending{err: err, fatal: fatal}
	}
	h := http.Header{}
	if token != "" {
		h.Set("Authorization", "Bearer "+token)
	}
	u := strings.TrimSuffix(c.o.URL, "/") + "/api/v1/realtime?client=" + url.QueryEscape(c.o.Client)
	ws, resp, err := websocket.Dial(ctx, u, &websocket.DialOptions{
		HTTPClient: c.o.HTTP, HTTPHeader: h, Subprotocols: []string{"bros.v1"},
	})
	if err == nil {
		ws.SetReadLimit(c.o.MaxFrameBytes)
		return ws, ending{}
	}
	e := ending{err: err}
	if resp != nil {
		e.status(resp)
		if e.stale && c.o.Token == nil {
			e.fatal = &FatalError{Code: resp.StatusCode, Reason: "not logged in"}
		}
	}
	return nil, e
}

// status reads what a refused handshake or poll means.
func (e *ending) status(resp *http.Response) {
	switch resp.StatusCode {
	case http.StatusUnauthorized:
		e.stale = true
	case http.StatusForbidden, http.StatusBadRequest:
		e.fatal = &FatalError{Code: resp.StatusCode, Reason: http.StatusText(resp.StatusCode)}
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
			e.wait = time.Duration(s) * time.Second
		}
	}
}

// closed reads what the end of a socket means.
func (e *ending) closed(err error, renewable bool) {
	e.err = err
	var ce websocket.CloseError
	if !errors.As(err, &ce) {
		return
	}
	switch int(ce.Code) {
	case closeRestarting, closeOverloaded:
		var reason struct {
			RetryAfterMs int64 `json:"retryAfterMs"`
		}
		if json.Unmarshal([]byte(ce.Reason), &reason) == nil && reason.RetryAfterMs > 0 {
			e.wait = time.Duration(reason.RetryAfterMs) * time.Millisecond
		}
	case closeSessionEnded:
		e.stale = true
		if !renewable {
			e.fatal = &FatalError{Code: int(ce.Code), Reason: ce.Reason}
		}
	case closeProtocol, closeNotAllowed, closeSuperseded:
		e.fatal = &FatalError{Code: int(ce.Code), Reason: ce.Reason}
	}
}
