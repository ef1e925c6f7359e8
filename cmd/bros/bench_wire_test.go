package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// The clients of the benchmarks speak HTTP and WebSocket themselves, just so
// much of it as they need: on the machine that they share with the server they
// shall cost little.

// callTimeout is far more than any answer takes.
const callTimeout = 30 * time.Second

// console is a socket that notes when each change arrives.
type console struct {
	conn    net.Conn
	r       *bufio.Reader
	large   []byte     // a frame that is larger than the buffer
	mu      sync.Mutex // one that follows may be stopped
	seen    consoleTimes
	stopped atomic.Bool
}

// consoleBuffer holds the frames of all but the highest rates.
const consoleBuffer = 16 << 10

func dialConsole(addr, token string) (*console, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(conn, "GET /api/v1/realtime HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: bros.v1\r\n\r\n", addr, token)
	if err != nil {
		return nil, err
	}
	c := &console{conn: conn, r: bufio.NewReaderSize(conn, consoleBuffer)}
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return nil, err
	}
	_ = res.Body.Close() // there is none
	if res.StatusCode != http.StatusSwitchingProtocols {
		return nil, fmt.Errorf("the socket was answered %s", res.Status)
	}
	_, _, err = c.frame(false) // the greeting
	return c, err
}

// Opcodes.
const (
	wsText  = 1
	wsClose = 8
	wsPing  = 9
	wsPong  = 10
)

// frame reads one text frame and answers pings on the way. payload is all of it
// or (not whole) the beginning of a long one; it is good until the next call.
func (c *console) frame(whole bool) (payload []byte, size int, err error) {
	for {
		h, err := c.r.Peek(2)
		if err != nil {
			return nil, 0, err
		}
		op, n, at := h[0]&0xf, int(h[1]&0x7f), 2
		switch n {
		case 126:
			if h, err = c.r.Peek(4); err != nil {
				return nil, 0, err
			}
			n, at = int(binary.BigEndian.Uint16(h[2:])), 4
		case 127:
			if h, err = c.r.Peek(10); err != nil {
				return nil, 0, err
			}
			n, at = int(binary.BigEndian.Uint64(h[2:])), 10
		}
		_, _ = c.r.Discard(at) // it has just been peeked at
		if whole && n > consoleBuffer {
			c.large = slices.Grow(c.large[:0], n)[:n]
			_, err := io.ReadFull(c.r, c.large)
			return c.large, n, err
		}
		payload, err := c.r.Peek(min(n, consoleBuffer))
		if err != nil {
			return nil, 0, err
		}
		switch op {
		case wsText:
			if n > len(payload) {
				payload = bytes.Clone(payload[:512])
			}
			_, err = c.r.Discard(n) // a short payload stays in the buffer until the next read
			return payload, n, err
		case wsPing:
			err = c.send(wsPong, payload)
		case wsClose:
			err = fmt.Errorf("the server closed the socket: %q", payload)
		}
		if err != nil {
			return nil, 0, err
		}
		_, _ = c.r.Discard(n)
	}
}

// send writes a frame, masked with zeros.
func (c *console) send(op byte, payload []byte) error {
	b := []byte{0x80 | op}
	if n := len(payload); n < 126 {
		b = append(b, 0x80|byte(n))
	} else {
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	}
	b = append(b, 0, 0, 0, 0)
	_, err := c.conn.Write(append(b, payload...))
	return err
}

// subscribe asks for the addresses and reads the whole answer to each.
func (c *console) subscribe(addresses []string) error {
	for i, a := range addresses {
		if err := c.send(wsText, fmt.Appendf(nil, `{"id":%d,"cmd":"subscribe","address":"%s"}`, i+1, a)); err != nil {
			return err
		}
		want := fmt.Appendf(nil, `{"id":%d,`, i+1)
		for more := true; more; {
			head, n, err := c.frame(false)
			if err != nil {
				return err
			}
			if !bytes.HasPrefix(head, want) {
				continue // heads, or changes of an address before
			}
			start := head[:min(len(head), 512)]
			if !bytes.Contains(start, []byte(`"mode":"snapshot"`)) {
				return fmt.Errorf("the subscribe of %s was answered %s", a, start)
			}
			more = bytes.Contains(start, []byte(`"more":true`))
			c.seen.Bytes += int64(n)
			c.seen.Parts++
		}
	}
	c.seen.Subscribed = time.Now().UnixNano()
	return nil
}

