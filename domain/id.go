package domain

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"math"
	"sync"
	"time"
)

var idAlphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// ids hands out identifiers of which each sorts behind the one before.
var ids struct {
	mu   sync.Mutex
	ms   uint64
	high uint32 // with low: the 80 bits behind the milliseconds, of the last one
	low  uint64
}

// NewID makes an identifier: 48 bits of milliseconds and 80 random ones (a
// ULID), in lower-case base 32. Later ones sort later, which keeps inserts at
// the end of an index, and lists of what one process made within a millisecond
// in order. It is no secret.
func NewID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	now := uint64(time.Now().UnixMilli())
	ids.mu.Lock()
	if now > ids.ms {
		ids.ms = now
		ids.high = uint32(binary.BigEndian.Uint16(b[6:8]))
		ids.low = binary.BigEndian.Uint64(b[8:])
	} else { // the same millisecond, or a clock that went back: a random step on
		before := ids.low
		ids.low += uint64(binary.BigEndian.Uint32(b[12:])) + 1
		if ids.low < before {
			if ids.high++; ids.high > math.MaxUint16 {
				ids.high = 0
				ids.ms++
			}
		}
	}
	binary.BigEndian.PutUint64(b[:8], ids.ms<<16|uint64(ids.high))
	binary.BigEndian.PutUint64(b[8:], ids.low)
	ids.mu.Unlock()
	return idAlphabet.EncodeToString(b[:])
}

// NewSecret makes an unguessable token of 160 random bits.
func NewSecret() string {
	var b [20]byte
	_, _ = rand.Read(b[:])
	return idAlphabet.EncodeToString(b[:])
}
