package api

import (
	"testing"
	"time"

	"github.com/brosops/bros/api/report"
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
	daily := get[report.Daily](r.do(p.manager, "GET", "/reports/daily?date="+dayAt(one.CreatedAt.Time), nil).want(200))
	if daily.Cash != 3*one.Payment.Amount || len(daily.ByShop) != 1 || daily.ByShop[0].Delivered != 3 {
		t.Errorf("%+v", daily)
	}
}

// TestDaysOfLists: a day is that of the list's centers where they count alike, else UTC's.
func TestDaysOfLists(t *testing.T) {
	r := newRig(t)
	p := r.a
	key := r.newKey("till", []string{p.center.ID}, domain.ScopeOrdersWrite, domain.ScopeOrdersRead)
	all := r.newKey("all", []string{p.center.ID, r.b.center.ID}, domain.ScopeOrdersRead)
	morning := r.now().UTC().Truncate(24 * time.Hour).Add(40 * time.Hour) // 16:00 there, 01:00 of the next day in Seoul
	r.advance(morning.Sub(r.now()))
	r.do(key, "POST", "/orders", p.order()).want(201)
	admin := r.session("admin", r.admin.id, "")
	utc, seoul := morning.Format(time.DateOnly), dayAt(morning)
	for _, c := range []struct {
		by          *who
		query       string
		utc, inZone int
	}{{key, "", 0, 1}, {all, "&centerId=" + p.center.ID, 0, 1}, {all, "", 0, 1}, {admin, "", 0, 1}, {admin, "apart", 1, 0}} {
		if c.query == "apart" {
			c.query = ""
			r.do(admin, "PATCH", "/centers/"+r.b.center.ID, raw(`{"dayStartsAt":"04:00"}`)).want(200)
		}
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

// TestBusinessDays: a day without a midnight, and one that begins in the morning.
func TestBusinessDays(t *testing.T) {
	r := newRig(t)
	p := r.a
	admin := r.admin
	path := "/centers/" + p.center.ID
	r.do(admin, "PATCH", path, raw(`{"timezone":"America/Santiago"}`)).want(200)
	key := r.newKey("till", []string{p.center.ID}, domain.ScopeOrdersWrite, domain.ScopeOrdersRead, domain.ScopeReportsRead)
	zone, _ := domain.Zone("America/Santiago")
	// The change to summer time: the clock goes from 24:00 to 01:00.
	_, change := r.now().In(zone).ZoneBounds()
	for change.In(zone).Hour() != 1 {
		_, change = change.In(zone).ZoneBounds()
	}
	place := func(at time.Time) {
		t.Helper()
		r.advance(at.Sub(r.now()))
		r.do(key, "POST", "/orders", p.order()).want(201)
	}
	place(change.Add(-30 * time.Minute))             // 23:30
	place(change.Add(22*time.Hour + 30*time.Minute)) // 23:30 of the day after
	place(change.Add(23*time.Hour + 30*time.Minute)) // 00:30
	day := change.In(zone).Format(time.DateOnly)     // the day without a midnight
	before, after := domain.AddDays(day, -1), domain.AddDays(day, 1)
	count := func(day string, want int) {
		t.Helper()
		report := get[report.Daily](r.do(key, "GET", "/reports/daily?date="+day, nil).want(200))
		list := get[struct{ Items []domain.Order }](r.do(key, "GET", "/orders?from="+day+"&to="+day, nil).want(200))
		if report.Date != day || report.Orders["total"] != want || len(list.Items) != want {
			t.Errorf("%s: %s has %d, the list %d, want %d", day, report.Date, report.Orders["total"], len(list.Items), want)
		}
	}
	admin = r.session("admin", r.admin.id, "")
	count(before, 1)
	count(day, 1)
	count(after, 1)
	for _, bad := range []string{"08:01", "", "8:00", "noon"} {
		r.do(admin, "PATCH", path, raw(`{"dayStartsAt":"`+bad+`"}`)).want(422)
	}
	r.do(admin, "PATCH", path, raw(`{"dayStartsAt":"05:00"}`)).want(200)
	count(before, 1)
	count(day, 2)
	count(after, 0)
	if today := get[report.Daily](r.do(key, "GET", "/reports/daily", nil).want(200)); today.Date != day {
		t.Errorf("at half past midnight the day is %s", today.Date)
	}
	report := get[report.RangeReport](r.do(key, "GET", "/reports/range?from="+before+"&to="+after, nil).want(200))
	if len(report.ByDay) != 2 || report.ByDay[1].Date != day || report.ByDay[1].Orders != 2 {
		t.Errorf("by day: %+v", report.ByDay)
	}
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
	got := get[report.RangeReport](r.do(key, "GET", path, nil).want(200))
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

// TestCenterCash: one call says what every rider of a center has in hand.
func TestCenterCash(t *testing.T) {
	r := newRig(t)
	one := r.cashDelivery(r.a, r.a.rider)
	r.cashDelivery(r.a, r.a.rider2)
	r.cashDelivery(r.a, r.a.rider2)
	path := "/cash?centerId=" + r.a.center.ID
	got := get[list[domain.RiderCash]](r.do(r.a.dispatcher, "GET", path, nil).want(200)).Items
	if len(got) != 2 || got[0].RiderID != r.a.rider2.rider || len(got[0].Deliveries) != 2 || got[1].Expected != one.Payment.Amount || got[1].RiderName == "" {
		t.Errorf("%+v", got)
	}
	for _, c := range got {
		alone := get[domain.CashInHand](r.do(r.a.dispatcher, "GET", "/riders/"+c.RiderID+"/cash", nil).want(200))
		if alone.Expected != c.Expected || len(alone.Deliveries) != len(c.Deliveries) {
			t.Errorf("alone %+v, among all %+v", alone, c)
		}
	}
	r.do(r.a.dispatcher, "POST", "/riders/"+r.a.rider.rider+"/settlements", domain.Settle{Counted: &got[1].Expected}).want(201)
	if left := get[list[domain.RiderCash]](r.do(r.a.dispatcher, "GET", path, nil).want(200)).Items; len(left) != 1 {
		t.Errorf("after a settlement: %+v", left)
	}
	r.do(r.b.dispatcher, "GET", path, nil).code(404, domain.CodeNotFound)
}
