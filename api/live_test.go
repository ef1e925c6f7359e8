package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/brosops/bros/api/session"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// hidden is what nobody may read who has nothing to do with a delivery.
var hidden = []string{customerPhone, customerName, customerDetail, customerMemo}

// TestWhoMayHaveWhat asks for every kind of address as everybody.
func TestWhoMayHaveWhat(t *testing.T) {
	r := newRig(t)
	a, b := r.a, r.b
	key := r.newKey("shop system", nil, domain.ScopeOrdersRead, domain.ScopeEventsPublish)
	const ok, no, gone = domain.Code(""), domain.CodeForbidden, domain.CodeNotFound
	type row map[*who]domain.Code
	ca, cb := a.center.ID, b.center.ID
	table := map[string]row{
		"delivery/" + ca:         {a.agent: ok, a.dispatcher: ok, a.manager: ok, r.admin: ok, a.rider: no, b.agent: gone, b.rider: no, key: no},
		"order/" + ca:            {a.agent: ok, a.manager: ok, r.admin: ok, a.rider: no, b.dispatcher: gone, key: no},
		"rider/" + ca:            {a.agent: ok, a.dispatcher: ok, r.admin: ok, a.rider: no, b.manager: gone, key: no},
		"mine/" + a.rider.rider:  {a.rider: ok, a.rider2: gone, b.rider: gone, a.dispatcher: no, r.admin: no, key: no},
		"offer/" + cb:            {b.rider: ok, b.rider2: ok, a.rider: gone, b.dispatcher: no, r.admin: no, key: no},
		"offer/" + ca:            {a.rider: no, b.rider: gone, a.agent: no}, // center a dispatches
		"chat/" + ca:             {a.agent: ok, a.rider: ok, r.admin: ok, b.agent: gone, b.rider: gone, key: no},
		"user/" + a.agent.id:     {a.agent: ok, a.manager: no, r.admin: no, key: no},
		"monitor/cluster":        {a.manager: ok, b.manager: ok, r.admin: ok, a.dispatcher: no, a.agent: no, a.rider: no, key: no},
		"monitor/other":          {r.admin: gone},
		"promo/" + ca:            {a.agent: ok, a.rider: ok, a.manager: ok, r.admin: ok, b.agent: gone, b.rider: gone, key: no},
		"promo/" + ca + ":tv-1":  {a.agent: ok, a.rider: ok, r.admin: ok, b.agent: gone, key: no},
		"promo/" + ca + "x":      {a.agent: gone, r.admin: gone},
		"delivery/nowhere":       {a.agent: gone, r.admin: gone, a.rider: no},
		"chat/nowhere":           {a.agent: gone, r.admin: gone},
		"mine/nobody":            {a.rider: gone, a.agent: no},
		"delivery/" + ca + "/x":  {r.admin: domain.CodeValidation},
		"delivery":               {r.admin: domain.CodeValidation},
		"Delivery/" + ca:         {r.admin: domain.CodeValidation},
		"delivery/" + ca + ":tv": {a.agent: gone, r.admin: gone},
	}
	sockets := map[*who]*socket{}
	for address, row := range table {
		for who, want := range row {
			s := sockets[who]
			if s == nil {
				s = r.connect(who)
				sockets[who] = s
			}
			m := s.subscribe(address, nil)
			got := ok
			if m.Error != nil {
				got = domain.Code(m.Error.Code)
			}
			if got != want {
				t.Errorf("%s asks for %s: %s, want %q", who.name, address, m.raw, want)
			}
			// The fallback must not be a back door.
			polled := get[Changes](r.do(who, "POST", "/changes", ChangesRequest{Addresses: []ChangesSince{{Address: address}}}).want(200))
			if len(polled.Replies) == 0 {
				t.Fatalf("%s polls %s: no reply", who.name, address)
			}
			first := decodeAs[message](t, polled.Replies[0])
			if (first.Error != nil) != (want != ok) || first.Error != nil && first.Error.Code != string(want) {
				t.Errorf("%s polls %s: %s, want %q", who.name, address, polled.Replies[0], want)
			}
		}
	}
}

