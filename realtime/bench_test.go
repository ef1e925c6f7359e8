//go:build linux

package realtime

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Benchmarks are run to compare, never to pass or fail. The clients are another
// process (sink_test.go); a delivery is one message that one client has taken,
// and a run ends when everything has been taken. They sleep between two looks at a
// counter: to be told by a channel would cost what is measured.

// benchRecord is a record of 700 bytes.
func benchRecord(i int) []byte {
	b := fmt.Appendf(nil, `{"id":"k%03d","version":%010d,"pad":"`, i%1000, i)
	return append(b, strings.Repeat("x", 700-len(b)-2)+`"}`...)
}

// cpu is the processor time that this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// benchWorld is a hub behind a server, with a sink.
func benchWorld(b *testing.B, opt Options) (*database, *sink, string) {
	b.Helper()
	raiseFiles()
	db := newDatabase()
	opt.Backend = db
	opt.PingEvery, opt.SilentAfter = time.Hour, time.Hour // the sink answers nothing
	hub := NewHub(opt)
	db.hub = hub
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	var n atomic.Int64
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = hub.Serve(w, r, Identity{UserID: fmt.Sprint("u", n.Add(1))})
	})}
	go func() { _ = srv.Serve(ln) }()
	b.Cleanup(func() {
		hub.Stop()
		_ = srv.Close()
	})
	return db, startSink(b), ln.Addr().String()
}

// limits are what the plainest server does, by clients: deliveries a second.
var limits = map[int]float64{}

// BenchmarkFanOut sends 700-byte records of one room to all clients, as fast as
// it goes. It reports deliveries a second, the server's processor time of each,
// and the ratio to the plainest limit.
func BenchmarkFanOut(b *testing.B) {
	for _, clients := range []int{200, 1000, 5000} {
		b.Run(fmt.Sprint("clients=", clients, "/limit"), func(b *testing.B) { benchLimit(b, clients) })
		b.Run(fmt.Sprint("clients=", clients, "/hub"), func(b *testing.B) { benchHub(b, clients) })
	}
}

// inFlight is how many messages may be under way, so that the queues stay bounded.
func inFlight(clients int) int { return max(64, 100_000/clients) }

func benchHub(b *testing.B, clients int) {
	db, s, addr := benchWorld(b, Options{})
	if e := db.commit("c1", Change{Address: "delivery/c1", Event: "delivery:changed", Key: "k", Data: benchRecord(0)}); e.seq != 1 {
		b.Fatal("not the first")
	}
	s.dial(addr, clients, `{"address":"delivery/c1"}`)
	hub := db.hub
	for hub.roomOf("delivery/c1") == nil || subscribers(hub, "delivery/c1") < clients {
		time.Sleep(time.Millisecond)
	}
	records := make([][]byte, 1000)
	for i := range records {
		records[i] = benchRecord(i)
	}
	s.drained(func() int64 { return hub.Stats().BytesSent })
	sent := hub.stats.messages.Load
	start, window := sent(), int64(inFlight(clients))
	writes := hub.stats.writes.Load()
	b.ResetTimer()
	used := cpu()
	for i := range int64(b.N) {
		for i%16 == 0 && start+(i-window)*int64(clients) > sent() {
			time.Sleep(20 * time.Microsecond)
		}
		hub.Apply("c1", "e1", 2+i, []Change{{Address: "delivery/c1", Event: "delivery:changed", Key: "k", Data: records[i%1000]}})
	}
	for sent() < start+int64(b.N)*int64(clients) {
		time.Sleep(50 * time.Microsecond)
	}
	used = cpu() - used
	s.drained(func() int64 { return hub.Stats().BytesSent })
	b.StopTimer()
	if st := hub.Stats(); st.Resyncs["slow"] > 0 {
		b.Fatalf("resyncs %v", st.Resyncs)
	}
	n := float64(b.N) * float64(clients)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(n/b.Elapsed().Seconds(), "deliveries/s")
	b.ReportMetric(float64(used.Microseconds())/n, "cpu-µs/delivery")
	b.ReportMetric(n/float64(hub.stats.writes.Load()-writes), "deliveries/write")
	if limit := limits[clients]; limit > 0 {
		b.ReportMetric(n/b.Elapsed().Seconds()/limit, "×limit")
	}
}

func subscribers(h *Hub, address string) int {
	for _, r := range h.Rooms() {
		if r.Address == address {
			return r.Subscribers
		}
	}
	return 0
}

