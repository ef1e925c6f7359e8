package realtime

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// send publishes what waits, a batch at a time. A batch whose connection breaks
// is sent once more: those who had it already know it by its number.
func (b *RedisBus) send() {
	var wait backoff
	for {
		select {
		case <-b.ctx.Done():
			return
		case <-b.queue.kick:
		}
		for {
			batch := b.queue.take(time.Now())
			if len(batch) == 0 {
				break
			}
			err := b.publish(batch)
			if b.ctx.Err() != nil {
				return
			}
			if err == nil {
				wait.step = 0
				continue
			}
			b.says(false, redisReason(err))
			var refused redis.Error
			if !errors.As(err, &refused) {
				b.queue.back(batch)
			}
			if !b.pause(wait.next()) {
				return
			}
		}
		select {
		case <-b.ending:
			if b.queue.empty() {
				return
			}
			b.queue.wake()
		default:
		}
	}
}

// publish sends one batch in one round trip. What Redis refuses is dropped; an
// error that is none of Redis' own leaves open what has arrived.
func (b *RedisBus) publish(batch []busMessage) error {
	ctx, cancel := context.WithTimeout(b.ctx, redisTimeout)
	defer cancel()
	pipe := b.client.Pipeline()
	for _, m := range batch {
		channel := b.prefix + m.topic
		pipe.Publish(ctx, channel, b.sign(channel, m.encode(b.header(make([]byte, 0, m.size+24+signedBytes), m.number))))
	}
	cmds, err := pipe.Exec(ctx)
	if err == nil {
		b.published.Add(int64(len(batch)))
		return nil
	}
	var refused redis.Error
	if !errors.As(err, &refused) {
		return err
	}
	lost := 0
	for _, c := range cmds {
		if c.Err() != nil {
			lost++
		}
	}
	b.queue.drop(BusDropRefused, lost)
	b.published.Add(int64(len(cmds) - lost))
	return err
}
