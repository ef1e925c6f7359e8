package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
)

// pages reads a list to its end by pages of the given size.
func pages[T any](t *testing.T, size int, list func(domain.Page) ([]T, string, error), id func(T) string) string {
	t.Helper()
	var out []string
	p := domain.Page{Limit: size}
	for range 100 {
		items, next, err := list(p)
		must(t, err)
		for _, v := range items {
			out = append(out, id(v))
		}
		if next == "" {
			return strings.Join(out, " ")
		}
		if len(items) != size {
			t.Fatalf("a page of %d with a cursor behind it", len(items))
		}
		p.Cursor = next
	}
	t.Fatal("the list has no end")
	return ""
}

func deliveryID(d domain.Delivery) string { return d.ID }

// Pages neither leave out nor repeat, with equal times and with records that
// come while one reads.
func TestPages(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		ctx := t.Context()
		addCenter(t, db, "c", 0, 0)
		make := func(from, to int, at domain.Time) {
			write(t, db, func(ctx context.Context, tx domain.Tx) error {
				var cs []*domain.Change
				for i := from; i < to; i++ {
					d := sampleDelivery(fmt.Sprintf("d%02d", i), sampleOrder("o", "c"))
					d.CreatedAt = at
					cs = append(cs, &domain.Change{Event: domain.EventDeliveryCreate, Record: d})
				}
				return tx.Append(ctx, agent, "c", noon, cs...)
			})
		}
		make(0, 7, noon) // all at one time
		make(7, 10, noon.Add(time.Second))
		want := "d09 d08 d07 d06 d05 d04 d03 d02 d01 d00"
		for _, size := range []int{1, 3, 5, 10, 11, 0} {
			got := pages(t, size, func(p domain.Page) ([]domain.Delivery, string, error) {
				return db.ListDeliveries(ctx, domain.WorkFilter{}, p)
			}, deliveryID)
			equal(t, fmt.Sprintf("pages of %d", size), got, want)
		}
		first, next, err := db.ListDeliveries(ctx, domain.WorkFilter{}, domain.Page{Limit: 4})
		must(t, err)
		equal(t, "first page", len(first), 4)
		make(10, 12, noon.Add(time.Minute))
		rest := pages(t, 20, func(p domain.Page) ([]domain.Delivery, string, error) {
			if p.Cursor == "" {
				p.Cursor = next
			}
			return db.ListDeliveries(ctx, domain.WorkFilter{}, p)
		}, deliveryID)
		equal(t, "the rest", rest, "d05 d04 d03 d02 d01 d00")
		for _, bad := range []string{"x", "!!", "bm9uZQ", "eHx5"} {
			_, _, err := db.ListDeliveries(ctx, domain.WorkFilter{}, domain.Page{Cursor: bad})
			wantCode(t, err, domain.CodeValidation)
		}
	})
}

