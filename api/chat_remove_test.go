package api

import (
	"strings"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
	"github.com/brosops/bros/realtime/redistest"
)

const blurted = "her number is 010-9999-0000"

// TestRemoveMessage: a manager takes a line away; it leaves every screen under a
// number of its own, also over a resume, a restart and at another node.
func TestRemoveMessage(t *testing.T) {
	nodes := joinNodes(t, redistest.Start(t), "one", "two")
	r, two := nodes[0], nodes[1]
	p := r.a
	room, path := "chat/"+p.center.ID, "/chat/"+p.center.ID+"/messages"
	desk, rider, away := r.connect(p.agent), two.connect(p.rider), r.connect(p.dispatcher)
	for _, s := range []*socket{desk, rider, away} {
		s.joined(room)
	}
	two.followsCenter(p.center.ID)
	said := get[domain.ChatMessage](r.do(p.agent, "POST", path, domain.NewMessage{Text: blurted}).want(201))
	secret := get[domain.ChatMessage](r.do(p.agent, "POST", path, domain.NewMessage{Text: "psst", To: p.rider.id}).want(201))
	for _, s := range []*socket{desk, rider, away} {
		s.change(room, said.ID)
	}
	epoch := away.subscribe(room, nil).Epoch
	away.drop()

	remove := path + "/" + said.ID + "/remove"
	r.do(p.dispatcher, "POST", remove, raw(`{"reason":"x"}`)).code(403, domain.CodeForbidden)
	r.do(r.b.manager, "POST", remove, raw(`{"reason":"x"}`)).code(404, domain.CodeNotFound)
	r.do(p.manager, "POST", path+"/none/remove", raw(`{"reason":"x"}`)).code(404, domain.CodeNotFound)
	r.do(p.manager, "POST", path+"/"+secret.ID+"/remove", raw(`{"reason":"x"}`)).code(404, domain.CodeNotFound)
	r.do(p.manager, "POST", remove, raw(`{"reason":" "}`)).code(422, domain.CodeValidation, "reason")
	r.do(p.manager, "POST", remove, raw(`{"why":"x"}`)).code(400, domain.CodeMalformed)

	gone := get[domain.ChatRemoval](r.do(p.manager, "POST", remove, domain.RemoveMessage{Reason: "a phone number"}, withKey("k")).want(200))
	if gone.ID != said.ID || gone.Seq != 2 || gone.By.ID != p.manager.id || gone.Reason != "a phone number" {
		t.Errorf("%+v", gone)
	}
	r.do(p.manager, "POST", remove, domain.RemoveMessage{Reason: "a phone number"}, withKey("k")).want(200)
	r.do(p.manager, "POST", remove, raw(`{"reason":"x"}`)).code(404, domain.CodeNotFound)
	for _, s := range []*socket{desk, rider} {
		m := s.await("the removal", func(m *message) bool { return m.Op == "remove" && m.Key == said.ID })
		if m.Event != domain.EventChatRemoved || *m.Seq != 2 || *m.Prev != 1 || m.Data != nil {
			t.Errorf("%s: %s", s.name, m.raw)
		}
	}
	for _, who := range []*who{p.agent, p.rider, r.admin} {
		r.do(who, "GET", path, nil).want(200).without(blurted)
	}
	audit := r.do(p.manager, "GET", "/audit?kind=chat", nil).want(200).without(blurted)
	if got := get[list[domain.AuditEntry]](audit); len(got.Items) != 1 || got.Items[0].Key != said.ID || got.Items[0].Event != domain.AuditChatRemoved ||
		!strings.Contains(string(audit.body), "a phone number") {
		t.Errorf("audit %s", audit.body)
	}

	// Who was away gets the removal; a node that loads the room now never sees the text.
	third := openNode(t, r.path, "three", nil)
	third.beside(nodes[0])
	for _, n := range []*node{nodes[0], nodes[1], third} {
		s := n.connect(p.dispatcher)
		m := s.subscribe(room, &realtime.Since{Epoch: epoch, Seq: 1})
		if m.Mode != "resume" || len(m.Events) != 1 || m.Events[0].Op != "remove" || m.Events[0].Key != said.ID || *m.Seq != 2 {
			t.Errorf("resumed: %s", m.raw)
		}
		if m := n.connect(p.rider2).joined(room); m.Mode != "snapshot" || len(m.Records) != 0 || *m.Seq != 2 {
			t.Errorf("snapshot: %s", m.raw)
		}
		s.never(blurted)
	}
	next := get[domain.ChatMessage](r.do(p.agent, "POST", path, domain.NewMessage{Text: "sorry"}).want(201))
	if m := rider.change(room, next.ID); *m.Prev != 2 || *m.Seq != 3 {
		t.Errorf("the next one: %s", m.raw)
	}
}

