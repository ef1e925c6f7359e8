package api

import (
	"strings"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
)

// TestKeptAnswersFollowRights: what a key was answered is not shown again to
// somebody who may no longer see it.
func TestKeptAnswersFollowRights(t *testing.T) {
	r := newRig(t)
	both := r.newUser("both", domain.RoleDispatcher, r.a.center.ID, r.b.center.ID)
	d := r.newDelivery(r.b)
	r.do(both, "POST", "/orders", r.b.order(), withKey("order")).want(201)
	r.do(both, "POST", "/orders", r.a.order(), withKey("own")).want(201)
	r.do(both, "POST", "/customers/search", raw(`{"phone":"`+customerPhone+`"}`), withKey("search")).want(200)
	r.do(both, "POST", "/deliveries/"+d.ID+"/claim", nil, withKey("claim")).want(403)
	r.do(r.admin, "PATCH", "/users/"+both.id, raw(`{"centerIds":["`+r.a.center.ID+`"]}`)).want(200)
	r.do(both, "POST", "/orders", r.b.order(), withKey("order")).code(404, domain.CodeNotFound)
	r.do(both, "POST", "/customers/search", raw(`{"phone":"`+customerPhone+`"}`), withKey("search")).
		code(404, domain.CodeNotFound)
	if p := r.do(both, "POST", "/orders", r.a.order(), withKey("own")).want(201); p.header.Get("Idempotency-Replayed") != "true" {
		t.Error("what is still its own was not replayed")
	}
}

// TestKeptAnswerOfALostDelivery: a rider whose delivery went to another one
// learns again that its act was taken, and of the customer nothing.
func TestKeptAnswerOfALostDelivery(t *testing.T) {
	r := newRig(t)
	d := r.assigned(r.a, r.a.rider)
	path := "/deliveries/" + d.ID
	first := r.do(r.a.rider, "POST", path+"/pickup", nil, withKey("pickup")).want(200)
	if get[domain.Delivery](first).Customer.Phone != customerPhone {
		t.Fatalf("its own delivery is masked: %s", first.body)
	}
	refused := r.do(r.a.rider, "POST", path+"/giveback", raw(`{"reason":"flat tyre"}`), withKey("giveback")).code(409, domain.CodeIllegalTransition)
	if len(refused.body) == 0 {
		t.Fatal("no body")
	}
	now := get[domain.Delivery](r.do(r.a.dispatcher, "GET", path, nil).want(200))
	r.do(r.a.dispatcher, "POST", path+"/assign", domain.AssignDelivery{RiderID: r.a.rider2.rider, Version: &now.Version, Reason: "accident"}).want(200)
	again := r.do(r.a.rider, "POST", path+"/pickup", nil, withKey("pickup")).want(200).without(customerPhone, customerDetail, customerMemo)
	if again.header.Get("Idempotency-Replayed") != "true" || get[domain.Delivery](again).Customer.Name != "H" {
		t.Errorf("again: %v %s", again.header, again.body)
	}
	r.do(r.a.rider, "POST", path+"/giveback", raw(`{"reason":"flat tyre"}`), withKey("giveback")).
		code(409, domain.CodeIllegalTransition).without(customerPhone, customerDetail, customerMemo)
}

// TestRiderForgetsAfterADay: a rider reads whose door it went to until a day
// after the end, by no way later; staff go on.
func TestRiderForgetsAfterADay(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Window = 72 * time.Hour })
	d := r.assigned(r.a, r.a.rider)
	path, mine := "/deliveries/"+d.ID, "mine/"+r.a.rider.rider
	r.do(r.a.rider, "POST", path+"/pickup", nil).want(200)
	photo := get[PhotoAnswer](r.do(r.a.rider, "POST", path+"/photo", pngBytes).want(201)).PhotoID
	deliver := raw(`{"receivedBy":"her son","note":"by the door"}`)
	r.do(r.a.rider, "POST", path+"/deliver", deliver).want(200)

	later := func(hours int) {
		for range hours / 8 {
			r.advance(8 * time.Hour)
			r.do(r.a.rider, "GET", "/me", nil).want(200)
			r.do(r.a.dispatcher, "GET", "/me", nil).want(200)
		}
	}
	later(16)
	for _, x := range []string{path, "/deliveries", "/deliveries?q=" + customerPhone} {
		if p := r.do(r.a.rider, "GET", x, nil).want(200); !strings.Contains(string(p.body), customerPhone) {
			t.Errorf("%s says nothing of the customer within the day: %s", x, p.body)
		}
	}
	r.do(r.a.rider, "GET", "/photos/"+photo, nil).want(200)
	r.do(r.a.rider, "POST", path+"/deliver", deliver, withKey("again")).want(200)

	later(16)
	secrets := []string{customerName, customerPhone, customerDetail, customerMemo, "her son", "by the door"}
	for _, x := range []string{path, "/deliveries", "/deliveries?status=delivered", "/deliveries?q=" + customerPhone, path + "/history"} {
		r.do(r.a.rider, "GET", x, nil).want(200).without(secrets...)
	}
	if n := len(get[list[domain.Delivery]](r.do(r.a.rider, "GET", "/deliveries?q="+customerPhone, nil)).Items); n != 0 {
		t.Errorf("the masked phone finds %d deliveries", n)
	}
	r.do(r.a.rider, "GET", "/photos/"+photo, nil).code(404, domain.CodeNotFound)
	r.do(r.a.rider, "POST", path+"/deliver", deliver, withKey("again")).want(200).without(secrets...)
	r.do(r.a.rider, "POST", path+"/deliver", deliver).want(200).without(secrets...)
	r.do(r.a.rider, "POST", path+"/pickup", nil).without(secrets...)
	if got := r.poll(r.a.rider, 0, ChangesSince{Address: mine})[mine]; !strings.Contains(got.raw, `"windowSec":86400`) {
		t.Errorf("the room keeps it longer: %s", got.raw)
	}
	staff := r.do(r.a.dispatcher, "GET", path, nil).want(200)
	if get[domain.Delivery](staff).Customer.Phone != customerPhone {
		t.Error("staff lost the customer, too")
	}
}
