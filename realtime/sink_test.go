//go:build linux

package realtime

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// The clients of the benchmarks: a process of its own that holds thousands of
// raw sockets and only counts what arrives, so that it costs little and the
// server's figures are the server's alone.

func init() { runSink = serveSink }

// sink is the process as a benchmark sees it.
type sink struct {
	b   *testing.B
	in  io.WriteCloser
	out *bufio.Reader
}

// startSink starts the process; it ends with the benchmark.
func startSink(b *testing.B) *sink {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), sinkEnv+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	return &sink{b: b, in: in, out: bufio.NewReader(out)}
}

// ask sends a line and returns the answer.
func (s *sink) ask(format string, args ...any) string {
	s.b.Helper()
	if _, err := fmt.Fprintf(s.in, format+"\n", args...); err != nil {
		s.b.Fatal(err)
	}
	line, err := s.out.ReadString('\n')
	if err != nil || strings.HasPrefix(line, "error") {
		s.b.Fatalf("sink: %s %v", line, err)
	}
	return strings.TrimSpace(line)
}

// dial opens n connections; with addresses they are upgraded and subscribe.
func (s *sink) dial(addr string, n int, addresses string) {
	s.b.Helper()
	s.ask("dial %s %d %s", addr, n, addresses)
}

// drained waits until the sink has as many bytes as the server has written.
func (s *sink) drained(written func() int64) {
	s.b.Helper()
	for {
		var got int64
		if _, err := fmt.Sscan(s.ask("total"), &got); err != nil {
			s.b.Fatal(err)
		}
		if got >= written() {
			return
		}
		time.Sleep(200 * time.Microsecond)
	}
}

// serveSink is the process itself.
func serveSink() {
	raiseFiles()
	epoll, err := syscall.EpollCreate1(0)
	if err != nil {
		fmt.Println("error", err)
		return
	}
	var total atomic.Int64
	go swallow(epoll, &total)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		switch f[0] {
		case "total":
			fmt.Println(total.Load())
		case "dial":
			var n int
			_, _ = fmt.Sscan(f[2], &n)
			if err := dialMany(epoll, &total, f[1], n, strings.Join(f[3:], "")); err != nil {
				fmt.Println("error", err)
				continue
			}
			fmt.Println("ok")
		}
	}
}

// dialed keeps the sockets from being collected.
var dialed []*os.File

func dialMany(epoll int, total *atomic.Int64, addr string, n int, addresses string) error {
	var mu sync.Mutex
	var wg sync.WaitGroup
	var failed error
	limit := make(chan struct{}, 32)
	for range n {
		limit <- struct{}{}
		wg.Go(func() {
			defer func() { <-limit }()
			f, extra, err := dialOne(addr, addresses)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed = err
				return
			}
			total.Add(int64(extra))
			dialed = append(dialed, f)
			fd := int(f.Fd())
			err = errors.Join(syscall.SetNonblock(fd, true),
				syscall.EpollCtl(epoll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}))
			if err != nil {
				failed = err
			}
		})
	}
	wg.Wait()
	return failed
}

// dialOne connects, upgrades and subscribes; extra is what it has read of the stream.
func dialOne(addr, addresses string) (f *os.File, extra int, err error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = conn.Close() }() // File is a duplicate
	if addresses != "-" {
		_, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
		if err != nil {
			return nil, 0, err
		}
		var head []byte
		buf := make([]byte, 4096)
		for {
			n, err := conn.Read(buf)
			if err != nil {
				return nil, 0, err
			}
			head = append(head, buf[:n]...)
			if i := bytes.Index(head, []byte("\r\n\r\n")); i >= 0 {
				extra = len(head) - i - 4
				break
			}
		}
		if addresses != "" {
			cmd := fmt.Appendf(nil, `{"id":1,"cmd":"subscribe","addresses":[%s]}`, addresses)
			frame := append([]byte{0x81, 0x80 | 126, byte(len(cmd) >> 8), byte(len(cmd)), 0, 0, 0, 0}, cmd...)
			frame = append(frame, 0x80|opPong, 0x80|8, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8) // as later for each ping
			if _, err := conn.Write(frame); err != nil {
				return nil, 0, err
			}
		}
	}
	f, err = conn.(*net.TCPConn).File()
	return f, extra, err
}

// swallow counts what arrives and throws it away, without even copying it.
func swallow(epoll int, total *atomic.Int64) {
	events := make([]syscall.EpollEvent, 512)
	buf := make([]byte, 1<<20)
	for {
		n, err := syscall.EpollWait(epoll, events, -1)
		if err != nil && err != syscall.EINTR {
			fmt.Println("error", err)
			return
		}
		for _, e := range events[:max(n, 0)] {
			m, _, err := syscall.Recvfrom(int(e.Fd), buf, syscall.MSG_TRUNC|syscall.MSG_DONTWAIT)
			if m > 0 {
				total.Add(int64(m))
			} else if err != syscall.EAGAIN && err != syscall.EINTR {
				_ = syscall.EpollCtl(epoll, syscall.EPOLL_CTL_DEL, int(e.Fd), nil)
			}
		}
	}
}

// raiseFiles asks for as many open files as the system gives.
func raiseFiles() uint64 {
	var l syscall.Rlimit
	_ = syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l)
	l.Cur = l.Max
	_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l)
	return l.Cur
}
