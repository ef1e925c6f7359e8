package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime/client"
)

// TestKillLosesNothingAcknowledged kills the server in the middle of concurrent
// writes, twice. Whatever was answered with 2xx is there afterwards, the log has
// no hole, and a client that was watching resumes where it was and ends equal
// to the database.
func TestKillLosesNothingAcknowledged(t *testing.T) {
	t.Parallel()
	const writers, kills, perLife = 8, 2, 60
	dir := t.TempDir()
	p := serveIn(t, dir, nil)
	admin := p.admin()
	b := admin.branch()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()

	address := "order/" + b.Center.ID
	replies := make(chan client.Reply, 64)
	live := client.New(client.Options{
		URL:        p.url,
		Token:      func(context.Context, string) (string, error) { return admin.token, nil },
		OnReply:    func(r client.Reply) { replies <- r },
		BackoffMax: backoff,
	})
	live.Subscribe(address)
	var watching sync.WaitGroup
	defer watching.Wait()
	watchCtx, stopWatching := context.WithCancel(ctx)
	defer stopWatching()
	watching.Go(func() { _ = live.Run(watchCtx) })
	if first := <-replies; first.Mode != "snapshot" {
		t.Fatalf("the first reply is a %s", first.Mode)
	}

	acknowledged := map[string]domain.Order{}
	for life := range kills {
		addr := p.addr()
		posts := make(chan domain.Order)
		var posting sync.WaitGroup
		lifeCtx, died := context.WithCancel(ctx)
		for w := range writers {
			posting.Go(func() {
				for n := 0; lifeCtx.Err() == nil; n++ {
					var out domain.OrderResult
					status, err := admin.do(lifeCtx, http.MethodPost, "/orders", b.order(fmt.Sprintf("%d-%d-%d", life, w, n)), &out)
					if err == nil && status == http.StatusCreated {
						posts <- *out.Order
					}
				}
			})
		}
		go func() { posting.Wait(); close(posts) }()
		n := 0
		for o := range posts {
			acknowledged[o.ID] = o
			if n++; n == perLife {
				p.kill() // while the other writers are in the middle of theirs
				died()
			}
		}
		died()
		p = serveIn(t, dir, nil, "--addr", addr)
		reply := <-replies
		if reply.Mode != "resume" {
			t.Errorf("after kill %d the client got a %s, want resume", life+1, reply.Mode)
		}
	}

	orders := all[domain.Order](admin, "/orders?centerId="+b.Center.ID)
	stored := map[string]domain.Order{}
	seen := map[int64]bool{}
	for _, o := range orders {
		stored[o.ID] = o
		seen[o.Version] = true
	}
	for id, o := range acknowledged {
		if stored[id].Version != o.Version {
			t.Errorf("order %s was answered with version %d and is stored with %d", id, o.Version, stored[id].Version)
		}
	}
	for seq := int64(1); seq <= int64(len(orders)); seq++ {
		if !seen[seq] {
			t.Errorf("number %d of %d is missing in the log", seq, len(orders))
		}
	}
	if err := live.WaitSeq(ctx, address, "", int64(len(orders))); err != nil {
		t.Fatal(err)
	}
	compare(t, live.Room(address).Records, orders)
}

// compare checks that a model of a room is equal to what REST lists.
func compare(t *testing.T, model map[string]json.RawMessage, orders []domain.Order) {
	t.Helper()
	want := map[string]json.RawMessage{}
	for _, o := range orders {
		raw, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		want[o.ID] = raw
	}
	for _, d := range client.Compare(model, want) {
		t.Errorf("%s is %s: live %s, stored %s", d.Key, d.Kind(), d.Model, d.Want)
	}
}

// all reads every page of a list.
func all[T any](c *caller, path string) []T {
	c.t.Helper()
	var out []T
	for cursor := ""; ; {
		var page struct {
			Items      []T    `json:"items"`
			NextCursor string `json:"nextCursor"`
		}
		c.must(http.StatusOK, http.MethodGet, path+"&limit=500&cursor="+cursor, nil, &page)
		out = append(out, page.Items...)
		if cursor = page.NextCursor; cursor == "" {
			return out
		}
	}
}

