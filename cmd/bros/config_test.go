package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/brosops/bros/api/retention"
)

// vars is an environment out of a map, with files out of another.
func vars(values, files map[string]string) *environment {
	return &environment{
		lookup: func(name string) (string, bool) { v, ok := values[name]; return v, ok },
		readFile: func(path string) ([]byte, error) {
			if text, ok := files[path]; ok {
				return []byte(text), nil
			}
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		},
	}
}

// parse reads settings as the serve command would.
func parse(t *testing.T, values, files map[string]string, flags ...string) (Config, error) {
	t.Helper()
	env := vars(values, files)
	cmd, _, err := parseArgs(append([]string{"version"}, flags...), env, &bytes.Buffer{}, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	return cmd.Config(env.problems)
}

func TestSettingsDefaults(t *testing.T) {
	cfg, err := parse(t, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Addr != "127.0.0.1:8080" || cfg.DatabaseURL != "sqlite:data/bros.db" || cfg.Window != 24*time.Hour || cfg.DataDir != "data" ||
		cfg.Keep != (retention.Keep{Log: 168 * time.Hour, Positions: 720 * time.Hour, Chat: 8760 * time.Hour, Photos: 8760 * time.Hour}) {
		t.Errorf("got %+v", cfg)
	}
	other, err := parse(t, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.NodeID == other.NodeID || !nodeName.MatchString(cfg.NodeID) {
		t.Errorf("node ids %q and %q: want two names", cfg.NodeID, other.NodeID)
	}
	if demo := cfg.WithDemo(); demo.DatabaseURL != "sqlite:data/demo.db" {
		t.Errorf("demo database %q", demo.DatabaseURL)
	}
}

func TestFlagBeatsVariableBeatsDefault(t *testing.T) {
	values := map[string]string{"BROS_ADDR": "127.0.0.1:1", "BROS_LIST_WINDOW": "2h", "BROS_NODE_ID": ""}
	cfg, err := parse(t, values, nil, "--addr", "127.0.0.1:2", "--public-url=https://bros.example/")
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Addr != "127.0.0.1:2" {
		t.Errorf("addr %q, want the flag's", cfg.Addr)
	}
	if cfg.Window != 2*time.Hour {
		t.Errorf("window %v, want the variable's", cfg.Window)
	}
	if cfg.PublicURL != "https://bros.example" {
		t.Errorf("public URL %q", cfg.PublicURL)
	}
}

func TestEverySettingCanComeFromAFile(t *testing.T) {
	files := map[string]string{"/run/secrets/password": "correct horse\n", "/run/secrets/addr": "127.0.0.1:3"}
	cfg, err := parse(t, map[string]string{
		"BROS_ADMIN_PASSWORD_FILE": "/run/secrets/password",
		"BROS_ADDR_FILE":           "/run/secrets/addr",
	}, files)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.AdminPassword != "correct horse" || cfg.Addr != "127.0.0.1:3" {
		t.Errorf("got %q and %q", cfg.AdminPassword, cfg.Addr)
	}
	for text, want := range map[string]string{
		"\ufeffcorrect horse": "correct horse", "correct horse\r\n": "correct horse", "correct horse\n\n": "correct horse",
		"\r\ncorrect horse\r\n\r\n": "correct horse", "correct horse\n \n": "correct horse", " correct horse ": " correct horse ",
	} {
		cfg, err := parse(t, map[string]string{"BROS_ADMIN_PASSWORD_FILE": "/f"}, map[string]string{"/f": text})
		if err != nil || cfg.AdminPassword != want {
			t.Errorf("a file of %q: %q %v", text, cfg.AdminPassword, err)
		}
	}
	if _, err := parse(t, map[string]string{"BROS_ADMIN_PASSWORD_FILE": "/f"}, map[string]string{"/f": "\ufeff\r\n"}); err == nil {
		t.Error("a file without a value is taken")
	}
	for name := range settingNames() {
		_, err := parse(t, map[string]string{name + "_FILE": "/nowhere"}, nil)
		if err == nil || !strings.Contains(err.Error(), name+"_FILE") {
			t.Errorf("%s_FILE of a missing file: %v", name, err)
		}
		_, err = parse(t, map[string]string{name: "x", name + "_FILE": "/run/secrets/addr"}, files)
		if err == nil || !strings.Contains(err.Error(), name+": set both") {
			t.Errorf("%s both ways: %v", name, err)
		}
	}
}

func TestAllWrongSettingsAreReportedTogether(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none.pem")
	wrong := map[string]string{
		"BROS_ADDR":            "nowhere",
		"BROS_DATABASE_URL":    "postgres://u:s3cret@db/x",
		"BROS_REDIS_URL":       "redis://:s3cret@localhost:port/0",
		"BROS_NODE_ID":         "a b",
		"BROS_ADMIN_PASSWORD":  "s3cret",
		"BROS_SMTP_URL":        "imap://u:s3cret@mail",
		"BROS_ALERT_TO":        "nobody, ops@bros.example",
		"BROS_ALERT_FROM":      "@",
		"BROS_PUBLIC_URL":      "bros.example",
		"BROS_LIST_WINDOW":     "a day",
		"BROS_KEEP_LOG":        "0",
		"BROS_KEEP_POSITIONS":  "a month",
		"BROS_KEEP_CHAT":       "-1h",
		"BROS_KEEP_PHOTOS":     "1m",
		"BROS_TLS_CERT":        missing,
		"BROS_TLS_KEY":         missing,
		"BROS_TRUSTED_PROXIES": "10.0.0.0/8,proxy",
		"BROS_LOG_FORMAT":      "xml",
		"BROS_LOG_LEVEL":       "loud",
	}
	_, err := parse(t, wrong, nil)
	if exitCode(err) != 2 {
		t.Fatalf("exit code %d for %v, want 2", exitCode(err), err)
	}
	for name := range wrong {
		if !strings.Contains(err.Error(), "\n  "+name+": ") {
			t.Errorf("%s is not named in:\n%v", name, err)
		}
	}
	if strings.Contains(err.Error(), "s3cret") {
		t.Errorf("a secret is repeated in:\n%v", err)
	}
	var s *settingsError
	if !errors.As(err, &s) || !slices.IsSorted(s.problems) {
		t.Errorf("not in order:\n%v", err)
	}
}

func TestWrongSettings(t *testing.T) {
	for name, c := range map[string]struct{ variable, value string }{
		"port too high":        {"BROS_ADDR", "127.0.0.1:70000"},
		"port by name":         {"BROS_ADDR", ":http"},
		"no database's name":   {"BROS_DATABASE_URL", "sqlserver://sa:x@db:1433"},
		"no host":              {"BROS_DATABASE_URL", "sqlserver:?database=bros"},
		"no file":              {"BROS_DATABASE_URL", "sqlite:"},
		"one connection":       {"BROS_DATABASE_CONNS", "1"},
		"no engine":            {"BROS_DATABASE_URL", "bros.db"},
		"no such quota":        {"BROS_QUOTAS", "calls.robot=1/s"},
		"a quota's limit":      {"BROS_QUOTAS", "calls=many"},
		"window too short":     {"BROS_LIST_WINDOW", "10ms"},
		"window negative":      {"BROS_LIST_WINDOW", "-24h"},
		"window too long":      {"BROS_LIST_WINDOW", "745h"},
		"log kept too long":    {"BROS_KEEP_LOG", "745h"},
		"tracks kept too long": {"BROS_KEEP_POSITIONS", "1000000h"},
		"origin with a path":   {"BROS_PUBLIC_URL", "https://bros.example/app"},
		"origin with a user":   {"BROS_PUBLIC_URL", "https://a:b@bros.example"},
		"origin of a file":     {"BROS_PUBLIC_URL", "file:///etc"},
		"key without its cert": {"BROS_TLS_KEY", "key.pem"},
		"password too long":    {"BROS_ADMIN_PASSWORD", strings.Repeat("가", 201)},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parse(t, map[string]string{c.variable: c.value}, nil)
			if exitCode(err) != 2 {
				t.Errorf("%s=%s gave %v, want a settings error", c.variable, c.value, err)
			}
		})
	}
}

func TestTrustedProxies(t *testing.T) {
	cfg, err := parse(t, map[string]string{"BROS_TRUSTED_PROXIES": "10.1.2.3/8, 192.0.2.7,::1"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range cfg.TrustedProxies {
		got = append(got, p.String())
	}
	if want := []string{"10.0.0.0/8", "192.0.2.7/32", "::1/128"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestStrangersAreVariablesThatAreNoSetting(t *testing.T) {
	got := strangers([]string{"BROS_ADDR=x", "BROS_ADDR_FILE=x", "BROS_ADR=x", "BROS_URL=x", "BROS_TEST_SQLSERVER_URL=x", "PATH=x"})
	if !slices.Equal(got, []string{"BROS_ADR"}) {
		t.Errorf("got %v", got)
	}
}

func TestCommandLine(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no command shows help":  {nil, 0, "Usage: bros"},
		"help":                   {[]string{"help"}, 0, "Usage: bros"},
		"help of a command":      {[]string{"help", "user", "add"}, 0, "Usage: bros user add"},
		"help flag":              {[]string{"serve", "--help"}, 0, "BROS_ADDR"},
		"help of nothing":        {[]string{"help", "fly"}, 2, ""},
		"version":                {[]string{"version"}, 0, "bros devel"},
		"unknown command":        {[]string{"fly"}, 2, ""},
		"unknown flag":           {[]string{"serve", "--fast"}, 2, ""},
		"command without a verb": {[]string{"migrate"}, 2, ""},
		"user without a login":   {[]string{"user", "add"}, 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			err := run(context.Background(), c.args, nil, vars(nil, nil), os.Stdin, &out, os.Stderr)
			if exitCode(err) != c.code {
				t.Errorf("exit code %d (%v), want %d", exitCode(err), err, c.code)
			}
			if !strings.Contains(out.String(), c.says) {
				t.Errorf("%q is missing in:\n%s", c.says, out.String())
			}
		})
	}
}

func TestADatabaseIsNamedWithoutItsPassword(t *testing.T) {
	cfg, err := parse(t, map[string]string{"BROS_DATABASE_URL": "sqlserver://sa:s3cret@db:1433?database=bros&password=s3cret"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := cfg.databaseName(); got != "sqlserver://db:1433/bros" {
		t.Errorf("named %q", got)
	}
}

// Every setting is in the table that operators read.
func TestSettingsAreDescribed(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name := range settingNames() {
		if !regexp.MustCompile("(?m)^\\|.*`" + name + "`.*\\|$").Match(text) {
			t.Errorf("%s is not in docs/operations.md", name)
		}
	}
}
