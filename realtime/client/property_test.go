package client

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// Whatever is lost, said twice, put out of order, cut, stalled, refused or
// restored from a backup: once the trouble is over, the models equal the rooms.
func TestEndsEqualAfterAnyTrouble(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		steps := rapid.SliceOfN(rapid.IntRange(0, 19), 20, 150).Draw(rt, "steps")
		var failure string
		synctest.Test(t, func(*testing.T) { failure = trouble(seed, steps) })
		if failure != "" {
			rt.Fatal(failure)
		}
	})
}

func trouble(seed uint64, steps []int) (failure string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer synctest.Wait()
	defer cancel()
	rng := rand.New(rand.NewPCG(seed, 1))
	f := newFake()
	defer f.stop()
	f.perPart = 1 + rng.IntN(5)
	odds := rng.IntN(6)
	f.fault = func() fault {
		if rng.IntN(10) >= odds {
			return fine
		}
		return fault(rng.IntN(4))
	}
	c := f.client(Options{})
	go func() { _ = c.Run(ctx) }()
	c.Subscribe(deliveries, orders)
	for _, step := range steps {
		f.step(step, rng)
		if rng.IntN(3) == 0 {
			time.Sleep(time.Duration(rng.Int64N(int64(8 * time.Second))))
		}
	}
	f.set(func() { f.fault, f.refuse, f.mute, f.deaf = nil, 0, false, 0 })
	time.Sleep(3 * time.Minute)
	synctest.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range []string{deliveries, orders} {
		room := c.Room(a)
		if d := Compare(room.Records, f.state(a)); len(d) > 0 || !room.Synced || room.Epoch != f.epoch || room.Seq != f.seq {
			return fmt.Sprintf("%s at %s/%d, server at %s/%d: %s; %+v", a, room.Epoch, room.Seq, f.epoch, f.seq, d, c.Stats())
		}
	}
	if s := c.Stats(); s.GapsSeen != s.GapsRepaired {
		return fmt.Sprintf("gaps left open: %+v", s)
	}
	return ""
}

// step is one change or one piece of trouble.
func (f *fake) step(n int, rng *rand.Rand) {
	room := []string{deliveries, orders}[rng.IntN(2)]
	switch n {
	case 0:
		f.cutAll()
	case 1:
		f.closeAll(1012, `{"retryAfterMs":5000}`)
	case 2:
		f.set(func() {
			for c := range f.conns {
				c.stall = true
			}
		})
	case 3:
		f.set(func() { f.refuse = 503 - rng.IntN(4) })
	case 4:
		f.set(func() { f.refuse, f.mute = 0, false })
	case 5:
		f.set(func() { f.deaf = 2 })
	case 6: // what was queued for a slow client is thrown away
		f.set(func() {
			for c := range f.conns {
				c.queue, c.held = nil, nil
				for a := range c.subs {
					c.push(map[string]any{"address": a, "resync": true})
				}
			}
		})
	case 7:
		f.set(func() {
			f.epoch += "x"
			keep := rng.IntN(len(f.entries) + 1)
			f.entries, f.floor = f.entries[:keep], 0
			f.seq = int64(keep)
			for i := range f.entries {
				f.entries[i].seq = int64(i + 1)
			}
		})
	case 8:
		f.set(func() { f.floor = f.seq - f.seq/4 })
	case 9:
		f.set(func() { f.mute = rng.IntN(2) == 0 })
	default:
		for range 1 + rng.IntN(4) {
			key := fmt.Sprint("k", rng.IntN(12))
			if rng.IntN(4) == 0 {
				f.commit(room, key, nil)
			} else {
				f.commit(room, key, map[string]any{"n": rng.IntN(100)})
			}
		}
	}
}
