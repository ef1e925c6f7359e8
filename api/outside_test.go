package api

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/brosops/bros/domain"
)

// TestTwoInstallationsOnOneHost: cookies know hosts, not ports.
func TestTwoInstallationsOnOneHost(t *testing.T) {
	one, two := newRig(t), newRig(t)
	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: jar}
	status := func(r *rig, method, path, body string) int {
		t.Helper()
		u, _ := url.Parse(r.http.URL)
		q, _ := http.NewRequest(method, "http://localhost:"+u.Port()+base+path, strings.NewReader(body))
		q.Header.Set("X-BROS-Request", "1")
		res, err := browser.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
	login := `{"login":"alpha-agent","password":"` + testPassword + `"}`
	for _, r := range []*rig{one, two} {
		if got := status(r, "POST", "/login", login); got != 200 {
			t.Fatalf("login %d", got)
		}
	}
	if a, b := status(one, "GET", "/me", ""), status(two, "GET", "/me", ""); a != 200 || b != 200 {
		t.Errorf("after both logins: %d and %d", a, b)
	}
	if got := status(two, "POST", "/logout", ""); got != 204 {
		t.Errorf("logout %d", got)
	}
	if a, b := status(one, "GET", "/me", ""), status(two, "GET", "/me", ""); a != 200 || b != 401 {
		t.Errorf("after the second one's logout: %d and %d", a, b)
	}
}

// TestCookieOfAnInstallation: its nodes read each other's.
func TestCookieOfAnInstallation(t *testing.T) {
	one := newRig(t)
	first := one.srv.cookieName
	if err := one.srv.openSecrets(t.Context()); err != nil || one.srv.cookieName != first || first == cookiePrefix {
		t.Errorf("%q, then %q, %v", first, one.srv.cookieName, err)
	}
}

func TestTrailingSlash(t *testing.T) {
	build := fstest.MapFS{"app.html": {Data: []byte("app")}, "rider.html": {Data: []byte("rider")}, "tracking.html": {Data: []byte("tracking")}, "rider/sw.js": {Data: []byte("sw")}}
	r := newRig(t, func(c *Config) { c.Static = build })
	for path, to := range map[string]string{"/board/?centerId=x": "/board?centerId=x", "/rider/": "/rider", "/t/token1/": "/t/token1", "/login/": "/login"} {
		res, err := noRedirect.Get(r.http.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusMovedPermanently || res.Header.Get("Location") != to {
			t.Errorf("%s: %d to %q", path, res.StatusCode, res.Header.Get("Location"))
		}
	}
	for _, path := range []string{"/t/token1", "/api/v1/tracking/aaaaaaaaaaaaaaaaaaaaaaaa"} {
		res, err := noRedirect.Get(r.http.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if !strings.Contains(res.Header.Get("X-Robots-Tag"), "noindex") || res.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", path, res.Header)
		}
	}
	if p := r.do(r.a.agent, "GET", "/orders", nil).want(200); p.header.Get("Cache-Control") != "no-store" {
		t.Errorf("orders may be kept: %v", p.header)
	}
}

// TestOriginWithItsPort: a scheme's own port may be written or left out.
func TestOriginWithItsPort(t *testing.T) {
	r := newRig(t, func(c *Config) { c.PublicURL = "https://bros.example:443" })
	for origin, want := range map[string]bool{
		"https://bros.example": true, "https://bros.example:443": true, "https://BROS.example": true,
		"https://bros.example:8443": false, "http://bros.example": false, "https://bros.example.evil": false,
	} {
		q, _ := http.NewRequest("GET", "http://10.0.0.1:8080/", nil)
		q.Header.Set("Origin", origin)
		if got := r.srv.ownOrigin(q); got != want {
			t.Errorf("%s: %v", origin, got)
		}
	}
	q, _ := http.NewRequest("GET", "http://bros.internal:80/", nil)
	q.Header.Set("Origin", "http://bros.internal")
	if !r.srv.ownOrigin(q) {
		t.Error("the host with its port is another")
	}
}

func TestMetricsAreNotForAll(t *testing.T) {
	r := newRig(t, func(c *Config) {
		c.MetricsToken = "a-token-for-prometheus"
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	through := withHeader("X-Forwarded-For", "203.0.113.9")
	r.do(nobody, "GET", "/metrics", nil).want(200)
	r.do(nobody, "GET", "/metrics", nil, through).code(401, domain.CodeUnauthenticated)
	r.do(nobody, "GET", "/metrics", nil, withHeader("Via", "1.1 x")).want(401)
	r.do(nobody, "GET", "/metrics", nil, through, withHeader("Authorization", "Bearer a-token-for-somebody")).want(401)
	r.do(nobody, "GET", "/metrics", nil, through, withHeader("Authorization", "Bearer a-token-for-prometheus")).want(200)
	r.do(r.admin, "GET", "/metrics", nil, through).want(200)
	r.do(r.a.manager, "GET", "/metrics", nil, through).code(403, domain.CodeForbidden)
	r.do(r.newKey("figures", nil, domain.ScopeReportsRead), "GET", "/metrics", nil, through).want(200)
	r.do(r.newKey("orders", nil, domain.ScopeOrdersRead), "GET", "/metrics", nil, through).want(403)

	q, _ := http.NewRequest("GET", r.http.URL+"/metrics", nil)
	q.RemoteAddr = "203.0.113.9:4711"
	if err := r.srv.mayScrape(q.WithContext(context.WithValue(t.Context(), callKey{}, &call{remote: netip.MustParseAddr("203.0.113.9")}))); err == nil {
		t.Error("another machine reads the figures")
	}
}

func TestCommonPasswords(t *testing.T) {
	r := newRig(t)
	for _, p := range []string{"password", "PASSWORD1", "12345678", "qwerty123", "1q2w3e4r", " iloveyou "} {
		r.do(r.admin, "POST", "/users", domain.NewUser{Login: "fresh", Name: "F", Role: domain.RoleAdmin, Password: p}).code(422, domain.CodeValidation)
		r.do(r.admin, "PATCH", "/users/"+r.a.agent.id, map[string]string{"password": p}).code(422, domain.CodeValidation)
	}
	r.do(r.admin, "POST", "/users", domain.NewUser{Login: "fresh", Name: "F", Role: domain.RoleAdmin, Password: testPassword}).want(201)
}