func TestWorkFilters(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		ctx := t.Context()
		addCenter(t, db, "a", 2, 3)
		addCenter(t, db, "b", 1, 2)
		write(t, db, func(ctx context.Context, tx domain.Tx) error { return assign(ctx, tx, "ad2", "ar1") })
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			d, err := tx.FindDelivery(ctx, "bd1")
			if err != nil {
				return err
			}
			d.Customer = domain.Customer{Name: "Ann O'Neil 100%_[x]", Phone: "01055556666", Address: "Main Street \\ 5"}
			return tx.Append(ctx, agent, "b", noon, &domain.Change{Event: domain.EventDeliveryChanged, Record: d})
		})
		for name, c := range map[string]struct {
			f    domain.WorkFilter
			want string
		}{
			"all":               {domain.WorkFilter{}, "ad3 bd2 ad2 bd1 ad1"},
			"no center":         {domain.WorkFilter{CenterIDs: []string{}}, ""},
			"one center":        {domain.WorkFilter{CenterIDs: []string{"a"}}, "ad3 ad2 ad1"},
			"three centers":     {domain.WorkFilter{CenterIDs: []string{"a", "b", "nowhere"}}, "ad3 bd2 ad2 bd1 ad1"},
			"status":            {domain.WorkFilter{Statuses: []string{"assigned"}}, "ad2"},
			"two statuses":      {domain.WorkFilter{Statuses: []string{"assigned", "waiting"}, CenterIDs: []string{"a"}}, "ad3 ad2 ad1"},
			"rider":             {domain.WorkFilter{RiderID: "ar1"}, "ad2"},
			"from":              {domain.WorkFilter{From: noon.Add(time.Second)}, "ad3 bd2 ad2"},
			"to is excluded":    {domain.WorkFilter{From: noon.Add(time.Second), To: noon.Add(2 * time.Second)}, "bd2 ad2"},
			"number":            {domain.WorkFilter{Query: "0003"}, "ad3"},
			"korean name":       {domain.WorkFilter{Query: "길동"}, "ad3 bd2 ad2 ad1"},
			"korean address":    {domain.WorkFilter{Query: " 올림픽로 "}, "ad3 bd2 ad2 ad1"},
			"case":              {domain.WorkFilter{Query: "aNN o'n"}, "bd1"},
			"phone as written":  {domain.WorkFilter{Query: "010-5555-6666"}, "bd1"},
			"phone from abroad": {domain.WorkFilter{Query: "+82 10-5555-6666"}, "bd1"},
			"part of a phone":   {domain.WorkFilter{Query: "5555 66"}, "bd1"},
			"percent is itself": {domain.WorkFilter{Query: "100%"}, "bd1"},
			"a lone percent":    {domain.WorkFilter{Query: "%"}, "bd1"},
			"underscore":        {domain.WorkFilter{Query: "%_["}, "bd1"},
			"brackets":          {domain.WorkFilter{Query: "[x]"}, "bd1"},
			"backslash":         {domain.WorkFilter{Query: `\ 5`}, "bd1"},
			"rider's name":      {domain.WorkFilter{Query: "rider ar1"}, "ad2"},
			"quote":             {domain.WorkFilter{Query: "' OR 1=1 --"}, ""},
		} {
			t.Run(name, func(t *testing.T) {
				got := pages(t, 2, func(p domain.Page) ([]domain.Delivery, string, error) { return db.ListDeliveries(ctx, c.f, p) }, deliveryID)
				equal(t, "deliveries", got, c.want)
			})
		}
		orders, _, err := db.ListOrders(ctx, domain.WorkFilter{Query: "0001", RiderID: "x"}, domain.Page{})
		must(t, err)
		equal(t, "orders", len(orders), 2)
		found, err := db.CustomerOrders(ctx, "01099998888", nil, 3)
		must(t, err)
		equal(t, "orders of a phone", len(found), 3)
		equal(t, "the newest first", found[0].ID, "ao3")
		found, err = db.CustomerOrders(ctx, "01099998888", []string{"b"}, 10)
		must(t, err)
		equal(t, "orders of a phone in a center", len(found), 2)
		none, err := db.CustomerOrders(ctx, "01099998888", []string{}, 10)
		must(t, err)
		equal(t, "orders in no center", len(none), 0)
		o, d, err := db.FindTracking(ctx, "tokenao2")
		must(t, err)
		equal(t, "tracked", o.ID+d.ID, "ao2ad2")

		waiting, err := db.WaitingDeliveries(ctx, "a")
		must(t, err)
		equal(t, "waiting", len(waiting), 2)
		equal(t, "oldest first", waiting[0].ID, "ad1")
		openOnes, err := db.ErrandsInHand(ctx, "a")
		must(t, err)
		equal(t, "in hand", len(openOnes), 1)
		one, err := db.FindDelivery(ctx, openOnes[0].ID)
		must(t, err)
		if want := one.Errand(); want.Door == nil || !reflect.DeepEqual(openOnes[0], want) {
			t.Errorf("a plan reads %+v, the record says %+v", openOnes[0], want)
		}
		var each []string
		must(t, db.EachDelivery(ctx, "a", noon.Time, noon.Time.Add(2*time.Second), func(d *domain.Delivery) error {
			each = append(each, d.ID)
			return nil
		}))
		equal(t, "each delivery", strings.Join(each, " "), "ad1 ad2")
		stop := errors.New("stop")
		n := 0
		err = db.EachDelivery(ctx, "a", noon.Time, noon.Time.Add(time.Hour), func(*domain.Delivery) error { n++; return stop })
		if !errors.Is(err, stop) || n != 1 {
			t.Fatalf("answered %v after %d", err, n)
		}
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			d, err := tx.FindDelivery(ctx, "ad1")
			if err != nil {
				return err
			}
			d.FinishedAt = noon.Add(-time.Second)
			return tx.Append(ctx, agent, "a", noon, &domain.Change{Event: domain.EventDeliveryChanged, Record: d})
		})
		lately, _, err := db.ListDeliveries(ctx, domain.WorkFilter{EndedSince: noon, CenterIDs: []string{"a"}}, domain.Page{})
		must(t, err)
		equal(t, "not ended before", len(lately), 2)
	})
}

// A stream of more records than one page holds has each once, in order.
func TestEachGoesOnBehindAPage(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		addCenter(t, db, "c", 0, 0)
		const n = 1203
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			var cs []*domain.Change
			for i := range n {
				o := sampleOrder(fmt.Sprintf("o%04d", i), "c")
				o.CreatedAt = noon.Add(time.Duration(i/7) * time.Millisecond)
				d := sampleDelivery(o.ID, o)
				d.CreatedAt = o.CreatedAt
				cs = append(cs, &domain.Change{Event: domain.EventDeliveryCreate, Record: d})
			}
			return tx.Append(ctx, agent, "c", noon, cs...)
		})
		i := 0
		must(t, db.EachDelivery(t.Context(), "c", noon.Time, noon.Time.Add(time.Hour), func(d *domain.Delivery) error {
			equal(t, "delivery", d.ID, fmt.Sprintf("o%04d", i))
			i++
			return nil
		}))
		equal(t, "deliveries", i, n)
	})
}

