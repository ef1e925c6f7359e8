package main

import (
	"bufio"
	"debug/elf"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	tsql "github.com/sqlc-dev/teesql/parser"
)

// Nothing here needs Docker: what is checked is that the files for it refer to
// what is there, and that the image's steps are commands that work.

const repository = "../.."

func readRepository(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(repository, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// composeProject is docker-compose.yml as Docker would read it.
func composeProject(t *testing.T) *types.Project {
	t.Helper()
	dir, err := filepath.Abs(repository)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "docker-compose.yml")
	p, err := loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir: dir, ConfigFiles: []types.ConfigFile{{Filename: file}}, Environment: types.Mapping{"VERSION": "v1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestComposeRefersToWhatIsThere(t *testing.T) {
	p := composeProject(t)
	if got := slices.Sorted(maps.Keys(p.Services)); !slices.Equal(got, []string{"balancer", "bros-1", "bros-2", "redis", "sqlserver", "sqlserver-init"}) {
		t.Errorf("services %v", got)
	}
	made := readRepository(t, ".ci/secrets")
	for name, s := range p.Secrets {
		path, err := filepath.Rel(p.WorkingDir, s.File)
		if err != nil || filepath.Dir(path) != "data/secrets" || !regexp.MustCompile(`(?m)^keep `+filepath.Base(path)+` `).MatchString(made) {
			t.Errorf("secret %s: .ci/secrets makes no %s", name, path)
		}
	}
	for name, s := range p.Services {
		for _, v := range s.Volumes {
			if v.Type == types.VolumeTypeBind {
				if _, err := os.Stat(v.Source); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			} else if _, ok := p.Volumes[v.Source]; !ok {
				t.Errorf("%s: there is no volume %s", name, v.Source)
			}
		}
		for other, on := range s.DependsOn {
			dep := p.Services[other]
			if on.Condition == types.ServiceConditionHealthy && dep.HealthCheck == nil && dep.Build == nil { // bros has its own in the image
				t.Errorf("%s waits for %s, which has no health check", name, other)
			}
		}
		text := strings.Join(append(slices.Clone(s.Entrypoint), s.Command...), " ")
		if s.HealthCheck != nil {
			text += strings.Join(s.HealthCheck.Test, " ")
		}
		for _, m := range regexp.MustCompile(`/run/secrets/(\w+)`).FindAllStringSubmatch(text, -1) {
			if !hasSecret(s, m[1]) {
				t.Errorf("%s reads the secret %s without having it", name, m[1])
			}
		}
		if s.Build != nil {
			if _, err := os.Stat(filepath.Join(s.Build.Context, s.Build.Dockerfile)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func hasSecret(s types.ServiceConfig, name string) bool {
	return slices.ContainsFunc(s.Secrets, func(c types.ServiceSecretConfig) bool { return c.Source == name })
}

// The nodes' settings are settings of bros, and it takes them.
func TestComposeSettings(t *testing.T) {
	p := composeProject(t)
	image := imageSettings(t)
	nodes := map[string]bool{}
	for _, name := range []string{"bros-1", "bros-2"} {
		s := p.Services[name]
		values, environ := maps.Clone(image), []string{}
		files := map[string]string{
			"/run/secrets/database_url":   "sqlserver://bros:aA1-0123@sqlserver:1433?database=bros&encrypt=true&TrustServerCertificate=true",
			"/run/secrets/admin_password": "aA1-0123456789",
		}
		for k, v := range s.Environment {
			values[k] = *v
			if secret, ok := strings.CutPrefix(*v, "/run/secrets/"); ok && !hasSecret(s, secret) {
				t.Errorf("%s: %s names a secret that it has not", name, k)
			}
		}
		for k, v := range values {
			environ = append(environ, k+"="+v)
		}
		if unknown := strangers(environ); len(unknown) > 0 {
			t.Errorf("%s: no settings of bros: %v", name, unknown)
		}
		cfg, err := parse(t, values, files)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		nodes[cfg.NodeID] = true
		if cfg.databaseName() != "sqlserver://sqlserver:1433/bros" || len(cfg.TrustedProxies) != 1 || cfg.AdminPassword == "" || cfg.PublicURL == "" {
			t.Errorf("%s: got %+v", name, cfg)
		}
		if subnet := p.Networks["default"].Ipam.Config[0].Subnet; cfg.TrustedProxies[0].String() != subnet {
			t.Errorf("%s believes %s, the balancer is in %s", name, cfg.TrustedProxies[0], subnet)
		}
		_, port, _ := strings.Cut(cfg.Addr, ":")
		if !strings.Contains(readRepository(t, "cmd/bros/docker/Caddyfile"), " "+name+":"+port+" ") {
			t.Errorf("the balancer does not know %s:%s", name, port)
		}
		if url, err := cfg.readyURL(); err != nil || url != "http://127.0.0.1:"+port+"/readyz" {
			t.Errorf("asked for its health at %s, %v", url, err)
		}
	}
	if len(nodes) != 2 {
		t.Errorf("the nodes are called %v", nodes)
	}
}

// The statements of the init step are T-SQL.
func TestComposeInit(t *testing.T) {
	for _, batch := range strings.Split(readRepository(t, "cmd/bros/docker/init.sql"), "\nGO\n") {
		if _, err := tsql.Parse(t.Context(), strings.NewReader(batch)); err != nil {
			t.Errorf("%v in\n%s", err, batch)
		}
	}
}

// instruction is one of a Dockerfile.
type instruction struct{ verb, rest string }

func dockerfile(t *testing.T) []instruction {
	t.Helper()
	text := strings.ReplaceAll(readRepository(t, "cmd/bros/docker/Dockerfile"), "\\\n", " ")
	var out []instruction
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		if line := strings.TrimSpace(lines.Text()); line != "" && line[0] != '#' {
			verb, rest, _ := strings.Cut(line, " ")
			out = append(out, instruction{verb, rest})
		}
	}
	return out
}

// imageSettings are the variables that the image sets.
func imageSettings(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, i := range dockerfile(t) {
		if i.verb == "ENV" {
			for _, kv := range strings.Fields(i.rest) {
				k, v, _ := strings.Cut(kv, "=")
				out[k] = v
			}
		}
	}
	return out
}

// The image is built by the commands of the Makefile, from what is there, and
// runs as nobody in particular.
func TestImageIsBuiltAsByMake(t *testing.T) {
	makefile := readRepository(t, "Makefile")
	flags := regexp.MustCompile(`(?m)^LDFLAGS := (.*)$`).FindStringSubmatch(makefile)
	build := regexp.MustCompile(`(?m)^GO_BUILD := (.*)$`).FindStringSubmatch(makefile)
	if flags == nil || build == nil {
		t.Fatal("the Makefile's build can't be found")
	}
	ldflags := strings.ReplaceAll(flags[1], "$(VERSION)", "$VERSION")
	program := strings.ReplaceAll(build[1], "'$(LDFLAGS)'", `"`+ldflags+`"`) + " -o /out/bros ./cmd/bros"
	known := map[string]bool{program: true, "go mod download": true, "mkdir -p /out/data": true}
	user, health, base := "", "", ""
	for _, i := range dockerfile(t) {
		switch i.verb {
		case "RUN":
			if !known[i.rest] && !strings.Contains(makefile, "\t"+i.rest+"\n") {
				t.Errorf("the Makefile has no %q", i.rest)
			}
		case "COPY":
			if strings.HasPrefix(i.rest, "--from") {
				continue
			}
			sources := strings.Fields(i.rest)
			for _, s := range sources[:len(sources)-1] {
				if _, err := os.Stat(filepath.Join(repository, s)); err != nil {
					t.Error(err)
				}
			}
		case "FROM":
			base = i.rest
			if version, ok := strings.CutPrefix(base, "golang:"); ok {
				wants := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(readRepository(t, "go.mod"))
				if !strings.HasPrefix(version, wants[1]+"-") {
					t.Errorf("built by %s, go.mod wants %s", base, wants[1])
				}
			}
		case "USER":
			user = i.rest
		case "HEALTHCHECK":
			health = i.rest
		}
	}
	if base != "scratch" || user == "" || strings.HasPrefix(user, "0") || !strings.HasSuffix(health, `CMD ["/bros", "health"]`) {
		t.Errorf("the image is from %s, of user %q, asked by %q", base, user, health)
	}
	for _, target := range []string{"up", "down", "secrets", "test-sqlserver"} {
		if !strings.Contains(makefile, "\n"+target+":") {
			t.Errorf("there is no make %s", target)
		}
	}
}

// The step that builds the program, run here, makes one that needs nothing
// beside it and knows its version.
func TestImageProgram(t *testing.T) {
	out := t.TempDir()
	for _, i := range dockerfile(t) {
		if i.verb != "RUN" || !strings.Contains(i.rest, "go build") {
			continue
		}
		cmd := exec.CommandContext(t.Context(), "sh", "-c", strings.ReplaceAll(i.rest, "/out/", out+"/"))
		cmd.Dir, cmd.Env = repository, append(os.Environ(), "VERSION=v1.2.3-test")
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
	text, err := exec.CommandContext(t.Context(), filepath.Join(out, "bros"), "version").Output()
	if err != nil || !strings.HasPrefix(string(text), "bros v1.2.3-test ") {
		t.Errorf("version %q, %v", text, err)
	}
	if runtime.GOOS != "linux" {
		return
	}
	f, err := elf.Open(filepath.Join(out, "bros"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for _, prog := range f.Progs {
		if prog.Type == elf.PT_INTERP {
			t.Error("the program is not static")
		}
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		":8080": "http://127.0.0.1:8080/readyz", "[::]:8080": "http://[::1]:8080/readyz", "0.0.0.0:1": "http://127.0.0.1:1/readyz",
		"10.0.0.7:8080": "http://10.0.0.7:8080/readyz", "bros.example:80": "http://bros.example:80/readyz",
	} {
		if got, err := (Config{Addr: addr}).readyURL(); err != nil || got != want {
			t.Errorf("%s is asked at %s, %v", addr, got, err)
		}
	}
	p := serveIn(t, t.TempDir(), nil)
	if code := launch(t, brosBinary, t.TempDir(), []string{"BROS_ADDR=" + p.addr()}, "health").exit(); code != 0 {
		t.Errorf("exit code %d of a server that is ready", code)
	}
	p.stop()
	gone := launch(t, brosBinary, t.TempDir(), []string{"BROS_ADDR=" + p.addr()}, "health")
	if code := gone.exit(); code != 1 || !strings.Contains(gone.stderr.String(), "health") {
		t.Errorf("exit code %d of a server that is gone: %s", code, gone.stderr)
	}
	if code := launch(t, brosBinary, t.TempDir(), []string{"BROS_ADDR=127.0.0.1:0"}, "health").exit(); code != 1 {
		t.Errorf("exit code %d for an address that says nothing", code)
	}
}