// TestRoomsOfAnOrder follows one order through every room it touches.
func TestRoomsOfAnOrder(t *testing.T) {
	r := newRig(t)
	p := r.b // claim
	desk, shopper := r.connect(p.dispatcher), r.connect(p.rider)
	other, foreign := r.connect(p.rider2), r.connect(r.a.agent)
	delivery, order := "delivery/"+p.center.ID, "order/"+p.center.ID
	offer, mine := "offer/"+p.center.ID, "mine/"+p.rider.rider
	for _, address := range []string{delivery, order, "rider/" + p.center.ID} {
		desk.joined(address)
	}
	shopper.joined(offer)
	shopper.joined(mine)
	other.joined(offer)
	other.joined("mine/" + p.rider2.rider)
	foreign.joined("delivery/" + r.a.center.ID)
	foreign.joined("order/" + r.a.center.ID)

	d := r.newDelivery(p)
	if got := desk.change(order, d.OrderID); got.Event != domain.EventOrderCreate && got.Event != domain.EventOrderAccepted {
		t.Errorf("order: %s", got.raw)
	}
	created := desk.change(delivery, d.ID)
	if full := decodeAs[domain.Delivery](t, created.Data); full.Customer.Phone != customerPhone || created.Event != domain.EventDeliveryCreate || *created.Seq != d.Version {
		t.Errorf("delivery: %s", created.raw)
	}
	offered := other.change(offer, d.ID)
	if masked := decodeAs[domain.Delivery](t, offered.Data); masked.Customer.Name != customerName[:1] || masked.Customer.Address == "" {
		t.Errorf("the mask: %+v", masked.Customer)
	}
	shopper.change(offer, d.ID)
	other.never(hidden...)

	// Claimed by the one: it leaves the other's offers, and is the one's in full.
	r.do(p.rider, "POST", "/deliveries/"+d.ID+"/claim", raw(`{}`)).want(200)
	if got := other.change(offer, d.ID); got.Op != "remove" || got.Data != nil {
		t.Errorf("offer: %s", got.raw)
	}
	if full := decodeAs[domain.Delivery](t, shopper.change(mine, d.ID).Data); full.Customer.Phone != customerPhone {
		t.Errorf("mine: %+v", full.Customer)
	}
	desk.change(delivery, d.ID)

	// Given to the other: the one loses it, the other has it in full.
	v := get[domain.Delivery](r.do(p.dispatcher, "GET", "/deliveries/"+d.ID, nil)).Version
	r.do(p.dispatcher, "POST", "/deliveries/"+d.ID+"/assign", domain.AssignDelivery{RiderID: p.rider2.rider, Version: &v}).want(200)
	if got := shopper.change(mine, d.ID); got.Op != "remove" {
		t.Errorf("mine: %s", got.raw)
	}
	other.change("mine/"+p.rider2.rider, d.ID)
	desk.change(delivery, d.ID)

	r.do(p.rider2, "POST", "/deliveries/"+d.ID+"/pickup", raw(`{}`)).want(200)
	r.do(p.rider2, "POST", "/deliveries/"+d.ID+"/deliver", raw(`{}`)).want(200)
	desk.await("completed", func(m *message) bool { return m.Address == order && m.Event == domain.EventOrderCompleted })
	desk.await("delivered", func(m *message) bool { return m.Address == delivery && m.Event == domain.EventDeliveryDelivered })
	last := other.await("delivered", func(m *message) bool { return m.Event == domain.EventDeliveryDelivered })
	if last.Op == "remove" {
		t.Error("a delivered one leaves its rider's room at once")
	}
	// A third sight of it: the snapshot still has it for its rider, and not for the other.
	if keys := keysOf(t, r.connect(p.rider2).joined("mine/"+p.rider2.rider)); !keys[d.ID] {
		t.Error("a delivered one is missing from its rider's snapshot")
	}
	if keys := keysOf(t, r.connect(p.rider).joined(mine)); keys[d.ID] {
		t.Error("a delivery that was taken away is in the snapshot")
	}

	// The other center heard of its own alone.
	own := r.newDelivery(r.a)
	foreign.change("delivery/"+r.a.center.ID, own.ID)
	foreign.never(d.ID, d.OrderID)
}

