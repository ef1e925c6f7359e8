package client

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/coder/websocket"
)

// maxSubs is how many addresses one command may name.
const maxSubs = 500

var errSilent = errors.New("realtime: nothing came for too long")

// serve reads one socket until it ends; a second goroutine writes.
func (c *Client) serve(ctx context.Context, ws *websocket.Conn) ending {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c.mu.Lock()
	c.stats.Connects++
	for _, r := range c.rooms {
		r.lost()
	}
	c.mu.Unlock()
	c.poke()

	written := make(chan struct{})
	go func() {
		defer close(written)
		if err := c.write(ctx, ws); err != nil {
			cancel(err)
		}
	}()
	silence := time.AfterFunc(c.o.Silence, func() { cancel(errSilent) })
	defer silence.Stop()

	var e ending
	for {
		_, b, err := ws.Read(ctx)
		if err == nil {
			silence.Reset(c.o.Silence)
			if err = c.take(b); err == nil {
				if !e.greeted {
					e.greeted = true
					c.setState(Live)
				}
				continue
			}
			cancel(err) // not our protocol: a new connection is all that can help
		}
		e.closed(err, c.o.Token != nil)
		if errors.Is(context.Cause(ctx), errSilent) {
			e.err = errSilent
			c.mu.Lock()
			c.stats.Silences++
			c.mu.Unlock()
		}
		break
	}
	cancel(nil)
	<-written
	_ = ws.CloseNow() // ended already, or not worth a handshake
	return e
}

// write sends what is to be sent whenever it is poked, and asks again for
// replies that do not come.
func (c *Client) write(ctx context.Context, ws *websocket.Conn) error {
	late := time.NewTicker(c.o.ReplyWithin / 3)
	defer late.Stop()
	for {
		for _, cmd := range c.outgoing() {
			b, err := json.Marshal(cmd)
			if err != nil {
				return err
			}
			wctx, cancel := context.WithTimeout(ctx, c.o.Silence)
			err = ws.Write(wctx, websocket.MessageText, b)
			cancel()
			if err != nil {
				return err
			}
		}
		select {
		case <-c.wake:
		case <-late.C:
			c.mu.Lock()
			for _, r := range c.rooms {
				if r.asked != 0 && time.Since(r.askedAt) > c.o.ReplyWithin {
					r.again()
				}
			}
			c.mu.Unlock()
		case <-ctx.Done():
			return nil
		}
	}
}

// command is what a client may send.
type command map[string]any

// outgoing takes all that is to be sent now.
func (c *Client) outgoing() []command {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []command
	for _, a := range c.drops {
		if c.rooms[a] == nil { // subscribed again meanwhile: leave it
			c.lastID++
			out = append(out, command{"id": c.lastID, "cmd": "unsubscribe", "address": a})
		}
	}
	c.drops = nil
	var subs []sub
	flush := func() {
		switch cmd := (command{"id": c.lastID, "cmd": "subscribe"}); len(subs) {
		case 0:
			return
		case 1:
			cmd["address"] = subs[0].Address
			if subs[0].Since != nil {
				cmd["since"] = subs[0].Since
			}
			out = append(out, cmd)
		default:
			cmd["addresses"] = subs
			out = append(out, cmd)
		}
		subs = nil
	}
	for _, r := range c.rooms {
		if !r.want || r.closed != nil {
			continue
		}
		if len(subs) == 0 {
			c.lastID++
		}
		r.want, r.asked, r.askedAt = false, c.lastID, time.Now()
		if subs = append(subs, sub{r.address, r.since()}); len(subs) == maxSubs {
			flush()
		}
	}
	flush()
	out = append(out, c.cmds...)
	c.cmds = nil
	return out
}

// Do sends a command (publish, positions, ping …) with its fields and answers
// the server's whole reply, a *Refusal, or ErrDisconnected.
func (c *Client) Do(ctx context.Context, cmd string, fields map[string]any) (json.RawMessage, error) {
	answer := make(chan any, 1)
	c.mu.Lock()
	if c.state != Live {
		c.mu.Unlock()
		return nil, ErrDisconnected
	}
	c.lastID++
	id := c.lastID
	m := command{"id": id, "cmd": cmd}
	for k, v := range fields {
		m[k] = v
	}
	c.cmds = append(c.cmds, m)
	c.calls[id] = answer
	c.mu.Unlock()
	c.poke()
	select {
	case v := <-answer:
		if err, ok := v.(error); ok {
			return nil, err
		}
		return v.(json.RawMessage), nil
	case <-ctx.Done():
		c.mu.Lock()
		delete(c.calls, id)
		c.mu.Unlock()
		return nil, ctx.Err()
	}
}

// failCalls answers all who wait on a connection that ended; under mu.
func (c *Client) failCalls() {
	for id, ch := range c.calls {
		ch <- ErrDisconnected
		delete(c.calls, id)
	}
	c.cmds, c.drops = nil, nil
}
