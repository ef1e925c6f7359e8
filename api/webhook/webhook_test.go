package webhook_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/brosops/bros/api/webhook"
	"github.com/brosops/bros/domain"
)

// perOrder is how many changes order makes: created, its delivery, accepted, and
// the delivery's way with the order's completion.
const perOrder = 6

// A receiver refuses half of its calls, the sender is killed twice, and every
// event arrives, those of an order in their order.
func TestEveryEventArrivesInOrder(t *testing.T) {
	w := newWorld(t)
	refused := map[string]int{} // often in a row is possible, for ever is not
	in := newReceiver(t, func(_ int, e webhook.Event) int {
		if rand.N(2) == 0 && refused[e.ID] < 6 {
			refused[e.ID]++
			return []int{500, 503, 404, 302}[rand.N(4)]
		}
		return 0
	})
	h := w.hook(domain.NewWebhook{URL: in.http.URL + "/in?token=1"})
	in.secret = func() string { return h.Secret }

	_, crash := w.run()
	for n := range 10 {
		w.order(n)
	}
	in.await(25)
	crash()
	for n := range 10 {
		w.order(10 + n)
	}
	_, crash = w.run()
	in.await(80)
	crash()
	stop, _ := w.run()
	for n := range 10 {
		w.order(20 + n)
	}
	entries, err := w.db.LogAfter(t.Context(), w.center.ID, 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]int64{}
	n := 0
	for i := range entries {
		if e := &entries[i]; h.Wants(e) {
			want[domain.OrderKey(e)] = append(want[domain.OrderKey(e)], e.Seq)
			n++
		}
	}
	if n < 30*perOrder {
		t.Fatalf("only %d events were made", n)
	}
	in.await(n)
	for order, seqs := range want {
		var got []int64
		for _, e := range in.taken[order] {
			got = append(got, e.Seq)
		}
		if !slices.Equal(got, seqs) {
			t.Errorf("order %s: %v came, want %v", order, got, seqs)
		}
	}
	awaitTrue(t, "nothing is left to be sent", func() bool {
		left, err := w.db.WebhooksWaiting(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return left[h.ID] == domain.WebhookWaiting{}
	})
	stop()
	t.Logf("%d events in %d calls", n, in.calls)
}

// A receiver that refuses one order for good gets all others; what was refused
// waits in the database behind its first event, dies, and is replayed.
func TestOneOrderHoldsUpNoOther(t *testing.T) {
	w := newWorld(t)
	var bad atomic.Pointer[string]
	in := newReceiver(t, func(_ int, e webhook.Event) int {
		if id := bad.Load(); id != nil && e.OrderID == *id {
			return 500
		}
		return 0
	})
	h := w.hook(domain.NewWebhook{URL: in.http.URL, CenterIDs: []string{w.center.ID}})
	in.secret, in.tolerance = func() string { return h.Secret }, 48*time.Hour
	first := w.place(0)
	bad.Store(&first.OrderID)
	_, crash := w.run()
	for n := range 5 {
		w.order(1 + n)
	}
	in.await(5 * perOrder)
	pending := func(status domain.WebhookStatus) []domain.WebhookDelivery {
		items, _, err := w.db.ListWebhookDeliveries(t.Context(), h.ID, status, domain.Page{})
		if err != nil {
			t.Fatal(err)
		}
		return items
	}
	awaitTrue(t, "the refused order waits in the database", func() bool {
		left, err := w.db.WebhooksWaiting(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return left[h.ID].Pending == 2 && left[h.ID].Behind == 0
	})
	crash()

	// An hour is a day for this sender: the first attempt after it is the last.
	stop, _ := w.run(func(o *webhook.Options) { o.Now = func() time.Time { return time.Now().Add(25 * time.Hour) } })
	awaitTrue(t, "they are dead", func() bool { return len(pending(domain.WebhookDead)) == 2 })
	dead := pending("")
	if dead[0].LastError != "HTTP 500" || dead[0].Attempts == 0 || !dead[0].NextAt.IsZero() {
		t.Errorf("dead: %+v", dead[0])
	}
	bad.Store(nil)
	w.write(func(ctx context.Context, tx domain.Tx) error {
		n, err := w.svc.ReplayWebhook(ctx, tx, system, h.ID, nil)
		if n != 2 {
			t.Errorf("%d were replayed", n)
		}
		return err
	})
	in.await(5*perOrder + 2)
	awaitTrue(t, "nothing is left", func() bool { return len(pending("")) == 0 })
	stop()
}

// What a webhook asks for is what it gets; a changed one counts at once.
func TestFilterAndChange(t *testing.T) {
	w := newWorld(t)
	in := newReceiver(t, nil)
	h := w.hook(domain.NewWebhook{URL: in.http.URL, Events: []string{"order", "delivery:delivered"}})
	var secret atomic.Pointer[string]
	secret.Store(&h.Secret)
	in.secret = func() string { return *secret.Load() }
	w.run()
	w.order(1)
	in.await(3) // created, delivered, completed
	for _, of := range in.taken {
		for _, e := range of {
			if !strings.HasPrefix(e.Event, "order:") && e.Event != "delivery:delivered" {
				t.Errorf("%s came", e.Event)
			}
			var rec struct {
				ID      string `json:"id"`
				Version int64  `json:"version"`
			}
			if err := json.Unmarshal(e.Data, &rec); err != nil || rec.ID != e.Key || rec.Version != e.Seq {
				t.Errorf("data of %s: %s", e.Event, e.Data)
			}
		}
	}
	w.write(func(ctx context.Context, tx domain.Tx) error {
		renewed, err := w.svc.RenewWebhookSecret(ctx, tx, system, h.ID)
		if err == nil && renewed.OldSecret != h.Secret {
			t.Error("the old secret is not kept")
		}
		return err // the receiver still checks with the old one
	})
	n := 100
	awaitTrue(t, "calls are signed with both secrets", func() bool {
		w.place(n)
		n++
		in.mu.Lock()
		defer in.mu.Unlock()
		return in.signs == 2
	})
	now, err := w.db.FindWebhook(t.Context(), h.ID)
	if err != nil {
		t.Fatal(err)
	}
	secret.Store(&now.Secret)
	in.mu.Lock()
	have := len(in.seen)
	in.mu.Unlock()
	w.order(3)
	in.await(have + 3)
	if now.LastSuccessAt.IsZero() {
		t.Error("the success was not noted")
	}
	w.write(func(ctx context.Context, tx domain.Tx) error { return w.svc.DeleteWebhook(ctx, tx, system, h.ID) })
	w.order(4)
}

// Redirects are not followed, and addresses inside are refused when the
// connection is made, whatever name leads to them.
func TestPrivateAddressesAndRedirects(t *testing.T) {
	w := newWorld(t)
	var hits atomic.Int64
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	defer inside.Close()
	redirect := httptest.NewServer(http.RedirectHandler(inside.URL, http.StatusTemporaryRedirect))
	defer redirect.Close()
	lastError := func(id, want string) {
		t.Helper()
		awaitTrue(t, want, func() bool {
			h, err := w.db.FindWebhook(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			return strings.Contains(h.LastError, want)
		})
	}
	named := strings.Replace(inside.URL, "127.0.0.1", "localhost", 1)
	private := []*domain.Webhook{w.hook(domain.NewWebhook{URL: inside.URL}), w.hook(domain.NewWebhook{URL: named})}
	stop, _ := w.run(func(o *webhook.Options) { o.Private = nil })
	w.place(1)
	for _, h := range private {
		lastError(h.ID, "private")
	}
	stop()
	for _, h := range private {
		w.write(func(ctx context.Context, tx domain.Tx) error { return w.svc.DeleteWebhook(ctx, tx, system, h.ID) })
	}
	h := w.hook(domain.NewWebhook{URL: redirect.URL})
	w.run()
	w.place(2)
	lastError(h.ID, "HTTP 307")
	if hits.Load() != 0 {
		t.Errorf("%d calls got inside", hits.Load())
	}
}

// A receiver that is down is left alone after some failures instead of being
// called for each order, and gets everything when it is back.
func TestRestWhileTheReceiverIsDown(t *testing.T) {
	w := newWorld(t)
	var down atomic.Bool
	down.Store(true)
	in := newReceiver(t, func(int, webhook.Event) int {
		if down.Load() {
			return 502
		}
		return 0
	})
	h := w.hook(domain.NewWebhook{URL: in.http.URL})
	in.secret = func() string { return h.Secret }
	for n := range 40 {
		w.place(n)
	}
	w.run(func(o *webhook.Options) { o.Retry = 300 * time.Millisecond })
	awaitTrue(t, "it has been called", func() bool { in.mu.Lock(); defer in.mu.Unlock(); return in.calls >= 12 })
	in.mu.Lock()
	calls := in.calls
	in.mu.Unlock()
	if calls >= 40 {
		t.Errorf("%d calls for 40 orders: it was not left alone", calls)
	}
	down.Store(false)
	in.await(80)
}
