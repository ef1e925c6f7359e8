package api

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/brosops/bros/api/report"
	"github.com/brosops/bros/domain"
)

// TestLateByTheTimeOfTheAct: a rider without signal who was in time is not late
// because its phone sent it hours later.
func TestLateByTheTimeOfTheAct(t *testing.T) {
	r := newRig(t)
	zone, _ := domain.Zone("Asia/Seoul")
	if y, m, d := r.now().In(zone).Date(); time.Date(y, m, d+1, 0, 0, 0, 0, zone).Sub(r.now()) < 5*time.Hour {
		r.advance(5 * time.Hour)
	}
	day := r.now().In(zone).Format(time.DateOnly)
	d := r.assigned(r.a, r.a.rider)
	o := get[domain.Order](r.do(r.a.agent, "GET", "/orders/"+d.OrderID, nil).want(200))
	picked, handed := domain.At(r.now().Add(time.Minute)), domain.At(r.now().Add(5*time.Minute))
	r.advance(3 * time.Hour)
	for _, act := range []struct {
		what string
		at   domain.Time
	}{{"pickup", picked}, {"deliver", handed}} {
		body, _ := json.Marshal(map[string]any{"at": act.at})
		r.do(r.a.rider, "POST", "/deliveries/"+d.ID+"/"+act.what, body).want(200)
	}

	daily := get[report.Daily](r.do(r.a.manager, "GET", "/reports/daily?centerId="+r.a.center.ID+"&date="+day, nil).want(200))
	if daily.Late.Of != 1 || daily.Late.Count != 0 {
		t.Errorf("late: %+v", daily.Late)
	}
	for name, want := range map[string]float64{"deliver": 240, "total": 300} {
		if got := daily.Stages[name].Mean; got < want-60 || got > want+60 {
			t.Errorf("%s took %v s, not about %v", name, got, want)
		}
	}
	rows := readCSV(t, r.do(r.a.manager, "GET", "/reports/deliveries.csv?from="+day, nil).want(200))
	if got := rows[1][slices.Index(rows[0], "late")]; got != "false" {
		t.Errorf("late in the CSV: %s", got)
	}
	track := get[TrackingAnswer](r.do(nobody, "GET", "/tracking/"+domain.TrackingToken(o.TrackingURL), nil).want(200))
	if !track.DeliveredAt.Equal(handed.Time) {
		t.Errorf("the customer reads %v, handed over at %v", track.DeliveredAt, handed)
	}
}

// TestPhotoFollowsItsDeliver: the act goes first on a weak line, the photo after
// it; the first one to follow is the delivery's.
func TestPhotoFollowsItsDeliver(t *testing.T) {
	r := newRig(t)
	desk := r.connect(r.a.dispatcher)
	room := "delivery/" + r.a.center.ID
	desk.joined(room)
	d := r.assigned(r.a, r.a.rider)
	r.do(r.a.rider, "POST", "/deliveries/"+d.ID+"/pickup", nil).want(200)
	r.do(r.a.rider, "POST", "/deliveries/"+d.ID+"/deliver", nil).want(200)
	path := "/deliveries/" + d.ID + "/photo"
	p := r.do(r.a.rider, "POST", path, jpegBytes, withKey("k")).want(201)
	id := get[PhotoAnswer](p).PhotoID
	if p.header.Get("BROS-Seq") == "" {
		t.Error("the answer has no BROS-Seq")
	}
	desk.await("the photo", func(m *message) bool {
		return m.Address == room && m.Event == domain.EventDeliveryChanged && strings.Contains(string(m.Data), id)
	})
	// The same again, and another one, change nothing.
	r.do(r.a.rider, "POST", path, jpegBytes, withKey("k")).want(201)
	r.do(r.a.rider, "POST", path, pngBytes).want(201)
	got := get[domain.Delivery](r.do(r.a.dispatcher, "GET", "/deliveries/"+d.ID, nil).want(200))
	if got.PhotoID != id || got.Status != domain.Delivered {
		t.Errorf("photo %q of a %s delivery, want %q", got.PhotoID, got.Status, id)
	}
	r.do(r.a.rider2, "POST", path, jpegBytes).code(404, domain.CodeNotFound)
}

// TestPhotoFollowsItsProblem: the report goes first, the photo after it; one that
// comes when the problem is resolved raises it no more.
func TestPhotoFollowsItsProblem(t *testing.T) {
	r := newRig(t)
	d := r.assigned(r.a, r.a.rider)
	path := "/deliveries/" + d.ID
	problem := func() *domain.DeliveryProblem {
		return get[domain.Delivery](r.do(r.a.dispatcher, "GET", path, nil).want(200)).Problem
	}
	r.do(r.a.rider, "POST", path+"/problem", raw(`{"kind":"item_missing"}`)).want(200)
	r.do(r.a.rider, "POST", path+"/photo", jpegBytes).want(201)
	if p := problem(); p == nil || p.PhotoID != "" {
		t.Fatalf("a photo of nothing became the problem's: %+v", p)
	}
	r.do(r.a.rider, "POST", path+"/photo?for=pleasure", jpegBytes).code(422, domain.CodeValidation)
	id := get[PhotoAnswer](r.do(r.a.rider, "POST", path+"/photo?for=problem", jpegBytes).want(201)).PhotoID
	if p := problem(); p.PhotoID != id {
		t.Errorf("the problem has photo %q, want %q", p.PhotoID, id)
	}
	r.do(r.a.dispatcher, "POST", path+"/resolve", raw(`{"action":"continue"}`)).want(200)
	r.do(r.a.rider, "POST", path+"/photo?for=problem", jpegBytes).want(201)
	if p := problem(); p != nil {
		t.Errorf("a late photo raised the problem again: %+v", p)
	}
}

// TestDutyNotice: a rider's app hears at once of the duty that a dispatcher gives it.
func TestDutyNotice(t *testing.T) {
	r := newRig(t)
	p := r.a
	rider, other, desk := r.connect(p.rider), r.connect(p.rider2), r.connect(p.dispatcher)
	r.do(p.dispatcher, "POST", "/riders/"+p.rider.rider+"/duty", raw(`{"duty":"break"}`)).want(200)
	m := rider.await("its duty", func(m *message) bool { return m.Event == domain.EventNoticeDuty })
	if n := decodeAs[dutyNotice](t, m.Data); n.Duty != domain.DutyBreak || n.RiderID != p.rider.rider || n.By.ID != p.dispatcher.id || n.Version == 0 {
		t.Errorf("%s", m.raw)
	}
	other.never(domain.EventNoticeDuty)
	desk.never(domain.EventNoticeDuty)
}

// TestAnotherUsersCookie: what a page does for one user is not done for another
// who has logged in in the same browser since.
func TestAnotherUsersCookie(t *testing.T) {
	r := newRig(t)
	p := r.a
	r.do(p.rider2, "POST", "/riders/me/duty", raw(`{"duty":"on"}`), withHeader(userHeader, p.rider2.id)).want(200)
	for _, path := range []string{"/riders/me/positions", "/riders/me/duty"} {
		r.do(p.rider2, "POST", path, raw(`{}`), withHeader(userHeader, p.rider.id)).code(401, domain.CodeUnauthenticated)
	}
	r.do(p.rider2, "GET", "/me", nil, withHeader(userHeader, p.rider.id)).code(401, domain.CodeUnauthenticated)
}
