package store

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
)

// secrets are what a sample order has of its customer.
var secrets = []string{"홍길동", "01099998888", "올림픽로", "101동", "문 앞에", "경비실"}

// finish brings the first n deliveries of center c to their end, a minute apart.
func finish(t *testing.T, db *DB, n int) {
	t.Helper()
	for i := range n {
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			o, err := tx.FindOrder(ctx, nth("co", i+1))
			if err != nil {
				return err
			}
			d, err := tx.FindDelivery(ctx, o.DeliveryID)
			if err != nil {
				return err
			}
			at := noon.Add(time.Duration(i) * time.Minute)
			o.Status, o.CompletedAt, o.FinishedAt = domain.OrderCompleted, at, at
			d.Status, d.DeliveredAt, d.FinishedAt, d.Note = domain.Delivered, at, at, "경비실"
			if err := tx.CreatePhoto(ctx, &domain.Photo{ID: nth("p", i+1), DeliveryID: d.ID, CenterID: "c", ContentType: "image/png", Size: 1, CreatedAt: at}); err != nil {
				return err
			}
			return tx.Append(ctx, agent, "c", at, &domain.Change{Event: domain.EventDeliveryDelivered, Record: d}, &domain.Change{Event: domain.EventOrderCompleted, Record: o})
		})
	}
}

// whole is all that is found of an order by any way.
func whole(t *testing.T, db *DB, n int) string {
	t.Helper()
	var b strings.Builder
	o, err := db.FindOrder(t.Context(), nth("co", n))
	must(t, err)
	d, err := db.FindDelivery(t.Context(), o.DeliveryID)
	must(t, err)
	for _, r := range []domain.Record{o, d} {
		data, err := json.Marshal(r)
		must(t, err)
		b.Write(data)
	}
	for _, table := range []string{"orders", "deliveries"} {
		var rows []struct {
			Search string `db:"search"`
		}
		must(t, db.sel(t.Context(), &rows, "SELECT search FROM "+table+" WHERE id = ? OR id = ?", o.ID, d.ID))
		for _, r := range rows {
			b.WriteString(r.Search)
		}
	}
	return b.String()
}

func TestMaskCustomers(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db, ctx := open(t, newURL(t)), t.Context()
		addCenter(t, db, "c", 0, 5)
		finish(t, db, 4)
		mask := func(before domain.Time) (total int) {
			t.Helper()
			for {
				n, err := db.MaskCustomers(ctx, "c", before.Time, 2)
				must(t, err)
				total += n
				if n < 2 {
					return total
				}
			}
		}
		was, err := db.FindOrder(ctx, "co1")
		must(t, err)
		if n := mask(noon.Add(2 * time.Minute)); n < 3 {
			t.Errorf("looked at %d orders", n)
		}
		for n := 1; n <= 5; n++ {
			all := whole(t, db, n)
			for _, s := range secrets {
				if has := strings.Contains(all, s); has == (n <= 3) && (s != "경비실" || n <= 4) {
					t.Errorf("order %d: %q is there: %v", n, s, has)
				}
			}
		}
		is, err := db.FindOrder(ctx, "co1")
		must(t, err)
		equal(t, "version", is.Version, was.Version)
		equal(t, "name", is.Customer.Name, "홍")
		equal(t, "place", *is.Customer.Location, domain.Location{Lat: 37.51, Lng: 127.1})
		equal(t, "masked again", mask(noon.Add(2*time.Minute)), 0)
		if n := mask(noon.Add(time.Hour)); n < 1 {
			t.Error("it does not go on")
		}
	})
}

func TestForgetCustomer(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db, ctx := open(t, newURL(t)), t.Context()
		addCenter(t, db, "c", 0, 3)
		write(t, db, func(ctx context.Context, tx domain.Tx) error { return tx.CreateWebhook(ctx, sampleWebhook("h1", "c")) })
		must(t, db.SettleWebhook(ctx, domain.WebhookSettle{WebhookID: "h1", Keep: []domain.WebhookDelivery{pendingRow("h1", "e1", 1, noon)}}))
		finish(t, db, 2)
		got, err := db.ForgetCustomer(ctx, "01099998888", noon.Time)
		must(t, err)
		if got.Orders != 1 || got.Live != 2 || len(got.Photos) != 1 || got.Photos[0] != "p1" {
			t.Errorf("forgotten: %+v", got)
		}
		entries, err := db.LogAfter(ctx, "c", 0, 100)
		must(t, err)
		all := whole(t, db, 1)
		for _, e := range entries {
			if e.Key == "co1" || e.Key == "cd1" {
				all += string(e.Data)
			}
		}
		for _, s := range secrets {
			if strings.Contains(all, s) {
				t.Errorf("%q is still there", s)
			}
		}
		_, err = db.WebhookBody(ctx, "h1", "e1")
		wantCode(t, err, domain.CodeNotFound)
		_, err = db.FindPhoto(ctx, "p1")
		wantCode(t, err, domain.CodeNotFound)
		if !strings.Contains(whole(t, db, 2), "홍길동") {
			t.Error("a live order was touched")
		}
		again, err := db.ForgetCustomer(ctx, "01099998888", noon.Time)
		must(t, err)
		equal(t, "left", again.Live, 2)
		equal(t, "again", again.Orders, 0)
	})
}
