package api

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/brosops/bros/api/feed"
	"github.com/brosops/bros/domain"
)

// fixAt is a fix so long before the server's now.
func (r *rig) fixAt(ago time.Duration, lat float64) Fix {
	lng := 127.1
	return Fix{Lat: &lat, Lng: &lng, At: domain.At(r.now().Add(-ago))}
}

func TestPositions(t *testing.T) {
	r := newRig(t)
	p := r.a
	room := "rider/" + p.center.ID
	desk, foreign, rider := r.connect(p.agent), r.connect(r.b.agent), r.connect(p.rider)
	before := desk.joined(room)
	foreign.joined("rider/" + r.b.center.ID)

	body := PositionsRequest{Positions: []Fix{r.fixAt(time.Hour, 37.1), r.fixAt(-2*time.Minute, 37.9), r.fixAt(time.Second, 37.2), {At: domain.At(r.now())}, r.fixAt(0, 91)}}
	got := get[PositionsAnswer](r.do(p.rider, "POST", "/riders/me/positions", body).want(202))
	if got.Accepted != 2 || len(got.Rejected) != 3 || got.Rejected[0].Index != 1 || got.Rejected[1].Index != 3 || got.Rejected[2].Index != 4 {
		t.Errorf("answered %+v", got)
	}
	type places []feed.Place
	at := func(lat float64) func(*message) bool {
		return func(m *message) bool {
			return m.Address == room && m.Event == domain.EventRiderPosition && strings.Contains(string(m.Data), fmt.Sprint(lat))
		}
	}
	m := desk.await("the newest place", at(37.2))
	if all := decodeAs[places](t, m.Data); len(all) != 1 || all[0].RiderID != p.rider.rider || m.Seq != nil {
		t.Errorf("places: %s", m.raw)
	}
	// An older fix is stored, and moves nothing; the same again is accepted and stored once.
	r.do(p.rider, "POST", "/riders/me/positions", PositionsRequest{Positions: []Fix{r.fixAt(time.Minute, 37.3)}}).want(202)
	body.Positions = body.Positions[:1]
	for range 2 {
		if got := get[PositionsAnswer](r.do(p.rider, "POST", "/riders/me/positions", body).want(202)); got.Accepted != 1 || got.Rejected == nil {
			t.Errorf("again: %+v", got)
		}
	}
	if last, err := r.db.LastPosition(t.Context(), p.rider.rider); err != nil || last.Lat != 37.2 {
		t.Errorf("the newest place is %+v, %v", last, err)
	}
	stored := 0
	if err := r.db.Track(t.Context(), p.rider.rider, r.now().Add(-2*time.Hour), r.now(), func(domain.Position) error { stored++; return nil }); err != nil || stored != 3 {
		t.Errorf("%d fixes stored, %v", stored, err)
	}
	// Over the socket.
	answer := rider.ask(map[string]any{"cmd": "positions", "positions": []Fix{r.fixAt(0, 37.4)}, "battery": "old app"})
	if answer.Accepted == nil || *answer.Accepted != 1 {
		t.Errorf("over the socket: %s", answer.raw)
	}
	desk.await("the next place", at(37.4))
	if m := desk.ask(map[string]any{"cmd": "positions", "positions": []Fix{r.fixAt(0, 1)}}); m.Error == nil || m.Error.Code != "forbidden" {
		t.Errorf("a desk has no position: %s", m.raw)
	}
	for _, bad := range []any{[]Fix{}, "x", make([]Fix, maxFixes+1)} {
		if m := rider.ask(map[string]any{"cmd": "positions", "positions": bad}); m.Error == nil {
			t.Errorf("took %v", bad)
		}
	}
	// Who comes later sees all last places behind the reply, and `last` is as it was.
	late := r.connect(p.dispatcher)
	if m := late.joined(room); *m.Seq != *before.Seq {
		t.Errorf("places took numbers: %d, then %d", *before.Seq, *m.Seq)
	}
	late.await("last places", at(37.4))
	foreign.never(p.rider.rider)
	if p.rider2.rider == "" || desk.has(func(m *message) bool { return strings.Contains(string(m.Data), "37.3") }) {
		t.Error("an older fix moved a rider")
	}
}

func TestPositionsRights(t *testing.T) {
	r := newRig(t)
	body := PositionsRequest{Positions: []Fix{r.fixAt(0, 37.5)}}
	key := r.newKey("fleet", []string{r.a.center.ID}, domain.ScopeRidersWrite)
	own, other := "/riders/"+r.a.rider.rider+"/positions", "/riders/"+r.b.rider.rider+"/positions"
	r.do(key, "POST", own, body).want(202)
	r.do(r.a.rider, "POST", own, body).want(202)
	r.do(key, "POST", other, body).code(404, domain.CodeNotFound)
	r.do(key, "POST", "/riders/nobody/positions", body).code(404, domain.CodeNotFound)
	r.do(r.a.rider2, "POST", own, body).code(404, domain.CodeNotFound)
	r.do(key, "POST", "/riders/me/positions", body).code(403, domain.CodeForbidden)
	r.do(r.a.agent, "POST", own, body).code(403, domain.CodeForbidden)
	r.do(r.a.agent, "POST", "/riders/me/positions", body).code(403, domain.CodeForbidden)
	r.do(r.newKey("reader", nil, domain.ScopeOrdersRead), "POST", own, body).code(403, domain.CodeForbidden)
	r.do(r.a.rider, "POST", own, PositionsRequest{}).code(422, domain.CodeValidation, "positions")
	r.do(r.a.rider, "POST", own, PositionsRequest{Positions: make([]Fix, maxFixes+1)}).code(422, domain.CodeValidation, "positions")
	r.do(r.a.rider, "POST", own, raw(`{"positions":[{"lat":"x"}]}`)).want(422)
	r.do(r.a.rider, "POST", own, raw(`{"positions":[`)).code(400, domain.CodeMalformed)
	r.do(r.a.rider, "POST", own, raw(`{"positions":[{"lat":1,"lng":2,"at":"2026-01-01T00:00:00Z","shoeSize":43,"heading":-1}],"app":"9"}`)).want(202)
	first := r.do(r.a.rider, "POST", own, body, withKey("p1")).want(202)
	again := r.do(r.a.rider, "POST", own, body, withKey("p1")).want(202)
	if again.header.Get("Idempotency-Replayed") != "true" || string(again.body) != string(first.body) {
		t.Errorf("again: %v %s", again.header, again.body)
	}
	r.do(r.a.rider, "POST", own, PositionsRequest{Positions: []Fix{r.fixAt(time.Second, 1)}}, withKey("p1")).code(422, domain.CodeIdempotencyMismatch)
}

// TestPositionsShareCommits: many riders at once cost few transactions.
func TestPositionsShareCommits(t *testing.T) {
	r := newRig(t)
	before := r.db.Stats().Commits
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			rider := r.a.rider.rider
			if i%2 == 0 {
				rider = r.a.rider2.rider
			}
			fix := domain.Position{RiderID: rider, Lat: 37.5, Lng: 127, At: domain.At(r.now().Add(time.Duration(i) * time.Millisecond))}
			if err := r.srv.live.fixes.save(t.Context(), r.a.center.ID, []domain.Position{fix}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := r.db.Stats().Commits - before; n > 50 {
		t.Errorf("200 calls at once took %d transactions", n)
	}
}
