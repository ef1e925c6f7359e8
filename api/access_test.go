package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/brosops/bros/api/session"
	"github.com/brosops/bros/domain"
)

// The callers of the access table, in its order of letters.
const accessLetters = "radmA" + "wopts"

// mayCall says who gets past 401 and 403 on each route: r rider, a agent,
// d dispatcher, m manager, A admin; keys with w orders:write, o orders:read,
// p events:publish, t riders:write ("tracker"), s reports:read ("statistics").
// "*": everybody, logged in or not.
var mayCall = map[string]string{
	"POST /login":                      "*",
	"GET /tracking/{token}":            "*",
	"GET /openapi.yaml":                "*",
	"GET /about":                       "*",
	"GET /push/key":                    "r",
	"POST /push/subscriptions":         "r",
	"DELETE /push/subscriptions/{id}":  "r",
	"POST /logout":                     "radmA",
	"GET /me":                          "radmAwopts",
	"POST /centers":                    "A",
	"GET /centers":                     "admA",
	"GET /centers/{id}":                "radmA",
	"PATCH /centers/{id}":              "A",
	"POST /centers/{id}/mode":          "dmA",
	"POST /shops":                      "mA",
	"GET /shops":                       "admAwo",
	"GET /shops/{id}":                  "admAwo",
	"PATCH /shops/{id}":                "mA",
	"POST /shops/{id}/state":           "admA",
	"POST /shops/import":               "mA",
	"POST /zones":                      "mA",
	"GET /zones":                       "admAwo",
	"GET /zones/at":                    "admAwo",
	"GET /zones.geojson":               "admAwo",
	"POST /zones/import":               "mA",
	"GET /zones/{id}":                  "admAwo",
	"PATCH /zones/{id}":                "mA",
	"DELETE /zones/{id}":               "mA",
	"POST /riders/import":              "mA",
	"POST /users":                      "mA",
	"GET /users":                       "mA",
	"GET /users/{id}":                  "mA",
	"PATCH /users/{id}":                "mA",
	"DELETE /users/{id}":               "mA",
	"POST /api-keys":                   "A",
	"GET /api-keys":                    "A",
	"GET /api-keys/{id}":               "A",
	"PATCH /api-keys/{id}":             "A",
	"DELETE /api-keys/{id}":            "A",
	"POST /orders":                     "admAw",
	"GET /orders":                      "admAo",
	"GET /orders/{id}":                 "admAwo",
	"POST /orders/{id}/accept":         "admA",
	"POST /orders/{id}/reject":         "admA",
	"POST /orders/{id}/cancel":         "admAw",
	"POST /customers/search":           "admA",
	"GET /deliveries":                  "radmAo",
	"GET /deliveries/{id}":             "radmAo",
	"GET /deliveries/{id}/history":     "radmAo",
	"GET /deliveries/{id}/suggestions": "admA",
	"GET /route":                       "radmAwo",
	"POST /deliveries/assign":          "dmA",
	"POST /deliveries/{id}/assign":     "dmA",
	"POST /deliveries/{id}/unassign":   "dmA",
	"POST /deliveries/{id}/cancel":     "dmA",
	"PATCH /orders/{id}":               "admAw",
	"POST /deliveries/{id}/seen":       "r",
	"POST /deliveries/{id}/arrive":     "r",
	"POST /deliveries/{id}/problem":    "rdmA",
	"POST /deliveries/{id}/resolve":    "dmA",
	"POST /deliveries/{id}/giveback":   "r",
	"POST /deliveries/{id}/returned":   "rdmA",
	"POST /deliveries/{id}/reopen":     "dmA",
	"POST /deliveries/{id}/release":    "admA",
	"POST /deliveries/{id}/pin":        "dmA",
	"DELETE /deliveries/{id}/pin":      "dmA",
	"POST /deliveries/{id}/avoid":      "dmA",
	"GET /plan":                        "admA",
	"GET /addresses":                   "admAw",
	"GET /offers":                      "radmA",
	"POST /offers/{id}/accept":         "r",
	"POST /offers/{id}/decline":        "r",
	"POST /deliveries/{id}/claim":      "r",
	"POST /deliveries/{id}/pickup":     "rdmA",
	"POST /deliveries/{id}/deliver":    "rdmA",
	"POST /deliveries/{id}/photo":      "rdmA",
	"GET /photos/{id}":                 "radmA",
	"POST /riders":                     "mA",
	"GET /riders":                      "admAt",
	"GET /riders/{id}":                 "radmAt",
	"PATCH /riders/{id}":               "mA",
	"POST /riders/{id}/duty":           "rdmAt",
	"GET /riders/{id}/track":           "radmA",
	"GET /reports/daily":               "mAs",
	"GET /reports/daily.csv":           "mAs",
	"GET /reports/deliveries.csv":      "mAs",
	"GET /reports/range":               "mAs",
	"GET /reports/range.csv":           "mAs",
	"GET /riders/{id}/cash":            "rdmA",
	"GET /cash":                        "dmA",
	"POST /riders/{id}/settlements":    "dmA",
	"GET /settlements":                 "dmAs",
	"GET /realtime":                    "radmAwopts",
	"POST /realtime/ticket":            "radmAwopts",
	"POST /changes":                    "radmAwopts",
	"GET /chat/{centerId}/messages":    "radmA",
	"POST /chat/{centerId}/messages":   "radmA",
	"GET /chat/{centerId}/read":        "radmA",
	"PUT /chat/{centerId}/read":        "radmA",
	"GET /chat/{centerId}/people":      "radmA",
	"POST /events":                     "mAp",

	"POST /chat/{centerId}/messages/{id}/remove": "mA",
	"POST /riders/me/positions":                  "r",
	"POST /riders/{id}/positions":                "rt",
	"GET /monitor":                               "mA",
	"POST /webhooks":                             "mA",
	"GET /webhooks":                              "mA",
	"GET /webhooks/{id}":                         "mA",
	"PATCH /webhooks/{id}":                       "mA",
	"DELETE /webhooks/{id}":                      "mA",
	"POST /webhooks/{id}/secret":                 "mA",
	"GET /webhooks/{id}/deliveries":              "mA",
	"POST /webhooks/{id}/replay":                 "mA",
	"GET /audit":                                 "mA",
	"DELETE /monitor/connections/{id}":           "mA",
}

