package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/brosops/bros/api/session"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
	"github.com/brosops/bros/store"
	"github.com/brosops/bros/store/storetest"
)

// TestEveryClientEndsEqual lets clients with bad lines follow random changes
// and compares each with the database in the end. Set BROS_SEED to run one seed
// again (the subtest's name says it), BROS_SEEDS for more of them (6), BROS_CHANGES for longer days (200).
func TestEveryClientEndsEqual(t *testing.T) {
	seeds, changes := envInt(t, "BROS_SEEDS", 6), envInt(t, "BROS_CHANGES", 200)
	first := rand.IntN(1 << 30)
	if s := os.Getenv("BROS_SEED"); s != "" {
		first, seeds = envInt(t, "BROS_SEED", 1), 1
	}
	if testing.Short() {
		seeds = min(seeds, 3)
	}
	for seed := first; seed < first+seeds; seed++ {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			t.Parallel()
			newWorld(t, uint64(seed)).live(changes)
			if t.Failed() {
				t.Logf("run it again with BROS_SEED=%d", seed)
			}
		})
	}
}

func envInt(t *testing.T, name string, def int) int {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		return def
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// world is a center with people, a server that may be replaced under way, and
// another process that writes to the same file.
type world struct {
	t    *testing.T
	seed uint64
	rnd  *rand.Rand
	url  string
	more []*node // further nodes: clients and writers go to any
	db   *store.DB
	far  *store.DB // the other process
	srv  atomic.Pointer[Server]
	svc  *domain.Service

	redisURL string
	patience time.Duration
	shift    atomic.Int64 // how far the clock of everybody is ahead, ns
	told     *receiver    // a webhook's

	center domain.Center
	shop   domain.Shop
	riders []worldRider
	staff  string // session token

	mu      sync.Mutex
	orders  []string
	parcels []string // deliveries
	lines   []string // of the chat

	// The clients' troubles keep time by the changes, not by a clock: they are
	// the same on a slow machine.
	clock   int64
	waiters map[chan struct{}]int64
	settled atomic.Pointer[map[string]int64] // targets by address, once it is calm
}

// after is closed when so many more changes have happened, or it is calm.
func (w *world) after(changes int) <-chan struct{} {
	ch := make(chan struct{})
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.calm() {
		close(ch)
	} else {
		w.waiters[ch] = w.clock + int64(changes)
	}
	return ch
}

// anyURL is that of one of the nodes.
func (w *world) anyURL(rnd *rand.Rand) string {
	if n := rnd.IntN(1 + len(w.more)); n > 0 {
		return w.more[n-1].http.URL
	}
	return w.url
}

// tick lets the clock go on; end closes whatever waits for it.
func (w *world) tick(end bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock++
	for ch, at := range w.waiters {
		if end || at <= w.clock {
			delete(w.waiters, ch)
			close(ch)
		}
	}
}

type worldRider struct {
	id    string
	actor domain.Actor
	token string
}

const worldRiders = 12

// worldPatience is how long one seed may take; it is far more than it needs.
const worldPatience = 5 * time.Minute

func newWorld(t *testing.T, seed uint64) *world { return newWorldOn(t, seed, "", 1) }

// newWorldOn is a world of several nodes that are joined over Redis.
func newWorldOn(t *testing.T, seed uint64, redisURL string, nodes int) *world {
	w := &world{t: t, redisURL: redisURL, patience: worldPatience * time.Duration(2*nodes-1), seed: seed, rnd: rand.New(rand.NewPCG(seed, 1)), waiters: map[chan struct{}]int64{}}
	w.svc = &domain.Service{Now: w.now}
	w.told = newReceiver(t, 9)
	path := filepath.Join(t.TempDir(), "bros.db")
	url := storetest.URL(t, path)
	var err error
	w.db, err = store.Open(t.Context(), store.Options{URL: url, Migrate: true, Now: w.now,
		OnCommit: func(e []domain.LogEntry) {
			// Now and then a hand-over gets lost.
			if s := w.srv.Load(); s != nil && (w.seed%4 != 1 || e[0].Seq%13 != 0) {
				s.Committed(e)
			}
		},
		OnChat: func(m []domain.ChatMessage) {
			if s := w.srv.Load(); s != nil {
				s.CommittedChat(m)
			}
		}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.db.Close() })
	if w.far, err = store.Open(t.Context(), store.Options{URL: url, Now: w.now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.far.Close() })
	w.start()
	web := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.srv.Load().Handler().ServeHTTP(rw, r) }))
	w.url = web.URL
	t.Cleanup(func() {
		w.drain(w.srv.Load())
		web.Close()
	})
	w.people()
	for i := 1; i < nodes; i++ {
		w.more = append(w.more, openNodeOn(t, path, fmt.Sprint("n", i), redisURL, nil, w.speed))
	}
	return w
}

