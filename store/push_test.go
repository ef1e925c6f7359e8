package store

import (
	"context"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
)

func subscription(id, user, session string) *domain.PushSubscription {
	return &domain.PushSubscription{ID: id, UserID: user, SessionHash: session, Endpoint: "https://push.example/" + id,
		P256dh: "key", Auth: "secret", Language: "ko", CreatedAt: noon}
}

// A subscription is told to while its login stands, is its browser's own
// whoever is logged in there, and goes with the session.
func TestPush(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		clock := noon
		db := open(t, newURL(t), func(o *Options) { o.Now = func() time.Time { return clock.Time } })
		ctx := t.Context()
		key, err := db.PushKey(ctx, "first")
		must(t, err)
		equal(t, "key", key, "first")
		key, err = db.PushKey(ctx, "second")
		must(t, err)
		equal(t, "key of the next start", key, "first")

		some := func(want bool) {
			t.Helper()
			got, err := db.AnyPush(ctx)
			must(t, err)
			equal(t, "anybody", got, want)
		}
		some(false)
		center := filled(func(c *domain.Center) { c.ID, c.Version, c.Currency, c.AssignMode = "c", 0, "KRW", domain.ModeClaim })
		rider := filled(func(r *domain.Rider) {
			r.ID, r.CenterID, r.Version, r.Duty, r.Vehicle, r.Phone = "r", "c", 0, domain.DutyOn, domain.Car, "0101"
		})
		user := filled(func(u *domain.User) { u.ID, u.Role, u.RiderID, u.Active = "u", domain.RoleRider, "r", true })
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			for _, err := range []error{tx.CreateCenter(ctx, center), tx.CreateUser(ctx, user, "hash")} {
				if err != nil {
					return err
				}
			}
			return tx.Append(ctx, agent, "c", noon, &domain.Change{Event: "test:changed", Record: rider})
		})
		addUser(t, db, "other", true)
		for _, s := range []struct{ hash, user string }{{"s1", "u"}, {"s2", "other"}} {
			must(t, db.CreateSession(ctx, domain.Session{Hash: s.hash, UserID: s.user, CreatedAt: noon, ExpiresAt: noon.Add(time.Hour)}))
		}
		save := func(p *domain.PushSubscription) {
			t.Helper()
			write(t, db, func(ctx context.Context, tx domain.Tx) error { return tx.SavePush(ctx, p) })
		}
		save(subscription("a", "u", "s1"))
		save(subscription("b", "u", "s1"))
		some(true)
		n, err := db.CountPushes(ctx, "u", "b")
		must(t, err)
		equal(t, "subscriptions but one", n, 1)
		check := func(rider, user, offer int) {
			t.Helper()
			for name, want := range map[string]int{"rider": rider, "user": user, "offer": offer} {
				var got []domain.PushSubscription
				var err error
				switch now := clock; name {
				case "rider":
					got, err = db.PushesOfRider(ctx, "r", now)
				case "user":
					got, err = db.PushesOfUser(ctx, "u", now)
				default:
					got, err = db.PushesOfOffer(ctx, "c", now)
				}
				must(t, err)
				equal(t, "subscriptions by "+name, len(got), want)
				if len(got) == 2 {
					same(t, "subscription", got[0], *subscription("a", "u", "s1"))
				}
			}
		}
		check(2, 2, 2)
		// Off duty there is nothing to claim, but one's own deliveries may still change.
		rider.Duty = domain.DutyOff
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			return tx.Append(ctx, agent, "c", noon, &domain.Change{Event: "test:changed", Record: rider})
		})
		check(2, 2, 0)
		// Another person logs in on the same phone.
		save(subscription("b", "other", "s2"))
		check(1, 1, 0)
		err = db.Write(ctx, func(tx domain.Tx) error { return tx.DeletePush(ctx, "b", "u") })
		wantCode(t, err, "not_found")
		write(t, db, func(ctx context.Context, tx domain.Tx) error { return tx.DeletePush(ctx, "b", "other") })
		save(subscription("d", "u", "s1"))
		must(t, db.ForgetPush(ctx, "d"))
		must(t, db.ForgetPush(ctx, "d"))
		check(1, 1, 0)
		// The login runs out.
		clock = noon.Add(2 * time.Hour)
		check(0, 0, 0)
		some(true)
		_, err = db.PruneAged(ctx, domain.AgedSessions, clock.Time, 500)
		must(t, err)
		must(t, db.PrunePush(ctx))
		some(false)
	})
}
