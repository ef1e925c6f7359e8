package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func TestServeNeedsNoFileAndNoOtherProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serveIn(t, dir, nil)
	for path, want := range map[string]int{"/livez": 200, "/readyz": 200, "/metrics": 200, "/api/v1/me": 401} {
		res, err := http.Get(p.url + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: status %d, want %d", path, res.StatusCode, want)
		}
	}
	p.admin().must(http.StatusOK, http.MethodGet, "/me", nil, nil)
	p.stop()
	if _, err := os.Stat(filepath.Join(dir, "data", "bros.db")); err != nil {
		t.Error(err)
	}
}

func TestRandomAdminPasswordIsPrintedOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serveIn(t, dir, []string{"BROS_ADMIN_PASSWORD="})
	found := p.stdout.await(`admin  with the password  (\S+)`, p.ended)
	if found == nil {
		t.Fatalf("no password in:\n%s", p.stdout)
	}
	p.login("admin", found[1])
	p.stop()
	if strings.Contains(p.stderr.String(), found[1]) {
		t.Error("the password is in the log")
	}

	again := serveIn(t, dir, []string{"BROS_ADMIN_PASSWORD="})
	again.login("admin", found[1])
	again.stop()
	if out := again.stdout.String(); out != "" {
		t.Errorf("the second start printed:\n%s", out)
	}
}

func TestAdminPasswordIsForAnEmptyDatabaseOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serveIn(t, dir, nil)
	p.stop()
	p = serveIn(t, dir, []string{"BROS_ADMIN_PASSWORD=another password"})
	p.admin()
	p.stop()
}

func TestWrongSettingsExit2AndAreAllNamed(t *testing.T) {
	t.Parallel()
	p := launch(t, brosBinary, t.TempDir(), []string{
		"BROS_ADDR=nowhere", "BROS_LIST_WINDOW=soon", "BROS_PUBLIC_URL=bros", "BROS_ADMIN_PASSWORD_FILE=/nowhere",
		"BROS_DATABASE_URL=sqlserver://sa:s3cret@db:1433", "BROS_REDIS_URL=http://:s3cret@localhost:6379/0",
	}, "serve", "--trusted-proxies", "everyone")
	if code := p.exit(); code != 2 {
		t.Errorf("exit code %d, want 2", code)
	}
	said := p.stderr.String()
	for _, name := range []string{"BROS_ADDR", "BROS_LIST_WINDOW", "BROS_PUBLIC_URL", "BROS_ADMIN_PASSWORD_FILE",
		"BROS_DATABASE_URL", "BROS_REDIS_URL", "BROS_TRUSTED_PROXIES"} {
		if !strings.Contains(said, name) {
			t.Errorf("%s is not named in:\n%s", name, said)
		}
	}
	if strings.Contains(said, "s3cret") {
		t.Errorf("a secret is shown:\n%s", said)
	}
}

func TestATakenAddressIsAnErrorAndNoWrongSetting(t *testing.T) {
	t.Parallel()
	p := serveIn(t, t.TempDir(), nil)
	other := launch(t, brosBinary, t.TempDir(), nil, "serve", "--addr", p.addr())
	if code := other.exit(); code != 1 {
		t.Errorf("exit code %d, want 1:\n%s", code, other.stderr)
	}
}

