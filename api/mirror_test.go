package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// mirror is a client that follows its addresses by the client rule of the
// contract and nothing else, over a line that is cut, stalls and stutters. It
// is written apart from the Go client and the hub on purpose: it is the rule.
type mirror struct {
	world *world
	name  string
	token string
	poll  bool // POST /changes instead of a socket
	rnd   *rand.Rand
	rooms map[string]*mirrorRoom
	last  error // how the last session ended
	// What went on, for the summary.
	sessions, gaps, resumes, snapshots, resyncs, revokes atomic.Int64
}

type mirrorRoom struct {
	address string
	epoch   string
	last    int64
	known   bool // there is something to go on from
	data    map[string]string
	asked   int64    // id of the subscribe under way, 0: none
	live    bool     // subscribed on this connection
	parts   []string // of a snapshot under way
}

func newMirror(w *world, name, token string, poll bool, seed uint64, addresses ...string) *mirror {
	m := &mirror{world: w, name: name, token: token, poll: poll, rnd: rand.New(rand.NewPCG(seed, 99)), rooms: map[string]*mirrorRoom{}}
	for _, a := range addresses {
		m.rooms[a] = &mirrorRoom{address: a, data: map[string]string{}}
	}
	return m
}

func (room *mirrorRoom) since() *realtime.Since {
	if !room.known {
		return nil
	}
	return &realtime.Since{Epoch: room.epoch, Seq: room.last}
}

// errBroken is a message that the protocol does not allow.
type errBroken struct{ error }

func broken(format string, args ...any) error { return errBroken{fmt.Errorf(format, args...)} }

