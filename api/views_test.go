package api

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/brosops/bros/api/report"
	"github.com/brosops/bros/domain"
)

var (
	jpegBytes = append([]byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00"), bytes.Repeat([]byte{1}, 1000)...)
	pngBytes  = append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{2}, 1000)...)
	webpBytes = append([]byte("RIFF\x00\x10\x00\x00WEBPVP8 "), bytes.Repeat([]byte{3}, 1000)...)
)

func TestPhotos(t *testing.T) {
	r := newRig(t)
	d := r.assigned(r.a, r.a.rider)
	path := "/deliveries/" + d.ID + "/photo"
	r.do(r.a.rider, "POST", "/deliveries/"+d.ID+"/pickup", nil).want(200)
	for kind, body := range map[string][]byte{"image/jpeg": jpegBytes, "image/png": pngBytes, "image/webp": webpBytes} {
		id := get[PhotoAnswer](r.do(r.a.rider, "POST", path, body).want(201)).PhotoID
		for _, as := range []*who{r.a.rider, r.a.agent, r.a.manager, r.admin} {
			p := r.do(as, "GET", "/photos/"+id, nil).want(200)
			if p.header.Get("Content-Type") != kind || !bytes.Equal(p.body, body) || p.header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: %v, %d bytes", kind, p.header, len(p.body))
			}
		}
		for _, as := range []*who{r.a.rider2, r.b.rider, r.b.manager} {
			r.do(as, "GET", "/photos/"+id, nil).code(404, domain.CodeNotFound)
		}
	}
	for _, bad := range [][]byte{nil, []byte("<html><script>alert(1)</script>"), []byte("GIF89a........"), []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), []byte(`{"photo":1}`)} {
		r.do(r.a.rider, "POST", path, bad, withHeader("Content-Type", "image/jpeg")).code(422, domain.CodeValidation, "photo")
	}
	big := append(bytes.Clone(jpegBytes), make([]byte, maxPhoto)...)
	r.do(r.a.rider, "POST", path, big).code(413, domain.CodeTooLarge)
	r.do(r.a.rider, "POST", path, nil, func(q *http.Request) { q.Body, q.ContentLength = io.NopCloser(bytes.NewReader(big)), -1 }).code(413, domain.CodeTooLarge)
	r.do(r.a.rider2, "POST", path, jpegBytes).code(404, domain.CodeNotFound)

	first := r.do(r.a.rider, "POST", path, jpegBytes, withKey("p")).want(201)
	again := r.do(r.a.rider, "POST", path, jpegBytes, withKey("p")).want(201)
	if string(first.body) != string(again.body) || again.header.Get("Idempotency-Replayed") != "true" {
		t.Error("a photo sent twice is two")
	}
	r.do(r.a.rider, "POST", path, pngBytes, withKey("p")).code(422, domain.CodeIdempotencyMismatch)
	id := get[PhotoAnswer](first).PhotoID
	done := r.do(r.a.rider, "POST", "/deliveries/"+d.ID+"/deliver", raw(`{"photoId":"`+id+`"}`)).want(200)
	if get[domain.Delivery](done).PhotoID != id {
		t.Errorf("%s", done.body)
	}
	// What was refused or repeated has left nothing on the disk.
	n := 0
	dir := r.srv.photos.(*PhotoDir).root
	folders, err := os.ReadDir(dir.Name())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		files, err := os.ReadDir(dir.Name() + "/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		n += len(files)
	}
	if n != 4 {
		t.Errorf("%d files for 4 photos", n)
	}
}

