package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
	"github.com/brosops/bros/realtime/redistest"
)

// sees waits until the node knows of so many others.
func (r *rig) sees(others int) {
	r.t.Helper()
	until(r.t, fmt.Sprint("it sees ", others, " others"), func() bool { return len(r.srv.live.link.awake()) == others })
}

// TestMonitorOfAllNodes: any node says the same of all, a killed one is gone
// after its lease, and one whose Redis is away says that it is alone.
func TestMonitorOfAllNodes(t *testing.T) {
	srv := redistest.Start(t)
	nodes := joinNodes(t, srv, "one", "two", "three")
	one, two, three := nodes[0], nodes[1], nodes[2]
	a, b := one.a, one.b
	desk, there, foreign := one.connect(a.agent), two.connect(a.agent), three.connect(b.agent)
	rider := three.connect(a.rider)
	desk.joined("delivery/" + a.center.ID)
	there.joined("delivery/" + a.center.ID)
	foreign.joined("delivery/" + b.center.ID)
	rider.joined("mine/" + a.rider.rider)
	for _, n := range nodes {
		n.sees(2)
		got := get[Monitor](n.do(n.admin, "GET", "/monitor", nil).want(200))
		if len(got.Nodes) != 3 || got.Nodes[0].ID != "one" || got.Nodes[1].ID != "three" || got.Nodes[2].ID != "two" || got.Partial {
			t.Fatalf("%s says %+v", n.srv.cfg.NodeID, got.Nodes)
		}
		if len(got.Connections) != 4 || got.Connections[0].ID != rider.id {
			t.Errorf("connections %+v", got.Connections)
		}
		if r := got.Nodes[0].Redis; r == nil || !r.Up || r.ProbeMs <= 0 || r.Since.IsZero() {
			t.Errorf("redis %+v", r)
		}
		part := n.do(a.manager, "GET", "/monitor", nil).want(200).without(foreign.id, b.center.ID)
		own := get[Monitor](part)
		rooms := map[string]int{}
		for _, room := range own.Rooms {
			rooms[room.Address] = room.Subscribers
		}
		if len(own.Connections) != 3 || rooms["delivery/"+a.center.ID] != 2 || rooms["mine/"+a.rider.rider] != 1 {
			t.Errorf("a manager sees %+v %+v", own.Connections, own.Rooms)
		}
	}

	// The room says the same each second.
	boss := one.connect(a.manager)
	boss.joined(monitorAddress)
	boss.await("figures of all", func(m *message) bool {
		if m.Address != monitorAddress || m.Data == nil {
			return false
		}
		f := decodeAs[MonitorFigures](t, m.Data)
		ok := 0
		for _, room := range f.Rooms {
			if room.Address == "delivery/"+a.center.ID && room.Subscribers == 2 || room.Address == "mine/"+a.rider.rider {
				ok++
			}
		}
		return len(f.Nodes) == 3 && ok == 2 && !f.Partial
	})
	boss.never(b.center.ID)

	// A connection of another node is closed from here, by those who may.
	two.do(a.manager, "DELETE", "/monitor/connections/"+foreign.id, nil).code(404, domain.CodeNotFound)
	two.do(two.admin, "DELETE", "/monitor/connections/nobody", nil).code(404, domain.CodeNotFound)
	two.do(a.manager, "DELETE", "/monitor/connections/"+rider.id, nil).want(204)
	if code := rider.closed(); code != realtime.CloseForbidden {
		t.Errorf("closed with %d", code)
	}

	// Who stops says so, and is gone at once.
	three.stop()
	one.sees(1)
	// With Redis away each shows itself, and says so.
	srv.Kill()
	until(t, "alone", func() bool {
		got := get[Monitor](one.do(one.admin, "GET", "/monitor", nil).want(200))
		return got.Partial && len(got.Nodes) == 1 && got.Nodes[0].Redis != nil && !got.Nodes[0].Redis.Up && got.Nodes[0].Redis.Reason != ""
	})
	one.do(one.admin, "DELETE", "/monitor/connections/"+there.id, nil).code(http.StatusServiceUnavailable, domain.CodeUnavailable)
	srv.Run()
	one.sees(1)
	// 503 until both hear each other, then 204; 404 when the first answer came too late.
	until(t, "closed from here", func() bool {
		s := one.do(one.admin, "DELETE", "/monitor/connections/"+there.id, nil).status
		return s == http.StatusNoContent || s == http.StatusNotFound
	})
	there.closed()
}

