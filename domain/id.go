package domain

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"time"
)

var idAlphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewID makes an identifier: 48 bits of milliseconds and 80 random ones (a
// ULID), in lower-case base 32. Later ones sort later, which keeps inserts at
// the end of an index.
func NewID() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(time.Now().UnixMilli())<<16)
	_, _ = rand.Read(b[6:]) // never fails
	return idAlphabet.EncodeToString(b[:])
}

// NewSecret makes an unguessable token of 160 random bits.
func NewSecret() string {
	var b [20]byte
	_, _ = rand.Read(b[:])
	return idAlphabet.EncodeToString(b[:])
}
