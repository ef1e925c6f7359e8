package api

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/brosops/bros/api/quota"
	"github.com/brosops/bros/domain"
)

// quotas is the default table with some entries changed.
func quotas(t testing.TB, text string) quota.Table {
	t.Helper()
	table, bad := quota.Parse(text)
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	return table
}

// overQuota asserts a refusal that names the quota and says when to come back.
func (p *reply) overQuota(name string) {
	p.t.Helper()
	p.code(http.StatusTooManyRequests, domain.CodeRateLimited)
	if got := decodeAs[Problem](p.t, p.body).Detail; !strings.HasPrefix(got, "quota "+name+":") || p.header.Get("Retry-After") == "" {
		p.t.Errorf("detail %q, Retry-After %q; want the quota %s", got, p.header.Get("Retry-After"), name)
	}
}

// await waits for what the server does in its own time.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("%s: not seen", what)
		}
		runtime.Gosched()
	}
}

// until asks again until the answer is not want, and returns that one.
func (r *rig) until(want, most int, ask func(i int) *reply) *reply {
	r.t.Helper()
	for i := range most {
		if p := ask(i); p.status != want {
			return p
		}
	}
	r.t.Fatalf("%d times %d", most, want)
	return nil
}

func TestChatQuota(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Quotas = quotas(t, "messages=2/m:5") })
	say := func(who *who) func(int) *reply {
		return func(i int) *reply {
			return r.do(who, "POST", "/chat/"+r.a.center.ID+"/messages", domain.NewMessage{Text: fmt.Sprint("message ", i)})
		}
	}
	r.until(201, 7, say(r.a.rider)).overQuota("messages.rider")
	s := r.connect(r.a.rider)
	if m := s.ask(map[string]any{"cmd": "publish", "address": "chat/" + r.a.center.ID, "event": "chat:message", "data": map[string]any{"text": "x"}}); m.Error == nil || m.Error.Code != string(domain.CodeRateLimited) {
		t.Errorf("over the socket: %s", m.raw)
	}
	say(r.a.rider2)(0).want(201) // another rider
	if text := string(r.do(nobody, "GET", "/metrics", nil).want(200).body); !strings.Contains(text, `bros_quota_refused_total{caller="rider",quota="messages"} 2`) {
		t.Error("the figures don't count the refusals")
	}
}

func TestPollQuota(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Quotas = quotas(t, "polls=2") })
	first := r.poll(r.a.agent, 0, ChangesSince{Address: "user/" + r.a.agent.id})
	if len(first) != 1 {
		t.Fatalf("%+v", first)
	}
	ask := ChangesRequest{Addresses: []ChangesSince{{Address: "user/" + r.a.agent.id}}, Wait: 25}
	done := make(chan int, 2)
	for range 2 {
		go func() { done <- r.do(r.a.agent, "POST", "/changes", ask).status }()
	}
	await(t, "two polls that wait", func() bool { return r.srv.live.hub.Stats().PollsWaiting == 2 })
	r.do(r.a.agent, "POST", "/changes", ask).overQuota("polls.staff")
	r.srv.live.hub.SendUser(r.a.agent.id, "x:y", []byte(`1`))
	for range 2 {
		if status := <-done; status != 200 {
			t.Errorf("a poll within the quota: %d", status)
		}
	}
	ask.Wait = 0
	r.do(r.a.agent, "POST", "/changes", ask).want(200)
}

func TestSocketQuota(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Quotas = quotas(t, "sockets=3") })
	var open []*socket
	for range 3 {
		open = append(open, r.connect(r.a.rider))
	}
	r.do(r.a.rider, "GET", "/realtime", nil, withHeader("Upgrade", "websocket")).overQuota("sockets.rider")
	r.connect(r.a.rider2) // another rider
	_ = open[0].conn.CloseNow()
	await(t, "the place of the closed one", func() bool { return r.srv.live.hub.ConnectionsOf(identityOf(domain.Actor{UserID: r.a.rider.id})) == 2 })
	r.connect(r.a.rider)
}

func TestTrackingQuota(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Quotas = quotas(t, "guesses=1/m:20") })
	guess := func(i int) *reply {
		return r.do(nobody, "GET", "/tracking/guessed-token-of-length-"+itoa(int64(i)), nil)
	}
	r.until(404, 30, guess).overQuota("guesses.address")
}

// TestCostQuotas: what a call has cost counts for the next one.
func TestCostQuotas(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Quotas = quotas(t, "answers.staff=1K/s:4K,kept.admin=1/s:100") })
	r.until(200, 200, func(int) *reply { return r.do(r.a.agent, "GET", "/shops", nil) }).overQuota("answers.staff")
	r.do(r.a.dispatcher, "GET", "/shops", nil).want(200)
	keyed := func(i int) *reply {
		return r.do(r.admin, "POST", "/shops", domain.NewShop{CenterID: r.a.center.ID, Name: fmt.Sprint("shop ", i), Phone: "02-1234-5678", Address: "x", Location: &domain.Location{Lat: 37.5, Lng: 127}},
			withHeader("Idempotency-Key", fmt.Sprint("key ", i)))
	}
	r.until(201, 4, keyed).overQuota("kept.admin")
	r.do(r.admin, "GET", "/shops", nil).want(200)
}

func TestLateQuota(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Quotas = quotas(t, "late=1/h:2") })
	lost := func(int) *reply {
		d := r.assigned(r.a, r.a.rider)
		r.do(r.a.dispatcher, "POST", "/deliveries/"+d.ID+"/unassign", raw(`{"reason":"lost"}`)).want(200)
		at := domain.At(r.now().Add(-time.Minute))
		p := r.do(r.a.rider, "POST", "/deliveries/"+d.ID+"/deliver", raw(`{"at":"`+at.String()+`"}`))
		if p.status == 409 { // others of the same delivery are no news
			for i := range 5 {
				at := at.Add(time.Duration(-i) * time.Second)
				if again := r.do(r.a.rider, "POST", "/deliveries/"+d.ID+"/deliver", raw(`{"at":"`+at.String()+`"}`)).status; again != 409 && again != 429 {
					t.Errorf("again: %d", again)
				}
			}
		}
		return p
	}
	r.until(409, 5, lost).overQuota("late.rider")
}
