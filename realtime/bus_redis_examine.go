package realtime

import (
	"context"
	"crypto/rand"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// RedisExamination is what ExamineRedis found.
type RedisExamination struct {
	Answer  time.Duration // of the fastest PING
	Carried time.Duration // how long a message to oneself took
	Version string        // of the server; empty: it may not be asked
	// Ahead is by how much the server's clock is before ours; Clock says whether it
	// may be asked at all.
	Ahead time.Duration
	Clock bool
}

// ExamineRedis asks a Redis for everything that a RedisBus needs of it: an answer,
// and a message to oneself. The error is one for people; it repeats no URL.
func ExamineRedis(ctx context.Context, url string) (x RedisExamination, err error) {
	o, err := redisOptions(url)
	if err != nil {
		return x, err
	}
	o.Protocol, o.DisableIdentity, o.MaxRetries, o.DialerRetries = 2, true, -1, 1
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = redisDeaf, redisDeaf, redisDeaf
	silenceRedis()
	client := redis.NewClient(o)
	defer func() { _ = client.Close() }()
	for range 3 {
		begun := time.Now()
		if err := client.Ping(ctx).Err(); err != nil {
			return x, examineError("PING", err)
		}
		if took := time.Since(begun); x.Answer == 0 || took < x.Answer {
			x.Answer = took
		}
	}
	// A user limited to what the bus needs may ask neither: that is no fault.
	begun := time.Now()
	if now, err := client.Time(ctx).Result(); err == nil {
		x.Clock, x.Ahead = true, now.Sub(begun.Add(time.Since(begun)/2))
	}
	if info, err := client.Info(ctx, "server").Result(); err == nil {
		_, rest, _ := strings.Cut(info, "redis_version:")
		x.Version, _, _ = strings.Cut(rest, "\r\n")
	}
	x.Carried, err = carry(ctx, client, "bros:"+strconv.Itoa(o.DB)+":examine:"+rand.Text())
	return x, err
}

// carry publishes to oneself.
func carry(ctx context.Context, client *redis.Client, channel string) (time.Duration, error) {
	ps := client.Subscribe(ctx, channel)
	defer func() { _ = ps.Close() }()
	if _, err := ps.ReceiveTimeout(ctx, redisDeaf); err != nil {
		return 0, examineError("SUBSCRIBE", err)
	}
	begun := time.Now()
	if err := client.Publish(ctx, channel, "hello").Err(); err != nil {
		return 0, examineError("PUBLISH", err)
	}
	for {
		got, err := ps.ReceiveTimeout(ctx, redisDeaf)
		if err != nil {
			return 0, errors.New("a message to oneself does not arrive")
		}
		if _, ok := got.(*redis.Message); ok {
			return time.Since(begun), nil
		}
	}
}

func examineError(command string, err error) error {
	return errors.New(command + ": " + strings.TrimPrefix(redisReason(err), "redis: "))
}
