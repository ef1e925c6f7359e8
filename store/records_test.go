package store

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brosops/bros/domain"
)

// fill gives every field below v a value that is not its zero, so that one a
// table forgets is noticed.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Interface().(type) {
	case domain.Time:
		v.Set(reflect.ValueOf(domain.At(noon.Time.Add(time.Duration(*n)*time.Second + 7*time.Millisecond))))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("값 %d's \"?\"", *n))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Float64:
		v.SetFloat(float64(*n) + 0.25)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), n)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	default:
		panic("no value for " + v.Type().String())
	}
}

func filled[T any](set func(*T)) *T {
	v := new(T)
	n := 0
	fill(reflect.ValueOf(v).Elem(), &n)
	set(v)
	return v
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("%s differs (-want +got):\n%s", what, d)
	}
}

// Every field of every record comes back as it was written, and once more after an update.
func TestRecordsComeBackWhole(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		ctx := t.Context()
		c := filled(func(c *domain.Center) { c.ID, c.Version, c.Currency, c.AssignMode = "c", 0, "KRW", domain.ModeAuto })
		s := filled(func(s *domain.Shop) { s.ID, s.CenterID, s.Version, s.Status = "s", "c", 1, domain.ShopBusy })
		u := filled(func(u *domain.User) { u.ID, u.Role = "u", domain.RoleAgent })
		k := filled(func(k *domain.APIKey) { k.ID = "k" })
		p := filled(func(p *domain.Photo) { p.ID, p.DeliveryID, p.CenterID, p.ContentType = "p", "d", "c", "image/webp" })
		r := filled(func(r *domain.Rider) {
			r.ID, r.CenterID, r.Version, r.Duty, r.Vehicle = "r", "c", 0, domain.DutyOn, domain.Car
		})
		o := filled(func(o *domain.Order) { o.ID, o.CenterID, o.Version, o.Status = "o", "c", 0, domain.OrderAccepted })
		d := filled(func(d *domain.Delivery) { d.ID, d.CenterID, d.Version, d.Status = "d", "c", 0, domain.PickedUp })
		for _, short := range []*string{&s.Phone, &r.Phone, &o.Customer.Phone, &o.CancelledBy, (*string)(&o.Payment.Method), (*string)(&d.Payment.Method), &o.Number, &d.Number} {
			*short = "0101"
		}
		changed := func(ctx context.Context, tx domain.Tx, rs ...domain.Record) error {
			var cs []*domain.Change
			for _, r := range rs {
				cs = append(cs, &domain.Change{Event: "test:changed", Record: r})
			}
			return tx.Append(ctx, agent, "c", noon.Add(time.Hour), cs...)
		}
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			for _, err := range []error{tx.CreateCenter(ctx, c), tx.CreateShop(ctx, s), tx.CreateUser(ctx, u, "hash1"), tx.CreateKey(ctx, k, "keyhash"), tx.CreatePhoto(ctx, p)} {
				if err != nil {
					return err
				}
			}
			return changed(ctx, tx, c, r, o, d)
		})
		check := func(hash string) {
			t.Helper()
			check := func(what string, want any, got any, err error) {
				t.Helper()
				must(t, err)
				same(t, what, got, want)
			}
			gc, err := db.FindCenter(ctx, "c")
			check("center", c, gc, err)
			gs, err := db.FindShop(ctx, "s")
			check("shop", s, gs, err)
			gu, err := db.FindUser(ctx, "u")
			check("user", u, gu, err)
			gl, gh, err := db.FindLogin(ctx, u.Login)
			check("login", u, gl, err)
			equal(t, "password hash", gh, hash)
			gk, err := db.FindKey(ctx, "k")
			check("key", k, gk, err)
			gk, err = db.FindKeyByHash(ctx, "keyhash")
			check("key by hash", k, gk, err)
			gp, err := db.FindPhoto(ctx, "p")
			check("photo", p, gp, err)
			photos, err := db.CountPhotos(ctx, gp.DeliveryID)
			must(t, err)
			equal(t, "photos of the delivery", photos, 1)
			gr, err := db.FindRider(ctx, "r")
			check("rider", r, gr, err)
			gv, err := db.FindRiderView(ctx, "r")
			check("rider view", &domain.RiderView{Rider: *r}, gv, err)
			gotO, err := db.FindOrder(ctx, "o")
			check("order", o, gotO, err)
			gotO, err = db.FindOrderByExternal(ctx, "c", o.Channel, o.ExternalID, o.KeyID)
			check("order by external id", o, gotO, err)
			gotD, err := db.FindDelivery(ctx, "d")
			check("delivery", d, gotD, err)
		}
		check("hash1")
		// Again with other values in what may change.
		c.Name, c.Active = "다른 이름", false
		s.Name, s.Status = "other", domain.ShopClosed
		u.Login, u.CenterIDs, u.Active = "other", []string{}, false
		k.Name, k.Scopes = "other", []domain.Scope{}
		r.Name, r.Duty = "other", domain.DutyBreak
		o.Reason, o.Items, o.Customer.Location, o.PrepMinutes, o.RejectedAt = "other", []domain.Item{}, nil, nil, domain.Time{}
		d.Note, d.FinishedAt, d.Shop.Location, d.Items = "other", domain.Time{}, nil, d.Items[:1]
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			prevS, prevU, prevK := s.Version, u.Version, k.Version
			s.Version, u.Version, k.Version = prevS+1, prevU+1, prevK+1
			for _, err := range []error{tx.UpdateShop(ctx, s, prevS), tx.UpdateUser(ctx, u, "hash2", prevU), tx.UpdateKey(ctx, k, prevK)} {
				if err != nil {
					return err
				}
			}
			return changed(ctx, tx, d, c, r, o)
		})
		check("hash2")
		if d.Version != 5 || o.Version != 8 {
			t.Fatalf("versions %d and %d, want 5 and 8", d.Version, o.Version)
		}
	})
}

