package realtime

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Close codes of the protocol.
const (
	CloseRestarting = 1012 // come back, spread over retryAfterMs of the reason
	CloseOverloaded = 1013 // the same
	CloseBroken     = 4400 // broken protocol
	CloseSession    = 4401 // session ended
	CloseForbidden  = 4403 // not allowed
	CloseSlow       = 4408 // took nothing; come back with since
	CloseSuperseded = 4409 // a newer connection of the same client is there
)

// Hub holds the logs, rooms and connections of one node. Its methods may be
// called from many goroutines at once, except where they say otherwise.
type Hub struct {
	opt       Options
	headsBeat time.Duration // a little less than HeadsEvery: the beat is looked at every tickEvery
	ctx       context.Context
	cancel    context.CancelFunc
	wg        sync.WaitGroup // connections, loads, flusher and shards

	mu      sync.Mutex
	conns   map[string]*client
	users   map[string][]*client
	named   map[string]*client // by user and client id
	logs    map[string]*log
	loading map[string]*load
	polls   map[*waiter]struct{}
	polled  map[string]polledAt // by user
	stopped bool

	rooms    sync.Map // address → *room
	volatile *log     // the rooms that belong to no log

	dirtyMu sync.Mutex
	dirty   []*log
	moved   []*room
	pulse   chan struct{} // the flusher has something to do

	shards    []*shard
	nextShard atomic.Uint64
	slots     chan struct{} // large snapshots on their way
	pollSlots chan struct{} // large answers of polls on their way
	draining  chan struct{} // closed when the node drains
	drainOnce sync.Once
	empty     chan struct{} // holds a value when the last connection has gone

	connections atomic.Int64
	rights      atomic.Int64 // counts changes of rights
	resyncs     [resyncCauses]atomic.Int64
	stats       counters
}

// NewHub starts a hub; Stop ends it.
func NewHub(opt Options) *Hub {
	opt = opt.withDefaults()
	h := &Hub{
		opt:       opt,
		headsBeat: max(opt.HeadsEvery-2*tickEvery, opt.HeadsEvery/2),
		conns:     make(map[string]*client),
		users:     make(map[string][]*client),
		named:     make(map[string]*client),
		logs:      make(map[string]*log),
		loading:   make(map[string]*load),
		polls:     make(map[*waiter]struct{}),
		polled:    make(map[string]polledAt),
		pulse:     make(chan struct{}, 1),
		slots:     make(chan struct{}, opt.MaxSnapshots),
		pollSlots: make(chan struct{}, max(1, opt.MaxSnapshots/4)),
		draining:  make(chan struct{}),
		empty:     make(chan struct{}, 1),
	}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.volatile = newLog(h, "", LogState{})
	for i := range opt.Shards {
		h.shards = append(h.shards, newShard(h, i))
	}
	h.wg.Add(1 + len(h.shards))
	for _, s := range h.shards {
		go s.run()
	}
	go h.flusher()
	return h
}

// newConnID is an unguessable name of a connection.
func newConnID() string { return strings.ToLower(rand.Text()) }

// ConnectionsOf is how many connections the user has on this node, without the
// one that this client would supersede.
func (h *Hub) ConnectionsOf(id Identity) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.connectionsOf(id)
}

func (h *Hub) connectionsOf(id Identity) int {
	n := len(h.users[id.UserID])
	if id.ClientID != "" && h.named[clientName(id.UserID, id.ClientID)] != nil {
		n--
	}
	return n
}

// enter registers a connection that has its first frame queued, and sends an
// older one of the same client away. It reports whether the user has too many.
func (h *Hub) enter(c *client) (over bool) {
	id := *c.identity.Load()
	h.mu.Lock()
	if h.opt.MaxOfUser != nil {
		most := h.opt.MaxOfUser(id)
		over = most > 0 && h.connectionsOf(id) >= most
	}
	var old *client
	if c.name != "" {
		old = h.named[c.name]
		h.named[c.name] = c
	}
	h.conns[c.id] = c
	h.users[c.userID] = append(h.users[c.userID], c)
	h.mu.Unlock()
	if c.name == "" {
		return over
	}
	if old != nil && old.shut(CloseSuperseded, "superseded by a newer connection") {
		h.stats.superseded.Add(1)
	}
	if h.opt.OnNamed != nil {
		h.opt.OnNamed(c.info(false))
	}
	return over
}

// leave takes a connection that is no longer open out of every list.
func (h *Hub) leave(c *client) {
	h.mu.Lock()
	if h.conns[c.id] != c {
		h.mu.Unlock()
		return
	}
	delete(h.conns, c.id)
	if h.named[c.name] == c {
		delete(h.named, c.name)
	}
	if rest := slices.DeleteFunc(h.users[c.userID], func(o *client) bool { return o == c }); len(rest) > 0 {
		h.users[c.userID] = rest
	} else {
		delete(h.users, c.userID)
	}
	h.mu.Unlock()

	c.mu.Lock()
	subs := c.subs
	c.subs = nil
	for _, s := range subs {
		s.live = false
	}
	c.mu.Unlock()
	for _, s := range subs {
		s.part()
	}
}

