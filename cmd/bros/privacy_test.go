package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/brosops/bros/domain"
)

// bros privacy exports and forgets a customer, and leaves live orders alone.
func TestPrivacyCommands(t *testing.T) {
	dir, env := t.TempDir(), []string{mayLoop, "BROS_LIST_WINDOW=1s"}
	p := serveIn(t, dir, env)
	admin := p.admin()
	k := newKitchen(admin)
	var res domain.OrderResult
	admin.must(201, "POST", "/orders", domain.NewOrder{ShopID: k.shop.ID, Channel: "app", Accept: true,
		Customer: domain.Customer{Name: "Kim Cheolsu", Phone: "010-1234-5678", Address: "Secret Road 1", Location: &domain.Location{Lat: 37.51, Lng: 127.01}},
		Items:    []domain.Item{{Name: "Rice", Quantity: 1, Price: 1000}}, Payment: domain.Payment{Method: domain.Card, Amount: 1000}}, &res)
	k.bring(admin, res.Delivery.ID)
	run := func(args ...string) *process {
		t.Helper()
		c := launch(t, brosBinary, dir, env, append([]string{"privacy"}, args...)...)
		c.exit()
		return c
	}
	c := run("export", "010 1234 5678")
	var out struct {
		Phone  string     `json:"phone"`
		Orders []exported `json:"orders"`
	}
	if err := json.Unmarshal([]byte(c.stdout.String()), &out); err != nil || len(out.Orders) != 1 ||
		out.Orders[0].Order.Customer.Address != "Secret Road 1" || len(out.Orders[0].History) != 4 {
		t.Errorf("export: %v %+v", err, out)
	}
	// It ended less than an hour ago: the live rooms have it.
	if c = run("delete", "01012345678"); c.exit() != 1 || !strings.Contains(c.stderr.String(), "live rooms") || !strings.Contains(c.stdout.String(), "masked 0 orders") {
		t.Errorf("delete: %s%s", c.stdout, c.stderr)
	}
	if c = run("delete", "nobody"); c.exit() != 2 {
		t.Errorf("no number: %s", c.stderr)
	}
	if c = run("purge", "--days", "1"); c.exit() != 2 || !strings.Contains(c.stderr.String(), "at least") {
		t.Errorf("too young: %s", c.stderr)
	}
	if c = run("purge", "--days", "30"); c.exit() != 0 || !strings.Contains(c.stdout.String(), "looked at 0 orders") {
		t.Errorf("purge: %s%s", c.stdout, c.stderr)
	}
	var trail struct {
		Items []domain.AuditEntry `json:"items"`
	}
	admin.must(200, "GET", "/audit?kind=privacy", nil, &trail)
	if len(trail.Items) != 3 {
		t.Errorf("audit: %+v", trail.Items)
	}
	p.stop()
}
