package main

import (
	"bytes"
	"crypto/tls"
	"database/sql"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/brosops/bros/cmd/bros/alert/mailtest"
	"github.com/brosops/bros/realtime/redistest"
)

// examine runs bros doctor and answers its exit code and lines.
func examine(t *testing.T, dir string, env ...string) (int, string) {
	t.Helper()
	p := launch(t, brosBinary, dir, append([]string{"BROS_ADDR=127.0.0.1:0"}, env...), "doctor")
	code := p.exit()
	out := p.stdout.String()
	for _, secret := range []string{"s3cret", "hunter2"} {
		if strings.Contains(out+p.stderr.String(), secret) {
			t.Errorf("a secret is shown:\n%s%s", out, p.stderr)
		}
	}
	return code, out
}

// wantLines checks that there is a line of the level for the check that has the text.
func wantLines(t *testing.T, out string, want ...[3]string) {
	t.Helper()
next:
	for _, w := range want {
		for line := range strings.Lines(out) {
			f := strings.Fields(line)
			if len(f) > 2 && f[0] == w[0] && f[1] == w[1] && strings.Contains(line, w[2]) {
				if w[0] != "ok" && !strings.Contains(line, " → ") {
					t.Errorf("does not say what to do: %s", line)
				}
				continue next
			}
		}
		t.Errorf("no line %q in\n%s", w, out)
	}
}

// Redis, mail, the database and the server itself, all at work.
func TestDoctorFindsNoFault(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	code, out := examine(t, dir)
	wantLines(t, out, [3]string{"ok", "database", "does not exist yet"}, [3]string{"ok", "storage", "can be made"},
		[3]string{"ok", "redis", "the only node"}, [3]string{"warning", "mail", "BROS_SMTP_URL"})
	if found, err := os.ReadDir(dir); err != nil || len(found) > 0 || code != 0 {
		t.Errorf("exit %d, and it left %v behind (%v)", code, found, err)
	}

	redis, box := redistest.Start(t), mailtest.New(t, "127.0.0.1:0")
	env := append(mailEnv(box), "BROS_REDIS_URL="+redis.URL())
	p := serveIn(t, dir, env)
	p.awaitMetric("bros_bus_up", "1")
	code, out = examine(t, dir, append(env, "BROS_ADDR="+p.addr())...)
	if code != 0 {
		t.Errorf("exit %d:\n%s", code, out)
	}
	wantLines(t, out, [3]string{"ok", "settings", "understood"}, [3]string{"ok", "database", "schema"}, [3]string{"ok", "redis", "carries a message"},
		[3]string{"ok", "mail", "takes our mail"}, [3]string{"ok", "clock", "Redis"}, [3]string{"ok", "address", "bros runs there and is ready"})
	p.stop()
	code, out = examine(t, dir, env...)
	wantLines(t, out, [3]string{"ok", "database", "not damaged"})
	if code != 0 {
		t.Errorf("exit %d:\n%s", code, out)
	}
}

// A user of Redis who may do no more than the bus needs is enough; one who may
// not publish isn't.
func TestDoctorAndRedisRights(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	redis.Do("ACL", "SETUSER", "enough", "on", ">s3cret", "&bros:*", "+@connection", "+@pubsub")
	redis.Do("ACL", "SETUSER", "less", "on", ">s3cret", "&bros:*", "+@connection", "+subscribe")
	redis.Do("ACL", "SETUSER", "elsewhere", "on", ">s3cret", "&other:*", "+@connection", "+@pubsub")
	url := func(user string) string { return "BROS_REDIS_URL=redis://" + user + ":s3cret@" + redis.Addr() + "/0" }
	code, out := examine(t, t.TempDir(), url("enough"))
	wantLines(t, out, [3]string{"ok", "redis", "carries"}, [3]string{"ok", "clock", "no other"})
	if code != 0 {
		t.Errorf("exit %d", code)
	}
	for user, what := range map[string]string{"less": "PUBLISH: refuses (NOPERM)", "elsewhere": "SUBSCRIBE: refuses (NOPERM)", "nobody": "PING: refuses (WRONGPASS)"} {
		code, out := examine(t, t.TempDir(), url(user))
		wantLines(t, out, [3]string{"fault", "redis", what})
		if code != 1 {
			t.Errorf("%s: exit %d", user, code)
		}
	}
	redis.Freeze()
	_, out = examine(t, t.TempDir(), url("enough"))
	redis.Thaw()
	wantLines(t, out, [3]string{"fault", "redis", "no answer"})
	redis.Kill()
	_, out = examine(t, t.TempDir(), url("enough"))
	wantLines(t, out, [3]string{"fault", "redis", "no connection"})
}