// TestEventsOnAllNodes: an event reaches connections of every node, and the
// answer counts them all.
func TestEventsOnAllNodes(t *testing.T) {
	nodes := joinNodes(t, redistest.Start(t), "one", "two")
	one, two := nodes[0], nodes[1]
	a, b := one.a, one.b
	key := one.newKey("menu system", []string{a.center.ID}, domain.ScopeEventsPublish)
	room := "promo/" + a.center.ID
	desk, far, foreign := one.connect(a.agent), two.connect(a.agent), two.connect(b.agent)
	desk.joined(room)
	far.joined(room)
	one.sees(1)
	n := 0
	post := func(e EventRequest, want int, opts ...option) *reply {
		t.Helper()
		n++
		e.Data = json.RawMessage(fmt.Sprintf(`{"n":%d}`, n))
		got := one.do(key, "POST", "/events", e, opts...).want(202)
		if d := get[EventAnswer](got).Delivered; d != want {
			t.Errorf("event %d delivered to %d, want %d", n, d, want)
		}
		return got
	}
	event := EventRequest{Namespace: "promo", Room: a.center.ID, Event: "promo:new", Mode: modePublic}
	post(event, 2)
	if m := far.event(room, "promo:new"); string(m.Data) != `{"n":1}` {
		t.Errorf("got %s", m.raw)
	}
	except := event
	except.Mode, except.Except = modeBroadcast, desk.id
	post(except, 1)
	if m := far.event(room, "promo:new"); string(m.Data) != `{"n":2}` {
		t.Errorf("got %s", m.raw)
	}
	// Privately, to a user and to a connection there; not to strangers.
	private := EventRequest{Namespace: "user", Event: "note:hello", Mode: modePrivate, To: a.agent.id}
	post(private, 2)
	far.event("user/"+a.agent.id, "note:hello")
	private = EventRequest{Namespace: "promo", Room: a.center.ID, Event: "note:hello", Mode: modePrivate, To: far.id}
	post(private, 1)
	far.event("user/"+a.agent.id, "note:hello")
	for _, to := range []string{foreign.id, b.agent.id} {
		private.To = to
		post(private, 0)
	}
	// Once, however often the key comes, and on whichever node.
	first := post(event, 2, withKey("k1"))
	far.await("the event", func(m *message) bool { return m.Event == "promo:new" && string(m.Data) == fmt.Sprintf(`{"n":%d}`, n) })
	event.Data = json.RawMessage(fmt.Sprintf(`{"n":%d}`, n))
	again := two.do(key, "POST", "/events", event, withKey("k1")).want(202)
	if again.header.Get("Idempotency-Replayed") != "true" || string(again.body) != string(first.body) {
		t.Errorf("again: %s %s", again.header, again.body)
	}
	event.Event = "promo:end"
	one.do(key, "POST", "/events", event).want(202)
	far.event(room, "promo:end")
	if far.has(func(m *message) bool { return m.Event == "promo:new" }) {
		t.Error("delivered twice")
	}
	foreign.never("promo:new", "note:hello")
}

// TestSupersedeAcrossNodes: a client that comes back on another node ends its
// older connection, and not the other way round.
func TestSupersedeAcrossNodes(t *testing.T) {
	nodes := joinNodes(t, redistest.Start(t), "one", "two")
	one, two, p := nodes[0], nodes[1], nodes[0].a
	old := one.connectAt(p.agent, "?client=tab-1")
	other := one.connectAt(p.agent, "?client=tab-2")
	back := two.connectAt(p.agent, "?client=tab-1")
	if code := old.closed(); code != realtime.CloseSuperseded {
		t.Errorf("closed with %d", code)
	}
	again := one.connectAt(p.agent, "?client=tab-1")
	if code := back.closed(); code != realtime.CloseSuperseded {
		t.Errorf("closed with %d", code)
	}
	for _, s := range []*socket{other, again} {
		if m := s.ask(map[string]any{"cmd": "ping"}); !m.Pong {
			t.Errorf("%s: %s", s.name, m.raw)
		}
	}
}

// TestOneKeyOnTwoNodes: the same request under one key, sent to two nodes at
// once, is one write and one replay.
func TestOneKeyOnTwoNodes(t *testing.T) {
	nodes := joinNodes(t, redistest.Start(t), "one", "two")
	p := nodes[0].a
	for i := range 20 {
		order := p.order()
		order.Accept = true
		got := make([]*reply, len(nodes))
		var wg sync.WaitGroup
		for n, node := range nodes {
			wg.Go(func() {
				got[n] = node.in(t).do(p.agent, "POST", "/orders", order, withKey(fmt.Sprint("order ", i)))
			})
		}
		wg.Wait()
		replays := 0
		for _, r := range got {
			r.want(201)
			if r.header.Get("Idempotency-Replayed") == "true" {
				replays++
			}
		}
		if replays != 1 || string(got[0].body) != string(got[1].body) || got[0].header.Get("BROS-Seq") != got[1].header.Get("BROS-Seq") {
			t.Fatalf("%d replays:\n%s\n%s", replays, got[0].body, got[1].body)
		}
	}
	// The numbers of all have no hole, and each is there once.
	entries, err := nodes[0].db.LogAfter(t.Context(), p.center.ID, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	orders := 0
	for i, e := range entries {
		if e.Seq != int64(i+1) {
			t.Fatalf("entry %d has the number %d", i+1, e.Seq)
		}
		if strings.HasPrefix(e.Event, "order:create") {
			orders++
		}
	}
	if orders != 20 {
		t.Errorf("%d orders", orders)
	}
}