// TestUnbrokenNumbers checks the client rule from the client's side: each
// message says the number before it in its room.
func TestUnbrokenNumbers(t *testing.T) {
	r := newRig(t)
	s := r.connect(r.a.dispatcher)
	address := "delivery/" + r.a.center.ID
	last := *s.joined(address).Seq
	for range 5 {
		d := r.assigned(r.a, r.a.rider)
		for range 2 {
			m := s.change(address, d.ID)
			if *m.Prev > last || *m.Seq <= last {
				t.Fatalf("last %d: %s", last, m.raw)
			}
			last = *m.Seq
		}
	}
	again := s.subscribe(address, &realtime.Since{Epoch: s.joined(address).Epoch, Seq: last - 3})
	if again.Mode != "resume" || len(again.Events) == 0 || again.Events[0].Prev != nil {
		t.Errorf("resume: %s", again.raw)
	}
}

// TestOfferRights takes the offers away with duty and mode, and gives them back.
func TestOfferRights(t *testing.T) {
	r := newRig(t)
	p := r.b
	s, other := r.connect(p.rider), r.connect(p.rider2)
	offer := "offer/" + p.center.ID
	revoked := func(m *message) bool { return m.Address == offer && m.Revoked }
	s.joined(offer)
	other.joined(offer)

	r.do(p.rider, "POST", "/riders/me/duty", raw(`{"duty":"break"}`)).want(200)
	s.await("revoked", revoked)
	s.refused(offer, domain.CodeForbidden)
	d := r.newDelivery(p)
	other.change(offer, d.ID)
	s.never(d.ID)
	r.do(p.rider, "POST", "/riders/me/duty", raw(`{"duty":"on"}`)).want(200)
	if keys := keysOf(t, s.joined(offer)); !keys[d.ID] {
		t.Error("who comes on duty does not see what waits")
	}

	r.do(r.admin, "PATCH", "/centers/"+p.center.ID, raw(`{"assignMode":"dispatch"}`)).want(200)
	s.await("revoked", revoked)
	other.await("revoked", revoked)
	s.refused(offer, domain.CodeForbidden)
	r.do(r.admin, "PATCH", "/centers/"+p.center.ID, raw(`{"assignMode":"claim"}`)).want(200)
	s.joined(offer)
	// A dismissed rider loses its session, not just the room.
	r.do(p.manager, "PATCH", "/riders/"+p.rider2.rider, raw(`{"active":false}`)).want(200)
	if code := other.closed(); code != realtime.CloseSession {
		t.Errorf("closed with %d", code)
	}
}

// TestSessionEnds closes sockets with the session they came by.
func TestSessionEnds(t *testing.T) {
	r := newRig(t)
	twice := r.session("again", r.a.agent.id, "")
	s, kept := r.connect(r.a.agent), r.connect(twice)
	r.do(r.a.agent, "POST", "/logout", nil).want(204)
	if code := s.closed(); code != realtime.CloseSession {
		t.Errorf("logged out: %d", code)
	}
	kept.joined("delivery/" + r.a.center.ID)
	r.do(r.a.manager, "DELETE", "/users/"+r.a.agent.id, nil).want(204)
	if code := kept.closed(); code != realtime.CloseSession {
		t.Errorf("deleted: %d", code)
	}
	key := r.newKey("k", nil, domain.ScopeEventsPublish)
	k := r.connect(key)
	r.do(r.admin, "DELETE", "/api-keys/"+key.id, nil).want(204)
	if code := k.closed(); code != realtime.CloseSession {
		t.Errorf("key deleted: %d", code)
	}
}

