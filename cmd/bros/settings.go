package main

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Settings are what an operator sets, as text: a flag, else the environment
// variable of the same name, else the file that NAME_FILE points to, else the
// default. They are all text here so that Config can report everything that is
// wrong with them at once.
type Settings struct {
	Addr            string `env:"BROS_ADDR" default:"127.0.0.1:8080" help:"Listen address; port 0 picks a free one."`
	DatabaseURL     string `env:"BROS_DATABASE_URL" name:"database-url" help:"sqlite:PATH (default sqlite:data/bros.db), or sqlserver://USER:PASSWORD@HOST:PORT?database=NAME." placeholder:"URL"`
	DatabaseConns   string `env:"BROS_DATABASE_CONNS" default:"32" help:"Connections of this node to SQL Server, at most; half of them write."`
	RedisURL        string `env:"BROS_REDIS_URL" name:"redis-url" help:"Joins the nodes that share this Redis (redis://HOST:6379/0 or rediss://…); empty: one node." placeholder:"URL"`
	NodeID          string `env:"BROS_NODE_ID" name:"node-id" help:"Name of this node on the monitor page (default: host name and a random part)." placeholder:"NAME"`
	AdminPassword   string `env:"BROS_ADMIN_PASSWORD" help:"Password of the user admin that an empty database gets; empty: a random one, printed once." placeholder:"PASSWORD"`
	SMTPURL         string `env:"BROS_SMTP_URL" name:"smtp-url" help:"Mail server that errors are told by: smtp://USER:PASSWORD@HOST:587 or smtps://…:465 (default: no mail)." placeholder:"URL"`
	AlertTo         string `env:"BROS_ALERT_TO" help:"Receivers of error mail, separated by commas." placeholder:"MAIL"`
	AlertFrom       string `env:"BROS_ALERT_FROM" help:"Sender of error mail (default: bros@ and the mail server)." placeholder:"MAIL"`
	PublicURL       string `env:"BROS_PUBLIC_URL" name:"public-url" help:"Origin that browsers see, such as https://bros.example.com (default: from the request)." placeholder:"URL"`
	PeerURLs        string `env:"BROS_PEER_URLS" name:"peer-urls" help:"Origins of other nodes that pages turn to when this one stays away, separated by commas (default: none)." placeholder:"URL,…"`
	ListWindow      string `env:"BROS_LIST_WINDOW" default:"24h" help:"How long a finished delivery stays in the live rooms."`
	KeepLog         string `env:"BROS_KEEP_LOG" default:"168h" help:"How far back a client may resume; one that was away for longer gets a snapshot."`
	KeepPositions   string `env:"BROS_KEEP_POSITIONS" default:"720h" help:"How long riders' tracks are kept; 0: for ever."`
	KeepChat        string `env:"BROS_KEEP_CHAT" default:"8760h" help:"How long chat messages are kept; 0: for ever."`
	KeepAudit       string `env:"BROS_KEEP_AUDIT" default:"0" help:"How long is kept who did what; 0: for ever."`
	KeepCustomers   string `env:"BROS_KEEP_CUSTOMERS" default:"0" help:"How long after an order's end its customer's name, phone and address are kept; then they are masked; 0: for ever."`
	KeepPhotos      string `env:"BROS_KEEP_PHOTOS" default:"8760h" help:"How long proof photos are kept; 0: for ever."`
	TLSCert         string `env:"BROS_TLS_CERT" name:"tls-cert" help:"Certificate file (PEM); with --tls-key serves HTTPS." placeholder:"FILE"`
	TLSKey          string `env:"BROS_TLS_KEY" name:"tls-key" help:"Private key file (PEM)." placeholder:"FILE"`
	TrustedProxies  string `env:"BROS_TRUSTED_PROXIES" help:"Networks whose X-Forwarded-For and -Proto are believed, separated by commas." placeholder:"CIDR,…"`
	WebhookPrivate  string `env:"BROS_WEBHOOK_PRIVATE" help:"Private networks that webhooks may lead to, separated by commas (default: none)." placeholder:"CIDR,…"`
	VAPIDKey        string `env:"BROS_VAPID_PRIVATE_KEY" name:"vapid-private-key" help:"Key that notifications to riders' phones are signed with, base64url (default: made at the first start, kept in the database)." placeholder:"KEY"`
	Quotas          string `env:"BROS_QUOTAS" help:"What a caller may take, where it differs from the table in docs/security.md: calls.rider=30/s:400,sockets.staff=50,photos=off." placeholder:"NAME=LIMIT,…"`
	DataDir         string `env:"BROS_DATA_DIR" default:"data" help:"Folder of proof photos and of the default database."`
	RouterURL       string `env:"BROS_ROUTER_URL" name:"router-url" help:"Router that knows the roads: osrm:http://HOST:5000 or valhalla:http://HOST:8002 (default: straight lines)." placeholder:"URL"`
	TilesFile       string `env:"BROS_TILES_FILE" help:"Vector tiles of your region (PMTiles), drawn as the maps' ground (default: none)." placeholder:"FILE"`
	TileURL         string `env:"BROS_TILE_URL" name:"tile-url" help:"Map tiles, such as https://tile.example/{z}/{x}/{y}.png; empty: the pages draw a ground of their own." placeholder:"URL"`
	TileAttribution string `env:"BROS_TILE_ATTRIBUTION" help:"What the map says of who made its tiles." placeholder:"TEXT"`
	DebugAddr       string `env:"BROS_DEBUG_ADDR" help:"Address of this machine that serves profiles (pprof), such as 127.0.0.1:6060 (default: none)." placeholder:"HOST:PORT"`
	DebugRemote     string `env:"BROS_DEBUG_REMOTE" default:"no" help:"yes: BROS_DEBUG_ADDR may be reached from other machines."`
	MetricsToken    string `env:"BROS_METRICS_TOKEN" help:"Bearer token that reads /metrics from other machines (default: programs on this one, and admins)." placeholder:"TOKEN"`
	ClockSpeed      string `env:"BROS_CLOCK_SPEED" default:"1" help:"For simulations alone: the server's clock runs so many times as fast; refused on a database that has orders made at another speed." placeholder:"N"`
	LogFormat       string `env:"BROS_LOG_FORMAT" default:"text" help:"text or json."`
	LogLevel        string `env:"BROS_LOG_LEVEL" default:"info" help:"debug, info, warn or error."`
}

