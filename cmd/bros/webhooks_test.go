package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/brosops/bros/api"
	"github.com/brosops/bros/api/webhook"
	"github.com/brosops/bros/domain"
)

const mayLoop = "BROS_WEBHOOK_PRIVATE=127.0.0.0/8"

// kitchen is a center with a shop and a rider on duty.
type kitchen struct {
	center domain.Center
	shop   domain.Shop
	rider  domain.Rider
}

func newKitchen(admin *caller) (b kitchen) {
	here := domain.Location{Lat: 37.5, Lng: 127}
	admin.must(201, "POST", "/centers", domain.NewCenter{Code: "hooked", Name: "Center", Location: &here}, &b.center)
	admin.must(201, "POST", "/shops", domain.NewShop{CenterID: b.center.ID, Name: "Shop", Location: &here}, &b.shop)
	admin.must(201, "POST", "/riders", domain.NewRider{CenterID: b.center.ID, Name: "Rider"}, &b.rider)
	admin.must(200, "POST", "/riders/"+b.rider.ID+"/duty", domain.SetDuty{Duty: domain.DutyOn}, nil)
	return b
}

// bring has a delivery assigned, picked up and delivered by the desk.
func (b kitchen) bring(admin *caller, delivery string) {
	path := "/deliveries/" + delivery
	admin.must(200, "POST", path+"/assign", domain.AssignDelivery{RiderID: b.rider.ID}, nil)
	admin.must(200, "POST", path+"/pickup", domain.RiderAction{Reason: "phone dead"}, nil)
	admin.must(200, "POST", path+"/deliver", domain.Deliver{Reason: "phone dead"}, nil)
}

// The ordering app of docs/webhooks.md does what the page says.
func TestTheOrderingAppOfTheDocs(t *testing.T) {
	p := serveIn(t, t.TempDir(), []string{mayLoop})
	admin := p.admin()
	b := newKitchen(admin)
	var key api.NewKeyAnswer
	admin.must(201, "POST", "/api-keys", domain.NewKey{Name: "app", Scopes: []domain.Scope{domain.ScopeOrdersWrite}, CenterIDs: []string{b.center.ID}}, &key)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listen := ln.Addr().String()
	_ = ln.Close()
	var hook api.NewWebhookAnswer
	admin.must(201, "POST", "/webhooks", domain.NewWebhook{Name: "app", URL: "http://" + listen + "/bros", CenterIDs: []string{b.center.ID}}, &hook)

	dir, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "orderingapp")
	build := exec.Command("go", "build", "-o", binary, "github.com/brosops/bros/docs/examples/orderingapp")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	app := launch(t, "orderingapp", t.TempDir(), nil, "-url", p.url, "-key", key.Key, "-secret", hook.Secret, "-shop", b.shop.ID, "-listen", listen)
	if app.stdout.await("order:cancelled order (\\S+) is cancelled", app.ended) == nil {
		t.Fatal("the second order was not cancelled")
	}
	var orders struct {
		Items []domain.Order `json:"items"`
	}
	admin.must(200, "GET", "/orders?status=received", nil, &orders)
	if len(orders.Items) != 1 {
		t.Fatalf("open orders: %+v", orders)
	}
	var res domain.OrderResult
	admin.must(200, "POST", "/orders/"+orders.Items[0].ID+"/accept", domain.AcceptOrder{}, &res)
	b.bring(admin, res.Delivery.ID)
	if code := app.exit(); code != 0 {
		t.Fatalf("exit code %d: %s", code, app.stderr)
	}
	said := app.stdout.String()
	at := 0
	for _, want := range []string{"order:create", "order:accepted", "delivery:create", "delivery:assigned", "delivery:pickup", "order:completed"} {
		i := strings.Index(said[at:], want)
		if i < 0 {
			t.Fatalf("no %s, or not in order:\n%s", want, said)
		}
		at += i
	}
	p.stop()
}

// halfway is a receiver that refuses half of its calls.
type halfway struct {
	t      *testing.T
	secret string

	mu      sync.Mutex
	calls   int
	refused map[string]int
	seen    map[string]bool
	taken   map[string][]webhook.Event // by order, without repetitions
	grown   chan struct{}
}

