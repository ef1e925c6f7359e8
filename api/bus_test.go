package api

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
	"github.com/brosops/bros/realtime/redistest"
)

// joinNodes starts nodes over one file and one Redis, each of which hears the others.
func joinNodes(t testing.TB, srv *redistest.Server, names ...string) []*node {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bros.db")
	nodes := make([]*node, len(names))
	for i, name := range names {
		nodes[i] = openNodeOn(t, path, name, srv.URL(), nil)
		if i == 0 {
			nodes[0].settle()
		} else {
			nodes[i].beside(nodes[0])
		}
	}
	for _, n := range nodes {
		n.hearing()
	}
	return nodes
}

// readiness is what /readyz says.
func (r *rig) readiness() Readiness {
	r.t.Helper()
	return get[Readiness](r.do(nobody, "GET", "/readyz", nil).want(200))
}

// until asks again and again, until ok.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("never: %s", what)
		}
	}
}

// hearing waits until the node hears the others.
func (r *rig) hearing() {
	r.t.Helper()
	until(r.t, "the bus is up", func() bool { return r.readiness().Status == "ok" })
}

// followsCenter waits until the node gets a center's messages.
func (r *rig) followsCenter(id string) {
	r.t.Helper()
	until(r.t, "the center is followed", func() bool { return slices.Contains(r.srv.live.follow.Centers(), id) })
}

func (r *rig) metric(name string) float64 {
	r.t.Helper()
	for line := range strings.Lines(string(r.do(nobody, "GET", "/metrics", nil).want(200).body)) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			var v float64
			if _, err := fmt.Sscan(rest, &v); err != nil {
				r.t.Fatal(err)
			}
			return v
		}
	}
	r.t.Fatalf("there is no %s", name)
	return 0
}

// TestBusCarriesChanges: what one node commits reaches clients of the others at
// once, without a read of the log.
func TestBusCarriesChanges(t *testing.T) {
	nodes := joinNodes(t, redistest.Start(t), "one", "two", "three")
	one, p := nodes[0], nodes[0].a
	room := "delivery/" + p.center.ID
	var desks []*socket
	for _, n := range nodes {
		s := n.connect(p.agent)
		s.joined(room)
		n.followsCenter(p.center.ID)
		desks = append(desks, s)
	}
	// Until the topic is joined the once-a-second look brings changes, too.
	warm := one.newDelivery(p)
	for _, s := range desks {
		s.change(room, warm.ID)
	}
	const n = 200
	late := make([][]time.Duration, len(desks))
	for range n {
		at := time.Now()
		d := one.newDelivery(p)
		var wg sync.WaitGroup
		for i, s := range desks {
			wg.Go(func() { s.change(room, d.ID); late[i] = append(late[i], time.Since(at)) })
		}
		wg.Wait()
	}
	for i, l := range late {
		slices.Sort(l)
		t.Logf("%s: from the request to the client p50 %s, p99 %s", nodes[i].srv.cfg.NodeID, l[n/2].Round(100*time.Microsecond), l[n*99/100].Round(100*time.Microsecond))
	}
	if got := nodes[1].metric("bros_bus_received_total"); got < n {
		t.Errorf("received %v messages", got)
	}
	if one.metric("bros_bus_up") != 1 || one.metric("bros_bus_published_total") < n {
		t.Error("the figures are wrong")
	}
}

