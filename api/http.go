package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-chi/chi/v5"
	"go.opentelemetry.io/otel/trace"

	"github.com/brosops/bros/api/quota"
	"github.com/brosops/bros/domain"
)

// handler is a route: what it returns is answered by Server.problem, and by nothing else.
type handler func(w http.ResponseWriter, r *http.Request) error

// call is what is known of one request while it is served.
type call struct {
	id       string       // X-Request-Id
	actor    domain.Actor // zero on public routes
	cookie   bool         // the session came by cookie
	touched  bool         // the session's expiry has just been moved
	remote   netip.Addr   // the client, behind trusted proxies
	secure   bool         // the client speaks HTTPS
	status   int          // of the answer, for the log line
	caller   quota.Caller // whom quotas count it for; zero: nobody
	socket   bool         // a command of a socket
	reads    atomic.Int64 // statements that the database was asked
	lookups  int          // centers that the database was asked for
	bodyHash [32]byte     // SHA-256 of the body, once it has been read
	span     trace.Span   // nil: not followed
	route    string       // pattern, when the request did not go through the router's context
}

type callKey struct{}

// callOf is the request's call; outside a request (tests) an empty one.
func callOf(ctx context.Context) *call {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c
	}
	return &call{}
}

// actorOf is who asks.
func actorOf(ctx context.Context) domain.Actor { return callOf(ctx).actor }

// pattern is the route as it was registered: what logs and metrics may show.
func (c *call) pattern(r *http.Request) string {
	if c.route != "" {
		return c.route
	}
	if rc := chi.RouteContext(r.Context()); rc != nil {
		if p := rc.RoutePattern(); p != "" {
			return p
		}
	}
	return "(none)"
}

// access says who may call a route. The zero value admits nobody.
type access struct {
	public  bool           // without a login
	staff   domain.Role    // the weakest desk role; empty: none
	rider   bool           // riders too
	anyKey  bool           // every API key
	scopes  []domain.Scope // keys with one of these
	slow    bool           // may take longer than others
	lenient bool           // no deadline of its own: sockets, long polls, streams
	self    bool           // public, but the handler knows whom to count it for
}

// The usual kinds of access.
var (
	openToAll   = access{public: true}
	agents      = access{staff: domain.RoleAgent}
	dispatchers = access{staff: domain.RoleDispatcher}
	managers    = access{staff: domain.RoleManager}
	admins      = access{staff: domain.RoleAdmin}
	ridersToo   = access{staff: domain.RoleAgent, rider: true} // everyone with a login
	loggedIn    = access{staff: domain.RoleAgent, rider: true, anyKey: true}
)

func (a access) orRider() access { a.rider = true; return a }

func (a access) orKey(scopes ...domain.Scope) access { a.scopes = scopes; return a }

func (a access) countsItself() access { a.self = true; return a }

func (a access) takesLong() access { a.slow = true; return a }

func (a access) noDeadline() access { a.lenient = true; return a }

// admits reports whether the role (and a key's scope) may call the route.
func (a access) admits(who domain.Actor) bool {
	switch who.Role {
	case domain.RoleRider:
		return a.rider
	case domain.RoleKey:
		if a.anyKey {
			return true
		}
		for _, sc := range a.scopes {
			if who.Has(sc) {
				return true
			}
		}
		return false
	}
	return a.staff != "" && who.Role.AtLeast(a.staff)
}

// routeInfo is a registered route, kept for tests and for the description.
type routeInfo struct {
	Method, Pattern string
	access          access
}

// requestTimeout bounds a request's work; a write that is already with the
// database is finished all the same.
const requestTimeout = 15 * time.Second

// slowTimeout is that of a request which brings hundreds of passwords to hash.
const slowTimeout = 2 * time.Minute

// on registers a route under its access rule. It is the only way in: a route
// without a rule can't be written.
func (s *Server) on(r chi.Router, method, pattern string, a access, h handler) {
	s.routes = append(s.routes, routeInfo{method, pattern, a})
	r.Method(method, pattern, s.guard(a, h))
}

// guard runs the checks that come before a handler: authentication, the
// caller's rate, the cookie rule, the role.
func (s *Server) guard(a access, h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !a.lenient {
			patience := requestTimeout
			if a.slow {
				patience = slowTimeout
			}
			ctx, cancel := context.WithTimeout(r.Context(), patience)
			defer cancel()
			r = r.WithContext(ctx)
		}
		err := s.admit(w, r, a)
		if err == nil {
			c := callOf(r.Context()) // whoever waits for the same thing takes turns
			r = r.WithContext(domain.WithCaller(r.Context(), string(c.caller.Kind)+" "+c.caller.ID))
			err = h(w, r)
		}
		if err != nil {
			s.problem(w, r, err)
		}
	}
}

// writeJSON answers v. Nothing has been written when it returns an error.
func writeJSON(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
	return nil
}

// gzipFrom is the size from which compressing an answer pays.
const gzipFrom = 4 << 10

var gzips = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	return z
}}

// writeList is writeJSON for answers that may be long: compressed when the
// client takes it and it pays.
func writeList(w http.ResponseWriter, r *http.Request, v any) error {
	return writeListAs(w, r, "application/json", v)
}

func writeListAs(w http.ResponseWriter, r *http.Request, contentType string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Add("Vary", "Accept-Encoding")
	if len(body) >= gzipFrom && takesGzip(r) {
		var buf bytes.Buffer
		z := gzips.Get().(*gzip.Writer)
		z.Reset(&buf)
		_, _ = z.Write(body)
		_ = z.Close()
		gzips.Put(z)
		body = buf.Bytes()
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body)
	return nil
}

// takesGzip reads Accept-Encoding; a q of zero refuses.
func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q := strings.ReplaceAll(strings.TrimSpace(params), " ", "")
			return q != "q=0" && !strings.HasPrefix(q, "q=0.000")
		}
	}
	return false
}

// list is the shape of every list.
type list[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"nextCursor,omitempty"`
}

func newList[T any](items []T, next string) list[T] {
	if items == nil {
		items = []T{} // an empty list is [], never null
	}
	return list[T]{items, next}
}
