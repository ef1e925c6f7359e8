package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// caller writes through the REST interface and asks again, with the same
// Idempotency-Key, until it has a definite answer.
type caller struct {
	http   *http.Client
	within time.Duration // one attempt: one that hangs at a stopped node is made again elsewhere
	tally  tally
}

// tally counts what came of attempts at a write.
type tally struct {
	answered    atomic.Int64 // 2xx
	unavailable atomic.Int64 // 503, tried again
	unreached   atomic.Int64 // no node took the connection: nothing was sent
	cut         atomic.Int64 // sent, and the connection ended without an answer
	late        atomic.Int64 // no answer in time
	replayed    atomic.Int64 // answers that an earlier attempt had got
}

// errUnexpected is an answer that must not be.
var errUnexpected = errors.New("unexpected answer")

// do makes one write and answers its status, 2xx or 4xx. out takes the body of 2xx.
func (c *caller) do(ctx context.Context, token, method, path string, in, out any) (int, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return 0, err
	}
	key := rand.Text()
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		status, raw, err := c.once(ctx, token, method, path, key, body)
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		switch {
		case err != nil:
			c.failed(err)
		case status == http.StatusServiceUnavailable:
			c.tally.unavailable.Add(1)
		case status >= 500 || status == http.StatusTooManyRequests || status == http.StatusUnauthorized:
			return status, fmt.Errorf("%w: %s %s: %d %s", errUnexpected, method, path, status, raw)
		default:
			if status >= 300 {
				return status, nil
			}
			c.tally.answered.Add(1)
			if out != nil && len(raw) > 0 {
				if err := json.Unmarshal(raw, out); err != nil {
					return status, fmt.Errorf("%w: %w in %s", errUnexpected, err, raw)
				}
			}
			return status, nil
		}
		if !rest(ctx, pause) {
			return 0, ctx.Err()
		}
	}
}

func (c *caller) failed(err error) {
	var op *net.OpError
	switch {
	case errors.As(err, &op) && op.Op == "dial":
		c.tally.unreached.Add(1)
	case errors.Is(err, context.DeadlineExceeded):
		c.tally.late.Add(1)
	default:
		c.tally.cut.Add(1)
	}
}

func (c *caller) once(ctx context.Context, token, method, path, key string, body []byte) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.within)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, baseURL+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, nil, err
	}
	if res.Header.Get("Idempotency-Replayed") != "" {
		c.tally.replayed.Add(1)
	}
	return res.StatusCode, raw, nil
}

// want makes a write that has to succeed.
func (c *caller) want(ctx context.Context, token, method, path string, in, out any) error {
	status, err := c.do(ctx, token, method, path, in, out)
	if err == nil && status >= 300 {
		err = fmt.Errorf("%w: %s %s: %d", errUnexpected, method, path, status)
	}
	return err
}

func (c *caller) login(ctx context.Context, name, password string) (string, error) {
	var out struct {
		Token string `json:"token"`
	}
	err := c.want(ctx, "", http.MethodPost, "/login", map[string]string{"login": name, "password": password}, &out)
	return out.Token, err
}
