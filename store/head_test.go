package store

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/store/storetest"
)

// teller keeps the statements of a transaction in their order.
type teller struct {
	runner
	texts *[]string
}

func (o teller) query(ctx context.Context, q string, args ...any) (*sqlx.Rows, error) {
	*o.texts = append(*o.texts, q)
	return o.runner.query(ctx, q, args...)
}

func (o teller) exec(ctx context.Context, q string, args ...any) (int64, error) {
	*o.texts = append(*o.texts, q)
	return o.runner.exec(ctx, q, args...)
}

// underHead runs a use case and answers what it told the database from the
// taking of a number on: until the commit, nobody else changes that center.
func underHead(t *testing.T, db *DB, fn func(ctx context.Context, tx domain.Tx) error) []string {
	t.Helper()
	var texts []string
	must(t, db.do(t.Context(), func(tx *txn) error {
		texts = nil
		tx.run = teller{tx.run, &texts}
		return fn(t.Context(), tx)
	}))
	for i, text := range texts {
		if strings.HasPrefix(text, "UPDATE heads") {
			return texts[i:]
		}
	}
	t.Fatalf("no number was taken: %q", texts)
	return nil
}

// A center's head is the one row that all its writers meet at, so little is done
// while it is held: the rules over several records are looked at again, and the
// rows are written, on SQL Server in one round trip.
func TestWorkUnderTheHead(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		db := open(t, newURL(t))
		svc := &domain.Service{}
		addCenter(t, db, "c", 1, 0)
		boss := domain.Actor{UserID: "boss", Name: "Boss", Role: domain.RoleAdmin}
		var shop *domain.Shop
		write(t, db, func(ctx context.Context, tx domain.Tx) (err error) {
			shop, err = svc.CreateShop(ctx, tx, boss, domain.NewShop{CenterID: "c", Name: "김밥천국", Phone: "0212345678", Address: "올림픽로 300",
				Location: &domain.Location{Lat: 37.51, Lng: 127.1}})
			return err
		})
		intake := domain.NewOrder{ShopID: shop.ID, Channel: "phone", Accept: true, Customer: sampleOrder("o", "c").Customer,
			Items: sampleOrder("o", "c").Items, Payment: sampleOrder("o", "c").Payment}
		var d *domain.Delivery
		for _, c := range []struct {
			name string
			// looks are the rules that are looked at again where writers run side
			// by side; rows are what is written.
			looks, rows int
			run         func(ctx context.Context, tx domain.Tx) error
		}{
			{"intake and accept", 0, 6, func(ctx context.Context, tx domain.Tx) error {
				out, err := svc.CreateOrder(ctx, tx, boss, intake)
				d = out.Delivery
				return err
			}},
			{"assign", 1, 4, func(ctx context.Context, tx domain.Tx) (err error) {
				d, err = svc.Assign(ctx, tx, boss, d.ID, domain.AssignDelivery{RiderID: "cr1"})
				return err
			}},
			{"pickup", 0, 4, func(ctx context.Context, tx domain.Tx) (err error) {
				d, err = svc.Pickup(ctx, tx, boss, d.ID, domain.RiderAction{Reason: "phone"})
				return err
			}},
			{"deliver", 0, 6, func(ctx context.Context, tx domain.Tx) (err error) {
				d, err = svc.Deliver(ctx, tx, boss, d.ID, domain.Deliver{Reason: "phone"})
				return err
			}},
		} {
			texts := underHead(t, db, c.run)[1:]
			if !db.d.sideBySide() {
				if texts[0] == selectHead {
					texts = texts[1:]
				}
				equal(t, c.name+": statements", len(texts), c.rows)
				continue
			}
			if texts[0] == selectHead {
				t.Errorf("%s: the number took a round trip of its own", c.name)
			}
			for _, look := range texts[:len(texts)-1] {
				if !strings.HasPrefix(look, "SELECT ") || !strings.Contains(look, "WHERE id = ?") && !strings.Contains(look, inHand) {
					t.Errorf("%s: while the head is held: %s", c.name, look)
				}
			}
			equal(t, c.name+": looks", len(texts)-1, c.looks)
			equal(t, c.name+": rows", strings.Count(texts[len(texts)-1], "; ")+1, c.rows)
		}
	})
}

// onServer runs a test of what an embedded database has no counterpart of.
func onServer(t *testing.T, test func(t *testing.T, dbURL string)) {
	t.Helper()
	if !storetest.HasServer() {
		t.Skip("SQLite gives its one writer one transaction after the other; for SQL Server set " + storetest.Variable)
	}
	test(t, storetest.Server(t))
}

// holdHead assigns ad1 to ar1, and keeps the transaction open until release.
func holdHead(t *testing.T, db *DB) (release func()) {
	t.Helper()
	held, let, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		once := sync.OnceFunc(func() { close(held) })
		done <- db.Write(context.WithoutCancel(t.Context()), func(tx domain.Tx) error {
			err := assign(t.Context(), tx, "ad1", "ar1")
			once()
			<-let
			return err
		})
	}()
	<-held
	release = sync.OnceFunc(func() {
		close(let)
		must(t, <-done)
	})
	t.Cleanup(release)
	return release
}

