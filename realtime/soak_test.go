package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
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

// soakClient follows some rooms by the client's rule.
type soakClient struct {
	s     *soaking
	rng   *rand.Rand
	name  string
	views map[string]*view
	ws    *websocket.Conn
}

// view is what a client has of an address.
type view struct {
	address string
	epoch   string // empty: never had a reply
	last    int64
	records map[string]string
	places  map[string]int64
	asked   bool // a subscribe is on its way: what comes before the reply says nothing
	parts   bool // in the middle of a snapshot
}

func (s *soaking) newClient(seed uint64, i int) *soakClient {
	c := &soakClient{s: s, rng: rand.New(rand.NewPCG(seed, uint64(i)+1)), name: fmt.Sprint("c", i), views: map[string]*view{}}
	for _, n := range c.rng.Perm(len(soakRooms))[:1+c.rng.IntN(5)] {
		c.views[soakRooms[n]] = &view{address: soakRooms[n], records: map[string]string{}, places: map[string]int64{}}
	}
	return c
}

// follow runs until the client has all there is, connecting as often as it takes.
func (c *soakClient) follow(ctx context.Context) {
	for !c.done() {
		old := c.ws
		if err := c.connect(ctx); err != nil {
			c.s.t.Errorf("%s: connect: %v", c.name, err)
			return
		}
		if old != nil {
			_ = old.CloseNow() // it may have been open: the new one took its place
		}
		lives := 5 + c.rng.IntN(80)
		for n := 0; !c.done(); n++ {
			if c.s.finals.Load() == nil && n > lives {
				c.s.cuts.Add(1)
				if c.rng.IntN(3) > 0 {
					_ = c.ws.CloseNow()
				}
				break
			}
			if c.s.finals.Load() == nil && c.rng.IntN(40) == 0 {
				c.stall()
			}
			_, frame, err := c.ws.Read(ctx)
			if ctx.Err() != nil {
				c.s.t.Errorf("%s: not done in time: %s", c.name, c.missing())
				return
			}
			if err != nil {
				break // closed as slow or superseded
			}
			if !c.take(ctx, frame) {
				return
			}
			select {
			case c.s.moved <- struct{}{}:
			default:
			}
		}
	}
	_ = c.ws.CloseNow()
}

// stall reads nothing while the next changes are made.
func (c *soakClient) stall() {
	c.s.stalls.Add(1)
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	for until := c.s.changed + 100 + c.rng.IntN(700); c.s.changed < until && !c.s.over; {
		c.s.turn.Wait()
	}
}

func (c *soakClient) connect(ctx context.Context) error {
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetReadBuffer(16 << 10)
		}
		return conn, err
	}
	client := &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
	ws, _, err := websocket.Dial(ctx, c.s.w.url+"/?user="+c.name+"&client=x", &websocket.DialOptions{HTTPClient: client})
	if err != nil {
		return err
	}
	ws.SetReadLimit(1 << 20)
	c.ws = ws
	var all []string
	for _, v := range c.views {
		all = append(all, c.want(v))
	}
	if c.rng.IntN(2) == 0 {
		return c.write(ctx, `{"id":0,"cmd":"subscribe","addresses":[`+strings.Join(all, ",")+`]}`)
	}
	for _, v := range c.views {
		c.subscribe(ctx, v)
	}
	return nil
}

// want is the subscribe of a view, from where it is.
func (c *soakClient) want(v *view) string {
	v.asked, v.parts = true, false
	if v.epoch == "" {
		return fmt.Sprintf(`{"address":%q}`, v.address)
	}
	return fmt.Sprintf(`{"address":%q,"since":{"epoch":%q,"seq":%d}}`, v.address, v.epoch, v.last)
}

func (c *soakClient) subscribe(ctx context.Context, v *view) {
	_ = c.write(ctx, `{"id":1,"cmd":"subscribe",`+c.want(v)[1:])
}

// write sends a frame; when the connection is gone the reader will see it.
func (c *soakClient) write(ctx context.Context, frame string) error {
	if err := c.ws.Write(ctx, websocket.MessageText, []byte(frame)); err != nil && ctx.Err() != nil {
		return err
	}
	return nil
}