func TestDoctorAndMail(t *testing.T) {
	t.Parallel()
	cert, key := selfSigned(t)
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	box := mailtest.New(t, "127.0.0.1:0", func(s *smtp.Server) { s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}} })
	mail := func(user, password string) []string {
		return []string{fmt.Sprintf("BROS_SMTP_URL=smtp://%s:%s@127.0.0.1:%d", user, password, box.Addr.Port), "BROS_ALERT_TO=ops@bros.example", "SSL_CERT_FILE=" + cert}
	}
	box.RefuseBy(func() error { t.Error("a mail was sent"); return nil })
	code, out := examine(t, t.TempDir(), mail("bros", "s3cret")...)
	wantLines(t, out, [3]string{"ok", "mail", "takes our mail"})
	if code != 0 {
		t.Errorf("exit %d", code)
	}
	code, out = examine(t, t.TempDir(), mail("bros", "hunter2")...)
	wantLines(t, out, [3]string{"fault", "mail", "does not take our mail"})
	if code != 1 {
		t.Errorf("exit %d", code)
	}
	// A certificate that nobody vouches for, and a server without one.
	_, out = examine(t, t.TempDir(), mail("bros", "s3cret")[:2]...)
	wantLines(t, out, [3]string{"fault", "mail", "certificate"})
	plain := mailtest.New(t, "127.0.0.1:0")
	_, out = examine(t, t.TempDir(), fmt.Sprintf("BROS_SMTP_URL=smtp://bros:s3cret@127.0.0.1:%d", plain.Addr.Port), "BROS_ALERT_TO=ops@bros.example")
	wantLines(t, out, [3]string{"fault", "mail", "STARTTLS"})
}