// follow notes every change until the socket ends.
func (c *console) follow(w *watch) {
	for {
		payload, _, err := c.frame(true)
		at := time.Now().UnixNano()
		if err != nil {
			if !c.stopped.Load() {
				w.fail(err)
			}
			return
		}
		if bytes.HasPrefix(payload, []byte(`{"heads"`)) {
			continue
		}
		c.mu.Lock()
		before := len(c.seen.Seqs)
		c.seen.Seqs = appendSeqs(c.seen.Seqs, payload)
		got := len(c.seen.Seqs) - before
		for range got {
			c.seen.At = append(c.seen.At, at)
		}
		c.mu.Unlock()
		w.took(got)
	}
}

// stop ends the socket and says what it got.
func (c *console) stop() consoleTimes {
	c.stopped.Store(true)
	_ = c.conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen
}

// appendSeqs finds the numbers of the messages in a frame. A quote inside of a
// text is escaped, so that the keys can't be mistaken.
func appendSeqs(seqs []int64, p []byte) []int64 {
	const prev, seq = `"prev":`, `"seq":`
	for {
		at := bytes.Index(p, []byte(prev))
		if at < 0 {
			return seqs
		}
		p = p[at+len(prev):]
		if at = bytes.Index(p, []byte(seq)); at < 0 {
			return seqs
		}
		p = p[at+len(seq):]
		var n int64
		for len(p) > 0 && p[0] >= '0' && p[0] <= '9' {
			n, p = n*10+int64(p[0]-'0'), p[1:]
		}
		seqs = append(seqs, n)
	}
}

// pacer hands out the moments at which changes are due.
type pacer struct {
	began time.Time
	every time.Duration // 0: at once
	until time.Time
	next  atomic.Int64
}

// wait waits for the turn of the next request, which makes so many changes;
// false: the time is over.
func (p *pacer) wait(changes int) (due time.Time, ok bool) {
	if p.every == 0 {
		now := time.Now()
		return now, now.Before(p.until)
	}
	turn := p.next.Add(int64(changes)) - int64(changes)
	due = p.began.Add(time.Duration(turn) * p.every)
	if !due.Before(p.until) {
		return due, false
	}
	time.Sleep(time.Until(due)) // it is the rate that is measured at
	return due, true
}

// runWriters runs all writers until the time is over or they have nothing left.
func runWriters(job clientsJob, began time.Time) ([]requestTimes, error) {
	pace := &pacer{began: began, every: job.Every, until: began.Add(job.For)}
	times, errs := make([][]requestTimes, len(job.Writers)), make([]error, len(job.Writers))
	var wg sync.WaitGroup
	for i, w := range job.Writers {
		wg.Go(func() {
			c, err := dialHTTP(job.Addr)
			if err == nil {
				defer c.conn.Close()
				err = w.run(c, pace)
			}
			times[i], errs[i] = c.took, err
		})
	}
	wg.Wait()
	var all []requestTimes
	for _, t := range times {
		all = append(all, t...)
	}
	return all, errors.Join(errs...)
}

