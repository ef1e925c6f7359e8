package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const password = "abuse-Passw0rd-7"

// server is the attacked process.
type server struct {
	cmd   *exec.Cmd
	dir   string
	url   string
	ended chan struct{}
	http  *http.Client
}

var listening = regexp.MustCompile(`url=(http://[^ ]+)`)

func start(ctx context.Context, bin string) (*server, error) {
	dir, err := os.MkdirTemp("", "bros-abuse-")
	if err != nil {
		return nil, err
	}
	tr := http.DefaultTransport.(*http.Transport).Clone()
	tr.MaxIdleConnsPerHost = 512
	s := &server{dir: dir, ended: make(chan struct{}), http: &http.Client{Transport: tr, Timeout: time.Minute}}
	s.cmd = exec.CommandContext(ctx, bin, "serve", "--addr", "127.0.0.1:0", "--data-dir", filepath.Join(dir, "data"))
	// The attackers' addresses are their own claim: the proxy is trusted.
	s.cmd.Env = append(os.Environ(), "GOMEMLIMIT="+strconv.Itoa(ceiling)+"MiB", "BROS_ADMIN_PASSWORD="+password, "BROS_TRUSTED_PROXIES=127.0.0.0/8")
	log, err := s.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	s.cmd.Cancel = func() error { return s.cmd.Process.Signal(syscall.SIGTERM) }
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	found := make(chan string, 1)
	go func() {
		defer close(s.ended)
		for lines := bufio.NewScanner(log); lines.Scan(); {
			if m := listening.FindStringSubmatch(lines.Text()); m != nil && len(found) == 0 && s.url == "" {
				found <- strings.Trim(m[1], `"`)
			}
		}
		_, _ = io.Copy(io.Discard, log)
		_ = s.cmd.Wait()
	}()
	select {
	case s.url = <-found:
		return s, nil
	case <-s.ended:
		return nil, fmt.Errorf("%s did not start", bin)
	case <-time.After(30 * time.Second):
		s.stop()
		return nil, fmt.Errorf("%s does not listen", bin)
	}
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.ended:
	case <-time.After(15 * time.Second):
		_ = s.cmd.Process.Kill()
	}
	_ = os.RemoveAll(s.dir)
}

func (s *server) gone() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// rss is the server's memory in MiB; 0 where it can't be read.
func (s *server) rss() int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(b))
	n, _ := strconv.Atoi(fields[1])
	return n * os.Getpagesize() >> 20
}

// call asks once; token and from (the caller's address) may be empty.
func (s *server) call(ctx context.Context, token, from, method, path string, in, out any) (int, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return 0, err
		}
		body = bytes.NewReader(b)
	}
	if !strings.HasPrefix(path, "/readyz") {
		path = "/api/v1" + path
	}
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, body)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if from != "" {
		r.Header.Set("X-Forwarded-For", from)
	}
	res, err := s.http.Do(r)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	if out != nil && res.StatusCode < 300 {
		return res.StatusCode, json.NewDecoder(res.Body).Decode(out)
	}
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, err
}
