package realtime

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

// The tests here run on synctest's clock over connections in memory.

func TestHeads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, stop := newPipeWorld(t, Options{})
		defer stop()
		w.db.publish(t, "c1", rec("delivery/c1", "a", 1))
		p := w.dial("")
		start := time.Now()
		for _, a := range []string{"delivery/c1", "order/c1", "delivery/c2", "room/c1:x"} {
			p.send(`{"id":1,"cmd":"subscribe","address":%q}`, a)
			p.reply(1)
		}
		var at, fullAt = start, start
		fulls, empties := 0, 0
		next := func() map[string]head {
			m := p.until("heads", func(m message) bool { return m.Heads != nil })
			if gap := time.Since(at); gap > 5*time.Second {
				t.Errorf("%v without heads", gap)
			}
			at = time.Now()
			if len(m.Heads) == 3 {
				if gap := time.Since(fullAt); gap > 30*time.Second {
					t.Errorf("%v without all heads", gap)
				}
				fullAt = at
				fulls++
			}
			if len(m.Heads) == 0 {
				empties++
			}
			return m.Heads
		}
		for time.Since(start) < 2*time.Minute {
			next()
		}
		if fulls < 4 || empties < 15 {
			t.Errorf("%d full and %d empty heads in two minutes", fulls, empties)
		}
		w.db.publish(t, "c1", rec("delivery/c1", "a", 2))
		w.db.publish(t, "c1", rec("mine/r", "a", 2)) // a room that nobody here has
		if m := p.live(); m.Seq != 2 {
			t.Fatalf("live %+v", m)
		}
		want := map[string]head{"delivery/c1": {"e1", 2, 3}, "order/c1": {"e1", 0, 3}}
		for {
			got := next()
			if len(got) == 0 {
				continue
			}
			for address, h := range want {
				if got[address] != h {
					t.Errorf("heads %v, want %v", got, want)
				}
			}
			break
		}
	})
}

// TestHeadsBehindMessages checks that no heads speak of a number before the
// message that carries it, while changes and beats cross.
func TestHeadsBehindMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, stop := newPipeWorld(t, Options{HeadsEvery: 600 * time.Millisecond, FullHeadsEvery: time.Second})
		defer stop()
		p := w.dial("")
		p.send(`{"id":1,"cmd":"subscribe","address":"delivery/c1"}`)
		p.reply(1)
		const changes = 5000
		w.work.Go(func() {
			for i := range changes {
				w.db.publish(t, "c1", rec("delivery/c1", fmt.Sprint("k", i%7), i))
				time.Sleep(time.Millisecond)
			}
		})
		last, heads := int64(0), 0
		for last < changes {
			m := p.any()
			switch h, ok := m.Heads["delivery/c1"]; {
			case ok:
				heads++
				if h.Prev > last || h.Seq > last {
					t.Fatalf("heads %+v after message %d", h, last)
				}
			case m.Prev != nil:
				if *m.Prev != last {
					t.Fatalf("prev %d after %d", *m.Prev, last)
				}
				last = m.Seq
			}
		}
		if heads < 3 {
			t.Errorf("only %d heads", heads)
		}
	})
}

func TestPingMeasuresRoundTrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, stop := newPipeWorld(t, Options{})
		defer stop()
		p := w.dial("")
		start := time.Now()
		for time.Since(start) < time.Minute {
			p.any() // reading answers pings
		}
		conns := w.hub.Connections()
		if len(conns) != 1 || conns[0].ID != p.connID || conns[0].RTTMs != 0 {
			t.Errorf("connections %+v", conns) // a pipe takes no time
		}
	})
}

func TestClientThatReadsNothingIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, stop := newPipeWorld(t, Options{})
		defer stop()
		p := w.dial("")
		alive := w.dial("user=u2")
		start := time.Now()
		var gone time.Duration
		for range 40 {
			alive.until("a second", func(message) bool { return true })
			if len(w.hub.Connections()) == 1 {
				gone = time.Since(start)
				break
			}
		}
		if gone < 25*time.Second || gone > 31*time.Second {
			t.Errorf("closed after %v", gone)
		}
		if n := w.hub.Stats().SlowClosed; n != 1 {
			t.Errorf("%d closed as slow", n)
		}
		// Ten seconds later the socket is closed, too.
		time.Sleep(10 * time.Second)
		for err := error(nil); err == nil; {
			_, err = p.tryNext()
		}
		if n := w.hub.Stats().Connections; n != 1 {
			t.Errorf("%d sockets are left", n)
		}
	})
}

// TestSlowClientGetsItsCloseCode: a client that wakes up within the close grace
// reads why it was closed.
func TestSlowClientGetsItsCloseCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, stop := newPipeWorld(t, Options{})
		defer stop()
		p := w.dial("")
		p.send(`{"id":1,"cmd":"subscribe","address":"delivery/c1"}`)
		p.reply(1)
		for range 40 {
			time.Sleep(time.Second)
			w.db.publish(t, "c1", rec("delivery/c1", "a", 1))
			if len(w.hub.Connections()) == 0 {
				break
			}
		}
		if ce := p.closed(); ce.Code != CloseSlow {
			t.Errorf("closed with %v", ce)
		}
	})
}

// TestClientThatAnswersNoPing reads everything, and never answers.
func TestClientThatAnswersNoPing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, stop := newPipeWorld(t, Options{})
		defer stop()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		ws, _, err := websocket.Dial(ctx, w.url, &websocket.DialOptions{
			HTTPClient:     w.http,
			OnPingReceived: func(context.Context, []byte) bool { return false },
		})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = ws.CloseNow() }()
		start := time.Now()
		for {
			if _, _, err = ws.Read(ctx); err != nil {
				break
			}
		}
		if took := time.Since(start); websocket.CloseStatus(err) != CloseSlow || took < 25*time.Second || took > 26*time.Second {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

// TestLongCommandIsNotSilence: while the server works for a client it cannot see
// its pongs.
func TestLongCommandIsNotSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, stop := newPipeWorld(t, Options{})
		defer stop()
		w.db.gate = make(chan struct{})
		p := w.dial("")
		p.send(`{"id":1,"cmd":"subscribe","address":"delivery/c1"}`)
		w.work.Go(func() {
			time.Sleep(time.Minute)
			close(w.db.gate)
		})
		start := time.Now()
		if m := p.reply(1); m.Mode != "snapshot" || time.Since(start) < time.Minute {
			t.Errorf("after %v: %+v", time.Since(start), m)
		}
		for time.Since(start) < 2*time.Minute {
			p.any()
		}
	})
}

func TestPositions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, stop := newPipeWorld(t, Options{})
		defer stop()
		w.db.publish(t, "c1", rec("rider/c1", "r1", 1))
		w.db.table("c1").places = map[string][]Place{"rider/c1": {{"r1", 100, []byte(`{"riderId":"r1","at":100}`)}}}
		p := w.dial("")
		p.send(`{"id":1,"cmd":"subscribe","address":"rider/c1"}`)
		if m := p.next(); string(m.ID) != "1" || m.Seq != 1 {
			t.Fatalf("reply %+v", m)
		}
		if m := p.next(); m.Event != "rider:position" || string(m.Data) != `[{"riderId":"r1","at":100}]` || m.Prev != nil || m.Seq != 0 {
			t.Fatalf("last places %+v", m)
		}
		place := func(key string, at int64) {
			w.hub.Positions("rider/c1", []Place{{key, at, fmt.Appendf(nil, `{"riderId":%q,"at":%d}`, key, at)}})
		}
		w.work.Go(func() {
			for i := range int64(20) { // one a 100 ms: merged to one a 500 ms
				place("r1", 200+i)
				place("r1", 150) // late, out of an offline buffer
				time.Sleep(100 * time.Millisecond)
			}
		})
		start, n := time.Now(), 0
		for last := ""; last != `[{"riderId":"r1","at":219}]`; n++ {
			last = string(p.until("positions", func(m message) bool { return m.Event == "rider:position" }).Data)
		}
		if took := time.Since(start); n > 5 || took > 2600*time.Millisecond {
			t.Errorf("%d messages of positions in %v", n, took)
		}
		w.hub.Positions("rider/c1", []Place{{Key: "r1", At: 300}})
		place("r2", 1)
		q := w.dial("user=u2")
		q.send(`{"id":1,"cmd":"subscribe","address":"rider/c1"}`)
		q.reply(1)
		if m := q.next(); string(m.Data) != `[{"riderId":"r2","at":1}]` {
			t.Errorf("last places %s", m.Data)
		}
	})
}

