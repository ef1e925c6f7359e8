package realtime

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

// The connection is shared by two parties. coder/websocket reads from it, checks
// the protocol and answers pings and closes; the hub writes its ready-made frames
// past the library. Both go through the client's queue, so frames stay whole.

// wireBuffer is the size of the library's two buffers. Its reader works through
// it, its writer only ever holds a control frame.
const wireBuffer = 256

// wire is the connection as the library sees it.
type wire struct {
	net.Conn
	c *client
}

// Write takes a control frame of the library: it never writes anything else,
// and flushes each whole (header and payload fit into wireBuffer).
func (w wire) Write(p []byte) (int, error) {
	c := w.c
	f := frame{a: bytes.Clone(p), class: classReply}
	c.mu.Lock()
	leave := false
	switch op := p[0] & 0xf; {
	case op == opClose:
		// The echo of the client's close, or the library's own on a broken
		// frame. After a close of ours it is swallowed.
		leave = c.closing(f)
	case c.queued[classReply] < maxControls || !c.catching:
		c.enqueueControl(f)
		c.flushNow()
	}
	c.mu.Unlock()
	if leave {
		c.hub.leave(c)
	}
	return len(p), nil
}

// Close is called by the library when it is done: no more reading. The socket
// itself is closed when the close frame is out, or its time is.
func (w wire) Close() error {
	c := w.c
	c.mu.Lock()
	if c.state == stateOpen {
		c.kill()
	}
	c.mu.Unlock()
	return w.Conn.SetReadDeadline(time.Unix(1, 0))
}

// hijacker hands the library the wrapped connection.
type hijacker struct {
	http.ResponseWriter
	c *client
}

// Hijack takes the connection over. The HTTP server's own 4 KB buffers are left
// to the garbage collector; what it has read beyond the request is carried over.
func (w hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, brw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	rest, err := brw.Reader.Peek(brw.Reader.Buffered())
	if err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	c := w.c
	c.conn = conn
	if sc, ok := conn.(syscall.Conn); ok && rawWrites {
		if raw, err := sc.SyscallConn(); err == nil {
			c.raw = raw
			c.writeNow = c.writeQueueNow
		}
	}
	if n := c.hub.opt.SendBuffer; n > 0 {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetWriteBuffer(n)
		}
	}
	wired := wire{conn, c}
	var r io.Reader = wired
	if len(rest) > 0 {
		r = io.MultiReader(bytes.NewReader(bytes.Clone(rest)), wired)
	}
	br := bufio.NewReaderSize(r, max(wireBuffer, len(rest)))
	if len(rest) > 0 {
		if _, err := br.Peek(len(rest)); err != nil {
			return nil, nil, errors.Join(err, conn.Close())
		}
	}
	return wired, bufio.NewReadWriter(br, bufio.NewWriterSize(wired, wireBuffer)), nil
}

// flushNow writes with a writer of the pool; for those who are no shard. mu is held.
func (c *client) flushNow() {
	if c.head == len(c.out) || c.catching {
		c.shed()
		return
	}
	w := writers.Get().(*writer)
	c.flush(w)
	c.hub.count(w)
	writers.Put(w)
}

// flush writes what is queued, as far as the socket takes it without waiting;
// for the rest the catch-up goroutine is started. mu is held.
func (c *client) flush(w *writer) {
	if !c.catching && c.head < len(c.out) && c.state != stateKilled {
		blocked := true
		if c.raw != nil {
			c.w = w
			err := c.raw.Write(c.writeNow)
			c.w = nil
			if err == nil {
				err, c.writeErr = c.writeErr, nil
			}
			if err != nil {
				c.kill()
				return
			}
			blocked = c.head < len(c.out)
		}
		if blocked {
			c.catching = true
			c.progress = time.Now()
			go c.catchUp()
		}
	}
	c.shed()
}

// writeQueueNow is flush inside RawConn.Write.
func (c *client) writeQueueNow(fd uintptr) bool {
	_, c.writeErr = c.writeQueue(fd, c.w)
	return true
}

// writeQueue writes until the queue is empty or the socket is full. mu is held.
func (c *client) writeQueue(fd uintptr, w *writer) (wrote bool, err error) {
	for c.head < len(c.out) {
		p := c.next(w.scratch)
		n, err := writeFD(fd, p)
		w.writes++
		if n > 0 {
			wrote = true
			c.advance(n, w)
		}
		// Only a write that takes nothing shows that the socket is full, and
		// makes the poller tell when it no longer is.
		if n == 0 || err != nil {
			return wrote, err
		}
	}
	return wrote, nil
}

// catchUp writes for a client whose socket was full (or is not a plain one),
// waiting as long as it takes, and ends when the queue is empty. Who waits too
// long is closed by the shard's beat.
func (c *client) catchUp() {
	for {
		var err error
		if c.raw != nil {
			err = c.drainRaw()
		} else {
			err = c.drainConn()
		}
		if c.caughtUp(err) {
			return
		}
	}
}

// drainRaw waits for the socket and writes, until the queue is empty.
func (c *client) drainRaw() error {
	var failed error
	err := c.raw.Write(func(fd uintptr) bool {
		w := writers.Get().(*writer)
		c.mu.Lock()
		wrote, err := c.writeQueue(fd, w)
		if wrote {
			c.progress = time.Now()
		}
		empty := c.head == len(c.out)
		c.mu.Unlock()
		c.hub.count(w)
		writers.Put(w)
		failed = err
		return empty || err != nil
	})
	if err == nil {
		err = failed
	}
	return err
}

// drainChunk is how much one blocking write takes: small enough that progress
// shows.
const drainChunk = 16 << 10

// drainConn copies the queue out and writes it with the mutex released.
func (c *client) drainConn() error {
	w := writers.Get().(*writer)
	defer writers.Put(w)
	chunk := w.scratch[:drainChunk]
	for {
		c.mu.Lock()
		n := c.fill(chunk)
		if n > 0 {
			c.advance(n, w)
			w.writes++
		}
		c.mu.Unlock()
		c.hub.count(w)
		if n == 0 {
			return nil
		}
		if _, err := c.conn.Write(chunk[:n]); err != nil {
			return err
		}
		c.mu.Lock()
		c.progress = time.Now()
		c.mu.Unlock()
	}
}

// caughtUp ends the catch-up goroutine's turn; false: more has been queued meanwhile.
func (c *client) caughtUp(err error) bool {
	c.mu.Lock()
	if err != nil {
		c.kill()
	}
	if c.head < len(c.out) && c.state != stateKilled {
		c.mu.Unlock()
		return false
	}
	c.catching = false
	if cap(c.out) > keptFrames && len(c.out) == 0 {
		c.out = nil
	}
	var due []*sub
	if c.owed && c.state == stateOpen {
		c.owed = false
		for _, s := range c.subs {
			if s.owed {
				s.owed = false
				due = append(due, s)
			}
		}
	}
	destroy := c.readerDone
	c.mu.Unlock()
	if destroy {
		c.destroy()
		return true
	}
	for _, s := range due {
		s.room.log.mu.Lock()
		s.sendPlaces()
		s.room.log.mu.Unlock()
	}
	return true
}
