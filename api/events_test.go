package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/brosops/bros/domain"
)

func TestEvents(t *testing.T) {
	r := newRig(t)
	a, b := r.a, r.b
	key := r.newKey("menu system", []string{a.center.ID}, domain.ScopeEventsPublish)
	everywhere := r.newKey("tower", nil, domain.ScopeEventsPublish)
	room := "promo/" + a.center.ID + ":wall"
	desk, desk2, rider, foreign := r.connect(a.agent), r.connect(a.agent), r.connect(a.rider), r.connect(b.agent)
	for _, s := range []*socket{desk, desk2, rider} {
		if m := s.joined(room); !m.Volatile || *m.Seq != 0 || m.Epoch == "" && m.Records == nil {
			t.Errorf("a volatile room answers %s", m.raw)
		}
	}
	foreign.joined("promo/" + b.center.ID)
	n := 0
	post := func(as *who, e EventRequest) EventAnswer {
		t.Helper()
		n++
		e.Data = json.RawMessage(fmt.Sprintf(`{"n":%d}`, n))
		return get[EventAnswer](r.do(as, "POST", "/events", e).want(202))
	}
	event := EventRequest{Namespace: "promo", Room: a.center.ID + ":wall", Event: "promo:new", Mode: modePublic}

	if got := post(key, event); got.Delivered != 3 {
		t.Errorf("public to %d", got.Delivered)
	}
	for _, s := range []*socket{desk, desk2, rider} {
		if m := s.event(room, "promo:new"); string(m.Data) != `{"n":1}` {
			t.Errorf("%s: %s", s.name, m.raw)
		}
	}
	// Everyone but a user, and everyone but one connection.
	event.Mode, event.Except = modeBroadcast, a.agent.id
	if got := post(a.manager, event); got.Delivered != 1 {
		t.Errorf("broadcast past a user to %d", got.Delivered)
	}
	rider.event(room, "promo:new")
	event.Except = desk.id
	if got := post(everywhere, event); got.Delivered != 2 {
		t.Errorf("broadcast past a connection to %d", got.Delivered)
	}
	rider.event(room, "promo:new")
	if m := desk2.event(room, "promo:new"); string(m.Data) != `{"n":3}` {
		t.Errorf("the user's other connection: %s", m.raw)
	}

	// Private: to a user, wherever it is connected, and to one connection.
	private := EventRequest{Namespace: "user", Room: a.agent.id, Event: "note:hello", Mode: modePrivate, To: a.agent.id}
	if got := post(key, private); got.Delivered != 2 {
		t.Errorf("private to %d", got.Delivered)
	}
	desk.event("user/"+a.agent.id, "note:hello")
	desk2.event("user/"+a.agent.id, "note:hello")
	private.Namespace, private.Room, private.To = "promo", a.center.ID, desk2.id
	if got := post(key, private); got.Delivered != 1 {
		t.Errorf("private to a connection: %d", got.Delivered)
	}
	desk2.event("user/"+a.agent.id, "note:hello")
	// Not to people of centers that are none of the key's business.
	private = EventRequest{Namespace: "user", Event: "note:hello", Mode: modePrivate, To: b.agent.id}
	if got := post(key, private); got.Delivered != 0 {
		t.Error("a limited key reaches another center's people")
	}
	if got := post(key, EventRequest{Namespace: "promo", Room: a.center.ID, Event: "note:hello", Mode: modePrivate, To: foreign.id}); got.Delivered != 0 {
		t.Error("a limited key reaches another center's connection")
	}
	if got := post(everywhere, private); got.Delivered != 1 {
		t.Errorf("an unlimited key reaches %d", got.Delivered)
	}
	if m := foreign.event("user/"+b.agent.id, "note:hello"); string(m.Data) != fmt.Sprintf(`{"n":%d}`, n) {
		t.Errorf("got %s", m.raw)
	}
	foreign.never("promo:new", `"n":6`, `"n":7`)
	if desk.has(func(m *message) bool { return m.Event != "" }) || rider.has(func(m *message) bool { return m.Event == "note:hello" }) {
		t.Error("somebody heard what was not for them")
	}
}

