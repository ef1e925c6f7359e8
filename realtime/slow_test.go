package realtime

import (
	"bufio"
	"fmt"
	"strings"
	"testing"
)

// stalled is a client that subscribes and then reads nothing until it is told to.
type stalled struct {
	t    *testing.T
	conn interface{ Write([]byte) (int, error) }
	br   *bufio.Reader
	list []message
}

// smallBuffers make the kernel hold little, so that a client is soon behind.
const smallBuffers = 64 << 10

func stall(t *testing.T, w *world) *stalled {
	t.Helper()
	conn := rawDial(t, w)
	t.Cleanup(func() { _ = conn.Close() })
	if tcp, ok := conn.(interface{ SetReadBuffer(int) error }); ok {
		_ = tcp.SetReadBuffer(smallBuffers)
	}
	return &stalled{t: t, conn: conn, br: bufio.NewReader(conn)}
}

// send writes a masked text frame (with an all-zero key).
func (s *stalled) send(format string, args ...any) {
	s.t.Helper()
	p := fmt.Appendf(nil, format, args...)
	head := []byte{0x81, 0x80 | 126, byte(len(p) >> 8), byte(len(p)), 0, 0, 0, 0}
	if _, err := s.conn.Write(append(head, p...)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stalled) until(what string, fits func(message) bool) message {
	s.t.Helper()
	for range 100_000 {
		for len(s.list) == 0 {
			op, payload := readFrame(s.t, s.br)
			if op == opText {
				s.list = decode(s.t, payload)
			}
		}
		m := s.list[0]
		s.list = s.list[1:]
		if fits(m) {
			return m
		}
	}
	s.t.Fatalf("no %s", what)
	return message{}
}

func TestSlowClientIsResynced(t *testing.T) {
	w := newWorld(t, Options{QueueBytes: 100_000, SendBuffer: smallBuffers})
	s := stall(t, w)
	s.send(`{"id":1,"cmd":"subscribe","addresses":[{"address":"delivery/c1"},{"address":"order/c2"}]}`)
	s.until("reply", func(m message) bool { return m.Address == "order/c2" })
	quick := w.dial("user=u2")
	quick.send(`{"id":1,"cmd":"subscribe","address":"delivery/c1"}`)
	quick.reply(1)
	pad := strings.Repeat("p", 1000)
	const n = 3000
	most, at := int64(0), int64(0)
	for i := range n {
		ch := rec("delivery/c1", fmt.Sprint("k", i%5), i)
		ch.Data = fmt.Appendf(nil, `{"id":"k%d","v":%d,"pad":%q}`, i%5, i, pad)
		w.db.publish(t, "c1", ch)
		if i%20 == 19 {
			most = max(most, w.hub.Stats().QueueBytes)
			for at <= int64(i) { // the other client is not held up
				m := quick.live()
				if *m.Prev != at {
					t.Fatalf("prev %d after %d", *m.Prev, at)
				}
				at = m.Seq
			}
		}
	}
	if s := w.hub.Stats(); s.Resyncs["slow"] != 1 || most > 100_000+maxBatch+1000 {
		t.Errorf("resyncs %v, at most %d bytes queued", s.Resyncs, most)
	}
	// It wakes up: what had begun is whole, then comes the resync, and nothing
	// of that address until it asks.
	last := int64(0)
	s.until("resync", func(m message) bool {
		if m.Prev != nil {
			if *m.Prev != last {
				t.Errorf("prev %d after %d", *m.Prev, last)
			}
			last = m.Seq
		}
		return m.Resync && m.Address == "delivery/c1"
	})
	if last >= n {
		t.Error("nothing was dropped")
	}
	w.db.publish(t, "c1", rec("delivery/c1", "k0", 0))
	w.db.publish(t, "c2", rec("order/c2", "x", 0)) // the other address goes on
	if m := s.until("live", func(m message) bool { return m.Prev != nil }); m.Address != "order/c2" {
		t.Errorf("before it asked it got %+v", m)
	}
	s.send(`{"id":2,"cmd":"subscribe","address":"delivery/c1","since":{"epoch":"e1","seq":%d}}`, last)
	m := s.until("resume", func(m message) bool { return m.Mode == "resume" })
	if m.Seq != n+1 || len(m.Events) != 5 {
		t.Errorf("resume to %d with %d events", m.Seq, len(m.Events))
	}
	w.db.publish(t, "c1", rec("delivery/c1", "k0", 1))
	if m := s.until("live", func(m message) bool { return m.Prev != nil }); *m.Prev != n+1 {
		t.Errorf("then %+v", m)
	}
}

// TestPositionsAreDroppedFirst: what has a number stays, and all last places
// come when the client has caught up.
func TestPositionsAreDroppedFirst(t *testing.T) {
	w := newWorld(t, Options{QueueBytes: 50_000, SendBuffer: smallBuffers, PositionsEvery: 1})
	s := stall(t, w)
	s.send(`{"id":1,"cmd":"subscribe","addresses":[{"address":"rider/c1"},{"address":"room/c1"}]}`)
	s.until("reply", func(m message) bool { return m.Address == "room/c1" })
	pad := strings.Repeat("p", 10_000)
	at := int64(0)
	move := func() {
		at++
		w.hub.Positions("rider/c1", []Place{{"r1", at, fmt.Appendf(nil, `{"at":%d,"pad":%q}`, at, pad)}})
	}
	queued := func(c class) int {
		cl := w.hub.clients()[0]
		cl.mu.Lock()
		defer cl.mu.Unlock()
		return cl.queued[c]
	}
	owed := func() bool {
		cl := w.hub.clients()[0]
		cl.mu.Lock()
		defer cl.mu.Unlock()
		return cl.owed
	}
	eventually(t, "behind", func() bool { move(); return w.hub.Stats().Dropped > 0 })
	// What was dropped is due, and no place is queued, until the socket has taken
	// the rest; it may still take some.
	eventually(t, "all else queued, positions due", func() bool {
		w.db.publish(t, "c1", rec("rider/c1", "r1", 1))
		w.hub.Publish("room/c1", "x:y", []byte(`1`), Filter{})
		eventually(t, "a tick", func() bool { move(); return owed() || queued(classPlaces) > 0 })
		return owed() && queued(classSequenced) > 0 && queued(classPrivate) > 0
	})
	live, private, newest := false, false, fmt.Sprintf(`[{"at":%d,`, at)
	s.until("the last place", func(m message) bool {
		live = live || m.Prev != nil
		private = private || m.Event == "x:y"
		return m.Event == "rider:position" && strings.HasPrefix(string(m.Data), newest)
	})
	if !live || !private || w.hub.Stats().Resyncs["slow"] != 0 {
		t.Errorf("live %v, private %v, %+v", live, private, w.hub.Stats())
	}
	// Then private messages go, before numbered ones.
	dropped := w.hub.Stats().Dropped
	eventually(t, "private dropped", func() bool {
		w.hub.SendUser("u1", "x:y", fmt.Appendf(nil, "%q", pad))
		return w.hub.Stats().Dropped > dropped
	})
	last := w.db.publish(t, "c1", rec("rider/c1", "r1", 2))
	s.until("live", func(m message) bool { return m.Seq == last })
	if n := w.hub.Stats().Resyncs["slow"]; n != 0 {
		t.Errorf("%d resyncs", n)
	}
}

// TestRepliesHoldTheReaderBack: a client that asks and asks and takes nothing
// does not fill the server's memory.
func TestRepliesHoldTheReaderBack(t *testing.T) {
	w := newWorld(t, Options{SendBuffer: smallBuffers})
	pad := strings.Repeat("p", 1000)
	for i := range 700 {
		ch := rec("delivery/c1", fmt.Sprint("k", i), i)
		ch.Data = fmt.Appendf(nil, `{"id":"k%d","pad":%q}`, i, pad)
		w.db.publish(t, "c1", ch)
	}
	s := stall(t, w)
	const asks = 5
	for i := range asks {
		s.send(`{"id":%d,"cmd":"subscribe","address":"delivery/c1"}`, i)
	}
	eventually(t, "held back", func() bool { return w.hub.Stats().QueueBytes > maxReplies })
	if n := w.hub.Stats().QueueBytes; n > maxReplies+2*800_000 {
		t.Errorf("%d bytes are queued", n)
	}
	for i := range asks { // and when it reads it gets all of them
		s.until("reply", func(m message) bool { return string(m.ID) == fmt.Sprint(i) && !m.More })
	}
}
