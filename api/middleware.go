package api

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/brosops/bros/domain"
)

// legible refuses a path that is no text, which names nothing, and a NUL in a
// query: not every database takes one as an argument.
func (s *Server) legible(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !utf8.ValidString(r.URL.Path) || strings.ContainsRune(r.URL.Path, 0):
			s.problem(w, r, domain.NotFound("page or route"))
		case strings.Contains(r.URL.RawQuery, "%00"):
			s.problem(w, r, domain.Errorf(domain.CodeMalformed, "the query is no text"))
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// observe wraps every request: it gives it an id and its client's address,
// catches panics, and writes one log line and the request figures. The line
// holds the route's pattern, never a query string, a body or a token.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		c := &call{id: domain.NewID()}
		c.remote, c.secure = s.client(r)
		var ctx context.Context
		ctx, c.span = s.tracing.request(context.WithValue(r.Context(), callKey{}, c), r)
		r = r.WithContext(ctx)
		s.metrics.inFlight.Inc()
		sw := &statusWriter{ResponseWriter: w}
		s.commonHeaders(sw, r, c)
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler { // a stream that failed half-way: the client must notice
					s.record(r, c, sw, time.Since(start))
					panic(p)
				}
				s.log.Error("panic", "requestId", c.id, "route", c.pattern(r), "panic", p, "stack", string(debug.Stack()))
				if sw.status == 0 {
					s.problem(sw, r, &domain.Error{Code: domain.CodeInternal})
				}
			}
			s.record(r, c, sw, time.Since(start))
		}()
		if !quiet(r.URL.Path) {
			s.asked.Store(time.Now().UnixNano())
			if s.draining.Load() {
				sw.Header().Set("Connection", "close")
				s.problem(sw, r, &domain.Error{Code: domain.CodeUnavailable, Detail: "this node is going away; ask again", RetryAfter: 1})
				return
			}
		}
		next.ServeHTTP(sw, r)
	})
}

// record writes the line and counts the request.
func (s *Server) record(r *http.Request, c *call, sw *statusWriter, took time.Duration) {
	status := sw.status
	switch {
	case c.status != 0:
		status = c.status
	case status == 0:
		status = http.StatusOK
	}
	pattern := c.pattern(r)
	s.charge(c, sw.bytes)
	s.metrics.inFlight.Dec()
	s.metrics.observe(r.Method, pattern, status, took)
	answered(c.span, c, r.Method, pattern, status)
	log := s.log.Info
	if quiet(pattern) {
		log = s.log.Debug
	}
	args := []any{"method", methodLabel(r.Method), "route", pattern, "status", status, "ms", float64(took.Microseconds()) / 1000,
		"bytes", sw.bytes, "requestId", c.id, "user", c.actor.UserID, "remote", c.remote.String()}
	if c.span != nil {
		args = append(args, "traceId", c.span.SpanContext().TraceID().String())
	}
	log("request", args...)
}

// quiet routes are asked by machines every few seconds.
func quiet(pattern string) bool {
	return pattern == "/livez" || pattern == "/readyz" || pattern == "/metrics"
}

// commonHeaders are on every answer; a page's own policy is set by its handler.
func (s *Server) commonHeaders(w http.ResponseWriter, r *http.Request, c *call) {
	h := w.Header()
	h.Set("X-Request-Id", c.id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	if c.secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	if strings.HasPrefix(r.URL.Path, "/api/") {
		h.Set("Cache-Control", "no-store")
	}
}

// client is who really asks, and whether by HTTPS: the peer itself, or what
// trusted proxies say of it.
func (s *Server) client(r *http.Request) (netip.Addr, bool) {
	secure := s.cfg.Secure || r.TLS != nil
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, secure
	}
	addr := peer.Addr().Unmap()
	if !s.trusts(addr) {
		return addr, secure
	}
	if proto := last(r.Header.Values("X-Forwarded-Proto")); proto != "" {
		secure = strings.EqualFold(proto, "https")
	}
	// The rightmost address that no trusted proxy has is the one that the
	// outermost trusted proxy saw; what stands left of it anyone can claim.
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		a, ok := parseHop(hop)
		if !ok {
			break
		}
		addr = a
		if !s.trusts(addr) {
			break
		}
	}
	return addr, secure
}

// parseHop reads an element of X-Forwarded-For: an address, as proxies write it
// with a port too, and of IPv6 in brackets.
func parseHop(hop string) (netip.Addr, bool) {
	hop = strings.Trim(strings.TrimSpace(hop), `"`)
	if ap, err := netip.ParseAddrPort(hop); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	if rest, ok := strings.CutPrefix(hop, "["); ok {
		hop = strings.TrimSuffix(rest, "]")
	}
	a, err := netip.ParseAddr(hop)
	return a.Unmap().WithZone(""), err == nil
}

func (s *Server) trusts(a netip.Addr) bool {
	return slices.ContainsFunc(s.cfg.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// last is the last element of a header that may come in lines and in lists.
func last(values []string) string {
	if len(values) == 0 {
		return ""
	}
	v := values[len(values)-1]
	return strings.TrimSpace(v[strings.LastIndexByte(v, ',')+1:])
}

// statusWriter notes what was answered. It hands out the connection beneath it
// for sockets and deadlines.
type statusWriter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush sends what is buffered.
func (w *statusWriter) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// Hijack gives the connection away; it is logged as switched.
func (w *statusWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err == nil {
		w.status = http.StatusSwitchingProtocols
	}
	return conn, rw, err
}
