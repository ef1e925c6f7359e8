package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/brosops/bros/api"
	"github.com/brosops/bros/cmd/bros/alert/mailtest"
	"github.com/brosops/bros/domain"
)

func mailEnv(box *mailtest.Mailbox) []string {
	return []string{fmt.Sprintf("BROS_SMTP_URL=smtp://127.0.0.1:%d?tls=off", box.Addr.Port), "BROS_ALERT_TO=ops@bros.example", "BROS_NODE_ID=node-7"}
}

// bros alert test says whether mail gets through.
func TestAlertTest(t *testing.T) {
	box := mailtest.New(t, "127.0.0.1:0")
	p := launch(t, brosBinary, t.TempDir(), mailEnv(box), "alert", "test")
	if code := p.exit(); code != 0 || !strings.Contains(p.stdout.String(), "sent to <ops@bros.example>") {
		t.Errorf("exit %d: %s%s", code, p.stdout, p.stderr)
	}
	if m := box.Await(1); m.Subject != "[bros node-7] test" || m.Header.Get("From") != "<bros@127.0.0.1>" {
		t.Errorf("mail %+v", m)
	}
	box.RefuseBy(func() error { return io.ErrUnexpectedEOF })
	p = launch(t, brosBinary, t.TempDir(), mailEnv(box), "alert", "test")
	if code := p.exit(); code != 1 || !strings.Contains(p.stderr.String(), "did not get through") {
		t.Errorf("refused: exit %d: %s", code, p.stderr)
	}
	p = launch(t, brosBinary, t.TempDir(), nil, "alert", "test")
	if code := p.exit(); code != 1 || !strings.Contains(p.stderr.String(), "BROS_SMTP_URL") {
		t.Errorf("no server: exit %d: %s", code, p.stderr)
	}
}

// An error of the real server comes by mail with the id that the client got.
func TestAnErrorOfTheServerIsMailed(t *testing.T) {
	box := mailtest.New(t, "127.0.0.1:0")
	dir := t.TempDir()
	p := serveIn(t, dir, mailEnv(box))
	admin := p.admin()
	here := domain.Location{Lat: 37.5, Lng: 127}
	var center domain.Center
	var shop domain.Shop
	var rider domain.Rider
	admin.must(201, "POST", "/centers", domain.NewCenter{Code: "c", Name: "Center", Location: &here}, &center)
	admin.must(201, "POST", "/shops", domain.NewShop{CenterID: center.ID, Name: "Shop", Location: &here}, &shop)
	admin.must(201, "POST", "/riders", domain.NewRider{CenterID: center.ID, Name: "Rider", Login: "rider", Password: adminPassword}, &rider)
	admin.must(200, "POST", "/riders/"+rider.ID+"/duty", domain.SetDuty{Duty: domain.DutyOn}, nil)
	var placed domain.OrderResult
	admin.must(201, "POST", "/orders", domain.NewOrder{ShopID: shop.ID, Channel: "phone", Accept: true,
		Customer: domain.Customer{Name: "Kim", Phone: "01012345678", Address: "Road", Location: &here},
		Items:    []domain.Item{{Name: "Rice", Quantity: 1, Price: 1000}}, Payment: domain.Payment{Method: domain.Card, Amount: 1000}}, &placed)
	admin.must(200, "POST", "/deliveries/"+placed.Delivery.ID+"/assign", domain.AssignDelivery{RiderID: rider.ID}, nil)

	// The folder of photos is gone from under the server.
	if err := os.RemoveAll(filepath.Join(dir, "data", "photos")); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest("POST", p.url+"/api/v1/deliveries/"+placed.Delivery.ID+"/photo", strings.NewReader("\x89PNG\r\n\x1a\n"+strings.Repeat("x", 100)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "image/png")
	req.Header.Set("Authorization", "Bearer "+p.login("rider", adminPassword).token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var problem api.Problem
	if err := json.NewDecoder(res.Body).Decode(&problem); err != nil || res.StatusCode != 500 || problem.RequestID == "" {
		t.Fatalf("status %d: %+v %v", res.StatusCode, problem, err)
	}
	m := box.Await(1)
	if !strings.Contains(m.Text, problem.RequestID) || !strings.Contains(m.Text, "node-7") || !strings.Contains(m.Subject, "request failed") ||
		strings.Contains(m.Text, "01012345678") {
		t.Errorf("mail %s\n%s", m.Subject, m.Text)
	}
	p.awaitMetric(`bros_alert_mails_total{outcome="sent"}`, "1")
	p.stop()
}

// panicking is a store one of whose methods panics.
type panicking struct{ api.Store }

func (panicking) FindShop(context.Context, string) (*domain.Shop, error) { panic("a bug in a handler") }

// A panic in a handler: the client gets a problem with a request id, one mail
// with that id arrives, the process lives.
func TestAPanicIsAProblemAndAMail(t *testing.T) {
	box := mailtest.New(t, "127.0.0.1:0")
	settings := map[string]string{"BROS_SMTP_URL": fmt.Sprintf("smtp://127.0.0.1:%d?tls=off", box.Addr.Port), "BROS_ALERT_TO": "ops@bros.example",
		"BROS_DATA_DIR": t.TempDir(), "BROS_ADDR": "127.0.0.1:0", "BROS_ADMIN_PASSWORD": adminPassword}
	cfg, err := parse(t, settings, nil)
	if err != nil {
		t.Fatal(err)
	}
	app, err := open(t.Context(), cfg, cfg.logger(os.Stderr), func(s api.Store) api.Store { return panicking{s} })
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := app.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := &caller{t: t, url: app.URL(), http: http.DefaultClient}
	var in struct {
		Token string `json:"token"`
	}
	c.must(200, "POST", "/login", map[string]string{"login": "admin", "password": adminPassword}, &in)
	c.token = in.Token
	var problem api.Problem
	for range 3 {
		c.must(500, "GET", "/shops/x", nil, &problem)
	}
	if problem.RequestID == "" || strings.Contains(fmt.Sprint(problem), "bug") {
		t.Errorf("problem %+v", problem)
	}
	m := box.Await(1)
	if m.Subject != "[bros "+cfg.NodeID+"] panic: a bug in a handler" || !strings.Contains(m.Text, "panicking.FindShop") || !strings.Contains(m.Text, "Request id") {
		t.Errorf("mail %s\n%s", m.Subject, m.Text)
	}
	c.must(200, "GET", "/me", nil, nil)
	rec := httptest.NewRecorder()
	app.server.Handler().ServeHTTP(rec, httptest.NewRequest("GET", "/readyz", nil))
	if rec.Code != 200 || !strings.Contains(rec.Body.String(), `"ok"`) {
		t.Errorf("readiness %d %s", rec.Code, rec.Body)
	}
}
