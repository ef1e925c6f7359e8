package realtime

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func TestSupersede(t *testing.T) {
	w := newWorld(t, Options{})
	first := w.dial("user=u1&client=tab")
	other := w.dial("user=u2&client=tab") // another user's client of that name
	nameless := w.dial("user=u1")
	second := w.dial("user=u1&client=tab")
	if ce := first.closed(); ce.Code != CloseSuperseded {
		t.Errorf("the older connection closed with %v", ce)
	}
	for _, p := range []*peer{other, nameless, second} {
		p.send(`{"id":1,"cmd":"ping"}`)
		p.reply(1)
	}
	if s := w.hub.Stats(); s.Superseded != 1 {
		t.Errorf("superseded %d", s.Superseded)
	}
	eventually(t, "three left", func() bool { return len(w.hub.Connections()) == 3 && w.hub.Stats().Connections == 3 })
}

func TestRevoke(t *testing.T) {
	w := newWorld(t, Options{})
	p, q := w.dial("user=u1"), w.dial("user=u2")
	for _, x := range []*peer{p, q} {
		x.send(`{"id":1,"cmd":"subscribe","addresses":[{"address":"offer/c1"},{"address":"chat/c1"}]}`)
		x.reply(1)
		x.reply(1)
	}
	w.db.publish(t, "c1", rec("offer/c1", "a", 1))
	n := w.hub.Revoke(func(id Identity, a Address) bool { return id.UserID == "u1" && a.Namespace == "offer" })
	w.db.publish(t, "c1", rec("offer/c1", "a", 2))
	w.db.publish(t, "chat:c1", rec("chat/c1", "m", 1))
	if n != 1 {
		t.Errorf("%d revoked", n)
	}
	p.until("revoked", func(m message) bool { return m.Revoked && m.Address == "offer/c1" })
	for {
		m := p.next()
		if m.Address == "offer/c1" {
			t.Errorf("after revoked came %+v", m)
		}
		if m.Address == "chat/c1" {
			break
		}
	}
	if a, b := q.live(), q.live(); a.Seq != 1 || b.Seq != 2 {
		t.Errorf("the other user got %+v %+v", a, b)
	}
}

// TestRevokeWhileSubscribing: rights that go between the look at them and the
// joining of the room are noticed.
func TestRevokeWhileSubscribing(t *testing.T) {
	w := newWorld(t, Options{})
	looked, changed := make(chan struct{}), make(chan struct{})
	once := true
	w.db.hook = func(Address) {
		if once {
			once = false
			defer func() { // the rights are read, then they change
				looked <- struct{}{}
				<-changed
			}()
		}
	}
	// The hook runs before the rights are read, so they are denied only from
	// the second look on.
	p := w.dial("")
	p.send(`{"id":1,"cmd":"subscribe","address":"offer/c1"}`)
	<-looked
	if n := w.hub.Revoke(func(Identity, Address) bool { return true }); n != 0 {
		t.Errorf("%d revoked", n)
	}
	w.db.hook = func(Address) {
		w.db.mu.Lock()
		defer w.db.mu.Unlock()
		w.db.denied["u1 offer/c1"] = true
	}
	close(changed)
	p.reply(1)
	p.until("revoked", func(m message) bool { return m.Revoked })
	eventually(t, "room left", func() bool { return len(w.hub.Rooms()) == 0 })
}

func TestUpdateAndClose(t *testing.T) {
	w := newWorld(t, Options{})
	p := w.dial("user=u1&role=agent")
	q := w.dial("user=u2")
	w.hub.Update(func(id Identity) bool { return id.UserID == "u1" }, func(id *Identity) {
		id.Role, id.UserID = "manager", "nobody else"
	})
	roles := map[string]string{}
	for _, c := range w.hub.Connections() {
		roles[c.UserID] = c.Role
		if !slices.Equal(c.Addresses, []string{"user/" + c.UserID}) || c.NodeID != "n1" || c.RemoteAddr == "" || c.ConnectedAt.IsZero() {
			t.Errorf("info %+v", c)
		}
	}
	if roles["u1"] != "manager" || roles["u2"] != "" {
		t.Errorf("roles %v", roles)
	}
	if n := w.hub.Close(func(c ConnInfo) bool { return c.ID == p.connID }, CloseSession, "session ended"); n != 1 {
		t.Errorf("%d closed", n)
	}
	if ce := p.closed(); ce.Code != CloseSession || ce.Reason != "session ended" {
		t.Errorf("closed with %v", ce)
	}
	w.hub.Close(func(c ConnInfo) bool { return c.ID == q.connID }, CloseOverloaded, "")
	if ce := q.closed(); ce.Code != CloseOverloaded || retryAfter(ce.Reason) <= 0 {
		t.Errorf("closed with %v", ce)
	}
}

