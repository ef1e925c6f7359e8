// Package redistest runs real Redis servers for tests, and does to them what
// happens to servers.
package redistest

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// Server is one redis-server on a port of its own, which it keeps when it is
// started again. Nothing of it is on a disk.
type Server struct {
	t    testing.TB
	port string
	out  bytes.Buffer

	mu  sync.Mutex
	cmd *exec.Cmd
}

// Start starts a server; the test is skipped where there is no redis-server.
// extra are settings of redis.conf as arguments, such as "--maxmemory", "1mb".
func Start(t testing.TB, extra ...string) *Server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("redis-server is not installed")
	}
	s := &Server{t: t, port: freePort(t)}
	s.Run(extra...)
	t.Cleanup(s.Kill)
	return s
}

func freePort(t testing.TB) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	return strconv.Itoa(ln.Addr().(*net.TCPAddr).Port)
}

// URL is what BROS_REDIS_URL would be.
func (s *Server) URL() string { return "redis://" + s.Addr() + "/0" }

// Addr is its host and port.
func (s *Server) Addr() string { return "127.0.0.1:" + s.port }

// Run starts the server after a Kill, empty, and returns when it answers.
func (s *Server) Run(extra ...string) {
	s.t.Helper()
	args := append([]string{"--port", s.port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", s.t.TempDir()}, extra...)
	cmd := exec.Command("redis-server", args...)
	cmd.Stdout, cmd.Stderr = &s.out, &s.out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	s.cmd = cmd
	s.mu.Unlock()
	deadline := time.Now().Add(30 * time.Second)
	for s.try("PING") != nil {
		if time.Now().After(deadline) {
			s.t.Fatalf("redis-server does not answer: %s", s.out.String())
		}
	}
}

// Do sends a command and fails the test when it is refused.
func (s *Server) Do(args ...any) {
	s.t.Helper()
	if err := s.try(args...); err != nil {
		s.t.Fatalf("redis %v: %v", args, err)
	}
}

// Text is the answer to a command as text.
func (s *Server) Text(args ...any) string {
	s.t.Helper()
	c := s.client()
	defer func() { _ = c.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := c.Do(ctx, args...).Text()
	if err != nil {
		s.t.Fatalf("redis %v: %v", args, err)
	}
	return out
}

func (s *Server) try(args ...any) error {
	c := s.client()
	defer func() { _ = c.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return c.Do(ctx, args...).Err()
}

func (s *Server) client() *redis.Client {
	return redis.NewClient(&redis.Options{Addr: s.Addr(), Protocol: 2, DisableIdentity: true, MaxRetries: -1})
}

// Kill ends the server at once.
func (s *Server) Kill() {
	s.mu.Lock()
	cmd := s.cmd
	s.cmd = nil
	s.mu.Unlock()
	if cmd == nil {
		return
	}
	_ = cmd.Process.Signal(syscall.SIGKILL)
	_ = cmd.Wait()
}

// Freeze stops the server in its tracks: connections stay open, nothing is
// answered. Thaw lets it go on.
func (s *Server) Freeze() { s.signal(syscall.SIGSTOP) }

// Thaw ends a Freeze.
func (s *Server) Thaw() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig os.Signal) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		s.t.Fatal("the server does not run")
	}
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}
