package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
	"github.com/brosops/bros/realtime/redistest"
)

// losses are the ways to lose what one could see, and what a call then gets.
var losses = map[string]struct {
	lose func(r *rig, w *who)
	want int
}{
	"deleted":    {func(r *rig, w *who) { r.do(r.admin, "DELETE", "/users/"+w.id, nil).want(204) }, 401},
	"logged out": {func(r *rig, w *who) { r.do(w, "POST", "/logout", nil).want(204) }, 401},
	"deactivated": {func(r *rig, w *who) {
		r.do(r.admin, "PATCH", "/users/"+w.id, raw(`{"active":false}`)).want(200)
	}, 401},
	"another password": {func(r *rig, w *who) {
		r.do(r.admin, "PATCH", "/users/"+w.id, raw(`{"password":"another-long-pass-9"}`)).want(200)
	}, 401},
	"another center": {func(r *rig, w *who) {
		r.do(r.admin, "PATCH", "/users/"+w.id, map[string]any{"centerIds": []string{r.b.center.ID}}).want(200)
	}, 200},
	"another role": {func(r *rig, w *who) {
		r.do(r.admin, "PATCH", "/users/"+w.id, map[string]any{"role": "rider"})
		r.do(r.admin, "PATCH", "/users/"+w.id, map[string]any{"centerIds": []string{r.b.center.ID}, "role": "agent"}).want(200)
	}, 200},
}

// A poll that waits is answered at once, with what the request would get now,
// and with nothing of what happens after the loss.
func TestPollsEndWithTheirRights(t *testing.T) {
	for name, loss := range losses {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			w := r.newUser("loser", domain.RoleAgent, r.a.center.ID)
			delivery := "delivery/" + r.a.center.ID
			first := r.poll(w, 0, ChangesSince{Address: delivery})[delivery]
			done := make(chan *reply, 1)
			go func() {
				done <- r.do(w, "POST", "/changes", ChangesRequest{Wait: 25, Addresses: []ChangesSince{{delivery, &realtime.Since{Epoch: first.Epoch, Seq: *first.Seq}}}})
			}()
			for r.srv.live.hub.Stats().PollsWaiting == 0 {
				r.do(r.admin, "GET", "/me", nil).want(200)
			}
			loss.lose(r, w)
			r.newDelivery(r.a)
			select {
			case got := <-done:
				got.want(loss.want).without(customerPhone, customerDetail, customerName)
				if loss.want == 200 && !strings.Contains(string(got.body), `"error"`) && !strings.Contains(string(got.body), `"revoked"`) {
					t.Errorf("the answer says nothing of the loss: %s", got.body)
				}
			case <-time.After(patience):
				t.Fatal("still waiting")
			}
		})
	}
}

// haltingStore stops a stream of deliveries after its first row.
type haltingStore struct {
	Store
	begun, goOn chan struct{}
}

