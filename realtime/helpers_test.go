package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if runSink != nil && os.Getenv(sinkEnv) != "" {
		runSink()
		return
	}
	goleak.VerifyTestMain(m)
}

// The benchmarks start the test binary once more as their clients.
const sinkEnv = "BROS_BENCH_SINK"

var runSink func()

// patience is how long a test waits for what must come; it is never slept.
const patience = time.Minute

// database is the host of the tests: a log table in memory, and rights.
type database struct {
	mu     sync.Mutex
	logs   map[string]*table
	home   map[string]string // address → log, for rooms not named after their log
	denied map[string]bool   // "user address"
	hub    *Hub
	hook   func(Address) // called by Resolve, outside mu
	gate   chan struct{} // when set, LoadLog waits for it
	slow   chan struct{} // when set, CatchUp waits for it

	loads, catchUps atomic.Int64
	command         func(Identity, string, string, json.RawMessage) (any, error)
}

type table struct {
	epoch   string
	seq     int64
	floor   int64
	newest  int
	entries []row
	places  map[string][]Place
}

type row struct {
	seq     int64
	changes []Change
}

func newDatabase() *database {
	return &database{logs: map[string]*table{}, home: map[string]string{}, denied: map[string]bool{}}
}

// table is the log of a name; db.mu is held.
func (db *database) table(name string) *table {
	t := db.logs[name]
	if t == nil {
		t = &table{epoch: "e1"}
		db.logs[name] = t
	}
	return t
}

// commit writes an entry without telling the hub.
func (db *database) commit(log string, changes ...Change) row {
	db.mu.Lock()
	defer db.mu.Unlock()
	t := db.table(log)
	t.seq++
	e := row{t.seq, changes}
	t.entries = append(t.entries, e)
	return e
}

// publish writes an entry and tells the hub.
func (db *database) publish(t testing.TB, log string, changes ...Change) int64 {
	t.Helper()
	e := db.commit(log, changes...)
	if got := db.hub.Apply(log, "e1", e.seq, e.changes); got != Applied && got != NotLoaded {
		t.Fatalf("apply %d: %v", e.seq, got)
	}
	return e.seq
}

func (db *database) Resolve(_ context.Context, id Identity, a Address) (Target, error) {
	if db.hook != nil {
		db.hook(a)
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.denied[id.UserID+" "+a.String()] {
		return Target{}, &Refusal{Code: CodeForbidden, Detail: "not yours"}
	}
	switch a.Namespace {
	case "delivery", "order", "mine":
		return Target{Log: db.logOf(a), Windowed: true}, nil
	case "rider", "offer":
		return Target{Log: db.logOf(a)}, nil
	case "chat":
		return Target{Log: "chat:" + a.Room}, nil
	case "secret":
		return Target{}, errors.New("the database is on fire")
	}
	return Target{}, nil
}

func (db *database) logOf(a Address) string {
	if log := db.home[a.String()]; log != "" {
		return log
	}
	return a.Room
}

func (db *database) LoadLog(ctx context.Context, log string) (LogState, error) {
	db.loads.Add(1)
	db.mu.Lock()
	gate := db.gate
	st := db.state(log)
	db.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return LogState{}, ctx.Err()
		}
	}
	return st, nil
}

// state is what a load reads; db.mu is held.
func (db *database) state(log string) LogState {
	t := db.table(log)
	st := LogState{Epoch: t.epoch, Seq: t.seq, Floor: t.floor, Newest: t.newest, Places: t.places}
	type id struct{ address, key string }
	newest := map[id]Item{}
	for _, e := range t.entries {
		for _, ch := range e.changes {
			newest[id{ch.Address, ch.Key}] = Item{Address: ch.Address, Key: ch.Key, Seq: e.seq, Event: ch.Event, Data: ch.Data, Finished: ch.Finished}
		}
	}
	for _, it := range newest {
		if it.Data != nil || it.Seq > t.floor {
			st.Items = append(st.Items, it)
		}
	}
	return st
}

func (db *database) CatchUp(_ context.Context, log string, _ int64) error {
	db.catchUps.Add(1)
	if db.slow != nil {
		<-db.slow
	}
	db.follow(log)
	return nil
}

