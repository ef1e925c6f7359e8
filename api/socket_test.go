package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// patience is how long a test waits for what must come.
const patience = 15 * time.Second

// message is any object that the server sends.
type message struct {
	ID      *int64            `json:"id"`
	Address string            `json:"address"`
	Mode    string            `json:"mode"`
	Epoch   string            `json:"epoch"`
	Prev    *int64            `json:"prev"`
	Seq     *int64            `json:"seq"`
	Event   string            `json:"event"`
	Key     string            `json:"key"`
	Op      string            `json:"op"`
	Data    json.RawMessage   `json:"data"`
	Records []json.RawMessage `json:"records"`
	Events  []message         `json:"events"`
	More    bool              `json:"more"`

	Volatile bool   `json:"volatile"`
	Resync   bool   `json:"resync"`
	Revoked  bool   `json:"revoked"`
	Pong     bool   `json:"pong"`
	Ticket   string `json:"ticket"`
	Error    *struct {
		Code   string `json:"code"`
		Detail string `json:"detail"`
	} `json:"error"`
	Connection *struct {
		ID     string `json:"id"`
		NodeID string `json:"nodeId"`
		UserID string `json:"userId"`
	} `json:"connection"`
	Heads map[string]struct {
		Epoch string `json:"epoch"`
		Prev  int64  `json:"prev"`
		Seq   int64  `json:"seq"`
	} `json:"heads"`
	Message  *domain.ChatMessage `json:"message"`
	Accepted *int                `json:"accepted"`
	Rejected []RejectedFix       `json:"rejected"`

	raw string
}

// isReply reports whether the message answers the command with this id.
func (m *message) isReply(id int64) bool { return m.ID != nil && *m.ID == id }

// parseFrame splits a frame into its objects.
func parseFrame(data []byte) ([]message, error) {
	var parts []json.RawMessage
	if len(data) > 0 && data[0] == '[' {
		if err := json.Unmarshal(data, &parts); err != nil {
			return nil, err
		}
	} else {
		parts = []json.RawMessage{data}
	}
	out := make([]message, len(parts))
	for i, p := range parts {
		if err := json.Unmarshal(p, &out[i]); err != nil {
			return nil, err
		}
		out[i].raw = string(p)
	}
	return out, nil
}

// socket is a client that keeps all it gets until a test looks for it.
type socket struct {
	t    testing.TB
	name string
	conn *websocket.Conn
	id   string // of the connection

	mu     sync.Mutex
	inbox  []message
	whole  strings.Builder // all that ever came
	err    error
	news   chan struct{} // closed and replaced with each frame
	nextID int64
}

// dial opens a websocket as somebody; the answer of a refused upgrade is nil otherwise.
func (r *rig) dial(as *who, query string, opts ...option) (*websocket.Conn, *http.Response, error) {
	q, err := http.NewRequest(http.MethodGet, r.http.URL, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	switch {
	case as.token == "":
	case as.cookie:
		q.AddCookie(&http.Cookie{Name: r.srv.cookieName, Value: as.token})
	default:
		q.Header.Set("Authorization", "Bearer "+as.token)
	}
	for _, o := range opts {
		o(q)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, res, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(r.http.URL, "http")+base+"/realtime"+query, &websocket.DialOptions{
		HTTPHeader: q.Header, Subprotocols: []string{"bros.v1"}, HTTPClient: http.DefaultClient,
	})
	if conn != nil {
		conn.SetReadLimit(4 << 20)
	}
	return conn, res, err
}

// connect opens a socket and reads its greeting.
func (r *rig) connect(as *who, opts ...option) *socket {
	r.t.Helper()
	return r.connectAt(as, "", opts...)
}

func (r *rig) connectAt(as *who, query string, opts ...option) *socket {
	r.t.Helper()
	conn, res, err := r.dial(as, query, opts...)
	if err != nil {
		status := 0
		if res != nil {
			status = res.StatusCode
		}
		r.t.Fatalf("dial as %s: %v (status %d)", as.name, err, status)
	}
	s := &socket{t: r.t, name: as.name, conn: conn, news: make(chan struct{})}
	go s.read()
	r.t.Cleanup(func() { _ = conn.CloseNow() })
	hello := s.await("greeting", func(m *message) bool { return m.Connection != nil })
	s.id = hello.Connection.ID
	if hello.Connection.UserID != as.id {
		r.t.Fatalf("connected as user %s, want %s", hello.Connection.UserID, as.id)
	}
	s.ask(map[string]any{"cmd": "ping"}) // from here on the hub counts it in
	return s
}

func (s *socket) read() {
	for {
		_, data, err := s.conn.Read(context.Background())
		var got []message
		if err == nil {
			got, err = parseFrame(data)
		}
		s.mu.Lock()
		s.inbox = append(s.inbox, got...)
		s.whole.Write(data)
		s.err = err
		close(s.news)
		s.news = make(chan struct{})
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// await takes the first message that matches out of the inbox, waiting for it.
func (s *socket) await(what string, match func(*message) bool) message {
	s.t.Helper()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		s.mu.Lock()
		for i := range s.inbox {
			if match(&s.inbox[i]) {
				m := s.inbox[i]
				s.inbox = append(s.inbox[:i:i], s.inbox[i+1:]...)
				s.mu.Unlock()
				return m
			}
		}
		err, news, left := s.err, s.news, s.inbox
		s.mu.Unlock()
		if err != nil {
			s.t.Fatalf("%s waits for %s: %v", s.name, what, err)
		}
		select {
		case <-news:
		case <-timeout.C:
			var have []string
			for _, m := range left {
				have = append(have, m.raw)
			}
			s.t.Fatalf("%s: %s did not come; there is:\n%s", s.name, what, strings.Join(have, "\n"))
		}
	}
}

// drop forgets what has come so far.
func (s *socket) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inbox = nil
}

// has reports whether something that matches has come and was not taken.
func (s *socket) has(match func(*message) bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.inbox {
		if match(&s.inbox[i]) {
			return true
		}
	}
	return false
}

// never fails the test if any of the texts ever came over the socket.
func (s *socket) never(texts ...string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range texts {
		if x != "" && strings.Contains(s.whole.String(), x) {
			s.t.Errorf("%s got %q", s.name, x)
		}
	}
}

// closed waits for the end of the connection and answers its code.
func (s *socket) closed() websocket.StatusCode {
	s.t.Helper()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		s.mu.Lock()
		err, news := s.err, s.news
		s.mu.Unlock()
		if err != nil {
			return websocket.CloseStatus(err)
		}
		select {
		case <-news:
		case <-timeout.C:
			s.t.Fatalf("%s is still connected", s.name)
		}
	}
}

