package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const orders, deliveries = "order/C", "delivery/C"

// bubble runs a client against a fake in fake time.
func bubble(t *testing.T, o Options, fn func(ctx context.Context, f *fake, c *Client, ended chan error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		f := newFake()
		c := f.client(o)
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx) }()
		fn(ctx, f, c, ended)
		cancel()
		f.stop()
		synctest.Wait()
	})
}

// same fails unless the models equal the fake's rooms.
func same(t *testing.T, f *fake, c *Client, addresses ...string) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range addresses {
		room := c.Room(a)
		if d := Compare(room.Records, f.state(a)); len(d) > 0 || !room.Synced {
			t.Fatalf("%s: synced %v, differs: %s %s", a, room.Synced, d[0].Kind(), d)
		}
	}
}

func pass(d time.Duration) { time.Sleep(d); synctest.Wait() }

func TestFollowsSnapshotThenLive(t *testing.T) {
	var events []Event
	bubble(t, Options{OnEvent: func(e Event) { events = append(events, e) }}, func(ctx context.Context, f *fake, c *Client, _ chan error) {
		f.commit(deliveries, "a", map[string]any{"n": 1})
		f.commit(orders, "o", map[string]any{"n": 1})
		c.Subscribe(deliveries, orders)
		pass(time.Second)
		same(t, f, c, deliveries, orders)
		f.commit(deliveries, "b", map[string]any{"n": 2})
		f.commit(deliveries, "a", nil)
		pass(time.Second)
		same(t, f, c, deliveries, orders)
		if len(events) != 2 || events[0].Key != "b" || !events[0].Live || events[1].Data != nil {
			t.Errorf("events %+v", events)
		}
		if err := c.WaitSeq(ctx, orders, "e1", f.seq); err != nil { // only a head can say so
			t.Error(err)
		}
		if s := c.Stats(); s.GapsSeen != 0 || s.Connects != 1 || s.Snapshots != 2 {
			t.Errorf("%+v", s)
		}
	})
}

func TestGapsAreRepaired(t *testing.T) {
	next := fine
	bubble(t, Options{}, func(_ context.Context, f *fake, c *Client, _ chan error) {
		f.fault = func() fault { return next }
		c.Subscribe(deliveries)
		pass(time.Second)
		f.commit(deliveries, "a", map[string]any{"n": 1})
		next = lose
		f.commit(deliveries, "a", map[string]any{"n": 2})
		next = fine
		f.commit(deliveries, "b", map[string]any{"n": 3})
		pass(time.Second)
		same(t, f, c, deliveries)
		next = lose // the last message of all: only a head shows it
		f.commit(deliveries, "c", map[string]any{"n": 4})
		pass(6 * time.Second)
		same(t, f, c, deliveries)
		next = twice
		f.commit(deliveries, "d", map[string]any{"n": 5})
		next = swap
		f.commit(deliveries, "a", nil)
		next = fine
		f.commit(deliveries, "a", map[string]any{"n": 6})
		pass(time.Second)
		same(t, f, c, deliveries)
		if s := c.Stats(); s.GapsSeen != 3 || s.GapsRepaired != 3 || s.Duplicates != 1 || s.Resumes != 3 {
			t.Errorf("%+v", s)
		}
	})
}

func TestParts(t *testing.T) {
	bubble(t, Options{}, func(_ context.Context, f *fake, c *Client, _ chan error) {
		f.perPart = 3
		for i := range 10 {
			f.commit(deliveries, fmt.Sprint("k", i), map[string]any{"n": i})
		}
		c.Subscribe(deliveries)
		pass(time.Second)
		same(t, f, c, deliveries)
		f.commit(deliveries, "k3", map[string]any{"n": 33})
		pass(time.Second)
		same(t, f, c, deliveries)
	})
}