// follow applies what the hub has not seen.
func (db *database) follow(log string) {
	_, head, ok := db.hub.Head(log)
	if !ok {
		return
	}
	db.mu.Lock()
	t := db.table(log)
	epoch, rest := t.epoch, append([]row(nil), t.entries[head:]...)
	db.mu.Unlock()
	for _, e := range rest {
		db.hub.Apply(log, epoch, e.seq, e.changes)
	}
}

func (db *database) Command(_ context.Context, id Identity, connID, cmd string, raw json.RawMessage) (any, error) {
	if db.command == nil {
		return nil, ErrUnknownCommand
	}
	return db.command(id, connID, cmd, raw)
}

// rec is a change that carries a record.
func rec(address, key string, v int) Change {
	ns, _, _ := strings.Cut(address, "/")
	return Change{Address: address, Event: ns + ":changed", Key: key, Data: fmt.Appendf(nil, `{"id":%q,"v":%d}`, key, v)}
}

// del is a change that takes a record away.
func del(address, key string) Change {
	ns, _, _ := strings.Cut(address, "/")
	return Change{Address: address, Event: ns + ":changed", Key: key}
}

// world is a hub behind a server.
type world struct {
	t    *testing.T
	db   *database
	hub  *Hub
	url  string
	http *http.Client
	work sync.WaitGroup // what the test does beside itself
}

// newWorld starts a hub on a loopback socket.
func newWorld(t *testing.T, opt Options) *world {
	t.Helper()
	w := bareWorld(t, opt)
	srv := httptest.NewServer(w.handler())
	transport := &http.Transport{DisableKeepAlives: true}
	w.url, w.http = srv.URL, &http.Client{Transport: transport}
	t.Cleanup(func() {
		w.hub.Stop()
		srv.Close()
		transport.CloseIdleConnections()
	})
	return w
}

func bareWorld(t *testing.T, opt Options) *world {
	db := newDatabase()
	opt.Backend = db
	opt.NodeID = "n1"
	w := &world{t: t, db: db, hub: NewHub(opt)}
	db.hub = w.hub
	return w
}

// handler upgrades; ?user= and ?client= say who comes.
func (w *world) handler() http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		id := Identity{UserID: q.Get("user"), ClientID: q.Get("client"), Role: q.Get("role")}
		if id.UserID == "" {
			id.UserID = "u1"
		}
		if err := w.hub.Serve(rw, r, id); errors.Is(err, ErrFull) || errors.Is(err, ErrDraining) {
			http.Error(rw, err.Error(), http.StatusServiceUnavailable)
		}
	})
}

// newPipeWorld is newWorld inside a synctest bubble. stop must be deferred there.
func newPipeWorld(t *testing.T, opt Options) (w *world, stop func()) {
	w = bareWorld(t, opt)
	l := newPipeListener()
	srv := &http.Server{Handler: w.handler()}
	go func() { _ = srv.Serve(l) }()
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return l.dial(ctx) },
	}
	w.url, w.http = "http://pipe", &http.Client{Transport: transport}
	return w, func() {
		w.work.Wait()
		w.hub.Stop()
		_ = srv.Close()
		transport.CloseIdleConnections()
	}
}

// message is one decoded message of the server.
type message struct {
	ID         json.RawMessage   `json:"id"`
	Address    string            `json:"address"`
	Mode       string            `json:"mode"`
	Epoch      string            `json:"epoch"`
	Prev       *int64            `json:"prev"`
	Seq        int64             `json:"seq"`
	WindowSec  *int64            `json:"windowSec"`
	Part       int               `json:"part"`
	More       bool              `json:"more"`
	Event      string            `json:"event"`
	Key        string            `json:"key"`
	Op         string            `json:"op"`
	Data       json.RawMessage   `json:"data"`
	Records    []json.RawMessage `json:"records"`
	Events     []message         `json:"events"`
	Error      *Refusal          `json:"error"`
	Resync     bool              `json:"resync"`
	Revoked    bool              `json:"revoked"`
	Pong       bool              `json:"pong"`
	Volatile   bool              `json:"volatile"`
	Heads      map[string]head   `json:"heads"`
	Now        string            `json:"now"`
	Connection *struct {
		ID     string `json:"id"`
		NodeID string `json:"nodeId"`
		UserID string `json:"userId"`
	} `json:"connection"`
	size int // of the frame
}