// clients is a copy of the open connections.
func (h *Hub) clients() []*client {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]*client, 0, len(h.conns))
	for _, c := range h.conns {
		list = append(list, c)
	}
	return list
}

// allLogs is a copy of the logs, the volatile one included.
func (h *Hub) allLogs() []*log {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]*log, 0, len(h.logs)+1)
	list = append(list, h.volatile)
	for _, l := range h.logs {
		list = append(list, l)
	}
	return list
}

// roomOf finds the room of an address on this node, or nil.
func (h *Hub) roomOf(address string) *room {
	if r, ok := h.rooms.Load(address); ok {
		return r.(*room)
	}
	return nil
}

// Connections are the open ones, in no order.
func (h *Hub) Connections() []ConnInfo {
	clients := h.clients()
	list := make([]ConnInfo, len(clients))
	for i, c := range clients {
		list[i] = c.info(true)
	}
	return list
}

// Members are the connections that have an address, without Addresses, RTTMs
// and QueueBytes.
func (h *Hub) Members(address string) []ConnInfo {
	r := h.roomOf(address)
	if r == nil {
		return nil
	}
	r.log.mu.Lock()
	var clients []*client
	for _, members := range r.members {
		for _, s := range members {
			clients = append(clients, s.c)
		}
	}
	r.log.mu.Unlock()
	list := make([]ConnInfo, len(clients))
	for i, c := range clients {
		list[i] = c.info(false)
	}
	return list
}

// Supersede ends this node's connection of a client that has come back
// elsewhere, with a connection conn that was opened at that time (to the
// microsecond), if it is older.
func (h *Hub) Supersede(user, clientID, conn string, at time.Time) bool {
	h.mu.Lock()
	old := h.named[clientName(user, clientID)]
	h.mu.Unlock()
	if old == nil || old.id == conn {
		return false
	}
	since := old.connectedAt.Truncate(time.Microsecond)
	if since.After(at) || since.Equal(at) && old.id > conn {
		return false
	}
	if !old.shut(CloseSuperseded, "superseded by a newer connection") {
		return false
	}
	h.stats.superseded.Add(1)
	return true
}

// clientName is the key of hub.named.
func clientName(user, clientID string) string { return user + "\x00" + clientID }

// Each calls fn for every open connection, in no order.
func (h *Hub) Each(fn func(Identity)) {
	for _, c := range h.clients() {
		fn(*c.identity.Load())
	}
}

// Rooms are the addresses that have subscribers, in no order.
func (h *Hub) Rooms() []RoomInfo {
	var list []RoomInfo
	for _, l := range h.allLogs() {
		l.mu.Lock()
		for _, r := range l.rooms {
			if n := r.subscribers(); n > 0 {
				list = append(list, RoomInfo{Address: r.address, Subscribers: n, Log: l.name})
			}
		}
		l.mu.Unlock()
	}
	return list
}

// Update changes the identity of matching connections: a role, centers. It
// takes no subscription away: Revoke does. UserID and ClientID stay what they were.
func (h *Hub) Update(match func(Identity) bool, fn func(*Identity)) {
	for _, c := range h.clients() {
		for id := c.identity.Load(); match(*id); id = c.identity.Load() {
			changed := *id
			fn(&changed)
			changed.UserID, changed.ClientID = id.UserID, id.ClientID
			if c.identity.CompareAndSwap(id, &changed) {
				break
			}
		}
	}
	h.rights.Add(1)
}

// Revoke ends matching subscriptions, and tells the clients so: after that
// message they get nothing more of the address. Polls that wait are answered the
// same. It returns how many subscriptions ended.
func (h *Hub) Revoke(match func(Identity, Address) bool) int {
	// A subscribe that is between asking Backend.Resolve and joining the room
	// sees the new count and asks again.
	h.rights.Add(1)
	n := 0
	for _, c := range h.clients() {
		n += c.revoke(match)
	}
	h.mu.Lock()
	polls := make([]*waiter, 0, len(h.polls))
	for w := range h.polls {
		polls = append(polls, w)
	}
	h.mu.Unlock()
	for _, w := range polls {
		w.revoke(match)
	}
	return n
}

// Close ends matching connections with a close code, and returns how many those
// were. The infos that match sees are without Addresses, RTTMs and QueueBytes. An
// empty reason of 1012 and 1013 is made {"retryAfterMs":N}.
func (h *Hub) Close(match func(ConnInfo) bool, code int, reason string) int {
	n := 0
	clients := h.clients()
	for _, c := range clients {
		if !match(c.info(false)) {
			continue
		}
		why := reason
		if why == "" && (code == CloseRestarting || code == CloseOverloaded) {
			why = retryReason(len(clients))
		}
		if c.shut(code, why) {
			n++
		}
	}
	return n
}
