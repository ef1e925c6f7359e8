package api

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/brosops/bros/domain"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// Every change is written down: by whom, with which key, from where.
func TestAuditOfChanges(t *testing.T) {
	r := newRig(t)
	key := r.newKey("shop system", []string{r.a.center.ID}, domain.ScopeOrdersWrite)
	o := get[domain.OrderResult](r.do(key, "POST", "/orders", r.a.order()).want(201))
	got := get[list[domain.AuditEntry]](r.do(r.a.manager, "GET", "/audit?key="+o.Order.ID, nil).want(200).without(customerPhone, customerName))
	if len(got.Items) != 1 {
		t.Fatalf("entries of the order: %+v", got)
	}
	e := got.Items[0]
	if e.Actor.ID != key.id || e.Actor.Role != domain.RoleKey || e.Remote != "127.0.0.1" || e.CenterID != r.a.center.ID ||
		e.Event != domain.EventOrderCreate || e.Seq != o.Order.Version {
		t.Errorf("entry: %+v", e)
	}

	// Staff and settings, in the centers they concern.
	name, password := "Another Name", "another password"
	made := get[domain.User](r.do(r.a.manager, "POST", "/users", domain.NewUser{Login: "fresh", Password: "a first password", Name: "Fresh",
		Role: domain.RoleAgent, CenterIDs: []string{r.a.center.ID}}).want(201))
	r.do(r.a.manager, "PATCH", "/users/"+made.ID, domain.UserPatch{Name: &name, Password: &password}).want(200)
	r.do(r.a.manager, "PATCH", "/users/"+made.ID, domain.UserPatch{Name: &name}).want(200) // changes nothing
	r.do(r.a.manager, "DELETE", "/users/"+made.ID, nil).want(204)
	trail := r.do(r.a.manager, "GET", "/audit?kind=user&key="+made.ID, nil).want(200).without(password, "a first password", "argon2")
	events := []string{}
	for _, e := range get[list[domain.AuditEntry]](trail).Items {
		events = append(events, e.Event)
		if e.Actor.ID != r.a.manager.id {
			t.Errorf("actor: %+v", e)
		}
	}
	if want := []string{"user:delete", "user:change", "user:create"}; !slices.Equal(events, want) {
		t.Errorf("events %v, want %v", events, want)
	}
	if !strings.Contains(string(trail.body), `{"field":"password"}`) || !strings.Contains(string(trail.body), `"from":"Fresh"`) {
		t.Errorf("what changed is not said: %s", trail.body)
	}
	prep := 33
	r.do(r.a.manager, "PATCH", "/shops/"+r.a.shop.ID, domain.ShopPatch{PrepMinutes: &prep}).want(200)
	speed := 31
	r.do(r.admin, "PATCH", "/centers/"+r.a.center.ID, domain.CenterPatch{SpeedKmh: &speed}).want(200)
	r.do(r.a.dispatcher, "POST", "/riders/"+r.a.rider.rider+"/duty", domain.SetDuty{Duty: domain.DutyBreak}).want(200)
	for kind, field := range map[string]string{"shop": "prepMinutes", "center": "speedKmh", "rider": "duty"} {
		last := get[list[domain.AuditEntry]](r.do(r.a.manager, "GET", "/audit?limit=1&kind="+kind, nil).want(200)).Items[0]
		if len(last.Changes) != 1 || last.Changes[0].Field != field {
			t.Errorf("%s: %+v", kind, last)
		}
	}

	// Managers find their own; what is of no center is the admin's.
	for _, e := range get[list[domain.AuditEntry]](r.do(r.b.manager, "GET", "/audit?limit=500", nil).want(200)).Items {
		if e.CenterID != r.b.center.ID {
			t.Errorf("of another center: %+v", e)
		}
	}
	r.do(r.b.manager, "GET", "/audit?centerId="+r.a.center.ID, nil).code(404, domain.CodeNotFound)
	if n := len(get[list[domain.AuditEntry]](r.do(r.admin, "GET", "/audit?kind=key", nil).want(200)).Items); n != 1 {
		t.Errorf("%d entries of keys", n)
	}
	first := get[list[domain.AuditEntry]](r.do(r.admin, "GET", "/audit?limit=2", nil).want(200))
	second := get[list[domain.AuditEntry]](r.do(r.admin, "GET", "/audit?limit=2&cursor="+first.NextCursor, nil).want(200))
	if len(first.Items) != 2 || len(second.Items) != 2 || second.Items[0].ID == first.Items[1].ID {
		t.Errorf("pages: %+v %+v", first, second)
	}
	r.do(r.admin, "GET", "/audit?from=never", nil).code(422, domain.CodeValidation, "from")
}

// Logins are written down; failed ones once, then counted; a login that nobody
// has is not repeated.
func TestAuditOfLogins(t *testing.T) {
	r := newRig(t)
	find := func(event string) []domain.AuditEntry {
		t.Helper()
		return get[list[domain.AuditEntry]](r.do(r.a.manager, "GET", "/audit?event="+event, nil).want(200)).Items
	}
	for range 4 {
		r.do(nobody, "POST", "/login", LoginRequest{"alpha-agent", "wrong password"}).code(401, domain.CodeUnauthenticated)
	}
	if got := find(domain.AuditLoginFailed); len(got) != 1 || got[0].Key != r.a.agent.id || got[0].Remote != "127.0.0.1" {
		t.Errorf("failed: %+v", got)
	}
	entries := r.srv.failed.drain(r.now())
	if len(entries) != 1 || entries[0].Changes[0].To != "3" {
		t.Errorf("counted: %+v", entries)
	}
	in := get[LoginAnswer](r.do(nobody, "POST", "/login", LoginRequest{"alpha-agent", testPassword}).want(200))
	agent := &who{name: "agent", token: in.Token}
	r.do(agent, "POST", "/logout", nil).want(204)
	for _, event := range []string{domain.AuditLogin, domain.AuditLogout} {
		if got := find(event); len(got) != 1 || got[0].Actor.ID != r.a.agent.id {
			t.Errorf("%s: %+v", event, got)
		}
	}
	r.do(nobody, "POST", "/login", LoginRequest{"my-secret-password", "x"}).code(401, domain.CodeUnauthenticated)
	r.do(r.admin, "GET", "/audit?kind=session", nil).want(200).without("my-secret-password", testPassword, "wrong password", in.Token)
}
