package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// busMessage is what one node tells others. One of its parts is there. Parts
// that a node does not know are passed over: an older one may listen.
//
// On the wire it is one line of JSON, and behind it the records that it speaks
// of as they are, one after the other: they are encoded once, at the commit.
type busMessage struct {
	Entries []busEntry `json:"entries,omitempty"` // of one center's log, in order
	Chat    []busChat  `json:"chat,omitempty"`    // of one center's chat, in order
	Epoch   string     `json:"epoch,omitempty"`   // that the chat messages were committed in
	Nudge   *busNudge  `json:"nudge,omitempty"`
	Places  *busPlaces `json:"places,omitempty"`
	User    *busUser   `json:"user,omitempty"`
	Said    *busSaid   `json:"said,omitempty"`
	Reads   *ReadEvent `json:"reads,omitempty"`
	Ended   *busWho    `json:"ended,omitempty"`  // sessions are over
	Rights  *busWho    `json:"rights,omitempty"` // a user's or key's rights have changed
	Notice  []busEntry `json:"notice,omitempty"` // entries that people are told of
	Named   *busNamed  `json:"named,omitempty"`
	Beat    *busBeat   `json:"beat,omitempty"`
	Rooms   *busRooms  `json:"rooms,omitempty"`
	Ask     *busAsk    `json:"ask,omitempty"`
	Answer  *busAnswer `json:"answer,omitempty"`

	tail []byte // what stands behind the line
}

// busChat is an entry of a chat log.
type busChat struct {
	domain.ChatMessage
	About string `json:"about,omitempty"` // the message that it takes away
}

// busEntry is a log entry; Size bytes behind the line are its record.
type busEntry struct {
	Center     string        `json:"center"`
	Seq        int64         `json:"seq"`
	Epoch      string        `json:"epoch"`
	Kind       domain.Kind   `json:"kind"`
	Key        string        `json:"key"`
	Event      string        `json:"event"`
	At         domain.Time   `json:"at"`
	Actor      domain.Person `json:"actor"`
	Before     busRecord     `json:"before,omitzero"`
	After      busRecord     `json:"after,omitzero"`
	FinishedAt domain.Time   `json:"finishedAt,omitzero"`
	Reason     string        `json:"reason,omitempty"`
	DeviceAt   domain.Time   `json:"deviceAt,omitzero"`
	Trace      string        `json:"trace,omitempty"` // the traceparent of its transaction
	Size       int           `json:"size"`
}

// busRecord is a domain.State.
type busRecord struct {
	Status  string `json:"status,omitempty"`
	RiderID string `json:"riderId,omitempty"`
}

// busNudge says that a log goes up to Seq, in place of an entry that is too large to carry.
type busNudge struct {
	Center string `json:"center"`
	Seq    int64  `json:"seq"`
}

// busPlaces are newest positions of a room; each has Size bytes behind the line.
type busPlaces struct {
	Address string     `json:"address"`
	Places  []busPlace `json:"places"`
}

type busPlace struct {
	Key  string `json:"key"`
	At   int64  `json:"at"` // ms since 1970
	Size int    `json:"size"`
}

// busUser is a message on a user's own address.
type busUser struct {
	To    string          `json:"to"` // user or connection
	Event string          `json:"event"`
	Data  json.RawMessage `json:"data"`
}

// busSaid is a volatile message of a center's room.
type busSaid struct {
	Address string          `json:"address"`
	Event   string          `json:"event"`
	Data    json.RawMessage `json:"data"`
}

// busNamed is a new connection of a client that names itself.
type busNamed struct {
	User   string `json:"user"`
	Client string `json:"client"`
	Conn   string `json:"conn"`
	At     int64  `json:"at"` // when it was opened, µs since 1970
}

// busWho names a session or a user (or key).
type busWho struct {
	Session string `json:"session,omitempty"` // hash
	User    string `json:"user,omitempty"`
}

