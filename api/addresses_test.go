package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/brosops/bros/domain"
)

// fakeIndex finds one door by its beginning.
type fakeIndex struct{ asked []domain.AddressQuery }

func (f *fakeIndex) FindAddresses(_ context.Context, q domain.AddressQuery) ([]domain.FoundAddress, error) {
	f.asked = append(f.asked, q)
	door := domain.FoundAddress{Label: "서울특별시 송파구 올림픽로 300 (신천동)", Short: "올림픽로 300", Road: "서울특별시 송파구 올림픽로 300",
		Location: &domain.Location{Lat: 37.5, Lng: 127.1}, Exact: domain.ExactEntrance, Source: domain.SourceIndex}
	if !strings.HasPrefix(door.Short, q.Text) {
		return nil, nil
	}
	return []domain.FoundAddress{door}, nil
}

func TestAddresses(t *testing.T) {
	r := newRig(t)
	index := &fakeIndex{}
	r.srv.addresses = index
	find := func(who *who, q string, more ...string) AddressAnswer {
		t.Helper()
		var out AddressAnswer
		r.do(who, http.MethodGet, "/addresses?q="+url.QueryEscape(q)+strings.Join(more, ""), nil).want(http.StatusOK).into(&out)
		return out
	}
	if got := find(r.a.agent, "올림픽로"); len(got.Items) != 1 || got.Items[0].Source != domain.SourceIndex {
		t.Fatalf("%+v", got)
	}
	last := index.asked[len(index.asked)-1]
	if last.Near == nil || *last.Near != r.a.center.Location || last.Limit != 10 {
		t.Errorf("the index was asked for %+v", last)
	}
	find(r.a.agent, "올림픽로", "&near=37.1,127.2&limit=3")
	last = index.asked[len(index.asked)-1]
	if last.Near == nil || last.Near.Lat != 37.1 || last.Limit != 3 {
		t.Errorf("the index was asked for %+v", last)
	}
	if got := find(r.a.agent, ""); got.Items == nil || len(got.Items) != 0 {
		t.Errorf("nothing typed: %+v", got)
	}
	for _, wrong := range []string{"&near=37.1", "&near=a,b", "&near=97,127", "&limit=0", "&limit=501"} {
		r.do(r.a.agent, http.MethodGet, "/addresses?q=x"+wrong, nil).code(http.StatusUnprocessableEntity, domain.CodeValidation)
	}
	r.do(r.a.agent, http.MethodGet, "/addresses?q=x&centerId="+r.b.center.ID, nil).code(http.StatusNotFound, domain.CodeNotFound)

	// An order's door is known with its answer, first, and once.
	in := r.a.order()
	in.Customer.Address, in.Customer.Location = "올림픽로 300, 1203호", &domain.Location{Lat: 37.51, Lng: 127.11}
	r.do(r.a.agent, http.MethodPost, "/orders", in).want(http.StatusCreated)
	order := get[domain.OrderResult](r.do(r.a.agent, http.MethodPost, "/orders", in).want(http.StatusCreated)).Order
	got := find(r.a.agent, "올림픽로 3")
	if len(got.Items) != 1 || got.Items[0].Source != domain.SourceOwn || got.Items[0].Label != "올림픽로 300" || got.Items[0].Location.Lat != 37.51 || got.Items[0].Road == "" {
		t.Errorf("%+v", got.Items)
	}
	// So is a pin that was moved, and whoever lived there before is told of it.
	r.do(r.a.agent, http.MethodPatch, "/orders/"+order.ID, map[string]any{"customer": map[string]any{"location": domain.Location{Lat: 37.52, Lng: 127.12}}}).want(http.StatusOK)
	if got := find(r.a.agent, "올림픽로 300"); got.Items[0].Location.Lat != 37.52 {
		t.Errorf("%+v", got.Items[0])
	}
	known := get[CustomerAnswer](r.do(r.a.agent, http.MethodPost, "/customers/search", CustomerSearch{Phone: customerPhone}).want(http.StatusOK))
	if len(known.Locations) != 1 || known.Locations[0].Lat != 37.52 || known.Addresses[0].Location.Lat != 37.52 || known.Orders[1].Customer.Location.Lat != 37.51 {
		t.Errorf("%+v", known)
	}
	if got := find(r.b.agent, "올림픽로 300"); len(got.Items) != 1 || got.Items[0].Source == domain.SourceOwn {
		t.Errorf("the other center: %+v", got.Items)
	}
	if strings.Contains(r.logs.String(), "올림픽로") || strings.Contains(r.logs.String(), url.QueryEscape("올림픽로")) {
		t.Error("the log has what was typed")
	}
}