// TestLogsHoldNoSecrets: whatever goes wrong, no phone number, token, password
// or query string gets into the log.
func TestLogsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	p := serveIn(t, t.TempDir(), []string{"BROS_LOG_LEVEL=debug"})
	admin := p.admin()
	b := admin.branch()
	admin.must(http.StatusCreated, http.MethodPost, "/orders", b.order("1"), nil)
	admin.must(http.StatusOK, http.MethodPost, "/customers/search", map[string]string{"phone": "010-9876-5432"}, nil)
	admin.must(http.StatusOK, http.MethodGet, "/orders?q=01098765432", nil, nil)
	admin.must(http.StatusUnprocessableEntity, http.MethodPost, "/orders", map[string]any{
		"shopId": b.Shop.ID, "channel": "phone", "customer": map[string]any{"name": "x", "phone": "010-9876-5432"},
	}, nil)
	var ticket struct {
		Ticket string `json:"ticket"`
	}
	admin.must(http.StatusCreated, http.MethodPost, "/realtime/ticket", nil, &ticket)
	for _, url := range []string{
		"/api/v1/realtime?ticket=" + ticket.Ticket, "/api/v1/realtime?ticket=0109876-5432-wrong",
		"/api/v1/deliveries/01098765432", "/nowhere/01098765432?token=" + admin.token,
	} {
		res, err := http.Get(p.url + url)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
	wrong := &caller{t: t, url: p.url, http: http.DefaultClient}
	wrong.must(http.StatusUnauthorized, http.MethodPost, "/login", map[string]string{"login": "admin", "password": "a secret mistake"}, nil)
	wrong.token = "not-a-token-at-all"
	wrong.must(http.StatusUnauthorized, http.MethodGet, "/me", nil, nil)
	p.stop()

	log := p.stderr.String() + p.stdout.String()
	if len(lines(log, `route=`)) < 10 {
		t.Errorf("the log has no line for each request:\n%s", tail(log))
	}
	for _, secret := range []string{"9876", admin.token, ticket.Ticket, adminPassword, "a secret mistake", "not-a-token", "ticket="} {
		if hits := lines(log, secret); len(hits) > 0 {
			t.Errorf("%q is in the log: %s", secret, hits[0])
		}
	}
}

// TestCommands works on a database as an operator does, with a server running on it.
func TestCommands(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serveIn(t, dir, nil)
	b := p.admin().branch()
	bros := func(code int, stdin string, args ...string) string {
		t.Helper()
		in := filepath.Join(t.TempDir(), "stdin")
		if err := os.WriteFile(in, []byte(stdin), 0o600); err != nil {
			t.Fatal(err)
		}
		out, got := runCommand(t, dir, in, args...)
		if got != code {
			t.Fatalf("bros %s: exit code %d, want %d:\n%s", strings.Join(args, " "), got, code, out)
		}
		return out
	}
	bros(0, "a long enough password\n", "user", "add", "park", "--name", "박관제", "--role", "dispatcher", "--center", "songpa")
	park := p.login("park", "a long enough password")
	var me domain.User
	park.must(http.StatusOK, http.MethodGet, "/me", nil, &me)
	if me.Role != domain.RoleDispatcher || len(me.CenterIDs) != 1 || me.CenterIDs[0] != b.Center.ID {
		t.Errorf("got %+v", me)
	}
	bros(1, "a long enough password\n", "user", "add", "park", "--center", "songpa") // taken
	bros(2, "", "user", "add", "kim", "--center", "nowhere")
	bros(1, "short\n", "user", "password", "park")
	bros(1, "a long enough password\n", "user", "password", "nobody")

	out := bros(0, "", "user", "password", "PARK")
	_, password, ok := strings.Cut(out, "password: ")
	if !ok {
		t.Fatalf("no random password in %q", out)
	}
	p.login("park", strings.TrimSpace(password))

	list := bros(0, "", "user", "list")
	if len(lines(list, `^park +박관제 +dispatcher`)) != 1 || len(lines(list, `^admin `)) != 1 {
		t.Errorf("got:\n%s", list)
	}
	if out := bros(0, "", "migrate", "status"); strings.Contains(strings.ToLower(out), "pending") {
		t.Errorf("a served database has pending migrations:\n%s", out)
	}
	first, second := bros(0, "", "db", "new-epoch"), bros(0, "", "db", "new-epoch")
	if !strings.HasPrefix(first, "epoch ") || first == second {
		t.Errorf("got %q, then %q", first, second)
	}
	p.stop()
	bros(0, "", "migrate", "down")
	bros(0, "", "migrate", "up")
}

// runCommand runs one command of bros to its end.
func runCommand(t *testing.T, dir, stdin string, args ...string) (output string, code int) {
	t.Helper()
	in, err := os.Open(stdin)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	p := launchWith(t, in, brosBinary, dir, nil, args...)
	code = p.exit()
	return p.stdout.String() + p.stderr.String(), code
}
