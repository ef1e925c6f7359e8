package api

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// poll asks once and answers the first reply for each address.
func (r *rig) poll(as *who, wait float64, addresses ...ChangesSince) map[string]message {
	r.t.Helper()
	got := get[Changes](r.do(as, "POST", "/changes", ChangesRequest{Addresses: addresses, Wait: wait}).want(200))
	out := map[string]message{}
	for _, raw := range got.Replies {
		m := decodeAs[message](r.t, raw)
		m.raw = string(raw)
		key := m.Address
		if m.Event != "" {
			key += " " + m.Event
		}
		if _, twice := out[key]; !twice {
			out[key] = m
		}
	}
	return out
}

func TestChanges(t *testing.T) {
	r := newRig(t)
	p := r.a
	delivery, rider := "delivery/"+p.center.ID, "rider/"+p.center.ID
	first := r.poll(p.agent, 25, ChangesSince{Address: delivery}, ChangesSince{Address: rider})
	if first[delivery].Mode != "snapshot" || first[rider].Mode != "snapshot" || len(first[rider].Records) != 2 {
		t.Fatalf("first sight: %+v", first)
	}
	at := &realtime.Since{Epoch: first[delivery].Epoch, Seq: *first[delivery].Seq}
	// Nothing new: the answer comes when the time is over.
	start := time.Now()
	if got := r.poll(p.agent, 0.05, ChangesSince{delivery, at})[delivery]; got.Mode != "resume" || len(got.Events) != 0 || time.Since(start) < 50*time.Millisecond {
		t.Errorf("nothing new: %s after %s", got.raw, time.Since(start))
	}
	// Something new: at once.
	done := make(chan map[string]message, 1)
	go func() { done <- r.poll(p.agent, 25, ChangesSince{delivery, at}) }()
	d := r.newDelivery(p)
	select {
	case got := <-done:
		if e := got[delivery]; e.Mode != "resume" || len(e.Events) != 1 || e.Events[0].Key != d.ID || *e.Seq < d.Version {
			t.Errorf("new: %s", e.raw)
		}
	case <-time.After(patience):
		t.Fatal("the poll slept through a change")
	}
	r.do(p.rider, "POST", "/riders/me/positions", PositionsRequest{Positions: []Fix{r.fixAt(0, 37.7)}}).want(202)
	if got := r.poll(p.agent, 0, ChangesSince{Address: rider})[rider+" "+domain.EventRiderPosition]; len(got.Data) == 0 {
		t.Error("no places in the poll")
	}

	r.do(p.agent, "POST", "/changes", raw(`{"addresses":[]}`)).code(422, domain.CodeValidation, "addresses")
	r.do(p.agent, "POST", "/changes", ChangesRequest{Addresses: make([]ChangesSince, maxPolled+1)}).code(422, domain.CodeValidation, "addresses")
	r.do(p.agent, "POST", "/changes", raw(`{"addresses":[{"address":"delivery/x"},{"address":"order/x"},{"address":"delivery/x"}]}`)).code(422, domain.CodeValidation, "addresses")
	r.do(p.agent, "POST", "/changes", raw(`{"addresses":[{"address":"delivery/x"}],"wait":26}`)).code(422, domain.CodeValidation, "wait")
	r.do(p.agent, "POST", "/changes", raw(`{"addresses":[{"address":"delivery/x","sinse":1}]}`)).code(400, domain.CodeMalformed)
	r.do(nobody, "POST", "/changes", raw(`{}`)).code(401, domain.CodeUnauthenticated)
}

// TestChangesOfOffers: a poll that waits learns that its right has gone.
func TestChangesOfOffers(t *testing.T) {
	r := newRig(t)
	p := r.b
	offer := "offer/" + p.center.ID
	first := r.poll(p.rider, 0, ChangesSince{Address: offer})[offer]
	done := make(chan message, 1)
	go func() {
		done <- r.poll(p.rider, 25, ChangesSince{offer, &realtime.Since{Epoch: first.Epoch, Seq: *first.Seq}})[offer]
	}()
	for r.srv.live.hub.Stats().PollsWaiting == 0 {
		r.do(p.agent, "GET", "/me", nil).want(200)
	}
	r.do(p.rider, "POST", "/riders/me/duty", raw(`{"duty":"break"}`)).want(200)
	select {
	case got := <-done:
		if !got.Revoked && got.Error == nil {
			t.Errorf("got %s", got.raw)
		}
	case <-time.After(patience):
		t.Fatal("still waiting")
	}
}

