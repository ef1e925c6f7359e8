package realtime

import (
	"encoding/json"
	"strconv"
	"time"
)

// The messages of the protocol are put together from parts that are JSON
// already: a record's bytes are encoded once, by the host, and spliced in here.

// timeFormat is RFC 3339 in UTC with milliseconds.
const timeFormat = "2006-01-02T15:04:05.000Z"

// appendString appends s as a JSON string.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			q, _ := json.Marshal(s) // a string always encodes
			return append(b, q...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// appendNow appends "now":"…".
func appendNow(b []byte, now time.Time) []byte {
	b = append(b, `"now":"`...)
	b = now.UTC().AppendFormat(b, timeFormat)
	return append(b, '"')
}

// appendLive appends the message of one change as subscribers see it.
func appendLive(b []byte, prev, seq int64, ch *Change) []byte {
	b = append(b, `{"address":`...)
	b = appendString(b, ch.Address)
	b = append(b, `,"prev":`...)
	b = strconv.AppendInt(b, prev, 10)
	b = append(b, ',')
	b = appendBody(b, seq, ch.Event, ch.Key, ch.Data)
	return append(b, '}')
}

// appendEvent appends one event of a resume.
func appendEvent(b []byte, e *entry, data []byte) []byte {
	b = append(b, '{')
	b = appendBody(b, e.seq, e.event, e.key, data)
	return append(b, '}')
}

// appendBody appends what live messages and resume events share.
func appendBody(b []byte, seq int64, event, key string, data []byte) []byte {
	b = append(b, `"seq":`...)
	b = strconv.AppendInt(b, seq, 10)
	b = append(b, `,"event":`...)
	b = appendString(b, event)
	b = append(b, `,"key":`...)
	b = appendString(b, key)
	if data == nil {
		return append(b, `,"op":"remove"`...)
	}
	b = append(b, `,"data":`...)
	return append(b, data...)
}

// appendVolatile appends a message that is in no log.
func appendVolatile(b []byte, address, event string, data []byte) []byte {
	b = append(b, `{"address":`...)
	b = appendString(b, address)
	b = append(b, `,"event":`...)
	b = appendString(b, event)
	b = append(b, `,"data":`...)
	if data == nil {
		b = append(b, "null"...)
	}
	b = append(b, data...)
	return append(b, '}')
}

// appendHead appends one address of a heads message.
func appendHead(b []byte, address, epoch string, prev, seq int64) []byte {
	b = appendString(b, address)
	b = append(b, `:{"epoch":`...)
	b = appendString(b, epoch)
	b = append(b, `,"prev":`...)
	b = strconv.AppendInt(b, prev, 10)
	b = append(b, `,"seq":`...)
	b = strconv.AppendInt(b, seq, 10)
	return append(b, '}')
}

// appendMark appends {"address":…,"resync":true} or the same with revoked.
func appendMark(b []byte, address, mark string) []byte {
	b = append(b, `{"address":`...)
	b = appendString(b, address)
	b = append(b, ',', '"')
	b = append(b, mark...)
	return append(b, `":true}`...)
}

// appendReply opens the answer to a command; id is its JSON, or nil.
func appendReply(b []byte, id json.RawMessage) []byte {
	b = append(b, '{')
	if len(id) > 0 {
		b = append(b, `"id":`...)
		b = append(b, id...)
		b = append(b, ',')
	}
	return b
}

// appendRefusal appends a whole refused answer; address may be empty.
func appendRefusal(b []byte, id json.RawMessage, address string, r *Refusal) []byte {
	b = appendReply(b, id)
	if address != "" {
		b = append(b, `"address":`...)
		b = appendString(b, address)
		b = append(b, ',')
	}
	b = append(b, `"error":{"code":`...)
	b = appendString(b, r.Code)
	b = append(b, `,"detail":`...)
	b = appendString(b, r.Detail)
	return append(b, `}}`...)
}

// appendVolatileReply appends a whole answer to a subscribe of a volatile address.
func appendVolatileReply(b []byte, id json.RawMessage, address string) []byte {
	b = appendReply(b, id)
	b = append(b, `"address":`...)
	b = appendString(b, address)
	return append(b, `,"mode":"snapshot","epoch":"","seq":0,"records":[],"volatile":true}`...)
}
