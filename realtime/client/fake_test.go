package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// fake is a server of the protocol with one log and two rooms in it, that can be
// told to misbehave. It speaks real HTTP and WebSocket over pipes in memory, so
// that a synctest bubble can hold both ends.
type fake struct {
	mu      sync.Mutex
	epoch   string
	seq     int64
	floor   int64
	entries []fakeEntry
	conns   map[*fakeConn]struct{}

	perPart int  // records of one part; 0: in one piece
	refuse  int  // answer upgrades with this HTTP status
	mute    bool // accept sockets and then say nothing
	deaf    int  // swallow so many of the next subscribes
	token   string
	window  int64
	denied  map[string]string // address → code
	fault   func() fault

	polls, upgrades int
	sinces          []string // of every subscribe and poll, in order

	server *http.Server
	pipe   chan net.Conn
	quit   chan struct{}
}

type fault int

const (
	fine fault = iota
	lose
	twice
	swap
)

type fakeEntry struct {
	seq  int64
	room string
	key  string
	data json.RawMessage // nil: removed
}

type fakeConn struct {
	f     *fake
	ws    *websocket.Conn
	query string
	subs  map[string]bool
	queue []json.RawMessage
	held  json.RawMessage
	stall bool
	kick  chan struct{}
	gone  chan struct{}
}

func newFake() *fake {
	f := &fake{epoch: "e1", conns: map[*fakeConn]struct{}{}, pipe: make(chan net.Conn), quit: make(chan struct{}), denied: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/realtime", f.upgrade)
	mux.HandleFunc("POST /api/v1/changes", f.changes)
	f.server = &http.Server{Handler: mux}
	go func() { _ = f.server.Serve(f) }()
	return f
}

// Accept, Close and Addr make the fake its own listener.
func (f *fake) Accept() (net.Conn, error) {
	select {
	case c := <-f.pipe:
		return c, nil
	case <-f.quit:
		return nil, net.ErrClosed
	}
}
func (f *fake) Close() error   { return nil }
func (f *fake) Addr() net.Addr { return &net.TCPAddr{} }

func (f *fake) stop() {
	close(f.quit)
	f.cutAll()
	_ = f.server.Close()
}

// client makes a Client that reaches the fake.
func (f *fake) client(o Options) *Client {
	o.URL = "http://fake"
	o.HTTP = &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			a, b := net.Pipe()
			select {
			case f.pipe <- b:
				return a, nil
			case <-f.quit:
				return nil, net.ErrClosed
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		},
	}}
	return New(o)
}

func (f *fake) allowed(w http.ResponseWriter, r *http.Request) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.token != "" && r.Header.Get("Authorization") != "Bearer "+f.token {
		w.WriteHeader(http.StatusUnauthorized)
		return false
	}
	return true
}

func (f *fake) upgrade(w http.ResponseWriter, r *http.Request) {
	if !f.allowed(w, r) {
		return
	}
	f.mu.Lock()
	f.upgrades++
	refuse := f.refuse
	f.mu.Unlock()
	if refuse != 0 {
		w.WriteHeader(refuse)
		return
	}
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"bros.v1"}})
	if err != nil {
		return
	}
	c := &fakeConn{f: f, ws: ws, query: r.URL.RawQuery, subs: map[string]bool{}, kick: make(chan struct{}, 1), gone: make(chan struct{})}
	f.mu.Lock()
	f.conns[c] = struct{}{}
	c.stall = f.mute
	c.push(map[string]any{"connection": map[string]any{"id": fmt.Sprint("c", f.upgrades), "nodeId": "n", "userId": "u"}, "now": time.Now()})
	f.mu.Unlock()
	go c.write()
	c.read()
	close(c.gone)
	f.mu.Lock()
	delete(f.conns, c)
	f.mu.Unlock()
}

