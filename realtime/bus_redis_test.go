package realtime

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/brosops/bros/realtime/redistest"
)

// ear is a node on a bus that remembers what it heard.
type ear struct {
	t   testing.TB
	bus *RedisBus

	mu     sync.Mutex
	heard  []string
	joined int
	change chan struct{}
}

func newEar(t testing.TB, url string, topics ...string) *ear {
	t.Helper()
	bus, err := NewRedisBus(RedisOptions{URL: url, Name: t.Name(), Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	e := &ear{t: t, bus: bus, change: make(chan struct{}, 1)}
	bus.Follow(topics)
	bus.Start(BusHandler{
		Message: func(topic string, data []byte) { e.note(func() { e.heard = append(e.heard, topic+" "+string(data)) }) },
		Joined:  func() { e.note(func() { e.joined++ }) },
	})
	t.Cleanup(bus.Stop)
	return e
}

func (e *ear) note(fn func()) {
	e.mu.Lock()
	fn()
	e.mu.Unlock()
	select {
	case e.change <- struct{}{}:
	default:
	}
}

// until waits for a condition that a message, or time, brings about.
func (e *ear) until(what string, ok func() bool) {
	e.t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		e.mu.Lock()
		done := ok()
		e.mu.Unlock()
		if done {
			return
		}
		select {
		case <-e.change:
		case <-tick.C:
		case <-deadline:
			e.mu.Lock()
			defer e.mu.Unlock()
			e.t.Fatalf("never: %s; heard %d, joined %d, %+v", what, len(e.heard), e.joined, e.bus.Stats())
		}
	}
}

func (e *ear) up() *ear {
	e.t.Helper()
	e.until("up", func() bool { return e.bus.Stats().State.Up })
	return e
}

func (e *ear) down() string {
	e.t.Helper()
	reason := ""
	e.until("down", func() bool { st := e.bus.Stats().State; reason = st.Reason; return !st.Up })
	return reason
}

func (e *ear) hears(text string) {
	e.t.Helper()
	e.until(text, func() bool {
		for _, h := range e.heard {
			if h == text {
				return true
			}
		}
		return false
	})
}

func (e *ear) says(topic, text string) {
	e.bus.Publish(topic, len(text), func(b []byte) []byte { return append(b, text...) })
}

// reaches says something again and again until the other has heard it: what is
// said while the way is closed is lost, and is meant to be.
func (e *ear) reaches(o *ear, topic string) {
	e.t.Helper()
	n := 0
	o.until("a message arrives", func() bool {
		n++
		e.says(topic, "again "+strconv.Itoa(n))
		for _, h := range o.heard {
			if strings.HasPrefix(h, topic+" again ") {
				o.heard = nil
				return true
			}
		}
		return false
	})
}

func TestRedisBusCarries(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	srv := redistest.Start(t)
	one, two := newEar(t, srv.URL(), "a", "b").up(), newEar(t, srv.URL(), "b").up()
	one.until("joined", func() bool { return one.joined > 0 })
	two.until("joined", func() bool { return two.joined > 0 })
	const n = 5000
	for i := range n {
		two.says("a", fmt.Sprint(i))
		two.says("b", fmt.Sprint(i))
	}
	one.says("b", "hello")
	two.hears("b hello")
	one.hears(fmt.Sprint("b ", n-1))
	one.mu.Lock()
	if len(one.heard) != 2*n {
		t.Errorf("heard %d of %d", len(one.heard), 2*n)
	}
	for i, h := range one.heard {
		if topic := "ab"[i%2]; h != fmt.Sprintf("%c %d", topic, i/2) {
			t.Fatalf("message %d is %q", i, h)
		}
	}
	one.mu.Unlock()
	two.mu.Lock()
	if len(two.heard) != 1 {
		t.Errorf("heard of oneself: %v", two.heard)
	}
	two.mu.Unlock()

	// Topics may change while it runs.
	before := one.joined
	one.bus.Follow([]string{"c"})
	one.until("joined c", func() bool { return one.joined > before })
	two.says("c", "new")
	one.hears("c new")
	one.heard = nil
	two.reaches(one, "c")
	if keys := srv.Text("INFO", "keyspace"); strings.Contains(keys, "db0:") {
		t.Errorf("something is kept in Redis: %s", keys)
	}
	one.bus.Stop()
	two.bus.Stop()
	srv.Kill()
}

// TestRedisBusSurvives does to Redis what happens to servers. Publishing never
// waits for any of it, and the way is open again afterwards.
func TestRedisBusSurvives(t *testing.T) {
	for _, c := range []struct {
		name     string
		do, undo func(*redistest.Server)
		down     bool // the bus has to notice
	}{
		{"killed", (*redistest.Server).Kill, func(s *redistest.Server) { s.Run() }, true},
		{"stopped", (*redistest.Server).Freeze, (*redistest.Server).Thaw, true},
		{"slow", func(s *redistest.Server) { s.Do("CLIENT", "PAUSE", "5000", "ALL") }, func(*redistest.Server) {}, true},
		{"cut off", func(s *redistest.Server) { s.Do("CLIENT", "KILL", "TYPE", "pubsub") }, func(*redistest.Server) {}, false},
		{"all cut off", func(s *redistest.Server) { s.Do("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes") }, func(*redistest.Server) {}, false},
		{"read-only", func(s *redistest.Server) { s.Do("CONFIG", "SET", "min-replicas-to-write", "1") }, func(*redistest.Server) {}, false},
		{"full", func(s *redistest.Server) { s.Do("CONFIG", "SET", "maxmemory", "1") }, func(*redistest.Server) {}, false},
		{"replica", func(s *redistest.Server) { s.Do("REPLICAOF", "127.0.0.1", "1") }, func(*redistest.Server) {}, false},
		{"forbidden", func(s *redistest.Server) {
			s.Do("ACL", "SETUSER", "default", "resetchannels")
		}, func(s *redistest.Server) { s.Do("ACL", "SETUSER", "default", "allchannels") }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv := redistest.Start(t)
			one, two := newEar(t, srv.URL(), "a").up(), newEar(t, srv.URL(), "a").up()
			one.reaches(two, "a")
			c.do(srv)
			start := time.Now()
			for i := range 2 * busQueueCount {
				one.says("a", strconv.Itoa(i))
			}
			t.Logf("%d messages published in %s", 2*busQueueCount, time.Since(start).Round(time.Millisecond))
			if c.down {
				why := one.down()
				t.Logf("noticed after %s: %s", time.Since(start).Round(time.Millisecond), why)
			}
			c.undo(srv)
			one.up()
			two.up()
			one.reaches(two, "a")
			two.reaches(one, "a")
			if st := one.bus.Stats(); st.QueueBytes > busQueueBytes {
				t.Errorf("%d bytes wait", st.QueueBytes)
			}
		})
	}
}

// TestRedisBusAbsent: a server that is not there yet is no error.
func TestRedisBusAbsent(t *testing.T) {
	srv := redistest.Start(t)
	srv.Kill()
	one := newEar(t, srv.URL(), "a")
	if why := one.down(); !strings.HasPrefix(why, "redis: ") || strings.Contains(why, "127.0.0.1") {
		t.Errorf("the reason is %q", why)
	}
	srv.Run()
	one.up()
}

func TestCheckRedisURL(t *testing.T) {
	for _, good := range []string{"redis://localhost:6379/0", "rediss://:s3cret@redis.example:6380/2", "redis://user:s3cret@h:1"} {
		if err := CheckRedisURL(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"localhost:6379", "http://:s3cret@h", "redis://:s3cret@h:port/0", "redis://:s3cret@h:1/x", "unix:///tmp/s3cret"} {
		if err := CheckRedisURL(bad); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
