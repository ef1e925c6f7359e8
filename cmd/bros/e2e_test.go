package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
)

// The end-to-end tests run the real binaries as processes of their own, on real
// files and sockets. They are built once, by the first test that needs them.
const brosBinary, simulateBinary = "bros", "simulate"

var binaries = sync.OnceValues(func() (dir string, err error) {
	dir, err = os.MkdirTemp("", "bros-e2e-")
	if err != nil {
		return "", err
	}
	build := exec.Command("go", "build", "-o", dir, "github.com/brosops/bros/cmd/bros", "github.com/brosops/bros/cmd/simulate")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return dir, fmt.Errorf("build the binaries: %w\n%s", err, out)
	}
	built.Store(&dir)
	return dir, nil
})

// built is the folder to be removed in the end.
var built atomic.Pointer[string]

func TestMain(m *testing.M) {
	code := m.Run()
	if dir := built.Load(); dir != nil {
		_ = os.RemoveAll(*dir)
	}
	os.Exit(code)
}

const (
	patience      = 3 * time.Minute // far more than anything here takes on an idle machine
	adminPassword = "a password for tests"
	backoff       = 500 * time.Millisecond // of clients that wait for a restart
)

// output gathers what a process writes and lets a test await a line of it.
type output struct {
	mu    sync.Mutex
	text  bytes.Buffer
	grown chan struct{}
}

func newOutput() *output { return &output{grown: make(chan struct{})} }

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.grown)
	o.grown = make(chan struct{})
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// await blocks until the output matches and answers the submatches; nil when
// the process ended first.
func (o *output) await(pattern string, ended <-chan struct{}) (found []string) {
	re := regexp.MustCompile(pattern)
	o.until(ended, func(text []byte) bool {
		for _, m := range re.FindSubmatch(text) {
			found = append(found, string(m))
		}
		return found != nil
	})
	return found
}

// awaitTimes blocks until the output has a text so many times, and reports
// whether it came to that before the process ended.
func (o *output) awaitTimes(text string, n int, ended <-chan struct{}) bool {
	return o.until(ended, func(all []byte) bool { return bytes.Count(all, []byte(text)) >= n })
}

// until blocks until the output satisfies cond or the process ended.
func (o *output) until(ended <-chan struct{}, cond func(text []byte) bool) bool {
	deadline := time.After(patience)
	for {
		o.mu.Lock()
		ok, grown := cond(o.text.Bytes()), o.grown
		o.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-grown:
		case <-deadline:
			return false
		case <-ended:
			o.mu.Lock()
			defer o.mu.Unlock()
			return cond(o.text.Bytes())
		}
	}
}

// process is a running binary.
type process struct {
	t              *testing.T
	cmd            *exec.Cmd
	stdout, stderr *output
	ended          chan struct{}
	url            string
}

// launch starts a binary (by its name) in the folder dir with nothing in its environment but env.
func launch(t *testing.T, binary, dir string, env []string, args ...string) *process {
	t.Helper()
	return launchWith(t, nil, binary, dir, env, args...)
}

// launchWith gives the process a standard input too (nil: none).
func launchWith(t *testing.T, stdin *os.File, binary, dir string, env []string, args ...string) *process {
	t.Helper()
	bin, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, cmd: exec.Command(filepath.Join(bin, binary), args...), stdout: newOutput(), stderr: newOutput(), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env = dir, append([]string{"HOME=" + dir, "PATH=" + os.Getenv("PATH")}, env...)
	if stdin != nil {
		p.cmd.Stdin = stdin
	}
	p.cmd.Stdout, p.cmd.Stderr = p.stdout, p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // exitCode says how it ended
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("%s said:\n%s%s", binary, tail(p.stdout.String()), tail(p.stderr.String()))
		}
	})
	return p
}

func tail(s string) string {
	if len(s) > 2000 {
		return "…" + s[len(s)-2000:]
	}
	return s
}

// serve starts a server in dir and waits until it listens.
func serveIn(t *testing.T, dir string, env []string, args ...string) *process {
	t.Helper()
	env = append([]string{"BROS_ADMIN_PASSWORD=" + adminPassword}, env...)
	p := launch(t, brosBinary, dir, env, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...)
	found := p.stderr.await(`msg=listening addr=(\S+) url=(\S+)`, p.ended)
	if found == nil {
		t.Fatalf("the server does not listen:\n%s", p.stderr)
	}
	p.url = found[2]
	return p
}

