package realtime

import (
	"encoding/binary"
	"time"
)

// heads queues the message that says how far the client's logs have been
// followed: of addresses whose number has moved since the last heads, now and
// then of all, and an empty one when there is nothing to say, so that silence is
// a sign. It runs in the shard, at the end of a tick, so that everything that
// heads speak of is queued before them. mu is held.
func (c *client) heads(now time.Time, empty *[]byte) {
	c.headsAt = now
	full := now.Add(c.hub.headsBeat).Sub(c.fullAt) > c.hub.opt.FullHeadsEvery
	if full {
		c.fullAt = now
	}
	var b []byte
	for _, s := range c.subs {
		l := s.room.log
		if l == c.hub.volatile {
			continue
		}
		m := l.flushed.Load()
		if !full && m.epoch == s.told.epoch && m.seq <= s.told.seq {
			continue
		}
		s.told.epoch, s.told.seq = m.epoch, max(m.seq, s.told.seq)
		if b == nil {
			b = append(textBuffer(192), `{"heads":{`...)
		} else {
			b = append(b, ',')
		}
		b = appendHead(b, s.room.address, m.epoch, s.room.flushed.Load(), m.seq)
	}
	if b == nil {
		if *empty == nil {
			*empty = sealText(append(appendNow(append(textBuffer(64), `{"heads":{},`...), now), '}'))
		}
		c.enqueue(frame{a: *empty, messages: 1, class: classSequenced})
		return
	}
	b = append(b, '}', ',')
	c.enqueue(frame{a: sealText(append(appendNow(b, now), '}')), messages: 1, class: classSequenced})
}

// ping queues a ping whose payload is its time. mu is held.
func (c *client) ping(now time.Time) {
	c.pingAt = now
	c.enqueueControl(control(opPing, binary.BigEndian.AppendUint64(nil, uint64(now.UnixNano()))))
}
