package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/brosops/bros/domain"
)

// The test binary started with these is a process of its own that writes riders
// named after childName into center c, and prints each that was acknowledged.
const (
	childURL   = "BROS_TEST_CHILD_URL"
	childName  = "BROS_TEST_CHILD_NAME"
	childCount = "BROS_TEST_CHILD_COUNT"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(childURL); url != "" {
		if err := child(url, os.Getenv(childName), os.Getenv(childCount)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// child writes by 8 callers until count (empty: until it is killed).
func child(url, name, count string) error {
	ctx := context.Background()
	db, err := Open(ctx, Options{URL: url, Migrate: true})
	if err != nil {
		return err
	}
	n := 1 << 30
	if count != "" {
		if _, err := fmt.Sscan(count, &n); err != nil {
			return err
		}
	}
	failed := make(chan error, 8)
	each(8, func(w int) {
		for i := range n / 8 {
			id := fmt.Sprintf("%sw%di%d", name, w, i)
			err := db.Write(ctx, func(tx domain.Tx) error {
				return tx.Append(ctx, agent, "c", noon, &domain.Change{Event: domain.EventRiderChanged, Record: sampleRider(id, "c")})
			})
			if err != nil {
				failed <- err
				return
			}
			fmt.Println(id) // one write to the pipe, so never half a line between others
		}
	})
	select {
	case err := <-failed:
		return err
	default:
		return db.Close()
	}
}

// startChild runs the test binary as a child; its lines come through the scanner.
func startChild(t *testing.T, url, name, count string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	exe, err := os.Executable()
	must(t, err)
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), childURL+"="+url, childName+"="+name, childCount+"="+count)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	return cmd, bufio.NewScanner(out)
}

// Killed in the middle of its writes again and again, a process loses nothing
// that it has acknowledged, and leaves no hole.
func TestKillLosesNothing(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		url := newURL(t)
		db, err := Open(t.Context(), Options{URL: url, Migrate: true})
		must(t, err)
		addCenter(t, db, "c", 0, 0)
		must(t, db.Close())
		acknowledged := map[string]bool{}
		for round := range 3 {
			cmd, lines := startChild(t, url, nth("k", round), "")
			for n := 0; lines.Scan(); n++ {
				acknowledged[lines.Text()] = true
				if n == 100*(round+1) {
					must(t, cmd.Process.Kill())
				}
			}
			if err := cmd.Wait(); err == nil {
				t.Fatal("the child was not killed")
			}
			db, err := Open(t.Context(), Options{URL: url})
			must(t, err)
			there := map[string]bool{}
			for _, e := range checkLog(t, db, "c") {
				there[e.Key] = true
			}
			for id := range acknowledged {
				if !there[id] {
					t.Errorf("%s was acknowledged and is lost", id)
				}
			}
			must(t, db.Close())
		}
	})
}

// Two processes on one database get their turns, and number as one.
func TestTwoProcesses(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		url := newURL(t)
		const n = 400
		cmds := make([]*exec.Cmd, 2)
		db := open(t, url)
		addCenter(t, db, "c", 0, 0)
		done := make(chan string, 2)
		for i, name := range []string{"one", "two"} {
			var lines *bufio.Scanner
			cmds[i], lines = startChild(t, url, name, fmt.Sprint(n))
			go func() {
				for lines.Scan() {
				}
				done <- name
			}()
		}
		<-done
		<-done
		for _, cmd := range cmds {
			must(t, cmd.Wait())
		}
		log := checkLog(t, db, "c")
		equal(t, "numbers", len(log), 2*n)
		turns := 0
		for i, e := range log[1:] {
			if e.Key[:3] != log[i].Key[:3] {
				turns++
			}
		}
		t.Logf("the two took %d turns", turns)
	})
}

// Nodes that start together on a fresh database bring it up once, and agree on its epoch.
func TestStartTogether(t *testing.T) {
	onEach(t, func(t *testing.T, newURL fresh) {
		url := newURL(t)
		epochs := make([]string, 6)
		each(len(epochs), func(i int) {
			db, err := Open(context.Background(), Options{URL: url, Migrate: true})
			if err != nil {
				t.Error(err)
				return
			}
			if epochs[i], err = db.Epoch(context.Background()); err != nil {
				t.Error(err)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		if strings.Join(epochs, ",") != strings.TrimSuffix(strings.Repeat(epochs[0]+",", len(epochs)), ",") || epochs[0] == "" {
			t.Fatalf("epochs differ: %v", epochs)
		}
	})
}
