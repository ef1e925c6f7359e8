package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// callTimeout bounds one request of the sample traffic.
const callTimeout = 20 * time.Second

// problem is an answer that refuses.
type problem struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (p *problem) Error() string { return fmt.Sprintf("%d %s: %s", p.Status, p.Code, p.Detail) }

// refused reports whether the server was asked for what can't be (any more):
// somebody at a screen was faster, which in a demonstration is welcome.
func refused(err error) bool {
	var p *problem
	return errors.As(err, &p) && (p.Status == http.StatusConflict || p.Status == http.StatusNotFound ||
		p.Status == http.StatusForbidden || p.Status == http.StatusUnprocessableEntity)
}

func unauthenticated(err error) bool {
	var p *problem
	return errors.As(err, &p) && p.Status == http.StatusUnauthorized
}

// session is one caller of the public API: a login, or an API key.
type session struct {
	base  string
	http  *http.Client
	login string // empty with an API key

	password string

	mu    sync.Mutex
	token string
}

// call sends in as JSON and reads the answer into out (either may be nil). A
// session that has ended is opened again once.
func (s *session) call(ctx context.Context, method, path string, in, out any) error {
	token, err := s.bearer(ctx, "")
	if err != nil {
		return err
	}
	err = s.send(ctx, token, method, path, in, out)
	if s.login != "" && unauthenticated(err) {
		if token, err = s.bearer(ctx, token); err == nil {
			err = s.send(ctx, token, method, path, in, out)
		}
	}
	return err
}

// bearer is the token; stale is one that was refused. It has the form that
// realtime/client asks for.
func (s *session) bearer(ctx context.Context, stale string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token != "" && s.token != stale || s.login == "" {
		return s.token, nil
	}
	var out struct {
		Token string `json:"token"`
	}
	err := s.send(ctx, "", http.MethodPost, "/login", map[string]string{"login": s.login, "password": s.password}, &out)
	if err != nil {
		return "", fmt.Errorf("log in as %s: %w", s.login, err)
	}
	s.token = out.Token
	return s.token, nil
}

func (s *session) send(ctx context.Context, token, method, path string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, s.base+"/api/v1"+path, body)
	if err != nil {
		return err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := s.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		p := &problem{Status: res.StatusCode}
		_ = json.NewDecoder(res.Body).Decode(p) // the status says enough
		p.Status = res.StatusCode
		return fmt.Errorf("%s %s: %w", method, path, p)
	}
	if out == nil {
		_, err = io.Copy(io.Discard, res.Body)
		return err
	}
	return json.NewDecoder(res.Body).Decode(out)
}

// list reads all pages of a list.
func list[T any](ctx context.Context, s *session, path, query string) ([]T, error) {
	var all []T
	for cursor := ""; ; {
		var page struct {
			Items      []T    `json:"items"`
			NextCursor string `json:"nextCursor"`
		}
		if err := s.call(ctx, http.MethodGet, path+"?limit=500&"+query+"&cursor="+cursor, nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if cursor = page.NextCursor; cursor == "" {
			return all, nil
		}
	}
}
