package main

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// BenchmarkCommitToSocket is a center of 1,000 consoles on which 50 changes a
// second are made through REST. An op is one message at one console.
//
// The commit itself can't be seen from outside, so it is put between two
// moments. The first: the server begins to answer the write, which it does
// right after the commit and no sooner; commit→socket is counted from there.
// The second: the caller sends the request; request→socket is counted from
// there and has the write itself in it, the wait for the disk included, so that
// the truth is never more than that. Both end when the console's process has
// read the message, over all messages at all consoles; "the last" is the
// slowest of the 1,000 consoles, over all changes.
func BenchmarkCommitToSocket(b *testing.B) {
	const consoles, rate, writers = 1000, 50, 8
	for b.Loop() {
		dir := b.TempDir()
		var answers answerTimes
		s := benchApp(b, dir, answers.around)
		w := s.world(worldSize{desks: 8, riders: writers, deliveries: 160})
		job := clientsJob{
			Addr: s.ln.Addr().String(), Consoles: slices.Repeat(w.desks, consoles/len(w.desks)),
			Addresses: []string{"delivery/" + w.center, "order/" + w.center, "rider/" + w.center},
			Every:     time.Second / rate, For: 8 * time.Second,
		}
		for i := range writers {
			wr := writerJob{Desk: w.desks[i], Rider: w.riders[i].token, RiderID: w.riders[i].id}
			for j := i; j < len(w.deliveries); j += writers {
				wr.Deliveries = append(wr.Deliveries, w.deliveries[j])
			}
			job.Writers = append(job.Writers, wr)
		}
		quiet := machine(b, dir)
		seen, used := startClients(b, job).run(s)
		requested := map[int64]time.Duration{}
		for _, r := range seen.Requests {
			for seq := r.Seq - int64(r.Changes) + 1; seq <= r.Seq; seq++ {
				requested[seq] = time.Duration(r.Start)
			}
		}
		committed := answers.each(seen.Requests)
		fromCommit, lastFromCommit := arrivals(seen.Consoles, committed)
		fromRequest, lastFromRequest := arrivals(seen.Consoles, requested)
		messages := len(fromCommit)
		if want := len(requested) * consoles; messages != want {
			b.Errorf("%d messages arrived of %d", messages, want)
		}
		used.report(b, messages, seen.Took)
		b.ReportMetric(fromCommit.ms(0.5), "p50-ms")
		b.ReportMetric(fromCommit.ms(0.99), "p99-ms")
		b.ReportMetric(lastFromCommit.ms(0.99), "last-p99-ms")
		b.ReportMetric(fromRequest.ms(0.99), "request-p99-ms")
		b.Logf("%d consoles, %.0f changes/s for %.0f s: commit→socket %s; the last console %s", consoles,
			float64(len(requested))/seen.Took.Seconds(), seen.Took.Seconds(), fromCommit, lastFromCommit)
		b.Logf("request→socket %s; the last console %s", fromRequest, lastFromRequest)
		b.Logf("CPU: server %s, %.1f µs a message; the clients %s, %.1f µs; database reads meanwhile: %d (heads each second, sessions of the writers)",
			cores(used.cpu, seen.Took), float64(used.cpu.Nanoseconds())/1000/float64(messages),
			cores(seen.CPU, seen.Took), float64(seen.CPU.Nanoseconds())/1000/float64(messages), used.store.Reads)
		b.Log(quiet)
		s.stop()
	}
}

// answerTimes notes when the server began to answer each write.
type answerTimes struct {
	mu    sync.Mutex
	bySeq map[int64]time.Duration // by the highest number it took; Unix time
}

func (t *answerTimes) around(next http.Handler) http.Handler {
	t.bySeq = map[int64]time.Duration{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&answerWriter{w, t}, r)
	})
}

type answerWriter struct {
	http.ResponseWriter
	times *answerTimes
}

func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *answerWriter) WriteHeader(status int) {
	now := time.Duration(time.Now().UnixNano())
	if seq, err := seqOf(w.Header().Get("BROS-Seq")); err == nil {
		w.times.mu.Lock()
		w.times.bySeq[seq] = now
		w.times.mu.Unlock()
	}
	w.ResponseWriter.WriteHeader(status)
}

// each gives every number that a request took the time of its answer.
func (t *answerTimes) each(requests []requestTimes) map[int64]time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := map[int64]time.Duration{}
	for _, r := range requests {
		for seq := r.Seq - int64(r.Changes) + 1; seq <= r.Seq; seq++ {
			out[seq] = t.bySeq[r.Seq]
		}
	}
	return out
}

// seqOf is the number in EPOCH/SEQ.
func seqOf(header string) (int64, error) {
	_, seq, _ := strings.Cut(header, "/")
	return strconv.ParseInt(seq, 10, 64)
}

// arrivals is how long each message was under way, and the slowest of each change.
func arrivals(consoles []consoleTimes, from map[int64]time.Duration) (all, last spread) {
	slowest := map[int64]time.Duration{}
	for _, c := range consoles {
		for i, seq := range c.Seqs {
			start, ok := from[seq]
			if !ok {
				continue
			}
			took := time.Duration(c.At[i]) - start
			all = append(all, took)
			slowest[seq] = max(slowest[seq], took)
		}
	}
	for _, took := range slowest {
		last = append(last, took)
	}
	return sorted(all), sorted(last)
}

// BenchmarkFreshSubscribe is the morning: 1,000 consoles subscribe at once to
// the deliveries of a center that has 1,000. cold: the server has just been
// started, nobody has asked for the center yet. warm: others have. An op is one
// subscribe.
func BenchmarkFreshSubscribe(b *testing.B) {
	const consoles, deliveries = 1000, 1000
	dir := b.TempDir()
	s := benchApp(b, dir, nil)
	w := s.world(worldSize{desks: 8, deliveries: deliveries})
	s.stop()
	for _, state := range []string{"cold", "warm"} {
		b.Run(state, func(b *testing.B) {
			for b.Loop() {
				s := benchApp(b, dir, nil)
				job := clientsJob{
					Addr: s.ln.Addr().String(), Consoles: slices.Repeat(w.desks, consoles/len(w.desks)),
					Addresses: []string{"delivery/" + w.center}, Fresh: true,
				}
				if state == "warm" {
					one := job
					one.Consoles = job.Consoles[:1]
					startClients(b, one).run(s)
				}
				quiet := machine(b, dir)
				c := startClients(b, job)
				began := time.Duration(time.Now().UnixNano())
				seen, used := c.run(s)
				var took spread
				var bytes, parts int64
				for _, c := range seen.Consoles {
					took = append(took, time.Duration(c.Subscribed)-began)
					bytes += c.Bytes
					parts += int64(c.Parts)
				}
				took = sorted(took)
				used.report(b, consoles, took.at(1))
				b.ReportMetric(took.ms(0.5), "p50-ms")
				b.ReportMetric(took.ms(1), "all-ms")
				b.ReportMetric(float64(used.store.Reads), "db-reads")
				b.Logf("%s: %d consoles have all %d deliveries after %s (%.0f MB in %d parts, %.0f MB/s); database reads: %d", state, len(seen.Consoles),
					deliveries, took, float64(bytes)/1e6, parts, float64(bytes)/1e6/took.at(1).Seconds(), used.store.Reads)
				b.Logf("CPU: server %s, %.0f µs a subscribe; the clients %s; %s", cores(used.cpu, seen.Took),
					float64(used.cpu.Microseconds())/consoles, cores(seen.CPU, seen.Took), quiet)
				s.stop()
			}
		})
	}
}