func TestResyncEpochAndFloor(t *testing.T) {
	bubble(t, Options{}, func(_ context.Context, f *fake, c *Client, _ chan error) {
		c.Subscribe(deliveries)
		f.commit(deliveries, "a", map[string]any{"n": 1})
		f.commit(deliveries, "b", map[string]any{"n": 1})
		pass(time.Second)
		f.fault = func() fault { return lose }
		f.commit(deliveries, "a", map[string]any{"n": 2})
		f.say(map[string]any{"address": deliveries, "resync": true})
		pass(time.Second)
		same(t, f, c, deliveries)
		if s := c.Stats(); s.Resyncs != 1 || s.Resumes != 1 || s.GapsRepaired != 1 {
			t.Errorf("after resync: %+v", s)
		}
		f.set(func() { // a restored backup: fewer entries, another history
			f.epoch, f.entries, f.seq = "e2", f.entries[:1], 1
		})
		pass(6 * time.Second)
		same(t, f, c, deliveries)
		if r := c.Room(deliveries); r.Epoch != "e2" || r.Seq != 1 {
			t.Errorf("room %+v", r)
		}
		f.set(func() { f.floor = 100 })
		f.commit(deliveries, "z", map[string]any{"n": 9})
		pass(6 * time.Second)
		same(t, f, c, deliveries)
		if s := c.Stats(); s.Epochs != 1 || s.Snapshots != 3 || s.GapsSeen != s.GapsRepaired {
			t.Errorf("in the end: %+v", s)
		}
	})
}

func TestCutConnectionResumes(t *testing.T) {
	bubble(t, Options{Client: "tab1"}, func(_ context.Context, f *fake, c *Client, _ chan error) {
		c.Subscribe(deliveries)
		f.commit(deliveries, "a", map[string]any{"n": 1})
		pass(time.Second)
		for i := range 5 {
			f.cutAll()
			f.commit(deliveries, "a", map[string]any{"n": i})
			pass(30 * time.Second)
			same(t, f, c, deliveries)
		}
		f.each(func(c *fakeConn) {
			if !strings.Contains(c.query, "client=tab1") {
				t.Errorf("query %q", c.query)
			}
		})
		if s := c.Stats(); s.Connects != 6 || s.Cuts != 5 || s.Resumes != 5 || s.Snapshots != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestSilenceAndLostReplies(t *testing.T) {
	bubble(t, Options{}, func(_ context.Context, f *fake, c *Client, _ chan error) {
		f.deaf = 1
		c.Subscribe(deliveries)
		f.commit(deliveries, "a", map[string]any{"n": 1})
		pass(30 * time.Second)
		same(t, f, c, deliveries) // the subscribe was sent again
		f.set(func() {
			for c := range f.conns {
				c.stall = true
			}
		})
		f.commit(deliveries, "a", map[string]any{"n": 2})
		pass(11 * time.Second)
		if s := c.Stats(); s.Silences != 0 {
			t.Errorf("too early: %+v", s)
		}
		pass(5 * time.Second)
		same(t, f, c, deliveries)
		if s := c.Stats(); s.Silences != 1 || s.Connects != 2 {
			t.Errorf("%+v", s)
		}
	})
}

func TestFallsBackToPollingAndReturns(t *testing.T) {
	var states []State
	bubble(t, Options{OnState: func(s State) { states = append(states, s) }}, func(ctx context.Context, f *fake, c *Client, _ chan error) {
		f.commit(deliveries, "a", map[string]any{"n": 1})
		c.Subscribe(deliveries)
		if err := c.WaitState(ctx, Live); err != nil {
			t.Fatal(err)
		}
		f.set(func() { f.refuse = 502 })
		f.cutAll()
		if err := c.WaitState(ctx, Polling); err != nil {
			t.Fatal(err)
		}
		f.commit(deliveries, "b", map[string]any{"n": 2})
		f.commit(deliveries, "a", nil)
		pass(2 * time.Second)
		same(t, f, c, deliveries)
		c.Subscribe(orders) // a new address cuts the hanging poll short
		f.commit(orders, "o", map[string]any{"n": 2})
		pass(2 * time.Second)
		same(t, f, c, deliveries, orders)
		f.set(func() { f.refuse = 0 })
		if err := c.WaitState(ctx, Live); err != nil {
			t.Fatal(err)
		}
		f.commit(deliveries, "c", map[string]any{"n": 3})
		pass(time.Second)
		same(t, f, c, deliveries, orders)
		polls := f.polls
		pass(2 * time.Minute)
		if f.polls != polls {
			t.Errorf("polls go on beside the socket")
		}
		if got := fmt.Sprint(states); got != "[live offline polling live]" {
			t.Errorf("states %s", got)
		}
	})
}

func TestCloseCodes(t *testing.T) {
	for _, code := range []int{4400, 4401, 4403, 4409} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			bubble(t, Options{}, func(ctx context.Context, f *fake, c *Client, ended chan error) {
				_ = c.WaitState(ctx, Live)
				f.closeAll(code, "no")
				var fatal *FatalError
				if err := <-ended; !errors.As(err, &fatal) || fatal.Code != code || fatal.Reason != "no" {
					t.Errorf("ended with %v", err)
				}
			})
		})
	}
	for _, code := range []int{1000, 1012, 1013, 4408} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			bubble(t, Options{}, func(ctx context.Context, f *fake, c *Client, _ chan error) {
				_ = c.WaitState(ctx, Live)
				f.closeAll(code, `{"retryAfterMs":60000}`)
				_ = c.WaitState(ctx, Offline)
				begun := time.Now()
				_ = c.WaitState(ctx, Live)
				told, limit := code == 1012 || code == 1013, time.Second
				if told {
					limit = time.Minute + time.Second
				}
				if d := time.Since(begun); d > limit {
					t.Errorf("came back after %v", d)
				}
			})
		})
	}
}