// The log keeps what was appended, the hook is told the same, and the data is
// the record as it stands.
func TestLog(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		var rec recorder
		db := open(t, newURL(t), rec.hook)
		ctx := t.Context()
		addCenter(t, db, "c", 1, 1)
		rider := domain.Actor{UserID: "u9", Name: "Lee", Role: domain.RoleRider, RiderID: "other"}
		write(t, db, func(ctx context.Context, tx domain.Tx) error { return assign(ctx, tx, "cd1", "cr1") })
		write(t, db, func(ctx context.Context, tx domain.Tx) error {
			d, err := tx.FindDelivery(ctx, "cd1")
			if err != nil {
				return err
			}
			return tx.Append(ctx, rider, "c", noon.Add(time.Minute), &domain.Change{Event: domain.EventDeliveryLateDeliver, Record: d,
				Before: domain.StateOf(d), Reason: "no signal", DeviceAt: noon})
		})
		log, err := db.LogAfter(ctx, "c", 0, 100)
		must(t, err)
		epoch, heads, err := db.Heads(ctx, []string{"c", "nowhere"})
		must(t, err)
		equal(t, "heads", len(heads), 1)
		equal(t, "head", heads["c"], domain.Head{Seq: 5})
		equal(t, "entries", len(log), 5)
		for i, e := range log {
			equal(t, "seq", e.Seq, int64(i+1))
			equal(t, "epoch", e.Epoch, epoch)
			var r struct{ Version int64 }
			must(t, json.Unmarshal(e.Data, &r))
			equal(t, "version within data", r.Version, e.Seq)
		}
		told, _ := rec.all()
		same(t, "what the hook was told", told, log)
		same(t, "the assign", log[3].After, domain.State{Status: "assigned", RiderID: "cr1"})
		same(t, "the state before it", log[3].Before, domain.State{Status: "waiting"})
		d, err := db.FindDelivery(ctx, "cd1")
		must(t, err)
		data, err := json.Marshal(d)
		must(t, err)
		equal(t, "newest data", string(log[4].Data), string(data))
		rest, err := db.LogAfter(ctx, "c", 2, 1)
		must(t, err)
		same(t, "one entry after the second", rest, log[2:3])

		hist, err := db.History(ctx, "cd1")
		must(t, err)
		same(t, "history", hist, []domain.HistoryEntry{
			{Seq: 3, At: noon, Actor: agent.Person(), Event: domain.EventDeliveryCreate, To: domain.Waiting},
			{Seq: 4, At: noon, Actor: agent.Person(), Event: domain.EventDeliveryAssigned, From: domain.Waiting, To: domain.Assigned, RiderID: "cr1"},
			{Seq: 5, At: noon.Add(time.Minute), DeviceAt: noon, Actor: rider.Person(), Event: domain.EventDeliveryLateDeliver,
				From: domain.Assigned, To: domain.Assigned, RiderID: "other", Reason: "no signal"},
		})
		for _, c := range []struct {
			rider    string
			late, it bool
		}{{"other", true, false}, {"cr1", false, true}} {
			late, err := db.HasLateDeliver(ctx, "cd1", c.rider)
			must(t, err)
			had, err := db.HadDelivery(ctx, "cd1", c.rider)
			must(t, err)
			equal(t, "late deliver of "+c.rider, late, c.late)
			equal(t, "had by "+c.rider, had, c.it)
		}
	})
}

