package api

import (
	"context"
	"sync"
	"time"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

const (
	// beatOfNode is how often a node says that it is there, and how it does.
	beatOfNode = time.Second
	// nodeLease is how long a node that falls silent is still there.
	nodeLease = 10 * time.Second
	// nodeAwake is how recent its last word must be for an answer to be waited for.
	nodeAwake = 2500 * time.Millisecond
	// askWait bounds how long the others' answers are waited for.
	askWait = 400 * time.Millisecond
)

// busBeat is what a node says of itself each second.
type busBeat struct {
	Instance string      `json:"instance"`
	Node     MonitorNode `json:"node"`
	Watching bool        `json:"watching,omitempty"` // somebody there follows the monitor: rooms are wanted
	Hello    bool        `json:"hello,omitempty"`    // it has just come: the others say theirs now
	Leaving  bool        `json:"leaving,omitempty"`
}

// busAsk is a question to all other nodes.
type busAsk struct {
	ID      int64      `json:"id"`
	From    string     `json:"from"` // instance; the answers go to its inbox
	Monitor *busViewer `json:"monitor,omitempty"`
	Close   *busClose  `json:"close,omitempty"`
	Event   *busEvent  `json:"event,omitempty"`
	Here    *busHere   `json:"here,omitempty"`
}

// busHere asks who of a center is there.
type busHere struct {
	Center string `json:"center"`
}

// busAnswer is one node's answer, or a part of it.
type busAnswer struct {
	ID     int64               `json:"id"`
	From   string              `json:"from"`
	More   bool                `json:"more,omitempty"` // another part follows
	Count  int                 `json:"count,omitempty"`
	Closed *busClosed          `json:"closed,omitempty"`
	Rooms  []busRoom           `json:"rooms,omitempty"`
	Conns  []realtime.ConnInfo `json:"conns,omitempty"`
	People []domain.Person     `json:"people,omitempty"`
}

// busViewer is for whom something is looked up.
type busViewer struct {
	Role      domain.Role `json:"role"`
	CenterIDs []string    `json:"centerIds,omitempty"`
}

func viewerOf(a domain.Actor) busViewer  { return busViewer{a.Role, a.CenterIDs} }
func (v busViewer) actor() domain.Actor  { return domain.Actor{Role: v.Role, CenterIDs: v.CenterIDs} }
func inboxOf(instance string) string     { return "node:" + instance }
func (l *link) awake() (peers []string)  { return l.peersWithin(nodeAwake) }
func (l *link) others() []realtime.Peer  { return l.peers.Live() }
func nodeOf(p realtime.Peer) (b busBeat) { b, _ = p.Data.(busBeat); return b }
func (l *link) tellAnswer(to string, a busAnswer, size int) {
	a.From = l.instance
	l.tell(inboxOf(to), size, busMessage{Answer: &a})
}

// peersWithin are the instances heard of within d.
func (l *link) peersWithin(d time.Duration) (out []string) {
	for _, p := range l.peers.Live() {
		if time.Since(p.Heard) < d {
			out = append(out, p.Instance)
		}
	}
	return out
}

// beats says each second that this node is there, and what its rooms are while
// anybody elsewhere watches.
func (l *link) beats(ctx context.Context) {
	if l.bus == nil {
		return
	}
	tick := time.NewTicker(beatOfNode)
	defer tick.Stop()
	hello := true
	for {
		l.tell(topicAll, 1024, busMessage{Beat: &busBeat{
			Instance: l.instance, Node: l.s.node(), Watching: l.watching.Load(), Hello: hello,
		}})
		hello = false
		for _, p := range l.others() {
			if nodeOf(p).Watching {
				l.tellRooms()
				break
			}
		}
		select {
		case <-ctx.Done():
			return
		case hello = <-l.greet:
		case <-tick.C:
		}
	}
}

// beatSoon has the node say that it is there now; hello asks the others for theirs.
func (l *link) beatSoon(hello bool) {
	select {
	case l.greet <- hello:
	default:
	}
}

// leave says that the node goes: nobody is to wait for it.
func (l *link) leave() {
	l.tell(topicAll, 1024, busMessage{Beat: &busBeat{Instance: l.instance, Node: l.s.node(), Leaving: true}})
}

// heedBeat notes what another node says of itself.
func (l *link) heedBeat(b *busBeat) {
	if b.Leaving {
		l.peers.Leave(b.Instance)
		return
	}
	if isNew := l.peers.Hear(b.Instance, b.Node.ID, *b); isNew || b.Hello {
		l.beatSoon(false)
	}
}

// question is one that is under way.
type question struct {
	mu      sync.Mutex
	waiting map[string]bool // instances that have not answered
	answers []busAnswer
	done    chan struct{}
}

// ask puts a question to all other nodes and waits for their answers, for a
// moment. whole is false when somebody's is missing.
func (l *link) ask(ctx context.Context, size int, a busAsk) (answers []busAnswer, whole bool) {
	if l.bus == nil {
		return nil, true
	}
	peers := l.awake()
	whole = len(peers) == len(l.others()) && l.bus.Stats().State.Up
	if len(peers) == 0 {
		return nil, whole
	}
	q := &question{waiting: make(map[string]bool, len(peers)), done: make(chan struct{})}
	for _, id := range peers {
		q.waiting[id] = true
	}
	a.ID, a.From = l.questions.Add(1), l.instance
	l.asked.Store(a.ID, q)
	defer l.asked.Delete(a.ID)
	l.tell(topicAll, 256+size, busMessage{Ask: &a})
	timer := time.NewTimer(askWait)
	defer timer.Stop()
	select {
	case <-q.done:
	case <-timer.C:
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.answers, whole && len(q.waiting) == 0
}

// heedAnswer takes in what a question was answered with.
func (l *link) heedAnswer(a *busAnswer) {
	v, ok := l.asked.Load(a.ID)
	if !ok {
		return // too late
	}
	q := v.(*question)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.answers = append(q.answers, *a)
	if !a.More && q.waiting[a.From] {
		delete(q.waiting, a.From)
		if len(q.waiting) == 0 {
			close(q.done)
		}
	}
}

// heedAsk answers another node's question.
func (l *link) heedAsk(a *busAsk) {
	switch {
	case a.Event != nil: // at once: its order among others counts
		l.tellAnswer(a.From, busAnswer{ID: a.ID, Count: l.s.deliverHere(a.Event)}, 128)
	case a.Close != nil:
		l.later(func(context.Context) {
			l.tellAnswer(a.From, busAnswer{ID: a.ID, Closed: l.s.closeHere(a.Close)}, 256)
		})
	case a.Monitor != nil:
		l.later(func(context.Context) { l.answerMonitor(a) })
	case a.Here != nil:
		people := l.s.hereOn(a.Here.Center)
		l.tellAnswer(a.From, busAnswer{ID: a.ID, People: people}, 128+100*len(people))
	default: // of a newer version: it is not to be waited for
		l.tellAnswer(a.From, busAnswer{ID: a.ID}, 128)
	}
}

// monitorPart bounds the rooms and connections of one message.
const monitorPart = 500

// answerMonitor sends what the viewer may see of this node, in parts.
func (l *link) answerMonitor(a *busAsk) {
	viewer := a.Monitor.actor()
	conns := l.s.connectionsFor(viewer, l.s.live.hub.Connections())
	rooms := roomsFor(viewer, l.s.roomsHere())
	for {
		part := busAnswer{ID: a.ID, Conns: conns[:min(len(conns), monitorPart)], Rooms: rooms[:min(len(rooms), monitorPart)]}
		conns, rooms = conns[len(part.Conns):], rooms[len(part.Rooms):]
		part.More = len(conns)+len(rooms) > 0
		l.tellAnswer(a.From, part, 400*len(part.Conns)+100*len(part.Rooms))
		if !part.More {
			return
		}
	}
}