// push queues one object; under mu.
func (c *fakeConn) push(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	c.queue = append(c.queue, b)
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

func (c *fakeConn) write() {
	heads := time.NewTicker(5 * time.Second)
	defer heads.Stop()
	for n := 0; ; n++ {
		c.f.mu.Lock()
		var out []json.RawMessage
		if !c.stall {
			out, c.queue = c.queue, nil
		}
		c.f.mu.Unlock()
		frame, _ := json.Marshal(out)
		if len(out) == 1 && n%2 == 0 {
			frame = out[0]
		}
		if len(out) > 0 && c.ws.Write(context.Background(), websocket.MessageText, frame) != nil {
			return
		}
		select {
		case <-c.kick:
		case <-heads.C:
			c.f.mu.Lock()
			h := map[string]any{}
			for a := range c.subs {
				h[a] = head{Epoch: c.f.epoch, Prev: c.f.newest(a), Seq: c.f.seq}
			}
			c.push(map[string]any{"heads": h, "now": time.Now()})
			c.f.mu.Unlock()
		case <-c.gone:
			return
		}
	}
}

func (c *fakeConn) read() {
	for {
		_, b, err := c.ws.Read(context.Background())
		if err != nil {
			return
		}
		var cmd struct {
			ID        int64  `json:"id"`
			Cmd       string `json:"cmd"`
			Address   string `json:"address"`
			Since     *since `json:"since"`
			Addresses []sub  `json:"addresses"`
		}
		if err := json.Unmarshal(b, &cmd); err != nil {
			panic(err)
		}
		c.f.mu.Lock()
		switch cmd.Cmd {
		case "subscribe":
			if cmd.Address != "" {
				cmd.Addresses = append(cmd.Addresses, sub{cmd.Address, cmd.Since})
			}
			if c.f.deaf > 0 {
				c.f.deaf--
				break
			}
			for _, s := range cmd.Addresses {
				for _, r := range c.f.reply(s) {
					r["id"] = cmd.ID
					c.push(r)
				}
				c.subs[s.Address] = c.f.denied[s.Address] == ""
			}
		case "unsubscribe":
			delete(c.subs, cmd.Address)
			c.push(map[string]any{"id": cmd.ID})
		case "ping":
			c.push(map[string]any{"id": cmd.ID, "pong": true})
		default:
			c.push(map[string]any{"id": cmd.ID, "error": map[string]any{"code": "validation", "detail": "unknown command"}})
		}
		c.f.mu.Unlock()
	}
}

// newest is the newest number of a room; under mu.
func (f *fake) newest(address string) int64 {
	for _, e := range slices.Backward(f.entries) {
		if e.room == address {
			return e.seq
		}
	}
	return 0
}

// state is what a room holds; under mu.
func (f *fake) state(address string) map[string]json.RawMessage {
	m := map[string]json.RawMessage{}
	for _, e := range f.entries {
		if e.room != address {
			continue
		}
		if e.data == nil {
			delete(m, e.key)
		} else {
			m[e.key] = e.data
		}
	}
	return m
}

// reply is what a subscribe is answered, in one or more pieces; under mu.
func (f *fake) reply(s sub) []map[string]any {
	f.sinces = append(f.sinces, fmt.Sprintf("%s %v", s.Address, s.Since))
	if code := f.denied[s.Address]; code != "" {
		return []map[string]any{{"address": s.Address, "error": map[string]any{"code": code, "detail": "no"}}}
	}
	if strings.HasPrefix(s.Address, "user/") {
		return []map[string]any{{"address": s.Address, "mode": "snapshot", "epoch": f.epoch, "seq": 0, "records": []any{}, "volatile": true}}
	}
	if s.Since != nil && s.Since.Epoch == f.epoch && s.Since.Seq <= f.seq && s.Since.Seq >= f.floor {
		at := map[string]int{}
		events := []map[string]any{}
		for _, e := range f.entries {
			if e.room != s.Address || e.seq <= s.Since.Seq {
				continue
			}
			if i, ok := at[e.key]; ok {
				events = slices.Delete(events, i, i+1)
				for k, j := range at {
					if j > i {
						at[k] = j - 1
					}
				}
			}
			at[e.key] = len(events)
			ev := map[string]any{"seq": e.seq, "event": "x:changed", "key": e.key}
			if e.data == nil {
				ev["op"] = "remove"
			} else {
				ev["data"] = e.data
			}
			events = append(events, ev)
		}
		return []map[string]any{{"address": s.Address, "mode": "resume", "epoch": f.epoch, "seq": f.seq, "events": events}}
	}
	records := []json.RawMessage{}
	for _, r := range f.state(s.Address) {
		records = append(records, r)
	}
	whole := map[string]any{"address": s.Address, "mode": "snapshot", "epoch": f.epoch, "seq": f.seq, "windowSec": f.window}
	if f.perPart == 0 || len(records) <= f.perPart {
		whole["records"] = records
		return []map[string]any{whole}
	}
	var parts []map[string]any
	for chunk := range slices.Chunk(records, f.perPart) {
		p := map[string]any{"part": len(parts) + 1, "records": chunk, "more": true}
		for k, v := range whole {
			p[k] = v
		}
		parts = append(parts, p)
	}
	delete(parts[len(parts)-1], "more")
	return parts
}

func (f *fake) changes(w http.ResponseWriter, r *http.Request) {
	if !f.allowed(w, r) {
		return
	}
	var in struct {
		Addresses []sub `json:"addresses"`
		Wait      int   `json:"wait"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		panic(err)
	}
	end := time.Now().Add(time.Duration(in.Wait) * time.Second)
	for {
		f.mu.Lock()
		news := false
		for _, s := range in.Addresses {
			news = news || s.Since == nil || s.Since.Epoch != f.epoch || f.newest(s.Address) > s.Since.Seq
		}
		if news || time.Now().After(end) {
			f.polls++
			per := f.perPart
			f.perPart = 0
			var out []map[string]any
			for _, s := range in.Addresses {
				out = append(out, f.reply(s)...)
			}
			f.perPart = per
			f.mu.Unlock()
			_ = json.NewEncoder(w).Encode(map[string]any{"replies": out})
			return
		}
		f.mu.Unlock()
		select {
		case <-time.After(100 * time.Millisecond):
		case <-r.Context().Done():
			return
		}
	}
}

// commit changes (or, with nil, removes) a key and tells everyone, faults allowing.
func (f *fake) commit(address, key string, fields map[string]any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	prev := f.newest(address)
	f.seq++
	e := fakeEntry{seq: f.seq, room: address, key: key}
	m := map[string]any{"address": address, "prev": prev, "seq": f.seq, "event": "x:changed", "key": key}
	if fields == nil {
		m["op"] = "remove"
	} else {
		fields["id"], fields["version"], fields["modifiedAt"] = key, f.seq, time.Now()
		e.data, _ = json.Marshal(fields)
		m["data"] = e.data
	}
	f.entries = append(f.entries, e)
	for c := range f.conns {
		if !c.subs[address] {
			continue
		}
		what := fine
		if f.fault != nil {
			what = f.fault()
		}
		switch what {
		case lose:
		case twice:
			c.push(m)
			c.push(m)
		case swap:
			if c.held == nil {
				c.held, _ = json.Marshal(m)
			}
		default:
			c.push(m)
			if c.held != nil {
				c.push(c.held)
				c.held = nil
			}
		}
	}
}

// say pushes an object to every connection.
func (f *fake) say(v any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.conns {
		c.push(v)
	}
}

func (f *fake) cutAll() {
	f.each(func(c *fakeConn) { _ = c.ws.CloseNow() })
}

func (f *fake) closeAll(code int, reason string) {
	f.each(func(c *fakeConn) { _ = c.ws.Close(websocket.StatusCode(code), reason) })
}

func (f *fake) each(fn func(*fakeConn)) {
	f.mu.Lock()
	var all []*fakeConn
	for c := range f.conns {
		all = append(all, c)
	}
	f.mu.Unlock()
	for _, c := range all {
		fn(c)
	}
}

// set changes the fake under its lock.
func (f *fake) set(fn func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fn()
}