type head struct {
	Epoch string `json:"epoch"`
	Prev  int64  `json:"prev"`
	Seq   int64  `json:"seq"`
}

// decode splits a frame into its messages.
func decode(t testing.TB, frame []byte) []message {
	t.Helper()
	var list []message
	if len(frame) > 0 && frame[0] == '[' {
		if err := json.Unmarshal(frame, &list); err != nil {
			t.Fatalf("frame %.200s: %v", frame, err)
		}
	} else {
		list = make([]message, 1)
		if err := json.Unmarshal(frame, &list[0]); err != nil {
			t.Fatalf("frame %.200s: %v", frame, err)
		}
	}
	for i := range list {
		list[i].size = len(frame)
	}
	return list
}

// peer is a client of a test.
type peer struct {
	t       *testing.T
	ws      *websocket.Conn
	waiting []message
	connID  string
}

// dial connects; query is added to the address.
func (w *world) dial(query string) *peer {
	w.t.Helper()
	p, err := w.tryDial(query)
	if err != nil {
		w.t.Fatalf("dial: %v", err)
	}
	hello := p.next()
	if hello.Connection == nil || hello.Connection.NodeID != "n1" || hello.Now == "" {
		w.t.Fatalf("the first message is %+v", hello)
	}
	p.connID = hello.Connection.ID
	return p
}

func (w *world) tryDial(query string) (*peer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ws, resp, err := websocket.Dial(ctx, w.url+"/?"+query, &websocket.DialOptions{HTTPClient: w.http, Subprotocols: []string{Subprotocol}})
	if err != nil {
		if resp != nil {
			return nil, fmt.Errorf("%d: %w", resp.StatusCode, err)
		}
		return nil, err
	}
	ws.SetReadLimit(64 << 20)
	w.t.Cleanup(func() { _ = ws.CloseNow() })
	return &peer{t: w.t, ws: ws}, nil
}

// send writes one text frame.
func (p *peer) send(format string, args ...any) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := p.ws.Write(ctx, websocket.MessageText, fmt.Appendf(nil, format, args...)); err != nil {
		p.t.Fatalf("send: %v", err)
	}
}

// any is the next message, whatever it is.
func (p *peer) any() message {
	p.t.Helper()
	m, err := p.tryNext()
	if err != nil {
		p.t.Fatalf("read: %v", err)
	}
	return m
}

// next is the next message that is no heads.
func (p *peer) next() message {
	p.t.Helper()
	return p.until("message", func(m message) bool { return m.Heads == nil })
}

func (p *peer) tryNext() (message, error) {
	for len(p.waiting) == 0 {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		_, b, err := p.ws.Read(ctx)
		cancel()
		if err != nil {
			return message{}, err
		}
		p.waiting = decode(p.t, b)
	}
	m := p.waiting[0]
	p.waiting = p.waiting[1:]
	return m, nil
}

// until skips messages (heads, mostly) up to one that fits.
func (p *peer) until(what string, fits func(message) bool) message {
	p.t.Helper()
	for range 100_000 {
		m, err := p.tryNext()
		if err != nil {
			p.t.Fatalf("waiting for %s: %v", what, err)
		}
		if fits(m) {
			return m
		}
	}
	p.t.Fatalf("no %s", what)
	return message{}
}

// reply is the answer to the command with this id.
func (p *peer) reply(id int) message {
	p.t.Helper()
	want := fmt.Sprint(id)
	return p.until("reply "+want, func(m message) bool { return string(m.ID) == want })
}

// live is the next message of a record.
func (p *peer) live() message {
	p.t.Helper()
	return p.until("live message", func(m message) bool { return m.Prev != nil })
}

// closed reads to the end and returns the close error.
func (p *peer) closed() websocket.CloseError {
	p.t.Helper()
	for range 100_000 {
		if _, err := p.tryNext(); err != nil {
			var ce websocket.CloseError
			if !errors.As(err, &ce) {
				p.t.Fatalf("closed without a code: %v", err)
			}
			return ce
		}
	}
	p.t.Fatal("the connection does not close")
	return websocket.CloseError{}
}

// eventually waits for what another goroutine is about to bring about, looking
// again whenever the scheduler lets it.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-limit.C:
			t.Fatalf("never: %s", what)
		}
	}
}
