package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func TestServeNeedsNoFileAndNoOtherProcess(t *testing.T) {
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
	dir := t.TempDir()
	p := serveIn(t, dir, nil)
	p.stop()
	p = serveIn(t, dir, []string{"BROS_ADMIN_PASSWORD=another password"})
	p.admin()
	p.stop()
}

func TestWrongSettingsExit2AndAreAllNamed(t *testing.T) {
	p := launch(t, brosBinary, t.TempDir(), []string{
		"BROS_ADDR=nowhere", "BROS_LIST_WINDOW=soon", "BROS_PUBLIC_URL=bros", "BROS_ADMIN_PASSWORD_FILE=/nowhere",
		"BROS_DATABASE_URL=sqlserver://sa:s3cret@db:1433?database=bros", "BROS_REDIS_URL=redis://localhost:6379/0",
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
	p := serveIn(t, t.TempDir(), nil)
	other := launch(t, brosBinary, t.TempDir(), nil, "serve", "--addr", p.addr())
	if code := other.exit(); code != 1 {
		t.Errorf("exit code %d, want 1:\n%s", code, other.stderr)
	}
}

// TestSigtermDrains: sockets get 1012, a long poll under way is answered, and
// the process ends with 0 within the 10 s of the contract.
func TestSigtermDrains(t *testing.T) {
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

	began := time.Now()
	p.signal(syscall.SIGTERM)
	for {
		if _, _, err = ws.Read(ctx); err != nil {
			break
		}
	}
	if websocket.CloseStatus(err) != 1012 {
		t.Errorf("the socket ended with %v, want close code 1012", err)
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
}
