package api

import (
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
)

const yearOfDeliveries = 365_000

// addYear writes n delivered orders of a center, spread evenly over the year
// before end, past the server: it would take minutes by it.
func addYear(tb testing.TB, path, centerID string, n int, end time.Time) {
	tb.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	tx, err := db.Begin()
	if err != nil {
		tb.Fatal(err)
	}
	prepare := func(query string) *sql.Stmt {
		s, err := tx.Prepare(query)
		if err != nil {
			tb.Fatal(err)
		}
		return s
	}
	order := prepare("INSERT INTO orders (id, number, center_id, channel, external_id, shop_id, shop, customer_phone, customer, items, payment_method, payment_amount, status, prep_minutes, promised_at, delivery_id, tracking_url, created_at, accepted_at, completed_at, finished_at, reason, cancelled_by, version, modified_at, tracking_token, search) " +
		"VALUES (?, '0001', ?, 'app', '', 's', ?, '01012345678', ?, ?, ?, 11000, 'completed', 10, ?, ?, '', ?, ?, ?, ?, '', '', 1, ?, '', 'x')")
	delivery := prepare("INSERT INTO deliveries (id, number, order_id, center_id, status, rider_id, rider_name, shop, customer, items, payment_method, payment_amount, ready_at, promised_at, created_at, assigned_at, picked_up_at, delivered_at, finished_at, received_by, note, photo_id, cancel_reason, version, modified_at, search) " +
		"VALUES (?, '0001', ?, ?, 'delivered', ?, ?, ?, ?, ?, ?, 11000, ?, ?, ?, ?, ?, ?, ?, '', '', '', '', 2, ?, 'x')")
	step := 365 * 24 * time.Hour / time.Duration(n)
	text := func(t time.Time) string { return domain.At(t).String() }
	customer := `{"name":"김하나","phone":"01012345678","address":"서울 송파구 올림픽로 300","addressDetail":"1203호","location":{"lat":37.51,"lng":127.1}}`
	items := `[{"name":"치킨마요 도시락","quantity":2,"price":4500},{"name":"콜라","quantity":1,"price":2000}]`
	for i := range n {
		at := end.Add(-time.Duration(n-i) * step)
		id, shop := fmt.Sprintf("06yyyyyyyyyyyyyyyyyy%06d", i), fmt.Sprintf(`{"id":"shop%d","name":"한솥 %d호점","address":"서울 송파구 백제고분로 %d"}`, i%80, i%80, i%80)
		promised, accepted, assigned := text(at.Add(50*time.Minute)), text(at.Add(time.Minute)), text(at.Add(3*time.Minute))
		picked, done := text(at.Add(20*time.Minute)), text(at.Add(time.Duration(30+i%40)*time.Minute))
		method := []string{"cash", "card", "prepaid"}[i%3]
		if _, err := order.Exec("o"+id, centerID, shop, customer, items, method, promised, "d"+id, text(at), accepted, done, done, done); err != nil {
			tb.Fatal(err)
		}
		if _, err := delivery.Exec("d"+id, "o"+id, centerID, fmt.Sprintf("rider%d", i%60), fmt.Sprintf("라이더 %d", i%60), shop, customer, items, method,
			promised, promised, accepted, assigned, picked, done, done, done); err != nil {
			tb.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		tb.Fatal(err)
	}
}

// BenchmarkYear asks for the report over 365,000 deliveries (the aim: 2 s), and
// streams them as CSV (the aim: 50 MB of memory).
func BenchmarkYear(b *testing.B) {
	n := openNode(b, filepath.Join(b.TempDir(), "bros.db"), "one", nil).settle()
	center := n.a.center.ID
	end := n.now().Truncate(24 * time.Hour)
	addYear(b, n.path, center, yearOfDeliveries, end)
	ask := func(b *testing.B, path string) *httptest.ResponseRecorder {
		q := httptest.NewRequest("GET", base+path, nil)
		q.Header.Set("Authorization", "Bearer "+n.a.manager.token)
		rec := httptest.NewRecorder()
		n.srv.Handler().ServeHTTP(rec, q)
		if rec.Code != 200 {
			b.Fatalf("%d %s", rec.Code, rec.Body)
		}
		return rec
	}
	from, to := end.AddDate(-1, 0, 0).Format(time.DateOnly), end.Format(time.DateOnly)
	b.Run("report", func(b *testing.B) {
		for b.Loop() {
			ask(b, "/reports/range?centerId="+center+"&from="+from+"&to="+to)
		}
	})
	b.Run("csv", func(b *testing.B) {
		var most uint64
		for b.Loop() {
			runtime.GC()
			var before runtime.MemStats
			runtime.ReadMemStats(&before)
			req := n.request(b, "/reports/deliveries.csv?centerId="+center+"&from="+from+"&to="+to)
			buf, bytes := make([]byte, 1<<16), 0
			for {
				k, err := req.Read(buf)
				bytes += k
				var now runtime.MemStats
				if bytes%(4<<20) < k {
					runtime.ReadMemStats(&now)
					most = max(most, now.HeapInuse-min(now.HeapInuse, before.HeapInuse))
				}
				if err == io.EOF {
					break
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			_ = req.Close()
			b.ReportMetric(float64(bytes)/1e6, "MB")
		}
		b.ReportMetric(float64(most)/1e6, "MB-heap")
	})
}

// request opens an answer over the network, to be read as it comes.
func (n *node) request(b *testing.B, path string) io.ReadCloser {
	b.Helper()
	q, err := http.NewRequestWithContext(b.Context(), http.MethodGet, n.http.URL+base+path, nil)
	if err != nil {
		b.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+n.a.manager.token)
	res, err := n.http.Client().Do(q)
	if err != nil {
		b.Fatal(err)
	}
	if res.StatusCode != 200 {
		b.Fatal(res.Status)
	}
	return res.Body
}
