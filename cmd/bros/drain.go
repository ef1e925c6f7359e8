package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// How long a node that drains goes on taking connections, to refuse what comes:
// until nobody has called for goodbyeQuiet. A connection that is cut while a
// request is on its way leaves its caller in doubt; a 503 does not.
const (
	goodbyeQuiet = 300 * time.Millisecond
	goodbyeMost  = 5 * time.Second
)

// Close drains: new requests are refused, realtime clients are told to come
// back, requests in flight finish, the address is given up when nobody calls any
// more. When ctx ends first the rest is cut off. What has been answered is on
// disk in either case.
func (a *App) Close(ctx context.Context) error {
	defer a.releaseWithin(releaseTime)
	a.server.Refuse()
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		a.server.Drain(ctx)
	}()
	a.goodbye(ctx)
	a.unused.close()
	err := a.http.Shutdown(ctx)
	if err != nil {
		_ = a.http.Close()
		return fmt.Errorf("requests were cut off: %w", err)
	}
	select {
	case <-drained:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("background work was cut off: %w", ctx.Err())
	}
}

// releaseTime is how long letting go of the database may take after a drain:
// while another process holds its lock, what waits in the queue would be waited
// for. Nobody has been told that it is written.
const releaseTime = time.Second

func (a *App) releaseWithin(limit time.Duration) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.release()
	}()
	select {
	case <-done:
	case <-time.After(limit):
		a.log.Warn("the database is not let go of in time; writes that were not answered are given up")
	}
}

// goodbye waits until callers have noticed.
func (a *App) goodbye(ctx context.Context) {
	begun := time.Now()
	for {
		quiet := min(a.server.SinceAsked(), time.Since(begun))
		if quiet >= goodbyeQuiet || time.Since(begun) >= goodbyeMost {
			return
		}
		select {
		case <-time.After(goodbyeQuiet - quiet):
		case <-ctx.Done():
			return
		}
	}
}

// unusedConns are connections on which nothing has been asked yet: clients open
// some to have them at hand. Shutdown would wait 5 s for each.
type unusedConns struct {
	mu    sync.Mutex
	conns map[net.Conn]time.Time // since when
}

// note is the server's hook for the states of connections.
func (u *unusedConns) note(c net.Conn, state http.ConnState) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if state != http.StateNew {
		delete(u.conns, c)
		return
	}
	if u.conns == nil {
		u.conns = map[net.Conn]time.Time{}
	}
	u.conns[c] = time.Now()
}

// unusedAfter is how old one is on which nothing can be on its way any more.
const unusedAfter = time.Second

// close closes those that are old enough.
func (u *unusedConns) close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for c, since := range u.conns {
		if time.Since(since) >= unusedAfter {
			_ = c.Close()
		}
	}
}