// addr is where it listens.
func (p *process) addr() string {
	_, addr, _ := strings.Cut(p.url, "://")
	return addr
}

func (p *process) signal(sig os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatal(err)
	}
}

// kill ends it as a power cut would, and waits.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}

// exit waits for the end and answers the exit code.
func (p *process) exit() int {
	p.t.Helper()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		p.t.Fatal("the process does not end")
		return -1
	}
}

// stop ends it politely and checks that it drained.
func (p *process) stop() {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	if code := p.exit(); code != 0 {
		p.t.Errorf("exit code %d after SIGTERM", code)
	}
}

// awaitMetric blocks until a figure of /metrics has a value.
func (p *process) awaitMetric(name, value string) {
	p.t.Helper()
	want := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` ` + regexp.QuoteMeta(value) + `$`)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(patience); ; {
		res, err := http.Get(p.url + "/metrics")
		if err != nil {
			p.t.Fatal(err)
		}
		raw, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			p.t.Fatal(err)
		}
		if want.Match(raw) {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			p.t.Fatalf("%s does not become %s", name, value)
		}
	}
}

// caller speaks to a server's public API.
type caller struct {
	t     *testing.T
	url   string
	http  *http.Client
	token string
}

func (p *process) login(login, password string) *caller {
	p.t.Helper()
	c := &caller{t: p.t, url: p.url, http: http.DefaultClient}
	var out struct {
		Token string `json:"token"`
	}
	c.must(http.StatusOK, http.MethodPost, "/login", map[string]string{"login": login, "password": password}, &out)
	c.token = out.Token
	return c
}

func (p *process) admin() *caller {
	p.t.Helper()
	return p.login("admin", adminPassword)
}

// do answers the status; an error is one of the connection.
func (c *caller) do(ctx context.Context, method, path string, in, out any) (int, error) {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return 0, err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.url+"/api/v1"+path, body)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	if out != nil && len(raw) > 0 {
		if err := json.Unmarshal(raw, out); err != nil {
			return res.StatusCode, fmt.Errorf("%w in %s", err, raw)
		}
	}
	return res.StatusCode, nil
}

// must fails the test unless the answer has the status.
func (c *caller) must(status int, method, path string, in, out any) {
	c.t.Helper()
	var raw json.RawMessage
	got, err := c.do(c.t.Context(), method, path, in, &raw)
	if err != nil {
		c.t.Fatal(err)
	}
	if got != status {
		c.t.Fatalf("%s %s: status %d, want %d: %s", method, path, got, status, raw)
	}
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			c.t.Fatal(err)
		}
	}
}

// branch is a center with a shop, made for a test.
type branch struct {
	Center domain.Center
	Shop   domain.Shop
}

func (c *caller) branch() branch {
	c.t.Helper()
	var b branch
	c.must(http.StatusCreated, http.MethodPost, "/centers", map[string]any{
		"code": "songpa", "name": "송파", "location": domain.Location{Lat: 37.51, Lng: 127.11},
		"timezone": "Asia/Seoul", "currency": "KRW", "assignMode": "dispatch",
	}, &b.Center)
	c.must(http.StatusCreated, http.MethodPost, "/shops", map[string]any{
		"centerId": b.Center.ID, "name": "도시락", "phone": "02-000-0001", "address": "올림픽로 1",
		"location": domain.Location{Lat: 37.511, Lng: 127.111}, "prepMinutes": 10,
	}, &b.Shop)
	return b
}

// order is the body of one; name tells orders apart.
func (b branch) order(externalID string) map[string]any {
	return map[string]any{
		"centerId": b.Center.ID, "shopId": b.Shop.ID, "channel": "app", "externalId": externalID,
		"customer": map[string]any{
			"name": "김손님", "phone": "010-9876-5432", "address": "올림픽로 300",
			"location": domain.Location{Lat: 37.512, Lng: 127.112},
		},
		"items":   []map[string]any{{"name": "도시락", "quantity": 1, "price": 7000}},
		"payment": map[string]any{"method": "prepaid", "amount": 7000},
	}
}

// lines are the lines of a text that match.
func lines(text, pattern string) []string {
	var out []string
	re := regexp.MustCompile(pattern)
	for s := bufio.NewScanner(strings.NewReader(text)); s.Scan(); {
		if re.MatchString(s.Text()) {
			out = append(out, s.Text())
		}
	}
	return out
}