// TestBusCarriesTheRest is what is in no log: chat and private messages,
// positions, notices, revocations, changed rights.
func TestBusCarriesTheRest(t *testing.T) {
	nodes := joinNodes(t, redistest.Start(t), "one", "two")
	one, two := nodes[0], nodes[1]
	p := one.b
	riders, chat := "rider/"+p.center.ID, "chat/"+p.center.ID
	desk, rider := one.connect(p.dispatcher), two.connect(p.rider)
	desk.joined(riders)
	desk.joined(chat)
	desk.joined("setup/" + p.center.ID)
	one.followsCenter(p.center.ID)

	said := get[domain.ChatMessage](two.do(p.agent, "POST", "/chat/"+p.center.ID+"/messages", raw(`{"text":"hello"}`)).want(201))
	desk.change(chat, said.ID)
	private := get[domain.ChatMessage](one.do(p.dispatcher, "POST", "/chat/"+p.center.ID+"/messages", domain.NewMessage{Text: "psst", To: p.rider.id}).want(201))
	if got := decodeAs[domain.ChatMessage](t, rider.event("user/"+p.rider.id, domain.EventChatMessage).Data); got != private {
		t.Errorf("private: %+v", got)
	}
	desk.event("user/"+p.dispatcher.id, domain.EventChatMessage)

	two.do(p.agent, "POST", "/shops/"+p.shop.ID+"/state", raw(`{"status":"busy"}`)).want(200)
	if m := desk.event("setup/"+p.center.ID, "setup:shop"); !strings.Contains(string(m.Data), p.shop.ID) {
		t.Errorf("shop: %s", m.raw)
	}

	two.do(p.rider, "POST", "/riders/me/positions", PositionsRequest{Positions: []Fix{two.fixAt(0, 37.6)}}).want(202)
	if m := desk.event(riders, domain.EventRiderPosition); !strings.Contains(string(m.Data), "37.6") {
		t.Errorf("position: %s", m.raw)
	}
	// A poll is answered with the place that came in at the other node.
	if places := one.do(p.agent, "POST", "/changes", raw(`{"addresses":[{"address":"`+riders+`"}],"wait":0}`)).want(200); !strings.Contains(string(places.body), "37.6") {
		t.Errorf("polled: %s", places.body)
	}

	// A notice reaches dispatchers where nobody follows the center.
	far := two.connect(p.dispatcher)
	d := one.assigned(p, p.rider2)
	one.do(p.dispatcher, "POST", "/deliveries/"+d.ID+"/unassign", raw(`{"reason":"x"}`)).want(200)
	one.do(p.rider2, "POST", "/deliveries/"+d.ID+"/deliver", raw(`{}`)).code(409, domain.CodeIllegalTransition)
	for _, s := range []*socket{desk, far} {
		if n := decodeAs[lateDeliver](t, s.event("user/"+p.dispatcher.id, domain.EventNoticeLateDeliver).Data); n.DeliveryID != d.ID {
			t.Errorf("notice: %+v", n)
		}
	}

	// A role that changes here counts there, and a session that ends here ends there.
	boss := two.connect(p.manager)
	boss.joined("monitor/cluster")
	one.do(one.admin, "PATCH", "/users/"+p.manager.id, raw(`{"role":"agent"}`)).want(200)
	boss.await("revoked", func(m *message) bool { return m.Address == "monitor/cluster" && m.Revoked })
	two.do(p.manager, "GET", "/monitor", nil).code(403, domain.CodeForbidden)
	start := time.Now()
	one.do(p.manager, "POST", "/logout", nil).want(204)
	if code := boss.closed(); code != realtime.CloseSession {
		t.Errorf("closed with %d", code)
	}
	t.Logf("a logout reached the other node's socket after %s", time.Since(start).Round(100*time.Microsecond))
	two.do(p.manager, "GET", "/me", nil).want(http.StatusUnauthorized)
	one.do(one.admin, "DELETE", "/users/"+p.rider.id, nil).want(204)
	if code := rider.closed(); code != realtime.CloseSession {
		t.Errorf("closed with %d", code)
	}
}

// TestWithoutRedis: nodes whose Redis is away say so and go on; a change
// reaches the other node's clients all the same.
func TestWithoutRedis(t *testing.T) {
	srv := redistest.Start(t)
	nodes := joinNodes(t, srv, "one", "two")
	one, two, p := nodes[0], nodes[1], nodes[0].a
	room := "delivery/" + p.center.ID
	desk := two.connect(p.agent)
	desk.joined(room)
	srv.Kill()
	for _, n := range nodes {
		until(t, "degraded", func() bool { return n.readiness().Status == "degraded" })
		if why := n.readiness().Reasons; len(why) != 1 || !strings.HasPrefix(why[0], "redis: ") {
			t.Errorf("reasons %q", why)
		}
		if n.metric("bros_bus_up") != 0 {
			t.Error("up on /metrics")
		}
	}
	d := one.newDelivery(p)
	desk.change(room, d.ID)
	srv.Run()
	for _, n := range nodes {
		n.hearing()
	}
	e := one.newDelivery(p)
	desk.change(room, e.ID)
}
