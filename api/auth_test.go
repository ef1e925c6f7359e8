package api

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/brosops/bros/api/session"
	"github.com/brosops/bros/domain"
)

func loginBody(login, password string) LoginRequest {
	return LoginRequest{Login: login, Password: password}
}

func TestLogin(t *testing.T) {
	r := newRig(t)
	p := r.do(nobody, "POST", "/login", loginBody("Alpha-Agent ", testPassword)).want(200)
	got := get[LoginAnswer](p)
	if got.User.ID != r.a.agent.id || got.User.Role != domain.RoleAgent || len(got.User.CenterIDs) != 1 || got.ExpiresAt.IsZero() {
		t.Errorf("answer: %s", p.body)
	}
	cookie := p.header.Get("Set-Cookie")
	for _, want := range []string{r.srv.cookieName + "=" + got.Token, "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=43200"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("cookie %q lacks %s", cookie, want)
		}
	}
	if strings.Contains(cookie, "Secure") {
		t.Errorf("cookie %q is Secure over plain HTTP", cookie)
	}
	me := get[Me](r.do(&who{name: "agent", token: got.Token}, "GET", "/me", nil).want(200))
	if me.ID != r.a.agent.id {
		t.Errorf("me: %+v", me)
	}
	rider := get[LoginAnswer](r.do(nobody, "POST", "/login", loginBody("alpha-rider", testPassword)).want(200))
	if rider.User.RiderID != r.a.rider.rider {
		t.Errorf("rider: %+v", rider.User)
	}

	// What is wrong is not told apart.
	wrong := r.do(nobody, "POST", "/login", loginBody("alpha-agent", "wrong")).code(401, domain.CodeUnauthenticated)
	unknown := r.do(nobody, "POST", "/login", loginBody("nobody-at-all", "wrong")).code(401, domain.CodeUnauthenticated)
	if a, b := get[Problem](wrong), get[Problem](unknown); a.Detail != b.Detail {
		t.Errorf("%q and %q", a.Detail, b.Detail)
	}
	r.do(nobody, "POST", "/login", raw(`{"login":"x"`)).code(400, domain.CodeMalformed)
	r.do(nobody, "POST", "/login", raw(`{"login":"x","password":"y","more":1}`)).code(400, domain.CodeMalformed)
	r.do(nobody, "POST", "/login", raw(`{"login":"x"}`)).code(422, domain.CodeValidation, "password")
	r.do(nobody, "POST", "/login", raw(`{"password":"y"}`)).code(422, domain.CodeValidation, "login")
	r.do(nobody, "POST", "/login", loginBody("alpha-agent", testPassword), withHeader("Sec-Fetch-Site", "cross-site")).code(403, domain.CodeForbidden)
	r.do(nobody, "POST", "/login", loginBody("alpha-agent", testPassword), withHeader("Idempotency-Key", "k")).want(200)
	if again := r.do(nobody, "POST", "/login", loginBody("alpha-agent", testPassword), withHeader("Idempotency-Key", "k")).want(200); again.header.Get("Idempotency-Replayed") != "" {
		t.Error("a login was replayed")
	}
}

func TestLogoutAndCookie(t *testing.T) {
	r := newRig(t)
	got := get[LoginAnswer](r.do(nobody, "POST", "/login", loginBody("alpha-agent", testPassword)).want(200))
	browser := &who{name: "browser", token: got.Token, cookie: true}
	r.do(browser, "GET", "/me", nil).want(200)

	bare := func(q *http.Request) { q.Header.Del("X-BROS-Request") }
	r.do(browser, "GET", "/orders", nil, bare).want(200)
	r.do(browser, "POST", "/orders", r.a.order(), bare).code(403, domain.CodeForbidden)
	r.do(browser, "POST", "/orders", r.a.order()).want(201)
	// A header counts more than the cookie, and needs no other.
	r.do(browser, "POST", "/orders", r.a.order(), bare, withHeader("Authorization", "Bearer "+r.a.agent.token)).want(201)
	r.do(browser, "GET", "/me", nil, withHeader("Authorization", "Basic YTpi")).code(401, domain.CodeUnauthenticated)

	out := r.do(browser, "POST", "/logout", nil).want(204)
	if c := out.header.Get("Set-Cookie"); !strings.Contains(c, "Max-Age=0") {
		t.Errorf("the cookie stays: %q", c)
	}
	r.do(browser, "GET", "/me", nil).code(401, domain.CodeUnauthenticated)
	r.do(r.newKey("key", nil, domain.ScopeOrdersRead), "POST", "/logout", nil).code(403, domain.CodeForbidden)
}

