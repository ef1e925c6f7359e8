package realtime

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// busIdle is how long a subscription may be silent: its own probes come more often.
const busIdle = 2 * redisDeaf

// originsKept is how long a node that says nothing is remembered.
const originsKept = 10 * time.Minute

// inbox is the topic of the messages to oneself.
func (b *RedisBus) inbox() string { return "self:" + hex.EncodeToString(b.origin[:]) }

// listen keeps a subscription open.
func (b *RedisBus) listen() {
	var wait backoff
	for {
		err := b.subscription(&wait)
		if b.ctx.Err() != nil {
			return
		}
		b.says(false, redisReason(err))
		if !b.pause(wait.next()) {
			return
		}
	}
}

// subscription is one connection that listens, from its beginning to its end.
func (b *RedisBus) subscription(wait *backoff) error {
	b.mu.Lock()
	channels := make([]string, 0, len(b.wanted)+1)
	b.joined = make(map[string]bool, len(b.wanted)+1)
	for t := range b.wanted {
		channels = append(channels, b.prefix+t)
		b.joined[t] = true
	}
	channels = append(channels, b.prefix+b.inbox())
	b.joined[b.inbox()] = true
	b.mu.Unlock()

	ps := b.client.Subscribe(b.ctx)
	defer func() {
		b.mu.Lock()
		b.listening = nil
		b.mu.Unlock()
		_ = ps.Close()
	}()
	if err := b.ask(ps.Subscribe, channels); err != nil {
		return err
	}
	b.connects.Add(1)
	b.mu.Lock()
	b.listening = ps
	clear(b.probes)
	b.mu.Unlock()
	// A read that waits knows no context.
	defer context.AfterFunc(b.ctx, func() { _ = ps.Close() })()
	select { // topics may have changed meanwhile
	case b.refresh <- struct{}{}:
	default:
	}
	ctx := context.WithValue(b.ctx, receiving{}, true)
	pending := len(channels)
	for {
		got, err := ps.ReceiveTimeout(ctx, busIdle)
		if err != nil {
			return err
		}
		switch m := got.(type) {
		case *redis.Subscription:
			if m.Kind != "subscribe" {
				continue
			}
			if pending--; pending <= 0 {
				wait.step = 0
				b.handler.Joined()
			}
		case *redis.Message:
			b.take(strings.TrimPrefix(m.Channel, b.prefix), m.Payload)
		}
	}
}

// ask sends one subscribe or unsubscribe; the answers come to the listener.
func (b *RedisBus) ask(fn func(context.Context, ...string) error, channels []string) error {
	ctx, cancel := context.WithTimeout(b.ctx, 2*redisTimeout)
	defer cancel()
	return fn(ctx, channels...)
}

// resubscribe brings the open subscription in step with the topics wanted.
func (b *RedisBus) resubscribe() {
	for {
		select {
		case <-b.ctx.Done():
			return
		case <-b.ending:
			return
		case <-b.refresh:
		}
		var more, less []string
		b.mu.Lock()
		ps := b.listening
		if ps != nil {
			for t := range b.wanted {
				if !b.joined[t] {
					more = append(more, b.prefix+t)
					b.joined[t] = true
				}
			}
			for t := range b.joined {
				if !b.wanted[t] && t != b.inbox() {
					less = append(less, b.prefix+t)
					delete(b.joined, t)
				}
			}
		}
		b.mu.Unlock()
		// An error ends the connection, and the next one asks for all topics.
		if len(more) > 0 && b.ask(ps.Subscribe, more) != nil {
			_ = ps.Close()
			continue
		}
		if len(less) > 0 && b.ask(ps.Unsubscribe, less) != nil {
			_ = ps.Close()
		}
	}
}

// take reads the header, lets go of repeats and hands the rest on.
func (b *RedisBus) take(topic, payload string) {
	// Before anything is believed of it: a number under a node's origin would mute it.
	data, ok := b.signed(b.prefix+topic, []byte(payload))
	if !ok {
		b.refuse()
		return
	}
	var origin [8]byte
	if copy(origin[:], data) < len(origin) {
		return
	}
	number, n := binary.Uvarint(data[len(origin):])
	if n <= 0 {
		return
	}
	if origin == b.origin {
		if topic == b.inbox() {
			b.probeBack(data[len(origin)+n:])
		}
		return
	}
	now := time.Now()
	b.mu.Lock()
	last, known := b.origins[origin]
	repeat := known && int64(number) <= last.number
	if !repeat {
		if !known {
			for o, l := range b.origins {
				if now.Sub(l.at) > originsKept {
					delete(b.origins, o)
				}
			}
		}
		b.origins[origin] = lastOf{int64(number), now}
	}
	b.mu.Unlock()
	if repeat {
		b.repeated.Add(1)
		return
	}
	b.received.Add(1)
	b.handler.Message(topic, data[len(origin)+n:])
}

// probing sends messages to oneself. They take the way of all messages, so that
// one that comes back shows that the whole of it is open.
func (b *RedisBus) probing() {
	tick := time.NewTicker(redisProbe)
	defer tick.Stop()
	for {
		b.mu.Lock()
		now := time.Now()
		oldest := now
		for _, at := range b.probes {
			if at.Before(oldest) {
				oldest = at
			}
		}
		deaf, up := now.Sub(oldest) > redisDeaf, b.state.Up
		if deaf {
			clear(b.probes)
		}
		b.probed++
		number := b.probed
		ps := b.listening
		b.mu.Unlock()
		if deaf {
			if up {
				b.says(false, "redis: what is sent does not come back")
			}
			if ps != nil {
				_ = ps.Close() // the listener makes another
			}
		}
		b.Publish(b.inbox(), 16, func(dst []byte) []byte {
			b.mu.Lock()
			b.probes[number] = time.Now()
			b.mu.Unlock()
			return binary.AppendUvarint(dst, uint64(number))
		})
		select {
		case <-b.ctx.Done():
			return
		case <-b.ending:
			return
		case <-tick.C:
		}
	}
}

// probeBack notes that a message to oneself has come back.
func (b *RedisBus) probeBack(data []byte) {
	number, n := binary.Uvarint(data)
	if n <= 0 {
		return
	}
	b.mu.Lock()
	at, ok := b.probes[int64(number)]
	for i := range b.probes {
		if i <= int64(number) {
			delete(b.probes, i)
		}
	}
	b.mu.Unlock()
	if ok {
		b.probe.Store(int64(time.Since(at)))
		b.says(true, "")
	}
}
