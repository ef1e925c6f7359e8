package api

import (
	"context"
	"encoding/json"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// monitorEvery is how often the monitor's room is fed, while anybody listens.
const monitorEvery = time.Second

// Monitor is what GET /monitor answers: this node's part of it.
type Monitor struct {
	Nodes       []MonitorNode       `json:"nodes"`
	Rooms       []realtime.RoomInfo `json:"rooms"`
	Connections []realtime.ConnInfo `json:"connections"`
}

// MonitorFigures is what monitor/cluster carries each second.
type MonitorFigures struct {
	Nodes []MonitorNode       `json:"nodes"`
	Rooms []realtime.RoomInfo `json:"rooms"`
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
	Draining     bool             `json:"draining,omitempty"`
}

func (s *Server) node() MonitorNode {
	st, db := s.live.hub.Stats(), s.store.Stats()
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	n := MonitorNode{
		ID: s.cfg.NodeID, Version: s.cfg.Version, StartedAt: domain.At(s.live.started), UptimeSec: int64(time.Since(s.live.started).Seconds()),
		Connections: st.Connections, PollsWaiting: st.PollsWaiting, Logs: st.Logs, LogLagSec: s.live.follow.lag().Seconds(),
		QueueBytes: st.QueueBytes, FramesSent: st.FramesSent, MessagesSent: st.MessagesSent, BytesSent: st.BytesSent,
		Commands: st.Commands, SlowClosed: st.SlowClosed, Resyncs: st.Resyncs,
		DBReads: db.Reads, DBWrites: db.Writes, DBWaiting: db.Waiting,
		Goroutines: runtime.NumGoroutine(), HeapBytes: mem.HeapAlloc, Draining: s.draining.Load(),
	}
	if n.Resyncs == nil {
		n.Resyncs = map[string]int64{}
	}
	return n
}

// monitor answers GET /monitor. A manager sees the connections of its centers,
// and the rooms that are of these or that these connections have.
func (s *Server) monitor(w http.ResponseWriter, r *http.Request) error {
	a := actorOf(r.Context())
	conns := s.connectionsFor(a, s.live.hub.Connections())
	out := Monitor{Nodes: []MonitorNode{s.node()}, Rooms: roomsFor(a, s.live.hub.Rooms(), conns), Connections: conns}
	slices.SortFunc(out.Connections, func(x, y realtime.ConnInfo) int { return y.ConnectedAt.Compare(x.ConnectedAt) })
	return writeList(w, r, out)
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

// roomsFor are the rooms that the actor may see, given its connections, never nil.
func roomsFor(a domain.Actor, all []realtime.RoomInfo, conns []realtime.ConnInfo) []realtime.RoomInfo {
	out := make([]realtime.RoomInfo, 0, len(all))
	theirs := map[string]bool{}
	if !a.AllCenters() {
		for _, c := range conns {
			for _, address := range c.Addresses {
				theirs[address] = true
			}
		}
	}
	for _, room := range all {
		if a.AllCenters() || room.Address == monitorAddress || theirs[room.Address] || a.Sees(centerOfAddress(room.Address)) {
			out = append(out, room)
		}
	}
	slices.SortFunc(out, func(x, y realtime.RoomInfo) int { return strings.Compare(x.Address, y.Address) })
	return out
}

// centerOfAddress is the center that an address names; empty: it names none.
func centerOfAddress(s string) string {
	a, err := realtime.ParseAddress(s)
	if err != nil || a.Namespace == nsMine || a.Namespace == nsUser || a.Namespace == nsMonitor {
		return ""
	}
	return centerInRoom(a.Room)
}

// closeConnection answers DELETE /monitor/connections/{id}: that client is not
// to come back by itself.
func (s *Server) closeConnection(w http.ResponseWriter, r *http.Request) error {
	a, id := actorOf(r.Context()), chi.URLParam(r, "id")
	var whose domain.Actor
	closed := s.live.hub.Close(func(c realtime.ConnInfo) bool {
		if c.ID != id || !a.AllCenters() && !shareCenter(actorBehind(c.Identity), a) {
			return false
		}
		whose = actorBehind(c.Identity)
		return true
	}, realtime.CloseForbidden, "closed by a "+string(a.Role))
	if closed == 0 {
		return domain.NotFound("connection")
	}
	e := domain.AuditOf(a, domain.At(s.now()), "connection", id, domain.AuditDisconnect)
	e.Changes = []domain.AuditChange{{Field: "user", From: whose.UserID}}
	s.note(r, inCenters(e, whose.CenterIDs)...)
	w.WriteHeader(http.StatusNoContent)
	return nil
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
	rooms := s.live.hub.Rooms()
	if !slices.ContainsFunc(rooms, func(r realtime.RoomInfo) bool { return r.Address == monitorAddress && r.Subscribers > 0 }) {
		return
	}
	all := s.live.hub.Connections()
	nodes := []MonitorNode{s.node()}
	encoded := map[string][]byte{} // by the centers of the listener
	for _, c := range all {
		if !slices.Contains(c.Addresses, monitorAddress) {
			continue
		}
		a := actorBehind(c.Identity)
		view := strings.Join(a.CenterIDs, " ")
		data, ok := encoded[view]
		if !ok {
			var err error
			data, err = json.Marshal(MonitorFigures{nodes, roomsFor(a, rooms, s.connectionsFor(a, all))})
			if err != nil {
				s.log.Error("monitor figures can't be encoded", "error", err)
				return
			}
			encoded[view] = data
		}
		s.live.hub.Publish(monitorAddress, "monitor:figures", data, realtime.Filter{OnlyUser: c.ID})
	}
}