func (w busWho) match(a domain.Actor) bool {
	return w.Session != "" && a.SessionID == w.Session || w.User != "" && a.UserID == w.User
}

// topicAll is the topic that every node follows.
const topicAll = "all"

// topicOf is a center's topic: its entries, chat and positions.
func topicOf(centerID string) string { return "center:" + centerID }

// maxBusEntries bounds the bytes of the records in one message, and so the
// largest record that is carried.
const maxBusEntries = 256 << 10

// encode appends the message and what stands behind it.
func (m busMessage) encode(dst []byte, behind ...[]byte) []byte {
	line, err := json.Marshal(m)
	if err != nil { // nothing in it can fail but a RawMessage, which was checked
		return dst
	}
	dst = append(append(dst, line...), '\n')
	for _, b := range behind {
		dst = append(dst, b...)
	}
	return dst
}

// decodeBus reads a message; the bytes of its records are those of data.
func decodeBus(data []byte) (busMessage, error) {
	var m busMessage
	line, tail, ok := bytes.Cut(data, []byte{'\n'})
	if !ok {
		return m, errors.New("a bus message without its line")
	}
	if err := json.Unmarshal(line, &m); err != nil {
		return m, err
	}
	m.tail = tail
	return m, nil
}

// cut takes the next size bytes from behind the line.
func (m *busMessage) cut(size int) ([]byte, error) {
	if size < 0 || size > len(m.tail) {
		return nil, errors.New("a bus message is too short")
	}
	b := m.tail[:size:size]
	m.tail = m.tail[size:]
	return b, nil
}

// busEntries are log entries as they cross the bus, with their records.
func busEntries(entries []domain.LogEntry) (out []busEntry, behind [][]byte) {
	for i := range entries {
		e := &entries[i]
		out = append(out, busEntry{
			Center: e.CenterID, Seq: e.Seq, Epoch: e.Epoch, Kind: e.Kind, Key: e.Key, Event: e.Event, At: e.At, Actor: e.Actor,
			Before: busRecord(e.Before), After: busRecord(e.After), FinishedAt: e.FinishedAt, Reason: e.Reason, DeviceAt: e.DeviceAt,
			Size: len(e.Data),
		})
		behind = append(behind, e.Data)
	}
	return out, behind
}

// logEntries is the way back.
func (m *busMessage) logEntries(in []busEntry) ([]domain.LogEntry, error) {
	out := make([]domain.LogEntry, len(in))
	for i, e := range in {
		data, err := m.cut(e.Size)
		if err != nil {
			return nil, err
		}
		out[i] = domain.LogEntry{
			CenterID: e.Center, Seq: e.Seq, Epoch: e.Epoch, Kind: e.Kind, Key: e.Key, Event: e.Event, At: e.At, Actor: e.Actor,
			Before: domain.State(e.Before), After: domain.State(e.After), FinishedAt: e.FinishedAt, Reason: e.Reason, DeviceAt: e.DeviceAt,
			Data: data,
		}
	}
	return out, nil
}

// places is the way back of positions.
func (m *busMessage) places(in []busPlace) ([]realtime.Place, error) {
	out := make([]realtime.Place, len(in))
	for i, p := range in {
		data, err := m.cut(p.Size)
		if err != nil {
			return nil, err
		}
		out[i] = realtime.Place{Key: p.Key, At: p.At, Data: data}
	}
	return out, nil
}

// portions parts entries of one center so that each message is of a bearable
// size. An entry that is too large by itself comes alone.
func portions(entries []domain.LogEntry) [][]domain.LogEntry {
	var out [][]domain.LogEntry
	for len(entries) > 0 {
		n, size := 1, len(entries[0].Data)
		for n < len(entries) && entries[n].CenterID == entries[0].CenterID && size+len(entries[n].Data) <= maxBusEntries {
			size += len(entries[n].Data)
			n++
		}
		out = append(out, slices.Clip(entries[:n]))
		entries = entries[n:]
	}
	return out
}
