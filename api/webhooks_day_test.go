package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/brosops/bros/api/webhook"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/store"
)

// receiver is another system that is told of orders and deliveries. It takes
// every event, and refuses one in so many the first time that it comes.
type receiver struct {
	*httptest.Server
	t      testing.TB
	refuse int

	mu    sync.Mutex
	calls int
	seen  map[string]bool
	taken map[string][]webhook.Event // by key, without repetitions
	grown chan struct{}              // closed and made anew with every event
}

func newReceiver(t testing.TB, refuse int) *receiver {
	r := &receiver{t: t, refuse: refuse, seen: map[string]bool{}, taken: map[string][]webhook.Event{}, grown: make(chan struct{})}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	var e webhook.Event
	if err != nil || json.Unmarshal(body, &e) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	if r.refuse > 0 && r.calls%r.refuse == 0 && !r.seen[e.ID] {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if !r.seen[e.ID] {
		r.seen[e.ID] = true
		r.taken[e.Key] = append(r.taken[e.Key], e)
		close(r.grown)
		r.grown = make(chan struct{})
	}
}

// await waits until so many events have come.
func (r *receiver) await(ctx context.Context, n int) {
	r.t.Helper()
	for {
		r.mu.Lock()
		have, grown := len(r.seen), r.grown
		r.mu.Unlock()
		if have >= n {
			return
		}
		select {
		case <-grown:
		case <-ctx.Done():
			r.t.Fatalf("%d of %d events have come", have, n)
		}
	}
}

// compare wants every order and delivery entry of the center's log to have come,
// those of each record in the order of the log and as they were committed.
func (r *receiver) compare(ctx context.Context, db *store.DB, centerID string) {
	r.t.Helper()
	want, total := map[string][]domain.LogEntry{}, 0
	for after := int64(0); ; {
		page, err := db.LogAfter(ctx, centerID, after, 500)
		if err != nil {
			r.t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			after = e.Seq
			if e.Kind == domain.KindOrder || e.Kind == domain.KindDelivery {
				want[e.Key] = append(want[e.Key], e)
				total++
			}
		}
	}
	r.await(ctx, total)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.seen) != total {
		r.t.Errorf("%d events have come, the log has %d", len(r.seen), total)
	}
	for key, entries := range want {
		got := r.taken[key]
		for i, e := range entries {
			if i >= len(got) || got[i].Seq != e.Seq || got[i].Event != e.Event || string(got[i].Data) != string(e.Data) {
				r.t.Errorf("%s: step %d is %s at %d, came %v", key, i, e.Event, e.Seq, eventsOf(got))
				break
			}
		}
	}
}

func eventsOf(list []webhook.Event) []string {
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = e.Event
	}
	return out
}

// A receiver is told of every step of a day that does not go to plan, in order.
func TestWebhooksTellEveryStep(t *testing.T) {
	in := newReceiver(t, 5)
	r := newRig(t, func(c *Config) { c.WebhookPrivate, c.WebhookRetry = loopback, time.Millisecond })
	p := r.newSite("told", domain.ModeDispatch)
	r.do(p.manager, "POST", "/webhooks", domain.NewWebhook{Name: "shop", URL: in.URL, CenterIDs: []string{p.center.ID}}).want(201)
	body := p.order()
	body.Accept, body.PromisedAt = true, domain.At(r.now().Add(5*time.Hour))
	d := *get[domain.OrderResult](r.do(p.agent, "POST", "/orders", body).want(201)).Delivery
	act := func(as *who, verb, body string) {
		t.Helper()
		r.do(as, "POST", "/deliveries/"+d.ID+"/"+verb, raw(body)).want(200)
	}
	correct := func(body string) {
		t.Helper()
		r.do(p.agent, "PATCH", "/orders/"+d.OrderID, raw(body)).want(200)
	}
	give := `{"riderId":"` + p.rider.rider + `"}`
	act(p.agent, "release", `{}`)
	correct(`{"customer":{"addressDetail":"1204"}}`)
	act(p.dispatcher, "pin", give)
	act(p.dispatcher, "assign", give)
	act(p.rider, "arrive", `{"place":"shop"}`)
	act(p.rider, "problem", `{"kind":"shop_late"}`)
	act(p.dispatcher, "resolve", `{"action":"continue"}`)
	act(p.rider, "giveback", `{"reason":"flat tyre"}`)
	act(p.dispatcher, "assign", give)
	act(p.dispatcher, "unassign", `{"reason":"x"}`)
	act(p.dispatcher, "assign", give)
	act(p.rider, "pickup", `{}`)
	correct(`{"customer":{"memo":"back door"}}`)
	now := get[domain.Delivery](r.do(p.rider, "GET", "/deliveries/"+d.ID, nil).want(200))
	r.do(p.rider, "POST", "/deliveries/"+d.ID+"/seen", domain.SeenInput{Version: now.Amendment.Version}).want(200)
	act(p.rider, "arrive", `{"place":"door"}`)
	act(p.rider, "problem", `{"kind":"nobody_home"}`)
	act(p.dispatcher, "resolve", `{"action":"retry"}`)
	act(p.dispatcher, "resolve", `{"action":"return"}`)
	act(p.rider, "returned", `{}`)
	act(p.dispatcher, "reopen", `{"reason":"wrong button"}`)
	act(p.dispatcher, "resolve", `{"action":"fail","reason":"damaged"}`)
	act(p.dispatcher, "reopen", `{"reason":"wrong button"}`)
	act(p.rider, "deliver", `{}`)
	other := r.newDelivery(p)
	r.do(p.dispatcher, "POST", "/deliveries/"+other.ID+"/cancel", raw(`{"reason":"x"}`)).want(200)
	in.compare(t.Context(), r.db, p.center.ID)
	want := []string{
		"delivery:create", "delivery:released", "delivery:changed", "delivery:changed", "delivery:assigned", "delivery:arrived", "delivery:problem",
		"delivery:resolved", "delivery:giveback", "delivery:assigned", "delivery:waiting", "delivery:assigned", "delivery:pickup", "delivery:changed",
		"delivery:changed", "delivery:arrived", "delivery:problem", "delivery:resolved", "delivery:returning", "delivery:returned", "delivery:reopened",
		"delivery:failed", "delivery:reopened", "delivery:delivered",
	}
	if got := eventsOf(in.taken[d.ID]); !slices.Equal(got, want) {
		t.Errorf("of the delivery came\n%v, want\n%v", got, want)
	}
	orders := []string{"order:create", "order:changed", "order:changed", "order:failed", "order:changed", "order:failed", "order:changed", "order:completed"}
	if got := eventsOf(in.taken[d.OrderID]); !slices.Equal(got, orders) {
		t.Errorf("of the order came\n%v, want\n%v", got, orders)
	}
}