func TestTokenIsRenewed(t *testing.T) {
	tokens := []string{"one", "two", "two"}
	given := 0
	o := Options{Token: func(_ context.Context, stale string) (string, error) {
		given++
		if given == 2 && stale != "one" {
			t.Errorf("stale %q", stale)
		}
		return tokens[given-1], nil
	}}
	bubble(t, o, func(ctx context.Context, f *fake, c *Client, ended chan error) {
		f.set(func() { f.token = "two" })
		if err := c.WaitState(ctx, Live); err != nil {
			t.Fatal(err)
		}
		f.set(func() { f.token = "three" })
		f.closeAll(4401, "session ended")
		var fatal *FatalError
		if err := <-ended; !errors.As(err, &fatal) || fatal.Code != 4401 {
			t.Errorf("ended with %v", err)
		}
	})
}

func TestRevokedRefusedAndAskedAgain(t *testing.T) {
	bubble(t, Options{}, func(ctx context.Context, f *fake, c *Client, _ chan error) {
		f.denied["offer/C"] = "not_found"
		f.denied[orders] = "unavailable"
		f.commit(deliveries, "a", map[string]any{"n": 1})
		f.commit(orders, "o", map[string]any{"n": 1})
		c.Subscribe(deliveries, orders, "offer/C")
		pass(time.Second)
		var refused *Refusal
		if r := c.Room("offer/C"); !errors.As(r.Err, &refused) || refused.Code != "not_found" {
			t.Errorf("refused: %+v", r)
		}
		if err := c.WaitSeq(ctx, "offer/C", "", 1); err == nil {
			t.Error("waits for a room that is closed")
		}
		f.set(func() { delete(f.denied, orders) })
		pass(30 * time.Second)
		same(t, f, c, orders) // it was only late
		f.say(map[string]any{"address": deliveries, "revoked": true})
		pass(time.Second)
		f.commit(deliveries, "a", map[string]any{"n": 2})
		pass(20 * time.Second)
		if r := c.Room(deliveries); !errors.Is(r.Err, ErrRevoked) || len(r.Records) != 0 {
			t.Errorf("revoked: %+v", r)
		}
		c.Subscribe(deliveries)
		pass(time.Second)
		same(t, f, c, deliveries)
		c.Unsubscribe(deliveries)
		pass(time.Second)
		f.each(func(fc *fakeConn) {
			if fc.subs[deliveries] {
				t.Error("still subscribed")
			}
		})
	})
}

