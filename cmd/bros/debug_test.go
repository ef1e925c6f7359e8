package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// Profiles are served where they were asked for, and nowhere else.
func TestProfiles(t *testing.T) {
	t.Parallel()
	p := serveIn(t, t.TempDir(), []string{"BROS_DEBUG_ADDR=127.0.0.1:0"})
	found := p.stderr.await(`msg="serving profiles" url=(\S+)`, p.ended)
	if found == nil {
		t.Fatalf("no address in\n%s", p.stderr)
	}
	get := func(url, host string) (int, string) {
		req, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		raw, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(raw)
	}
	if status, body := get(found[1]+"goroutine?debug=1", ""); status != 200 || !strings.Contains(body, "goroutine profile:") {
		t.Errorf("status %d: %.200s", status, body)
	}
	if status, body := get(found[1]+"heap", ""); status != 200 || !strings.HasPrefix(body, "\x1f\x8b") {
		t.Errorf("the heap: status %d", status)
	}
	if status, _ := get(found[1]+"cmdline", ""); status != 404 {
		t.Errorf("the command line: status %d", status)
	}
	if status, _ := get(found[1], "evil.example"); status != 403 {
		t.Errorf("by a name: status %d", status)
	}
	if status, body := get(p.url+"/debug/pprof/goroutine?debug=1", ""); strings.Contains(body, "goroutine profile:") {
		t.Errorf("the public address serves profiles: status %d", status)
	}
	p.stop()
}

func TestProfilesAreForThisMachine(t *testing.T) {
	for addr, ok := range map[string]bool{
		"127.0.0.1:6060": true, "localhost:6060": true, "[::1]:6060": true, "": true,
		":6060": false, "0.0.0.0:6060": false, "10.0.0.1:6060": false, "bros.example:6060": false, "127.0.0.1": false,
	} {
		_, err := parse(t, map[string]string{"BROS_DEBUG_ADDR": addr}, nil)
		if (err == nil) != ok {
			t.Errorf("%q: %v", addr, err)
		}
		if err != nil && !strings.Contains(err.Error(), "BROS_DEBUG_ADDR") {
			t.Errorf("%q: %v does not name it", addr, err)
		}
	}
	cfg, err := parse(t, map[string]string{"BROS_DEBUG_ADDR": "0.0.0.0:6060", "BROS_DEBUG_REMOTE": "yes"}, nil)
	if err != nil || cfg.DebugAddr != "0.0.0.0:6060" {
		t.Errorf("%q %v", cfg.DebugAddr, err)
	}
	if _, err := parse(t, map[string]string{"BROS_DEBUG_REMOTE": "maybe"}, nil); err == nil {
		t.Error("maybe passes")
	}
}
