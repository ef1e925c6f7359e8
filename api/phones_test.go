package api

import (
	"net/url"
	"testing"

	"github.com/brosops/bros/domain"
)

// A number is kept in one form and found however it is written.
func TestPhonesHoweverWritten(t *testing.T) {
	r := newRig(t)
	written := []string{"+82 10-9753-1357", "010-9753-1357", "1097531357", "\u202d010-9753-1357\u202c", "821097531357"}
	for _, phone := range written {
		o := r.a.order()
		o.Customer.Phone = phone
		res := get[domain.OrderResult](r.do(r.a.agent, "POST", "/orders", o).want(201))
		if res.Order.Customer.Phone != "01097531357" {
			t.Errorf("%q is kept as %q", phone, res.Order.Customer.Phone)
		}
	}
	for _, phone := range written {
		found := get[CustomerAnswer](r.do(r.a.agent, "POST", "/customers/search", CustomerSearch{Phone: phone}).want(200))
		list := get[struct{ Items []domain.Order }](r.do(r.a.agent, "GET", "/orders?q="+url.QueryEscape(phone), nil).want(200))
		if len(found.Orders) != len(written) || len(list.Items) != len(written) {
			t.Errorf("%q finds %d and %d", phone, len(found.Orders), len(list.Items))
		}
	}
	o := r.a.order()
	o.Customer.Phone = "02-975-3135 내선 12"
	r.do(r.a.agent, "POST", "/orders", o).want(201)
	for phone, want := range map[string]int{"02-975-3135": 1, "+82 2-975-3135 ext 12": 1, "029753135,13": 0} {
		found := get[CustomerAnswer](r.do(r.a.agent, "POST", "/customers/search", CustomerSearch{Phone: phone}).want(200))
		if len(found.Orders) != want {
			t.Errorf("%q finds %d, want %d", phone, len(found.Orders), want)
		}
	}
}
