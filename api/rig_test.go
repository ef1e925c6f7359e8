package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/brosops/bros/api/session"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/store"
	"github.com/brosops/bros/store/storetest"
)

// rig is a whole server over a real database in a temporary folder, and what
// tests need to talk to it as anybody.
type rig struct {
	t    testing.TB
	srv  *Server
	db   *store.DB
	http *httptest.Server
	logs *logBuffer

	clock *testClock

	admin *who
	// Center a is of mode dispatch, center b of mode claim.
	a, b *site
}

// site is a center with one of each of its people.
type site struct {
	center domain.Center
	shop   domain.Shop
	agent, dispatcher,
	manager, rider, rider2 *who
}

// who is a caller.
type who struct {
	name   string
	id     string // user's or key's
	rider  string // rider's
	token  string
	cookie bool // send the token as a browser would
}

var nobody = &who{name: "nobody"}

const testPassword = "correct-horse-battery"

// testHash is of testPassword: one hashing serves all users of all rigs.
var testHash = sync.OnceValue(func() string {
	h, err := session.HashPassword(testPassword)
	if err != nil {
		panic(err)
	}
	return h
})

// logBuffer collects log lines from any goroutine.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// newRig starts a server with two centers and their people.
func newRig(t testing.TB, adjust ...func(*Config)) *rig {
	t.Helper()
	return newRigWith(t, nil, adjust...)
}