// TestAccess asks every route as everybody.
func TestAccess(t *testing.T) {
	r := newRig(t)
	callers := map[byte]*who{
		'r': r.a.rider, 'a': r.a.agent, 'd': r.a.dispatcher, 'm': r.a.manager, 'A': r.admin,
		'w': r.newKey("writer", nil, domain.ScopeOrdersWrite), 'o': r.newKey("reader", nil, domain.ScopeOrdersRead),
		'p': r.newKey("publisher", nil, domain.ScopeEventsPublish), 't': r.newKey("tracker", nil, domain.ScopeRidersWrite),
		's': r.newKey("statistics", nil, domain.ScopeReportsRead),
	}
	seen := map[string]bool{}
	for _, route := range r.srv.routes {
		name := route.Method + " " + route.Pattern
		seen[name] = true
		allowed, ok := mayCall[name]
		if !ok {
			t.Errorf("%s is not in the table", name)
			continue
		}
		path := strings.NewReplacer("{id}", "01nosuchrecord", "{centerId}", "01nosuchcenter", "{token}", "nosuchtoken").Replace(route.Pattern)
		ask := func(as *who) *reply {
			// The body is good JSON of no use: it never gets as far as a change.
			var body any
			if route.Method != http.MethodGet && route.Method != http.MethodDelete {
				body = raw(`{"nosuchfield":1}`)
			}
			return r.do(as, route.Method, path, body)
		}
		if allowed == "*" {
			if got := ask(nobody); got.status == 401 || got.status == 403 {
				t.Errorf("%s as nobody: %d", name, got.status)
			}
			continue
		}
		ask(nobody).code(401, domain.CodeUnauthenticated)
		ask(&who{name: "stranger", token: session.Prefix + "wrong"}).code(401, domain.CodeUnauthenticated)
		ask(&who{name: "stranger with a key", token: session.KeyPrefix + "wrong"}).code(401, domain.CodeUnauthenticated)
		for _, letter := range []byte(accessLetters) {
			if name == "POST /logout" && strings.ContainsRune(allowed, rune(letter)) {
				continue // it would end the session that the test goes on with
			}
			got := ask(callers[letter])
			if strings.ContainsRune(allowed, rune(letter)) {
				if got.status == 401 || got.status == 403 || got.status >= 500 {
					t.Errorf("%s as %s: %d %s", name, callers[letter].name, got.status, got.body)
				}
				continue
			}
			if got.status != 403 {
				t.Errorf("%s as %s: %d, want 403", name, callers[letter].name, got.status)
			}
		}
	}
	for name := range mayCall {
		if !seen[name] {
			t.Errorf("%s is in the table and not registered", name)
		}
	}
}

