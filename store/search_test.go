package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/brosops/bros/domain"
)

// A search that names no time looks back for a while; what names an order as a
// whole is found beyond it, in its place of the list.
func TestSearchLooksBack(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		ctx := t.Context()
		addCenter(t, db, "c", 0, 0)
		addCenter(t, db, "other", 0, 0)
		since := noon.Add(-31 * 24 * time.Hour)
		add := func(center, id string, at domain.Time, phone, name, external string) {
			write(t, db, func(ctx context.Context, tx domain.Tx) error {
				o := sampleOrder(id, center)
				o.Channel, o.ExternalID, o.CreatedAt = "app", external, at
				o.Customer.Phone, o.Customer.Name = phone, name
				d := sampleDelivery("d"+id, o)
				d.CreatedAt, o.DeliveryID, o.Status = at, "d"+id, domain.OrderAccepted
				return tx.Append(ctx, agent, center, noon, &domain.Change{Event: domain.EventOrderCreate, Record: o},
					&domain.Change{Event: domain.EventDeliveryCreate, Record: d})
			})
		}
		for i := range 3 {
			add("c", fmt.Sprintf("old%d", i), since.Add(-time.Duration(3-i)*time.Hour), "821055556666", "홍길동", fmt.Sprintf("EXT-old%d", i))
			add("c", fmt.Sprintf("new%d", i), noon.Add(-time.Duration(3-i)*time.Hour), "01055556666", norm.NFD.String("홍길동"), fmt.Sprintf("EXT-new%d", i))
		}
		add("other", "theirs", noon, "01055556666", "홍길동", "EXT-old1")
		both := "new2 new1 new0 old2 old1 old0"
		for name, c := range map[string]struct{ query, want string }{
			"a name":                   {"길동", "new2 new1 new0"},
			"a decomposed name":        {norm.NFD.String("길동"), "new2 new1 new0"},
			"a whole phone number":     {"010-5555-6666", both},
			"the same from abroad":     {"+82 10 5555 6666", both},
			"its last digits":          {"6666", "new2 new1 new0"},
			"an id of another system":  {"EXT-old1", "old1"},
			"one that is not old":      {"EXT-new1", "new1"},
			"part of one":              {"ext-ne", "new2 new1 new0"},
			"part of an old one":       {"EXT-ol", ""},
			"something that is nobody": {"zzzzzz", ""},
		} {
			t.Run(name, func(t *testing.T) {
				for _, centers := range [][]string{{"c"}, {"c", "nowhere"}} {
					f := domain.WorkFilter{CenterIDs: centers, Query: c.query, Since: since}
					for size := 1; size <= 7; size++ {
						got := pages(t, size, func(p domain.Page) ([]domain.Order, string, error) { return db.ListOrders(ctx, f, p) },
							func(o domain.Order) string { return o.ID })
						equal(t, fmt.Sprintf("orders in pages of %d", size), got, c.want)
					}
				}
				if len(c.query) >= 3 && (c.query[:3] == "EXT" || c.query[:3] == "ext") {
					return
				}
				got := pages(t, 2, func(p domain.Page) ([]domain.Delivery, string, error) {
					return db.ListDeliveries(ctx, domain.WorkFilter{CenterIDs: []string{"c"}, Query: c.query, Since: since}, p)
				}, func(d domain.Delivery) string { return d.OrderID })
				equal(t, "deliveries", got, c.want)
			})
		}
		all, _, err := db.ListOrders(ctx, domain.WorkFilter{Query: "EXT-old1", Since: since}, domain.Page{})
		must(t, err)
		equal(t, "in all centers", len(all), 2)
		all, _, err = db.ListOrders(ctx, domain.WorkFilter{CenterIDs: []string{"c"}, Query: "길동", From: since.Add(-24 * time.Hour)}, domain.Page{})
		must(t, err)
		equal(t, "with a time of its own", len(all), 6)
	})
}
