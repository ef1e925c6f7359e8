package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// startPolling reads POST /changes until the returned function is called,
// which answers when the last poll is over.
func (c *Client) startPolling(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		c.poll(ctx)
	}()
	return func() { cancel(); <-over }
}

func (c *Client) poll(ctx context.Context) {
	failures := 0
	for ctx.Err() == nil {
		begun := time.Now()
		moved, e := c.pollOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		c.mu.Lock()
		c.stats.Polls++
		if e.err != nil {
			c.stats.FailedPolls++
			c.tokenBad = c.tokenBad || e.stale
		}
		c.mu.Unlock()
		if e.err != nil {
			c.setState(Offline)
			c.rest(ctx, c.backoff(failures, e.wait), nil)
			failures++
			continue
		}
		failures = 0
		if c.State() != Polling {
			c.setState(Polling)
			select { // the socket need not wait for its turn
			case c.back <- struct{}{}:
			default:
			}
		}
		// A server that drains answers at once with nothing: don't hammer it.
		if quick := time.Second - time.Since(begun); !moved && quick > 0 {
			c.rest(ctx, quick, nil)
		}
	}
}

// pollOnce asks for all rooms; it comes back early when the set of rooms changes.
func (c *Client) pollOnce(ctx context.Context) (moved bool, e ending) {
	// The server hangs for PollWait at most; far beyond that it is dead.
	ctx, cancel := context.WithTimeout(ctx, c.o.PollWait+c.o.DialWithin)
	defer cancel()
	token, fatal, err := c.bearer(ctx)
	if fatal != nil {
		err = fatal
	}
	if err != nil {
		return false, ending{err: err}
	}
	asked := map[string]*since{}
	var subs []sub
	c.mu.Lock()
	for a, r := range c.rooms {
		if r.closed == nil && len(subs) < maxSubs {
			asked[a] = r.since()
			subs = append(subs, sub{a, asked[a]})
		}
	}
	c.mu.Unlock()
	if len(subs) == 0 {
		select {
		case <-c.wake:
		case <-ctx.Done():
		}
		return false, ending{}
	}
	woken := c.onWake(ctx, cancel)
	replies, e := c.changes(ctx, token, subs)
	if cut := woken(); e.err != nil {
		if cut {
			return true, ending{}
		}
		return false, e
	}
	c.mu.Lock()
	var n news
	for i := range replies {
		m := &replies[i]
		r := c.rooms[m.Address]
		switch {
		case m.Event != "" && m.Mode == "":
			c.volatile(m, &n)
		case r == nil || r.closed != nil:
		case m.Error != nil:
			c.refused(r, m.Error)
		case m.Mode == "resume" && !sameSince(asked[m.Address], r.since()):
			// not an answer to where we are now
		case m.Mode != "":
			moved = moved || m.Mode == "snapshot" || len(m.Events) > 0
			c.reply(r, m, &n)
		}
	}
	c.settle()
	c.mu.Unlock()
	c.tell(n)
	return moved, ending{}
}

// onWake runs cut when the set of rooms changes; the returned function ends the
// watch, so that a later wake is not lost, and reports whether cut was run.
func (c *Client) onWake(ctx context.Context, cut func()) (woken func() bool) {
	quit, over := make(chan struct{}), make(chan struct{})
	ran := false
	go func() {
		defer close(over)
		select {
		case <-c.wake:
			ran = true
			cut()
		case <-quit:
		case <-ctx.Done():
		}
	}()
	return func() bool {
		close(quit)
		<-over
		return ran
	}
}

func sameSince(a, b *since) bool {
	return a != nil && b != nil && *a == *b
}

// changes is one POST /changes.
func (c *Client) changes(ctx context.Context, token string, subs []sub) ([]message, ending) {
	body, err := json.Marshal(map[string]any{"addresses": subs, "wait": int(c.o.PollWait / time.Second)})
	if err != nil {
		return nil, ending{err: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(c.o.URL, "/")+"/api/v1/changes", bytes.NewReader(body))
	if err != nil {
		return nil, ending{err: err}
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := c.o.HTTP.Do(req)
	if err != nil {
		return nil, ending{err: err}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, c.o.MaxFrameBytes))
	if err != nil {
		return nil, ending{err: err}
	}
	if resp.StatusCode != http.StatusOK {
		e := ending{err: fmt.Errorf("changes: %s", resp.Status)}
		e.status(resp)
		return nil, e
	}
	var answer struct {
		Replies []message `json:"replies"`
	}
	if err := json.Unmarshal(b, &answer); err != nil {
		return nil, ending{err: fmt.Errorf("changes: %w", err)}
	}
	return answer.Replies, ending{}
}