// While a writer holds the head of its center, those of other centers write and
// everybody reads; those of its own have done their checking when they wait.
func TestOthersGoOnWhileAHeadIsHeld(t *testing.T) {
	onServer(t, func(t *testing.T, dbURL string) {
		db := open(t, dbURL)
		addCenter(t, db, "a", 2, 2)
		addCenter(t, db, "b", 1, 1)
		ctx := t.Context()
		release := holdHead(t, db)
		write(t, db, func(ctx context.Context, tx domain.Tx) error { return assign(ctx, tx, "bd1", "br1") })
		state, err := db.LoadCenter(ctx, "a", noon.Time)
		must(t, err)
		for _, d := range state.Deliveries {
			equal(t, "not committed yet", d.Status, domain.Waiting)
		}
		checked, done := make(chan struct{}), make(chan error, 1)
		go func() {
			once := sync.OnceFunc(func() { close(checked) })
			done <- db.Write(ctx, func(tx domain.Tx) error {
				d, err := tx.FindDelivery(ctx, "ad2")
				if err != nil {
					return err
				}
				r, err := tx.FindRider(ctx, "ar2")
				if err != nil {
					return err
				}
				once()
				return move(ctx, tx, d, r)
			})
		}()
		<-checked
		release()
		must(t, <-done)
		checkLog(t, db, "a")
		checkLog(t, db, "b")
	})
}

// A statement that the server doesn't answer is given up after a while and tried
// again; one whose caller goes away ends at once.
func TestHeldUpStatements(t *testing.T) {
	onServer(t, func(t *testing.T, dbURL string) {
		patient := open(t, dbURL)
		addCenter(t, patient, "a", 2, 2)
		db := open(t, dbURL+"&connection+timeout=3", func(o *Options) { o.Migrate = false })
		release := holdHead(t, patient)
		other := func(ctx context.Context) error {
			return db.Write(ctx, func(tx domain.Tx) error { return assign(ctx, tx, "ad2", "ar2") })
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- other(ctx) }()
		await(t, func() bool { return db.Stats().Waiting == 1 })
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Fatalf("answered %v", err)
		}
		before := db.Stats().Retries
		go func() { done <- other(t.Context()) }()
		await(t, func() bool {
			select {
			case err := <-done:
				t.Fatalf("answered %v", err)
			default:
			}
			return db.Stats().Retries > before
		})
		release()
		// A slow endpoint may need more than one write's patience by now.
		err := <-done
		await(t, func() bool {
			if codeOf(err) == domain.CodeUnavailable {
				err = other(t.Context())
			}
			return codeOf(err) != domain.CodeUnavailable
		})
		must(t, err)
		checkLog(t, patient, "a")
	})
}

// Two writers that hold what the other one wants: the server ends one of them, and
// it is run again.
func TestDeadlockIsRunAgain(t *testing.T) {
	onServer(t, func(t *testing.T, dbURL string) {
		db := open(t, dbURL)
		addCenter(t, db, "a", 0, 0)
		addCenter(t, db, "b", 0, 0)
		var met sync.WaitGroup
		met.Add(2)
		crosswise := func(first, second string) error {
			once := sync.OnceFunc(met.Done)
			return db.do(t.Context(), func(tx *txn) error {
				for _, center := range []string{first, second} {
					if _, err := tx.run.exec(t.Context(), advanceHead, 1, center); err != nil {
						return err
					}
					once()
					met.Wait()
				}
				return nil
			})
		}
		done := make(chan error, 2)
		go func() { done <- crosswise("a", "b") }()
		go func() { done <- crosswise("b", "a") }()
		must(t, <-done)
		must(t, <-done)
		if db.Stats().Retries == 0 {
			t.Error("nobody had to run again")
		}
		_, heads, err := db.Heads(t.Context(), []string{"a", "b"})
		must(t, err)
		equal(t, "numbers of a", heads["a"].Seq, 2)
		equal(t, "numbers of b", heads["b"].Seq, 2)
	})
}

// What the server itself says of broken rules has its class.
func TestServersErrors(t *testing.T) {
	onServer(t, func(t *testing.T, dbURL string) {
		db := open(t, dbURL)
		addCenter(t, db, "c", 1, 1)
		for name, c := range map[string]struct {
			query string
			want  errClass
		}{
			"primary key (2627)":        {"INSERT INTO heads (center_id, seq, chat_seq, log_floor) VALUES ('c', 0, 0, 0)", classDuplicate},
			"unique index (2601)":       {"INSERT INTO centers SELECT 'c2', code, name, lat, lng, timezone, currency, assign_mode, speed_kmh, service_minutes, active, created_at, version, modified_at, search FROM centers", classDuplicate},
			"not null (515)":            {"UPDATE heads SET seq = NULL", classRefused},
			"foreign key (547)":         {"INSERT INTO heads (center_id, seq, chat_seq, log_floor) VALUES ('x', 0, 0, 0)", classRefused},
			"no such table (208)":       {"UPDATE nowhere SET x = 1", classOther},
			"no statement at all (102)": {"UPDATE UPDATE", classOther},
		} {
			var class errClass
			_ = db.do(t.Context(), func(tx *txn) error {
				_, err := tx.run.exec(t.Context(), c.query)
				class = db.d.class(err)
				return err
			})
			equal(t, name, class, c.want)
		}
	})
}
