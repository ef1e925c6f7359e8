package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/domain"
)

func TestPages(t *testing.T) {
	build := fstest.MapFS{
		"app.html":             {Data: []byte("<!doctype html><title>app</title>" + strings.Repeat("<p>text</p>", 500))},
		"rider.html":           {Data: []byte("<!doctype html><title>rider</title>")},
		"tracking.html":        {Data: []byte("<!doctype html><title>tracking</title>")},
		"assets/app-1a2b.js":   {Data: []byte("console.log(1)")},
		"sw.js":                {Data: []byte("self")},
		"rider/sw.js":          {Data: []byte("self.rider")},
		"manifest.webmanifest": {Data: []byte("{}")},
		".gitkeep":             {},
	}
	r := newRig(t, func(c *Config) {
		c.Static, c.PublicURL, c.TileOrigin = build, "https://bros.example", "https://tile.example"
	})
	fetch := func(method, path string, opts ...option) *reply {
		t.Helper()
		q, _ := http.NewRequest(method, r.http.URL+path, nil)
		for _, o := range opts {
			o(q)
		}
		res, err := noRedirect.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		rec := httptest.NewRecorder()
		_, _ = rec.Body.ReadFrom(res.Body)
		return &reply{t: t, what: method + " " + path, status: res.StatusCode, header: res.Header, body: rec.Body.Bytes()}
	}
	for path, title := range map[string]string{"/login": "app", "/intake": "app", "/board?centerId=x&lang=en": "app", "/monitor": "app", "/reports": "app",
		"/settings": "app", "/audit": "app", "/plan": "app", "/rider": "rider", "/t/sometoken": "tracking"} {
		p := fetch("GET", path).want(200)
		csp := p.header.Get("Content-Security-Policy")
		if !strings.Contains(string(p.body), "<title>"+title) || p.header.Get("Content-Type") != "text/html; charset=utf-8" || p.header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: %v %.50s", path, p.header, p.body)
		}
		for _, want := range []string{"default-src 'self'", "script-src 'self';", "img-src 'self' data: blob: https://tile.example", "connect-src 'self' wss://bros.example https://tile.example", "frame-ancestors 'none'", "object-src 'none'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: policy %q lacks %q", path, csp, want)
			}
		}
	}
	asset := fetch("GET", "/assets/app-1a2b.js").want(200)
	if !strings.Contains(asset.header.Get("Cache-Control"), "immutable") || asset.header.Get("Content-Type") != "text/javascript; charset=utf-8" || asset.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("asset: %v", asset.header)
	}
	if p := fetch("GET", "/manifest.webmanifest").want(200); p.header.Get("Content-Type") != "application/manifest+json" {
		t.Errorf("%v", p.header)
	}
	if p := fetch("GET", "/rider/sw.js").want(200); string(p.body) != "self.rider" || p.header.Get("Cache-Control") != "no-cache" {
		t.Errorf("%v %s", p.header, p.body)
	}
	if p := fetch("HEAD", "/login").want(200); len(p.body) != 0 {
		t.Errorf("HEAD has a body")
	}
	tag := fetch("GET", "/login").header.Get("ETag")
	if p := fetch("GET", "/login", withHeader("If-None-Match", tag)); p.status != http.StatusNotModified || len(p.body) != 0 {
		t.Errorf("%d", p.status)
	}
	if p := fetch("GET", "/login", withHeader("Accept-Encoding", "gzip")); p.header.Get("Content-Encoding") != "gzip" || len(p.body) > 1000 {
		t.Errorf("%v", p.header)
	}
	fetch("GET", "/.gitkeep").want(404)
	fetch("GET", "/app.html").want(404)
	fetch("GET", "/assets/").want(404)
	fetch("GET", "/assets/../../rig_test.go").want(404)

	cookie := func(w *who) option {
		return func(q *http.Request) { q.AddCookie(&http.Cookie{Name: r.srv.cookieName, Value: w.token}) }
	}
	for to, p := range map[string]*reply{"/login?lang=en": fetch("GET", "/?lang=en"), "/board": fetch("GET", "/", cookie(r.a.agent)), "/rider": fetch("GET", "/", cookie(r.a.rider))} {
		if p.want(303); p.header.Get("Location") != to {
			t.Errorf("to %s, want %s", p.header.Get("Location"), to)
		}
	}
}

