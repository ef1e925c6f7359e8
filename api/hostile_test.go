package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/brosops/bros/domain"
)

// jsonRoutes are all routes that read a JSON body, each with one that is right
// in form. {D}, {O}, {R}, {U}, {S}, {C}, {K} are records of the rig.
var jsonRoutes = []struct{ method, path, body string }{
	{"POST", "/centers", `{"code":"gamma","name":"G","location":{"lat":1,"lng":2},"assignMode":"dispatch"}`},
	{"PATCH", "/centers/{C}", `{"name":"n","speedKmh":20,"active":true}`},
	{"POST", "/shops", `{"centerId":"{C}","name":"n","phone":"021234567","location":{"lat":1,"lng":2},"prepMinutes":5}`},
	{"PATCH", "/shops/{S}", `{"name":"n","prepMinutes":5}`},
	{"POST", "/riders", `{"centerId":"{C}","name":"n","vehicle":"car","capacity":2}`},
	{"PATCH", "/riders/{R}", `{"name":"n","capacity":2}`},
	{"POST", "/riders/{R}/duty", `{"duty":"on"}`},
	{"POST", "/users", `{"login":"fuzzed","name":"n","role":"agent","centerIds":["{C}"],"password":"x"}`},
	{"PATCH", "/users/{U}", `{"name":"n","role":"agent"}`},
	{"POST", "/api-keys", `{"name":"n","scopes":["orders:read"],"centerIds":["{C}"]}`},
	{"PATCH", "/api-keys/{K}", `{"name":"n"}`},
	{"POST", "/orders", `{"shopId":"{S}","channel":"app","customer":{"name":"n","phone":"01023456789","address":"a"},"items":[{"name":"x","quantity":1,"price":2}],"payment":{"method":"card","amount":3}}`},
	{"POST", "/orders/{O}/accept", `{"prepMinutes":5}`},
	{"POST", "/orders/{O}/reject", `{"reason":"r"}`},
	{"POST", "/orders/{O}/cancel", `{"reason":"r","by":"shop"}`},
	{"POST", "/customers/search", `{"phone":"01023456789"}`},
	{"POST", "/deliveries/assign", `{"assignments":[{"deliveryId":"{D}","riderId":"{R}","version":1}]}`},
	{"POST", "/deliveries/{D}/assign", `{"riderId":"{R}","version":1,"reason":"r"}`},
	{"POST", "/deliveries/{D}/unassign", `{"reason":"r"}`},
	{"POST", "/deliveries/{D}/cancel", `{"reason":"r"}`},
	{"POST", "/deliveries/{D}/pickup", `{"reason":"r","at":"2026-11-23T00:00:00Z"}`},
	{"POST", "/deliveries/{D}/deliver", `{"reason":"r","receivedBy":"x","note":"y"}`},
	{"POST", "/login", `{"login":"x","password":"y"}`},
	{"POST", "/chat/{C}/messages", `{"text":"t"}`},
	{"POST", "/events", `{"namespace":"shop","room":"{C}","event":"e","data":{"a":1},"mode":"public"}`},
	{"POST", "/changes", `{"addresses":[{"address":"delivery/{C}"}],"wait":0}`},
}

// never holds what no JSON body may be, whatever the route.
var never = []string{
	"", " ", "nonsense", "{", "}", `{"`, `[`, `{"a":1}{"a":1}`, `{} 1`, "\x00", "{\"\xff\":1}", `{"a":"\u0000"}`, `{"a":"\ud800"}`,
	strings.Repeat("[", 5000), strings.Repeat(`{"a":`, 5000), "\xef\xbb\xbf{}", `{'a':1}`, `{"a":NaN}`, `{"a":1,}`, "{\"a\":\"\n\"}",
	`{"` + strings.Repeat("x", 100_000) + `":1}`, `<?xml version="1.0"?><a/>`, `a=1&b=2`,
}

// always are well-formed values that fit nowhere.
var always = []string{`null`, `1`, `"x"`, `true`, `[]`, `[{}]`, `-1e999`}

type hostile struct {
	*rig
	names *strings.Replacer
	key   *who
}

func newHostile(t testing.TB) *hostile {
	r := newRig(t, func(c *Config) { c.Quotas = quotas(t, "calls=off,rooms=off,messages=off") })
	d := r.newDelivery(r.a)
	o := get[domain.OrderResult](r.do(r.a.agent, "POST", "/orders", r.a.order()).want(201)).Order
	key := r.newKey("victim", nil, domain.ScopeOrdersRead)
	return &hostile{r, strings.NewReplacer("{C}", r.a.center.ID, "{S}", r.a.shop.ID, "{R}", r.a.rider.rider, "{U}", r.a.agent.id,
		"{D}", d.ID, "{O}", o.ID, "{K}", key.id), key}
}