func TestEventsRefused(t *testing.T) {
	r := newRig(t)
	key := r.newKey("k", []string{r.a.center.ID}, domain.ScopeEventsPublish)
	good := EventRequest{Namespace: "promo", Room: r.a.center.ID, Event: "promo:new", Mode: modePublic}
	edit := func(f func(*EventRequest)) EventRequest { e := good; f(&e); return e }

	for _, who := range []*who{r.a.rider, r.a.agent, r.a.dispatcher, r.newKey("reader", nil, domain.ScopeOrdersRead)} {
		r.do(who, "POST", "/events", good).code(403, domain.CodeForbidden)
	}
	// Nobody speaks with the server's own words, not even to one user.
	for _, event := range []string{domain.EventChatMessage, domain.EventChatRemoved, domain.EventChatRead, domain.EventRiderPosition, domain.EventNoticeLateDeliver, domain.EventDeliveryAssigned,
		domain.EventOrderCreate, domain.EventRiderDuty, domain.EventCenterChanged, "setup:shop", "offer:made", "ask:x", "plan:x", "notice:no_rider", "notice"} {
		r.do(r.admin, "POST", "/events", edit(func(e *EventRequest) { e.Event = event })).code(403, domain.CodeForbidden)
		r.do(key, "POST", "/events", edit(func(e *EventRequest) { e.Namespace, e.Event, e.Mode, e.To = "user", event, modePrivate, r.a.agent.id })).code(403, domain.CodeForbidden)
	}
	for _, ns := range []string{domain.NamespaceDelivery, domain.NamespaceOrder, domain.NamespaceRider, domain.NamespaceMine, domain.NamespaceOffer, domain.NamespaceChat, domain.NamespaceChatRead, domain.NamespaceMonitor, domain.NamespaceUser, domain.NamespaceSetup, "ask", "plan", "notice", "setup:x"} {
		for _, mode := range []string{modePublic, modeBroadcast, modePrivate} {
			if ns == domain.NamespaceUser && mode == modePrivate {
				continue
			}
			r.do(r.admin, "POST", "/events", edit(func(e *EventRequest) { e.Namespace, e.Mode, e.To = ns, mode, r.a.agent.id })).code(403, domain.CodeForbidden)
		}
	}
	r.do(key, "POST", "/events", edit(func(e *EventRequest) { e.Room = r.b.center.ID })).code(404, domain.CodeNotFound)
	r.do(r.a.manager, "POST", "/events", edit(func(e *EventRequest) { e.Room = r.b.center.ID + ":x" })).code(404, domain.CodeNotFound)
	r.do(r.admin, "POST", "/events", edit(func(e *EventRequest) { e.Room = "nowhere" })).code(404, domain.CodeNotFound)
	r.do(key, "POST", "/events", edit(func(e *EventRequest) { e.Event = "Promo!" })).code(422, domain.CodeValidation, "event")
	r.do(key, "POST", "/events", edit(func(e *EventRequest) { e.Namespace = "a/b" })).code(422, domain.CodeValidation, "namespace")
	r.do(key, "POST", "/events", edit(func(e *EventRequest) { e.Room = "a b" })).code(422, domain.CodeValidation, "room")
	r.do(key, "POST", "/events", edit(func(e *EventRequest) { e.Mode = "all" })).code(422, domain.CodeValidation, "mode")
	r.do(key, "POST", "/events", edit(func(e *EventRequest) { e.Mode = modePrivate })).code(422, domain.CodeValidation, "to")
	r.do(key, "POST", "/events", edit(func(e *EventRequest) {
		e.Data = json.RawMessage(`"` + strings.Repeat("x", maxEventData) + `"`)
	})).code(413, domain.CodeTooLarge)
	r.do(key, "POST", "/events", raw(`{"namespace":"promo","extra":1}`)).code(400, domain.CodeMalformed)
}

// TestEventOnce: an event posted twice under one key goes out once.
func TestEventOnce(t *testing.T) {
	r := newRig(t)
	s := r.connect(r.a.agent)
	room := "promo/" + r.a.center.ID
	s.joined(room)
	e := EventRequest{Namespace: "promo", Room: r.a.center.ID, Event: "promo:new", Mode: modePublic, Data: json.RawMessage(`"only once"`)}
	first := r.do(r.a.manager, "POST", "/events", e, withKey("e1")).want(202)
	again := r.do(r.a.manager, "POST", "/events", e, withKey("e1")).want(202)
	if again.header.Get("Idempotency-Replayed") != "true" || string(again.body) != string(first.body) {
		t.Errorf("again: %s", again.body)
	}
	e.Event = "promo:end"
	r.do(r.a.manager, "POST", "/events", e, withKey("e1")).code(422, domain.CodeIdempotencyMismatch)
	r.do(r.a.manager, "POST", "/events", e).want(202)
	s.event(room, "promo:new")
	s.event(room, "promo:end")
	if s.has(func(m *message) bool { return m.Event == "promo:new" }) {
		t.Error("delivered twice")
	}
}