// start puts a server object over the database; the one before is drained.
func (w *world) start() {
	cfg, deps := Config{NodeID: "n"}, Deps{Store: w.db, Logger: slog.New(slog.DiscardHandler)}
	w.speed(&cfg, &deps)
	if w.redisURL != "" {
		bus, err := realtime.NewRedisBus(realtime.RedisOptions{URL: w.redisURL, Name: "n"})
		if err != nil {
			w.t.Fatal(err)
		}
		w.t.Cleanup(bus.Stop)
		deps.Bus = bus
	}
	s, err := New(cfg, deps)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := s.Start(context.WithoutCancel(w.t.Context())); err != nil {
		w.t.Fatal(err)
	}
	if old := w.srv.Swap(s); old != nil {
		w.drain(old)
	}
}

// speed makes clients fall behind, and heads come, sooner than usual.
func (w *world) speed(c *Config, d *Deps) {
	d.Now = w.now
	c.WebhookPrivate, c.WebhookRetry = loopback, time.Millisecond
	c.Realtime = realtime.Options{QueueBytes: 12 << 10, SendBuffer: 4 << 10, HeadsEvery: time.Second, PingEvery: 2 * time.Second}
}

func (w *world) drain(s *Server) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	s.Drain(ctx)
}

var chief = domain.Actor{UserID: "chief", Name: "Chief", Role: domain.RoleAdmin}

// must runs a use case that has to succeed.
func (w *world) must(fn func(ctx context.Context, tx domain.Tx) error) {
	w.t.Helper()
	if err := w.db.Write(w.t.Context(), func(tx domain.Tx) error { return fn(w.t.Context(), tx) }); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) people() {
	here := &domain.Location{Lat: 37.51, Lng: 127.1}
	w.must(func(ctx context.Context, tx domain.Tx) error {
		c, err := w.svc.CreateCenter(ctx, tx, chief, domain.NewCenter{Code: "c", Name: "C", Location: here, AssignMode: domain.ModeClaim})
		if err == nil {
			w.center = *c
		}
		return err
	})
	w.must(func(ctx context.Context, tx domain.Tx) error {
		s, err := w.svc.CreateShop(ctx, tx, chief, domain.NewShop{CenterID: w.center.ID, Name: "S", Phone: "021234567", Address: "x", Location: here})
		if err == nil {
			w.shop = *s
		}
		return err
	})
	for i := range worldRiders {
		w.must(func(ctx context.Context, tx domain.Tx) error {
			capacity := 10
			login := fmt.Sprint("rider", i)
			r, err := w.svc.CreateRider(ctx, tx, chief, domain.NewRider{CenterID: w.center.ID, Name: login, Phone: "01011112222",
				Capacity: &capacity, Login: login, Password: testPassword}, "x")
			if err != nil {
				return err
			}
			u, err := tx.FindRiderUser(ctx, r.ID)
			if err != nil {
				return err
			}
			w.riders = append(w.riders[:i], worldRider{id: r.ID, actor: u.Actor()})
			_, err = w.svc.SetDuty(ctx, tx, chief, r.ID, domain.SetDuty{Duty: domain.DutyOn})
			return err
		})
		w.riders[i].token = w.session(w.riders[i].actor.UserID)
	}
	u := &domain.User{ID: "desk", Login: "desk", Name: "Desk", Role: domain.RoleDispatcher, CenterIDs: []string{w.center.ID}, Active: true, Version: 1}
	w.must(func(ctx context.Context, tx domain.Tx) error { return tx.CreateUser(ctx, u, "x") })
	w.staff = w.session(u.ID)
	w.must(func(ctx context.Context, tx domain.Tx) error {
		_, err := w.svc.CreateWebhook(ctx, tx, chief, domain.NewWebhook{Name: "told", URL: w.told.URL})
		return err
	})
	w.must(w.dayRules)
}