// TestHostileBodies sends to every route what it can't take: a client's error
// each time, and nothing has changed.
func TestHostileBodies(t *testing.T) {
	h := newHostile(t)
	before := h.state(h.a)
	for _, route := range jsonRoutes {
		path, good := h.names.Replace(route.path), h.names.Replace(route.body)
		for _, body := range append(append([]string{}, never...), always...) {
			if optionalBody(route.path) && strings.TrimSpace(body) == "" {
				continue
			}
			p := h.do(h.admin, route.method, path, raw(body))
			if p.status != 400 && p.status != 422 && p.status != 429 && p.status != 403 {
				t.Errorf("%s %s with %.40q: %d %s", route.method, route.path, body, p.status, p.body)
			}
		}
		// One unknown field is enough to be refused, except for a rider's own.
		with := strings.TrimSuffix(good, "}") + `,"nosuchfield":1}`
		if p := h.do(h.admin, route.method, path, raw(with)); p.status != 400 && p.status != 403 {
			t.Errorf("%s %s with an unknown field: %d %s", route.method, route.path, p.status, p.body)
		}
	}
	if after := h.state(h.a); after != before {
		t.Errorf("something has changed:\n%s\n%s", before, after)
	}
}

// optionalBody says whether a route takes no body for an empty one.
func optionalBody(path string) bool {
	return strings.HasPrefix(path, "/deliveries/{D}/") || strings.HasPrefix(path, "/orders/{O}/")
}

// TestWrongFields spoils each field of each good body in turn: the answer is
// about that field, and nothing has changed.
func TestWrongFields(t *testing.T) {
	h := newHostile(t)
	before := h.state(h.a)
	for _, c := range []struct{ method, path, body, field string }{
		{"POST", "/orders", `{"shopId":"{S}","channel":"a b","customer":{"phone":"abc"},"items":[{"name":"","quantity":0,"price":-1}],"payment":{"method":"gold","amount":-1}}`,
			"channel customer.phone customer.address items[0].name items[0].quantity items[0].price payment.method payment.amount"},
		{"POST", "/orders", `{"shopId":"{S}","channel":"app","customer":{"phone":"01023456789","address":"a","location":{"lat":91,"lng":0},"memo":"` + strings.Repeat("x", 501) + `"},"items":[],"payment":{"method":"card","amount":1},"prepMinutes":241}`,
			"customer.location customer.memo items prepMinutes"},
		{"POST", "/orders", `{"channel":"app","customer":{"phone":"01023456789","address":"a"},"items":[{"name":"x","quantity":1,"price":1}],"payment":{"method":"card","amount":1}}`, "shopId"},
		{"POST", "/orders/{O}/accept", `{"prepMinutes":-1}`, "prepMinutes"},
		{"POST", "/orders/{O}/cancel", `{"by":"me"}`, "by"},
		{"POST", "/orders/{O}/reject", `{"reason":"` + strings.Repeat("x", 501) + `"}`, "reason"},
		{"POST", "/deliveries/{D}/assign", `{}`, "riderId"},
		{"POST", "/deliveries/{D}/assign", `{"riderId":"01nobody"}`, "riderId"},
		{"POST", "/deliveries/{D}/assign", `{"riderId":"` + h.b.rider.rider + `"}`, "riderId"},
		{"POST", "/deliveries/{D}/pickup", `{}`, "reason"},
		{"POST", "/deliveries/{D}/deliver", `{"reason":"r","photoId":"01none"}`, "photoId"},
		{"POST", "/deliveries/{D}/deliver", `{"reason":"r","at":"2020-01-01T00:00:00Z"}`, "at"},
		{"POST", "/deliveries/assign", `{"assignments":[{"deliveryId":"","riderId":""}]}`, "assignments[0].deliveryId assignments[0].riderId"},
		{"POST", "/riders/{R}/duty", `{"duty":"sleep"}`, "duty"},
		{"POST", "/riders", `{"centerId":"{C}","name":"","vehicle":"boat","capacity":11,"phone":"x"}`, "name vehicle capacity phone"},
		{"PATCH", "/riders/{R}", `{"centerId":"` + h.b.center.ID + `"}`, "centerId"},
		{"PATCH", "/shops/{S}", `{"centerId":"` + h.b.center.ID + `","prepMinutes":-1}`, "centerId prepMinutes"},
		{"POST", "/shops", `{"centerId":"{C}"}`, "name location"},
		{"POST", "/shops", `{"name":"x","location":{"lat":1,"lng":1}}`, "centerId"},
		{"POST", "/users", `{"login":"X Y","password":"short","name":"","role":"king","centerIds":[]}`, "login password name role"},
		{"POST", "/users", `{"login":"ok-login","password":"long-enough","name":"n","role":"agent","centerIds":[]}`, "centerIds"},
		{"POST", "/centers", `{"code":"a b","name":"","timezone":"Mars","currency":"won","assignMode":"none"}`, "code name timezone currency assignMode location"},
		{"POST", "/api-keys", `{"name":"","scopes":["all"]}`, "name"},
		{"POST", "/customers/search", `{"phone":"x"}`, "phone"},
	} {
		h.do(h.admin, c.method, h.names.Replace(c.path), raw(h.names.Replace(c.body))).code(422, domain.CodeValidation, strings.Fields(c.field)...)
	}
	for _, q := range []string{"/orders?limit=0", "/orders?limit=501", "/orders?limit=x", "/orders?limit=-1", "/orders?cursor=garbage", "/orders?status=open",
		"/orders?from=yesterday", "/orders?to=5", "/orders?from=2026-01-02&to=2025-12-31", "/deliveries?status=received", "/deliveries?cursor=x", "/riders?cursor=x", "/riders?limit=9999",
		"/shops?cursor=eyJ9", "/centers?limit=1e3", "/users?q=" + strings.Repeat("x", 101), "/api-keys?cursor=zz", "/reports/daily", "/reports/daily?centerId={C}&date=01.02.2026",
		"/reports/deliveries.csv?centerId={C}&from=x", "/riders/{R}/track?from=2026-03-01&to=2026-01-01"} {
		h.do(h.admin, "GET", h.names.Replace(q), nil).code(422, domain.CodeValidation)
	}
	for _, q := range []string{"/orders?q=%00", "/orders?cursor=%00", "/riders?q=a%FF"} {
		h.do(h.admin, "GET", q, nil).code(400, domain.CodeMalformed)
	}
	if after := h.state(h.a); after != before {
		t.Errorf("something has changed:\n%s\n%s", before, after)
	}
}

