package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// message is any object that the server may send: the fields that are set say
// which kind it is.
type message struct {
	// of a reply
	ID        int64             `json:"id"`
	Mode      string            `json:"mode"`
	Epoch     string            `json:"epoch"`
	WindowSec int64             `json:"windowSec"`
	Records   []json.RawMessage `json:"records"`
	Events    []change          `json:"events"`
	Part      int               `json:"part"`
	More      bool              `json:"more"`
	Volatile  bool              `json:"volatile"`
	Error     *Refusal          `json:"error"`

	// of a message of a room
	Address string          `json:"address"`
	Prev    int64           `json:"prev"`
	Seq     *int64          `json:"seq"` // nil: a volatile message
	Event   string          `json:"event"`
	Key     string          `json:"key"`
	Op      string          `json:"op"`
	Data    json.RawMessage `json:"data"`
	Resync  bool            `json:"resync"`
	Revoked bool            `json:"revoked"`

	// of a connection
	Connection *Connection     `json:"connection"`
	Heads      map[string]head `json:"heads"` // nil: no heads; empty: nothing moved
	Now        time.Time       `json:"now"`
}

// change is one event of a resume.
type change struct {
	Seq   int64           `json:"seq"`
	Event string          `json:"event"`
	Key   string          `json:"key"`
	Op    string          `json:"op"`
	Data  json.RawMessage `json:"data"`
}

// head is how far a room goes, an empty message under the client rule.
type head struct {
	Epoch string `json:"epoch"`
	Prev  int64  `json:"prev"`
	Seq   int64  `json:"seq"`
}

// Connection is who the server says that we are.
type Connection struct {
	ID     string `json:"id"`
	NodeID string `json:"nodeId"`
	UserID string `json:"userId"`
}

// Refusal is the server's answer to a command that it does not do.
type Refusal struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (r *Refusal) Error() string { return "refused: " + r.Code + ": " + r.Detail }

// passing reports whether the same command may well succeed later.
func (r *Refusal) passing() bool {
	return r.Code == "unavailable" || r.Code == "rate_limited" || r.Code == "internal"
}

// since is the place in a log from which a subscriber wants to go on.
type since struct {
	Epoch string `json:"epoch"`
	Seq   int64  `json:"seq"`
}

// sub names one address of a subscribe command or a poll.
type sub struct {
	Address string `json:"address"`
	Since   *since `json:"since,omitempty"`
}

// decodeFrame reads a frame: one object, or an array of them, in order. The
// raw objects are for those who wait for the answer of a command.
func decodeFrame(b []byte) ([]json.RawMessage, []message, error) {
	raws := []json.RawMessage{b}
	if b = bytes.TrimLeft(b, " \t\r\n"); len(b) > 0 && b[0] == '[' {
		raws = nil
		if err := json.Unmarshal(b, &raws); err != nil {
			return nil, nil, fmt.Errorf("frame: %w", err)
		}
	}
	ms := make([]message, len(raws))
	for i, raw := range raws {
		if err := json.Unmarshal(raw, &ms[i]); err != nil {
			return nil, nil, fmt.Errorf("frame: %w", err)
		}
	}
	return raws, ms, nil
}

// marks are what this package reads of a record; the rest is the caller's.
type marks struct {
	ID         string    `json:"id"`
	ModifiedAt time.Time `json:"modifiedAt"`
	FinishedAt time.Time `json:"finishedAt"`
}

func marksOf(data json.RawMessage) marks {
	var m marks
	// A record whose marks cannot be read keeps the zero ones: it is never
	// evicted and shows up in a comparison.
	_ = json.Unmarshal(data, &m)
	return m
}