// TestWindow: a finished record leaves the room with time, without a message.
func TestWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, stop := newPipeWorld(t, Options{Window: time.Hour})
		defer stop()
		open := rec("delivery/c1", "open", 1)
		done := rec("delivery/c1", "done", 1)
		done.Finished = time.Now()
		w.db.publish(t, "c1", open)
		w.db.publish(t, "c1", done)
		p := w.dial("")
		subscribe := func(since string) message {
			p.send(`{"id":1,"cmd":"subscribe","address":"delivery/c1"%s}`, since)
			return p.reply(1)
		}
		if m := subscribe(""); len(m.Records) != 2 {
			t.Errorf("at first %s", m.Records)
		}
		for start := time.Now(); time.Since(start) < time.Hour+10*time.Second; {
			p.any()
		}
		if m := subscribe(""); len(m.Records) != 1 || string(m.Records[0]) != string(open.Data) {
			t.Errorf("later %s", m.Records)
		}
		for range 2 { // Unload frees it: no difference
			if m := subscribe(`,"since":{"epoch":"e1","seq":1}`); len(m.Events) != 1 || m.Events[0].Op != "remove" || m.Events[0].Key != "done" {
				t.Errorf("resume %+v", m.Events)
			}
			if names := w.hub.Unload(0); len(names) != 0 {
				t.Errorf("unloaded %v under a subscriber", names)
			}
		}
	})
}

func TestUnloadAndLoadOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, stop := newPipeWorld(t, Options{})
		defer stop()
		w.db.publish(t, "c1", rec("delivery/c1", "a", 1))
		w.db.gate = make(chan struct{})
		peers := map[*peer]bool{}
		for i := range 20 {
			p := w.dial(fmt.Sprint("user=u", i))
			p.send(`{"id":1,"cmd":"subscribe","address":"delivery/c1"}`)
			peers[p] = true
		}
		synctest.Wait()
		// Committed while the load is on its way: not in it, but not lost.
		w.db.publish(t, "c1", rec("delivery/c1", "b", 1))
		w.hub.Positions("delivery/c1", []Place{{"r", 1, []byte(`1`)}})
		close(w.db.gate)
		for p := range maps.Keys(peers) {
			if m := p.reply(1); m.Seq != 2 || len(m.Records) != 2 {
				t.Errorf("reply %+v", m)
			}
			if m := p.next(); string(m.Data) != `[1]` {
				t.Errorf("places %+v", m)
			}
			_ = p.ws.CloseNow()
		}
		if n := w.db.loads.Load(); n != 1 {
			t.Errorf("%d loads", n)
		}
		synctest.Wait()
		if names := w.hub.Unload(time.Minute); len(names) != 0 {
			t.Errorf("unloaded %v at once", names)
		}
		time.Sleep(2 * time.Minute)
		if names := w.hub.Unload(time.Minute); len(names) != 1 || names[0] != "c1" {
			t.Errorf("unloaded %v", names)
		}
		if got := w.hub.Apply("c1", "e1", 3, nil); got != NotLoaded {
			t.Errorf("apply: %v", got)
		}
		if _, _, ok := w.hub.Head("c1"); ok || len(w.hub.Logs()) != 0 {
			t.Error("the log is still there")
		}
	})
}