// send writes a command and answers its id.
func (s *socket) send(fields map[string]any) int64 {
	s.t.Helper()
	s.mu.Lock()
	s.nextID++
	id := s.nextID
	s.mu.Unlock()
	fields["id"] = id
	b, err := json.Marshal(fields)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.conn.Write(ctx, websocket.MessageText, b); err != nil {
		s.t.Fatalf("%s: %v", s.name, err)
	}
	return id
}

// ask sends a command and waits for its answer.
func (s *socket) ask(fields map[string]any) message {
	s.t.Helper()
	id := s.send(fields)
	return s.await(fmt.Sprint("the answer to ", fields), func(m *message) bool { return m.isReply(id) })
}

// subscribe asks for an address and gathers the parts of a large answer.
func (s *socket) subscribe(address string, since *realtime.Since) message {
	s.t.Helper()
	cmd := map[string]any{"cmd": "subscribe", "address": address}
	if since != nil {
		cmd["since"] = since
	}
	id := s.send(cmd)
	match := func(m *message) bool { return m.isReply(id) }
	m := s.await("subscribed "+address, match)
	for more := m.More; more; {
		next := s.await("the rest of "+address, match)
		m.Records = append(m.Records, next.Records...)
		more = next.More
	}
	return m
}

// joined is subscribe that must succeed.
func (s *socket) joined(address string) message {
	s.t.Helper()
	m := s.subscribe(address, nil)
	if m.Error != nil || m.Mode != "snapshot" {
		s.t.Fatalf("%s can't have %s: %s", s.name, address, m.raw)
	}
	return m
}

// refused is subscribe that must fail with a code.
func (s *socket) refused(address string, code domain.Code) {
	s.t.Helper()
	if m := s.subscribe(address, nil); m.Error == nil || m.Error.Code != string(code) {
		s.t.Errorf("%s asks for %s: %s, want %s", s.name, address, m.raw, code)
	}
}

// change waits for the live message about a key in a room.
func (s *socket) change(address, key string) message {
	s.t.Helper()
	return s.await(address+" of "+key, func(m *message) bool { return m.Address == address && m.Key == key && m.Prev != nil })
}

// event waits for a volatile message.
func (s *socket) event(address, event string) message {
	s.t.Helper()
	return s.await(address+" "+event, func(m *message) bool { return m.Address == address && m.Event == event && m.Seq == nil })
}

// decode reads JSON that a test knows to be right.
func decodeAs[T any](t testing.TB, data []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	return v
}

// keysOf are the ids of a snapshot's records.
func keysOf(t testing.TB, m message) map[string]bool {
	t.Helper()
	keys := map[string]bool{}
	for _, rec := range m.Records {
		keys[decodeAs[struct{ ID string }](t, rec).ID] = true
	}
	return keys
}
