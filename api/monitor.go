package api

import (
	"context"
	"encoding/json"
	"net/http"
	"runtime"
	gometrics "runtime/metrics"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// monitorEvery is how often the monitor's room is fed, while anybody listens.
const monitorEvery = time.Second

// monitorAddress is the room of what all nodes do.
const monitorAddress = domain.NamespaceMonitor + "/cluster"

// Monitor is what GET /monitor answers: of all nodes, the same from any.
type Monitor struct {
	Nodes       []MonitorNode       `json:"nodes"`
	Rooms       []realtime.RoomInfo `json:"rooms"`
	Connections []realtime.ConnInfo `json:"connections"`
	// Partial says that not every node could be asked: Redis is away, or one does not answer.
	Partial bool `json:"partial,omitempty"`
}

// MonitorFigures is what monitor/cluster carries each second.
type MonitorFigures struct {
	Nodes   []MonitorNode       `json:"nodes"`
	Rooms   []realtime.RoomInfo `json:"rooms"`
	Partial bool                `json:"partial,omitempty"` // Redis is away: there may be other nodes
}

// MonitorRedis is how a node does with what joins it to the others.
type MonitorRedis struct {
	Up        bool        `json:"up"`
	Reason    string      `json:"reason,omitempty"` // why it is not up
	Since     domain.Time `json:"since"`            // of this state
	ProbeMs   float64     `json:"probeMs"`          // newest round trip; 0 before the first
	Published int64       `json:"published"`
	Received  int64       `json:"received"`
	Dropped   int64       `json:"dropped"`
}

// MonitorNode is one process and its figures; counters run since its start.
type MonitorNode struct {
	ID           string           `json:"id"`
	Version      string           `json:"version,omitempty"`
	StartedAt    domain.Time      `json:"startedAt"`
	UptimeSec    int64            `json:"uptimeSec"`
	Connections  int64            `json:"connections"`
	PollsWaiting int64            `json:"pollsWaiting"`
	Logs         int64            `json:"logs"` // center and chat logs in memory
	LogLagSec    float64          `json:"logLagSec"`
	QueueBytes   int64            `json:"queueBytes"`
	FramesSent   int64            `json:"framesSent"`
	MessagesSent int64            `json:"messagesSent"`
	BytesSent    int64            `json:"bytesSent"`
	Commands     int64            `json:"commands"`
	SlowClosed   int64            `json:"slowClosed"`
	Resyncs      map[string]int64 `json:"resyncs"` // by cause
	DBReads      int64            `json:"dbReads"`
	DBWrites     int64            `json:"dbWrites"`
	DBWaiting    int64            `json:"dbWaiting"`
	Goroutines   int              `json:"goroutines"`
	HeapBytes    uint64           `json:"heapBytes"`
	CPUSec       float64          `json:"cpuSec"` // processor time used
	Draining     bool             `json:"draining,omitempty"`
	Redis        *MonitorRedis    `json:"redis,omitempty"`     // absent: it is alone by its settings
	SilentSec    float64          `json:"silentSec,omitempty"` // nothing was heard of it for so long
}

func (s *Server) node() MonitorNode {
	st, db := s.live.hub.Stats(), s.store.Stats()
	heap := []gometrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	gometrics.Read(heap)
	n := MonitorNode{
		ID: s.cfg.NodeID, Version: s.cfg.Version, StartedAt: domain.At(s.live.started), UptimeSec: int64(time.Since(s.live.started).Seconds()),
		Connections: st.Connections, PollsWaiting: st.PollsWaiting, Logs: st.Logs, LogLagSec: s.live.follow.Lag().Seconds(),
		QueueBytes: st.QueueBytes, FramesSent: st.FramesSent, MessagesSent: st.MessagesSent, BytesSent: st.BytesSent,
		Commands: st.Commands, SlowClosed: st.SlowClosed, Resyncs: st.Resyncs,
		DBReads: db.Reads, DBWrites: db.Writes, DBWaiting: db.Waiting,
		Goroutines: runtime.NumGoroutine(), HeapBytes: heap[0].Value.Uint64(), CPUSec: cpuSeconds(), Draining: s.draining.Load(),
	}
	if n.Resyncs == nil {
		n.Resyncs = map[string]int64{}
	}
	n.Redis = s.live.link.redis()
	return n
}

// monitor answers GET /monitor: the same from any node. A manager sees the
// connections and the rooms of its centers.
func (s *Server) monitor(w http.ResponseWriter, r *http.Request) error {
	a := actorOf(r.Context())
	viewer := viewerOf(a)
	answers, whole := s.live.link.ask(r.Context(), 0, busAsk{Monitor: &viewer})
	conns := s.connectionsFor(a, s.live.hub.Connections())
	rooms := [][]busRoom{roomsFor(a, s.roomsHere())}
	for i := range answers {
		conns = append(conns, answers[i].Conns...)
		rooms = append(rooms, answers[i].Rooms)
	}
	slices.SortFunc(conns, func(x, y realtime.ConnInfo) int { return y.ConnectedAt.Compare(x.ConnectedAt) })
	return writeList(w, r, Monitor{Nodes: s.nodes(), Rooms: addUp(rooms...), Connections: conns, Partial: !whole})
}

// connectionsFor are the connections that the actor may see, never nil.
func (s *Server) connectionsFor(a domain.Actor, all []realtime.ConnInfo) []realtime.ConnInfo {
	out := make([]realtime.ConnInfo, 0, len(all))
	for _, c := range all {
		if !a.AllCenters() && !shareCenter(actorBehind(c.Identity), a) {
			continue
		}
		if c.Addresses == nil {
			c.Addresses = []string{}
		}
		out = append(out, c)
	}
	return out
}

// centerOfAddress is the center that an address names; empty: it names none.
func centerOfAddress(s string) string {
	a, err := realtime.ParseAddress(s)
	if err != nil || a.Namespace == domain.NamespaceMine || a.Namespace == domain.NamespaceAsk || a.Namespace == domain.NamespaceUser || a.Namespace == domain.NamespaceMonitor {
		return ""
	}
	return centerInRoom(a.Room)
}

// busClose is a connection that is to be closed, and by whom.
type busClose struct {
	ID     string    `json:"id"`
	Viewer busViewer `json:"viewer"`
}

// busClosed is whose connection was closed.
type busClosed struct {
	User      string   `json:"user"`
	CenterIDs []string `json:"centerIds"`
}

// closeConnection answers DELETE /monitor/connections/{id}: that client is not
// to come back by itself.
func (s *Server) closeConnection(w http.ResponseWriter, r *http.Request) error {
	a := actorOf(r.Context())
	in := busClose{chi.URLParam(r, "id"), viewerOf(a)}
	closed := s.closeHere(&in)
	if closed == nil {
		answers, whole := s.live.link.ask(r.Context(), 0, busAsk{Close: &in})
		for i := range answers {
			if answers[i].Closed != nil {
				closed = answers[i].Closed
			}
		}
		if closed == nil && !whole {
			return &domain.Error{Code: domain.CodeUnavailable, Detail: "it is not on this node, and not all others can be asked", RetryAfter: 2}
		}
	}
	if closed == nil {
		return domain.NotFound("connection")
	}
	e := domain.AuditOf(a, domain.At(s.now()), "connection", in.ID, domain.AuditDisconnect)
	e.Changes = []domain.AuditChange{{Field: "user", From: closed.User}}
	s.note(r, inCenters(e, closed.CenterIDs)...)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// closeHere closes a connection of this node; nil: there is none that the viewer may close.
func (s *Server) closeHere(in *busClose) (closed *busClosed) {
	a := in.Viewer.actor()
	n := s.live.hub.Close(func(c realtime.ConnInfo) bool {
		whose := actorBehind(c.Identity)
		if c.ID != in.ID || !a.AllCenters() && !shareCenter(whose, a) {
			return false
		}
		closed = &busClosed{whose.UserID, whose.CenterIDs}
		return true
	}, realtime.CloseForbidden, "closed by a "+string(a.Role))
	if n == 0 {
		return nil
	}
	return closed
}

// feedMonitor sends node and room figures each second to those who listen.
func (s *Server) feedMonitor(ctx context.Context) {
	tick := time.NewTicker(monitorEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.sendFigures()
		}
	}
}

// sendFigures sends each listener what it may see: admins the same bytes, a
// manager the rooms of its centers.
func (s *Server) sendFigures() {
	listeners := s.live.hub.Members(monitorAddress)
	s.live.link.watch(len(listeners) > 0)
	if len(listeners) == 0 {
		return
	}
	nodes, lists := s.nodes(), append(s.live.link.roomsElsewhere(), s.roomsHere())
	encoded := map[string][]byte{} // by the centers of the listener
	for _, c := range listeners {
		a := actorBehind(c.Identity)
		view := strings.Join(a.CenterIDs, " ")
		data, ok := encoded[view]
		if !ok {
			seen := make([][]busRoom, len(lists))
			for i := range lists {
				seen[i] = roomsFor(a, lists[i])
			}
			var err error
			data, err = json.Marshal(MonitorFigures{Nodes: nodes, Rooms: addUp(seen...), Partial: s.live.link.degraded() != ""})
			if err != nil {
				s.log.Error("monitor figures can't be encoded", "error", err)
				return
			}
			encoded[view] = data
		}
		s.live.hub.Publish(monitorAddress, "monitor:figures", data, realtime.Filter{OnlyUser: c.ID})
	}
}
