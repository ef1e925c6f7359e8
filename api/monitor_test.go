package api

import (
	"regexp"
	"testing"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

func TestMonitor(t *testing.T) {
	r := newRig(t)
	a, b := r.a, r.b
	desk, rider, foreign, boss := r.connect(a.agent), r.connect(a.rider), r.connect(b.agent), r.connect(r.admin)
	desk.joined("delivery/" + a.center.ID)
	rider.joined("mine/" + a.rider.rider)
	foreign.joined("delivery/" + b.center.ID)

	all := get[Monitor](r.do(r.admin, "GET", "/monitor", nil).want(200))
	if len(all.Connections) != 4 || len(all.Nodes) != 1 || all.Nodes[0].ID != "test-node" || all.Nodes[0].Connections != 4 {
		t.Errorf("admin sees %+v", all)
	}
	own := r.do(a.manager, "GET", "/monitor", nil).want(200)
	own.without(foreign.id, b.agent.id, b.center.ID, boss.id)
	part := get[Monitor](own)
	if len(part.Connections) != 2 || len(part.Rooms) == 0 {
		t.Errorf("manager sees %+v", part)
	}
	for _, c := range part.Connections {
		if c.ID == desk.id && (c.UserID != a.agent.id || c.Role != "agent" || c.NodeID != "test-node" || c.RemoteAddr == "" || c.ConnectedAt.IsZero() || len(c.Addresses) == 0) {
			t.Errorf("connection %+v", c)
		}
	}
	if m := regexp.MustCompile(`"connectedAt":"([^"]*)"`).FindSubmatch(own.body); m == nil || !regexp.MustCompile(`:\d\d\.\d{3}Z$`).Match(m[1]) {
		t.Errorf("a time with other than three digits: %s", own.body)
	}
	found := false
	for _, room := range part.Rooms {
		found = found || room.Address == "delivery/"+a.center.ID && room.Subscribers == 1
	}
	if !found {
		t.Errorf("rooms %+v", part.Rooms)
	}
	for _, who := range []*who{a.agent, a.dispatcher, a.rider, r.newKey("k", nil, domain.ScopeReportsRead)} {
		r.do(who, "GET", "/monitor", nil).code(403, domain.CodeForbidden)
		r.do(who, "DELETE", "/monitor/connections/"+desk.id, nil).code(403, domain.CodeForbidden)
	}
	r.do(a.manager, "DELETE", "/monitor/connections/"+foreign.id, nil).code(404, domain.CodeNotFound)
	r.do(a.manager, "DELETE", "/monitor/connections/nobody", nil).code(404, domain.CodeNotFound)
	r.do(a.manager, "DELETE", "/monitor/connections/"+desk.id, nil).want(204)
	if code := desk.closed(); code != realtime.CloseForbidden {
		t.Errorf("closed with %d", code)
	}
	foreign.ask(map[string]any{"cmd": "ping"})
}

// TestMonitorRoom: the figures come each second, to each what it may see.
func TestMonitorRoom(t *testing.T) {
	r := newRig(t)
	boss, manager, foreign := r.connect(r.admin), r.connect(r.a.manager), r.connect(r.b.agent)
	foreign.joined("delivery/" + r.b.center.ID)
	boss.joined(monitorAddress)
	manager.joined(monitorAddress)
	full := decodeAs[MonitorFigures](t, boss.event(monitorAddress, "monitor:figures").Data)
	part := decodeAs[MonitorFigures](t, manager.event(monitorAddress, "monitor:figures").Data)
	if len(full.Nodes) != 1 || len(full.Rooms) <= len(part.Rooms) {
		t.Errorf("admin %+v, manager %+v", full.Rooms, part.Rooms)
	}
	boss.event(monitorAddress, "monitor:figures")
	manager.never(r.b.center.ID)
}
