package main

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// counts are what the replay's requests met.
type counts struct {
	mu       sync.Mutex
	requests int
	failures map[string]int  // by what went wrong
	replayed int             // answered from an idempotency key
	writes   []time.Duration // how long the answered ones took
}

// failed counts a request without an answer.
func (c *counts) failed(why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests++
	c.fail(why)
}

func (c *counts) fail(why string) {
	if c.failures == nil {
		c.failures = map[string]int{}
	}
	c.failures[why]++
}

// answered counts a request with an answer; anything but 2xx is a failure.
func (c *counts) answered(ans *answer, method string, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests++
	if ans.replayed {
		c.replayed++
	}
	switch {
	case ans.status/100 != 2:
		c.fail(strconv.Itoa(ans.status))
	case method == http.MethodPost && ans.seq != "":
		c.writes = append(c.writes, took)
	}
}

// begin forgets the latencies of the set-up, which hashes a password for each rider.
func (c *counts) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes = nil
}

// summary is the counts in words.
func (c *counts) summary() (requests, failed int, why string, replayed int, writes []time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var parts []string
	for k, n := range c.failures {
		failed += n
		parts = append(parts, fmt.Sprintf("%s %d", k, n))
	}
	slices.Sort(parts)
	return c.requests, failed, strings.Join(parts, ", "), c.replayed, slices.Clone(c.writes)
}

// samples gathers durations from several goroutines.
type samples struct {
	mu sync.Mutex
	d  []time.Duration
}

func (s *samples) add(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.d = append(s.d, d)
}

func (s *samples) all() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.d)
}

// number is what percentiles are taken of.
type number interface{ ~int | ~int64 | ~float64 }

// percentile is the smallest value that at least the given share (0–1) of all
// are not above (nearest rank); 0 of none.
func percentile[T number](values []T, share float64) T {
	if len(values) == 0 {
		return 0
	}
	v := slices.Sorted(slices.Values(values))
	rank := int(math.Ceil(share * float64(len(v))))
	return v[min(max(rank, 1), len(v))-1]
}

// mean is 0 of none.
func mean[T number](values []T) float64 {
	if len(values) == 0 {
		return 0
	}
	sum := 0.0
	for _, v := range values {
		sum += float64(v)
	}
	return sum / float64(len(values))
}
