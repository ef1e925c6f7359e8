package realtime

import (
	"encoding/binary"
	"encoding/json"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unicode/utf8"
)

// state is where a connection is in its life.
type state uint8

const (
	stateOpen    state = iota
	stateClosing       // a close frame has been queued; nothing follows it
	stateKilled        // the socket has been given up
)

// client is one connection. mu guards what stands below it; whoever writes to
// the socket holds it, so that frames stay whole.
type client struct {
	hub         *Hub
	id          string
	userID      string
	name        string // key in hub.named; empty: none
	identity    atomic.Pointer[Identity]
	shard       *shard
	shardIndex  int // in shard.clients; guarded by shard.mu
	connectedAt time.Time
	gone        chan struct{} // closed when the connection leaves stateOpen

	// conn is the socket, raw its non-blocking side: nil under TLS, where only
	// the catch-up goroutine writes.
	conn     net.Conn
	raw      syscall.RawConn
	writeNow func(fd uintptr) bool // method value, made once

	mu         sync.Mutex
	state      state
	catching   bool      // the catch-up goroutine owns the socket's writing side
	marked     bool      // in the shard's list of this tick
	busySince  time.Time // the reader is at work and cannot see pongs; zero: it waits
	readerDone bool
	owed       bool // a subscription is owed last places
	w          *writer
	writeErr   error

	out        []frame // out[head:] is waiting; off bytes of out[head] are written
	head, off  int
	queued     [classes]int
	space      chan struct{} // the reader waits for it while replies pile up
	slots      int           // large snapshots of this client on their way
	slotsSince time.Time

	subs map[string]*sub

	closeBy   time.Time // when a closing connection is given up
	heard     time.Time // newest sign that the client answers pings
	progress  time.Time // when the socket last took a byte, while catching
	headsAt   time.Time // newest heads
	fullAt    time.Time // newest heads with every address
	pingAt    time.Time // newest ping
	rtt       time.Duration
	badFrames int // in a row; the reader's own
}

// sub is one client's subscription of one room. Membership of the room is
// guarded by the log's mutex, the rest by the client's.
type sub struct {
	room  *room
	c     *client
	index int // in room.members[shard]

	after int64 // batches up to this one are in the reply already
	live  bool  // false: left, revoked, or the connection is closing
	stale bool  // cut over to resync: nothing is sent until it subscribes again
	owed  bool  // positions were dropped: it is due all last places
	told  struct {
		epoch string
		seq   int64
	}
}

// resyncCause says why a subscription was cut over to resync.
type resyncCause int

const (
	resyncSlow resyncCause = iota
	resyncReload
	resyncEpoch
	resyncCauses
)

func newClient(h *Hub, id Identity, now time.Time) *client {
	c := &client{
		hub:         h,
		id:          newConnID(),
		userID:      id.UserID,
		connectedAt: now,
		gone:        make(chan struct{}),
		heard:       now,
		pingAt:      now,
		fullAt:      now,
		// The first heads come after a random part of the beat, so that
		// thousands who come together do not stay in step.
		headsAt: now.Add(-rand.N(h.headsBeat)),
	}
	if id.ClientID != "" {
		c.name = clientName(id.UserID, id.ClientID)
	}
	c.identity.Store(&id)
	return c
}

// send queues frames and writes what the socket takes without waiting.
func (c *client) send(frames ...frame) {
	c.mu.Lock()
	for i := range frames {
		c.enqueue(frames[i])
	}
	c.flushNow()
	c.mu.Unlock()
}

// resync cuts a subscription off until the client subscribes again, and tells it so.
func (c *client) resync(s *sub, f frame, cause resyncCause) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !s.live || s.stale {
		return
	}
	s.stale = true
	c.hub.resyncs[cause].Add(1)
	c.enqueue(f)
	c.flushNow()
}

// pong is called by the reader when the client has answered a ping.
func (c *client) pong(payload []byte) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = now
	if len(payload) == 8 && int64(binary.BigEndian.Uint64(payload)) == c.pingAt.UnixNano() {
		c.rtt = now.Sub(c.pingAt)
	}
}

// shut starts the end of the connection: nothing is queued behind the close
// frame, and the socket is given up after the close grace. A client that is
// behind loses what it has not been sent. It reports whether the connection was open.
func (c *client) shut(code int, reason string) bool {
	for len(reason) > maxControl-2 || !utf8.ValidString(reason) {
		reason = strings.ToValidUTF8(reason[:min(len(reason), maxControl-2)], "")
	}
	payload := binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(reason)), uint16(code))
	c.mu.Lock()
	open := c.closing(control(opClose, append(payload, reason...)))
	c.mu.Unlock()
	if open {
		c.hub.leave(c)
	}
	return open
}

// closing queues the close frame f, ours or the echo of the client's. mu is held.
func (c *client) closing(f frame) bool {
	if c.state != stateOpen {
		return false
	}
	if c.catching {
		c.discard(func(*frame) bool { return true })
	}
	c.enqueue(f)
	c.state = stateClosing
	c.closeBy = time.Now().Add(c.hub.opt.CloseGrace)
	close(c.gone)
	c.flushNow()
	return true
}

// kill gives the socket up: the reader and the catch-up goroutine fail at once,
// and the last of them closes it. mu is held.
func (c *client) kill() {
	if c.state == stateKilled {
		return
	}
	if c.state == stateOpen {
		close(c.gone)
	}
	c.state = stateKilled
	c.clear()
	// Close would wait for those who are inside a read or write.
	_ = c.conn.SetDeadline(time.Unix(1, 0))
}

// finish is the reader's last act.
func (c *client) finish() {
	c.hub.leave(c)
	c.mu.Lock()
	c.readerDone = true
	if c.state != stateClosing {
		c.kill()
	}
	last := !c.catching
	c.mu.Unlock()
	if last {
		c.destroy()
	}
}

// destroy closes the socket, once neither reader nor catch-up is at it.
func (c *client) destroy() {
	c.mu.Lock()
	c.kill()
	c.mu.Unlock()
	_ = c.conn.Close()
	c.shard.remove(c)
	c.hub.dropConnection()
	c.hub.wg.Done()
}

// info describes the connection; with the details that need its mutex.
func (c *client) info(details bool) ConnInfo {
	id := *c.identity.Load()
	ci := ConnInfo{
		ID: c.id, UserID: id.UserID, Login: id.Login, Role: id.Role,
		NodeID: c.hub.opt.NodeID, RemoteAddr: id.RemoteAddr, ConnectedAt: c.connectedAt, Identity: id,
	}
	if !details {
		return ci
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	ci.Addresses = make([]string, 0, 1+len(c.subs))
	ci.Addresses = append(ci.Addresses, UserAddress(c.userID))
	for address := range c.subs {
		ci.Addresses = append(ci.Addresses, address)
	}
	ci.RTTMs = float64(c.rtt.Microseconds()) / 1000
	ci.QueueBytes = int64(c.waiting())
	return ci
}

// hello is the first frame of a connection.
func (c *client) hello(now time.Time) frame {
	b := append(textBuffer(160), `{"connection":`...)
	j, _ := json.Marshal(map[string]string{"id": c.id, "nodeId": c.hub.opt.NodeID, "userId": c.userID})
	b = append(b, j...)
	b = append(b, ',')
	return textReply(append(appendNow(b, now), '}'))
}
