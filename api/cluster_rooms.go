package api

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// topicMonitor is followed by nodes on which somebody follows the monitor.
const topicMonitor = "monitor"

// busRoom is an address and how many connections of a node, or of all, have it.
type busRoom struct {
	Address     string `json:"address"`
	Subscribers int    `json:"subscribers"`
	Center      string `json:"center,omitempty"` // that the room is of
}

// busRooms are the rooms of a node, or a part of them.
type busRooms struct {
	From  string    `json:"from"`
	First bool      `json:"first,omitempty"` // what came before is over
	Last  bool      `json:"last,omitempty"`  // it is all there
	Rooms []busRoom `json:"rooms"`
}

// roomsOf are the rooms of another node: those that are shown, and those that
// come in just now.
type roomsOf struct {
	rooms, coming []busRoom
	at            time.Time
}

// roomsHere are the rooms of this node.
func (s *Server) roomsHere() []busRoom {
	list := s.live.hub.Rooms()
	out := make([]busRoom, len(list))
	for i, r := range list {
		center := centerOfAddress(r.Address)
		if center == "" {
			center = strings.TrimPrefix(r.Log, domain.NamespaceChat+":")
		}
		out[i] = busRoom{r.Address, r.Subscribers, center}
	}
	return out
}

// roomsFor are the rooms that the actor may see, never nil.
func roomsFor(a domain.Actor, all []busRoom) []busRoom {
	out := make([]busRoom, 0, len(all))
	for _, r := range all {
		if a.AllCenters() || r.Address == monitorAddress || a.Sees(r.Center) {
			out = append(out, r)
		}
	}
	return out
}

// addUp makes one list of rooms out of those of several nodes, by address.
func addUp(lists ...[]busRoom) []realtime.RoomInfo {
	sum := map[string]int{}
	for _, list := range lists {
		for _, r := range list {
			sum[r.Address] += r.Subscribers
		}
	}
	out := make([]realtime.RoomInfo, 0, len(sum))
	for _, address := range slices.Sorted(maps.Keys(sum)) {
		out = append(out, realtime.RoomInfo{Address: address, Subscribers: sum[address]})
	}
	return out
}

// tellRooms sends the node's rooms to those who watch.
func (l *link) tellRooms() {
	rooms := l.s.roomsHere()
	for first := true; first || len(rooms) > 0; first = false {
		n := min(len(rooms), monitorPart)
		l.tell(topicMonitor, 128+100*n, busMessage{Rooms: &busRooms{l.instance, first, n == len(rooms), rooms[:n]}})
		rooms = rooms[n:]
	}
}

// heedRooms takes another node's rooms in.
func (l *link) heedRooms(m *busRooms) {
	l.roomsMu.Lock()
	defer l.roomsMu.Unlock()
	r := l.rooms[m.From]
	if m.First {
		r.coming = nil
	}
	r.coming = append(r.coming, m.Rooms...)
	if m.Last {
		r.rooms, r.coming, r.at = r.coming, nil, time.Now()
	}
	l.rooms[m.From] = r
}

// roomsElsewhere are the rooms of each other node that is there, as it last said them.
func (l *link) roomsElsewhere() (out [][]busRoom) {
	l.roomsMu.Lock()
	defer l.roomsMu.Unlock()
	there := map[string]bool{}
	for _, p := range l.others() {
		there[p.Instance] = true
	}
	for id, r := range l.rooms {
		switch {
		case !there[id]:
			delete(l.rooms, id)
		case time.Since(r.at) < nodeLease:
			out = append(out, r.rooms)
		}
	}
	return out
}

// watch notes whether anybody on this node follows the monitor.
func (l *link) watch(on bool) {
	if l.bus != nil && l.watching.Swap(on) != on {
		l.follow()
		l.beatSoon(false)
	}
}

// nodes are all nodes as far as this one knows, itself included, by id.
func (s *Server) nodes() []MonitorNode {
	out := []MonitorNode{s.node()}
	for _, p := range s.live.link.others() {
		n := nodeOf(p).Node
		n.SilentSec = time.Since(p.Heard).Truncate(100 * time.Millisecond).Seconds()
		if n.SilentSec < nodeAwake.Seconds() {
			n.SilentSec = 0
		}
		out = append(out, n)
	}
	slices.SortFunc(out, func(a, b MonitorNode) int { return cmp.Compare(a.ID, b.ID) })
	return out
}