// TestSessionsSlide lets a session live by its use, and die without.
func TestSessionsSlide(t *testing.T) {
	r := newRig(t)
	used, unused := r.a.agent, r.a.dispatcher
	r.do(unused, "GET", "/me", nil).want(200)
	for range 5 {
		r.advance(5 * time.Hour)
		r.do(used, "GET", "/me", nil).want(200)
	}
	r.do(unused, "GET", "/me", nil).code(401, domain.CodeUnauthenticated)

	browser := &who{name: "browser", token: used.token, cookie: true}
	r.advance(time.Hour)
	if c := r.do(browser, "GET", "/me", nil).want(200).header.Get("Set-Cookie"); !strings.Contains(c, "Max-Age=43200") {
		t.Errorf("the cookie was not renewed: %q", c)
	}
	if c := r.do(browser, "GET", "/me", nil).want(200).header.Get("Set-Cookie"); c != "" {
		t.Errorf("the cookie was renewed for nothing: %q", c)
	}
	r.advance(13 * time.Hour)
	r.do(used, "GET", "/me", nil).code(401, domain.CodeUnauthenticated)
}

// TestRevocation counts at once on the node that did it, cached or not.
func TestRevocation(t *testing.T) {
	r := newRig(t)
	user := func(who *who) string { return "/users/" + who.id }
	alive := func(who *who) { t.Helper(); r.do(who, "GET", "/me", nil).want(200) }
	dead := func(who *who) { t.Helper(); r.do(who, "GET", "/me", nil).code(401, domain.CodeUnauthenticated) }

	alive(r.a.agent)
	r.do(r.a.manager, "PATCH", user(r.a.agent), raw(`{"password":"another-password"}`)).want(200).without("another-password", "argon2")
	dead(r.a.agent)
	r.do(nobody, "POST", "/login", loginBody("alpha-agent", testPassword)).code(401, domain.CodeUnauthenticated)
	r.do(nobody, "POST", "/login", loginBody("alpha-agent", "another-password")).want(200)

	alive(r.a.dispatcher)
	r.do(r.a.manager, "PATCH", user(r.a.dispatcher), raw(`{"active":false}`)).want(200)
	dead(r.a.dispatcher)
	r.do(nobody, "POST", "/login", loginBody("alpha-dispatcher", testPassword)).code(401, domain.CodeUnauthenticated)

	alive(r.b.agent)
	r.do(r.b.manager, "DELETE", user(r.b.agent), nil).want(204)
	dead(r.b.agent)
	r.do(r.b.manager, "GET", user(r.b.agent), nil).code(404, domain.CodeNotFound)

	alive(r.a.rider)
	r.do(r.a.manager, "PATCH", "/riders/"+r.a.rider.rider, raw(`{"active":false}`)).want(200)
	dead(r.a.rider)
	alive(r.b.rider)
	r.do(r.b.manager, "PATCH", "/riders/"+r.b.rider.rider, raw(`{"password":"another-password"}`)).want(200).without("another-password")
	dead(r.b.rider)

	// A changed role counts with the next request, on the same session.
	r.do(r.b.dispatcher, "POST", "/deliveries/01x/assign", raw(`{}`)).code(404, domain.CodeNotFound)
	r.do(r.b.manager, "PATCH", user(r.b.dispatcher), raw(`{"role":"agent"}`)).want(200)
	r.do(r.b.dispatcher, "POST", "/deliveries/01x/assign", raw(`{}`)).code(403, domain.CodeForbidden)

	key := r.newKey("key", nil, domain.ScopeOrdersRead)
	alive(key)
	r.do(r.admin, "PATCH", "/api-keys/"+key.id, raw(`{"scopes":["reports:read"]}`)).want(200)
	r.do(key, "GET", "/orders", nil).code(403, domain.CodeForbidden)
	r.do(r.admin, "DELETE", "/api-keys/"+key.id, nil).want(204)
	dead(key)
}

