package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/brosops/bros/api/feed"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
	"github.com/brosops/bros/store"
	"github.com/brosops/bros/store/storetest"
)

// node is a rig that can be stopped, on a database that has a path.
type node struct {
	*rig
	path string
	stop func()
}

// openNode starts a server object over a database that other nodes may have
// open too. wrap, when given, stands between the server and the store.
func openNode(t testing.TB, path, name string, wrap func(Store) Store, parts ...func(*Config, *Deps)) *node {
	t.Helper()
	return openNodeOn(t, path, name, "", wrap, parts...)
}

// openNodeOn does the same for a node that is joined to others over Redis.
func openNodeOn(t testing.TB, path, name, redisURL string, wrap func(Store) Store, parts ...func(*Config, *Deps)) *node {
	t.Helper()
	r := &rig{t: t, logs: &logBuffer{}, clock: &testClock{}}
	log := slog.New(slog.NewTextHandler(r.logs, nil))
	var srv atomic.Pointer[Server]
	db, err := store.Open(context.WithoutCancel(t.Context()), store.Options{
		URL: storetest.URL(t, path), Migrate: true, Logger: log, Now: r.now,
		OnCommit: func(e []domain.LogEntry) {
			if s := srv.Load(); s != nil {
				s.Committed(e)
			}
		},
		OnChat: func(m []domain.ChatMessage) {
			if s := srv.Load(); s != nil {
				s.CommittedChat(m)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var st Store = db
	if wrap != nil {
		st = wrap(db)
	}
	cfg, deps := Config{NodeID: name}, Deps{Store: st, Logger: log, Now: r.now}
	leave := func() {}
	for _, f := range parts {
		f(&cfg, &deps)
	}
	if redisURL != "" {
		bus, err := realtime.NewRedisBus(realtime.RedisOptions{URL: redisURL, Name: name, Logger: log})
		if err != nil {
			t.Fatal(err)
		}
		deps.Bus, leave = bus, bus.Stop
	}
	s, err := New(cfg, deps)
	if err != nil {
		t.Fatal(err)
	}
	srv.Store(s)
	if err := s.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	r.srv, r.db, r.http = s, db, httptest.NewServer(s.Handler())
	stop := sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		s.Drain(ctx)
		r.http.Close()
		leave()
		_ = db.Close()
	})
	t.Cleanup(stop)
	return &node{r, path, stop}
}

// settle makes people and centers on a fresh database.
func (r *node) settle() *node {
	r.t.Helper()
	r.admin = r.newUser("admin", domain.RoleAdmin)
	r.a = r.newSite("alpha", domain.ModeDispatch)
	r.b = r.newSite("beta", domain.ModeClaim)
	return r
}

// beside is the same people and centers, seen from another node.
func (r *node) beside(o *node) *node {
	r.admin, r.a, r.b = o.admin, o.a, o.b
	return r
}

// TestRestartResumes: a client that was away during a restart goes on where it
// was, and loses what was taken from it meanwhile.
func TestRestartResumes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bros.db")
	one := openNode(t, path, "one", nil).settle()
	p := one.a
	delivery, mine := "delivery/"+p.center.ID, "mine/"+p.rider.rider
	desk, rider := one.connect(p.agent), one.connect(p.rider)
	first := one.assigned(p, p.rider)
	at := desk.joined(delivery)
	was := rider.joined(mine)
	if !keysOf(t, was)[first.ID] {
		t.Fatalf("mine: %s", was.raw)
	}
	one.say(p, "before")
	chat := desk.joined("chat/" + p.center.ID)
	if err := rider.conn.CloseNow(); err != nil {
		t.Fatal(err)
	}
	// 129: A → B, 130: B picks up. A has to hear of it all the same.
	v := first.Version
	one.do(p.dispatcher, "POST", "/deliveries/"+first.ID+"/assign", domain.AssignDelivery{RiderID: p.rider2.rider, Version: &v}).want(200)
	one.do(p.rider2, "POST", "/deliveries/"+first.ID+"/pickup", raw(`{}`)).want(200)
	// Came and went: given to A, and taken away again.
	second := one.assigned(p, p.rider)
	one.do(p.dispatcher, "POST", "/deliveries/"+second.ID+"/unassign", raw(`{"reason":"mistake"}`)).want(200)
	one.stop()
	if code := desk.closed(); code != realtime.CloseRestarting {
		t.Errorf("closed with %d", code)
	}

	two := openNode(t, path, "two", nil).beside(one)
	rider = two.connect(p.rider)
	got := rider.subscribe(mine, &realtime.Since{Epoch: was.Epoch, Seq: *was.Seq})
	ops := map[string]string{}
	for _, e := range got.Events {
		ops[e.Key] = e.Op
		if len(e.Data) > 0 && e.Op == "remove" {
			t.Errorf("a removal with data: %s", got.raw)
		}
	}
	if got.Mode != "resume" || len(got.Events) != 2 || ops[first.ID] != "remove" || ops[second.ID] != "remove" {
		t.Errorf("mine after the restart: %s", got.raw)
	}
	desk = two.connect(p.agent)
	got = desk.subscribe(delivery, &realtime.Since{Epoch: at.Epoch, Seq: *at.Seq})
	if got.Mode != "resume" || len(got.Events) != 2 || got.Epoch != at.Epoch || *got.Seq <= *at.Seq {
		t.Errorf("delivery after the restart: %s", got.raw)
	}
	two.say(p, "after")
	got = desk.subscribe("chat/"+p.center.ID, &realtime.Since{Epoch: chat.Epoch, Seq: *chat.Seq})
	if got.Mode != "resume" || len(got.Events) != 1 {
		t.Errorf("chat after the restart: %s", got.raw)
	}
	if got := desk.subscribe(delivery, &realtime.Since{Epoch: "of another life", Seq: 1}); got.Mode != "snapshot" {
		t.Errorf("another epoch: %s", got.raw)
	}
}

// TestTwoProcesses: two nodes on one file follow each other by the database alone.
func TestTwoProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bros.db")
	one := openNode(t, path, "one", nil).settle()
	two := openNode(t, path, "two", nil).beside(one)
	p := one.b
	delivery, offer, chat := "delivery/"+p.center.ID, "offer/"+p.center.ID, "chat/"+p.center.ID
	desk, rider, there := one.connect(p.dispatcher), one.connect(p.rider), two.connect(p.agent)
	epoch := desk.joined(delivery).Epoch
	desk.joined(chat)
	rider.joined(offer)
	there.joined(delivery)

	start := time.Now()
	d := two.newDelivery(p)
	there.change(delivery, d.ID)
	m := desk.change(delivery, d.ID)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
	if *m.Seq != d.Version {
		t.Errorf("the other node says %d, want %d", *m.Seq, d.Version)
	}
	if masked := decodeAs[domain.Delivery](t, rider.change(offer, d.ID).Data); masked.Customer.Phone != "" {
		t.Error("the mask is gone")
	}
	said := get[domain.ChatMessage](two.do(p.agent, "POST", "/chat/"+p.center.ID+"/messages", raw(`{"text":"hello"}`)).want(201))
	desk.change(chat, said.ID)

	// A client that comes from the other node with a number this one has not
	// followed yet goes on all the same.
	late := one.connect(p.agent)
	f := two.newDelivery(p)
	if got := late.subscribe(delivery, &realtime.Since{Epoch: epoch, Seq: f.Version}); got.Mode != "resume" || *got.Seq < f.Version {
		t.Errorf("ahead of this node: %s", got.raw)
	}

	// Duty and mode that change there count here.
	two.do(p.rider, "POST", "/riders/me/duty", raw(`{"duty":"off"}`)).want(200)
	rider.await("revoked", func(m *message) bool { return m.Address == offer && m.Revoked })
	// A notice goes to the dispatchers of both nodes.
	two.do(p.dispatcher, "POST", "/deliveries/"+f.ID+"/assign", domain.AssignDelivery{RiderID: p.rider2.rider}).want(200)
	taken := get[domain.Delivery](two.do(p.dispatcher, "POST", "/deliveries/"+f.ID+"/unassign", raw(`{"reason":"x"}`)).want(200))
	two.do(p.rider2, "POST", "/deliveries/"+taken.ID+"/deliver", raw(`{}`)).code(409, domain.CodeIllegalTransition)
	notice := decodeAs[lateDeliver](t, desk.event("user/"+p.dispatcher.id, domain.EventNoticeLateDeliver).Data)
	if notice.DeliveryID != f.ID || notice.RiderID != p.rider2.rider || notice.Number != f.Number || notice.At.IsZero() {
		t.Errorf("notice %+v", notice)
	}
	metrics := string(one.do(nobody, "GET", "/metrics", nil).want(200).body)
	if !strings.Contains(metrics, `bros_log_repairs_total{cause="beat"}`) {
		t.Error("the repairs are not counted")
	}
}

