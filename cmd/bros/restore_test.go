package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime/client"
)

// TestBackupAndRestore does what docs/operations.md says: a backup of a server
// that is at work, more work, the loss of the database, the restore. A client
// that saw what is lost begins anew and ends equal to what there is.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	for _, told := range []bool{true, false} {
		t.Run(fmt.Sprintf("new-epoch %v", told), func(t *testing.T) {
			t.Parallel()
			restore(t, told)
		})
	}
}

// restore: told is whether the operator says new-epoch. One who forgets it is
// saved from the worst: a client that is ahead of the log gets a snapshot.
func restore(t *testing.T, told bool) {
	dir := t.TempDir()
	p := serveIn(t, dir, nil)
	admin := p.admin()
	b := admin.branch()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	address := "order/" + b.Center.ID
	replies := make(chan client.Reply, 64)
	live := client.New(client.Options{
		URL: p.url, Token: func(context.Context, string) (string, error) { return admin.token, nil },
		OnReply: func(r client.Reply) { replies <- r }, BackoffMax: backoff,
	})
	live.Subscribe(address)
	watchCtx, stopWatching := context.WithCancel(ctx)
	var watching sync.WaitGroup
	defer watching.Wait()
	defer stopWatching()
	watching.Go(func() { _ = live.Run(watchCtx) })
	first := <-replies

	post := func(from, to int) {
		t.Helper()
		for n := from; n < to; n++ {
			admin.must(http.StatusCreated, http.MethodPost, "/orders", b.order(fmt.Sprint(n)), nil)
		}
	}
	run := func(code int, args ...string) {
		t.Helper()
		if out, got := runCommand(t, dir, os.DevNull, args...); got != code {
			t.Fatalf("bros %v: exit code %d, want %d:\n%s", args, got, code, out)
		}
	}
	post(0, 10)
	// Writes go on beside the backup; which of them are in it is known by looking.
	var beside sync.WaitGroup
	beside.Go(func() {
		for n := 10; n < 20; n++ {
			status, err := admin.do(ctx, http.MethodPost, "/orders", b.order(fmt.Sprint(n)), nil)
			if err != nil || status != http.StatusCreated {
				t.Errorf("order %d: %d, %v", n, status, err)
			}
		}
	})
	backup := filepath.Join(dir, "backup.db")
	run(0, "db", "backup", backup)
	run(1, "db", "backup", backup) // never over another
	if info, err := os.Stat(backup); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup: %v, %v", info, err)
	}
	beside.Wait()
	post(20, 30)
	if err := live.WaitSeq(ctx, address, "", 30); err != nil {
		t.Fatal(err)
	}

	p.kill()
	file := filepath.Join(dir, "data", "bros.db")
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(file + end); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if told {
		run(0, "db", "new-epoch")
	}
	p = serveIn(t, dir, nil, "--addr", p.addr())
	again := <-replies
	if again.Mode != "snapshot" || told == (again.Epoch == first.Epoch) {
		t.Errorf("after the restore the client got a %s of epoch %s; before it was %s", again.Mode, again.Epoch, first.Epoch)
	}
	orders := all[domain.Order](admin, "/orders?centerId="+b.Center.ID)
	if len(orders) < 10 || len(orders) > 20 {
		t.Errorf("%d orders came back", len(orders))
	}
	// What is lost is entered again, and is new.
	post(20, 25)
	if err := live.WaitSeq(ctx, address, again.Epoch, again.Seq+5); err != nil {
		t.Fatal(err)
	}
	compare(t, live.Room(address).Records, all[domain.Order](admin, "/orders?centerId="+b.Center.ID))
	if n := len(live.Room(address).Records); n != len(orders)+5 {
		t.Errorf("the client shows %d orders, want %d", n, len(orders)+5)
	}
	var page struct{ Items []json.RawMessage }
	admin.must(http.StatusOK, http.MethodGet, "/orders?limit=1", nil, &page)
	p.stop()
}