func (w *world) session(userID string) string {
	token := session.Prefix + domain.NewSecret()
	now := domain.At(time.Now())
	if err := w.db.CreateSession(w.t.Context(), Session{Hash: session.HashToken(token), UserID: userID, CreatedAt: now, ExpiresAt: now.Add(session.Life)}); err != nil {
		w.t.Fatal(err)
	}
	return token
}

func (w *world) calm() bool { return w.settled.Load() != nil }

// target is the number a room has to reach.
func (w *world) target(address string) int64 {
	if t := w.settled.Load(); t != nil {
		return (*t)[address]
	}
	return 0
}

// mirrors are all the clients: desks, each rider on several devices, and some
// that only poll.
func (w *world) mirrors() []*mirror {
	c := w.center.ID
	var all []*mirror
	add := func(name, token string, poll bool, addresses ...string) {
		all = append(all, newMirror(w, fmt.Sprint(name, len(all)), token, poll, w.seed<<8+uint64(len(all)), addresses...))
	}
	for i := range 14 {
		add("desk", w.staff, i%7 == 6, "delivery/"+c, "order/"+c, "rider/"+c, "chat/"+c)
	}
	for n, r := range w.riders {
		for i := range 3 {
			add("rider", r.token, i == 2 && n%3 == 0, "mine/"+r.id, "offer/"+c, "ask/"+r.id, "chat/"+c)
		}
	}
	return all
}

// live is the whole of it: writers and clients, calm, comparison.
func (w *world) live(changes int) {
	t := w.t
	ctx, cancel := context.WithTimeout(t.Context(), w.patience)
	defer cancel()
	mirrors := w.mirrors()
	errs := make([]error, len(mirrors))
	var clients, writers sync.WaitGroup
	for i, m := range mirrors {
		clients.Go(func() { errs[i] = m.run(ctx) })
	}
	var done atomic.Int64
	const hands = 3
	for hand := range uint64(hands) {
		rnd := rand.New(rand.NewPCG(w.seed, 1000+hand))
		writers.Go(func() {
			for done.Load() < int64(changes) && ctx.Err() == nil {
				if w.change(ctx, rnd) {
					w.tick(false)
					if n := done.Add(1); w.seed%3 == 0 && n == int64(changes/2) {
						w.start() // the server is replaced in mid-day
					}
				}
			}
		})
	}
	writers.Wait()
	w.settle(ctx)
	clients.Wait()
	// What the server itself was in the middle of may have come after all others.
	for targets := w.settled.Load(); !w.atEnd(ctx, targets) && ctx.Err() == nil; targets = w.settled.Load() {
		for i, m := range mirrors {
			clients.Go(func() { errs[i] = m.run(ctx) })
		}
		clients.Wait()
	}
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	if t.Failed() {
		return
	}
	want := w.expected(ctx)
	w.checkDay(ctx)
	var sum [6]int64
	for _, m := range mirrors {
		for address, room := range m.rooms {
			compareRoom(t, m.name, room, want[address])
		}
		for i, c := range []*atomic.Int64{&m.sessions, &m.gaps, &m.resumes, &m.snapshots, &m.resyncs, &m.revokes} {
			sum[i] += c.Load()
		}
	}
	t.Logf("%d clients, %d sessions, %d gaps, %d resumes, %d snapshots, %d resyncs, %d revokes", len(mirrors), sum[0], sum[1], sum[2], sum[3], sum[4], sum[5])
}

// pick is a random element of a list that grows.
func (w *world) pick(rnd *rand.Rand, ids *[]string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(*ids) == 0 {
		return "none"
	}
	// Mostly the newer ones: the old are finished.
	n := len(*ids)
	return (*ids)[n-1-min(rnd.IntN(n), rnd.IntN(n))]
}