// problems gathers what is wrong with the settings, by name.
type problems []string

func (p *problems) add(name, format string, args ...any) {
	*p = append(*p, name+": "+fmt.Sprintf(format, args...))
}

// sorted is for people: the same mistakes are always said in the same order.
func (p problems) sorted() problems {
	slices.Sort(p)
	return p
}

// settingsError is every wrong setting of a start; the process exits 2 with it.
type settingsError struct{ problems problems }

func (e *settingsError) Error() string {
	var b strings.Builder
	switch n := len(e.problems); n {
	case 1:
		b.WriteString("a setting is wrong:")
	default:
		fmt.Fprintf(&b, "%d settings are wrong:", n)
	}
	for _, p := range e.problems {
		b.WriteString("\n  " + p)
	}
	return b.String()
}

// usageError is a command line that can't be understood; it too exits 2.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// exitCode is 2 when the caller has to change the settings or the command line.
func exitCode(err error) int {
	var s *settingsError
	var u *usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &s), errors.As(err, &u):
		return 2
	}
	return 1
}

// environment resolves settings that no flag gave. It is ours instead of
// kong's own reading of env tags because of NAME_FILE, and because kong stops
// at the first thing that is wrong.
type environment struct {
	lookup   func(name string) (string, bool)
	readFile func(path string) ([]byte, error)
	problems problems
}

func newEnvironment() *environment {
	return &environment{lookup: os.LookupEnv, readFile: os.ReadFile}
}

func (e *environment) Validate(*kong.Application) error { return nil }

// Resolve answers nil for "not set". An empty variable counts as not set.
func (e *environment) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if len(flag.Envs) == 0 {
		return nil, nil
	}
	name := flag.Envs[0]
	value, _ := e.lookup(name)
	path, _ := e.lookup(name + "_FILE")
	switch {
	case value != "" && path != "":
		e.problems.add(name, "set both itself and as %s_FILE: which one holds?", name)
	case value != "":
		return value, nil
	case path != "":
		raw, err := e.readFile(path)
		if err != nil {
			e.problems.add(name+"_FILE", "can't be read: %v", errors.Unwrap(err))
			return nil, nil
		}
		if text := secretText(string(raw)); text != "" {
			return text, nil
		}
		e.problems.add(name+"_FILE", "the file is empty")
	}
	return nil, nil
}

// secretText is a file's content without what editors put around it: a byte
// order mark, line ends and blank lines. Spaces within its line belong to it.
func secretText(raw string) string {
	lines := strings.FieldsFunc(strings.TrimPrefix(raw, "\ufeff"), func(r rune) bool { return r == '\r' || r == '\n' })
	lines = slices.DeleteFunc(lines, func(l string) bool { return strings.TrimSpace(l) == "" })
	return strings.Join(lines, "\n")
}

// settingNames are the environment variables of all settings.
func settingNames() map[string]bool {
	names := map[string]bool{}
	for t, i := reflect.TypeFor[Settings](), 0; i < t.NumField(); i++ {
		names[t.Field(i).Tag.Get("env")] = true
	}
	return names
}

// otherNames begin the BROS_ variables that belong to bin/simulate and to the tests.
var otherNames = []string{
	"BROS_URL", "BROS_LOGIN", "BROS_PASSWORD",
	"BROS_TEST_", "BROS_BENCH_", "BROS_SEED", "BROS_CHANGES", "BROS_CHROMIUM", "BROS_BIN",
}

// strangers are the variables in environ that look like settings and are none:
// a misspelt one would otherwise be silently without effect.
func strangers(environ []string) []string {
	known := settingNames()
	var out []string
next:
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(name, "BROS_") || known[name] || known[strings.TrimSuffix(name, "_FILE")] {
			continue
		}
		for _, other := range otherNames {
			if strings.HasPrefix(name, other) {
				continue next
			}
		}
		out = append(out, name)
	}
	return out
}
