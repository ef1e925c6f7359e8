package realtime

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/brosops/bros/realtime/supervise"
)

// Subprotocol is what clients name in Sec-WebSocket-Protocol.
const Subprotocol = "bros.v1"

// Errors of Serve that come before anything has been written to the response:
// the host answers them (503).
var (
	ErrDraining = errors.New("realtime: the node is draining")
	ErrFull     = errors.New("realtime: too many connections")
)

// Serve upgrades a request whose caller and origin have been checked, and
// returns as soon as the connection has been taken over; a goroutine of its own
// reads from it. On ErrDraining and ErrFull nothing has been written; on any
// other error the response has been.
func (h *Hub) Serve(w http.ResponseWriter, r *http.Request, id Identity) error {
	if h.isDraining() {
		return ErrDraining
	}
	// A browser cannot see a 503, so a node that is full says 1013 to a few
	// more, and 503 beyond.
	n := h.connections.Add(1)
	over := n > int64(h.opt.MaxConns)
	if n > int64(h.opt.MaxConns+h.opt.MaxConns/10+1) {
		h.dropConnection()
		return ErrFull
	}
	if id.RemoteAddr == "" {
		id.RemoteAddr = r.RemoteAddr
	}
	c := newClient(h, id, time.Now())
	ws, err := websocket.Accept(hijacker{w, c}, r, &websocket.AcceptOptions{
		Subprotocols:       []string{Subprotocol},
		InsecureSkipVerify: true, // the host has checked the origin
		CompressionMode:    websocket.CompressionDisabled,
		OnPongReceived:     func(_ context.Context, payload []byte) { c.pong(payload) },
	})
	if err != nil {
		h.dropConnection()
		return err
	}
	ws.SetReadLimit(-1) // too much is ours to say, with 4400
	// In its shard first: Stop, if it has not begun by now, finds it there.
	h.shards[h.nextShard.Add(1)%uint64(len(h.shards))].add(c)
	h.mu.Lock()
	stopped := h.stopped
	if !stopped {
		h.wg.Add(1)
	}
	h.mu.Unlock()
	if stopped {
		c.shard.remove(c)
		h.dropConnection()
		return c.conn.Close()
	}
	h.stats.accepted.Add(1)
	// The first frame is queued before anyone can find the client, and written
	// after: whoever has read it gets all that is sent to it from then on.
	c.mu.Lock()
	c.enqueue(c.hello(c.connectedAt))
	c.mu.Unlock()
	over = h.enter(c) || over
	c.send()
	switch {
	case h.isDraining(): // it may have missed the connection
		c.shut(CloseRestarting, retryReason(int(n)))
	case over:
		c.shut(CloseOverloaded, retryReason(int(n)))
	}
	go c.read(ws)
	return nil
}

// dropConnection counts a socket that is closed.
func (h *Hub) dropConnection() {
	if h.connections.Add(-1) == 0 {
		h.signalEmpty()
	}
}

func (h *Hub) signalEmpty() {
	select {
	case h.empty <- struct{}{}:
	default:
	}
}

// frameBuffers hold one message of a client while it is looked at.
var frameBuffers = sync.Pool{New: func() any {
	b := make([]byte, 0, 4<<10)
	return &b
}}

// read is the connection's one goroutine: it waits for messages and has them
// run, one after the other.
func (c *client) read(ws *websocket.Conn) {
	defer c.finish()
	// A background context costs nothing; who is to stop reading has its
	// socket's deadline set.
	ctx := context.Background()
	for {
		kind, r, err := ws.Reader(ctx)
		if err != nil {
			return
		}
		if c.message(kind, r) != nil {
			// The connection is closing: what still comes is read for the
			// client's close frame only.
			c.drainReads(ws)
			return
		}
	}
}

// drainReads reads on until the close handshake or its grace is over.
func (c *client) drainReads(ws *websocket.Conn) {
	for {
		_, r, err := ws.Reader(context.Background())
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			return
		}
	}
}

// message reads one message and runs it.
func (c *client) message(kind websocket.MessageType, r io.Reader) error {
	buf := frameBuffers.Get().(*[]byte)
	defer frameBuffers.Put(buf)
	b, err := readMessage(r, (*buf)[:0])
	*buf = b[:0]
	switch {
	case errors.Is(err, errTooLong):
		c.shut(CloseBroken, "the frame is over 64 KiB")
		_, _ = io.Copy(io.Discard, r)
		return errClosed
	case err != nil:
		return err
	}
	c.startWork()
	defer c.endWork()
	if kind != websocket.MessageText {
		return c.bad(nil, "text frames are expected")
	}
	// On a stack of its own: the reader's lives as long as the connection, and
	// would keep what the deepest command once needed (8 KB instead of 4).
	done := make(chan error, 1)
	go func() {
		var err error
		if p := supervise.Do(c.hub.opt.Logger, "command of a socket", func() { err = c.handle(b) }); p != nil {
			err = p
			c.shut(CloseOverloaded, retryReason(1))
		}
		done <- err
	}()
	return <-done
}

var errTooLong = errors.New("realtime: message too long")

// readMessage reads r to its end into b, up to maxFrame.
func readMessage(r io.Reader, b []byte) ([]byte, error) {
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case len(b) > maxFrame:
			return b, errTooLong
		case err == io.EOF:
			return b, nil
		case err != nil:
			return b, err
		}
	}
}

// startWork notes that the reader is at work: it sees no pongs meanwhile, and
// that is not the client's silence.
func (c *client) startWork() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busySince = time.Now()
}

// endWork gives the pongs that came during long work the time to be read.
func (c *client) endWork() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.busySince) > time.Second {
		c.heard = now
	}
	c.busySince = time.Time{}
}