// TestReadMarks: how far each has read is kept, goes forward only, and is shown to
// those whom it concerns.
func TestReadMarks(t *testing.T) {
	nodes := joinNodes(t, redistest.Start(t), "one", "two")
	r, two := nodes[0], nodes[1]
	p := r.a
	path := "/chat/" + p.center.ID + "/read"
	for range 3 {
		r.say(p, "line")
	}
	desk, other := r.connect(p.agent), two.connect(p.agent)
	desk.joined("chat-read/" + p.center.ID)
	desk.joined("chat/" + p.center.ID)
	other.joined("chat/" + p.center.ID)
	two.followsCenter(p.center.ID)
	r.followsCenter(p.center.ID)

	reads := func(as *who) map[string]domain.ChatRead {
		t.Helper()
		out := map[string]domain.ChatRead{}
		for _, m := range get[list[domain.ChatRead]](r.do(as, "GET", path, nil).want(200)).Items {
			out[m.User.ID+">"+m.With] = m
		}
		return out
	}
	two.do(p.rider, "PUT", path, domain.MarkRead{Seq: 2}).want(204)
	m := decodeAs[ReadEvent](t, desk.event("chat-read/"+p.center.ID, domain.EventChatRead).Data)
	if len(m.Items) != 1 || m.Items[0].User.ID != p.rider.id || m.Items[0].Seq != 2 || m.CenterID != p.center.ID {
		t.Errorf("shown: %+v", m)
	}
	two.do(p.rider, "PUT", path, domain.MarkRead{Seq: 1}).want(204)
	r.do(p.agent, "PUT", path, domain.MarkRead{Seq: 3}).want(204)
	other.event("user/"+p.agent.id, domain.EventChatRead) // the reader's screen at the other node
	if got := reads(p.manager); len(got) != 2 || got[p.rider.id+">"].Seq != 2 || got[p.agent.id+">"].Seq != 3 || got[p.rider.id+">"].User.Role != domain.RoleRider {
		t.Errorf("marks: %+v", got)
	}

	// A private talk is the two's alone.
	said := get[domain.ChatMessage](r.do(p.agent, "POST", "/chat/"+p.center.ID+"/messages", domain.NewMessage{Text: "psst", To: p.rider.id}).want(201))
	two.do(p.rider, "PUT", path, domain.MarkRead{With: p.agent.id, DeliveredAt: said.At}).want(204)
	two.do(p.rider, "PUT", path, domain.MarkRead{With: p.agent.id, ReadAt: said.At}).want(204)
	private := desk.await("it was read", func(m *message) bool {
		return m.Event == domain.EventChatRead && m.Address == "user/"+p.agent.id && strings.Contains(string(m.Data), `"readAt"`)
	})
	if got := decodeAs[ReadEvent](t, private.Data).Items[0]; got.With != p.agent.id || !got.ReadAt.Equal(said.At.Time) {
		t.Errorf("%s", private.raw)
	}
	want := domain.ChatRead{User: decodeAs[ReadEvent](t, private.Data).Items[0].User, With: p.agent.id, DeliveredAt: said.At, ReadAt: said.At}
	for _, who := range []*who{p.agent, p.rider} {
		if got := reads(who)[p.rider.id+">"+p.agent.id]; got != want {
			t.Errorf("%s sees %+v, want %+v", who.name, got, want)
		}
	}
	if _, seen := reads(p.manager)[p.rider.id+">"+p.agent.id]; seen {
		t.Error("a third sees it")
	}

	for body, fields := range map[string]string{
		`{"seq":99}`: "seq", `{"seq":0}`: "seq", `{"with":"none","readAt":"2026-11-02T10:00:00Z"}`: "with", `{"with":"` + r.b.agent.id + `","readAt":"2026-11-02T10:00:00Z"}`: "with",
	} {
		r.do(p.agent, "PUT", path, raw(body)).code(422, domain.CodeValidation, fields)
	}
	r.do(p.agent, "PUT", path, raw(`{"seen":1}`)).code(400, domain.CodeMalformed)
	for _, path := range []string{path, "/chat/" + p.center.ID + "/people"} {
		r.do(r.b.agent, "GET", path, nil).code(404, domain.CodeNotFound)
	}
	r.do(r.b.agent, "PUT", path, domain.MarkRead{Seq: 1}).code(404, domain.CodeNotFound)
	r.connect(r.b.agent).refused("chat-read/"+p.center.ID, domain.CodeNotFound)
	if got := r.do(r.newKey("k", nil, domain.ScopeEventsPublish), "POST", "/events", raw(`{"namespace":"chat-read","room":"`+p.center.ID+`","event":"chat:read","mode":"public"}`)); got.status != 403 {
		t.Errorf("forged: %d", got.status)
	}
}

// TestPeople: who of a center is there, on any node, once each.
func TestPeople(t *testing.T) {
	nodes := joinNodes(t, redistest.Start(t), "one", "two")
	r, two := nodes[0], nodes[1]
	p := r.a
	for _, n := range nodes {
		n.sees(1)
	}
	here := func(n *node) string {
		t.Helper()
		n.srv.live.here.Clear()
		answer := get[ChatPeople](n.do(p.agent, "GET", "/chat/"+p.center.ID+"/people", nil).want(200))
		var names []string
		for _, person := range answer.Items {
			names = append(names, person.ID)
		}
		return strings.Join(names, " ")
	}
	desk, rider := r.connect(p.agent), two.connect(p.rider)
	two.connect(p.agent) // the same person twice
	r.connect(r.b.agent) // another center's
	for _, n := range nodes {
		until(t, "both are there", func() bool {
			ids := here(n)
			return strings.Contains(ids, p.agent.id) && strings.Contains(ids, p.rider.id)
		})
		if ids := here(n); strings.Count(ids, " ") != 1 {
			t.Errorf("%s: %s", n.srv.cfg.NodeID, ids)
		}
	}
	_ = rider.conn.CloseNow()
	until(t, "the rider has left", func() bool { return !strings.Contains(here(r), p.rider.id) })
	// Who polls is there too, also for a moment between two polls.
	two.do(p.rider2, "POST", "/changes", raw(`{"addresses":[{"address":"chat/`+p.center.ID+`"}],"wait":0}`)).want(200)
	until(t, "who polls is there", func() bool { return strings.Contains(here(r), p.rider2.id) })
	desk.ask(map[string]any{"cmd": "ping"})

	// Answers are good for a moment, however many ask.
	at := time.Now()
	for range 50 {
		r.do(p.agent, "GET", "/chat/"+p.center.ID+"/people", nil).want(200)
	}
	t.Logf("50 questions took %s", time.Since(at).Round(time.Millisecond))
}