func (h *halfway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the sender was killed
	}
	var e webhook.Event
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := webhook.Verify(h.secret, r.Header, body, time.Now(), 5*time.Minute); err != nil {
		h.t.Errorf("signature: %v", err)
	}
	if err := json.Unmarshal(body, &e); err != nil {
		h.t.Errorf("event: %v", err)
	}
	h.calls++
	if rand.N(2) == 0 && h.refused[e.ID] < 4 { // four in a row are half a minute
		h.refused[e.ID]++
		w.WriteHeader(500)
		return
	}
	if h.seen[e.ID] {
		return
	}
	h.seen[e.ID] = true
	of := h.taken[e.OrderID]
	if len(of) > 0 && of[len(of)-1].Seq >= e.Seq {
		h.t.Errorf("order %s: %d after %d", e.OrderID, e.Seq, of[len(of)-1].Seq)
	}
	h.taken[e.OrderID] = append(of, e)
	close(h.grown)
	h.grown = make(chan struct{})
}

func (h *halfway) await(n int) {
	h.t.Helper()
	for deadline := time.After(patience); ; {
		h.mu.Lock()
		have, grown := len(h.seen), h.grown
		h.mu.Unlock()
		if have >= n {
			return
		}
		select {
		case <-grown:
		case <-deadline:
			h.t.Fatalf("%d of %d events came", have, n)
		}
	}
}

// webhookTime makes TestWebhooksSurviveKills place orders for so long: the
// ten minutes of make soak-webhooks.
const webhookTime = "BROS_TEST_WEBHOOK_TIME"

// A receiver that refuses half of its calls, and a server that is killed twice:
// every event of every order comes, in order, rightly signed.
func TestWebhooksSurviveKills(t *testing.T) {
	var long time.Duration
	if v := os.Getenv(webhookTime); v != "" {
		var err error
		if long, err = time.ParseDuration(v); err != nil {
			t.Fatal(err)
		}
	}
	in := &halfway{t: t, refused: map[string]int{}, seen: map[string]bool{}, taken: map[string][]webhook.Event{}, grown: make(chan struct{})}
	receiver := httptest.NewServer(in)
	defer receiver.Close()
	dir, env := t.TempDir(), []string{mayLoop}
	p := serveIn(t, dir, env)
	admin := p.admin()
	b := newKitchen(admin)
	var hook api.NewWebhookAnswer
	admin.must(201, "POST", "/webhooks", domain.NewWebhook{Name: "half", URL: receiver.URL}, &hook)
	in.mu.Lock()
	in.secret = hook.Secret
	in.mu.Unlock()

	versions := map[string][]int64{} // of each order and its delivery, as the answers said
	want, n := 0, 0
	work := func(orders int) {
		for range orders {
			n++
			var res domain.OrderResult
			admin.must(201, "POST", "/orders", domain.NewOrder{ShopID: b.shop.ID, Channel: "app", ExternalID: fmt.Sprint("h", n), Accept: true,
				Customer: domain.Customer{Name: "Kim", Phone: "01012345678", Address: "Road", Location: &domain.Location{Lat: 37.51, Lng: 127.01}},
				Items:    []domain.Item{{Name: "Rice", Quantity: 1, Price: 1000}}, Payment: domain.Payment{Method: domain.Card, Amount: 1000}}, &res)
			b.bring(admin, res.Delivery.ID)
			versions[res.Order.ID] = nil
			want += 6 // the order's creation, the delivery's, its three steps, the order's completion
		}
	}
	// Between two kills: some orders, or as many as fit into the time.
	part := func() {
		if long == 0 {
			work(6)
			return
		}
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for end := time.Now().Add(long / 3); time.Now().Before(end); <-tick.C {
			work(1)
		}
	}
	for range 2 {
		part()
		in.await(want / 2)
		p.kill()
		p = serveIn(t, dir, env)
		admin = p.admin()
	}
	part()
	in.await(want)
	var entries struct {
		Items []domain.AuditEntry `json:"items"`
	}
	for id := range versions {
		for _, key := range []string{id, in.taken[id][1].Key} {
			admin.must(200, "GET", "/audit?key="+key, nil, &entries)
			for _, e := range entries.Items {
				versions[id] = append(versions[id], e.Seq)
			}
		}
		slices.Sort(versions[id])
		var got []int64
		for _, e := range in.taken[id] {
			got = append(got, e.Seq)
		}
		if !slices.Equal(got, versions[id]) {
			t.Errorf("order %s: %v came, the audit has %v", id, got, versions[id])
		}
	}
	t.Logf("%d events of %d orders in %d calls", want, n, in.calls)
	p.stop()
}