func TestNoPages(t *testing.T) {
	r := newRig(t)
	p := r.do(nobody, "GET", "/t/x", nil).want(404)
	if !strings.Contains(string(p.body), "make web") {
		t.Errorf("%s", p.body)
	}
}

func TestProbesAndMetrics(t *testing.T) {
	r := newRig(t)
	r.do(nobody, "GET", "/livez", nil).want(200)
	if got := get[Readiness](r.do(nobody, "GET", "/readyz", nil).want(200)); got.Status != "ok" || got.Reasons == nil {
		t.Errorf("%+v", got)
	}
	r.newDelivery(r.a)
	r.do(nobody, "GET", "/orders", nil).want(401)
	body := string(r.do(nobody, "GET", "/metrics", nil).want(200).body)
	for _, want := range []string{`bros_db_queries_total{kind="read"}`, `bros_db_queries_total{kind="write"}`, "bros_realtime_connections 0", "bros_realtime_frames_sent_total",
		`bros_realtime_resyncs_total{cause="slow"}`, "bros_log_lag_seconds", "go_goroutines", "process_open_fds",
		`bros_http_request_duration_seconds_count{method="POST",route="/api/v1/orders",status="201"} 1`,
		`bros_http_request_duration_seconds_count{method="GET",route="/api/v1/orders",status="401"} 1`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
	r.do(nobody, "GET", "/metrics", nil).want(200).without(customerPhone)
	if err := r.db.Close(); err != nil {
		t.Fatal(err)
	}
	p := r.do(nobody, "GET", "/readyz", nil).want(503)
	if got := get[Readiness](p); got.Status != "unready" || len(got.Reasons) == 0 || strings.Contains(string(p.body), "sql") {
		t.Errorf("%s", p.body)
	}
	r.do(nobody, "GET", "/livez", nil).want(200)
}

// TestFailures: what nobody foresaw shows a request id and nothing else.
func TestFailures(t *testing.T) {
	r := newRig(t)
	router := chi.NewRouter()
	router.Use(r.srv.observe)
	r.srv.on(router, "GET", "/panic", openToAll, func(http.ResponseWriter, *http.Request) error { panic("secret cause") })
	r.srv.on(router, "GET", "/error", openToAll, func(http.ResponseWriter, *http.Request) error { return errors.New("secret cause") })
	r.srv.on(router, "GET", "/internal", openToAll, func(http.ResponseWriter, *http.Request) error {
		return &domain.Error{Code: domain.CodeInternal, Detail: "secret cause"}
	})
	r.srv.on(router, "GET", "/busy", openToAll, func(http.ResponseWriter, *http.Request) error {
		return &domain.Error{Code: domain.CodeUnavailable, RetryAfter: 3}
	})
	r.srv.on(router, "GET", "/late", openToAll, func(http.ResponseWriter, *http.Request) error {
		return fmt.Errorf("waited: %w", context.DeadlineExceeded)
	})
	r.srv.on(router, "GET", "/gone", openToAll, func(_ http.ResponseWriter, q *http.Request) error { return q.Context().Err() })
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	rec := httptest.NewRecorder()
	router.ServeHTTP(rec, httptest.NewRequestWithContext(gone, "GET", "/gone", nil))
	if rec.Code != 503 || !strings.Contains(r.logs.String(), "status=499") {
		t.Errorf("a request that was given up: %d", rec.Code)
	}
	for path, status := range map[string]int{"/panic": 500, "/error": 500, "/internal": 500, "/busy": 503, "/late": 503} {
		rec := httptest.NewRecorder()
		router.ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
		p := &reply{t: t, what: path, status: rec.Code, header: rec.Header(), body: rec.Body.Bytes()}
		p.want(status).without("secret", "cause", "goroutine")
		var pr Problem
		p.into(&pr)
		if pr.RequestID == "" || pr.RequestID != rec.Header().Get("X-Request-Id") {
			t.Errorf("%s: %s", path, p.body)
		}
		if status == 500 && !strings.Contains(r.logs.String(), pr.RequestID) {
			t.Errorf("%s is not in the log", path)
		}
		if status == 503 && rec.Header().Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", path)
		}
	}
	if n := strings.Count(r.logs.String(), "secret cause"); n < 3 {
		t.Errorf("the causes are logged %d times", n)
	}
}
