package engine

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brosops/bros/domain"
)

// fakeStore is a database of one center that counts how often it is read.
type fakeStore struct {
	state func() domain.CenterState
	loads atomic.Int64
	duty  atomic.Int64
}

func (s *fakeStore) LoadCenter(context.Context, string, time.Time) (*domain.CenterState, error) {
	s.loads.Add(1)
	st := s.state()
	return &st, nil
}

func (s *fakeStore) ListCenters(context.Context, domain.SetupFilter, domain.Page) ([]domain.Center, string, error) {
	return []domain.Center{s.state().Center}, "", nil
}

func (s *fakeStore) OnDuty(context.Context, string) ([]domain.RiderView, error) {
	s.duty.Add(1)
	return nil, nil
}

func (s *fakeStore) Write(context.Context, func(domain.Tx) error) error { return nil }

var here = domain.Location{Lat: 37.5, Lng: 127}

func entry(seq int64, kind domain.Kind, center string, r any) *domain.LogEntry {
	data, err := json.Marshal(r)
	if err != nil {
		panic(err)
	}
	return &domain.LogEntry{CenterID: center, Seq: seq, Epoch: "e", Kind: kind, Data: data}
}

func waiting(id string, now time.Time) domain.Delivery {
	return domain.Delivery{
		ID: id, CenterID: "c", Status: domain.Waiting, Shop: domain.ShopRef{Location: &here},
		Customer: domain.Customer{Location: &here}, ReadyAt: domain.At(now), CreatedAt: domain.At(now),
	}
}

// The truth is read once and then follows the log, a plan is shown at most once a
// second, and what is missing in the log has the truth read anew.
func TestKeepsTheTruth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		center := domain.Center{ID: "c", Location: here, SpeedKmh: 25, AssignMode: domain.ModeDispatch, Active: true, CreatedAt: domain.At(begun)}
		store := &fakeStore{state: func() domain.CenterState {
			return domain.CenterState{Center: center, Epoch: "e", Head: domain.Head{Seq: 10},
				Riders: []domain.Rider{{ID: "r", CenterID: "c", Active: true, Duty: domain.DutyOn, Capacity: 3}}}
		}}
		var shown []time.Time
		e := New(Options{
			Store: store, Log: slog.New(slog.DiscardHandler), Now: time.Now,
			Keep:    func(context.Context, string) error { return nil },
			Publish: func(string, []byte, bool) { shown = append(shown, time.Now()) },
			Watched: func(string) bool { return true },
			Alone:   func(ctx context.Context, fn func(context.Context)) { fn(ctx) },
			Heard:   func() bool { return true },
		})
		ctx, cancel := context.WithCancel(t.Context())
		go e.Run(ctx)
		if _, err := e.Plan(ctx, "c"); err != nil {
			t.Fatal(err)
		}
		for i := range int64(200) {
			e.Entry(entry(11+i, domain.KindDelivery, "c", waiting("d"+string(rune('a'+i%20)), time.Now())))
			time.Sleep(100 * time.Millisecond)
		}
		p, err := e.Plan(ctx, "c")
		if err != nil || len(p.Waiting)+len(p.Riders[0].Stops) == 0 {
			t.Errorf("a plan of nothing: %+v, %v", p, err)
		}
		if n := store.loads.Load(); n != 1 || store.duty.Load() != 0 {
			t.Errorf("the center was read %d times, its riders %d", n, store.duty.Load())
		}
		if len(shown) < 10 {
			t.Errorf("shown %d times in 20 s", len(shown))
		}
		for i := 1; i < len(shown); i++ {
			if d := shown[i].Sub(shown[i-1]); d < time.Second {
				t.Errorf("shown again after %s", d)
			}
		}
		e.Entry(entry(500, domain.KindDelivery, "c", waiting("late", time.Now())))
		time.Sleep(3 * time.Second)
		if n := store.loads.Load(); n < 2 {
			t.Error("a hole in the log went unnoticed")
		}
		cancel()
		synctest.Wait()
	})
}

// One node leads while a center wants the server to act, and none while none does.
func TestLeads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var set atomic.Value
		set.Store(domain.ModeDispatch)
		store := &fakeStore{state: func() domain.CenterState {
			mode := set.Load().(domain.AssignMode)
			return domain.CenterState{Center: domain.Center{ID: "c", Location: here, SpeedKmh: 25, AssignMode: mode, Active: true}, Epoch: "e"}
		}}
		var held atomic.Int64
		e := New(Options{
			Store: store, Log: slog.New(slog.DiscardHandler), Now: time.Now,
			Keep:    func(context.Context, string) error { return nil },
			Publish: func(string, []byte, bool) {}, Watched: func(string) bool { return false }, Heard: func() bool { return true },
			Alone: func(ctx context.Context, fn func(context.Context)) {
				held.Add(1)
				defer held.Add(-1)
				fn(ctx)
			},
		})
		ctx, cancel := context.WithCancel(t.Context())
		go e.Run(ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			e.Lead(ctx)
		}()
		want := func(n int64) {
			t.Helper()
			time.Sleep(time.Second)
			if held.Load() != n {
				t.Errorf("the lease is held %d times in mode %s, want %d", held.Load(), set.Load(), n)
			}
		}
		want(0)
		for _, mode := range []domain.AssignMode{domain.ModeAuto, domain.ModeClaim, domain.ModeOffer, domain.ModeDispatch, domain.ModeAuto} {
			set.Store(mode)
			c := store.state().Center
			e.Committed([]domain.LogEntry{*entry(1, domain.KindCenter, "c", c)})
			want(map[bool]int64{true: 1}[Acts(&c)])
		}
		cancel()
		<-done
		synctest.Wait()
	})
}
