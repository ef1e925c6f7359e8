package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/brosops/bros/api/session"
	"github.com/brosops/bros/domain"
)

// TestIdempotency: the same again is the first answer again; anything else under
// the key is refused; only 2xx and 409 are kept.
func TestIdempotency(t *testing.T) {
	r := newRig(t)
	first := r.do(r.a.agent, "POST", "/orders", r.a.order(), withKey("k1")).want(201)
	if first.header.Get("Idempotency-Replayed") != "" {
		t.Error("the first answer says it is a replay")
	}
	again := r.do(r.a.agent, "POST", "/orders", r.a.order(), withKey("k1")).want(201)
	if again.header.Get("Idempotency-Replayed") != "true" || string(again.body) != string(first.body) ||
		again.header.Get("BROS-Seq") != first.header.Get("BROS-Seq") || again.header.Get("Content-Type") != "application/json" {
		t.Errorf("again: %v %s", again.header, again.body)
	}
	other := r.a.order()
	other.Channel = "phone"
	r.do(r.a.agent, "POST", "/orders", other, withKey("k1")).code(422, domain.CodeIdempotencyMismatch)
	o := get[domain.OrderResult](first).Order
	r.do(r.a.agent, "POST", "/orders/"+o.ID+"/accept", raw(`{}`), withKey("k1")).code(422, domain.CodeIdempotencyMismatch)
	// Another caller has keys of its own.
	mine := r.do(r.a.dispatcher, "POST", "/orders", r.a.order(), withKey("k1")).want(201)
	if get[domain.OrderResult](mine).Order.ID == o.ID {
		t.Error("a stranger's answer was replayed")
	}
	// So have a new session of the same user and the same user by cookie: the caller is the user.
	second := r.session("agent again", r.a.agent.id, "")
	r.do(second, "POST", "/orders", r.a.order(), withKey("k1")).want(201)
	if p := r.do(second, "POST", "/orders", r.a.order(), withKey("k1")); p.header.Get("Idempotency-Replayed") != "true" {
		t.Error("a new session is another caller")
	}

	// A refusal with 409 is kept, whatever has happened since.
	path := "/orders/" + o.ID + "/accept"
	r.do(r.a.agent, "POST", path, raw(`{}`), withKey("k2")).want(200)
	refused := r.do(r.a.agent, "POST", path, raw(`{}`), withKey("k3")).code(409, domain.CodeIllegalTransition)
	r.do(r.a.agent, "POST", "/orders/"+o.ID+"/cancel", raw(`{"reason":"x"}`)).want(200)
	replay := r.do(r.a.agent, "POST", path, raw(`{}`), withKey("k3")).code(409, domain.CodeIllegalTransition)
	if string(replay.body) != string(refused.body) || replay.header.Get("Idempotency-Replayed") != "true" || replay.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("the refusal changed: %s", replay.body)
	}
	r.do(r.a.agent, "POST", path, raw(`{"prepMinutes":3}`), withKey("k3")).code(422, domain.CodeIdempotencyMismatch)

	// 4xx of other kinds are not: the client mends its request and tries again.
	r.do(r.a.agent, "POST", "/orders", raw(`{"shopId":"`+r.a.shop.ID+`"}`), withKey("k4")).want(422)
	r.do(r.a.agent, "POST", "/orders", raw(`{"shopId":`), withKey("k4")).want(400)
	r.do(r.a.agent, "POST", "/orders/01nothing/accept", raw(`{}`), withKey("k4")).want(404)
	r.do(r.a.agent, "POST", "/orders", r.a.order(), withKey("k4")).want(201)

	r.do(r.a.agent, "POST", "/orders", r.a.order(), withKey(strings.Repeat("x", 201))).code(422, domain.CodeValidation, "Idempotency-Key")
	r.do(r.a.agent, "POST", "/orders", r.a.order(), withKey("ключ")).code(422, domain.CodeValidation, "Idempotency-Key")

	// A day later the key is free again.
	r.do(r.a.agent, "GET", "/me", nil).want(200)
	for range 3 {
		r.advance(9 * 60 * 60 * 1e9)
		r.do(r.a.agent, "GET", "/me", nil).want(200)
	}
	if p := r.do(r.a.agent, "POST", "/orders", r.a.order(), withKey("k1")).want(201); p.header.Get("Idempotency-Replayed") != "" {
		t.Error("replayed after 27 hours")
	}
}