// TestNewEpoch: what follows a restored backup begins anew on every client.
func TestNewEpoch(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bros.db")
	one := openNode(t, path, "one", nil).settle()
	delivery, chat := "delivery/"+one.a.center.ID, "chat/"+one.a.center.ID
	s := one.connect(one.a.agent)
	old := s.joined(delivery)
	s.joined(chat)
	epoch, err := one.db.NewEpoch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.await("heads of the new epoch", func(m *message) bool { return m.Heads[delivery].Epoch == epoch || m.Resync })
	if got := s.subscribe(delivery, &realtime.Since{Epoch: old.Epoch, Seq: *old.Seq}); got.Mode != "snapshot" || got.Epoch != epoch {
		t.Errorf("the old epoch: %s", got.raw)
	}
	d := one.newDelivery(one.a)
	if m := s.change(delivery, d.ID); *m.Seq != d.Version {
		t.Errorf("live: %s", m.raw)
	}
	if h := one.do(one.a.agent, "POST", "/orders", one.a.order()).want(201).header.Get("BROS-Seq"); !strings.HasPrefix(h, epoch+"/") {
		t.Errorf("BROS-Seq %q of epoch %s", h, epoch)
	}
}

// deafStore lets a test forge what the log says.
type deafStore struct {
	Store
	heads func(epoch string, heads map[string]domain.Head) (string, map[string]domain.Head)
	after func() error
	mu    sync.Mutex
}

