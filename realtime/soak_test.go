package realtime

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The property of the whole: many clients follow thousands of random changes
// over real sockets while connections are cut, stalled and repeated, entries get
// lost, come twice and out of order, logs are repaired, pruned and restored from
// a backup; and in the end every client has what the log says. On the way no
// client may see a gap that the server has not announced, or a message twice.
//
// BROS_SEED runs one seed again, BROS_SEEDS sets how many are run (20).

const (
	soakClients = 60
	soakPollers = 6
	soakChanges = 2500
)

func TestEveryClientEndsEqualToTheLog(t *testing.T) {
	seeds := 20
	if testing.Short() {
		seeds = 3
	}
	if n, err := strconv.Atoi(os.Getenv("BROS_SEEDS")); err == nil {
		seeds = n
	}
	first := uint64(time.Now().UnixNano())
	if n, err := strconv.ParseUint(os.Getenv("BROS_SEED"), 10, 64); err == nil {
		first, seeds = n, 1
	}
	for i := range uint64(seeds) {
		seed := first + i
		if !t.Run(fmt.Sprint("BROS_SEED=", seed), func(t *testing.T) { soak(t, seed) }) {
			return
		}
	}
}

var soakRooms = []string{
	"delivery/c1", "order/c1", "rider/c1", "offer/c1", "mine/r1", "mine/r2", "mine/r3",
	"delivery/c2", "order/c2", "rider/c2", "chat/c1",
}

// soaking is one run.
type soaking struct {
	t   *testing.T
	w   *world
	rng *rand.Rand // of the writer

	moved   chan struct{} // some client has read something
	mu      sync.Mutex
	turn    *sync.Cond // changed is higher, or over is true
	changed int
	over    bool
	finals  atomic.Pointer[map[string]final] // by address, when the writer is done

	placesMu sync.Mutex
	places   map[string]map[string]int64 // address → key → at

	resumes, snapshots, resyncs, cuts, stalls, epochs atomic.Int64
}

// final is what a client must have of an address in the end.
type final struct {
	epoch   string
	seq     int64
	records map[string]string
}

func soak(t *testing.T, seed uint64) {
	w := newWorld(t, Options{
		QueueBytes: 12 << 10, SendBuffer: 16 << 10, HeadsEvery: 600 * time.Millisecond, FullHeadsEvery: 2 * time.Second,
		PositionsEvery: 20 * time.Millisecond, MaxSnapshots: 4,
	})
	for _, r := range []string{"mine/r1", "mine/r2", "mine/r3"} {
		w.db.home[r] = "c1"
	}
	s := &soaking{
		t: t, w: w, rng: rand.New(rand.NewPCG(seed, 0)), moved: make(chan struct{}, 1),
		places: map[string]map[string]int64{"rider/c1": {}, "rider/c2": {}},
	}
	s.turn = sync.NewCond(&s.mu)
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	var wg sync.WaitGroup
	for i := range soakClients {
		c := s.newClient(seed, i)
		wg.Go(func() {
			if i < soakPollers {
				c.poll(ctx)
			} else {
				c.follow(ctx)
			}
		})
	}
	s.write()
	wg.Wait()
	st := w.hub.Stats()
	t.Logf("%d resumes, %d snapshots, %d resyncs %v, %d cuts, %d stalls, %d epochs; %d messages in %d frames and %d writes",
		s.resumes.Load(), s.snapshots.Load(), s.resyncs.Load(), st.Resyncs, s.cuts.Load(), s.stalls.Load(), s.epochs.Load(),
		st.MessagesSent, st.FramesSent, st.Writes)
}

// write makes the changes and the accidents.
func (s *soaking) write() {
	db, rng := s.w.db, s.rng
	logs := []string{"c1", "c2", "chat:c1"}
	pad := strings.Repeat("p", 200)
	for n := 0; n < soakChanges; {
		for range 1 + rng.IntN(60) {
			n++
			log := logs[min(rng.IntN(8), len(logs)-1)*rng.IntN(2)]
			e := db.commit(log, s.entry(log, n, pad)...)
			switch rng.IntN(40) {
			case 0: // lost on its way
			case 1: // late, behind the next
				next := db.commit(log, s.entry(log, n, pad)...)
				s.apply(log, next)
				s.apply(log, e)
			default:
				s.apply(log, e)
				if rng.IntN(20) == 0 {
					s.apply(log, e)
				}
			}
			s.place(n)
		}
		s.accident(logs[rng.IntN(len(logs))])
		s.mu.Lock()
		s.changed = n
		s.turn.Broadcast()
		s.mu.Unlock()
		// Go on when a client has read something: the clients are the pace.
		select {
		case <-s.moved:
		case <-time.After(20 * time.Millisecond):
		}
	}
	finals := map[string]final{}
	for _, log := range logs {
		db.follow(log)
	}
	for _, address := range soakRooms {
		finals[address] = s.model(address)
	}
	s.finals.Store(&finals)
	s.mu.Lock()
	s.over = true
	s.turn.Broadcast()
	s.mu.Unlock()
}