// TestIdempotentLateDeliver: the one refusal that wrote something is kept in
// the transaction that wrote it.
func TestIdempotentLateDeliver(t *testing.T) {
	r := newRig(t)
	d := r.assigned(r.a, r.a.rider)
	v := d.Version
	r.do(r.a.dispatcher, "POST", "/deliveries/"+d.ID+"/assign", domain.AssignDelivery{RiderID: r.a.rider2.rider, Version: &v}).want(200)
	path := "/deliveries/" + d.ID + "/deliver"
	first := r.do(r.a.rider, "POST", path, raw(`{}`), withKey("late")).code(409, domain.CodeIllegalTransition).without(customerPhone)
	second := r.do(r.a.rider, "POST", path, raw(`{}`), withKey("late")).code(409, domain.CodeIllegalTransition)
	if second.header.Get("Idempotency-Replayed") != "true" || second.header.Get("BROS-Seq") != first.header.Get("BROS-Seq") || first.header.Get("BROS-Seq") == "" {
		t.Errorf("%v\n%v", first.header, second.header)
	}
}

// TestKeysAndTicketsHaveNoIdempotency: what is shown once is not kept.
func TestKeysHaveNoIdempotency(t *testing.T) {
	r := newRig(t)
	in := domain.NewKey{Name: "x", Scopes: []domain.Scope{domain.ScopeOrdersRead}}
	a := get[NewKeyAnswer](r.do(r.admin, "POST", "/api-keys", in, withKey("k")).want(201))
	b := get[NewKeyAnswer](r.do(r.admin, "POST", "/api-keys", in, withKey("k")).want(201))
	if a.Key == b.Key || a.ID == b.ID {
		t.Error("a key was answered twice")
	}
	r.do(r.admin, "GET", "/api-keys", nil).want(200).without(a.Key, b.Key, session.HashToken(a.Key))
	r.do(r.admin, "GET", "/api-keys/"+a.ID, nil).want(200).without(a.Key, session.HashToken(a.Key))
}

// together runs n at once.
func together(n int, fn func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() { <-start; fn(i) })
	}
	close(start)
	wg.Wait()
}

func TestOneKeyOneOrder(t *testing.T) {
	r := newRig(t)
	var fresh, replayed atomic.Int64
	var ids sync.Map
	together(200, func(int) {
		p := r.do(r.a.agent, "POST", "/orders", r.a.order(), withKey("the one"))
		if p.status != http.StatusCreated {
			t.Errorf("%d %s", p.status, p.body)
			return
		}
		if p.header.Get("Idempotency-Replayed") == "true" {
			replayed.Add(1)
		} else {
			fresh.Add(1)
		}
		ids.Store(get[domain.OrderResult](p).Order.ID, true)
	})
	n := 0
	ids.Range(func(any, any) bool { n++; return true })
	if n != 1 || fresh.Load() != 1 || replayed.Load() != 199 {
		t.Errorf("%d orders, %d fresh, %d replayed", n, fresh.Load(), replayed.Load())
	}
	if items := get[list[domain.Order]](r.do(r.a.agent, "GET", "/orders", nil)).Items; len(items) != 1 {
		t.Errorf("%d orders are stored", len(items))
	}
	if len(r.srv.answers.slots) != 0 {
		t.Errorf("%d keys are still locked", len(r.srv.answers.slots))
	}
}

func TestOneExternalIDOneOrder(t *testing.T) {
	r := newRig(t)
	in := r.a.order()
	in.ExternalID = "shop-4711"
	var made atomic.Int64
	together(50, func(int) {
		switch p := r.do(r.a.agent, "POST", "/orders", in); p.status {
		case http.StatusCreated:
			made.Add(1)
		case http.StatusOK:
			wantSeq(t, p, get[domain.OrderResult](p).Order.Version)
		default:
			t.Errorf("%d %s", p.status, p.body)
		}
	})
	if made.Load() != 1 {
		t.Errorf("%d orders were made", made.Load())
	}
}