func (d *deafStore) Heads(ctx context.Context, centers []string) (string, map[string]domain.Head, error) {
	epoch, heads, err := d.Store.Heads(ctx, centers)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err == nil && d.heads != nil {
		epoch, heads = d.heads(epoch, heads)
	}
	return epoch, heads, err
}

func (d *deafStore) LogAfter(ctx context.Context, center string, after int64, limit int) ([]domain.LogEntry, error) {
	d.mu.Lock()
	fail := d.after
	d.mu.Unlock()
	if fail != nil {
		if err := fail(); err != nil {
			return nil, err
		}
	}
	return d.Store.LogAfter(ctx, center, after, limit)
}

// TestLogGoesBackwards: a database that ends before what was shown gets a new
// epoch, once, and every client begins anew.
func TestLogGoesBackwards(t *testing.T) {
	deaf := &deafStore{}
	one := openNode(t, filepath.Join(t.TempDir(), "bros.db"), "one", func(s Store) Store { deaf.Store = s; return deaf }).settle()
	delivery := "delivery/" + one.a.center.ID
	s := one.connect(one.a.agent)
	old := s.joined(delivery)
	deaf.mu.Lock()
	deaf.heads = func(epoch string, heads map[string]domain.Head) (string, map[string]domain.Head) {
		if epoch == old.Epoch {
			for id := range heads {
				heads[id] = domain.Head{}
			}
		}
		return epoch, heads
	}
	deaf.mu.Unlock()
	s.await("heads of a new epoch", func(m *message) bool {
		h, ok := m.Heads[delivery]
		return ok && h.Epoch != old.Epoch || m.Resync
	})
	if got := s.subscribe(delivery, &realtime.Since{Epoch: old.Epoch, Seq: *old.Seq}); got.Mode != "snapshot" || got.Epoch == old.Epoch {
		t.Errorf("after the loss: %s", got.raw)
	}
}