// damaged is a database with a hole in it.
func damaged(t *testing.T, dir string) {
	t.Helper()
	path := filepath.Join(dir, "data", "bros.db")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(raw) / 2; i < len(raw); i++ {
		raw[i] = 0xA5
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDoctorAndTheDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serveIn(t, dir, nil)
	admin := p.admin()
	admin.must(http.StatusCreated, http.MethodPost, "/orders", admin.branch().order("one"), nil)
	p.stop()
	file := filepath.Join(dir, "data", "bros.db")
	change := func(statement string, args ...any) {
		t.Helper()
		db, err := sql.Open("sqlite", file)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		if _, err := db.Exec(statement, args...); err != nil {
			t.Fatal(err)
		}
	}

	// What was written in the future.
	change("UPDATE log SET at = ?", time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05.000Z"))
	code, out := examine(t, dir)
	wantLines(t, out, [3]string{"fault", "clock", " from now"})
	if code != 1 {
		t.Errorf("exit %d", code)
	}
	// Others may read it.
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	_, out = examine(t, dir)
	wantLines(t, out, [3]string{"warning", "database", "everybody on this machine can read"})
	// An older and a newer schema, and another key for notifications.
	change("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)")
	code, out = examine(t, dir, "BROS_VAPID_PRIVATE_KEY=s3cret")
	wantLines(t, out, [3]string{"warning", "database", "newer than this program's"}, [3]string{"fault", "settings", "BROS_VAPID_PRIVATE_KEY"})
	if code != 1 {
		t.Errorf("exit %d", code)
	}
	change("DELETE FROM goose_db_version WHERE version_id > 4")
	_, out = examine(t, dir)
	wantLines(t, out, [3]string{"warning", "database", "schema 4; the next start brings it to"})

	damaged(t, dir)
	code, out = examine(t, dir)
	wantLines(t, out, [3]string{"fault", "database", "malformed"})
	if code != 1 {
		t.Errorf("exit %d", code)
	}
	if err := os.WriteFile(file, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	_, out = examine(t, dir)
	wantLines(t, out, [3]string{"fault", "database", "not a database"})
	// A server that is not there.
	code, out = examine(t, dir, "BROS_DATABASE_URL=sqlserver://bros:s3cret@127.0.0.1:1?database=bros")
	wantLines(t, out, [3]string{"fault", "database", "sqlserver://127.0.0.1:1/bros can't be used"}, [3]string{"fault", "database", "does a firewall let this machine through"})
	if code != 1 {
		t.Errorf("exit %d", code)
	}
}

func TestDoctorAndSettings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	secret := filepath.Join(dir, "password")
	if err := os.WriteFile(secret, []byte("hunter2-2026\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	cert, key := selfSigned(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	blocked := filepath.Join(dir, "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	code, out := examine(t, dir, "BROS_REDIS_ULR=redis://:s3cret@h:1/0", "BROS_LIST_WINDOW=soon", "BROS_ADMIN_PASSWORD_FILE="+secret,
		"BROS_TLS_CERT="+cert, "BROS_TLS_KEY="+key, "BROS_PUBLIC_URL=http://other.example", "BROS_TRUSTED_PROXIES=0.0.0.0/0",
		"BROS_PEER_URLS=https://two.example", "BROS_ADDR="+ln.Addr().String(), "BROS_DATA_DIR="+filepath.Join(blocked, "data"))
	if code != 1 {
		t.Errorf("exit %d", code)
	}
	wantLines(t, out, [3]string{"fault", "settings", "BROS_LIST_WINDOW"}, [3]string{"warning", "settings", "is BROS_REDIS_URL meant?"},
		[3]string{"warning", "settings", "begins with http:"}, [3]string{"warning", "settings", "BROS_TRUSTED_PROXIES is everybody"},
		[3]string{"warning", "settings", "BROS_PEER_URLS"}, [3]string{"warning", "secrets", "everybody on this machine can read " + secret},
		[3]string{"warning", "secrets", "is weak"}, [3]string{"warning", "tls", "ends in 0 days"}, [3]string{"warning", "tls", "not for other.example"},
		[3]string{"fault", "storage", "can't be written"}, [3]string{"fault", "address", "taken, and not by bros"})
	if !strings.Contains(out, "3 faults") && !strings.Contains(out, "4 faults") {
		t.Errorf("no sum:\n%s", out)
	}
}

func TestClocksThatDisagree(t *testing.T) {
	for ahead, want := range map[time.Duration]string{
		0: "ok", 900 * time.Millisecond: "ok", 1050 * time.Millisecond: "ok", // the question took 100 ms
		-2 * time.Second: "warning", 20 * time.Second: "warning", -31 * time.Second: "fault", time.Hour: "fault",
	} {
		var out bytes.Buffer
		d := &doctor{out: &out, count: map[level]int{}, offsets: []clockOffset{{"Redis", ahead, 100 * time.Millisecond}}}
		d.checkClock()
		wantLines(t, out.String(), [3]string{want, "clock", "Redis"})
	}
}

func TestWeakPasswords(t *testing.T) {
	for _, weak := range []string{"password123", "Admin-2026!", "aaaaaaaaaaaaaaaa", "abababababababab", "short-one"} {
		if weakness(weak) == "" {
			t.Errorf("%q passes", weak)
		}
	}
	for _, strong := range []string{"", "correct horse battery staple", "K7#mPq2$vNx9", "the administrator of our brotherhood"} {
		if why := weakness(strong); why != "" {
			t.Errorf("%q %s", strong, why)
		}
	}
}

func TestNearestSetting(t *testing.T) {
	for name, want := range map[string]string{
		"BROS_REDIS_ULR": "BROS_REDIS_URL", "BROS_ADRR": "BROS_ADDR", "BROS_SMTP_URL_FIL": "BROS_SMTP_URL_FILE", "BROS_WEATHER_REPORT": "",
	} {
		if got := nearestSetting(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