// TestOneWinner lets fifty dispatchers give the same delivery away at once,
// and all riders claim another.
func TestOneWinner(t *testing.T) {
	r := newRig(t)
	d := r.newDelivery(r.a)
	var won atomic.Int64
	together(50, func(i int) {
		to := r.a.rider
		if i%2 == 1 {
			to = r.a.rider2
		}
		switch p := r.do(r.a.dispatcher, "POST", "/deliveries/"+d.ID+"/assign", domain.AssignDelivery{RiderID: to.rider}); p.status {
		case 200:
			won.Add(1)
		case 409:
			var pr struct{ Current domain.Delivery }
			p.into(&pr)
			if pr.Current.ID != d.ID || pr.Current.RiderID == "" {
				t.Errorf("the refusal lacks the record: %s", p.body)
			}
		default:
			t.Errorf("%d %s", p.status, p.body)
		}
	})
	if won.Load() != 1 {
		t.Errorf("%d dispatchers won", won.Load())
	}
	offer := r.newDelivery(r.b)
	riders := []*who{r.b.rider, r.b.rider2}
	var winners sync.Map
	together(40, func(i int) {
		switch p := r.do(riders[i%2], "POST", "/deliveries/"+offer.ID+"/claim", nil); p.status {
		case 200: // the winner's own repeats are 200 too
			winners.Store(riders[i%2].name, true)
		case 409:
			p.without(customerPhone, customerDetail)
		default:
			t.Errorf("%d %s", p.status, p.body)
		}
	})
	n := 0
	winners.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("%d riders won", n)
	}
}

// TestAssignMany is all or nothing.
func TestAssignMany(t *testing.T) {
	r := newRig(t)
	free1, free2, taken := r.newDelivery(r.a), r.newDelivery(r.a), r.assigned(r.a, r.a.rider2)
	rows := func(ds ...domain.Delivery) domain.AssignMany {
		var in domain.AssignMany
		for _, d := range ds {
			in.Assignments = append(in.Assignments, domain.Assignment{DeliveryID: d.ID, RiderID: r.a.rider.rider})
		}
		return in
	}
	before := r.state(r.a)
	p := r.do(r.a.dispatcher, "POST", "/deliveries/assign", rows(free1, taken, free2)).want(409)
	var pr struct {
		Code    domain.Code
		Results []domain.AssignRefusal
	}
	p.into(&pr)
	if len(pr.Results) != 3 || pr.Results[0].Code != domain.CodeOK || pr.Results[1].Code != domain.CodeIllegalTransition || pr.Results[1].Current == nil {
		t.Errorf("results: %s", p.body)
	}
	if r.state(r.a) != before {
		t.Error("a refused bulk changed something")
	}
	done := r.do(r.a.dispatcher, "POST", "/deliveries/assign", rows(free1, free2)).want(200)
	res := get[AssignManyAnswer](done).Results
	if len(res) != 2 || res[1].Delivery.Status != domain.Assigned {
		t.Errorf("results: %s", done.body)
	}
	wantSeq(t, done, max(res[0].Delivery.Version, res[1].Delivery.Version))
	r.do(r.a.dispatcher, "POST", "/deliveries/assign", rows()).code(422, domain.CodeValidation, "assignments")
	r.do(r.admin, "POST", "/deliveries/assign", rows(r.newDelivery(r.a), r.newDelivery(r.b))).code(422, domain.CodeValidation)
}

// TestVersionConflict carries the record as it stands.
func TestVersionConflict(t *testing.T) {
	r := newRig(t)
	d := r.newDelivery(r.a)
	stale := d.Version - 1
	p := r.do(r.a.dispatcher, "POST", "/deliveries/"+d.ID+"/assign", domain.AssignDelivery{RiderID: r.a.rider.rider, Version: &stale}).code(409, domain.CodeConflict)
	var pr struct{ Current domain.Delivery }
	p.into(&pr)
	if pr.Current.Version != d.Version || pr.Current.ID != d.ID {
		t.Errorf("current: %s", p.body)
	}
	shop := r.a.shop
	r.do(r.a.manager, "PATCH", "/shops/"+shop.ID, raw(fmt.Sprintf(`{"name":"New","version":%d}`, shop.Version))).want(200)
	r.do(r.a.manager, "PATCH", "/shops/"+shop.ID, raw(fmt.Sprintf(`{"name":"Newer","version":%d}`, shop.Version))).code(409, domain.CodeConflict)
}

// TestKeyLocks waits for its turn, or for the end of its request.
func TestKeyLocks(t *testing.T) {
	var k keyLocks
	unlock, err := k.lock(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := k.lock(ctx, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("err %v", err)
	}
	got := make(chan struct{})
	go func() {
		unlock, err := k.lock(context.Background(), "x")
		if err == nil {
			unlock()
		}
		close(got)
	}()
	unlock()
	<-got
	if len(k.slots) != 0 {
		t.Errorf("%d slots are kept", len(k.slots))
	}
}
