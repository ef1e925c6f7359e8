package api

import (
	"testing"
	"time"

	"github.com/brosops/bros/domain"
)

// cashDelivery is an order paid in cash that the rider has brought.
func (r *rig) cashDelivery(p *site, by *who) domain.Delivery {
	r.t.Helper()
	in := p.order()
	in.Accept, in.Payment.Method = true, domain.Cash
	d := *get[domain.OrderResult](r.do(p.agent, "POST", "/orders", in).want(201)).Delivery
	r.do(p.dispatcher, "POST", "/deliveries/"+d.ID+"/assign", domain.AssignDelivery{RiderID: by.rider}).want(200)
	r.do(by, "POST", "/deliveries/"+d.ID+"/pickup", nil).want(200)
	return get[domain.Delivery](r.do(by, "POST", "/deliveries/"+d.ID+"/deliver", nil).want(200))
}

// TestCashSettlement: a shift's cash is counted, closed once, and in the report.
func TestCashSettlement(t *testing.T) {
	r := newRig(t)
	p := r.a
	one := r.cashDelivery(p, p.rider)
	r.advance(20 * time.Minute)
	r.cashDelivery(p, p.rider)
	r.cashDelivery(p, p.rider2)
	path := "/riders/" + p.rider.rider
	own := get[domain.CashInHand](r.do(p.rider, "GET", "/riders/me/cash", nil).want(200))
	if own.Expected != 2*one.Payment.Amount || len(own.Deliveries) != 2 || own.Deliveries[0].DeliveryID != one.ID {
		t.Fatalf("%+v", own)
	}
	r.do(p.rider, "GET", "/riders/"+p.rider2.rider+"/cash", nil).want(404)
	r.do(r.b.dispatcher, "GET", path+"/cash", nil).want(404)
	r.do(p.dispatcher, "POST", path+"/settlements", raw(`{"counted":1,"expected":1,"note":"x"}`)).want(409)
	r.do(p.dispatcher, "POST", path+"/settlements", raw(`{"note":"x"}`)).want(422)

	key := withKey("close-the-shift")
	body := map[string]any{"counted": own.Expected, "expected": own.Expected}
	first := r.do(p.dispatcher, "POST", path+"/settlements", body, key).want(201)
	again := r.do(p.dispatcher, "POST", path+"/settlements", body, key).want(201)
	s := get[domain.Settlement](first)
	if get[domain.Settlement](again).ID != s.ID || s.Difference != 0 || s.Deliveries != 2 || s.OnDutySeconds < 20*60 || s.OnDutySeconds > 21*60 || s.By.ID != p.dispatcher.id {
		t.Fatalf("%+v", s)
	}
	r.do(p.dispatcher, "POST", path+"/settlements", body).want(409) // expected nothing more
	list := get[struct{ Items []domain.Settlement }](r.do(p.manager, "GET", "/settlements?riderId="+p.rider.rider, nil).want(200))
	if len(list.Items) != 1 || list.Items[0] != s {
		t.Errorf("%+v", list)
	}
	if left := get[domain.CashInHand](r.do(p.rider, "GET", "/riders/me/cash", nil).want(200)); left.Expected != 0 || left.Since != s.To {
		t.Errorf("%+v", left)
	}
	daily := get[Daily](r.do(p.manager, "GET", "/reports/daily?date="+dayAt(one.CreatedAt.Time), nil).want(200))
	if daily.Cash != 3*one.Payment.Amount || len(daily.ByShop) != 1 || daily.ByShop[0].Delivered != 3 {
		t.Errorf("%+v", daily)
	}
}

// TestDaysOfLists: a day is the center's own where the list is of one, else UTC's.
func TestDaysOfLists(t *testing.T) {
	r := newRig(t)
	p := r.a
	key := r.newKey("till", []string{p.center.ID}, domain.ScopeOrdersWrite, domain.ScopeOrdersRead)
	all := r.newKey("all", []string{p.center.ID, r.b.center.ID}, domain.ScopeOrdersRead)
	morning := r.now().UTC().Truncate(24 * time.Hour).Add(40 * time.Hour) // 16:00 there, 01:00 of the next day in Seoul
	r.advance(morning.Sub(r.now()))
	r.do(key, "POST", "/orders", p.order()).want(201)
	utc, seoul := morning.Format(time.DateOnly), dayAt(morning)
	for _, c := range []struct {
		by          *who
		query       string
		utc, inZone int
	}{{key, "", 0, 1}, {all, "&centerId=" + p.center.ID, 0, 1}, {all, "", 1, 0}} {
		for day, want := range map[string]int{utc: c.utc, seoul: c.inZone} {
			list := get[struct{ Items []domain.Order }](r.do(c.by, "GET", "/orders?from="+day+"&to="+day+c.query, nil).want(200))
			if len(list.Items) != want {
				t.Errorf("%q on %s: %d orders, want %d", c.query, day, len(list.Items), want)
			}
		}
	}
}

func dayAt(t time.Time) string {
	zone, _ := domain.Zone("Asia/Seoul")
	return t.In(zone).Format(time.DateOnly)
}

// TestRangeReport: days are the center's own, across midnight and clock changes.
func TestRangeReport(t *testing.T) {
	r := newRig(t)
	p := r.a
	r.do(r.admin, "PATCH", "/centers/"+p.center.ID, raw(`{"timezone":"America/New_York"}`)).want(200)
	key := r.newKey("till", []string{p.center.ID}, domain.ScopeOrdersWrite, domain.ScopeReportsRead) // it lives longer than a session
	zone, _ := domain.Zone("America/New_York")
	// The night of the change to winter time: the day has 25 hours.
	change := time.Date(r.now().Year()+1, 11, 1, 0, 0, 0, 0, zone)
	for change.Weekday() != time.Sunday {
		change = change.AddDate(0, 0, 1)
	}
	for _, at := range []time.Duration{-time.Minute, time.Minute, 90 * time.Minute, 150 * time.Minute, 24*time.Hour + 59*time.Minute, 25*time.Hour + time.Minute} {
		r.advance(change.Add(at).Sub(r.now()))
		r.do(key, "POST", "/orders", p.order()).want(201)
	}
	path := "/reports/range?from=" + change.AddDate(0, 0, -1).Format(time.DateOnly) + "&to=" + change.AddDate(0, 0, 1).Format(time.DateOnly)
	got := get[RangeReport](r.do(key, "GET", path, nil).want(200))
	var days []int
	for _, d := range got.ByDay {
		days = append(days, d.Orders)
	}
	if len(days) != 3 || days[0] != 1 || days[1] != 4 || days[2] != 1 || got.ByHour[1].Orders != 2 || got.ByHour[23].Orders != 2 {
		t.Errorf("days %v, hours %+v", days, got.ByHour)
	}
	table := readCSV(t, r.do(key, "GET", "/reports/range.csv"+path[len("/reports/range"):], nil).want(200))
	if table[0][0] != "section" || len(table) < 100 {
		t.Errorf("%v", table[:2])
	}
	for _, bad := range []string{"?from=2026-01-02&to=2026-01-01", "?from=2020-01-01&to=2026-01-01", "?from=yesterday", "?to=1.1.2026"} {
		r.do(key, "GET", "/reports/range"+bad, nil).want(422)
	}
}
