package api

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/brosops/bros/api/quota"
	"github.com/brosops/bros/domain"
)

// consoles is how many clients the tests of cost connect.
const consoles = 1000

// crowd connects many clients of one user, and answers when all are there.
func crowd(r *rig, as *who, n int) []*socket {
	r.t.Helper()
	out := make([]*socket, n)
	var wg sync.WaitGroup
	slots := make(chan struct{}, 32)
	for i := range out {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			out[i] = r.connectAt(as, fmt.Sprintf("?client=%s-%d", as.name, i))
		})
	}
	wg.Wait()
	return out
}

// TestConsolesCostNoReads: what a thousand consoles see costs the database
// nothing, be it a change or their coming back all at once.
func TestConsolesCostNoReads(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Quotas = quota.Table{} }) // one account stands for a thousand consoles
	address := "delivery/" + r.a.center.ID
	for range 5 {
		r.newDelivery(r.a)
	}
	all := crowd(r, r.a.agent, consoles)
	// The beat, the look at sessions and the one at what is due read too, whoever
	// is connected: less than six times a second together.
	background := func(since time.Time) int64 { return 6 + int64(6*time.Since(since).Seconds()) }

	start, reads := time.Now(), r.db.Stats().Reads
	var wg sync.WaitGroup
	for _, s := range all {
		wg.Go(func() {
			if m := s.joined(address); len(m.Records) != 5 {
				t.Errorf("%d records", len(m.Records))
			}
		})
	}
	wg.Wait()
	if n := r.db.Stats().Reads - reads; n > 15+background(start) {
		t.Errorf("%d subscribes at once took %d reads in %s", consoles, n, time.Since(start))
	}

	start, reads = time.Now(), r.db.Stats().Reads
	const changes = 8
	in := r.a.order()
	in.Accept = true
	a := domain.Actor{UserID: "test", Name: "test", Role: domain.RoleAgent, CenterIDs: []string{r.a.center.ID}}
	var ids []string
	for range changes {
		err := r.db.Write(t.Context(), func(tx domain.Tx) error {
			got, err := r.srv.svc.CreateOrder(t.Context(), tx, a, in)
			if err == nil {
				ids = append(ids, got.Delivery.ID)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range all {
		wg.Go(func() {
			for _, id := range ids {
				s.change(address, id)
			}
		})
	}
	wg.Wait()
	if n := r.db.Stats().Reads - reads; n > background(start) {
		t.Errorf("%d changes before %d consoles took %d reads in %s", changes, consoles, n, time.Since(start))
	}
}

// TestRidersCostNoReads: the same for the room with the most to ask about.
func TestRidersCostNoReads(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Quotas = quota.Table{} }) // one account stands for 200 riders
	offer := "offer/" + r.b.center.ID
	all := crowd(r, r.b.rider, 200)
	start, reads := time.Now(), r.db.Stats().Reads
	var wg sync.WaitGroup
	for _, s := range all {
		wg.Go(func() { s.joined(offer) })
	}
	wg.Wait()
	if n := r.db.Stats().Reads - reads; n > 25+int64(6*time.Since(start).Seconds()) {
		t.Errorf("200 riders took %d reads", n)
	}
}