func TestNotFound(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		ctx := t.Context()
		finds := map[string]func() error{
			"center":   func() error { _, err := db.FindCenter(ctx, "x"); return err },
			"shop":     func() error { _, err := db.FindShop(ctx, "x"); return err },
			"rider":    func() error { _, err := db.FindRider(ctx, "x"); return err },
			"view":     func() error { _, err := db.FindRiderView(ctx, "x"); return err },
			"user":     func() error { _, err := db.FindUser(ctx, "x"); return err },
			"no rider": func() error { _, err := db.FindRiderUser(ctx, ""); return err },
			"login":    func() error { _, _, err := db.FindLogin(ctx, "x"); return err },
			"key":      func() error { _, err := db.FindKey(ctx, "x"); return err },
			"hash":     func() error { _, err := db.FindKeyByHash(ctx, "x"); return err },
			"order":    func() error { _, err := db.FindOrder(ctx, "x"); return err },
			"external": func() error { _, err := db.FindOrderByExternal(ctx, "x", "x", "", ""); return err },
			"tracking": func() error { _, _, err := db.FindTracking(ctx, ""); return err },
			"delivery": func() error { _, err := db.FindDelivery(ctx, "x"); return err },
			"photo":    func() error { _, err := db.FindPhoto(ctx, "x"); return err },
			"session":  func() error { _, _, err := db.FindSession(ctx, "x", noon.Time); return err },
			"ticket":   func() error { _, _, err := db.UseTicket(ctx, "x", noon.Time); return err },
			"load":     func() error { _, err := db.LoadCenter(ctx, "x", noon.Time); return err },
			"append": func() error {
				return db.Write(ctx, func(tx domain.Tx) error {
					return tx.Append(ctx, agent, "x", noon, &domain.Change{Record: sampleRider("r", "x")})
				})
			},
			"chat": func() error {
				return db.Write(ctx, func(tx domain.Tx) error {
					return tx.AppendChat(ctx, &domain.ChatMessage{ID: "m", CenterID: "x", At: noon})
				})
			},
			"delete user": func() error { return db.Write(ctx, func(tx domain.Tx) error { return tx.DeleteUser(ctx, "x") }) },
			"delete key":  func() error { return db.Write(ctx, func(tx domain.Tx) error { return tx.DeleteKey(ctx, "x") }) },
		}
		for name, find := range finds {
			t.Run(name, func(t *testing.T) { wantCode(t, find(), domain.CodeNotFound) })
		}
	})
}

func TestTakenIsConflict(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		ctx := t.Context()
		addCenter(t, db, "c", 0, 0)
		user := func(id, login, rider string) *domain.User {
			return &domain.User{ID: id, Login: login, Role: domain.RoleAgent, RiderID: rider, CreatedAt: noon, Version: 1}
		}
		write(t, db, func(ctx context.Context, tx domain.Tx) error { return tx.CreateUser(ctx, user("u1", "kim", ""), "h") })
		write(t, db, func(ctx context.Context, tx domain.Tx) error { return tx.CreateUser(ctx, user("u2", "lee", ""), "h") })
		twin := sampleCenter("other")
		twin.Code = "code-c"
		wantCode(t, db.Write(ctx, func(tx domain.Tx) error { return tx.CreateCenter(ctx, twin) }), domain.CodeConflict)
		wantCode(t, db.Write(ctx, func(tx domain.Tx) error { return tx.CreateUser(ctx, user("u3", "kim", ""), "h") }), domain.CodeConflict)
		wantCode(t, db.Write(ctx, func(tx domain.Tx) error { return tx.UpdateUser(ctx, user("u2", "kim", ""), "", 1) }), domain.CodeConflict)
		// A version that never fits is a conflict too, after a bounded number of runs.
		wantCode(t, db.Write(ctx, func(tx domain.Tx) error { return tx.UpdateUser(ctx, user("u2", "lee", ""), "", 7) }), domain.CodeConflict)
		n, err := db.CountUsers(ctx)
		must(t, err)
		equal(t, "users", n, 2)
	})
}
