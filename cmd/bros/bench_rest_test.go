package main

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
)

// BenchmarkTransitionsREST is the durable write of bros as its callers see it:
// 32 of them, each with a connection of its own, assign, pick up and deliver
// as fast as they are answered, each request with an idempotency key, while a
// few consoles watch. An op is one request.
func BenchmarkTransitionsREST(b *testing.B) {
	const writers, consoles = 32, 8
	for b.Loop() {
		dir := b.TempDir()
		s := benchApp(b, dir, nil)
		w := s.world(worldSize{desks: writers, riders: writers, deliveries: 4000})
		job := clientsJob{
			Addr: s.ln.Addr().String(), Consoles: slices.Repeat(w.desks[:1], consoles),
			Addresses: []string{"delivery/" + w.center, "order/" + w.center, "rider/" + w.center}, For: 5 * time.Second,
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
		took, lat := answered(seen.Requests)
		n := len(seen.Requests)
		perSecond := float64(n) / took.Seconds()
		used.report(b, n, took)
		b.ReportMetric(perSecond, "ops/s")
		b.ReportMetric(lat.ms(0.5), "p50-ms")
		b.ReportMetric(lat.ms(0.99), "p99-ms")
		b.Logf("%d writers over REST: %.0f durable transitions/s (%d in %.1f s), %s; %.1f of them in a commit of the engine, %.1f statements each",
			writers, perSecond, n, took.Seconds(), lat, float64(used.store.Commits)/float64(used.store.Groups), float64(used.store.Writes)/float64(n))
		b.Logf("CPU: server %s, %.0f µs each; the clients %s; %s", cores(used.cpu, seen.Took),
			float64(used.cpu.Microseconds())/float64(n), cores(seen.CPU, seen.Took), quiet)
		s.stop()
	}
}

// BenchmarkPositions is riders who post their places. An op is one fix.
func BenchmarkPositions(b *testing.B) {
	// full: as many as go in, each rider with ten at a time.
	b.Run("full", func(b *testing.B) { benchPositions(b, 200, 10, 0) })
	// moving: 500 riders, each with one a second.
	b.Run("moving", func(b *testing.B) { benchPositions(b, 500, 1, time.Second/500) })
}

func benchPositions(b *testing.B, riders, fixes int, every time.Duration) {
	for b.Loop() {
		dir := b.TempDir()
		s := benchApp(b, dir, nil)
		w := s.world(worldSize{desks: 1, riders: riders})
		job := clientsJob{
			Addr: s.ln.Addr().String(), Consoles: slices.Repeat(w.desks, 8), Addresses: []string{"rider/" + w.center},
			Every: every, For: 4 * time.Second,
		}
		for _, r := range w.riders {
			job.Writers = append(job.Writers, writerJob{Rider: r.token, Fixes: fixes})
		}
		quiet := machine(b, dir)
		seen, used := startClients(b, job).run(s)
		took, lat := answered(seen.Requests)
		n := len(seen.Requests) * fixes
		s.countFixes(w, n)
		used.report(b, n, took)
		perSecond := float64(n) / took.Seconds()
		b.ReportMetric(perSecond, "fixes/s")
		b.ReportMetric(lat.ms(0.5), "p50-ms")
		b.ReportMetric(lat.ms(0.99), "p99-ms")
		b.Logf("%d riders, %d fixes a request: %.0f fixes/s stored (%d requests in %.1f s), from when it was due to the answer %s; %.0f fixes in a commit",
			riders, fixes, perSecond, len(seen.Requests), took.Seconds(), lat, float64(n)/float64(used.store.Groups))
		b.Logf("CPU: server %s, %.0f µs a fix; the clients %s; %s", cores(used.cpu, seen.Took),
			float64(used.cpu.Microseconds())/float64(n), cores(seen.CPU, seen.Took), quiet)
		s.stop()
	}
}

// countFixes compares what is stored with what was accepted.
func (s *benchServer) countFixes(w world, want int) {
	s.b.Helper()
	got := 0
	for _, r := range w.riders {
		err := s.db.Track(context.Background(), r.id, time.Now().Add(-24*time.Hour), time.Now(), func(domain.Position) error { got++; return nil })
		if err != nil {
			s.b.Fatal(err)
		}
	}
	if got != want {
		s.b.Errorf("%d fixes are stored of %d that were accepted", got, want)
	}
}

// answered is how long the requests took from when each was due, and all together.
func answered(requests []requestTimes) (took time.Duration, each spread) {
	if len(requests) == 0 {
		return 1, nil
	}
	first, last := requests[0].Start, requests[0].End
	for _, r := range requests {
		first, last = min(first, r.Start), max(last, r.End)
		each = append(each, time.Duration(r.End-r.Due))
	}
	return time.Duration(last - first), sorted(each)
}