// TestChangesBringPrivateEvents: who polls hears on its own address too.
func TestChangesBringPrivateEvents(t *testing.T) {
	r := newRig(t)
	p := r.a
	own := "user/" + p.dispatcher.id
	d := r.assigned(p, p.rider)
	r.do(p.dispatcher, "POST", "/deliveries/"+d.ID+"/unassign", raw(`{"reason":"x"}`)).want(200)
	for event, send := range map[string]func(){
		"note:x": func() {
			r.do(r.admin, "POST", "/events", EventRequest{Namespace: "user", Event: "note:x", Mode: modePrivate, To: p.dispatcher.id}).want(202)
		},
		domain.EventChatMessage: func() {
			r.do(p.rider, "POST", "/chat/"+p.center.ID+"/messages", domain.NewMessage{Text: "x", To: p.dispatcher.id}).want(201)
		},
		domain.EventNoticeLateDeliver: func() {
			r.do(p.rider, "POST", "/deliveries/"+d.ID+"/deliver", raw(`{}`)).code(409, domain.CodeIllegalTransition)
		},
	} {
		done := make(chan map[string]message, 1)
		go func() { done <- r.poll(p.dispatcher, 25, ChangesSince{Address: own}) }()
		for r.srv.live.hub.Stats().PollsWaiting == 0 {
			r.do(p.agent, "GET", "/me", nil).want(200)
		}
		send()
		select {
		case got := <-done:
			if len(got[own+" "+event].Data) == 0 {
				t.Errorf("%s: %+v", event, got)
			}
		case <-time.After(patience):
			t.Fatalf("%s did not come", event)
		}
	}
}

// TestLateDeliverNotice goes to the dispatchers of the center, and to no one else.
func TestLateDeliverNotice(t *testing.T) {
	r := newRig(t)
	p := r.a
	dispatcher, manager, boss := r.connect(p.dispatcher), r.connect(p.manager), r.connect(r.admin)
	agent, rider, foreign := r.connect(p.agent), r.connect(p.rider2), r.connect(r.b.dispatcher)
	mine := "mine/" + p.rider2.rider
	rider.joined(mine)
	d := r.assigned(p, p.rider)
	r.do(p.rider, "POST", "/deliveries/"+d.ID+"/pickup", raw(`{}`)).want(200)
	v := get[domain.Delivery](r.do(p.dispatcher, "GET", "/deliveries/"+d.ID, nil)).Version
	r.do(p.dispatcher, "POST", "/deliveries/"+d.ID+"/assign", domain.AssignDelivery{RiderID: p.rider2.rider, Version: &v, Reason: "flat tyre"}).want(200)
	at := domain.At(r.now().Add(-5 * time.Minute))
	body, _ := json.Marshal(map[string]any{"at": at})
	late := r.do(p.rider, "POST", "/deliveries/"+d.ID+"/deliver", body).code(409, domain.CodeIllegalTransition)
	late.without(hidden...)
	for _, s := range []*socket{dispatcher, manager, boss} {
		m := s.await("the notice", func(m *message) bool { return m.Event == domain.EventNoticeLateDeliver })
		n := decodeAs[lateDeliver](t, m.Data)
		if n.DeliveryID != d.ID || n.Number != d.Number || n.RiderID != p.rider.rider || !n.At.Equal(at.Time) {
			t.Errorf("%s: %s", s.name, m.raw)
		}
	}
	// Said again with the same time it is neither stored nor told again.
	r.do(p.rider, "POST", "/deliveries/"+d.ID+"/deliver", body).code(409, domain.CodeIllegalTransition)
	r.do(p.rider2, "POST", "/deliveries/"+d.ID+"/deliver", raw(`{}`)).want(200)
	rider.await("delivered", func(m *message) bool { return m.Address == mine && m.Event == domain.EventDeliveryDelivered })
	if dispatcher.has(func(m *message) bool { return m.Event == domain.EventNoticeLateDeliver }) {
		t.Error("told twice")
	}
	for _, s := range []*socket{agent, rider, foreign} {
		s.never(domain.EventNoticeLateDeliver)
	}
}

// TestChangesReadsBounded: one call has the database asked for a bounded number
// of centers; the addresses beyond are left to the next call.
func TestChangesReadsBounded(t *testing.T) {
	r := newRig(t)
	in := ChangesRequest{}
	for i := range maxPolled {
		in.Addresses = append(in.Addresses, ChangesSince{Address: "delivery/nowhere" + itoa(int64(i))})
	}
	if got := get[Changes](r.do(r.admin, "POST", "/changes", in).want(200)); len(got.Replies) != maxLookups {
		t.Errorf("%d replies, want %d", len(got.Replies), maxLookups)
	}
}
