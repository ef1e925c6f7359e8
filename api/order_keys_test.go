package api

import (
	"testing"

	"github.com/brosops/bros/domain"
)

// The id of another system leads no key to what another key, or staff, placed.
func TestExternalIDIsNoWayToOthersOrders(t *testing.T) {
	r := newRig(t)
	one := r.newKey("one", []string{r.a.center.ID}, domain.ScopeOrdersWrite)
	two := r.newKey("two", []string{r.a.center.ID}, domain.ScopeOrdersWrite)
	in := r.a.order()
	in.ExternalID = "ORDER-1"
	first := get[domain.OrderResult](r.do(one, "POST", "/orders", in).want(201)).Order
	byStaff := get[domain.OrderResult](r.do(r.a.agent, "POST", "/orders", in).want(201)).Order

	guess := r.a.order()
	guess.ExternalID, guess.Customer = in.ExternalID, domain.Customer{Name: "x", Phone: "010-0000-0000", Address: "x"}
	own := get[domain.OrderResult](r.do(two, "POST", "/orders", guess).want(201).without(customerPhone, customerDetail)).Order
	if again := get[domain.OrderResult](r.do(one, "POST", "/orders", in).want(200)).Order; again.ID != first.ID {
		t.Errorf("the first key finds %s, want %s", again.ID, first.ID)
	}
	for _, other := range []string{first.ID, byStaff.ID} {
		r.do(two, "GET", "/orders/"+other, nil).code(404, domain.CodeNotFound)
		r.do(two, "POST", "/orders/"+other+"/cancel", domain.CancelOrder{Reason: "x"}).code(404, domain.CodeNotFound)
		r.do(two, "PATCH", "/orders/"+other, map[string]any{"prepMinutes": 5}).code(404, domain.CodeNotFound)
		r.do(two, "PATCH", "/orders/"+other, map[string]any{"prepMinutes": "no"}).code(404, domain.CodeNotFound)
	}
	r.do(two, "GET", "/orders/"+own.ID, nil).want(200)
	r.do(two, "PATCH", "/orders/"+own.ID, map[string]any{"prepMinutes": 5}).want(200)
	r.do(two, "POST", "/orders/"+own.ID+"/cancel", domain.CancelOrder{Reason: "x"}).want(200)
	r.do(r.a.agent, "POST", "/orders/"+first.ID+"/cancel", domain.CancelOrder{Reason: "x"}).want(200)
}
