package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/brosops/bros/api/netguard"
	"github.com/brosops/bros/domain"
)

// callError is why a receiver did not take an event, in words that give nothing
// of its answer away.
type callError struct {
	reason     string
	retryAfter time.Duration // that it asked for
}

func (e *callError) Error() string { return e.reason }

// call posts a body once. Every answer of 2xx means: taken.
func (s *Sender) call(ctx context.Context, h *domain.Webhook, id string, body []byte) error {
	now := s.o.Now()
	signature, err := Sign(h.Secret, id, now, body)
	if err != nil {
		return &callError{reason: err.Error()}
	}
	if h.OldSecret != "" && now.Before(h.OldUntil.Time) {
		if old, err := Sign(h.OldSecret, id, now, body); err == nil {
			signature += " " + old
		}
	}
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return &callError{reason: "the address can't be called"}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "bros-webhook/1")
	req.Header.Set(HeaderID, id)
	req.Header.Set(HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
	req.Header.Set(HeaderSignature, signature)
	res, err := s.client.Do(req)
	if err != nil {
		return &callError{reason: reasonOf(err)}
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxAnswer))
	if res.StatusCode/100 == 2 {
		return nil
	}
	return &callError{fmt.Sprintf("HTTP %d", res.StatusCode), retryAfter(res, now)}
}

// retryAfter is how long a busy receiver asks to be left alone, within the longest pause.
func retryAfter(res *http.Response, now time.Time) time.Duration {
	if res.StatusCode != http.StatusTooManyRequests && res.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	v := strings.TrimSpace(res.Header.Get("Retry-After"))
	d := time.Duration(0)
	if sec, err := strconv.Atoi(v); err == nil {
		d = time.Duration(min(sec, 3600)) * time.Second
	} else if at, err := http.ParseTime(v); err == nil {
		d = at.Sub(now)
	}
	return max(0, min(d, maxPause))
}

// reasonOf says what went wrong on the way, without addresses: the URL in an
// error of the client may be confidential.
func reasonOf(err error) string {
	var dns *net.DNSError
	var u *url.Error
	switch {
	case errors.Is(err, netguard.ErrPrivate):
		return "the address is private, and BROS_WEBHOOK_PRIVATE does not allow it"
	case errors.Is(err, context.Canceled):
		return "stopped half-way"
	case errors.As(err, &dns):
		return "the name can't be resolved"
	case errors.As(err, &u) && u.Timeout():
		return "no answer in time"
	case strings.Contains(err.Error(), "x509:"), strings.Contains(err.Error(), "tls:"):
		return "the certificate or TLS handshake failed"
	case strings.Contains(err.Error(), "connection refused"):
		return "connection refused"
	}
	return "the connection failed"
}
