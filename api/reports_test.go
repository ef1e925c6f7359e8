package api

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/brosops/bros/api/report"
	"github.com/brosops/bros/domain"
)

// TestReportOfAWholeDay lives a day with everything in it, and compares the
// report, its tables and the cash with figures worked out by hand:
//
//	A  delivered on time, cash, corrected from 23,400 to 20,000      rider
//	B  delivered an hour after its promise, card 23,400              rider
//	C  nobody home, tried again, returned                            rider
//	D  refused, written off                                          rider
//	E  delivered, cash 23,400, taken back, then written off: damaged rider
//	F  cancelled while it waited
//	G  waiting, H assigned (rider), I a pre-order that is held
//	J  written off, taken back, delivered at last, cash 23,400       rider
//	Offers: rider accepted, declined, two lapsed; the other accepted, one withdrawn
func TestReportOfAWholeDay(t *testing.T) {
	r := newRig(t)
	p := r.newSite("whole", domain.ModeDispatch)
	morning := p.center.Calendar().End(p.center.Calendar().Day(r.now())).Add(9 * time.Hour)
	r.advance(morning.Sub(r.now()))
	for _, w := range []**who{&p.agent, &p.dispatcher, &p.manager} {
		*w = r.session((*w).name, (*w).id, "")
	}
	for _, w := range []**who{&p.rider, &p.rider2} {
		*w = r.session((*w).name, (*w).id, (*w).rider)
	}
	place := func(method domain.PaymentMethod, promised time.Duration) domain.Delivery {
		t.Helper()
		in := p.order()
		in.Accept, in.Payment.Method, in.PromisedAt = true, method, domain.At(r.now().Add(promised))
		return *get[domain.OrderResult](r.do(p.agent, "POST", "/orders", in).want(201)).Delivery
	}
	act := func(as *who, d domain.Delivery, what, body string) {
		t.Helper()
		r.do(as, "POST", "/deliveries/"+d.ID+"/"+what, raw(body)).want(200)
	}
	give := func(d domain.Delivery) domain.Delivery {
		t.Helper()
		act(p.dispatcher, d, "assign", `{"riderId":"`+p.rider.rider+`"}`)
		return d
	}
	carry := func(d domain.Delivery) domain.Delivery {
		t.Helper()
		act(p.rider, give(d), "pickup", `{}`)
		return d
	}
	const hour = time.Hour
	a := carry(place(domain.Cash, hour))
	r.do(p.agent, "PATCH", "/orders/"+a.OrderID, raw(`{"payment":{"method":"cash","amount":20000}}`)).want(200)
	act(p.rider, a, "deliver", `{}`)
	b := carry(place(domain.Card, hour))
	r.advance(2 * hour)
	act(p.rider, b, "deliver", `{}`)
	c := carry(place(domain.Cash, hour))
	act(p.rider, c, "problem", `{"kind":"nobody_home"}`)
	act(p.dispatcher, c, "resolve", `{"action":"retry"}`)
	act(p.rider, c, "problem", `{"kind":"nobody_home"}`)
	act(p.dispatcher, c, "resolve", `{"action":"return"}`)
	act(p.rider, c, "returned", `{}`)
	d := carry(place(domain.Cash, hour))
	act(p.rider, d, "problem", `{"kind":"refused"}`)
	act(p.dispatcher, d, "resolve", `{"action":"fail","reason":"refused"}`)
	e := carry(place(domain.Cash, hour))
	act(p.rider, e, "deliver", `{}`)
	act(p.dispatcher, e, "reopen", `{"reason":"wrong button"}`)
	act(p.dispatcher, e, "resolve", `{"action":"fail","reason":"damaged"}`)
	f := place(domain.Cash, hour)
	act(p.dispatcher, f, "cancel", `{"reason":"changed their mind"}`)
	place(domain.Cash, hour)
	give(place(domain.Cash, hour))
	i := place(domain.Cash, 5*hour)
	if !i.Held() {
		t.Fatal("the pre-order is not held")
	}
	j := carry(place(domain.Cash, hour))
	act(p.dispatcher, j, "resolve", `{"action":"fail","reason":"unreachable"}`)
	act(p.dispatcher, j, "reopen", `{"reason":"they came out"}`)
	act(p.rider, j, "deliver", `{}`)
	cash := get[domain.CashInHand](r.do(p.dispatcher, "GET", "/riders/"+p.rider.rider+"/cash", nil).want(200))
	if cash.Expected != 20000+23400 || len(cash.Deliveries) != 2 {
		t.Fatalf("cash in hand: %+v", cash)
	}
	r.do(p.dispatcher, "POST", "/riders/"+p.rider.rider+"/settlements", map[string]any{"counted": cash.Expected, "expected": cash.Expected}).want(201)

	// Offers are written as they end, so that it is known who is asked for what.
	offer := func(rider *who, status domain.OfferStatus) {
		t.Helper()
		now := domain.At(r.now())
		o := &domain.Offer{ID: domain.NewID(), CenterID: p.center.ID, RiderID: rider.rider, DeliveryIDs: []string{f.ID},
			MadeAt: now, ExpiresAt: now.Add(time.Minute), Status: status, Round: 1}
		r.system(func(ctx context.Context, tx domain.Tx, by domain.Actor) error {
			return tx.Append(ctx, by, p.center.ID, now, &domain.Change{Event: domain.EventOfferMade, Record: o})
		})
	}
	for _, status := range []domain.OfferStatus{domain.OfferAccepted, domain.OfferDeclined, domain.OfferLapsed, domain.OfferLapsed} {
		offer(p.rider, status)
	}
	offer(p.rider2, domain.OfferWithdrawn)
	offer(p.rider2, domain.OfferAccepted)

	day := p.center.Calendar().Day(r.now())
	got := get[report.RangeReport](r.do(p.manager, "GET", "/reports/range?from="+day+"&to="+day, nil).want(200))
	wantCounts(t, "orders", got.Orders, map[string]int{"total": 10, "received": 0, "accepted": 3, "completed": 3, "rejected": 0, "cancelled": 1, "failed": 3})
	wantCounts(t, "deliveries", got.Deliveries, map[string]int{"total": 10, "waiting": 1, "held": 1, "assigned": 1, "pickup": 0,
		"returning": 0, "delivered": 3, "returned": 1, "failed": 2, "cancelled": 1})
	// A, B, J delivered and G, H, I open had a promise; B alone came after it.
	if got.Late != (report.Late{Count: 1, Of: 6, Share: 0.1667}) {
		t.Errorf("late: %+v", got.Late)
	}
	if got.Amount != 20000+2*23400 || got.Cash != 20000+23400 {
		t.Errorf("amount %d, cash %d", got.Amount, got.Cash)
	}
	failures := []report.Failure{{Status: domain.Failed, Kind: domain.Damaged, Count: 1}, {Status: domain.Failed, Kind: domain.Refused, Count: 1}, {Status: domain.Returned, Kind: domain.NobodyHome, Count: 1}}
	if !slices.Equal(got.Failures, failures) {
		t.Errorf("failures: %+v", got.Failures)
	}
	ends := report.Ends{Delivered: 3, Cancelled: 1, Failed: 2, Returned: 1}
	if len(got.ByDay) != 1 || got.ByDay[0].Ends != ends || got.ByDay[0].Deliveries != 10 || got.ByShop[0].Ends != ends {
		t.Errorf("by day %+v, by shop %+v", got.ByDay, got.ByShop)
	}
	one := got.ByRider[0]
	if one.Ends != (report.Ends{Delivered: 3, Failed: 2, Returned: 1}) || one.Open != 1 || one.Late != 1 || one.Cash != 43400 || one.Amount != 66800 {
		t.Errorf("the rider: %+v", one)
	}
	if one.Offers != (report.OfferFigures{Made: 4, Accepted: 1, Declined: 1, Lapsed: 2}) {
		t.Errorf("the rider's offers: %+v", one.Offers)
	}
	if two := got.ByRider[1]; two.RiderName == "" || two.Offers != (report.OfferFigures{Made: 2, Accepted: 1, Withdrawn: 1}) {
		t.Errorf("the other rider: %+v", two)
	}
	if got.Offers != (report.OfferFigures{Made: 6, Accepted: 2, Declined: 1, Lapsed: 2, Withdrawn: 1}) {
		t.Errorf("offers: %+v", got.Offers)
	}
	total := report.Ends{}
	for _, h := range got.ByHour {
		total.Merge(h.Ends)
	}
	if total != ends {
		t.Errorf("by hour: %+v", total)
	}

	table := readCSV(t, r.do(p.manager, "GET", "/reports/daily.csv?date="+day, nil).want(200))
	for _, want := range [][]string{
		{"orders", "", "failed", "3"}, {"deliveries", "", "held", "1"}, {"deliveries", "", "returned", "1"}, {"failed", "refused", "count", "1"},
		{"rider", one.RiderName, "offers.lapsed", "2"}, {"rider", one.RiderName, "failed", "2"}, {"rider", one.RiderName, "cash", "43400"},
		{"offers", "", "made", "6"}, {"late", "", "of", "6"},
	} {
		if !slices.ContainsFunc(table, func(row []string) bool { return slices.Equal(row, want) }) {
			t.Errorf("the table has no %v", want)
		}
	}
	rows := readCSV(t, r.do(p.manager, "GET", "/reports/deliveries.csv?from="+day+"&to="+day, nil).want(200))
	column := func(id, name string) string {
		for _, row := range rows {
			if row[1] == id {
				return row[slices.Index(rows[0], name)]
			}
		}
		return "no such row"
	}
	for _, want := range []struct{ id, column, value string }{
		{c.ID, "failReason", "nobody_home"}, {c.ID, "attempt", "2"}, {c.ID, "status", "returned"}, {e.ID, "failReason", "damaged"},
		{i.ID, "preorder", "true"}, {a.ID, "amount", "20000"}, {a.ID, "currency", "KRW"}, {j.ID, "failReason", ""}, {j.ID, "day", day},
	} {
		if v := column(want.id, want.column); v != want.value {
			t.Errorf("%s of %s is %q, want %q", want.column, want.id, v, want.value)
		}
	}
	if at, err := time.Parse(time.RFC3339, column(i.ID, "heldUntil")); err != nil || at.UnixMilli() != i.HeldUntil.UnixMilli() || column(i.ID, "heldUntil")[23:] != "+09:00" {
		t.Errorf("held until %s", column(i.ID, "heldUntil"))
	}
}

func wantCounts(t *testing.T, what string, got, want map[string]int) {
	t.Helper()
	for k := range want {
		if got[k] != want[k] {
			t.Errorf("%s: %d %s, want %d", what, got[k], k, want[k])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