// TestSessionsOfAnotherProcess ends and changes sessions past this server: the
// periodic look finds it.
func TestSessionsOfAnotherProcess(t *testing.T) {
	r := newRig(t)
	ended, moved := r.connect(r.a.agent), r.connect(r.a.dispatcher)
	moved.joined("delivery/" + r.a.center.ID)
	if err := r.db.DeleteSession(t.Context(), session.HashToken(r.a.agent.token)); err != nil {
		t.Fatal(err)
	}
	r.system(func(ctx context.Context, tx domain.Tx, a domain.Actor) error {
		u, err := tx.FindUser(ctx, r.a.dispatcher.id)
		if err != nil {
			return err
		}
		u.CenterIDs = []string{r.b.center.ID}
		return tx.UpdateUser(ctx, u, "", u.Version)
	})
	if err := r.srv.checkSockets(t.Context()); err != nil {
		t.Fatal(err)
	}
	if code := ended.closed(); code != realtime.CloseSession {
		t.Errorf("closed with %d", code)
	}
	moved.await("revoked", func(m *message) bool { return m.Revoked })
	moved.refused("delivery/"+r.a.center.ID, domain.CodeNotFound)
	moved.joined("delivery/" + r.b.center.ID)
}

// TestSocketsKeepSessions: an open socket is a use of its session.
func TestSocketsKeepSessions(t *testing.T) {
	r := newRig(t)
	s := r.connect(r.a.agent)
	for range 3 {
		r.advance(session.Life * 2 / 3)
		if err := r.srv.checkSockets(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	s.joined("delivery/" + r.a.center.ID)
	r.do(r.a.agent, "GET", "/me", nil).want(200)
	r.do(r.a.dispatcher, "GET", "/me", nil).code(401, domain.CodeUnauthenticated)
}

// TestUpgrade is who gets a socket at all.
func TestUpgrade(t *testing.T) {
	r := newRig(t)
	own := withHeader("Origin", r.http.URL)
	browser := &who{name: "browser", id: r.a.agent.id, token: r.a.agent.token, cookie: true}
	r.connect(browser, own).joined("delivery/" + r.a.center.ID)

	refusal := func(as *who, query string, want int, opts ...option) {
		t.Helper()
		conn, res, err := r.dial(as, query, opts...)
		if err == nil {
			_ = conn.CloseNow()
			t.Fatalf("%s%s: connected", as.name, query)
		}
		if res == nil || res.StatusCode != want || res.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s%s: %v, want the problem %d", as.name, query, res, want)
		}
	}
	refusal(nobody, "", http.StatusUnauthorized)
	refusal(&who{name: "stranger", token: session.Prefix + "x"}, "", http.StatusUnauthorized)
	refusal(nobody, "?ticket=made-up", http.StatusUnauthorized)
	refusal(browser, "", http.StatusForbidden)
	refusal(browser, "", http.StatusForbidden, withHeader("Origin", "https://evil.example"))
	refusal(browser, "", http.StatusForbidden, withHeader("Origin", "null"))
	refusal(r.a.agent, "?client=a%20b", http.StatusUnprocessableEntity)
	r.do(nobody, "GET", "/realtime", nil).code(401, domain.CodeUnauthenticated)
	r.do(r.a.agent, "GET", "/realtime", nil).code(400, domain.CodeMalformed)

	ticket := get[Ticket](r.do(r.a.agent, "POST", "/realtime/ticket", nil).want(201))
	if ticket.ExpiresAt.Sub(r.now()) > ticketLife {
		t.Errorf("the ticket is good until %s", ticket.ExpiresAt)
	}
	s := r.connectAt(&who{name: "by ticket", id: r.a.agent.id}, "?ticket="+ticket.Ticket)
	s.joined("delivery/" + r.a.center.ID)
	refusal(nobody, "?ticket="+ticket.Ticket, http.StatusUnauthorized) // used up
	late := get[Ticket](r.do(r.a.agent, "POST", "/realtime/ticket", nil).want(201))
	r.advance(ticketLife + 1e9)
	refusal(nobody, "?ticket="+late.Ticket, http.StatusUnauthorized)
	r.do(r.a.agent, "POST", "/logout", nil).want(204)
	if code := s.closed(); code != realtime.CloseSession {
		t.Errorf("a socket by ticket outlives its session: %d", code)
	}
}

// TestSameClientComesBack: the newer connection of a named client takes over.
func TestSameClientComesBack(t *testing.T) {
	r := newRig(t)
	first := r.connectAt(r.a.agent, "?client=tab-1")
	other := r.connectAt(r.a.agent, "?client=tab-2")
	stranger := r.connectAt(r.a.dispatcher, "?client=tab-1")
	second := r.connectAt(r.a.agent, "?client=tab-1")
	if code := first.closed(); code != realtime.CloseSuperseded {
		t.Errorf("closed with %d", code)
	}
	for _, s := range []*socket{other, stranger, second} {
		if m := s.ask(map[string]any{"cmd": "ping"}); !m.Pong {
			t.Errorf("%s: %s", s.name, m.raw)
		}
	}
}

// TestPublicURLOrigin: the configured origin may open sockets by cookie too.
func TestPublicURLOrigin(t *testing.T) {
	r := newRig(t, func(c *Config) { c.PublicURL = "https://bros.example" })
	browser := &who{name: "browser", id: r.a.agent.id, token: r.a.agent.token, cookie: true}
	r.connect(browser, withHeader("Origin", "https://bros.example"))
	if conn, _, err := r.dial(browser, "", withHeader("Origin", "http://bros.example")); err == nil {
		_ = conn.CloseNow()
		t.Error("another scheme is another origin")
	}
}

// TestDrain sends everybody away with a time to come back.
func TestDrain(t *testing.T) {
	r := newRig(t)
	s := r.connect(r.a.agent)
	s.joined("delivery/" + r.a.center.ID)
	polled := make(chan *reply, 1)
	since := s.joined("delivery/" + r.a.center.ID)
	go func() {
		polled <- r.do(r.a.agent, "POST", "/changes", ChangesRequest{Wait: 25, Addresses: []ChangesSince{
			{Address: "delivery/" + r.a.center.ID, Since: &realtime.Since{Epoch: since.Epoch, Seq: *since.Seq}}}})
	}()
	for r.srv.live.hub.Stats().PollsWaiting == 0 && len(polled) == 0 {
		s.ask(map[string]any{"cmd": "ping"})
	}
	r.srv.Drain(t.Context())
	if code := s.closed(); code != realtime.CloseRestarting {
		t.Errorf("closed with %d", code)
	}
	var ce websocket.CloseError
	if !errors.As(s.err, &ce) || !json.Valid([]byte(ce.Reason)) || !strings.Contains(ce.Reason, "retryAfterMs") {
		t.Errorf("the reason is %q", ce.Reason)
	}
	(<-polled).want(200)
	conn, res, err := r.dial(r.a.agent, "")
	if err == nil {
		_ = conn.CloseNow()
		t.Fatal("a draining node takes sockets")
	}
	if res == nil || res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("refused with %v", res)
	}
}

