package api

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/brosops/bros/api/webhook"
	"github.com/brosops/bros/domain"
)

// Who may have which webhooks, and what a secret is shown to.
func TestWebhookRights(t *testing.T) {
	r := newRig(t)
	in := domain.NewWebhook{Name: "app", URL: "https://app.example/in?token=hidden", CenterIDs: []string{r.a.center.ID}}
	for _, as := range []*who{r.a.agent, r.a.dispatcher, r.a.rider, r.newKey("k", nil, domain.ScopeOrdersWrite)} {
		r.do(as, "POST", "/webhooks", in).code(403, domain.CodeForbidden)
		r.do(as, "GET", "/webhooks", nil).code(403, domain.CodeForbidden)
		r.do(as, "GET", "/audit", nil).code(403, domain.CodeForbidden)
	}
	r.do(nobody, "GET", "/webhooks", nil).code(401, domain.CodeUnauthenticated)
	r.do(r.b.manager, "POST", "/webhooks", in).code(404, domain.CodeNotFound)
	r.do(r.a.manager, "POST", "/webhooks", domain.NewWebhook{Name: "all", URL: "https://app.example"}).code(422, domain.CodeValidation, "centerIds")
	for _, bad := range []string{"", "ftp://x", "https://", "http://u:p@x/", "https://x/#y", "nonsense", "https://x/" + strings.Repeat("a", 500)} {
		r.do(r.admin, "POST", "/webhooks", domain.NewWebhook{Name: "x", URL: bad}).code(422, domain.CodeValidation, "url")
	}
	r.do(r.admin, "POST", "/webhooks", domain.NewWebhook{Name: "x", URL: "http://x", Events: []string{"rider:duty"}}).code(422, domain.CodeValidation, "events[0]")

	made := get[NewWebhookAnswer](r.do(r.a.manager, "POST", "/webhooks", in).want(201))
	if !strings.HasPrefix(made.Secret, "whsec_") || !made.Active {
		t.Fatalf("made: %+v", made)
	}
	all := get[NewWebhookAnswer](r.do(r.admin, "POST", "/webhooks", domain.NewWebhook{Name: "all", URL: "https://all.example"}).want(201))
	path := "/webhooks/" + made.ID
	r.do(r.b.manager, "GET", path, nil).code(404, domain.CodeNotFound)
	r.do(r.b.manager, "PATCH", path, raw("{")).code(404, domain.CodeNotFound)
	r.do(r.b.manager, "DELETE", path, nil).code(404, domain.CodeNotFound)
	r.do(r.b.manager, "POST", path+"/secret", nil).code(404, domain.CodeNotFound)
	r.do(r.b.manager, "GET", path+"/deliveries", nil).code(404, domain.CodeNotFound)
	r.do(r.b.manager, "POST", path+"/replay", nil).code(404, domain.CodeNotFound)
	r.do(r.a.manager, "GET", "/webhooks/"+all.ID, nil).code(404, domain.CodeNotFound)
	if mine := get[list[WebhookView]](r.do(r.a.manager, "GET", "/webhooks", nil).want(200).without(made.Secret)); len(mine.Items) != 1 || mine.Items[0].ID != made.ID {
		t.Errorf("the manager finds %+v", mine)
	}
	page := get[list[WebhookView]](r.do(r.admin, "GET", "/webhooks?limit=1", nil).want(200))
	if len(page.Items) != 1 || page.Items[0].ID != all.ID || page.NextCursor == "" {
		t.Errorf("first page: %+v", page)
	}
	page = get[list[WebhookView]](r.do(r.admin, "GET", "/webhooks?limit=1&cursor="+page.NextCursor, nil).want(200))
	if len(page.Items) != 1 || page.Items[0].ID != made.ID || page.NextCursor != "" {
		t.Errorf("second page: %+v", page)
	}
	r.do(r.admin, "GET", "/webhooks?cursor=x", nil).code(422, domain.CodeValidation)
	r.do(r.admin, "GET", path+"/deliveries?status=odd", nil).code(422, domain.CodeValidation, "status")
	r.do(r.a.manager, "GET", path, nil).want(200).without(made.Secret)

	off := false
	changed := get[domain.Webhook](r.do(r.a.manager, "PATCH", path, domain.WebhookPatch{Active: &off}).want(200).without(made.Secret))
	if changed.Active || changed.Version != 2 {
		t.Errorf("changed: %+v", changed)
	}
	one := int64(1)
	r.do(r.a.manager, "PATCH", path, domain.WebhookPatch{Name: &made.Name, Version: &one}).code(409, domain.CodeConflict).without(made.Secret)
	none := []string{}
	r.do(r.a.manager, "PATCH", path, domain.WebhookPatch{CenterIDs: &none}).code(422, domain.CodeValidation, "centerIds")
	fresh := get[NewWebhookAnswer](r.do(r.a.manager, "POST", path+"/secret", nil).want(201))
	if fresh.Secret == made.Secret {
		t.Error("the secret is the old one")
	}
	if got := get[ReplayAnswer](r.do(r.a.manager, "POST", path+"/replay", nil).want(200)); got.Replayed != 0 {
		t.Errorf("replayed %d", got.Replayed)
	}
	r.do(r.a.manager, "DELETE", path, nil).want(204)
	r.do(r.a.manager, "GET", path, nil).code(404, domain.CodeNotFound)

	// All of it is in the audit, and nothing that is secret.
	trail := r.do(r.admin, "GET", "/audit?kind=webhook", nil).want(200).without(made.Secret, fresh.Secret, "hidden")
	if n := len(get[list[domain.AuditEntry]](trail).Items); n != 5 {
		t.Errorf("%d entries: %s", n, trail.body)
	}
}