// TestSigtermDrains: sockets get 1012, a long poll under way is answered, and
// the process ends with 0 within the 10 s of the contract.
func TestSigtermDrains(t *testing.T) {
	t.Parallel()
	p := serveIn(t, t.TempDir(), nil)
	admin := p.admin()
	b := admin.branch()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	ws, _, err := websocket.Dial(ctx, p.url+"/api/v1/realtime", &websocket.DialOptions{
		Subprotocols: []string{"bros.v1"}, HTTPHeader: http.Header{"Authorization": {"Bearer " + admin.token}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.CloseNow()
	if _, _, err := ws.Read(ctx); err != nil { // the greeting
		t.Fatal(err)
	}
	address := "delivery/" + b.Center.ID
	var first struct {
		Replies []struct {
			Epoch string `json:"epoch"`
			Seq   int64  `json:"seq"`
		} `json:"replies"`
	}
	admin.must(http.StatusOK, http.MethodPost, "/changes", map[string]any{"addresses": []any{map[string]any{"address": address}}}, &first)
	polled := make(chan int, 1)
	go func() {
		status, err := admin.do(ctx, http.MethodPost, "/changes", map[string]any{"wait": 25, "addresses": []any{
			map[string]any{"address": address, "since": map[string]any{"epoch": first.Replies[0].Epoch, "seq": first.Replies[0].Seq}},
		}}, nil)
		if err != nil {
			t.Errorf("the poll was cut off: %v", err)
		}
		polled <- status
	}()
	p.awaitMetric("bros_realtime_polls_waiting", "1")

	// An order whose body is under way when the signal comes.
	body := &slowBody{asked: make(chan struct{}), more: make(chan struct{})}
	posted := make(chan int, 1)
	go func() {
		raw, err := json.Marshal(b.order("slow"))
		if err != nil {
			t.Error(err)
		}
		body.rest = bytes.NewReader(raw)
		posted <- post(ctx, t, admin, body)
	}()
	<-body.asked // only a handler that reads the body makes the client send it

	began := time.Now()
	p.signal(syscall.SIGTERM)
	for err == nil {
		_, _, err = ws.Read(ctx)
	}
	var closed websocket.CloseError
	if !errors.As(err, &closed) || closed.Code != 1012 {
		t.Errorf("the socket ended with %v, want close code 1012", err)
	}
	var reason struct {
		RetryAfterMs *int `json:"retryAfterMs"`
	}
	if err := json.Unmarshal([]byte(closed.Reason), &reason); err != nil || reason.RetryAfterMs == nil {
		t.Errorf("the reason %q does not say when to come back (%v)", closed.Reason, err)
	}
	close(body.more)
	if status := <-posted; status != http.StatusCreated {
		t.Errorf("the order under way was answered %d", status)
	}
	if status := <-polled; status != http.StatusOK {
		t.Errorf("the poll under way was answered %d", status)
	}
	if code := p.exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the drain took %s", took)
	}
	if hits := lines(p.stderr.String(), "cut"); len(hits) > 0 {
		t.Errorf("the log says %q", hits)
	}
}

// slowBody says when it is first read, and goes on when it is told to.
type slowBody struct {
	asked, more chan struct{}
	once        sync.Once
	rest        io.Reader
}

func (b *slowBody) Read(p []byte) (int, error) {
	b.once.Do(func() { close(b.asked); <-b.more })
	return b.rest.Read(p)
}

// post sends an order whose body the server has to ask for.
func post(ctx context.Context, t *testing.T, c *caller, body io.Reader) int {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/api/v1/orders", body)
	if err != nil {
		t.Error(err)
		return 0
	}
	req.Header = http.Header{"Authorization": {"Bearer " + c.token}, "Content-Type": {"application/json"}, "Expect": {"100-continue"}}
	res, err := (&http.Transport{ExpectContinueTimeout: patience}).RoundTrip(req)
	if err != nil {
		t.Errorf("the order was cut off: %v", err)
		return 0
	}
	res.Body.Close()
	return res.StatusCode
}

func TestTLS(t *testing.T) {
	t.Parallel()
	cert, key := selfSigned(t)
	p := serveIn(t, t.TempDir(), []string{"BROS_TLS_CERT=" + cert, "BROS_TLS_KEY=" + key}, "--demo")
	chain, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(chain)
	trusting := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "bros.example"}}}
	res, err := trusting.Post(p.url+"/api/v1/login", "application/json", strings.NewReader(`{"login":"admin","password":"`+adminPassword+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if cookies := res.Cookies(); len(cookies) != 1 || !cookies[0].Secure || !cookies[0].HttpOnly {
		t.Errorf("cookies %v", cookies)
	}
	// The demonstration speaks to it without knowing the name in the certificate.
	if p.stderr.await(`sample traffic is running`, p.ended) == nil {
		t.Errorf("no sample traffic:\n%s", p.stderr)
	}
	p.stop()
}

// selfSigned makes a certificate for bros.example and 127.0.0.1, and its key.
func selfSigned(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"bros.example"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("cert.pem", "CERTIFICATE", cert), write("key.pem", "PRIVATE KEY", private)
}