// change runs one random use case, and reports whether it changed anything.
func (w *world) change(ctx context.Context, rnd *rand.Rand) bool {
	db := w.db
	if rnd.IntN(2) == 0 {
		return w.dayChange(ctx, db, rnd)
	}
	if n := rnd.IntN(1 + len(w.more)); n > 0 {
		db = w.more[n-1].db
	}
	if w.seed%5 == 0 && rnd.IntN(4) == 0 {
		db = w.far
	}
	rider := w.riders[rnd.IntN(len(w.riders))]
	order, parcel, line := w.pick(rnd, &w.orders), w.pick(rnd, &w.parcels), w.pick(rnd, &w.lines)
	n, m, version := rnd.IntN(100), rnd.IntN(100), rnd.IntN(4) > 0
	var placed domain.OrderResult
	var said *domain.ChatMessage
	err := db.Write(ctx, func(tx domain.Tx) (err error) {
		placed, said = domain.OrderResult{}, nil
		var v *int64
		if d, err := tx.FindDelivery(ctx, parcel); err == nil && version {
			v = &d.Version
			if n >= 38 && n < 84 && m < 80 { // mostly whose it is
				for _, r := range w.riders {
					if r.id == d.RiderID && n >= 58 {
						rider = r
					}
				}
			}
		}
		switch {
		case n < 18:
			placed, err = w.svc.CreateOrder(ctx, tx, chief, w.order(rnd))
		case n < 26:
			placed, err = w.svc.AcceptOrder(ctx, tx, chief, order, domain.AcceptOrder{})
		case n < 28:
			_, err = w.svc.CancelOrder(ctx, tx, chief, order, domain.CancelOrder{Reason: "x", By: "customer"})
		case n < 30:
			_, err = w.svc.RejectOrder(ctx, tx, chief, order, domain.RejectOrder{Reason: "x"})
		case n < 48:
			_, err = w.svc.Assign(ctx, tx, chief, parcel, domain.AssignDelivery{RiderID: rider.id, Version: v, Reason: "x"})
		case n < 54:
			_, err = w.svc.Claim(ctx, tx, rider.actor, parcel, domain.RiderAction{})
		case n < 58:
			_, err = w.svc.Unassign(ctx, tx, chief, parcel, domain.Unassign{Reason: "x"})
		case n < 70:
			_, err = w.svc.Pickup(ctx, tx, rider.actor, parcel, domain.RiderAction{})
		case n < 82:
			_, err = w.svc.Deliver(ctx, tx, rider.actor, parcel, domain.Deliver{ReceivedBy: "x"})
		case n < 84:
			_, err = w.svc.CancelDelivery(ctx, tx, chief, parcel, domain.CancelDelivery{Reason: "x"})
		case n < 91:
			duty := []domain.Duty{domain.DutyOn, domain.DutyOn, domain.DutyBreak, domain.DutyOff}[m%4]
			_, err = w.svc.SetDuty(ctx, tx, chief, rider.id, domain.SetDuty{Duty: duty})
		case n < 93:
			name := fmt.Sprint("Rider ", m)
			_, err = w.svc.UpdateRider(ctx, tx, chief, rider.id, domain.RiderPatch{Name: &name}, "")
		case n < 94:
			mode := []domain.AssignMode{domain.ModeClaim, domain.ModeDispatch}[m%2]
			_, err = w.svc.UpdateCenter(ctx, tx, chief, w.center.ID, domain.CenterPatch{AssignMode: &mode})
		case n < 96:
			_, err = w.svc.RemoveMessage(ctx, tx, chief, w.center.ID, line, domain.RemoveMessage{Reason: "x"})
		default:
			said, err = w.svc.Say(ctx, tx, rider.actor, w.center.ID, domain.NewMessage{Text: fmt.Sprint("line ", m)})
		}
		return err
	})
	var e *domain.Error
	if err != nil && !errors.As(err, &e) && ctx.Err() == nil {
		w.t.Errorf("seed %d: %v", w.seed, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil && placed.Order != nil && n < 18 {
		w.orders = append(w.orders, placed.Order.ID)
	}
	if err == nil && said != nil {
		w.lines = append(w.lines, said.ID)
	}
	if err == nil && placed.Delivery != nil {
		w.parcels = append(w.parcels, placed.Delivery.ID)
	}
	return err == nil || e != nil && e.Commit
}

func (w *world) order(rnd *rand.Rand) domain.NewOrder {
	return domain.NewOrder{ShopID: w.shop.ID, Channel: "app", Accept: rnd.IntN(2) == 0,
		Customer: domain.Customer{Name: customerName, Phone: customerPhone, Address: "x", AddressDetail: customerDetail, Memo: customerMemo,
			Location: &domain.Location{Lat: 37.5 + rnd.Float64()/50, Lng: 127.1}},
		Items:   []domain.Item{{Name: "치킨 <1 & 2>", Quantity: 1 + rnd.IntN(5), Price: 9000}},
		Payment: domain.Payment{Method: domain.Cash, Amount: 9000},
	}
}