// TestHostilePaths asks for ids and paths that nobody made.
func TestHostilePaths(t *testing.T) {
	h := newHostile(t)
	for _, id := range []string{"x", "..", "%2e%2e", "%00", "'%20OR%201=1", "%F0%9F%98%80", "%FF%FE", strings.Repeat("9", 3000), "me", "a%2Fb", ";", "null"} {
		for _, p := range []string{"/orders/", "/deliveries/", "/riders/", "/shops/", "/users/", "/centers/", "/api-keys/", "/photos/", "/tracking/"} {
			got := h.do(h.admin, "GET", p+id, nil)
			if got.status != 404 && got.status != 405 && got.status != 400 && !(id == ".." || id == "%2e%2e") {
				t.Errorf("%s: %d %s", got.what, got.status, got.body)
			}
		}
	}
	h.do(nobody, "GET", "/nosuchroute", nil).code(404, domain.CodeNotFound)
	h.do(nobody, "GET", "/-nosuchpage", nil).code(404, domain.CodeNotFound)
	wrong := h.do(h.admin, "DELETE", "/orders", nil).code(405, codeMethod)
	if got := strings.Join(wrong.header.Values("Allow"), ","); got != "GET,POST" {
		t.Errorf("Allow: %q", got)
	}
	h.do(h.admin, "BREW", "/orders", nil).want(405)
	h.do(h.admin, http.MethodOptions, "/orders", nil).want(405)
}

// FuzzBodies spoils good bodies of real routes: whatever comes of it, it is
// never a failure of the server.
func FuzzBodies(f *testing.F) {
	for i, route := range jsonRoutes {
		f.Add(uint8(i), route.body)
	}
	for i, body := range append(append([]string{}, never[:16]...), always...) {
		f.Add(uint8(i), body)
	}
	h := newHostile(f)
	f.Fuzz(func(t *testing.T, n uint8, body string) {
		route := jsonRoutes[int(n)%len(jsonRoutes)]
		p := h.in(t).do(h.admin, route.method, h.names.Replace(route.path), raw(h.names.Replace(body)))
		if p.status >= 500 {
			t.Fatalf("%s %s: %d %s", route.method, route.path, p.status, p.body)
		}
	})
}
