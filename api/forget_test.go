package api

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/brosops/bros/api/retention"
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
	r.advance(7*24*time.Hour + time.Hour)
	// Everybody's session has expired meanwhile; they log in again.
	p.dispatcher, p.agent = r.session("again", p.dispatcher.id, ""), r.session("again", p.agent.id, "")
	if err := r.srv.keeper.Old(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.srv.keeper.Lower(t.Context()); err != nil {
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

// TestRetention: what has its time goes when that is over, and only that.
func TestRetention(t *testing.T) {
	keep := func(c *Config, _ *Deps) {
		c.Keep = retention.Keep{Log: 48 * time.Hour, Positions: 72 * time.Hour, Chat: 96 * time.Hour, Photos: 120 * time.Hour}
	}
	r := openNode(t, filepath.Join(t.TempDir(), "bros.db"), "one", nil, keep).settle()
	dir := t.TempDir()
	photos, err := NewPhotoDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = photos.Close() }()
	r.srv.photos, r.srv.keeper.Photos = photos, photos
	p := r.a
	d := r.assigned(p, p.rider)
	png := "\x89PNG\r\n\x1a\n and so on"
	var photo PhotoAnswer
	r.do(p.rider, "POST", "/deliveries/"+d.ID+"/photo", raw(png)).want(201).into(&photo)
	r.say(p, "hello")
	r.do(p.rider, "POST", "/riders/me/positions", PositionsRequest{Positions: []Fix{r.fixAt(0, 37)}}).want(202)
	old := time.Now().Add(-time.Hour) // the file's age is by the disk's clock
	file := filepath.Join(dir, filepath.FromSlash(photoPath(photo.PhotoID)))
	if err := os.Chtimes(file, old, old); err != nil {
		t.Fatal(err)
	}
	left := func() (log, track, chat, photo bool) {
		t.Helper()
		ctx := t.Context()
		entries, err := r.db.LogAfter(ctx, p.center.ID, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.db.Track(ctx, p.rider.rider, time.Unix(0, 0), r.now().Add(time.Hour), func(domain.Position) error { track = true; return nil }); err != nil {
			t.Fatal(err)
		}
		messages, err := r.db.ChatAfter(ctx, p.center.ID, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		_, err = os.Stat(file)
		return len(entries) > 0, track, len(messages) > 0, err == nil
	}
	for days, want := range []int{4, 4, 3, 2, 1, 0} {
		if days > 0 {
			r.advance(24*time.Hour + time.Minute)
		}
		if err := r.srv.keeper.Expired(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := r.srv.keeper.Old(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := r.srv.keeper.Lower(t.Context()); err != nil {
			t.Fatal(err)
		}
		log, track, chat, photo := left()
		n := 0
		for _, there := range []bool{photo, chat, track, log} {
			if there {
				n++
			}
		}
		// The shorter it is kept the sooner it goes.
		if n != want || photo != (want > 0) || chat != (want > 1) || track != (want > 2) || log != (want > 3) {
			t.Errorf("after %d days: log %v, track %v, chat %v, photo %v", days, log, track, chat, photo)
		}
	}
	if got, err := r.db.FindDelivery(t.Context(), d.ID); err != nil || got.ID != d.ID {
		t.Errorf("the delivery: %v, %v", got, err)
	}
	if h, err := r.db.History(t.Context(), d.ID); err != nil || len(h) == 0 {
		t.Errorf("its history: %v, %v", h, err)
	}
	if place, err := r.db.LastPosition(t.Context(), p.rider.rider); err != nil || place == nil {
		t.Errorf("the newest place: %v, %v", place, err)
	}
}