// An event goes from a commit to a receiver of a running server.
func TestWebhookOfARunningServer(t *testing.T) {
	var mu sync.Mutex
	got := make(chan webhook.Event, 100)
	secret := ""
	in := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		mu.Lock()
		defer mu.Unlock()
		if err := webhook.Verify(secret, q.Header, body, time.Now(), time.Minute); err != nil {
			t.Error(err)
		}
		var e webhook.Event
		if err := json.Unmarshal(body, &e); err != nil {
			t.Error(err)
		}
		got <- e
	}))
	defer in.Close()
	r := newRig(t, func(c *Config) { c.WebhookPrivate = loopback })
	mu.Lock()
	made := get[NewWebhookAnswer](r.do(r.admin, "POST", "/webhooks", domain.NewWebhook{Name: "x", URL: in.URL}).want(201))
	secret = made.Secret
	mu.Unlock()
	o := get[domain.OrderResult](r.do(r.a.agent, "POST", "/orders", r.a.order()).want(201)).Order
	select {
	case e := <-got:
		if e.Key != o.ID || e.Event != domain.EventOrderCreate || e.CenterID != r.a.center.ID {
			t.Errorf("got %+v", e)
		}
	case <-time.After(time.Minute):
		t.Fatal("nothing came")
	}
}

// TestWebhookGoesOnlyWhileItsOwnerMay: it stops with its owner's rights, says so,
// and goes on with whoever switches it on.
func TestWebhookGoesOnlyWhileItsOwnerMay(t *testing.T) {
	r := newRig(t)
	center := r.a.center.ID
	for name, end := range map[string]func(who *who){
		"deleted":  func(w *who) { r.do(r.admin, "DELETE", "/users/"+w.id, nil).want(204) },
		"demoted":  func(w *who) { r.do(r.admin, "PATCH", "/users/"+w.id, raw(`{"role":"dispatcher"}`)).want(200) },
		"inactive": func(w *who) { r.do(r.admin, "PATCH", "/users/"+w.id, raw(`{"active":false}`)).want(200) },
		"center lost": func(w *who) {
			r.do(r.admin, "PATCH", "/users/"+w.id, raw(`{"centerIds":["`+r.b.center.ID+`"]}`)).want(200)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := r.in(t)
			maker := r.newUser("maker-"+strings.ReplaceAll(name, " ", "-"), domain.RoleManager, center)
			in := domain.NewWebhook{Name: name, URL: "https://app.example/in", CenterIDs: []string{center}}
			hook := get[NewWebhookAnswer](r.do(maker, "POST", "/webhooks", in).want(201))
			if hook.OwnerID != maker.id {
				t.Errorf("owner %q", hook.OwnerID)
			}
			path := "/webhooks/" + hook.ID
			r.do(r.admin, "PATCH", "/users/"+maker.id, raw(`{"name":"Another name"}`)).want(200)
			if got := get[WebhookView](r.do(r.a.manager, "GET", path, nil).want(200)); !got.Active || got.Stopped != "" {
				t.Errorf("a new name stopped it: %+v", got)
			}
			end(maker)
			if got := get[WebhookView](r.do(r.a.manager, "GET", path, nil).want(200)); got.Active || got.Stopped != domain.StoppedOwner {
				t.Errorf("it goes on: %+v", got)
			}
			trail := r.do(r.admin, "GET", "/audit?kind=webhook&key="+hook.ID, nil).want(200)
			if !strings.Contains(string(trail.body), `"field":"stopped"`) {
				t.Errorf("the audit does not say so: %s", trail.body)
			}
			got := get[domain.Webhook](r.do(r.a.manager, "PATCH", path, raw(`{"active":true}`)).want(200))
			if !got.Active || got.Stopped != "" || got.OwnerID != r.a.manager.id {
				t.Errorf("taken over: %+v", got)
			}
		})
	}
}