// TestOtherCenters asks for everything of center a as the people of center b:
// nothing of it is there, and nothing changes.
func TestOtherCenters(t *testing.T) {
	r := newRig(t)
	d := r.assigned(r.a, r.a.rider)
	foreignKey := r.newKey("limited", []string{r.b.center.ID}, domain.ScopeOrdersRead, domain.ScopeOrdersWrite, domain.ScopeReportsRead, domain.ScopeRidersWrite)
	userOfA := r.a.agent.id
	type ask struct{ method, path, body string }
	asks := []ask{
		{"GET", "/centers/" + r.a.center.ID, ""},
		{"GET", "/shops/" + r.a.shop.ID, ""},
		{"PATCH", "/shops/" + r.a.shop.ID, `{"name":"x"}`},
		{"GET", "/riders/" + r.a.rider.rider, ""},
		{"PATCH", "/riders/" + r.a.rider.rider, `{"name":"x"}`},
		{"GET", "/riders/" + r.a.rider.rider + "/track", ""},
		{"POST", "/riders/" + r.a.rider.rider + "/duty", `{"duty":"break"}`},
		{"GET", "/users/" + userOfA, ""},
		{"PATCH", "/users/" + userOfA, `{"name":"x"}`},
		{"DELETE", "/users/" + userOfA, ""},
		{"GET", "/orders/" + d.OrderID, ""},
		{"POST", "/orders/" + d.OrderID + "/accept", `{}`},
		{"POST", "/orders/" + d.OrderID + "/reject", `{}`},
		{"POST", "/orders/" + d.OrderID + "/cancel", `{"reason":"x"}`},
		{"GET", "/deliveries/" + d.ID, ""},
		{"GET", "/deliveries/" + d.ID + "/history", ""},
		{"GET", "/deliveries/" + d.ID + "/suggestions", ""},
		{"POST", "/deliveries/" + d.ID + "/assign", `{"riderId":"` + r.b.rider.rider + `"}`},
		{"POST", "/deliveries/" + d.ID + "/unassign", `{}`},
		{"POST", "/deliveries/" + d.ID + "/cancel", `{"reason":"x"}`},
		{"POST", "/deliveries/" + d.ID + "/pickup", `{"reason":"x"}`},
		{"POST", "/deliveries/" + d.ID + "/deliver", `{"reason":"x"}`},
		{"POST", "/deliveries/" + d.ID + "/photo", "\x89PNG\r\n\x1a\n0000000000"},
		{"GET", "/reports/daily?centerId=" + r.a.center.ID, ""},
		{"GET", "/reports/deliveries.csv?centerId=" + r.a.center.ID, ""},
		{"POST", "/orders", `{"shopId":"` + r.a.shop.ID + `","channel":"app"}`},
		{"POST", "/shops", `{"centerId":"` + r.a.center.ID + `","name":"x"}`},
		{"POST", "/riders", `{"centerId":"` + r.a.center.ID + `","name":"x"}`},
		{"POST", "/users", `{"centerIds":["` + r.a.center.ID + `"],"role":"agent","login":"x1","name":"x","password":"` + testPassword + `"}`},
		{"GET", "/orders?centerId=" + r.a.center.ID, ""},
		{"GET", "/deliveries?centerId=" + r.a.center.ID, ""},
		{"GET", "/riders?centerId=" + r.a.center.ID, ""},
		{"GET", "/shops?centerId=" + r.b.center.ID + "," + r.a.center.ID, ""},
	}
	before := r.state(r.a)
	secrets := []string{customerPhone, customerName, customerDetail, customerMemo, r.a.center.Name, "Rider alpha"}
	for _, x := range asks {
		var body any
		if x.body != "" {
			body = raw(x.body)
		}
		r.do(r.b.manager, x.method, x.path, body).code(404, domain.CodeNotFound).without(secrets...)
		// The same with a body that can't be read: that nothing is there comes first.
		if strings.Contains(x.path, "01") && x.method != http.MethodGet && x.method != http.MethodDelete && !strings.HasSuffix(x.path, "photo") {
			r.do(r.b.manager, x.method, x.path, raw(`{"nosuchfield":`)).without(secrets...)
		}
		if got := r.do(foreignKey, x.method, x.path, body).without(secrets...); got.status != 404 && got.status != 403 {
			t.Errorf("%s: %d %s", got.what, got.status, got.body)
		}
	}
	for _, path := range []string{"/orders", "/deliveries", "/riders", "/shops", "/centers", "/users"} {
		r.do(r.b.manager, "GET", path, nil).want(200).without(secrets...).without(d.ID, d.OrderID, userOfA, r.a.rider.rider)
	}
	if after := r.state(r.a); after != before {
		t.Errorf("something has changed:\n%s\n%s", before, after)
	}
	for _, x := range asks[:23] {
		if x.method == "GET" || strings.HasSuffix(x.path, "photo") || x.method == "DELETE" {
			continue
		}
		r.do(r.b.manager, x.method, x.path, raw(`{"nosuchfield":`)).code(404, domain.CodeNotFound)
		r.do(r.b.manager, x.method, x.path, raw(`{"nosuchfield":1}`)).code(404, domain.CodeNotFound)
	}
}

// state is all of a center that could be changed, as text.
func (r *rig) state(p *site) string {
	r.t.Helper()
	st, err := r.db.LoadCenter(r.t.Context(), p.center.ID, r.now().AddDate(-1, 0, 0))
	if err != nil {
		r.t.Fatal(err)
	}
	users, _, err := r.db.ListUsers(r.t.Context(), domain.SetupFilter{}, Page{Limit: 500})
	if err != nil {
		r.t.Fatal(err)
	}
	shops, _, err := r.db.ListShops(r.t.Context(), domain.SetupFilter{}, Page{Limit: 500})
	if err != nil {
		r.t.Fatal(err)
	}
	keys, _, err := r.db.ListKeys(r.t.Context(), domain.SetupFilter{}, Page{Limit: 500})
	if err != nil {
		r.t.Fatal(err)
	}
	slices.SortFunc(users, func(a, b domain.User) int { return strings.Compare(a.ID, b.ID) })
	return fmt.Sprint(st.Head, st.Center, len(st.Orders), len(st.Deliveries), len(st.Riders), st.Chat, users, shops, keys)
}