func TestLoginLimits(t *testing.T) {
	proxy := func(c *Config) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	}
	r := newRig(t, proxy)
	from := func(addr string) option { return withHeader("X-Forwarded-For", addr) }

	for range 10 {
		r.do(nobody, "POST", "/login", loginBody("alpha-agent", "wrong"), from("192.0.2.1")).want(401)
	}
	limited := r.do(nobody, "POST", "/login", loginBody("ALPHA-agent", testPassword), from("192.0.2.1")).code(429, domain.CodeRateLimited)
	if s := limited.header.Get("Retry-After"); s == "" || s == "0" {
		t.Errorf("Retry-After %q", s)
	}
	// Another login, and another address, are not concerned.
	r.do(nobody, "POST", "/login", loginBody("beta-agent", testPassword), from("192.0.2.1")).want(200)
	r.do(nobody, "POST", "/login", loginBody("alpha-agent", testPassword), from("192.0.2.2")).want(200)
	r.advance(61 * time.Second)
	r.do(nobody, "POST", "/login", loginBody("alpha-agent", testPassword), from("192.0.2.1")).want(200)

	// Successes are never counted.
	for range 12 {
		r.do(nobody, "POST", "/login", loginBody("alpha-agent", testPassword), from("192.0.2.3")).want(200)
	}
	// Parallel guesses share the ten.
	var wg sync.WaitGroup
	var tried atomic.Int64
	for range 30 {
		wg.Go(func() {
			if r.do(nobody, "POST", "/login", loginBody("alpha-manager", "wrong"), from("192.0.2.4")).status == 401 {
				tried.Add(1)
			}
		})
	}
	wg.Wait()
	if n := tried.Load(); n != 10 {
		t.Errorf("%d guesses were looked at, want 10", n)
	}
	// A neighbour in the same /64 is the same customer.
	for i := range 10 {
		r.do(nobody, "POST", "/login", loginBody("beta-agent", "wrong"), from("2001:db8::"+itoa(int64(i+1)))).want(401)
	}
	r.do(nobody, "POST", "/login", loginBody("beta-agent", "wrong"), from("2001:db8::ffff")).want(429)
}

func TestCallLimit(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Quotas = quotas(t, "calls=10/s:20") })
	limited := 0
	var last *reply
	for range 60 {
		if p := r.do(r.a.agent, "GET", "/me", nil); p.status == 429 {
			limited++
			last = p
		}
	}
	if limited == 0 {
		t.Fatal("never limited")
	}
	if last.code(429, domain.CodeRateLimited).header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", last.header.Get("Retry-After"))
	}
	if detail := decodeAs[Problem](t, last.body).Detail; !strings.Contains(detail, "calls.staff") {
		t.Errorf("the detail %q does not name the quota", detail)
	}
	r.do(r.a.dispatcher, "GET", "/me", nil).want(200) // another caller

}

func TestProxies(t *testing.T) {
	r := newRig(t, func(c *Config) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	})
	secure := r.do(nobody, "POST", "/login", loginBody("alpha-agent", testPassword), withHeader("X-Forwarded-Proto", "https")).want(200)
	if !strings.Contains(secure.header.Get("Set-Cookie"), "Secure") || secure.header.Get("Strict-Transport-Security") == "" {
		t.Errorf("behind HTTPS: %v", secure.header)
	}
	req := func(remote string, forwarded ...string) *http.Request {
		q, _ := http.NewRequest("GET", "/", nil)
		q.RemoteAddr = remote
		for _, f := range forwarded {
			q.Header.Add("X-Forwarded-For", f)
		}
		q.Header.Set("X-Forwarded-Proto", "https")
		return q
	}
	for _, c := range []struct {
		q      *http.Request
		addr   string
		secure bool
	}{
		{req("198.51.100.7:4711", "1.2.3.4"), "198.51.100.7", false}, // not trusted: it may claim what it likes
		{req("127.0.0.1:4711", "1.2.3.4"), "1.2.3.4", true},
		{req("127.0.0.1:4711", "6.6.6.6, 1.2.3.4, 10.1.1.1"), "1.2.3.4", true},
		{req("127.0.0.1:4711", "6.6.6.6", "1.2.3.4", "10.1.1.1"), "1.2.3.4", true},
		{req("127.0.0.1:4711", "garbage, 10.1.1.1"), "10.1.1.1", true},
		{req("127.0.0.1:4711"), "127.0.0.1", true},
		// As proxies write a port, and IPv6 with one.
		{req("127.0.0.1:4711", "1.2.3.4:5678"), "1.2.3.4", true},
		{req("127.0.0.1:4711", "6.6.6.6:1, 1.2.3.4:5678, 10.1.1.1:80"), "1.2.3.4", true},
		{req("127.0.0.1:4711", "[2001:db8::7]:5678"), "2001:db8::7", true},
		{req("127.0.0.1:4711", "[2001:db8::7]"), "2001:db8::7", true},
		{req("127.0.0.1:4711", "2001:db8::7"), "2001:db8::7", true},
		{req("127.0.0.1:4711", `"[2001:db8::7]:5678"`), "2001:db8::7", true},
		{req("127.0.0.1:4711", "[::ffff:1.2.3.4]:99"), "1.2.3.4", true},
		{req("127.0.0.1:4711", "fe80::1%eth0"), "fe80::1", true},
		{req("127.0.0.1:4711", "unknown, 1.2.3.4:5"), "1.2.3.4", true},
		{req("127.0.0.1:4711", "1.2.3.4:port"), "127.0.0.1", true},
		{req("127.0.0.1:4711", ", ,"), "127.0.0.1", true},
		{req("[::ffff:127.0.0.1]:4711", "1.2.3.4"), "1.2.3.4", true},
	} {
		addr, secure := r.srv.client(c.q)
		if addr.String() != c.addr || secure != c.secure {
			t.Errorf("%s %v: %s %v", c.q.RemoteAddr, c.q.Header, addr, secure)
		}
	}
}

