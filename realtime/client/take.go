package client

import (
	"encoding/json"
	"time"
)

// news is what a frame gives the hooks, in order.
type news struct {
	events  []Event
	replies []Reply
}

// take handles one frame of the socket.
func (c *Client) take(b []byte) error {
	raws, ms, err := decodeFrame(b)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.stats.Frames++
	c.stats.Bytes += int64(len(b))
	var n news
	for i := range ms {
		c.message(&ms[i], raws[i], &n)
	}
	c.settle()
	c.mu.Unlock()
	c.tell(n)
	return nil
}

// tell runs the hooks, outside of mu.
func (c *Client) tell(n news) {
	if c.o.OnReply != nil {
		for _, r := range n.replies {
			c.o.OnReply(r)
		}
	}
	if c.o.OnEvent != nil {
		for _, e := range n.events {
			c.o.OnEvent(e)
		}
	}
}

// message handles one object; under mu.
func (c *Client) message(m *message, raw json.RawMessage, n *news) {
	if !m.Now.IsZero() {
		c.offset = time.Until(m.Now)
	}
	switch {
	case m.Connection != nil:
		c.conn = *m.Connection
	case m.Heads != nil:
		for a, h := range m.Heads {
			if r := c.rooms[a]; r != nil {
				c.head(r, h)
			}
		}
	case m.ID != 0:
		c.answer(m, raw, n)
	case m.Revoked:
		if r := c.rooms[m.Address]; r != nil {
			r.close(ErrRevoked)
		}
	case m.Resync:
		if r := c.rooms[m.Address]; r != nil && r.closed == nil {
			c.stats.Resyncs++
			c.noticed(r)
			r.again()
			c.poke()
		}
	case m.Address != "" && m.Seq != nil:
		if r := c.rooms[m.Address]; r != nil {
			c.sequenced(r, m, n)
		}
	case m.Address != "":
		c.volatile(m, n)
	}
}

// noticed counts a gap once, however often it shows before it is repaired.
func (c *Client) noticed(r *room) {
	if !r.gap {
		c.stats.GapsSeen++
		r.gap = true
	}
}

func (c *Client) head(r *room, h head) {
	v, other := r.head(h)
	if other {
		c.stats.Epochs++
	}
	if v == missed {
		c.noticed(r)
		c.poke()
	}
}

func (c *Client) sequenced(r *room, m *message, n *news) {
	c.stats.Messages++
	switch r.live(m) {
	case drop:
		c.stats.Duplicates++
	case missed:
		c.noticed(r)
		c.poke()
	case apply:
		e := Event{Address: r.address, Seq: *m.Seq, Event: m.Event, Key: m.Key, Live: true}
		if m.Op != "remove" {
			e.Data = m.Data
			if at := marksOf(m.Data).ModifiedAt; !at.IsZero() {
				e.Latency = time.Since(at)
			}
		}
		n.events = append(n.events, e)
	}
}

func (c *Client) volatile(m *message, n *news) {
	c.stats.Volatile++
	if r := c.rooms[m.Address]; r != nil && m.Event == "rider:position" {
		r.moved(m.Data)
	}
	n.events = append(n.events, Event{Address: m.Address, Event: m.Event, Key: m.Key, Data: m.Data, Live: true})
}

// answer handles what carries the id of a command.
func (c *Client) answer(m *message, raw json.RawMessage, n *news) {
	if ch := c.calls[m.ID]; ch != nil {
		delete(c.calls, m.ID)
		if m.Error != nil {
			ch <- m.Error
		} else {
			ch <- raw
		}
		return
	}
	if m.Error != nil && m.Address == "" { // the command named one address only, or is refused as a whole
		for _, r := range c.rooms {
			if r.asked == m.ID {
				c.refused(r, m.Error)
			}
		}
		return
	}
	r := c.rooms[m.Address]
	if r == nil || r.asked != m.ID || r.closed != nil {
		return // an older question's answer: the newer one's is on its way
	}
	if m.Error != nil {
		c.refused(r, m.Error)
		return
	}
	c.reply(r, m, n)
}

// refused closes a room, or leaves it to be asked for again when it is late.
func (c *Client) refused(r *room, why *Refusal) {
	if why.passing() {
		return // asked stays set: the question is repeated after ReplyWithin
	}
	r.close(why)
}

// reply takes the body of a subscribe reply, of the socket or of a poll.
func (c *Client) reply(r *room, m *message, n *news) {
	repaired := r.gap
	mode := m.Mode
	done, events := r.reply(m)
	if !done {
		c.poke()
		return
	}
	if repaired {
		c.stats.GapsRepaired++
	}
	rep := Reply{Address: r.address, Mode: mode, Epoch: r.epoch, Seq: r.last, Changes: len(r.records)}
	if mode == "resume" {
		c.stats.Resumes++
		c.stats.Repaired += len(events)
		rep.Changes = len(events)
	} else {
		c.stats.Snapshots++
	}
	n.replies = append(n.replies, rep)
	for _, ch := range events {
		e := Event{Address: r.address, Seq: ch.Seq, Event: ch.Event, Key: ch.Key}
		if ch.Op != "remove" {
			e.Data = ch.Data
		}
		n.events = append(n.events, e)
	}
}
