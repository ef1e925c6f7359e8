package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/store/storetest"
)

// fresh gives the URL of a new, empty database of an engine.
type fresh func(t testing.TB) string

// onEach runs a test of the conformance suite on every engine at hand.
func onEach(t *testing.T, test func(t *testing.T, newURL fresh)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, freshSQLite) })
	if storetest.HasServer() {
		t.Run("sqlserver", func(t *testing.T) { test(t, storetest.Server) })
	}
}

func freshSQLite(t testing.TB) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "sub", "bros test?.db")
}

// open opens a database that is closed with the test.
func open(t testing.TB, dbURL string, set ...func(*Options)) *DB {
	t.Helper()
	o := Options{URL: dbURL, Migrate: true}
	for _, s := range set {
		s(&o)
	}
	db, err := Open(t.Context(), o)
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	if tour != nil && db.d.engine() == "sqlite" {
		tour.follow(db)
	}
	return db
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

// wantCode checks that err is the domain's error of this code.
func wantCode(t testing.TB, err error, code domain.Code) {
	t.Helper()
	if codeOf(err) != code {
		t.Fatalf("got %v, want an error of code %s", err, code)
	}
}

// recorder keeps what the hooks were told.
type recorder struct {
	mu      sync.Mutex
	entries []domain.LogEntry
	chats   []domain.ChatMessage
}

func (r *recorder) hook(o *Options) {
	o.OnCommit = func(es []domain.LogEntry) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.entries = append(r.entries, es...)
	}
	o.OnChat = func(ms []domain.ChatMessage) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.chats = append(r.chats, ms...)
	}
}

func (r *recorder) all() ([]domain.LogEntry, []domain.ChatMessage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]domain.LogEntry(nil), r.entries...), append([]domain.ChatMessage(nil), r.chats...)
}

// The sample world.

var noon = domain.At(time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC))

var agent = domain.Actor{UserID: "agent1", Name: "Kim Agent", Role: domain.RoleAgent}

func sampleCenter(id string) *domain.Center {
	return &domain.Center{ID: id, Code: "code-" + id, Name: "강남 " + id, Location: domain.Location{Lat: 37.5145, Lng: 127.1059},
		Timezone: "Asia/Seoul", Currency: "KRW", AssignMode: domain.ModeDispatch, SpeedKmh: 20, ServiceMinutes: 3, Active: true, CreatedAt: noon}
}

func sampleRider(id, center string) *domain.Rider {
	return &domain.Rider{ID: id, CenterID: center, Name: "Rider " + id, Phone: "01012345678", Vehicle: domain.Motorcycle,
		Capacity: 3, Duty: domain.DutyOn, Active: true, CreatedAt: noon}
}

func sampleOrder(id, center string) *domain.Order {
	return &domain.Order{ID: id, Number: "0001", CenterID: center, Channel: "phone", Shop: domain.ShopRef{ID: "s1", Name: "김밥천국", Phone: "0212345678"},
		Customer: domain.Customer{Name: "홍길동", Phone: "01099998888", Address: "서울 송파구 올림픽로 300", AddressDetail: "101동 202호",
			Location: &domain.Location{Lat: 37.51, Lng: 127.1}, Memo: "문 앞에"},
		Items: []domain.Item{{Name: "김밥", Quantity: 2, Price: 3500}, {Name: "라면", Quantity: 1, Price: 4000}}, Payment: domain.Payment{Method: domain.Card, Amount: 11000},
		Status: domain.OrderReceived, TrackingURL: "/t/token" + id, CreatedAt: noon}
}

func sampleDelivery(id string, o *domain.Order) *domain.Delivery {
	return &domain.Delivery{ID: id, Number: o.Number, OrderID: o.ID, CenterID: o.CenterID, Status: domain.Waiting, Shop: o.Shop, Customer: o.Customer,
		Items: o.Items, Payment: o.Payment, ReadyAt: noon.Add(10 * time.Minute), PromisedAt: noon.Add(30 * time.Minute), CreatedAt: noon}
}

// write runs one transaction that must succeed.
func write(t testing.TB, db *DB, fn func(ctx context.Context, tx domain.Tx) error) {
	t.Helper()
	must(t, db.Write(t.Context(), func(tx domain.Tx) error { return fn(t.Context(), tx) }))
}

// addCenter makes a center with riders r1 … rN, deliveries d1 … dN and their orders.
func addCenter(t testing.TB, db *DB, id string, riders, deliveries int) {
	t.Helper()
	write(t, db, func(ctx context.Context, tx domain.Tx) error {
		if err := tx.CreateCenter(ctx, sampleCenter(id)); err != nil {
			return err
		}
		var changes []*domain.Change
		for i := range riders {
			changes = append(changes, &domain.Change{Event: domain.EventRiderChanged, Record: sampleRider(nth(id+"r", i+1), id)})
		}
		for i := range deliveries {
			o := sampleOrder(nth(id+"o", i+1), id)
			o.Number = fmt.Sprintf("%04d", i+1)
			o.CreatedAt = noon.Add(time.Duration(i) * time.Second)
			d := sampleDelivery(nth(id+"d", i+1), o)
			d.CreatedAt, o.DeliveryID = o.CreatedAt, d.ID
			o.Status = domain.OrderAccepted
			changes = append(changes, &domain.Change{Event: domain.EventOrderCreate, Record: o}, &domain.Change{Event: domain.EventDeliveryCreate, Record: d})
		}
		return tx.Append(ctx, agent, id, noon, changes...)
	})
}

func nth(prefix string, n int) string { return fmt.Sprintf("%s%d", prefix, n) }

// assign is the use case in small: the delivery goes to the rider if it waits.
func assign(ctx context.Context, tx domain.Tx, deliveryID, riderID string) error {
	d, err := tx.FindDelivery(ctx, deliveryID)
	if err != nil {
		return err
	}
	r, err := tx.FindRider(ctx, riderID)
	if err != nil {
		return err
	}
	if d.Status != domain.Waiting {
		return &domain.Error{Code: domain.CodeIllegalTransition, Current: d}
	}
	return move(ctx, tx, d, r)
}

// move changes a delivery's rider, or takes it from it (nil).
func move(ctx context.Context, tx domain.Tx, d *domain.Delivery, r *domain.Rider) error {
	before := domain.StateOf(d)
	event := domain.EventDeliveryWaiting
	d.Status, d.RiderID, d.RiderName, d.AssignedAt = domain.Waiting, "", "", domain.Time{}
	if r != nil {
		event = domain.EventDeliveryAssigned
		d.Status, d.RiderID, d.RiderName, d.AssignedAt = domain.Assigned, r.ID, r.Name, noon
	}
	return tx.Append(ctx, agent, d.CenterID, noon, &domain.Change{Event: event, Record: d, Before: before})
}

// codeOf is the code of a domain error, or empty.
func codeOf(err error) domain.Code {
	var e *domain.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// pause lets others run, for a test that looks again and again.
func pause() { runtime.Gosched() }
