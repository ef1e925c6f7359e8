package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// bros is the binary under test, built once.
var bros string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "bros-chaos-test-")
	if err == nil {
		bros = filepath.Join(dir, "bros")
		build := exec.Command("go", "build", "-o", bros, "github.com/brosops/bros/cmd/bros")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		build.Stdout, build.Stderr = os.Stderr, os.Stderr
		err = build.Run()
	}
	code := 1
	if err == nil {
		code = m.Run()
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func play(t *testing.T, s settings) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	s.bros, s.dir, s.verbose = bros, t.TempDir(), true
	var out bytes.Buffer
	ok, err := run(ctx, s, &out)
	t.Logf("%s", out.Bytes())
	if err != nil || !ok {
		t.Errorf("not all is well: %v", err)
	}
}

// redisServer joins the nodes.
const redisServer = "redis-server"

// A short piece of make chaos: nodes and Redis are killed, stopped and drained at random.
func TestChaos(t *testing.T) {
	play(t, settings{redis: redisServer, time: 20 * time.Second, nodes: 3, centers: 2, riders: 3, clients: 24, rate: 30})
}

// The same where the nodes have nothing but the file in common.
func TestChaosOnTheFileAlone(t *testing.T) {
	play(t, settings{time: 12 * time.Second, nodes: 2, centers: 2, riders: 3, clients: 12, rate: 30})
}

// A rolling restart of two nodes is seen by nobody.
func TestRollingRestart(t *testing.T) {
	play(t, settings{redis: redisServer, rolling: true, time: 10 * time.Second, nodes: 2, centers: 2, riders: 3, clients: 100, rate: 30})
}