func (h haltingStore) EachDelivery(ctx context.Context, centerID string, from, to time.Time, fn func(*domain.Delivery) error) error {
	first := true
	return h.Store.EachDelivery(ctx, centerID, from, to, func(d *domain.Delivery) error {
		if !first {
			close(h.begun)
			select {
			case <-h.goOn:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		first = false
		return fn(d)
	})
}

// A stream under way ends with the rights of who reads it, half-way and so that
// it is not taken for whole.
func TestStreamsEndWithTheirRights(t *testing.T) {
	for name, loss := range losses {
		t.Run(name, func(t *testing.T) {
			h := haltingStore{begun: make(chan struct{}), goOn: make(chan struct{})}
			r := newRigWith(t, func(d *Deps) { h.Store = d.Store; d.Store = h })
			w := r.newUser("loser", domain.RoleManager, r.a.center.ID)
			r.newDelivery(r.a)
			r.newDelivery(r.a)
			type got struct {
				body string
				err  error
			}
			done := make(chan got, 1)
			go func() {
				q, _ := http.NewRequest("GET", r.http.URL+base+"/reports/deliveries.csv?centerId="+r.a.center.ID, nil)
				q.Header.Set("Authorization", "Bearer "+w.token)
				res, err := http.DefaultClient.Do(q)
				if err != nil {
					done <- got{"", err}
					return
				}
				defer func() { _ = res.Body.Close() }()
				b, err := io.ReadAll(res.Body)
				done <- got{string(b), err}
			}()
			<-h.begun
			loss.lose(r, w)
			select {
			case g := <-done:
				if g.err == nil {
					t.Errorf("the stream ended as if it were whole: %s", g.body)
				}
			case <-time.After(patience):
				close(h.goOn)
				t.Fatal("the stream goes on")
			}
		})
	}
}

// What happens on one node ends the polls of the others.
func TestPollsEndWithTheirRightsOnOtherNodes(t *testing.T) {
	nodes := joinNodes(t, redistest.Start(t), "one", "two")
	one, two := nodes[0], nodes[1]
	for name, loss := range losses {
		w := one.newUser("loser-"+strings.ReplaceAll(name, " ", "-"), domain.RoleAgent, one.a.center.ID)
		delivery := "delivery/" + one.a.center.ID
		first := two.poll(w, 0, ChangesSince{Address: delivery})[delivery]
		two.followsCenter(one.a.center.ID)
		done := make(chan *reply, 1)
		go func() {
			done <- two.do(w, "POST", "/changes", ChangesRequest{Wait: 25, Addresses: []ChangesSince{{delivery, &realtime.Since{Epoch: first.Epoch, Seq: *first.Seq}}}})
		}()
		until(t, "a poll that waits", func() bool { return two.srv.live.hub.Stats().PollsWaiting > 0 })
		loss.lose(one.rig, w)
		select {
		case got := <-done:
			got.want(loss.want).without(customerPhone, customerDetail, customerName)
		case <-time.After(patience):
			t.Fatalf("%s: still waiting", name)
		}
	}
}

// A key's poll ends with the key, and a stream with the key's scope.
func TestKeysWaitsEndWithTheKey(t *testing.T) {
	h := haltingStore{begun: make(chan struct{}), goOn: make(chan struct{})}
	r := newRigWith(t, func(d *Deps) { h.Store = d.Store; d.Store = h })
	key := r.newKey("figures", nil, domain.ScopeReportsRead)
	r.newDelivery(r.a)
	r.newDelivery(r.a)
	done := make(chan error, 1)
	go func() {
		q, _ := http.NewRequest("GET", r.http.URL+base+"/reports/deliveries.csv?centerId="+r.a.center.ID, nil)
		q.Header.Set("Authorization", "Bearer "+key.token)
		res, err := http.DefaultClient.Do(q)
		if err == nil {
			_, err = io.ReadAll(res.Body)
			_ = res.Body.Close()
		}
		done <- err
	}()
	<-h.begun
	r.do(r.admin, "DELETE", "/api-keys/"+key.id, nil).want(204)
	select {
	case err := <-done:
		if err == nil {
			t.Error("the stream ended as if it were whole")
		}
	case <-time.After(patience):
		close(h.goOn)
		t.Fatal("the stream goes on")
	}
}

// A file that is read slowly is read no further than the rights go.
func TestDownloadsEndWithTheirRights(t *testing.T) {
	var w waits
	ctx, leave := w.enter(t.Context(), domain.Actor{UserID: "u"})
	defer leave()
	f := heldReader{strings.NewReader("0123456789"), ctx}
	if n, err := f.Read(make([]byte, 4)); n != 4 || err != nil {
		t.Fatalf("read %d, %v", n, err)
	}
	w.stop(func(a domain.Actor) bool { return a.UserID == "u" }, errRights)
	if n, err := f.Read(make([]byte, 4)); n != 0 || !errors.Is(err, errRights) {
		t.Errorf("after the loss: read %d, %v", n, err)
	}
}