func retryAfter(reason string) int {
	var body struct{ RetryAfterMs int }
	if json.Unmarshal([]byte(reason), &body) != nil {
		return -1
	}
	return body.RetryAfterMs
}

func TestDrain(t *testing.T) {
	w := newWorld(t, Options{})
	w.db.publish(t, "c1", rec("delivery/c1", "a", 1))
	var peers []*peer
	for range 20 {
		peers = append(peers, w.dial(""))
	}
	polled := make(chan []json.RawMessage, 1)
	go func() {
		polled <- w.hub.Poll(t.Context(), Identity{UserID: "u1"}, []Sub{{"delivery/c1", &Since{"e1", 1}}}, time.Hour).Messages()
	}()
	eventually(t, "poll waiting", func() bool { return w.hub.Stats().PollsWaiting == 1 })
	drained := make(chan struct{})
	go func() {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		w.hub.Drain(ctx)
		close(drained)
	}()
	waits := map[int]bool{}
	for _, p := range peers {
		ce := p.closed()
		if ce.Code != CloseRestarting || retryAfter(ce.Reason) < 100 {
			t.Errorf("closed with %v", ce)
		}
		waits[retryAfter(ce.Reason)] = true
	}
	if len(waits) < 10 {
		t.Errorf("the waits are not spread: %v", waits)
	}
	<-drained
	if n := w.hub.Stats().Connections; n != 0 {
		t.Errorf("%d connections after the drain", n)
	}
	if r := <-polled; len(r) != 1 {
		t.Errorf("the poll got %s", r)
	}
	if _, err := w.tryDial(""); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("dial while draining: %v", err)
	}
}

func TestTooManyConnections(t *testing.T) {
	w := newWorld(t, Options{MaxConns: 2})
	a, b := w.dial(""), w.dial("")
	c := w.dial("") // told so
	if ce := c.closed(); ce.Code != CloseOverloaded || retryAfter(ce.Reason) <= 0 {
		t.Errorf("closed with %v", ce)
	}
	eventually(t, "third gone", func() bool { return w.hub.Stats().Connections == 2 })
	_, _ = a, b
	// Sockets beyond that, even closing ones, are not taken.
	silent := rawDial(t, w)
	defer func() { _ = silent.Close() }()
	if _, err := w.tryDial(""); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("dial: %v", err)
	}
}

// rawDial upgrades by hand and then neither reads nor writes.
func rawDial(t *testing.T, w *world) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	upgrade(t, conn, "/")
	return conn
}

func upgrade(t testing.TB, conn net.Conn, path string) *bufio.Reader {
	t.Helper()
	_, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", path)
	if err != nil {
		t.Fatal(err)
	}
	br := bufio.NewReader(conn)
	resp, err := http.ReadResponse(br, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("upgrade: %v %v", resp, err)
	}
	return br
}

func TestNotAWebSocket(t *testing.T) {
	w := newWorld(t, Options{})
	resp, err := w.http.Get(w.url)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusUpgradeRequired || w.hub.Stats().Connections != 0 {
		t.Errorf("status %d, %d connections", resp.StatusCode, w.hub.Stats().Connections)
	}
}