// TestNothingSecretInLogs reads all that was logged after a busy minute.
func TestNothingSecretInLogs(t *testing.T) {
	r := newRig(t)
	login := r.do(nobody, "POST", "/login?password=query-secret", loginBody("alpha-agent", testPassword)).want(200)
	token := get[LoginAnswer](login).Token
	key := r.newKey("key", nil, domain.ScopeOrdersRead)
	r.do(nobody, "POST", "/login", loginBody("010-5555-6666", "guessed-secret")).want(401)
	d := r.assigned(r.a, r.a.rider)
	r.do(r.a.agent, "GET", "/orders?q=01023456789", nil).want(200)
	r.do(r.a.agent, "POST", "/customers/search", CustomerSearch{Phone: "010 2345 6789"}).want(200)
	r.do(r.a.agent, "POST", "/orders", raw(`{"customer":{"phone":"01023456789","nosuchfield":"`+customerMemo+`"}}`)).want(400)
	r.do(r.a.rider, "POST", "/deliveries/"+d.ID+"/pickup", nil).want(200)
	r.do(r.a.rider, "POST", "/deliveries/"+d.ID+"/deliver", raw(`{"receivedBy":"Mrs Secret"}`)).want(200)
	r.do(key, "GET", "/orders", nil, withKey("an-idempotency-key")).want(200)
	o := get[domain.Order](r.do(r.a.agent, "GET", "/orders/"+d.OrderID, nil))
	tracking := domain.TrackingToken(o.TrackingURL)
	r.do(nobody, "GET", "/tracking/"+tracking, nil).want(200)
	var ticket struct{ Ticket string }
	if b := r.do(r.a.agent, "POST", "/realtime/ticket", nil); b.status == 201 {
		_ = json.Unmarshal(b.body, &ticket)
		r.do(nobody, "GET", "/realtime?ticket="+ticket.Ticket, nil)
	}
	logs := r.logs.String()
	if !strings.Contains(logs, "/api/v1/deliveries/{id}/deliver") {
		t.Error("the log has no route patterns")
	}
	for _, secret := range []string{testPassword, "guessed-secret", "query-secret", "010-5555-6666", token, key.token, r.a.agent.token, session.HashToken(token), customerPhone,
		"010-2345-6789", "010 2345 6789", customerName, customerDetail, customerMemo, "Mrs Secret", tracking, "argon2", "?q=", ticket.Ticket} {
		if secret != "" && strings.Contains(logs, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// TestTokenGuessing ends in 429 before it costs the database much; who is known
// already at that address works on.
func TestTokenGuessing(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Quotas = quotas(t, "tokens=1/s:20") })
	limited := 0
	for i := range 60 {
		r.do(r.a.agent, "GET", "/me", nil).want(200)
		if r.do(&who{name: "guesser", token: session.Prefix + itoa(int64(i))}, "GET", "/me", nil).status == 429 {
			limited++
		}
	}
	if limited < 30 {
		t.Errorf("%d of 60 guesses were stopped", limited)
	}
}