func TestPositionsNeverTouchLast(t *testing.T) {
	volatile := 0
	bubble(t, Options{OnEvent: func(e Event) { volatile++ }}, func(_ context.Context, f *fake, c *Client, _ chan error) {
		c.Subscribe("rider/C", "user/u")
		f.commit("rider/C", "r1", map[string]any{"n": 1})
		pass(time.Second)
		before := c.Room("rider/C")
		at := func(n int, s string) map[string]any { return map[string]any{"riderId": "r1", "lat": n, "at": s} }
		f.say(map[string]any{"address": "rider/C", "event": "rider:position", "data": []any{at(2, "2026-01-01T00:00:02Z"), at(1, "2026-01-01T00:00:01Z")}})
		f.say(map[string]any{"address": "user/u", "event": "notice:hello", "data": 1})
		pass(time.Second)
		after := c.Room("rider/C")
		if after.Seq != before.Seq || after.Changes != before.Changes || !strings.Contains(string(after.Places["r1"]), `"lat":2`) {
			t.Errorf("%+v", after)
		}
		if !c.Room("user/u").Volatile || volatile != 2 {
			t.Errorf("user room %+v, %d messages", c.Room("user/u"), volatile)
		}
	})
}

func TestWindow(t *testing.T) {
	bubble(t, Options{}, func(_ context.Context, f *fake, c *Client, _ chan error) {
		f.window = 60
		c.Subscribe(deliveries)
		pass(time.Second)
		f.commit(deliveries, "a", map[string]any{"finishedAt": time.Now()})
		f.commit(deliveries, "b", map[string]any{})
		pass(50 * time.Second)
		if n := len(c.Room(deliveries).Records); n != 2 {
			t.Errorf("%d records", n)
		}
		pass(20 * time.Second)
		if r := c.Room(deliveries); len(r.Records) != 1 || r.Window != time.Minute {
			t.Errorf("%+v", r)
		}
	})
}

func TestDo(t *testing.T) {
	bubble(t, Options{}, func(ctx context.Context, f *fake, c *Client, _ chan error) {
		if _, err := c.Do(ctx, "ping", nil); !errors.Is(err, ErrDisconnected) {
			t.Errorf("before the connection: %v", err)
		}
		_ = c.WaitState(ctx, Live)
		b, err := c.Do(ctx, "ping", nil)
		if err != nil || !strings.Contains(string(b), "pong") {
			t.Errorf("%s %v", b, err)
		}
		var refused *Refusal
		if _, err := c.Do(ctx, "dance", map[string]any{"to": "x"}); !errors.As(err, &refused) {
			t.Errorf("%v", err)
		}
		f.set(func() {
			for c := range f.conns {
				c.stall = true
			}
		})
		if _, err := c.Do(ctx, "ping", nil); !errors.Is(err, ErrDisconnected) {
			t.Errorf("on a dead connection: %v", err)
		}
	})
}

func TestBrokenFrameIsANewConnection(t *testing.T) {
	bubble(t, Options{}, func(ctx context.Context, f *fake, c *Client, _ chan error) {
		c.Subscribe(deliveries)
		_ = c.WaitState(ctx, Live)
		f.say([]any{1, "no protocol of ours"})
		pass(10 * time.Second)
		f.commit(deliveries, "a", map[string]any{"n": 1})
		pass(time.Second)
		same(t, f, c, deliveries)
		if s := c.Stats(); s.Connects != 2 {
			t.Errorf("%+v", s)
		}
	})
}

func TestCompare(t *testing.T) {
	raw := func(s string) json.RawMessage { return json.RawMessage(s) }
	model := map[string]json.RawMessage{"a": raw(`{"x":1,"y":2}`), "b": raw(`{}`), "c": raw(`{"n":1}`), "e": raw(`{"big":9007199254740993}`)}
	want := map[string]json.RawMessage{"a": raw(`{ "y":2, "x":1, "load":3 }`), "c": raw(`{"n":2}`), "d": raw(`{}`), "e": raw(`{"big":9007199254740992}`)}
	got := ""
	for _, d := range Compare(model, want, "load") {
		got += d.Key + " " + d.Kind() + ", "
	}
	if got != "b extra, c different, d missing, e different, " {
		t.Error(got)
	}
}