func TestPhotoDir(t *testing.T) {
	dir, err := NewPhotoDir(t.TempDir() + "/a/b")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dir.Close() }()
	if _, err := dir.Open("01nothing"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	broken := io.MultiReader(strings.NewReader("x"), errReader{})
	if _, err := dir.Save("01half", broken); err == nil {
		t.Error("half a photo was saved")
	}
	if _, err := dir.Open("01half"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if _, err := dir.Save("../../../escape", strings.NewReader("x")); err == nil {
		t.Error("a path led out of the folder")
	}
	if n, err := dir.Save("01whole", strings.NewReader("whole")); n != 5 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	if _, err := dir.Save("01whole", strings.NewReader("other")); err != nil {
		t.Errorf("again: %v", err)
	}
	if err := errors.Join(dir.Remove("01whole"), dir.Remove("01whole")); err != nil {
		t.Error(err)
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("broken off") }

func TestTracking(t *testing.T) {
	r := newRig(t, func(c *Config) { c.PublicURL = "https://bros.example" })
	res := get[domain.OrderResult](r.do(r.a.agent, "POST", "/orders", r.a.order()).want(201))
	if !strings.HasPrefix(res.Order.TrackingURL, "https://bros.example/t/") {
		t.Errorf("url %s", res.Order.TrackingURL)
	}
	path := "/tracking/" + domain.TrackingToken(res.Order.TrackingURL)
	look := func() TrackingAnswer {
		t.Helper()
		return get[TrackingAnswer](r.do(nobody, "GET", path, nil).want(200).
			without(customerPhone, customerName, customerDetail, customerMemo, "Rider alpha-rider", res.Order.ID, "021234567", "01099990000"))
	}
	if got := look(); got.Status != "received" || got.Destination == nil || got.Shop.Name == "" || got.RiderFirstName != "" {
		t.Errorf("received: %+v", got)
	}
	d := get[domain.OrderResult](r.do(r.a.agent, "POST", "/orders/"+res.Order.ID+"/accept", raw(`{}`)).want(200)).Delivery
	if got := look(); got.Status != "waiting" || got.PromisedAt.IsZero() || got.Position != nil || got.ETA != nil || got.Shop.Location == nil {
		t.Errorf("waiting: %+v", got)
	}
	at := domain.At(r.now())
	if err := r.db.SavePositions(t.Context(), []domain.Position{{RiderID: r.a.rider.rider, Lat: 37.5, Lng: 127.1, At: at}}); err != nil {
		t.Fatal(err)
	}
	r.do(r.a.dispatcher, "POST", "/deliveries/"+d.ID+"/assign", domain.AssignDelivery{RiderID: r.a.rider.rider}).want(200)
	if got := look(); got.Status != "assigned" || got.RiderFirstName != "Rider" || got.Position != nil || got.ETA == nil || !got.ETA.From.Before(got.ETA.To.Time) {
		t.Errorf("assigned: %+v", got)
	}
	r.do(r.a.rider, "POST", "/deliveries/"+d.ID+"/pickup", nil).want(200)
	if got := look(); got.Status != "pickup" || got.Position == nil || got.Position.Lat != 37.5 {
		t.Errorf("pickup: %+v", got)
	}
	r.advance(2*time.Minute + time.Second) // a place that old is not shown for the rider's
	if got := look(); got.Status != "pickup" || got.Position != nil || got.ETA == nil || got.ETA.To.Before(r.now()) {
		t.Errorf("two minutes without a place: %+v", got)
	}
	r.do(r.a.rider, "POST", "/deliveries/"+d.ID+"/deliver", nil).want(200)
	if got := look(); got.Status != "delivered" || got.Position != nil || got.ETA != nil || got.DeliveredAt.IsZero() || got.RiderFirstName != "Rider" {
		t.Errorf("delivered: %+v", got)
	}
	r.advance(59 * time.Minute)
	look()
	r.advance(2 * time.Minute)
	r.do(nobody, "GET", path, nil).code(404, domain.CodeNotFound)
	r.do(nobody, "GET", "/tracking/"+strings.Repeat("a", 32), nil).code(404, domain.CodeNotFound)

	rejected := get[domain.OrderResult](r.do(r.b.agent, "POST", "/orders", r.b.order()).want(201)).Order
	r.do(r.b.agent, "POST", "/orders/"+rejected.ID+"/reject", raw(`{"reason":"sold out"}`)).want(200)
	path = "/tracking/" + domain.TrackingToken(rejected.TrackingURL)
	if got := look(); got.Status != "rejected" {
		t.Errorf("rejected: %+v", got)
	}
	r.advance(61 * time.Minute)
	r.do(nobody, "GET", path, nil).code(404, domain.CodeNotFound)
}

func TestFirstName(t *testing.T) {
	for name, want := range map[string]string{"": "", "Kim": "Kim", "Ann Lee Smith": "Ann", "김라이더": "라이더", "김 민준": "민준", "이배": "배", "남궁민수": "민수", "독고": "고", " 박 ": "박"} {
		if got := firstName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestTrack(t *testing.T) {
	r := newRig(t)
	now := domain.At(r.now())
	var fixes []domain.Position
	for i := range 3 {
		fixes = append(fixes, domain.Position{RiderID: r.a.rider.rider, Lat: 37.5 + float64(i)/100, Lng: 127.1, At: now.Add(time.Duration(i-5) * time.Minute)})
	}
	if err := r.db.SavePositions(t.Context(), fixes); err != nil {
		t.Fatal(err)
	}
	for _, as := range []*who{r.a.rider, r.a.agent, r.admin} {
		id := r.a.rider.rider
		if as == r.a.rider {
			id = "me"
		}
		got := get[Track](r.do(as, "GET", "/riders/"+id+"/track", nil).want(200))
		if got.Type != "LineString" || len(got.Coordinates) != 3 || len(got.Times) != 3 || got.Coordinates[2] != [2]float64{127.1, 37.52} {
			t.Errorf("%+v", got)
		}
	}
	if all := get[Track](r.do(r.admin, "GET", "/riders/"+r.a.rider.rider+"/track?from=2020-01-01T00:00:00Z", nil).want(200)); len(all.Times) != len(all.Coordinates) || len(all.Times) == 0 {
		t.Errorf("years of track: %+v", all)
	}
	got := get[Track](r.do(r.admin, "GET", "/riders/"+r.a.rider.rider+"/track?from="+now.Add(-270*time.Second).String(), nil).want(200))
	if len(got.Coordinates) != 2 {
		t.Errorf("%+v", got)
	}
	r.do(r.a.rider2, "GET", "/riders/"+r.a.rider.rider+"/track", nil).code(404, domain.CodeNotFound)
	v := get[domain.RiderView](r.do(r.a.agent, "GET", "/riders/"+r.a.rider.rider, nil).want(200))
	if v.Position == nil || v.Position.Lat != 37.52 {
		t.Errorf("%+v", v)
	}
}

func TestSuggestions(t *testing.T) {
	r := newRig(t)
	d := r.newDelivery(r.a)
	now := domain.At(r.now())
	err := r.db.SavePositions(t.Context(), []domain.Position{
		{RiderID: r.a.rider.rider, Lat: 37.5145, Lng: 127.106, At: now}, {RiderID: r.a.rider2.rider, Lat: 37.6, Lng: 127.2, At: now},
	})
	if err != nil {
		t.Fatal(err)
	}
	path := "/deliveries/" + d.ID + "/suggestions"
	p := r.do(r.a.dispatcher, "GET", path+"?lang=en", nil).want(200)
	got := get[list[Suggestion]](p).Items
	if len(got) != 2 || got[0].RiderID != r.a.rider.rider || got[0].Distance >= got[1].Distance || got[0].ETADropoff <= got[0].ETAPickup || got[0].Reason == "" {
		t.Fatalf("%s", p.body)
	}
	reason := func(query, accept string) string {
		return get[list[Suggestion]](r.do(r.a.dispatcher, "GET", path+query, nil, withHeader("Accept-Language", accept)).want(200)).Items[0].Reason
	}
	english, korean := reason("?lang=en", "ko"), reason("?lang=ko", "en")
	if english == korean || reason("", "") != korean || reason("", "en-US,en;q=0.9,ko;q=0.8") != english || reason("", "fr, ko;q=0.5, en;q=0.3") != korean {
		t.Errorf("%q %q", english, korean)
	}
	r.do(r.a.dispatcher, "POST", "/deliveries/"+d.ID+"/cancel", raw(`{"reason":"x"}`)).want(200)
	if body := string(r.do(r.a.dispatcher, "GET", path, nil).want(200).body); body != `{"items":[]}` {
		t.Errorf("%s", body)
	}
}

func TestReports(t *testing.T) {
	r := newRig(t)
	// All of it is to be of one day at the center.
	zone, _ := domain.Zone("Asia/Seoul")
	if y, m, d := r.now().In(zone).Date(); time.Date(y, m, d+1, 0, 0, 0, 0, zone).Sub(r.now()) < 5*time.Hour {
		r.advance(5 * time.Hour)
	}
	day := r.now().In(zone).Format(time.DateOnly)
	r.do(r.a.manager, "PATCH", "/riders/"+r.a.rider.rider, raw(`{"name":"=cmd|' /C calc'!A0"}`)).want(200)
	for i := range 3 {
		d := r.assigned(r.a, r.a.rider)
		r.advance(5 * time.Minute)
		r.do(r.a.rider, "POST", "/deliveries/"+d.ID+"/pickup", nil).want(200)
		if i == 2 {
			r.advance(3 * time.Hour) // late
		}
		r.do(r.a.rider, "POST", "/deliveries/"+d.ID+"/deliver", nil).want(200)
	}
	waiting := r.newDelivery(r.a)
	cancelled := r.newDelivery(r.a)
	r.do(r.a.dispatcher, "POST", "/deliveries/"+cancelled.ID+"/cancel", raw(`{"reason":"+SUM(1)"}`)).want(200)
	r.newDelivery(r.b)

	key := r.newKey("statistics", nil, domain.ScopeReportsRead)
	daily := get[report.Daily](r.do(key, "GET", "/reports/daily?centerId="+r.a.center.ID+"&date="+day, nil).want(200))
	if n := daily.Deliveries["total"]; n != 5 || daily.Orders["total"] != n || daily.Deliveries["delivered"] != 3 {
		t.Errorf("counts: %+v %+v", daily.Orders, daily.Deliveries)
	}
	if st := daily.Stages["pickup"]; st.Count != 3 || st.P50 < 299 || st.P50 > 310 {
		t.Errorf("pickup: %+v", st)
	}
	if st := daily.Stages["total"]; st.P90 < 3*3600 || st.P50 > 600 || st.Mean < 3600 {
		t.Errorf("total: %+v", st)
	}
	if daily.Late.Count != 1 || len(daily.ByRider) != 2 || daily.ByRider[1].OnDutySeconds == 0 || daily.ByRider[0].Delivered != 3 || daily.ByRider[0].Late != 1 || len(daily.ByHour) != 24 || daily.Amount != 3*23400 {
		t.Errorf("%+v", daily)
	}
	today := r.do(r.a.manager, "GET", "/reports/daily", nil).want(200) // its only center
	if get[report.Daily](today).CenterID != r.a.center.ID {
		t.Errorf("%s", today.body)
	}
	table := readCSV(t, r.do(r.a.manager, "GET", "/reports/daily.csv?date="+day, nil).want(200))
	if table[0][0] != "section" || len(table) < 100 {
		t.Errorf("%v", table[:3])
	}

	p := r.do(r.a.manager, "GET", "/reports/deliveries.csv?from=2020-01-01", nil).want(200).without(customerPhone, customerName, customerDetail)
	if p.header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("%v", p.header)
	}
	rows := readCSV(t, p)
	if len(rows) != 6 || rows[0][0] != "number" {
		t.Fatalf("%d rows: %v", len(rows), rows)
	}
	for _, row := range append(rows, table...) {
		for _, v := range row {
			if v != "" && strings.ContainsRune("=+-@\t\r", rune(v[0])) {
				t.Errorf("a formula: %q", v)
			}
		}
	}
	if !strings.Contains(string(p.body), waiting.ID) {
		t.Error("the waiting one is missing")
	}
	gz := r.do(r.a.manager, "GET", "/reports/deliveries.csv?from=2020-01-01", nil, withHeader("Accept-Encoding", "gzip")).want(200)
	if gz.header.Get("Content-Encoding") != "gzip" || len(gz.body) >= len(p.body) {
		t.Errorf("not compressed: %v", gz.header)
	}
	if rows := readCSV(t, r.do(r.a.manager, "GET", "/reports/deliveries.csv?from=2020-01-01&to=2020-01-02", nil).want(200)); len(rows) != 1 {
		t.Errorf("an empty report: %v", rows)
	}
	if rows := readCSV(t, r.do(r.b.manager, "GET", "/reports/deliveries.csv", nil).want(200)); len(rows) != 2 {
		t.Errorf("today's of b: %v", rows)
	}
}

func readCSV(t *testing.T, p *reply) [][]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(p.body)).ReadAll()
	if err != nil {
		t.Fatalf("%v: %s", err, p.body)
	}
	return rows
}
