package realtime

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// maxFrame is the longest message taken from a client, in bytes.
const maxFrame = 64 << 10

// maxBulk is how many addresses one subscribe, and how many commands one frame,
// may name.
const maxBulk = 500

// maxBadFrames in a row end a connection.
const maxBadFrames = 3

// command is what a client asks for, read as far as the hub must.
type command struct {
	id  json.RawMessage // a JSON number or string, or nil
	cmd string
	raw json.RawMessage
}

// parseFrame reads the commands of one text frame: one JSON object, or an array
// of them. bad tells what is wrong with the frame as such; a command that is an
// object but names nothing has an empty cmd.
func parseFrame(b []byte) (cmds []command, bad string) {
	if !utf8.Valid(b) {
		return nil, "the frame is not UTF-8"
	}
	b = bytes.TrimSpace(b)
	var raws []json.RawMessage
	switch {
	case len(b) == 0:
		return nil, "the frame is empty"
	case b[0] == '{':
		raws = []json.RawMessage{b}
	case b[0] == '[':
		if err := json.Unmarshal(b, &raws); err != nil {
			return nil, "the frame is not JSON"
		}
		if len(raws) == 0 || len(raws) > maxBulk {
			return nil, "an array of 1 to 500 commands is expected"
		}
	default:
		return nil, "a JSON object or an array of them is expected"
	}
	for _, raw := range raws {
		var c struct {
			ID  json.RawMessage `json:"id"`
			Cmd json.RawMessage `json:"cmd"`
		}
		if err := json.Unmarshal(raw, &c); err != nil {
			return nil, "the frame is not JSON, or a command is not an object"
		}
		one := command{raw: raw, id: commandID(c.ID)}
		_ = json.Unmarshal(c.Cmd, &one.cmd) // not a string: no known command
		cmds = append(cmds, one)
	}
	return cmds, ""
}

// maxID is the longest id that is echoed, in bytes of JSON.
const maxID = 64

// commandID is an id fit to be echoed: a number or a string; nil for anything else.
func commandID(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 || len(raw) > maxID {
		return nil
	}
	if c := raw[0]; c == '"' || c == '-' || c >= '0' && c <= '9' {
		return raw
	}
	return nil
}
