package realtime

import "encoding/binary"

// Opcodes of RFC 6455 that are written here. Frames from the server are never
// masked, so a frame's bytes are the same for every client.
const (
	opText  = 0x1
	opClose = 0x8
	opPing  = 0x9
	opPong  = 0xa
	finBit  = 0x80
)

// maxHeader is the longest header of an unmasked frame.
const maxHeader = 10

// maxControl is the longest payload of a control frame.
const maxControl = 125

// class is what a frame carries. When a client falls behind, positions are
// dropped first, then what is private or volatile, then what has a number (the
// client is told to resync); replies and control frames are never dropped.
type class uint8

const (
	classReply class = iota
	classSequenced
	classPrivate
	classPlaces
	classes
)

// frame is one whole WebSocket frame on its way to one client: the bytes of a
// followed by those of b. Both are shared and never written to again.
type frame struct {
	a, b     []byte
	sub      *sub // whose messages they are; nil: replies, heads, control frames
	messages int32
	class    class
	slot     bool // the last part of a large snapshot: its slot is free when it is written
}

func (f *frame) size() int { return len(f.a) + len(f.b) }

// appendHeader appends the header of an unfragmented frame.
func appendHeader(b []byte, op byte, payload int) []byte {
	b = append(b, finBit|op)
	switch {
	case payload <= maxControl:
		return append(b, byte(payload))
	case payload <= 0xffff:
		return binary.BigEndian.AppendUint16(append(b, 126), uint16(payload))
	default:
		return binary.BigEndian.AppendUint64(append(b, 127), uint64(payload))
	}
}

// textBuffer is an empty buffer for a text frame's payload with room for the
// header before it; sealText makes it a frame without moving the payload.
func textBuffer(size int) []byte { return make([]byte, maxHeader, maxHeader+size) }

// sealText turns a textBuffer with its payload into the bytes of a frame.
func sealText(b []byte) []byte {
	var hdr [maxHeader]byte
	h := appendHeader(hdr[:0], opText, len(b)-maxHeader)
	start := maxHeader - len(h)
	copy(b[start:], h)
	return b[start:]
}

// textReply is a frame of one message that answers or informs one client.
func textReply(b []byte) frame {
	return frame{a: sealText(b), messages: 1, class: classReply}
}

// control makes a ping or close frame.
func control(op byte, payload []byte) frame {
	b := appendHeader(make([]byte, 0, 2+len(payload)), op, len(payload))
	return frame{a: append(b, payload...), class: classReply}
}