// newRigWith is newRig with other parts.
func newRigWith(t testing.TB, parts func(*Deps), adjust ...func(*Config)) *rig {
	t.Helper()
	r := &rig{t: t, logs: &logBuffer{}, clock: &testClock{}}
	log := slog.New(slog.NewTextHandler(r.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	// The hooks may be called before the server is there: nothing follows then.
	var srv *Server
	db, err := store.Open(t.Context(), store.Options{
		URL: storetest.URL(t, filepath.Join(t.TempDir(), "test.db")), Migrate: true, Logger: log, Now: r.now,
		OnCommit: func(e []domain.LogEntry) {
			if srv != nil {
				srv.Committed(e)
			}
		},
		OnChat: func(m []domain.ChatMessage) {
			if srv != nil {
				srv.CommittedChat(m)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	photos, err := NewPhotoDir(filepath.Join(t.TempDir(), "photos"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = photos.Close() })
	cfg := Config{NodeID: "test-node", Version: "test"}
	for _, f := range adjust {
		f(&cfg)
	}
	deps := Deps{Store: db, Photos: photos, Logger: log, Now: r.now}
	if parts != nil {
		parts(&deps)
	}
	srv, err = New(cfg, deps)
	if err != nil {
		t.Fatal(err)
	}
	if err := srv.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	r.srv, r.db = srv, db
	r.http = httptest.NewServer(srv.Handler())
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		srv.Drain(ctx)
		r.http.Close()
	})
	r.admin = r.newUser("admin", domain.RoleAdmin)
	r.a = r.newSite("alpha", domain.ModeDispatch)
	r.b = r.newSite("beta", domain.ModeClaim)
	return r
}

// testClock is the real time and how far the server's clock is ahead of it.
type testClock struct {
	mu    sync.Mutex
	shift time.Duration
}

func (r *rig) now() time.Time {
	r.clock.mu.Lock()
	defer r.clock.mu.Unlock()
	return time.Now().Add(r.clock.shift)
}

// advance moves the server's clock.
func (r *rig) advance(d time.Duration) {
	r.clock.mu.Lock()
	defer r.clock.mu.Unlock()
	r.clock.shift += d
}

// in is the same rig for a part of the test: what fails there fails t.
func (r *rig) in(t testing.TB) *rig {
	part := *r
	part.t = t
	return &part
}

// newUser makes a user with a session, past the use cases: it is how tests begin.
func (r *rig) newUser(login string, role domain.Role, centers ...string) *who {
	r.t.Helper()
	now := domain.At(r.now())
	u := &domain.User{ID: domain.NewID(), Login: login, Name: "Name of " + login, Role: role, CenterIDs: centers, Active: true,
		CreatedAt: now, Version: 1, ModifiedAt: now}
	err := r.db.Write(r.t.Context(), func(tx domain.Tx) error { return tx.CreateUser(r.t.Context(), u, testHash()) })
	if err != nil {
		r.t.Fatal(err)
	}
	return r.session(login, u.ID, "")
}

// session logs somebody in without the cost of a password.
func (r *rig) session(name, userID, riderID string) *who {
	r.t.Helper()
	token := session.Prefix + domain.NewSecret()
	now := r.now()
	err := r.db.CreateSession(r.t.Context(), Session{Hash: session.HashToken(token), UserID: userID, CreatedAt: domain.At(now), ExpiresAt: domain.At(now.Add(session.Life))})
	if err != nil {
		r.t.Fatal(err)
	}
	return &who{name: name, id: userID, rider: riderID, token: token}
}

// system runs a use case as the admin, past HTTP.
func (r *rig) system(fn func(ctx context.Context, tx domain.Tx, a domain.Actor) error) {
	r.t.Helper()
	ctx := r.t.Context()
	a := domain.Actor{UserID: "test", Name: "test", Role: domain.RoleAdmin}
	if err := r.db.Write(ctx, func(tx domain.Tx) error { return fn(ctx, tx, a) }); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) newSite(code string, mode domain.AssignMode) *site {
	r.t.Helper()
	p := &site{}
	here := &domain.Location{Lat: 37.5145, Lng: 127.1059}
	r.system(func(ctx context.Context, tx domain.Tx, a domain.Actor) error {
		c, err := r.srv.svc.CreateCenter(ctx, tx, a, domain.NewCenter{Code: code, Name: "Center " + code, Location: here, AssignMode: mode})
		if err == nil {
			p.center = *c
		}
		return err
	})
	r.system(func(ctx context.Context, tx domain.Tx, a domain.Actor) error {
		s, err := r.srv.svc.CreateShop(ctx, tx, a, domain.NewShop{CenterID: p.center.ID, Name: "Shop of " + code, Phone: "02-123-4567", Address: "Road 1", Location: here})
		if err == nil {
			p.shop = *s
		}
		return err
	})
	p.agent = r.newUser(code+"-agent", domain.RoleAgent, p.center.ID)
	p.dispatcher = r.newUser(code+"-dispatcher", domain.RoleDispatcher, p.center.ID)
	p.manager = r.newUser(code+"-manager", domain.RoleManager, p.center.ID)
	p.rider = r.newRider(p, code+"-rider")
	p.rider2 = r.newRider(p, code+"-rider2")
	return p
}

// newRider makes a rider with a session, on duty.
func (r *rig) newRider(p *site, login string) *who {
	r.t.Helper()
	var rider *domain.Rider
	var user *domain.User
	r.system(func(ctx context.Context, tx domain.Tx, a domain.Actor) (err error) {
		rider, err = r.srv.svc.CreateRider(ctx, tx, a, domain.NewRider{CenterID: p.center.ID, Name: "Rider " + login, Phone: "010-9999-0000",
			Login: login, Password: testPassword}, testHash())
		if err != nil {
			return err
		}
		user, err = tx.FindRiderUser(ctx, rider.ID)
		return err
	})
	r.system(func(ctx context.Context, tx domain.Tx, a domain.Actor) error {
		_, err := r.srv.svc.SetDuty(ctx, tx, a, rider.ID, domain.SetDuty{Duty: domain.DutyOn})
		return err
	})
	return r.session(login, user.ID, rider.ID)
}

// newKey makes an API key.
func (r *rig) newKey(name string, centers []string, scopes ...domain.Scope) *who {
	r.t.Helper()
	var got NewKeyAnswer
	r.do(r.admin, "POST", "/api-keys", domain.NewKey{Name: name, Scopes: scopes, CenterIDs: centers}).want(201).into(&got)
	return &who{name: name, id: got.ID, token: got.Key}
}

// reply is an answer, read whole.
type reply struct {
	t      testing.TB
	what   string
	status int
	header http.Header
	body   []byte
}

// option adjusts a request.
type option func(*http.Request)

func withKey(key string) option {
	return func(q *http.Request) { q.Header.Set("Idempotency-Key", key) }
}

func withHeader(name, value string) option {
	return func(q *http.Request) { q.Header.Set(name, value) }
}

// raw is a body that is sent as it is.
type raw string

// do asks the server. What holds of every answer is checked here: a refusal is
// a problem with the id of the request, and nothing is ever a 500.
func (r *rig) do(as *who, method, path string, body any, opts ...option) *reply {
	r.t.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case raw:
		in = strings.NewReader(string(b))
	case []byte:
		in = bytes.NewReader(b)
	default:
		j, err := json.Marshal(b)
		if err != nil {
			r.t.Fatal(err)
		}
		in = bytes.NewReader(j)
	}
	if strings.HasPrefix(path, "/") && !strings.HasPrefix(path, base) && !rootPath(path) {
		path = base + path
	}
	q, err := http.NewRequest(method, r.http.URL+path, in)
	if err != nil {
		r.t.Fatal(err)
	}
	switch {
	case as.token == "":
	case as.cookie:
		q.AddCookie(&http.Cookie{Name: r.srv.cookieName, Value: as.token})
		q.Header.Set("X-BROS-Request", "1")
	default:
		q.Header.Set("Authorization", "Bearer "+as.token)
	}
	for _, o := range opts {
		o(q)
	}
	res, err := noRedirect.Do(q)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	rep := &reply{t: r.t, what: fmt.Sprintf("%s %s as %s", method, path, as.name), status: res.StatusCode, header: res.Header, body: got}
	rep.check()
	return rep
}

var noRedirect = &http.Client{
	Transport:     &http.Transport{MaxIdleConnsPerHost: 256},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func rootPath(p string) bool {
	for _, x := range []string{"/livez", "/readyz", "/metrics", "/login.", "/t/", "/-"} {
		if strings.HasPrefix(p, x) {
			return true
		}
	}
	return false
}

func (p *reply) check() {
	p.t.Helper()
	if p.status == http.StatusInternalServerError {
		p.t.Fatalf("%s: 500 %s", p.what, p.body)
	}
	if p.status >= 400 && strings.HasPrefix(p.header.Get("Content-Type"), "application/") && !strings.Contains(p.what, "/readyz") {
		var pr Problem
		if p.header.Get("Content-Type") != "application/problem+json" || json.Unmarshal(p.body, &pr) != nil {
			p.t.Fatalf("%s: %d is no problem: %s", p.what, p.status, p.body)
		}
		if pr.Status != p.status || pr.Code == "" || pr.Title == "" || pr.Type == "" || pr.RequestID == "" {
			p.t.Fatalf("%s: incomplete problem: %s", p.what, p.body)
		}
	}
}

// want fails the test when the status is another.
func (p *reply) want(status int) *reply {
	p.t.Helper()
	if p.status != status {
		p.t.Fatalf("%s: status %d, want %d: %s", p.what, p.status, status, p.body)
	}
	return p
}

// code fails the test when it is not a problem of this status and code; fields
// must be among those it names.
func (p *reply) code(status int, code domain.Code, fields ...string) *reply {
	p.t.Helper()
	p.want(status)
	var pr Problem
	p.into(&pr)
	if pr.Code != code {
		p.t.Fatalf("%s: code %s, want %s: %s", p.what, pr.Code, code, p.body)
	}
	for _, f := range fields {
		found := false
		for _, e := range pr.Errors {
			found = found || e.Field == f
		}
		if !found {
			p.t.Fatalf("%s: no error for field %q: %s", p.what, f, p.body)
		}
	}
	return p
}

// into decodes the body.
func (p *reply) into(v any) *reply {
	p.t.Helper()
	if err := json.Unmarshal(p.body, v); err != nil {
		p.t.Fatalf("%s: %v: %s", p.what, err, p.body)
	}
	return p
}

// without fails the test when the answer, headers included, holds one of the texts.
func (p *reply) without(texts ...string) *reply {
	p.t.Helper()
	whole := fmt.Sprint(p.header) + string(p.body)
	for _, x := range texts {
		if x != "" && strings.Contains(whole, x) {
			p.t.Fatalf("%s: the answer holds %q: %s", p.what, x, whole)
		}
	}
	return p
}

// get decodes the body into a T.
func get[T any](p *reply) T {
	p.t.Helper()
	var v T
	p.into(&v)
	return v
}

// The customer of test orders; none of it may reach whom it does not concern.
const (
	customerName   = "Hong Gildong"
	customerPhone  = "01023456789"
	customerDetail = "Tower 3, room 1203"
	customerMemo   = "the bell is broken"
)

// order is the body of a good order.
func (p *site) order() domain.NewOrder {
	return domain.NewOrder{
		ShopID: p.shop.ID, Channel: "app",
		Customer: domain.Customer{Name: customerName, Phone: "010-2345-6789", Address: "Olympic-ro 300", AddressDetail: customerDetail,
			Location: &domain.Location{Lat: 37.52, Lng: 127.11}, Memo: customerMemo},
		Items:   []domain.Item{{Name: "Chicken", Quantity: 2, Price: 11700}},
		Payment: domain.Payment{Method: domain.Card, Amount: 23400},
	}
}

// newDelivery places and accepts an order.
func (r *rig) newDelivery(p *site) domain.Delivery {
	r.t.Helper()
	in := p.order()
	in.Accept = true
	got := get[domain.OrderResult](r.do(p.agent, "POST", "/orders", in).want(201))
	return *got.Delivery
}

// assigned is a delivery that a rider has.
func (r *rig) assigned(p *site, to *who) domain.Delivery {
	r.t.Helper()
	d := r.newDelivery(p)
	return get[domain.Delivery](r.do(p.dispatcher, "POST", "/deliveries/"+d.ID+"/assign", domain.AssignDelivery{RiderID: to.rider}).want(200))
}

func itoa(n int64) string { return fmt.Sprint(n) }
