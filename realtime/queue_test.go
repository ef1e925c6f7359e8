package realtime

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// TestQueueKeepsFramesWhole: whatever is queued, taken in pieces, dropped and
// put between, what comes out is whole frames, each class in its own order.
func TestQueueKeepsFramesWhole(t *testing.T) {
	h := NewHub(Options{QueueBytes: 4000})
	defer h.Stop()
	rapid.Check(t, func(t *rapid.T) {
		c := newClient(h, Identity{UserID: "u"}, time.Now())
		c.catching = true // as if the socket were full
		room := newRoom(h.volatile, "room/c")
		s := &sub{room: room, c: c, live: true}
		var out bytes.Buffer
		n := 0
		w := &writer{}
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) {
				if got, want := c.waiting(), len(c.rest()); got != want {
					t.Fatalf("waiting %d, but there are %d", got, want)
				}
				live := c.queued[classSequenced] + c.queued[classPrivate] + c.queued[classPlaces]
				if live > 4000+2000 { // a frame that is partly written is never dropped
					t.Fatalf("%d bytes wait", live)
				}
			},
			"message": func(t *rapid.T) {
				n++
				class := class(rapid.IntRange(int(classSequenced), int(classPlaces)).Draw(t, "class"))
				b := fmt.Appendf(textBuffer(0), `{"n":%d,"class":%d,"pad":"%s"}`, n, class, strings.Repeat("x", rapid.IntRange(0, 1500).Draw(t, "pad")))
				whole := sealText(b)
				cut := rapid.IntRange(0, len(whole)).Draw(t, "cut")
				c.enqueue(frame{a: whole[:cut:cut], b: whole[cut:], sub: s, class: class, messages: 1})
				c.shed()
				s.stale = false // it has subscribed again
			},
			"reply": func(*rapid.T) {
				n++
				c.enqueue(textReply(fmt.Appendf(textBuffer(0), `{"n":%d,"class":0}`, n)))
			},
			"ping": func(*rapid.T) { c.enqueueControl(control(opPing, []byte("12345678"))) },
			"write": func(t *rapid.T) {
				buf := make([]byte, rapid.IntRange(1, 3000).Draw(t, "bytes"))
				m := c.fill(buf)
				out.Write(buf[:m])
				if m > 0 {
					c.advance(m, w)
				}
			},
			"write directly": func(t *rapid.T) {
				if c.head < len(c.out) {
					p := c.next(make([]byte, 2000))
					m := rapid.IntRange(1, len(p)).Draw(t, "bytes")
					out.Write(p[:m])
					c.advance(m, w)
				}
			},
			"leave": func(*rapid.T) { c.discard(func(f *frame) bool { return f.sub == s }) },
		})
		out.Write(c.rest())
		br := bufio.NewReader(&out)
		last := map[int]int{}
		for {
			if _, err := br.Peek(1); err != nil {
				break
			}
			op, payload := readFrame(t, br)
			if op == opPing {
				continue
			}
			var m struct {
				N, Class int
				Resync   bool
			}
			if err := json.Unmarshal(payload, &m); err != nil {
				t.Fatalf("frame %q: %v", payload, err)
			}
			if !m.Resync && m.N <= last[m.Class] {
				t.Fatalf("class %d: %d after %d", m.Class, m.N, last[m.Class])
			}
			if !m.Resync {
				last[m.Class] = m.N
			}
		}
	})
}

// rest is all that waits, as bytes.
func (c *client) rest() []byte {
	var all []byte
	for _, f := range c.out[c.head:] {
		all = append(append(all, f.a...), f.b...)
	}
	return all[min(c.off, len(all)):]
}

// TestPingBetweenFrames: a client that is far behind still gets its ping soon,
// and frames stay whole.
func TestPingBetweenFrames(t *testing.T) {
	inPipeWorld(t, Options{}, func(t *testing.T, w *world) {
		p := w.dial("")
		for i := range 200 {
			w.hub.SendUser("u1", "x:y", fmt.Appendf(nil, `"%d %s"`, i, strings.Repeat("p", 1000)))
		}
		time.Sleep(15 * time.Second)
		for i := range 200 { // the library answers the ping while it reads
			if m := p.next(); !strings.HasPrefix(string(m.Data), fmt.Sprintf(`"%d `, i)) {
				t.Fatalf("message %d is %.30s", i, m.Data)
			}
		}
		synctest.Wait()
		if c := w.hub.Connections()[0]; c.RTTMs < 1000 {
			t.Errorf("round trip %v ms", c.RTTMs)
		}
	})
}