func (w writerJob) run(c *httpConn, pace *pacer) error {
	if w.Fixes > 0 {
		return w.ride(c, pace)
	}
	for _, id := range w.Deliveries {
		for _, step := range []struct {
			token, act, body string
			changes          int
		}{
			{w.Desk, "assign", `{"riderId":"` + w.RiderID + `"}`, 1},
			{w.Rider, "pickup", `{}`, 1},
			{w.Rider, "deliver", `{"receivedBy":"김손님"}`, 2},
		} {
			due, ok := pace.wait(step.changes)
			if !ok {
				return nil
			}
			err := c.post("/deliveries/"+id+"/"+step.act, step.token, id+"/"+step.act, []byte(step.body), due, step.changes)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// ride posts places of the last seconds, as a phone that was without signal does.
func (w writerJob) ride(c *httpConn, pace *pacer) error {
	at := time.Now().Add(-time.Hour)
	for n := 0; ; n++ {
		due, ok := pace.wait(1)
		if !ok {
			return nil
		}
		body := []byte(`{"positions":[`)
		for i := range w.Fixes {
			if i > 0 {
				body = append(body, ',')
			}
			at = at.Add(100 * time.Millisecond)
			body = fmt.Appendf(body, `{"lat":%.6f,"lng":%.6f,"accuracy":8.5,"heading":%d,"speed":7.2,"battery":0.71,"at":"%s"}`,
				37.5+float64(n%1000)/1e5, 127.1+float64(i)/1e5, n%360, at.UTC().Format("2006-01-02T15:04:05.000Z"))
		}
		body = append(body, `]}`...)
		if err := c.post("/riders/me/positions", w.Rider, "", body, due, 0); err != nil {
			return err
		}
	}
}

// httpConn is a connection that is kept alive.
type httpConn struct {
	conn net.Conn
	addr string
	r    *bufio.Reader
	buf  []byte
	took []requestTimes
}

func dialHTTP(addr string) (*httpConn, error) {
	conn, err := net.Dial("tcp", addr)
	return &httpConn{conn: conn, addr: addr, r: bufio.NewReaderSize(conn, 8<<10)}, err
}

// post makes one request and notes its times; anything but 2xx is an error.
func (c *httpConn) post(path, token, key string, body []byte, due time.Time, changes int) error {
	b := append(c.buf[:0], "POST /api/v1"...)
	b = append(b, path...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, c.addr...)
	b = append(b, "\r\nAuthorization: Bearer "...)
	b = append(b, token...)
	if key != "" {
		b = append(b, "\r\nIdempotency-Key: "...)
		b = append(b, key...)
	}
	b = append(b, "\r\nContent-Type: application/json\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(len(body)), 10)
	b = append(b, "\r\n\r\n"...)
	b = append(b, body...)
	c.buf = b

	t := requestTimes{Due: due.UnixNano(), Start: time.Now().UnixNano(), Changes: changes}
	if err := c.conn.SetDeadline(time.Now().Add(callTimeout)); err != nil {
		return err
	}
	if _, err := c.conn.Write(b); err != nil {
		return err
	}
	status, seq, answer, err := c.answer()
	t.End, t.Seq = time.Now().UnixNano(), seq
	if err == nil && status/100 != 2 {
		err = fmt.Errorf("POST %s was answered %d: %s", path, status, answer)
	}
	c.took = append(c.took, t)
	return err
}

// answer reads a response; answer is its body when it is a refusal.
func (c *httpConn) answer() (status int, seq int64, answer []byte, err error) {
	line, err := c.r.ReadSlice('\n')
	if err != nil {
		return 0, 0, nil, err
	}
	if len(line) < 12 {
		return 0, 0, nil, fmt.Errorf("no status line: %q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, 0, nil, err
	}
	length := 0
	for {
		if line, err = c.r.ReadSlice('\n'); err != nil {
			return 0, 0, nil, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			length, err = strconv.Atoi(string(value))
		case bytes.EqualFold(name, []byte("BROS-Seq")):
			seq, err = seqOf(string(value))
		}
		if err != nil {
			return 0, 0, nil, err
		}
	}
	if status/100 == 2 {
		_, err = c.r.Discard(length)
		return status, seq, nil, err
	}
	answer = make([]byte, length)
	_, err = io.ReadFull(c.r, answer)
	return status, seq, answer, err
}
