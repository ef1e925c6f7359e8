package push

import (
	"context"
	"log/slog"
	"net/url"
	"sync"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime/supervise"
)

// dispatch sends notices to browsers side by side: to each browser one after
// the other, in their order, and to each push service a bounded number at once.
// A service that does not answer holds up its own browsers and no others.
type dispatch struct {
	log     *slog.Logger
	send    func(context.Context, job) (reached bool)
	dropped func()

	mu    sync.Mutex
	lanes map[string]*lane // by subscription; those with something to do
	ready []*lane          // those that no worker has, in their order
	hosts map[string]*host // push services that are called, or have failed
	slow  int              // workers at services that have failed lately
	wake  chan struct{}    // holds a value: something may be ready
}

// job is a notice for one browser.
type job struct {
	notice notice
	to     domain.PushSubscription
}

// host is a push service.
type host struct {
	workers int
	failed  int // calls in a row
}

// failing services get few workers of all.
func (h *host) failing() bool { return h.failed >= 3 }

const (
	slowSenders = 16   // workers at failing services, together
	slowEach    = 2    // at one of them
	hostsKept   = 1000 // services that are remembered to have failed
)

type lane struct {
	id, host string
	jobs     []job
	slow     bool // its worker is counted as one at a failing service
}

func newDispatch(log *slog.Logger, send func(context.Context, job) bool, dropped func()) *dispatch {
	return &dispatch{log: log, send: send, dropped: dropped, lanes: map[string]*lane{}, hosts: map[string]*host{}, wake: make(chan struct{}, senders)}
}

// add never blocks: of what waits for one browser the oldest goes when it is too much.
func (d *dispatch) add(j job) {
	d.mu.Lock()
	l := d.lanes[j.to.ID]
	if l == nil {
		l = &lane{id: j.to.ID, host: hostOf(j.to.Endpoint)}
		d.lanes[j.to.ID] = l
		d.ready = append(d.ready, l)
	}
	if len(l.jobs) >= backlog {
		l.jobs = l.jobs[1:]
		d.dropped()
	}
	l.jobs = append(l.jobs, j)
	d.mu.Unlock()
	d.nudge()
}

func (d *dispatch) nudge() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// run starts the workers; they end with ctx.
func (d *dispatch) run(ctx context.Context, wg *sync.WaitGroup) {
	for range senders {
		wg.Go(func() {
			for ctx.Err() == nil {
				l, j := d.take()
				if l == nil {
					select {
					case <-ctx.Done():
					case <-d.wake:
					}
					continue
				}
				reached := false
				_ = supervise.Do(d.log, "push", func() { reached = d.send(ctx, j) })
				d.done(l, reached)
			}
		})
	}
}

// take is the next job whose service has room for another call.
func (d *dispatch) take() (*lane, job) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, l := range d.ready {
		h := d.hosts[l.host]
		if h == nil {
			h = &host{}
			d.hosts[l.host] = h
		}
		switch {
		case h.failing() && (h.workers >= slowEach || d.slow >= slowSenders), h.workers >= perHost:
			continue
		case h.failing():
			d.slow++
			l.slow = true
		}
		d.ready = append(d.ready[:i], d.ready[i+1:]...)
		h.workers++
		j := l.jobs[0]
		l.jobs = l.jobs[1:]
		return l, j
	}
	return nil, job{}
}

// done puts a lane back that has more to send.
func (d *dispatch) done(l *lane, reached bool) {
	d.mu.Lock()
	if l.slow {
		l.slow = false
		d.slow--
	}
	h := d.hosts[l.host]
	h.workers--
	if h.failed++; reached {
		h.failed = 0
	}
	if h.workers == 0 && (h.failed == 0 || len(d.hosts) > hostsKept) {
		delete(d.hosts, l.host)
	}
	if len(l.jobs) > 0 {
		d.ready = append(d.ready, l)
	} else {
		delete(d.lanes, l.id)
	}
	d.mu.Unlock()
	d.nudge()
}

func hostOf(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return ""
	}
	return u.Host
}