// run follows until every room has reached the targets; they are known once the
// world is calm.
func (m *mirror) run(ctx context.Context) error {
	for !m.done() {
		if ctx.Err() != nil {
			return fmt.Errorf("%w; the last session ended with %w", m.late(), m.last)
		}
		err := m.session(ctx)
		m.last = err
		var bad errBroken
		if errors.As(err, &bad) {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		m.wait(ctx, time.Duration(m.rnd.IntN(10))*time.Millisecond) // backoff
	}
	return nil
}

func (m *mirror) late() error {
	var missing []string
	for address, room := range m.rooms {
		if target := m.world.target(address); room.last < target || !room.known {
			missing = append(missing, fmt.Sprintf("%s at %d of %d (live %v, asked %d)", address, room.last, target, room.live, room.asked))
		}
	}
	return fmt.Errorf("%s: did not get there: %s", m.name, strings.Join(missing, "; "))
}

func (m *mirror) done() bool {
	if !m.world.calm() {
		return false
	}
	for address, room := range m.rooms {
		if !room.known || room.last < m.world.target(address) {
			return false
		}
	}
	return true
}

func (m *mirror) wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// session is one connection, until it is cut or everything is there.
func (m *mirror) session(ctx context.Context) error {
	m.sessions.Add(1)
	if m.poll {
		return m.pollOnce(ctx)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(m.world.anyURL(m.rnd), "http")+base+"/realtime?client="+m.name, &websocket.DialOptions{
		Subprotocols: []string{"bros.v1"}, HTTPHeader: http.Header{"Authorization": {"Bearer " + m.token}}, HTTPClient: thinLine,
	})
	if err != nil {
		return err
	}
	defer conn.CloseNow()
	conn.SetReadLimit(4 << 20)
	for _, room := range m.rooms {
		room.asked, room.live, room.parts = 0, false, nil
	}
	// Unbuffered: who does not take the frame stalls the line.
	frames := make(chan []byte)
	failed := make(chan error, 1)
	go func() {
		for {
			_, data, err := conn.Read(ctx)
			if err != nil {
				failed <- err
				return
			}
			select {
			case frames <- data:
			case <-ctx.Done():
				return
			}
		}
	}()
	s := &mirrorSession{m: m, conn: conn, ctx: ctx}
	trouble := m.world.after(10 + m.rnd.IntN(80))
	for {
		if err := s.askMissing(); err != nil {
			return err
		}
		if m.done() {
			return nil
		}
		select {
		case data := <-frames:
			if err := s.frame(data); err != nil {
				return err
			}
		case err := <-failed:
			return err
		case <-trouble:
			trouble = nil
			if !m.world.calm() {
				if cut := s.trouble(); cut {
					return nil
				}
				trouble = m.world.after(10 + m.rnd.IntN(80))
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// thinLine has small buffers, so that a client that stalls is felt by the server.
var thinLine = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetReadBuffer(4 << 10)
	}
	return c, err
}}}

type mirrorSession struct {
	m      *mirror
	conn   *websocket.Conn
	ctx    context.Context
	nextID int64
	retry  time.Time // of rooms that were refused
}

// trouble is what lines do; true: it is cut.
func (s *mirrorSession) trouble() (cut bool) {
	switch n := s.m.rnd.IntN(10); {
	case n < 4:
		return true
	case n < 7: // the tab sleeps
		select {
		case <-s.m.world.after(20 + s.m.rnd.IntN(80)):
		case <-s.ctx.Done():
		}
	default: // it asks again for what it has
		for _, room := range s.m.rooms {
			if s.m.rnd.IntN(2) == 0 && room.asked == 0 {
				_ = s.ask(room)
			}
		}
	}
	return false
}

// askMissing subscribes what is not subscribed.
func (s *mirrorSession) askMissing() error {
	if time.Now().Before(s.retry) {
		return nil
	}
	for _, room := range s.m.rooms {
		if !room.live && room.asked == 0 {
			if err := s.ask(room); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *mirrorSession) ask(room *mirrorRoom) error {
	s.nextID++
	room.asked, room.parts = s.nextID, nil
	cmd := map[string]any{"id": s.nextID, "cmd": "subscribe", "address": room.address}
	if since := room.since(); since != nil {
		cmd["since"] = since
	}
	b, err := json.Marshal(cmd)
	if err != nil {
		return err
	}
	return s.conn.Write(s.ctx, websocket.MessageText, b)
}

func (s *mirrorSession) frame(data []byte) error {
	messages := make([]message, 1)
	var err error
	if data[0] == '[' {
		err = json.Unmarshal(data, &messages)
	} else {
		err = json.Unmarshal(data, &messages[0])
	}
	if err != nil {
		return broken("a frame that is no JSON: %w: %s", err, data)
	}
	for i := range messages {
		messages[i].raw = numbered[min(i, len(numbered)-1)]
		if err := s.take(&messages[i]); err != nil {
			return fmt.Errorf("%w, in %s", err, data)
		}
	}
	return nil
}

// numbered name messages of a frame in errors, which show the frame itself.
var numbered = []string{"message 0", "message 1", "message 2", "message 3", "a later message"}

func (s *mirrorSession) take(msg *message) error {
	switch {
	case msg.Connection != nil:
		return nil
	case msg.Heads != nil:
		for address, h := range msg.Heads {
			room := s.m.rooms[address]
			switch {
			case room == nil || !room.live || room.asked != 0:
			case h.Epoch != room.epoch:
				room.known = false
				return s.ask(room)
			case room.last < h.Prev:
				s.m.gaps.Add(1)
				return s.ask(room)
			case h.Seq > room.last:
				room.last = h.Seq
			}
		}
		return nil
	}
	room := s.m.rooms[msg.Address]
	if room == nil {
		if msg.ID == nil && msg.Volatile || msg.Seq == nil && msg.Event != "" {
			return nil
		}
		return broken("a message of no room of this client: %s", msg.raw)
	}
	switch {
	case msg.ID != nil:
		if *msg.ID != room.asked {
			return nil // the answer to a question that was asked again
		}
		return s.reply(room, msg)
	case msg.Revoked:
		s.m.revokes.Add(1)
		room.live, room.known, room.asked, room.data = false, false, 0, map[string]string{}
		return nil
	case msg.Resync:
		s.m.resyncs.Add(1)
		return s.ask(room)
	case msg.Seq == nil:
		return nil // places
	}
	if !room.live && room.asked == 0 {
		return broken("a message of a room that is not subscribed: %s", msg.raw)
	}
	if !room.live || !room.known {
		return nil // it belongs to a life before the reply
	}
	switch seq := *msg.Seq; {
	case msg.Prev == nil || *msg.Prev >= seq:
		return broken("numbers that make no sense: %s", msg.raw)
	case seq <= room.last:
	case *msg.Prev <= room.last:
		if err := room.put(msg); err != nil {
			return err
		}
		room.last = seq
	case room.asked == 0:
		s.m.gaps.Add(1)
		return s.ask(room)
	}
	return nil
}

func (room *mirrorRoom) put(msg *message) error {
	if msg.Op == "remove" {
		if len(msg.Data) > 0 {
			return broken("a removal with data: %s", msg.raw)
		}
		delete(room.data, msg.Key)
		return nil
	}
	if len(msg.Data) == 0 || msg.Op != "" {
		return broken("neither a record nor a removal: %s", msg.raw)
	}
	room.data[msg.Key] = string(msg.Data)
	return nil
}

func (s *mirrorSession) reply(room *mirrorRoom, msg *message) error {
	if msg.Error != nil {
		room.asked, room.live = 0, false
		s.retry = time.Now().Add(20 * time.Millisecond)
		if strings.HasPrefix(room.address, domain.NamespaceOffer+"/") && msg.Error.Code == "forbidden" {
			room.known, room.data = false, map[string]string{}
			return nil
		}
		if msg.Error.Code == "unavailable" {
			return nil
		}
		return broken("refused: %s", msg.raw)
	}
	for _, rec := range msg.Records {
		room.parts = append(room.parts, string(rec))
	}
	if msg.More {
		return nil
	}
	if err := s.m.adopt(room, msg); err != nil {
		return err
	}
	room.asked, room.live = 0, true
	return nil
}

// adopt takes over a whole subscribe reply, from a socket or a poll.
func (m *mirror) adopt(room *mirrorRoom, msg *message) error {
	if msg.Seq == nil || msg.Epoch == "" {
		return broken("a reply without numbers: %s", msg.raw)
	}
	if room.known && room.epoch == msg.Epoch && *msg.Seq < room.last {
		return broken("a reply that goes back from %d: %s", room.last, msg.raw)
	}
	switch msg.Mode {
	case "snapshot":
		m.snapshots.Add(1)
		room.data = make(map[string]string, len(room.parts))
		for _, rec := range room.parts {
			var key struct{ ID string }
			if err := json.Unmarshal([]byte(rec), &key); err != nil || key.ID == "" {
				return broken("a record without id: %s", rec)
			}
			if _, twice := room.data[key.ID]; twice {
				return broken("a record twice in one snapshot: %s", rec)
			}
			room.data[key.ID] = rec
		}
	case "resume":
		m.resumes.Add(1)
		if !room.known || msg.Epoch != room.epoch {
			return broken("a resume out of nothing: %s", msg.raw)
		}
		seq, keys := int64(0), map[string]bool{}
		for i := range msg.Events {
			e := &msg.Events[i]
			if e.Seq == nil || *e.Seq <= seq || *e.Seq > *msg.Seq || keys[e.Key] || e.Prev != nil {
				return broken("a resume out of order: %s", msg.raw)
			}
			seq, keys[e.Key] = *e.Seq, true
			if err := room.put(e); err != nil {
				return err
			}
		}
	default:
		return broken("a reply of mode %q: %s", msg.Mode, msg.raw)
	}
	room.parts, room.epoch, room.last, room.known = nil, msg.Epoch, *msg.Seq, true
	return nil
}

// pollOnce is one round of the fallback.
func (m *mirror) pollOnce(ctx context.Context) error {
	var in ChangesRequest
	for address, room := range m.rooms {
		in.Addresses = append(in.Addresses, ChangesSince{Address: address, Since: room.since()})
	}
	in.Wait = m.rnd.Float64() / 4
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, m.world.anyURL(m.rnd)+base+"/changes", bytes.NewReader(body))
	if err != nil {
		return err
	}
	q.Header.Set("Authorization", "Bearer "+m.token)
	res, err := http.DefaultClient.Do(q)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var got Changes
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", res.StatusCode)
	}
	for _, raw := range got.Replies {
		var msg message
		if err := json.Unmarshal(raw, &msg); err != nil {
			return broken("%w: %s", err, raw)
		}
		msg.raw = string(raw)
		room := m.rooms[msg.Address]
		switch {
		case room == nil:
			return broken("a reply nobody asked for: %s", raw)
		case msg.Revoked || msg.Error != nil && msg.Error.Code == "forbidden":
			room.known, room.data = false, map[string]string{}
			defer m.wait(ctx, 50*time.Millisecond) // such an answer comes at once
		case msg.Error != nil:
			return fmt.Errorf("refused: %s", raw)
		case msg.Mode == "":
		default:
			room.parts = nil
			for _, rec := range msg.Records {
				room.parts = append(room.parts, string(rec))
			}
			if err := m.adopt(room, &msg); err != nil {
				return err
			}
		}
	}
	return nil
}
