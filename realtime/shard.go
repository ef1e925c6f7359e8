package realtime

import (
	"sync"
	"time"

	"github.com/brosops/bros/realtime/supervise"
)

// tickEvery is how often the shards look at their clients' clocks.
const tickEvery = 250 * time.Millisecond

// slotLease is how long a large snapshot may hold its slot; a client that takes
// it more slowly does not keep others waiting.
const slotLease = 5 * time.Second

// How messages get to clients
//
// Apply, Publish and Positions add messages to batches of their rooms. The
// flusher takes all batches at a tick, seals each into one frame and gives them
// to the shards; a shard is one goroutine that queues the frames at its clients
// and writes to each client's socket once, without waiting. The next tick starts
// when all shards are done: under load the batches grow instead of the queues.
//
// Order for one client. Everything it gets passes through its queue, under its
// mutex. A subscribe, under the log's mutex, (1) seals the room's open batch, so
// that every message up to now is in batch n or before, (2) queues the reply,
// which has all of them, and (3) makes the client a member that takes batches
// after n. A batch after n is taken by the flusher under the same log mutex, so
// later; it is queued behind the reply, and nothing between is missed. Batches
// up to n that are still on their way skip the client.
//
// Heads are made by the shard at the end of a tick, from the numbers noted when
// the flusher took the batches, so they are behind every message they speak of.

// job is what one room has for its members in one tick.
type job struct {
	batches []*batch
	spans   []span // by shard, into tick.members
}

type span struct{ from, to int }

// tick is one round of the shards.
type tick struct {
	jobs    []job
	members [][]*sub // by shard
	beat    bool     // look at the clients' clocks too
	now     time.Time
	done    sync.WaitGroup
}

// shard writes for its part of the clients.
type shard struct {
	hub   *Hub
	index int
	ticks chan *tick
	w     *writer
	marks []*client // clients that have something queued in this tick

	mu      sync.Mutex
	clients []*client
	round   []*client // scratch: the clients of this beat
}

func newShard(h *Hub, index int) *shard {
	return &shard{hub: h, index: index, ticks: make(chan *tick, 1), w: writers.New().(*writer)}
}

func (s *shard) add(c *client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.shard, c.shardIndex = s, len(s.clients)
	s.clients = append(s.clients, c)
}

func (s *shard) remove(c *client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.clients) - 1
	moved := s.clients[last]
	s.clients[c.shardIndex], moved.shardIndex = moved, c.shardIndex
	s.clients[last] = nil
	s.clients = s.clients[:last]
}

// run works through the ticks until the hub stops.
func (s *shard) run() {
	defer s.hub.wg.Done()
	for t := range s.ticks {
		_ = supervise.Do(s.hub.opt.Logger, "shard", func() { s.work(t) })
		t.done.Done()
	}
}

func (s *shard) work(t *tick) {
	for i := range t.jobs {
		j := &t.jobs[i]
		at := j.spans[s.index]
		for _, m := range t.members[s.index][at.from:at.to] {
			m.c.mu.Lock()
			if m.take(j.batches) && !m.c.marked {
				m.c.marked = true
				s.marks = append(s.marks, m.c)
			}
			m.c.mu.Unlock()
		}
	}
	for i, c := range s.marks {
		c.mu.Lock()
		c.marked = false
		c.flush(s.w)
		c.mu.Unlock()
		s.marks[i] = nil
	}
	s.marks = s.marks[:0]
	if t.beat {
		s.beat(t.now)
	}
	s.hub.count(s.w)
}

// take queues the batches that the subscriber has not got by its reply. The
// client's mutex is held.
func (m *sub) take(batches []*batch) bool {
	if !m.live || m.stale {
		return false
	}
	took := false
	for _, b := range batches {
		if b.n <= m.after || b.class == classPlaces && m.owed || !m.c.passes(b.filter) {
			continue
		}
		m.c.enqueue(b.frame(m))
		took = true
	}
	return took
}

// passes reports whether a filter lets a message through to the client.
func (c *client) passes(f Filter) bool {
	if f == (Filter{}) {
		return true
	}
	if f.OnlyUser != "" && f.OnlyUser != c.userID && f.OnlyUser != c.id {
		return false
	}
	return f.Except == "" || f.Except != c.userID && f.Except != c.id
}

// beat looks at every client's clocks: heads, pings, silence.
func (s *shard) beat(now time.Time) {
	s.mu.Lock()
	s.round = append(s.round[:0], s.clients...)
	s.mu.Unlock()
	var empty []byte
	for i, c := range s.round {
		c.mu.Lock()
		silent := c.beat(now, &empty)
		c.flush(s.w)
		c.mu.Unlock()
		if silent && c.shut(CloseSlow, "took nothing, or answered no ping") {
			s.hub.stats.slowClosed.Add(1)
		}
		s.round[i] = nil
	}
}

// beat queues what is due and reports whether the client has been silent too
// long. mu is held.
func (c *client) beat(now time.Time, empty *[]byte) (silent bool) {
	opt := &c.hub.opt
	if c.slots > 0 && now.Sub(c.slotsSince) > slotLease {
		for c.slots > 0 {
			c.release()
		}
	}
	switch c.state {
	case stateClosing:
		if now.After(c.closeBy) {
			c.kill()
		}
		return false
	case stateKilled:
		return false
	}
	if c.catching && now.Sub(c.progress) >= opt.SilentAfter {
		return true
	}
	if c.busySince.IsZero() && now.Sub(c.heard) >= opt.SilentAfter {
		return true
	}
	if now.Sub(c.headsAt) >= c.hub.headsBeat {
		c.heads(now, empty)
	}
	if now.Sub(c.pingAt) >= opt.PingEvery {
		c.ping(now)
	}
	return false
}