// TestLagTurnsUnready: a node that knows of entries it can't read says so, and
// recovers by itself.
func TestLagTurnsUnready(t *testing.T) {
	deaf := &deafStore{}
	path := filepath.Join(t.TempDir(), "bros.db")
	one := openNode(t, path, "one", func(s Store) Store { deaf.Store = s; return deaf }).settle()
	two := openNode(t, path, "two", nil).beside(one)
	s := one.connect(one.a.agent)
	delivery := "delivery/" + one.a.center.ID
	s.joined(delivery)
	asked := make(chan struct{}, 100)
	deaf.mu.Lock()
	deaf.after = func() error { asked <- struct{}{}; return errors.New("disk on fire") }
	deaf.mu.Unlock()
	d := two.newDelivery(one.a)
	<-asked
	one.do(nobody, "GET", "/readyz", nil).want(200)
	one.srv.live.maxLag = 0
	if !strings.Contains(string(one.do(nobody, "GET", "/readyz", nil).want(503).body), "unready") {
		t.Error("not unready")
	}
	deaf.mu.Lock()
	deaf.after = nil
	deaf.mu.Unlock()
	one.srv.live.maxLag = defaultMaxLag
	s.change(delivery, d.ID)
	one.do(nobody, "GET", "/readyz", nil).want(200)
}

// TestRepairs drives the follower with gaps, repeats and a flood.
func TestRepairs(t *testing.T) {
	r := openNode(t, filepath.Join(t.TempDir(), "bros.db"), "one", nil).settle()
	address := "delivery/" + r.a.center.ID
	s := r.connect(r.a.agent)
	s.joined(address)
	// An entry that was not handed over: the next one shows the gap.
	quiet := openNode(t, r.path, "quiet", nil).beside(r)
	first := quiet.newDelivery(r.a)
	second := r.newDelivery(r.a)
	s.change(address, first.ID)
	s.change(address, second.ID)
	// What is handed over again, and what is no longer of interest, changes nothing.
	entries, err := r.db.LogAfter(t.Context(), r.a.center.ID, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	r.srv.Committed(entries)
	// More than the queue holds.
	flood := make([]domain.LogEntry, feed.MaxQueue+1)
	for i := range flood {
		flood[i] = entries[len(entries)-1]
	}
	r.srv.Committed(flood)
	third := r.newDelivery(r.a)
	s.change(address, third.ID)
	if s.has(func(m *message) bool { return m.Address == address && m.Key == first.ID }) {
		t.Error("said twice")
	}
	// An entry that can't be relayed: the log is loaded again.
	_, head, _ := r.srv.live.hub.Head(r.a.center.ID)
	broken := entries[len(entries)-1]
	broken.Seq, broken.Data = head+1, []byte("{")
	broken.Kind, broken.After.Status = domain.KindDelivery, string(domain.Waiting)
	r.srv.Committed([]domain.LogEntry{broken})
	fourth := r.newDelivery(r.a)
	s.await("the next one, live or after a resync", func(m *message) bool { return m.Resync || m.Key == fourth.ID })
	if keys := keysOf(t, s.joined(address)); !keys[fourth.ID] {
		t.Error("the rooms did not recover")
	}
}

// TestNothingIsLeftBehind: a node that has drained has no goroutine any more.
func TestNothingIsLeftBehind(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bros.db")
	openNode(t, path, "first", nil).settle().stop() // what lives on in libraries is started here
	http.DefaultClient.CloseIdleConnections()
	noRedirect.CloseIdleConnections()
	before := goleak.IgnoreCurrent()
	one := openNode(t, path, "one", nil)
	one.a = one.newSite("gamma", domain.ModeAuto)
	s := one.connect(one.a.agent)
	s.joined("delivery/" + one.a.center.ID)
	s.joined("chat/" + one.a.center.ID)
	one.do(one.a.rider, "POST", "/riders/me/positions", PositionsRequest{Positions: []Fix{one.fixAt(0, 37)}}).want(202)
	d := one.newDelivery(one.a)
	s.change("delivery/"+one.a.center.ID, d.ID)
	one.stop()
	s.closed()
	noRedirect.CloseIdleConnections()
	http.DefaultClient.CloseIdleConnections()
	goleak.VerifyNone(t, before)
}
