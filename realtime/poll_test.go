package realtime

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// poll starts a poll beside the test; the channel gets its decoded replies.
func (w *world) poll(ctx context.Context, wait time.Duration, subs ...Sub) chan []message {
	done := make(chan []message, 1)
	w.work.Go(func() {
		var list []message
		for _, raw := range w.hub.Poll(ctx, Identity{UserID: "u1"}, subs, wait).Messages() {
			var m message
			if err := json.Unmarshal(raw, &m); err != nil {
				w.t.Errorf("reply %s: %v", raw, err)
			}
			list = append(list, m)
		}
		done <- list
	})
	return done
}

// inPipeWorld runs a test on synctest's clock.
func inPipeWorld(t *testing.T, opt Options, test func(*testing.T, *world)) {
	synctest.Test(t, func(t *testing.T) {
		w, stop := newPipeWorld(t, opt)
		defer stop()
		test(t, w)
	})
}

func TestPoll(t *testing.T) {
	inPipeWorld(t, Options{}, func(t *testing.T, w *world) {
		w.db.publish(t, "c1", rec("delivery/c1", "a", 1))
		w.db.publish(t, "c1", rec("order/c1", "x", 1))
		at := func(address string, seq int64) Sub { return Sub{address, &Since{"e1", seq}} }
		start := time.Now()
		first := <-w.poll(t.Context(), time.Hour, Sub{Address: "delivery/c1"}, at("order/c1", 2))
		if time.Since(start) != 0 || len(first) != 2 || first[0].Mode != "snapshot" || len(first[0].Records) != 1 || first[1].Mode != "resume" || first[1].Seq != 2 || len(first[1].Events) != 0 {
			t.Fatalf("at first %+v", first)
		}
		for name, tc := range map[string]struct {
			subs  []Sub
			event func()
			check func([]message) bool
		}{
			"a change": {[]Sub{at("delivery/c1", 2), at("order/c1", 2)},
				func() { w.db.publish(t, "c1", rec("delivery/c1", "b", 1)) },
				func(m []message) bool { return len(m) == 2 && len(m[0].Events) == 1 && m[0].Seq == 3 && m[1].Seq == 3 }},
			"places": {[]Sub{at("rider/c1", 2)},
				func() { w.hub.Positions("rider/c1", []Place{{"r", 1, []byte(`{"riderId":"r"}`)}}) },
				func(m []message) bool {
					return len(m) == 2 && m[1].Event == "rider:position" && string(m[1].Data) == `[{"riderId":"r"}]`
				}},
			"a volatile message": {[]Sub{{Address: "room/c1"}},
				func() { w.hub.Publish("room/c1", "x:y", []byte(`5`), Filter{OnlyUser: "u1"}) },
				func(m []message) bool { return len(m) == 2 && m[0].Volatile && string(m[1].Data) == `5` }},
			"a message to the user": {[]Sub{{Address: "user/u1"}},
				func() { w.hub.SendUser("u1", "x:y", []byte(`6`)) },
				func(m []message) bool { return len(m) == 2 && m[1].Address == "user/u1" && string(m[1].Data) == `6` }},
			"rights that go": {[]Sub{at("order/c1", 2), {Address: "room/c1"}},
				func() { w.hub.Revoke(func(_ Identity, a Address) bool { return a.Namespace == "order" }) },
				func(m []message) bool {
					return len(m) == 2 && m[0].Revoked && m[0].Address == "order/c1" && m[1].Volatile
				}},
		} {
			done := w.poll(t.Context(), time.Hour, tc.subs...)
			time.Sleep(5 * time.Second)
			if n := w.hub.Stats().PollsWaiting; n != 1 {
				t.Errorf("%s: %d polls wait", name, n)
			}
			start := time.Now()
			tc.event()
			if got := <-done; !tc.check(got) {
				t.Errorf("%s: %+v", name, got)
			}
			if took := time.Since(start); took > 600*time.Millisecond {
				t.Errorf("%s: answered after %v", name, took)
			}
		}
		start = time.Now()
		if got := <-w.poll(t.Context(), 25*time.Second, at("delivery/c1", 3), Sub{Address: "room/c1"}); len(got) != 2 || time.Since(start) != 25*time.Second {
			t.Errorf("nothing new: after %v %+v", time.Since(start), got)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := w.poll(ctx, time.Hour, at("delivery/c1", 3))
		synctest.Wait()
		cancel()
		<-done
		for _, refused := range []Sub{{Address: "user/u2"}, {Address: "nonsense"}, {Address: "secret/x"}} {
			if got := <-w.poll(t.Context(), time.Hour, refused); len(got) != 1 || got[0].Error == nil || got[0].Address != refused.Address {
				t.Errorf("%s: %+v", refused.Address, got)
			}
		}
		if w.hub.roomOf("room/c1") != nil || len(w.hub.polls) != 0 {
			t.Error("a poll leaves something behind")
		}
	})
}

// TestPollLargeSnapshot: in one piece, whatever its size.
func TestPollLargeSnapshot(t *testing.T) {
	inPipeWorld(t, Options{}, func(t *testing.T, w *world) {
		pad := make([]byte, 1000)
		for i := range pad {
			pad[i] = 'p'
		}
		for i := range 700 {
			ch := rec("delivery/c1", fmt.Sprint("k", i), i)
			ch.Data = fmt.Appendf(nil, `{"id":"k%d","pad":"%s"}`, i, pad)
			w.db.publish(t, "c1", ch)
		}
		got := <-w.poll(t.Context(), 0, Sub{Address: "delivery/c1"})
		if len(got) != 1 || len(got[0].Records) != 700 || got[0].Part != 0 || got[0].More {
			t.Errorf("%d replies, %d records", len(got), len(got[0].Records))
		}
	})
}

// TestReload: subscribers learn of a new epoch by heads, of a repaired log by resync.
func TestReload(t *testing.T) {
	inPipeWorld(t, Options{}, func(t *testing.T, w *world) {
		w.db.publish(t, "c1", rec("delivery/c1", "a", 1))
		w.db.publish(t, "c1", rec("order/c1", "x", 1))
		p := w.dial("")
		p.send(`{"id":1,"cmd":"subscribe","addresses":[{"address":"delivery/c1"},{"address":"order/c1"}]}`)
		p.reply(1)
		p.reply(1)
		reload := func() {
			w.db.mu.Lock()
			st := w.db.state("c1")
			w.db.mu.Unlock()
			w.hub.Reload("c1", st)
		}
		w.db.commit("c1", rec("delivery/c1", "a", 2)) // lost on its way
		e := w.db.commit("c1", rec("delivery/c1", "b", 1))
		if got := w.hub.Apply("c1", "e1", e.seq, e.changes); got != Gap {
			t.Errorf("apply: %v", got)
		}
		if got := w.hub.Apply("c1", "e1", 2, nil); got != Duplicate {
			t.Errorf("apply: %v", got)
		}
		reload()
		if m := p.until("resync", func(m message) bool { return m.Resync }); m.Address != "delivery/c1" {
			t.Errorf("%+v", m)
		}
		p.send(`{"id":2,"cmd":"subscribe","address":"delivery/c1","since":{"epoch":"e1","seq":2}}`)
		if m := p.reply(2); m.Mode != "resume" || len(m.Events) != 2 || m.Seq != 4 {
			t.Errorf("resume %+v", m)
		}
		w.db.publish(t, "c1", rec("order/c1", "x", 2)) // unchanged by the repair: it goes on
		if m := p.live(); m.Address != "order/c1" || *m.Prev != 2 || m.Seq != 5 {
			t.Errorf("live %+v", m)
		}

		w.db.mu.Lock()
		old := w.db.state("c1")
		w.db.logs["c1"].epoch = "e2"
		w.db.logs["c1"].seq = 3
		w.db.logs["c1"].entries = w.db.logs["c1"].entries[:3]
		w.db.mu.Unlock()
		if got := w.hub.Apply("c1", "e2", 4, nil); got != EpochChanged {
			t.Errorf("apply: %v", got)
		}
		reload()
		m := p.until("new epoch", func(m message) bool { return m.Heads["delivery/c1"].Epoch == "e2" })
		if m.Heads["delivery/c1"].Seq != 3 || m.Heads["delivery/c1"].Prev != 3 {
			t.Errorf("heads %+v", m.Heads)
		}
		p.send(`{"id":3,"cmd":"subscribe","address":"delivery/c1","since":{"epoch":"e1","seq":4}}`)
		if m := p.reply(3); m.Mode != "snapshot" || m.Epoch != "e2" || m.Seq != 3 {
			t.Errorf("snapshot %+v", m)
		}
		old.Epoch, old.Seq = "e2", 1
		w.hub.Reload("c1", old) // read before what the log has
		if _, seq, _ := w.hub.Head("c1"); seq != 3 {
			t.Errorf("the log went back to %d", seq)
		}
		w.hub.Reload("nobody", old)
		s := w.hub.Stats()
		if s.Resyncs["reload"] != 1 || s.Resyncs["epoch"] != 2 {
			t.Errorf("resyncs %v", s.Resyncs)
		}
	})
}

// TestPrune: below the floor there is no resume, and prev says so.
func TestPrune(t *testing.T) {
	inPipeWorld(t, Options{}, func(t *testing.T, w *world) {
		w.db.publish(t, "c1", rec("delivery/c1", "a", 1))
		w.db.publish(t, "c1", rec("order/c1", "x", 1))
		w.db.publish(t, "c1", del("order/c1", "x"))
		w.db.publish(t, "c1", rec("delivery/c1", "b", 1))
		p := w.dial("")
		p.send(`{"id":1,"cmd":"subscribe","address":"order/c1"}`)
		p.reply(1)
		w.hub.Prune("c1", 9) // ahead of the log: nothing happens
		w.hub.Prune("c1", 3)
		w.hub.Prune("c1", 2)
		for since, mode := range map[int]string{2: "snapshot", 3: "resume", 4: "resume"} {
			p.send(`{"id":2,"cmd":"subscribe","address":"delivery/c1","since":{"epoch":"e1","seq":%d}}`, since)
			if m := p.reply(2); m.Mode != mode || m.Seq != 4 {
				t.Errorf("since %d: %+v", since, m)
			}
		}
		w.db.publish(t, "c1", rec("order/c1", "y", 1)) // what is known stays known
		if m := p.live(); *m.Prev != 3 || m.Seq != 5 {
			t.Errorf("live %+v", m)
		}
		// After a load the number before is known down to the floor only.
		w.db.logs["c2"] = &table{epoch: "e1", seq: 9, floor: 7}
		p.send(`{"id":3,"cmd":"subscribe","address":"order/c2"}`)
		p.reply(3)
		w.hub.Apply("c2", "e1", 10, []Change{rec("order/c2", "y", 1)})
		if m := p.live(); *m.Prev != 7 || m.Seq != 10 {
			t.Errorf("live %+v", m)
		}
	})
}
