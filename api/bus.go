package api

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/brosops/bros/api/feed"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// link is this node's end of the bus. Without a bus it does nothing, and the
// node follows the others by the database alone.
type link struct {
	s    *Server
	bus  realtime.Bus // nil: none
	log  *slog.Logger
	work chan func(context.Context) // what a message asks for and takes time

	instance  string // of this process
	peers     *realtime.Peers
	greet     chan bool   // beat now; true: with a hello
	watching  atomic.Bool // somebody here follows the monitor
	questions atomic.Int64
	asked     sync.Map // id → *question

	roomsMu sync.Mutex
	rooms   map[string]roomsOf // of other nodes, by instance
}

// maxLinkWork bounds what waits to be done; what is more is let go, and found
// by the looks that are taken in any case.
const maxLinkWork = 1024

func newLink(s *Server, bus realtime.Bus) *link {
	return &link{
		s: s, bus: bus, log: s.log, work: make(chan func(context.Context), maxLinkWork),
		instance: strings.ToLower(rand.Text()), peers: realtime.NewPeers(nodeLease), greet: make(chan bool, 1), rooms: map[string]roomsOf{},
	}
}

// run begins to listen, and does the work that messages ask for until ctx ends.
func (l *link) run(ctx context.Context) {
	if l.bus == nil {
		return
	}
	l.follow()
	l.bus.Start(realtime.BusHandler{Key: l.s.busKey, Message: l.take, Joined: l.joined})
	for {
		select {
		case <-ctx.Done():
			return
		case fn := <-l.work:
			fn(ctx)
		}
	}
}

// joined is called when the node begins to hear the others, again or of more centers.
func (l *link) joined() {
	l.s.live.follow.LookSoon()
	l.beatSoon(len(l.others()) == 0)
}

// redis is the state of the bus for people; nil: there is none.
func (l *link) redis() *MonitorRedis {
	if l.bus == nil {
		return nil
	}
	st := l.bus.Stats()
	out := &MonitorRedis{
		Up: st.State.Up, Reason: st.State.Reason, Since: domain.At(st.State.Since),
		ProbeMs: float64(st.Probe.Microseconds()) / 1000, Published: st.Published, Received: st.Received,
	}
	for _, n := range st.Dropped {
		out.Dropped += n
	}
	return out
}

// degraded says that the nodes don't hear each other; empty: all is well.
func (l *link) degraded() string {
	if l.bus == nil {
		return ""
	}
	if st := l.bus.Stats().State; !st.Up {
		return st.Reason
	}
	return ""
}

// follow names the topics of the moment: the centers of which a log is, or is
// being, loaded.
func (l *link) follow() {
	if l.bus == nil {
		return
	}
	topics := []string{topicAll, inboxOf(l.instance)}
	if l.watching.Load() {
		topics = append(topics, topicMonitor)
	}
	for _, id := range l.s.live.follow.Centers() {
		topics = append(topics, topicOf(id))
	}
	l.bus.Follow(topics)
}

// later has something done that takes time.
func (l *link) later(fn func(context.Context)) {
	select {
	case l.work <- fn:
	default:
	}
}

// tell publishes a message, which is encoded when it is sent.
func (l *link) tell(topic string, size int, m busMessage, behind ...[]byte) {
	if l.bus == nil {
		return
	}
	l.bus.Publish(topic, size, func(dst []byte) []byte { return m.encode(dst, behind...) })
}

// entries tells of committed entries, in order, and of their traces if there are
// any. It keeps the slices.
func (l *link) entries(entries []domain.LogEntry, traces []string) {
	if l.bus == nil {
		return
	}
	for _, part := range portions(entries) {
		var parents []string
		if traces != nil {
			parents, traces = traces[:len(part)], traces[len(part):]
		}
		center, last := part[0].CenterID, part[len(part)-1]
		size := 256 * len(part)
		for i := range part {
			size += len(part[i].Data)
		}
		if len(part) == 1 && len(last.Data) > maxBusEntries {
			l.tell(topicOf(center), 128, busMessage{Nudge: &busNudge{center, last.Seq}})
			continue
		}
		l.bus.Publish(topicOf(center), size, func(dst []byte) []byte {
			list, behind := busEntries(part)
			for i, parent := range parents {
				list[i].Trace = parent
			}
			return busMessage{Entries: list}.encode(dst, behind...)
		})
	}
	// The people who are told of an entry may be where nobody follows its center.
	for i := range entries {
		if e := &entries[i]; feed.IsNotice(e) && len(e.Data) <= maxBusEntries {
			list, behind := busEntries(entries[i : i+1])
			l.tell(topicAll, 256+len(e.Data), busMessage{Notice: list}, behind...)
		}
	}
}

// chat tells of committed messages of rooms; private ones go to their users.
func (l *link) chat(messages []domain.ChatMessage) {
	if l.bus == nil {
		return
	}
	epoch := l.s.live.follow.KnownEpoch()
	for i := range messages {
		if m := messages[i]; m.Seq > 0 {
			l.tell(topicOf(m.CenterID), 256+len(m.Text), busMessage{Epoch: epoch, Chat: []busChat{{m, m.About}}})
		}
	}
}

// toUser brings a message to a user's connections, or to one connection, on all
// nodes.
func (l *link) toUser(userOrConn, event string, data []byte) {
	l.tell(topicAll, 128+len(data), busMessage{User: &busUser{userOrConn, event, json.RawMessage(data)}})
	l.s.live.hub.SendUser(userOrConn, event, data)
}

// toRoom brings a volatile message to a room of a center, on all nodes.
func (l *link) toRoom(centerID, namespace, event string, data []byte) {
	room := domain.Address(namespace, centerID)
	l.tell(topicOf(centerID), 128+len(data), busMessage{Said: &busSaid{room, event, json.RawMessage(data)}})
	l.s.live.hub.Publish(room, event, data, realtime.Filter{})
}

// ended and rights tell of sessions that are over, and of changed rights.
func (l *link) ended(w busWho)  { l.tell(topicAll, 128, busMessage{Ended: &w}) }
func (l *link) rights(w busWho) { l.tell(topicAll, 128, busMessage{Rights: &w}) }

// named tells of a connection whose client has a name: an older one of it is over.
func (l *link) named(c realtime.ConnInfo) {
	l.tell(topicAll, 128, busMessage{Named: &busNamed{c.UserID, c.Identity.ClientID, c.ID, c.ConnectedAt.UnixMicro()}})
}

// Positions shows places of a center's riders on all nodes. It keeps the slice.
func (l *link) Positions(address string, places []realtime.Place) {
	l.s.live.hub.Positions(address, places)
	l.s.engineSees(address, places)
	center := centerOfAddress(address)
	if l.bus == nil || center == "" {
		return
	}
	size := 64
	for i := range places {
		size += 64 + len(places[i].Data)
	}
	l.bus.Publish(topicOf(center), size, func(dst []byte) []byte {
		out := busPlaces{Address: address, Places: make([]busPlace, len(places))}
		behind := make([][]byte, len(places))
		for i, p := range places {
			out.Places[i], behind[i] = busPlace{p.Key, p.At, len(p.Data)}, p.Data
		}
		return busMessage{Places: &out}.encode(dst, behind...)
	})
}
