package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/brosops/bros/realtime"
)

// TestStandbyTicket: kept for minutes, used once, at home or elsewhere; the
// next one comes over the socket; all end with the session.
func TestStandbyTicket(t *testing.T) {
	peers := []string{"https://two.example"}
	r := newRig(t, func(c *Config) { c.Peers = peers })
	body := map[string]any{"standby": true}
	first := get[Ticket](r.do(r.a.agent, "POST", "/realtime/ticket", body).want(201))
	if !slices.Equal(first.Peers, peers) || (first.ExpiresAt.Sub(r.now())-standbyLife).Abs() > time.Second {
		t.Errorf("a standby ticket for %v until %s", first.Peers, first.ExpiresAt)
	}
	plain := get[Ticket](r.do(r.a.agent, "POST", "/realtime/ticket", nil).want(201))
	if plain.Peers != nil || plain.ExpiresAt.Sub(r.now()) > ticketLife {
		t.Errorf("one that nobody wanted to keep: %v until %s", plain.Peers, plain.ExpiresAt)
	}

	r.advance(5 * time.Minute)
	s := r.connectAt(&who{name: "by ticket", id: r.a.agent.id}, "?ticket="+first.Ticket, withHeader("Origin", "https://one.example"))
	s.joined("delivery/" + r.a.center.ID)
	refused := func(ticket string) {
		t.Helper()
		if _, res, err := r.dial(nobody, "?ticket="+ticket); err == nil || res.StatusCode != http.StatusUnauthorized {
			t.Errorf("the ticket opens a socket: %v", res)
		}
	}
	refused(first.Ticket)
	next := s.ask(map[string]any{"cmd": "ticket"})
	if next.Ticket == "" || next.Ticket == first.Ticket {
		t.Fatalf("over the socket: %+v", next)
	}
	r.do(nobody, "GET", "/me", nil, withHeader("Authorization", "Bearer "+next.Ticket)).want(401)

	r.do(r.a.agent, "POST", "/logout", nil).want(204)
	if code := s.closed(); code != realtime.CloseSession {
		t.Errorf("a socket by a standby ticket outlives its session: %d", code)
	}
	refused(next.Ticket)
}

// TestPeersInPolicy: pages may open sockets to the named nodes and to no other.
func TestPeersInPolicy(t *testing.T) {
	csp := contentPolicy(Config{Peers: []string{"https://two.example", "http://10.0.0.2:8080"}})
	for _, want := range []string{" wss://two.example", " ws://10.0.0.2:8080"} {
		if !strings.Contains(csp, want) {
			t.Errorf("%s is missing in %s", want, csp)
		}
	}
}
