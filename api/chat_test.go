package api

import (
	"fmt"
	"strings"
	"testing"

	"github.com/brosops/bros/api/feed"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

func TestChatRoom(t *testing.T) {
	r := newRig(t)
	p := r.a
	room, path := "chat/"+p.center.ID, "/chat/"+p.center.ID+"/messages"
	desk, rider, foreign := r.connect(p.agent), r.connect(p.rider), r.connect(r.b.agent)
	desk.joined(room)
	rider.joined(room)
	foreign.joined("chat/" + r.b.center.ID)

	said := get[domain.ChatMessage](r.do(p.agent, "POST", path, domain.NewMessage{Text: "어디예요?"}).want(201))
	if said.Seq != 1 || said.From.ID != p.agent.id || said.From.Role != domain.RoleAgent {
		t.Errorf("said: %+v", said)
	}
	for _, s := range []*socket{desk, rider} {
		m := s.change(room, said.ID)
		if got := decodeAs[domain.ChatMessage](t, m.Data); got != said || m.Event != domain.EventChatMessage || *m.Seq != 1 {
			t.Errorf("%s: %s", s.name, m.raw)
		}
	}
	// The same over the socket; what is said there takes the next number.
	answer := rider.ask(map[string]any{"cmd": "publish", "address": room, "event": domain.EventChatMessage, "data": map[string]any{"text": "5 minutes"}})
	if answer.Message == nil || answer.Message.Seq != 2 || answer.Message.From.ID != p.rider.id {
		t.Fatalf("published: %s", answer.raw)
	}
	desk.change(room, answer.Message.ID)

	for address, code := range map[string]domain.Code{
		"chat/" + r.b.center.ID: domain.CodeNotFound, "delivery/" + p.center.ID: domain.CodeForbidden,
		"user/" + p.agent.id: domain.CodeForbidden, "promo/" + p.center.ID: domain.CodeForbidden, "chat": domain.CodeValidation,
	} {
		m := rider.ask(map[string]any{"cmd": "publish", "address": address, "event": domain.EventChatMessage, "data": map[string]any{"text": "x"}})
		if m.Error == nil || m.Error.Code != string(code) {
			t.Errorf("publish to %s: %s, want %s", address, m.raw, code)
		}
	}
	for data, code := range map[any]domain.Code{"text": domain.CodeMalformed, 5: domain.CodeMalformed, nil: domain.CodeValidation} {
		m := rider.ask(map[string]any{"cmd": "publish", "address": room, "event": domain.EventChatMessage, "data": data})
		if m.Error == nil || m.Error.Code != string(code) {
			t.Errorf("publish %v: %s, want %s", data, m.raw, code)
		}
	}
	if m := rider.ask(map[string]any{"cmd": "publish", "address": room, "event": "chat:typing", "data": map[string]any{"text": "x"}}); m.Error == nil || m.Error.Code != "forbidden" {
		t.Errorf("another event: %s", m.raw)
	}

	r.do(r.b.agent, "GET", path, nil).code(404, domain.CodeNotFound)
	r.do(r.b.agent, "POST", path, raw(`{"text":"x"}`)).code(404, domain.CodeNotFound)
	r.do(r.admin, "GET", "/chat/nowhere/messages", nil).code(404, domain.CodeNotFound)
	r.do(p.agent, "POST", path, raw(`{"text":""}`)).code(422, domain.CodeValidation, "text")
	r.do(p.agent, "POST", path, domain.NewMessage{Text: strings.Repeat("가", 2001)}).code(422, domain.CodeValidation, "text")
	r.do(p.agent, "POST", path, raw(`{"text":"x","seq":4}`)).code(400, domain.CodeMalformed)
	r.do(r.newKey("k", nil, domain.ScopeOrdersRead), "GET", path, nil).code(403, domain.CodeForbidden)
	foreign.never("어디예요?", "5 minutes")
}

// TestPrivateChat is read by the two alone, live and by REST.
func TestPrivateChat(t *testing.T) {
	r := newRig(t)
	p := r.a
	room, path := "chat/"+p.center.ID, "/chat/"+p.center.ID+"/messages"
	from, to, third, boss := r.connect(p.dispatcher), r.connect(p.rider), r.connect(p.rider2), r.connect(p.manager)
	toTwice := r.connect(p.rider)
	for _, s := range []*socket{from, to, third, boss} {
		s.joined(room)
	}
	const secret = "between the two of us"
	said := get[domain.ChatMessage](r.do(p.dispatcher, "POST", path, domain.NewMessage{Text: secret, To: p.rider.id}, withKey("k1")).want(201))
	if said.Seq != 0 || said.To != p.rider.id {
		t.Errorf("said: %+v", said)
	}
	for _, s := range []*socket{to, toTwice} {
		if m := s.event("user/"+p.rider.id, domain.EventChatMessage); decodeAs[domain.ChatMessage](t, m.Data).Text != secret {
			t.Errorf("got %s", m.raw)
		}
	}
	from.event("user/"+p.dispatcher.id, domain.EventChatMessage)
	// A repeated request is answered again, and nobody is told twice.
	again := r.do(p.dispatcher, "POST", path, domain.NewMessage{Text: secret, To: p.rider.id}, withKey("k1")).want(201)
	if again.header.Get("Idempotency-Replayed") != "true" {
		t.Error("not replayed")
	}
	public := get[domain.ChatMessage](r.do(p.dispatcher, "POST", path, domain.NewMessage{Text: "to all"}).want(201))
	if public.Seq != 1 {
		t.Errorf("the private message took a number: %d", public.Seq)
	}
	for _, s := range []*socket{from, to, third, boss} {
		s.change(room, public.ID)
	}
	if to.has(func(m *message) bool { return m.Event == domain.EventChatMessage && m.Address == "user/"+p.rider.id }) {
		t.Error("told twice")
	}
	third.never(secret)
	boss.never(secret)
	for _, who := range []*who{p.rider2, p.manager, r.admin} {
		r.do(who, "GET", path, nil).want(200).without(secret)
	}
	for _, who := range []*who{p.rider, p.dispatcher} {
		if got := get[list[domain.ChatMessage]](r.do(who, "GET", path, nil).want(200)); len(got.Items) != 2 || got.Items[0].Text != "to all" {
			t.Errorf("%s reads %+v", who.name, got.Items)
		}
	}
	m := to.ask(map[string]any{"cmd": "publish", "address": room, "event": domain.EventChatMessage, "data": map[string]any{"text": "ok", "to": p.dispatcher.id}})
	if m.Message == nil || m.Message.Seq != 0 {
		t.Errorf("answered: %s", m.raw)
	}
	from.event("user/"+p.dispatcher.id, domain.EventChatMessage)
	r.do(p.dispatcher, "POST", path, domain.NewMessage{Text: "x", To: r.b.agent.id}).code(422, domain.CodeValidation, "to")
}

// TestChatSnapshotIsBounded: a room opens with the newest 200, also after it
// has grown while it was in memory, and an old since gets them too.
func TestChatSnapshotIsBounded(t *testing.T) {
	r := newRig(t)
	room := "chat/" + r.a.center.ID
	early := r.connect(r.a.agent)
	first := early.joined(room)
	for i := range 230 {
		r.say(r.a, fmt.Sprint("line ", i))
	}
	early.await("the last line", func(m *message) bool { return m.Seq != nil && *m.Seq == 230 && m.Prev != nil })
	for _, s := range []*socket{r.connect(r.a.agent), r.connect(r.a.rider)} {
		m := s.joined(room)
		if len(m.Records) != feed.ChatSnapshot || *m.Seq != 230 || decodeAs[domain.ChatMessage](t, m.Records[0]).Text != "line 30" {
			t.Errorf("%d records to %d", len(m.Records), *m.Seq)
		}
	}
	resumed := early.subscribe(room, &realtime.Since{Epoch: first.Epoch, Seq: 100})
	if resumed.Mode != "resume" || len(resumed.Events) != 130 {
		t.Errorf("%s with %d", resumed.Mode, len(resumed.Events))
	}
}

// say writes a public message past HTTP.
func (r *rig) say(p *site, text string) {
	r.t.Helper()
	a := domain.Actor{UserID: p.agent.id, Name: "test", Role: domain.RoleAgent, CenterIDs: []string{p.center.ID}}
	err := r.db.Write(r.t.Context(), func(tx domain.Tx) error {
		_, err := r.srv.svc.Say(r.t.Context(), tx, a, p.center.ID, domain.NewMessage{Text: text})
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
}