// TestSnapshotSlots: large snapshots on their way are bounded; a client that
// does not take its own holds the slot for a lease only.
func TestSnapshotSlots(t *testing.T) {
	inPipeWorld(t, Options{MaxSnapshots: 1}, func(t *testing.T, w *world) {
		for i := range 100 {
			ch := rec("delivery/c1", fmt.Sprint(i), i)
			ch.Data = fmt.Appendf(nil, `{"id":"%d","pad":"%s"}`, i, strings.Repeat("p", 1000))
			w.db.publish(t, "c1", ch)
		}
		stalled, second := w.dial("user=u1"), w.dial("user=u2")
		stalled.send(`{"id":1,"cmd":"subscribe","address":"delivery/c1"}`)
		synctest.Wait()
		if n := w.hub.Stats().SnapshotsInFlight; n != 1 {
			t.Errorf("%d snapshots in flight", n)
		}
		start := time.Now()
		second.send(`{"id":1,"cmd":"subscribe","address":"delivery/c1"}`)
		w.work.Go(func() {
			time.Sleep(time.Second)
			w.db.publish(t, "c1", rec("delivery/c1", "new", 1))
		})
		if m := second.reply(1); len(m.Records) != 101 || m.Seq != 101 {
			t.Errorf("%d records at %d", len(m.Records), m.Seq)
		}
		if took := time.Since(start); took < slotLease || took > slotLease+time.Second {
			t.Errorf("the second waited %v", took)
		}
		if m := stalled.reply(1); len(m.Records) != 100 {
			t.Errorf("%d records", len(m.Records))
		}
		if m := stalled.live(); m.Key != "new" {
			t.Errorf("then %+v", m)
		}
		synctest.Wait()
		if n := w.hub.Stats().SnapshotsInFlight; n != 0 {
			t.Errorf("%d snapshots in flight", n)
		}
		// One who goes away while it waits for a slot, and one who holds it.
		holder, waiting := w.dial("user=u3"), w.dial("user=u4")
		holder.send(`{"id":1,"cmd":"subscribe","address":"delivery/c1"}`)
		synctest.Wait()
		waiting.send(`{"id":1,"cmd":"subscribe","address":"delivery/c1"}`)
		synctest.Wait()
		w.hub.Close(func(c ConnInfo) bool { return c.ID == waiting.connID }, CloseForbidden, strings.Repeat("é", 200))
		if ce := waiting.closed(); ce.Code != CloseForbidden || len(ce.Reason) < 100 {
			t.Errorf("closed with %v", ce)
		}
		_ = holder.ws.CloseNow()
		synctest.Wait()
		if n := w.hub.Stats().SnapshotsInFlight; n != 0 {
			t.Errorf("%d snapshots in flight", n)
		}
	})
}

// TestCatchUpsAreShared by those who are ahead together.
func TestCatchUpsAreShared(t *testing.T) {
	inPipeWorld(t, Options{}, func(t *testing.T, w *world) {
		w.db.publish(t, "c1", rec("delivery/c1", "a", 1))
		w.dialAndSubscribe("user=first", "delivery/c1")
		w.db.commit("c1", rec("delivery/c1", "b", 1))
		w.db.slow = make(chan struct{})
		var peers []*peer
		for i := range 20 {
			p := w.dial(fmt.Sprint("user=u", i))
			p.send(`{"id":1,"cmd":"subscribe","address":"delivery/c1","since":{"epoch":"e1","seq":%d}}`, 2+i/15*100)
			peers = append(peers, p)
		}
		synctest.Wait()
		close(w.db.slow)
		for i, p := range peers {
			want := "resume"
			if i >= 15 {
				want = "snapshot" // ahead of the database itself
			}
			if m := p.reply(1); m.Mode != want || m.Seq != 2 {
				t.Errorf("%d: %+v", i, m)
			}
		}
		if n := w.db.catchUps.Load(); n > 2 {
			t.Errorf("%d looks at the database", n)
		}
	})
}

// dialAndSubscribe connects and has a first reply.
func (w *world) dialAndSubscribe(query string, addresses ...string) *peer {
	p := w.dial(query)
	for _, a := range addresses {
		p.send(`{"id":1,"cmd":"subscribe","address":%q}`, a)
		p.reply(1)
	}
	return p
}

// TestConcurrentUpdates of identities lose nothing.
func TestConcurrentUpdates(t *testing.T) {
	w := newWorld(t, Options{})
	w.dial("user=u1")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				w.hub.Update(func(Identity) bool { return true }, func(id *Identity) { id.Login += "x" })
			}
		})
	}
	wg.Wait()
	if login := w.hub.Connections()[0].Login; len(login) != 400 {
		t.Errorf("%d updates", len(login))
	}
}

// TestStopWhileDialing: connections that come while the hub stops leave nothing.
func TestStopWhileDialing(t *testing.T) {
	w := newWorld(t, Options{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				if p, err := w.tryDial(""); err == nil {
					_, _ = p.tryNext()
				}
			}
		})
	}
	w.hub.Stop()
	wg.Wait()
	eventually(t, "all gone", func() bool { return w.hub.Stats().Connections == 0 })
}