// take applies a frame; false: the test has failed.
func (c *soakClient) take(ctx context.Context, frame []byte) bool {
	for _, m := range decode(c.s.t, frame) {
		for address, h := range m.Heads {
			c.heads(ctx, address, h)
		}
		v := c.views[m.Address]
		switch {
		case v == nil:
		case m.Error != nil:
			c.s.t.Errorf("%s: %s: %v", c.name, m.Address, m.Error)
			return false
		case m.Resync:
			c.s.resyncs.Add(1)
			if !v.asked {
				c.subscribe(ctx, v)
			}
		case m.Mode != "":
			c.reply(v, &m)
		case m.Prev != nil && v.asked: // before the reply
		case m.Prev != nil:
			if v.parts || *m.Prev > v.last || m.Seq <= v.last {
				c.s.t.Errorf("%s: %s: at %d came %d with prev %d (in parts: %v)", c.name, m.Address, v.last, m.Seq, *m.Prev, v.parts)
				return false
			}
			v.put(&m)
			v.last = m.Seq
		case m.Event == "rider:position":
			v.move(m.Data)
		}
	}
	return true
}

// heads are an empty message under the same rule.
func (c *soakClient) heads(ctx context.Context, address string, h head) {
	v := c.views[address]
	switch {
	case v.asked || v.parts:
	case h.Epoch != v.epoch:
		v.epoch = ""
		c.subscribe(ctx, v)
	case h.Seq <= v.last:
	case h.Prev <= v.last:
		v.last = h.Seq
	default:
		c.subscribe(ctx, v)
	}
}

func (c *soakClient) reply(v *view, m *message) {
	if m.Mode == "snapshot" {
		if m.Part <= 1 {
			c.s.snapshots.Add(1)
			clear(v.records)
		}
		for _, raw := range m.Records {
			var id struct{ ID string }
			_ = json.Unmarshal(raw, &id)
			v.records[id.ID] = string(raw)
		}
	} else {
		c.s.resumes.Add(1)
		for i := range m.Events {
			v.put(&m.Events[i])
		}
	}
	v.epoch, v.last, v.asked, v.parts = m.Epoch, m.Seq, false, m.More
}

func (v *view) put(m *message) {
	if m.Op == "remove" {
		delete(v.records, m.Key)
		return
	}
	v.records[m.Key] = string(m.Data)
}

func (v *view) move(data []byte) {
	var places []struct {
		RiderID string
		At      int64
	}
	_ = json.Unmarshal(data, &places)
	for _, p := range places {
		v.places[p.RiderID] = p.At
	}
}

// done reports whether the client has everything there is.
func (c *soakClient) done() bool { return c.s.finals.Load() != nil && c.missing() == "" }

// missing says what a view lacks.
func (c *soakClient) missing() string {
	finals := c.s.finals.Load()
	if finals == nil {
		return "the end"
	}
	for address, v := range c.views {
		f := (*finals)[address]
		if v.asked || v.parts || v.epoch != f.epoch || v.last < f.seq {
			return fmt.Sprintf("%s is at %s/%d of %s/%d", address, v.epoch, v.last, f.epoch, f.seq)
		}
		if !maps.Equal(v.records, f.records) {
			c.s.t.Errorf("%s: %s at %d: %d records, the log has %d", c.name, address, v.last, len(v.records), len(f.records))
			return "" // no use in waiting
		}
		c.s.placesMu.Lock()
		same := maps.Equal(v.places, c.s.places[address])
		c.s.placesMu.Unlock()
		if !same {
			return fmt.Sprintf("%s has other places: %v", address, v.places)
		}
	}
	return ""
}

// poll follows over long polls.
func (c *soakClient) poll(ctx context.Context) {
	for !c.done() {
		var subs []Sub
		for _, v := range c.views {
			sub := Sub{Address: v.address}
			if v.epoch != "" {
				sub.Since = &Since{v.epoch, v.last}
			}
			subs = append(subs, sub)
		}
		wait := time.Duration(c.rng.IntN(300)) * time.Millisecond
		for _, raw := range c.s.w.hub.Poll(ctx, Identity{UserID: c.name}, subs, wait) {
			var m message
			if err := json.Unmarshal(raw, &m); err != nil {
				c.s.t.Errorf("%s: %v", raw, err)
				return
			}
			v := c.views[m.Address]
			if m.Event != "" {
				v.move(m.Data)
			} else {
				c.reply(v, &m)
			}
		}
		if err := ctx.Err(); err != nil && !errors.Is(err, context.Canceled) {
			c.s.t.Errorf("%s: not done in time: %s", c.name, c.missing())
			return
		}
	}
}