// TestRightsChange: a changed role or center counts on open sockets at once.
func TestRightsChange(t *testing.T) {
	r := newRig(t)
	a, b := r.a.center.ID, r.b.center.ID
	s, kept := r.connect(r.a.dispatcher), r.connect(r.a.agent)
	s.joined("delivery/" + a)
	s.joined("chat/" + a)
	kept.joined("delivery/" + a)
	r.do(r.admin, "PATCH", "/users/"+r.a.dispatcher.id, map[string]any{"centerIds": []string{b}}).want(200)
	for range 2 {
		s.await("revoked", func(m *message) bool { return m.Revoked })
	}
	s.drop()
	d := r.newDelivery(r.a)
	kept.change("delivery/"+a, d.ID)
	s.joined("delivery/" + b)
	s.refused("delivery/"+a, domain.CodeNotFound)
	s.never(d.ID)
	e := r.newDelivery(r.b)
	s.change("delivery/"+b, e.ID)
	// Made a manager it may watch the monitor, made an agent again it may not.
	r.do(r.admin, "PATCH", "/users/"+r.a.dispatcher.id, raw(`{"role":"manager"}`)).want(200)
	s.joined(monitorAddress)
	r.do(r.admin, "PATCH", "/users/"+r.a.dispatcher.id, raw(`{"role":"agent"}`)).want(200)
	s.await("revoked", func(m *message) bool { return m.Address == monitorAddress && m.Revoked })
}
