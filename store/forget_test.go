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

// mention writes of the customer of the first delivery wherever else it is kept.
func mention(t *testing.T, db *DB) {
	t.Helper()
	write(t, db, func(ctx context.Context, tx domain.Tx) error {
		d, err := tx.FindDelivery(ctx, "cd1")
		if err != nil {
			return err
		}
		o := &domain.Offer{ID: "of1", CenterID: "c", RiderID: "r", RiderName: "r", DeliveryIDs: []string{d.ID}, Deliveries: []*domain.Delivery{d.Masked()},
			MadeAt: d.CreatedAt, ExpiresAt: d.CreatedAt, EndedAt: d.CreatedAt, Status: domain.OfferLapsed, Round: 1, Reason: "010-9999-8888 홍길동"}
		if err := tx.SaveAnswer(ctx, "u1", "k1", domain.Answer{Fingerprint: "f", Status: 200, ContentType: "application/json",
			Body: []byte(`{"id":"cd1","customer":{"name":"홍길동","address":"올림픽로"}}`)}); err != nil {
			return err
		}
		if err := tx.AppendChat(ctx, &domain.ChatMessage{ID: "m1", CenterID: "c", From: agent.Person(), Text: "홍길동 010 9999 8888", At: noon}); err != nil {
			return err
		}
		return tx.Append(ctx, agent, "c", noon, &domain.Change{Event: domain.EventOfferMade, Record: o},
			&domain.Change{Event: domain.EventDeliveryChanged, Record: d, Before: domain.StateOf(d), Reason: "홍길동 01099998888",
				Diff: []domain.FieldChange{{Field: "customer.memo", From: "문 앞에", To: "경비실"}}})
	})
}

func TestMaskCustomers(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db, ctx := open(t, newURL(t)), t.Context()
		addCenter(t, db, "c", 0, 5)
		finish(t, db, 4)
		mention(t, db)
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
		offer, err := db.FindOffer(ctx, "of1")
		must(t, err)
		equal(t, "address in an offer", offer.Deliveries[0].Customer.Address, "")
		steps, err := db.History(ctx, "cd1")
		must(t, err)
		equal(t, "a correction", steps[len(steps)-1].Changes[0], domain.FieldChange{Field: "customer.memo"})
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
		mention(t, db)
		got, _, err := db.ForgetCustomer(ctx, "01099998888", noon.Time)
		must(t, err)
		if got.Orders != 1 || got.Live != 2 || len(got.Photos) != 1 || got.Photos[0] != "p1" {
			t.Errorf("forgotten: %+v", got)
		}
		entries, err := db.LogAfter(ctx, "c", 0, 100)
		must(t, err)
		all := whole(t, db, 1)
		for _, e := range entries {
			if e.Key == "co1" || e.Key == "cd1" || e.Key == "of1" {
				all += string(e.Data) + e.Reason
			}
		}
		offer, err := db.FindOffer(ctx, "of1")
		must(t, err)
		steps, err := db.History(ctx, "cd1")
		must(t, err)
		said, err := db.FindChat(ctx, "m1")
		must(t, err)
		var kept *domain.Answer
		write(t, db, func(ctx context.Context, tx domain.Tx) (err error) {
			kept, err = tx.FindAnswer(ctx, "u1", "k1")
			return err
		})
		rest, err := json.Marshal([]any{offer, steps, said, string(kept.Body)})
		must(t, err)
		all += string(rest)
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
		again, _, err := db.ForgetCustomer(ctx, "01099998888", noon.Time)
		must(t, err)
		equal(t, "left", again.Live, 2)
		equal(t, "again", again.Orders, 0)
	})
}
