package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// errGone says that the server has answered nothing for longer than the
// replay's patience.
var errGone = errors.New("the server has been away for too long")

// api calls the REST routes of a server, again and again until it has answered:
// a restart in the middle must not be seen by anyone who calls.
type api struct {
	base     string // http://host:port/api/v1
	http     *http.Client
	patience time.Duration
	within   time.Duration // one attempt
	backoff  time.Duration // the first wait; doubles
	counts   counts
	lastGood atomic.Int64 // unix nanoseconds of the last answer of any kind

	mu    sync.Mutex
	epoch string // of the newest BROS-Seq
	seq   int64
}

func newAPI(url string, patience time.Duration) *api {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 2 * maxActs
	a := &api{
		base: strings.TrimSuffix(url, "/") + "/api/v1", http: &http.Client{Transport: t},
		patience: patience, within: 20 * time.Second, backoff: 100 * time.Millisecond,
	}
	a.lastGood.Store(time.Now().UnixNano())
	return a
}

// head is the highest number that any write of ours took in the center's log.
func (a *api) head() (epoch string, seq int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.epoch, a.seq
}

// login is somebody whom the replay speaks for; its token is fetched when it is
// first needed and again when the server knows it no more. A fixed token (an
// API key) has no name.
type login struct {
	name, password string
	mu             sync.Mutex
	token          string
}

// bearer is a token other than stale.
func (l *login) bearer(ctx context.Context, a *api, stale string) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.token != "" && l.token != stale {
		return l.token, nil
	}
	if l.name == "" {
		return "", errors.New("the API key is not valid any more")
	}
	var out struct {
		Token string `json:"token"`
	}
	in := map[string]string{"login": l.name, "password": l.password}
	if err := a.call(ctx, nil, http.MethodPost, "/login", "", in, &out); err != nil {
		return "", fmt.Errorf("log in as %s: %w", l.name, err)
	}
	l.token = out.Token
	return l.token, nil
}

// call makes one request until it is answered for good: 2xx (decoded into out),
// or a *refusal. key makes retries of a POST safe. Errors that are no refusal:
// the context's, errGone, an answer that can't be read.
func (a *api) call(ctx context.Context, who *login, method, path, key string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	begun, stale, broken := time.Now(), "", 0
	for try := 0; ; try++ {
		token := ""
		if who != nil {
			var err error
			if token, err = who.bearer(ctx, a, stale); err != nil {
				return err
			}
		}
		ans, err := a.attempt(ctx, token, method, path, key, body)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		wait := time.Duration(0)
		switch {
		case err != nil:
			if a.gone(begun) {
				return fmt.Errorf("%w: %w", errGone, err)
			}
		case ans.status/100 == 2:
			return a.good(ans, out)
		case ans.status == http.StatusUnauthorized && who != nil && stale != token:
			stale = token
			continue
		case ans.status == http.StatusTooManyRequests, ans.status == http.StatusServiceUnavailable:
			wait = ans.retryAfter
			if a.gone(begun) {
				return fmt.Errorf("%w: it says %d", errGone, ans.status)
			}
		case ans.status == http.StatusBadGateway, ans.status == http.StatusGatewayTimeout,
			ans.status >= 500 && broken < maxBroken:
			broken++
		default:
			return ans.refusal()
		}
		if err := pause(ctx, max(wait, a.wait(try))); err != nil {
			return err
		}
	}
}

// gone reports whether nobody has had a good answer for too long, the call
// that began then included.
func (a *api) gone(begun time.Time) bool {
	return time.Since(begun) > a.patience && time.Since(time.Unix(0, a.lastGood.Load())) > a.patience
}

// maxBroken is how often an internal error is tried again.
const maxBroken = 5

// wait is how long to wait before the next attempt: twice as long each time,
// up to 2 s, half of it by chance.
func (a *api) wait(try int) time.Duration {
	d := min(2*time.Second, a.backoff<<min(try, 10))
	return d/2 + time.Duration(rand.Int64N(int64(d/2)+1))
}

func pause(ctx context.Context, d time.Duration) error {
	return until(ctx, time.Now().Add(d))
}

// answer is a response that came whole.
type answer struct {
	status     int
	seq        string
	replayed   bool
	retryAfter time.Duration
	body       []byte
}

// attempt makes one request once.
func (a *api) attempt(ctx context.Context, token, method, path, key string, body []byte) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, a.within)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, a.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	begun := time.Now()
	resp, err := a.http.Do(req)
	if err != nil {
		a.counts.failed("no connection")
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		a.counts.failed("cut while answering")
		return nil, err
	}
	ans := &answer{status: resp.StatusCode, seq: resp.Header.Get("BROS-Seq"), body: b, replayed: resp.Header.Get("Idempotency-Replayed") == "true"}
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
		ans.retryAfter = min(time.Duration(s)*time.Second, 30*time.Second)
	}
	a.counts.answered(ans, method, time.Since(begun))
	if ans.status != http.StatusTooManyRequests && ans.status/100 != 5 {
		a.lastGood.Store(time.Now().UnixNano())
	}
	return ans, nil
}

// good decodes a 2xx answer and keeps the highest number seen.
func (a *api) good(ans *answer, out any) error {
	if epoch, n, ok := strings.Cut(ans.seq, "/"); ok {
		seq, err := strconv.ParseInt(n, 10, 64)
		if err != nil {
			return fmt.Errorf("BROS-Seq is %q", ans.seq)
		}
		a.mu.Lock()
		if epoch != a.epoch {
			a.epoch, a.seq = epoch, 0
		}
		a.seq = max(a.seq, seq)
		a.mu.Unlock()
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(ans.body, out); err != nil {
		return fmt.Errorf("an answer can't be read: %w", err)
	}
	return nil
}

// refusal reads a problem document.
func (ans *answer) refusal() error {
	var p struct {
		Code    string          `json:"code"`
		Detail  string          `json:"detail"`
		Current json.RawMessage `json:"current"`
	}
	if json.Unmarshal(ans.body, &p) != nil || p.Code == "" {
		p.Code = strconv.Itoa(ans.status)
	}
	no := &refusal{Status: ans.status, Code: p.Code, Detail: p.Detail, Current: p.Current}
	var rec struct {
		Status string `json:"status"`
	}
	if json.Unmarshal(p.Current, &rec) == nil {
		no.Now = rec.Status
	}
	return no
}