// TestClientGoesAway: however a client leaves, nothing of it stays.
func TestClientGoesAway(t *testing.T) {
	w := newWorld(t, Options{})
	for range 5 {
		p, q, r := w.dial(""), w.dial(""), rawDial(t, w)
		for _, x := range []*peer{p, q} {
			x.send(`{"id":1,"cmd":"subscribe","addresses":[{"address":"delivery/c1"},{"address":"room/c1"}]}`)
			x.reply(1)
		}
		if err := p.ws.Close(websocket.StatusNormalClosure, "bye"); err != nil {
			t.Errorf("close handshake: %v", err)
		}
		_ = q.ws.CloseNow()
		_ = r.Close()
	}
	eventually(t, "all gone", func() bool {
		return w.hub.Stats().Connections == 0 && len(w.hub.Rooms()) == 0 && len(w.hub.Connections()) == 0
	})
	if w.hub.roomOf("room/c1") != nil {
		t.Error("a volatile room outlives its subscribers")
	}
}

func TestPingOfTheClientIsAnswered(t *testing.T) {
	w := newWorld(t, Options{})
	conn := rawDial(t, w)
	defer func() { _ = conn.Close() }()
	// A masked ping "hi" with an all-zero key, and a second frame right behind.
	if _, err := conn.Write([]byte{0x89, 0x82, 0, 0, 0, 0, 'h', 'i'}); err != nil {
		t.Fatal(err)
	}
	br := bufio.NewReader(conn)
	for {
		op, payload := readFrame(t, br)
		if op == opPong {
			if string(payload) != "hi" {
				t.Errorf("pong %q", payload)
			}
			return
		}
	}
}

// fataler is what testing.TB and rapid.T have in common here.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// readFrame reads one frame of the server.
func readFrame(t fataler, br *bufio.Reader) (op byte, payload []byte) {
	t.Helper()
	h := make([]byte, 2, 10)
	read := func(p []byte) {
		for n := 0; n < len(p); {
			m, err := br.Read(p[n:])
			if err != nil {
				t.Fatalf("read: %v", err)
			}
			n += m
		}
	}
	read(h)
	n := int(h[1] & 0x7f)
	if wide := map[int]int{126: 2, 127: 8}[n]; wide > 0 {
		read(h[2 : 2+wide])
		n = 0
		for _, b := range h[2 : 2+wide] {
			n = n<<8 | int(b)
		}
	}
	payload = make([]byte, n)
	read(payload)
	return h[0] & 0xf, payload
}

// TestOverTLS: no raw socket there; the catch-up goroutine writes everything.
func TestOverTLS(t *testing.T) {
	w := bareWorld(t, Options{})
	srv := httptest.NewTLSServer(w.handler())
	w.url, w.http = srv.URL, srv.Client()
	t.Cleanup(func() {
		w.hub.Stop()
		srv.Close()
		srv.Client().CloseIdleConnections()
	})
	pad := strings.Repeat("p", 2000)
	for i := range 300 {
		ch := rec("delivery/c1", fmt.Sprint("k", i), i)
		ch.Data = fmt.Appendf(nil, `{"id":"k%d","pad":%q}`, i, pad)
		w.db.publish(t, "c1", ch)
	}
	p := w.dial("client=x")
	p.send(`{"id":1,"cmd":"subscribe","address":"delivery/c1"}`)
	for m := p.reply(1); m.More; m = p.reply(1) {
	}
	for i := range 500 {
		w.db.publish(t, "c1", rec("delivery/c1", "k1", i))
	}
	for at := int64(300); at < 800; {
		m := p.live()
		if *m.Prev != at {
			t.Fatalf("prev %d after %d", *m.Prev, at)
		}
		at = m.Seq
	}
	w.dial("client=x")
	if ce := p.closed(); ce.Code != CloseSuperseded {
		t.Errorf("closed with %v", ce)
	}
}

func TestStopEndsEverything(t *testing.T) {
	w := newWorld(t, Options{})
	w.db.gate = make(chan struct{})
	p := w.dial("")
	p.send(`{"id":1,"cmd":"subscribe","address":"delivery/c1"}`)
	eventually(t, "load begun", func() bool { return w.db.loads.Load() == 1 })
	w.hub.Stop()
	for err := error(nil); err == nil; {
		_, err = p.tryNext()
	}
	if _, err := w.hub.open(t.Context(), "c9"); !errors.Is(err, ErrDraining) {
		t.Errorf("load after stop: %v", err)
	}
	if n := w.hub.Stats().Connections; n != 0 {
		t.Errorf("%d connections", n)
	}
}
