package realtime

import (
	"context"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// The transport of the tests that run on synctest's clock: a connection in
// memory that holds a little, as a socket does.

// pipeHolds is what each direction of a pipe takes without being read, in bytes.
const pipeHolds = 4 << 10

// half is one direction.
type half struct {
	mu      sync.Mutex
	buf     []byte
	closed  bool
	changed chan struct{} // closed and replaced at every change

	readBy, writeBy time.Time
}

func newHalf() *half { return &half{changed: make(chan struct{})} }

// change runs fn and wakes those who wait.
func (h *half) change(fn func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	fn()
	close(h.changed)
	h.changed = make(chan struct{})
}

// attempt runs try under the lock until it is done or the deadline has passed.
func (h *half) attempt(by *time.Time, try func() (done bool)) error {
	for {
		h.mu.Lock()
		if try() {
			close(h.changed)
			h.changed = make(chan struct{})
			h.mu.Unlock()
			return nil
		}
		changed, limit := h.changed, *by
		h.mu.Unlock()
		var late <-chan time.Time
		if !limit.IsZero() {
			left := time.Until(limit)
			if left <= 0 {
				return os.ErrDeadlineExceeded
			}
			t := time.NewTimer(left)
			defer t.Stop()
			late = t.C
		}
		select {
		case <-changed:
		case <-late:
		}
	}
}

type pipeConn struct{ in, out *half }

func newPipe() (a, b net.Conn) {
	x, y := newHalf(), newHalf()
	return &pipeConn{x, y}, &pipeConn{y, x}
}

func (c *pipeConn) Read(p []byte) (n int, err error) {
	failed := c.in.attempt(&c.in.readBy, func() bool {
		n = copy(p, c.in.buf)
		c.in.buf = c.in.buf[n:]
		if n == 0 && c.in.closed {
			err = io.EOF
			return true
		}
		return n > 0
	})
	if failed != nil {
		return 0, failed
	}
	return n, err
}

func (c *pipeConn) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		failed := c.out.attempt(&c.out.writeBy, func() bool {
			if c.out.closed {
				err = net.ErrClosed
				return true
			}
			take := min(pipeHolds-len(c.out.buf), len(p)-n)
			c.out.buf = append(c.out.buf, p[n:n+take]...)
			n += take
			return take > 0
		})
		if failed != nil {
			return n, failed
		}
	}
	return n, err
}

func (c *pipeConn) Close() error {
	c.in.change(func() { c.in.closed, c.in.buf = true, nil })
	c.out.change(func() { c.out.closed = true })
	return nil
}

func (c *pipeConn) SetReadDeadline(t time.Time) error {
	c.in.change(func() { c.in.readBy = t })
	return nil
}

func (c *pipeConn) SetWriteDeadline(t time.Time) error {
	c.out.change(func() { c.out.writeBy = t })
	return nil
}

func (c *pipeConn) SetDeadline(t time.Time) error {
	_ = c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

func (c *pipeConn) LocalAddr() net.Addr  { return &net.UnixAddr{Name: "pipe"} }
func (c *pipeConn) RemoteAddr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// pipeListener accepts pipes.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { l.once.Do(func() { close(l.done) }); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (l *pipeListener) dial(ctx context.Context) (net.Conn, error) {
	near, far := newPipe()
	select {
	case l.conns <- far:
		return near, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
