package realtime

import (
	"encoding/json"
	"io"
	"net"
)

const (
	// maxAnswer bounds the replies of one poll, in bytes. What does not fit is
	// left for the next one, which asks from where this one ended.
	maxAnswer = 8 << 20
	// maxLookups bounds how often one poll has the host read the database: logs
	// to be loaded, and looks at logs that the caller is ahead of.
	maxLookups = 64
)

// Answer is what a poll is answered with: JSON objects in pieces, which the
// answers of other polls may share. Release it when it has been written.
type Answer struct {
	replies []reply
	size    int
	release func()
}

// reply is one JSON object in pieces.
type reply [][]byte

func (r reply) size() (n int) {
	for _, piece := range r {
		n += len(piece)
	}
	return n
}

// add takes a reply in, unless it is one too many. The first always is.
func (a *Answer) add(r reply) bool {
	n := r.size()
	if a.size > 0 && a.size+n > maxAnswer {
		return false
	}
	a.replies = append(a.replies, r)
	a.size += n
	return true
}

// space is how much still fits.
func (a *Answer) space() int { return max(maxAnswer-a.size, 0) }

// Size is the length of the replies, in bytes.
func (a *Answer) Size() int { return a.size }

// Release gives back what the answer holds; it may be called more than once.
func (a *Answer) Release() {
	if a.release != nil {
		a.release()
		a.release = nil
	}
	a.replies = nil
}

// WriteTo writes the replies as a JSON array, piece by piece.
func (a *Answer) WriteTo(w io.Writer) (int64, error) {
	pieces := net.Buffers{[]byte{'['}}
	for i, r := range a.replies {
		if i > 0 {
			pieces = append(pieces, []byte{','})
		}
		pieces = append(pieces, r...)
	}
	pieces = append(pieces, []byte{']'})
	return pieces.WriteTo(w)
}

// Messages are the replies as single JSON texts, each copied.
func (a *Answer) Messages() []json.RawMessage {
	list := make([]json.RawMessage, len(a.replies))
	for i, r := range a.replies {
		for _, piece := range r {
			list[i] = append(list[i], piece...)
		}
	}
	return list
}
