package main

import (
	"context"
	"encoding/json"
	"sync"
	"testing"

	"github.com/brosops/bros/cmd/bros/demo"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime/client"
)

// TestDemoShowsEveryState: a visitor sees orders and deliveries in all states
// within the first minute, riders on the move, and can log in as each of those
// that are printed. A second start goes on where the first one ended.
func TestDemoShowsEveryState(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := []string{"BROS_ADMIN_PASSWORD=", "BROS_DATABASE_URL=sqlite:real.db"}
	p := serveIn(t, dir, env, "--demo")
	watchDemo(t, p)
	p.stop()
	again := serveIn(t, dir, env, "--demo")
	watchDemo(t, again)
	again.stop()
	if hits := lines(p.stderr.String()+again.stderr.String(), `level=(WARN|ERROR)`); len(hits) != 2 {
		t.Errorf("want two lines, that BROS_DATABASE_URL has no effect, and got %q", hits)
	}
}

func watchDemo(t *testing.T, p *process) {
	t.Helper()
	for _, login := range []string{"admin", "manager", "agent", "dispatcher", "rider"} {
		if p.stdout.await(`(?m)^ +`+login+` +`+demo.Password+` `, p.ended) == nil {
			t.Fatalf("the login %s is not printed:\n%s", login, p.stdout)
		}
	}
	if p.stderr.await(`sample traffic is running`, p.ended) == nil {
		t.Fatalf("no sample traffic:\n%s", p.stderr)
	}
	for _, login := range []string{"manager", "agent", "rider"} {
		p.login(login, demo.Password)
	}
	dispatcher := p.login("dispatcher", demo.Password)
	var centers struct {
		Items []domain.Center `json:"items"`
	}
	dispatcher.must(200, "GET", "/centers", nil, &centers)
	if len(centers.Items) != 1 {
		t.Fatalf("got centers %+v", centers.Items)
	}
	center := centers.Items[0].ID

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s := newSightings()
	var live *client.Client
	live = client.New(client.Options{
		URL:   p.url,
		Token: func(context.Context, string) (string, error) { return dispatcher.token, nil },
		OnReply: func(r client.Reply) {
			for _, data := range live.Room(r.Address).Records {
				s.record(data)
			}
		},
		OnEvent: func(e client.Event) { s.event(e) },
	})
	live.Subscribe("order/"+center, "delivery/"+center, "rider/"+center)
	watching := make(chan struct{})
	watchCtx, stop := context.WithCancel(ctx)
	go func() { defer close(watching); _ = live.Run(watchCtx) }()
	select {
	case <-s.done:
	case <-ctx.Done():
		t.Errorf("not seen: %v", s.missing())
	}
	stop()
	<-watching
}

// sightings are what a visitor has yet to see.
type sightings struct {
	mu   sync.Mutex
	want map[string]bool
	done chan struct{}
}

func newSightings() *sightings {
	s := &sightings{want: map[string]bool{}, done: make(chan struct{})}
	for _, w := range []string{
		"received", "accepted", "completed", "waiting", "assigned", "pickup", "delivered",
		domain.EventOrderCreate, domain.EventOrderAccepted, domain.EventOrderCompleted,
		domain.EventDeliveryCreate, domain.EventDeliveryAssigned, domain.EventDeliveryPickup, domain.EventDeliveryDelivered,
		"rider:position",
	} {
		s.want[w] = true
	}
	return s
}

func (s *sightings) saw(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.want[what] {
		delete(s.want, what)
		if len(s.want) == 0 {
			close(s.done)
		}
	}
}

func (s *sightings) record(data []byte) {
	var r struct {
		Status string `json:"status"`
	}
	if json.Unmarshal(data, &r) == nil {
		s.saw(r.Status)
	}
}

func (s *sightings) event(e client.Event) {
	if e.Live || e.Seq == 0 {
		s.saw(e.Event)
	}
	s.record(e.Data)
}

func (s *sightings) missing() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for w := range s.want {
		out = append(out, w)
	}
	return out
}
