package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/brosops/bros/api/webhook"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/store"
)

const patience = time.Minute

var system = domain.System

// world is a real database with a center, and what sends out of it.
type world struct {
	t      *testing.T
	db     *store.DB
	svc    *domain.Service
	center *domain.Center
	shop   *domain.Shop
	rider  *domain.Rider

	mu   sync.Mutex
	live *webhook.Sender
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, svc: &domain.Service{}}
	db, err := store.Open(t.Context(), store.Options{
		URL: "sqlite:" + filepath.Join(t.TempDir(), "bros.db"), Migrate: true, OnCommit: func([]domain.LogEntry) { w.nudge() },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	w.db = db
	here := &domain.Location{Lat: 37.5, Lng: 127}
	w.write(func(ctx context.Context, tx domain.Tx) (err error) {
		w.center, err = w.svc.CreateCenter(ctx, tx, system, domain.NewCenter{Code: "c", Name: "Center", Location: here})
		return err
	})
	w.write(func(ctx context.Context, tx domain.Tx) (err error) {
		w.shop, err = w.svc.CreateShop(ctx, tx, system, domain.NewShop{CenterID: w.center.ID, Name: "Shop", Location: here})
		return err
	})
	w.write(func(ctx context.Context, tx domain.Tx) (err error) {
		w.rider, err = w.svc.CreateRider(ctx, tx, system, domain.NewRider{CenterID: w.center.ID, Name: "Rider"}, "")
		return err
	})
	w.write(func(ctx context.Context, tx domain.Tx) error {
		_, err := w.svc.SetDuty(ctx, tx, system, w.rider.ID, domain.SetDuty{Duty: domain.DutyOn})
		return err
	})
	return w
}

func (w *world) write(fn func(ctx context.Context, tx domain.Tx) error) {
	w.t.Helper()
	if err := w.db.Write(w.t.Context(), func(tx domain.Tx) error { return fn(w.t.Context(), tx) }); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) nudge() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.live != nil {
		w.live.Nudge()
	}
}

// hook adds a webhook.
func (w *world) hook(in domain.NewWebhook) *domain.Webhook {
	w.t.Helper()
	var h *domain.Webhook
	in.Name = "hook"
	w.write(func(ctx context.Context, tx domain.Tx) (err error) {
		h, err = w.svc.CreateWebhook(ctx, tx, system, in)
		return err
	})
	return h
}

// order places an order and has its delivery brought to the end: five more changes.
func (w *world) order(n int) {
	w.t.Helper()
	d := w.place(n)
	for _, step := range []func(ctx context.Context, tx domain.Tx) error{
		func(ctx context.Context, tx domain.Tx) error {
			_, err := w.svc.Assign(ctx, tx, system, d.ID, domain.AssignDelivery{RiderID: w.rider.ID})
			return err
		},
		func(ctx context.Context, tx domain.Tx) error {
			_, err := w.svc.Pickup(ctx, tx, system, d.ID, domain.RiderAction{Reason: "test"})
			return err
		},
		func(ctx context.Context, tx domain.Tx) error {
			_, err := w.svc.Deliver(ctx, tx, system, d.ID, domain.Deliver{Reason: "test"})
			return err
		},
	} {
		w.write(step)
	}
}

