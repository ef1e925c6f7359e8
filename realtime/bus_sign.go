package realtime

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// What stands behind each message on Redis: when it was made (ms since 1970) and
// the signature over its channel and all that stands before.
const (
	signedTime  = 8
	signature   = sha256.Size
	signedBytes = signedTime + signature
	// signedFor is how far the time of a message may be from this node's clock.
	// It is shorter than a silent node's numbers are remembered, so that what was
	// recorded can't be sent again later.
	signedFor = originsKept / 2
)

// sign ends a message. The trailer stands behind the records, where a node that
// doesn't know it reads past it.
func (b *RedisBus) sign(channel string, msg []byte) []byte {
	msg = binary.BigEndian.AppendUint64(msg, uint64(time.Now().UnixMilli()))
	return append(msg, b.mac(channel, msg)...)
}

func (b *RedisBus) mac(channel string, msg []byte) []byte {
	h := hmac.New(sha256.New, b.key)
	h.Write([]byte(channel))
	h.Write([]byte{0})
	h.Write(msg)
	return h.Sum(nil)
}

// signed returns a message without its trailer. It reports whether a node with
// the key made it, for this channel and just now.
func (b *RedisBus) signed(channel string, msg []byte) ([]byte, bool) {
	n := len(msg) - signedBytes
	if n < 0 {
		return nil, false
	}
	end := n + signedTime
	if !hmac.Equal(msg[end:], b.mac(channel, msg[:end])) {
		return nil, false
	}
	at := time.UnixMilli(int64(binary.BigEndian.Uint64(msg[n:end])))
	if d := time.Since(at); d > signedFor || d < -signedFor {
		return nil, false
	}
	return msg[:n:n], true
}

// refuse counts a message that isn't signed, and tells the log once a minute.
func (b *RedisBus) refuse() {
	b.refused.Add(1)
	now := time.Now().UnixNano()
	last := b.refusedSaid.Load()
	if now-last >= int64(time.Minute) && b.refusedSaid.CompareAndSwap(last, now) {
		b.log.Warn("messages on Redis aren't signed with this database's key: they are dropped", "total", b.refused.Load())
	}
}
