package api

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// TestOldLogIsForgotten: below the floor there are snapshots, above it resumes,
// and nobody who is connected notices.
func TestOldLogIsForgotten(t *testing.T) {
	r := openNode(t, filepath.Join(t.TempDir(), "bros.db"), "one", nil).settle()
	p := r.a
	address, mine := "delivery/"+p.center.ID, "mine/"+p.rider.rider
	s, rider := r.connect(p.agent), r.connect(p.rider)
	rider.joined(mine)
	old := s.joined(address)
	gone := r.assigned(p, p.rider)
	r.do(p.dispatcher, "POST", "/deliveries/"+gone.ID+"/unassign", raw(`{"reason":"x"}`)).want(200)
	s.await("unassigned", func(m *message) bool { return m.Event == domain.EventDeliveryWaiting })
	r.advance(logKept + time.Hour)
	// Everybody's session has expired meanwhile; they log in again.
	p.dispatcher, p.agent = r.session("again", p.dispatcher.id, ""), r.session("again", p.agent.id, "")
	if err := r.srv.pruneLog(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, err := r.db.LogAfter(t.Context(), p.center.ID, 0, 10); err != nil || len(left) != 0 {
		t.Fatalf("%d entries are left, %v", len(left), err)
	}
	late := r.connect(p.agent)
	now := late.subscribe(address, &realtime.Since{Epoch: old.Epoch, Seq: *old.Seq})
	if now.Mode != "snapshot" || !keysOf(t, now)[gone.ID] {
		t.Errorf("below the floor: %s", now.raw)
	}
	d := r.newDelivery(p)
	m := s.change(address, d.ID)
	if *m.Prev > *now.Seq {
		t.Errorf("who was connected can't go on: %s after %d", m.raw, *now.Seq)
	}
	late.change(address, d.ID)
	if again := late.subscribe(address, &realtime.Since{Epoch: now.Epoch, Seq: *now.Seq}); again.Mode != "resume" || len(again.Events) != 1 {
		t.Errorf("above the floor: %s", again.raw)
	}
	// A node that loads now knows the open one that is older than the log.
	two := openNode(t, r.path, "two", nil).beside(r)
	if keys := keysOf(t, two.connect(p.agent).joined(address)); !keys[gone.ID] || !keys[d.ID] {
		t.Errorf("loaded anew: %v", keys)
	}
}