func (s *soaking) apply(log string, e row) {
	s.w.db.mu.Lock()
	epoch := s.w.db.table(log).epoch
	s.w.db.mu.Unlock()
	if s.w.hub.Apply(log, epoch, e.seq, e.changes) == Gap {
		s.w.db.follow(log)
	}
}

// entry is a random entry of a log: one to three rooms of it change, or none.
func (s *soaking) entry(log string, n int, pad string) []Change {
	var own []string
	for _, address := range soakRooms {
		a, _ := ParseAddress(address)
		if target, _ := s.w.db.Resolve(context.Background(), Identity{}, a); target.Log == log {
			own = append(own, address)
		}
	}
	s.rng.Shuffle(len(own), func(i, j int) { own[i], own[j] = own[j], own[i] })
	var changes []Change
	for _, address := range own[:min(len(own), s.rng.IntN(4))] {
		key := fmt.Sprint("k", s.rng.IntN(40))
		ch := del(address, key)
		if s.rng.IntN(4) > 0 {
			ch = rec(address, key, n)
			ch.Data = fmt.Appendf(nil, `{"id":%q,"v":%d,"pad":%q}`, key, n, pad[:s.rng.IntN(len(pad)+1)])
		}
		changes = append(changes, ch)
	}
	return changes
}

// place moves a rider now and then.
func (s *soaking) place(n int) {
	if s.rng.IntN(10) > 0 {
		return
	}
	address := []string{"rider/c1", "rider/c2"}[s.rng.IntN(2)]
	key := fmt.Sprint("r", s.rng.IntN(5))
	s.placesMu.Lock()
	s.places[address][key] = int64(n)
	s.placesMu.Unlock()
	p := Place{key, int64(n), fmt.Appendf(nil, `{"riderId":%q,"at":%d}`, key, n)}
	// What a load would read is written before the hub is told.
	db := s.w.db
	db.mu.Lock()
	t := db.table(db.logOf(Address{Room: address[len("rider/"):]}))
	kept := map[string][]Place{address: append(slices.Clone(t.places[address]), p)}
	t.places = kept
	db.mu.Unlock()
	s.w.hub.Positions(address, []Place{p})
}

// accident is what befalls a log.
func (s *soaking) accident(log string) {
	db, hub := s.w.db, s.w.hub
	switch s.rng.IntN(25) {
	case 0, 1, 2: // the beat looks at the database
		db.follow(log)
	case 3: // an entry is lost, and a full load repairs
		db.commit(log, s.entry(log, 0, "")...)
		db.mu.Lock()
		st := db.state(log)
		db.mu.Unlock()
		hub.Reload(log, st)
	case 4:
		db.follow(log)
		db.mu.Lock()
		t := db.table(log)
		t.floor = max(t.floor, t.seq-int64(s.rng.IntN(300)))
		floor := t.floor
		db.mu.Unlock()
		hub.Prune(log, floor)
	case 5: // a backup is restored: the newest entries are gone, a new epoch begins
		s.epochs.Add(1)
		db.mu.Lock()
		t := db.table(log)
		keep := max(int(t.floor), int(t.seq)-s.rng.IntN(30))
		t.entries, t.seq = t.entries[:keep], int64(keep)
		t.epoch += "x"
		st := db.state(log)
		db.mu.Unlock()
		hub.Reload(log, st)
	case 6:
		hub.Unload(0)
	}
}

// model is what the log says of an address.
func (s *soaking) model(address string) final {
	a, _ := ParseAddress(address)
	target, _ := s.w.db.Resolve(context.Background(), Identity{}, a)
	s.w.db.mu.Lock()
	defer s.w.db.mu.Unlock()
	t := s.w.db.table(target.Log)
	f := final{t.epoch, t.seq, map[string]string{}}
	for _, e := range t.entries {
		for _, ch := range e.changes {
			switch {
			case ch.Address != address:
			case ch.Data == nil:
				delete(f.records, ch.Key)
			default:
				f.records[ch.Key] = string(ch.Data)
			}
		}
	}
	return f
}