func TestSetupLists(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		ctx := t.Context()
		addCenter(t, db, "a", 3, 2)
		addCenter(t, db, "a_b", 1, 0)
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			shop := &domain.Shop{ID: "s", CenterID: "a", Name: "김밥천국", Phone: "0212345678", Status: domain.ShopOpen, Active: true, CreatedAt: noon, Version: 1}
			users := []*domain.User{
				{ID: "u1", Login: "kim", Name: "Kim", Role: domain.RoleAgent, CenterIDs: []string{"a"}, CreatedAt: noon},
				{ID: "u2", Login: "lee", Name: "Lee", Role: domain.RoleManager, CenterIDs: []string{"axb", "a"}, CreatedAt: noon},
				{ID: "u3", Login: "root", Name: "Root", Role: domain.RoleAdmin, CreatedAt: noon},
				{ID: "u4", Login: "rider", Name: "R", Role: domain.RoleRider, CenterIDs: []string{"a_b"}, RiderID: "ar1", CreatedAt: noon},
			}
			for _, u := range users {
				if err := tx.CreateUser(ctx, u, "h"); err != nil {
					return err
				}
			}
			if err := tx.CreateKey(ctx, &domain.APIKey{ID: "k", Name: "Shop App", Scopes: []domain.Scope{domain.ScopeOrdersWrite}, CenterIDs: []string{"a"}, CreatedAt: noon}, "h"); err != nil {
				return err
			}
			return tx.CreateShop(ctx, shop)
		})
		users := func(f domain.SetupFilter) string {
			return pages(t, 2, func(p domain.Page) ([]domain.User, string, error) { return db.ListUsers(ctx, f, p) }, func(u domain.User) string { return u.ID })
		}
		equal(t, "users", users(domain.SetupFilter{}), "u4 u3 u2 u1")
		equal(t, "users of a", users(domain.SetupFilter{CenterIDs: []string{"a"}}), "u2 u1")
		equal(t, "users of a_b", users(domain.SetupFilter{CenterIDs: []string{"a_b"}}), "u4")
		equal(t, "users by login", users(domain.SetupFilter{Query: "LE"}), "u2")
		u, err := db.FindRiderUser(ctx, "ar1")
		must(t, err)
		equal(t, "user of a rider", u.ID, "u4")
		shops, _, err := db.ListShops(ctx, domain.SetupFilter{CenterIDs: []string{"a"}, Query: "02-1234"}, domain.Page{})
		must(t, err)
		equal(t, "shops", len(shops), 1)
		keys, _, err := db.ListKeys(ctx, domain.SetupFilter{CenterIDs: []string{"a"}, Query: "app"}, domain.Page{})
		must(t, err)
		equal(t, "keys", len(keys), 1)
		centers, _, err := db.ListCenters(ctx, domain.SetupFilter{CenterIDs: []string{"a"}, Query: "강남"}, domain.Page{})
		must(t, err)
		equal(t, "centers", len(centers), 1)

		must(t, db.SavePositions(ctx, []domain.Position{{RiderID: "ar2", Lat: 37.5, Lng: 127, At: noon}}))
		write(t, db, func(ctx context.Context, tx domain.Tx) error { return assign(ctx, tx, "ad1", "ar2") })
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			r, err := tx.FindRider(ctx, "ar3")
			if err != nil {
				return err
			}
			n, err := tx.OpenDeliveries(ctx, "ar2")
			equal(t, "open deliveries", n, 1)
			if err != nil {
				return err
			}
			r.Duty = domain.DutyOff
			return tx.Append(ctx, agent, "a", noon, &domain.Change{Event: domain.EventRiderDuty, Record: r})
		})
		view := func(r domain.RiderView) string { return fmt.Sprintf("%s:%d:%v", r.ID, r.Load, r.Position != nil) }
		riders := pages(t, 2, func(p domain.Page) ([]domain.RiderView, string, error) {
			return db.ListRiders(ctx, domain.SetupFilter{CenterIDs: []string{"a"}}, p)
		}, view)
		equal(t, "riders", riders, "ar3:0:false ar2:1:true ar1:0:false")
		on, err := db.OnDuty(ctx, "a")
		must(t, err)
		equal(t, "on duty", len(on), 2)
		equal(t, "with place, without load", view(on[1]), "ar2:0:true")
		same(t, "place", *on[1].Position, domain.Position{RiderID: "ar2", Lat: 37.5, Lng: 127, At: noon})
	})
}