// benchLimit is the plainest server: one write(2) of a ready frame per message
// and socket, from a goroutine per processor.
func benchLimit(b *testing.B, clients int) {
	raiseFiles()
	s := startSink(b)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	conns := make(chan []syscall.RawConn, 1)
	go func() {
		var list []syscall.RawConn
		for len(list) < clients {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			b.Cleanup(func() { _ = c.Close() })
			raw, _ := c.(*net.TCPConn).SyscallConn()
			list = append(list, raw)
		}
		conns <- list
	}()
	s.dial(ln.Addr().String(), clients, "-")
	list := <-conns
	payload := appendLive(textBuffer(800), 1, 2, &Change{Address: "delivery/c1", Event: "delivery:changed", Key: "k", Data: benchRecord(1)})
	frame := sealText(payload)
	b.ResetTimer()
	used := cpu()
	var wg sync.WaitGroup
	shards := runtime.GOMAXPROCS(0)
	for i := range shards {
		wg.Go(func() {
			part := list[len(list)*i/shards : len(list)*(i+1)/shards]
			for range b.N {
				for _, raw := range part {
					rest := frame
					_ = raw.Write(func(fd uintptr) bool {
						n, _ := writeFD(fd, rest)
						rest = rest[n:]
						return len(rest) == 0
					})
				}
			}
		})
	}
	wg.Wait()
	used = cpu() - used
	written := int64(b.N) * int64(clients) * int64(len(frame))
	s.drained(func() int64 { return written })
	b.StopTimer()
	n := float64(b.N) * float64(clients)
	limits[clients] = n / b.Elapsed().Seconds()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(limits[clients], "deliveries/s")
	b.ReportMetric(float64(used.Microseconds())/n, "cpu-µs/delivery")
}

// BenchmarkPositions has 500 riders move each second before 200 dispatchers,
// and reports the share of one processor that the server needs for it.
func BenchmarkPositions(b *testing.B) {
	const riders, dispatchers, seconds = 500, 200, 5
	db, s, addr := benchWorld(b, Options{})
	db.commit("c1", rec("rider/c1", "r0", 1))
	s.dial(addr, dispatchers, `{"address":"rider/c1"},{"address":"delivery/c1"}`)
	for subscribers(db.hub, "delivery/c1") < dispatchers {
		time.Sleep(time.Millisecond)
	}
	b.ResetTimer()
	for range b.N {
		used, start := cpu(), time.Now()
		tick := time.NewTicker(20 * time.Millisecond) // 10 riders each
		for i := range seconds * 50 {
			<-tick.C
			for j := range riders / 50 {
				key := fmt.Sprint("rider-", (i*riders/50+j)%riders)
				at := time.Now().UnixMilli()
				db.hub.Positions("rider/c1", []Place{{key, at, fmt.Appendf(nil,
					`{"riderId":%q,"lat":37.5145,"lng":127.1059,"heading":90,"speed":8.3,"at":%d}`, key, at)}})
			}
		}
		tick.Stop()
		b.ReportMetric(100*(cpu()-used).Seconds()/time.Since(start).Seconds(), "cpu-%")
	}
	s.drained(func() int64 { return db.hub.Stats().BytesSent })
	b.ReportMetric(0, "ns/op")
}

// BenchmarkIdleConnections holds 10,000 connections (or what the open files
// allow) that have subscribed to two rooms, and reports the memory of each, and
// what a look at all of them by the monitor costs: its list as JSON, and the
// figures that it is fed each second.
func BenchmarkIdleConnections(b *testing.B) {
	clients := min(10_000, int(raiseFiles())-200)
	db, s, addr := benchWorld(b, Options{})
	db.commit("c1", rec("delivery/c1", "k", 1))
	for subscribers(db.hub, "delivery/c1") < 100 { // what is needed once
		s.dial(addr, 100, `{"address":"delivery/c1"},{"address":"rider/c1"}`)
	}
	before, rss := inUse()
	for range b.N {
		s.dial(addr, clients, `{"address":"delivery/c1"},{"address":"rider/c1"}`)
		for subscribers(db.hub, "rider/c1") < clients {
			time.Sleep(time.Millisecond)
		}
		s.drained(func() int64 { return db.hub.Stats().BytesSent })
		after, rssAfter := inUse()
		b.ReportMetric(float64(after-before)/float64(clients), "B/conn")
		b.ReportMetric(float64(rssAfter-rss)/float64(clients), "RSS-B/conn")
		b.ReportMetric(float64(runtime.NumGoroutine())/float64(clients), "goroutines/conn")
		const looks = 20
		size, used := 0, cpu()
		for range looks {
			list, err := json.Marshal(db.hub.Connections())
			if err != nil {
				b.Fatal(err)
			}
			size = len(list)
		}
		listed := cpu()
		for range looks {
			db.hub.Stats()
			db.hub.Rooms()
		}
		b.ReportMetric(float64((listed-used).Microseconds())/looks, "µs/list")
		b.ReportMetric(float64(size)/1e6, "MB/list")
		b.ReportMetric(float64((cpu()-listed).Microseconds())/looks, "µs/figures")
		if b.N > 1 {
			b.Fatal("run with -benchtime 1x")
		}
	}
	b.ReportMetric(0, "ns/op")
}

// inUse is the memory that the process holds: heap and stacks, and resident.
func inUse() (live, rss int64) {
	debug.FreeOSMemory()
	runtime.GC()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	var u [2]int64
	if f, err := os.ReadFile("/proc/self/statm"); err == nil {
		_, _ = fmt.Sscan(string(f), &u[0], &u[1])
	}
	return int64(m.HeapInuse + m.StackInuse), u[1] * int64(syscall.Getpagesize())
}