// place places an order and accepts it.
func (w *world) place(n int) *domain.Delivery {
	w.t.Helper()
	var d *domain.Delivery
	w.write(func(ctx context.Context, tx domain.Tx) error {
		res, err := w.svc.CreateOrder(ctx, tx, system, domain.NewOrder{
			CenterID: w.center.ID, ShopID: w.shop.ID, Channel: "app", ExternalID: fmt.Sprint("x", n), Accept: true,
			Customer: domain.Customer{Name: "Kim", Phone: "01012345678", Address: "Road 1", Location: &domain.Location{Lat: 37.51, Lng: 127.01}},
			Items:    []domain.Item{{Name: "Bibimbap", Quantity: 1, Price: 9000}}, Payment: domain.Payment{Method: domain.Card, Amount: 9000},
		})
		if err == nil {
			d = res.Delivery
		}
		return err
	})
	return d
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// run starts a sender; stop ends it. crash has it lose everything that it would
// still write, as a process does that is killed.
func (w *world) run(adjust ...func(*webhook.Options)) (stop, crash func()) {
	mortal := &mortalStore{Store: w.db}
	o := webhook.Options{Store: mortal, Private: loopback, Retry: 10 * time.Millisecond}
	for _, f := range adjust {
		f(&o)
	}
	s := webhook.New(o)
	w.mu.Lock()
	w.live = s
	w.mu.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	w.t.Cleanup(stop)
	return stop, func() { mortal.die(); stop() }
}

// mortalStore refuses every write after its death.
type mortalStore struct {
	webhook.Store
	mu   sync.Mutex
	dead bool
}

func (m *mortalStore) die() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dead = true
}

func (m *mortalStore) SettleWebhook(ctx context.Context, s domain.WebhookSettle) error {
	m.mu.Lock()
	dead := m.dead
	m.mu.Unlock()
	if dead {
		return errors.New("killed")
	}
	return m.Store.SettleWebhook(ctx, s)
}

// receiver is another system: it checks every call, and refuses when it is told to.
type receiver struct {
	t      *testing.T
	http   *httptest.Server
	secret func() string
	refuse func(n int, e webhook.Event) int // status; 0 takes the n-th call
	// tolerance is how far the sender's clock may be off.
	tolerance time.Duration

	mu    sync.Mutex
	calls int
	signs int                        // of the last call
	taken map[string][]webhook.Event // by order, the first of each id
	seen  map[string]bool
	grown chan struct{}
}

func newReceiver(t *testing.T, refuse func(n int, e webhook.Event) int) *receiver {
	r := &receiver{t: t, refuse: refuse, tolerance: time.Minute, taken: map[string][]webhook.Event{}, seen: map[string]bool{}, grown: make(chan struct{})}
	r.http = httptest.NewServer(r)
	t.Cleanup(r.http.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return // the sender was cut off
	}
	var e webhook.Event
	if err := json.Unmarshal(body, &e); err != nil {
		r.t.Errorf("a body that is no event: %v", err)
	}
	if err := webhook.Verify(r.secret(), q.Header, body, time.Now(), r.tolerance); err != nil {
		r.t.Errorf("the signature: %v", err)
	}
	if q.Header.Get("Webhook-Id") != e.ID || e.Seq == 0 || e.CenterID == "" || len(e.Data) == 0 {
		r.t.Errorf("incomplete: %s", body)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	r.signs = len(strings.Fields(q.Header.Get("Webhook-Signature")))
	if r.refuse != nil {
		if status := r.refuse(r.calls, e); status != 0 {
			w.WriteHeader(status)
			return
		}
	}
	if !r.seen[e.ID] {
		r.seen[e.ID] = true
		of := r.taken[e.OrderID]
		if len(of) > 0 && of[len(of)-1].Seq >= e.Seq {
			r.t.Errorf("order %s: %d came after %d", e.OrderID, e.Seq, of[len(of)-1].Seq)
		}
		r.taken[e.OrderID] = append(of, e)
		close(r.grown)
		r.grown = make(chan struct{})
	}
}

// await blocks until n different events were taken.
func (r *receiver) await(n int) {
	r.t.Helper()
	deadline := time.After(patience)
	for {
		r.mu.Lock()
		have, grown := len(r.seen), r.grown
		r.mu.Unlock()
		if have >= n {
			return
		}
		select {
		case <-grown:
		case <-deadline:
			r.t.Fatalf("%d of %d events came", have, n)
		}
	}
}

// awaitTrue looks again and again until it is so.
func awaitTrue(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !is() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("never: " + what)
		}
	}
}
