package main

import (
	"crypto/rand"
	"crypto/tls"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/brosops/bros/api"
	"github.com/brosops/bros/api/pmtiles"
	"github.com/brosops/bros/api/push"
	"github.com/brosops/bros/api/quota"
	"github.com/brosops/bros/api/retention"
	"github.com/brosops/bros/api/roads"
	"github.com/brosops/bros/cmd/bros/alert"
	"github.com/brosops/bros/realtime"
)

// Config is what the settings come to: everything an App needs to know.
type Config struct {
	Addr           string
	DatabaseURL    string
	DatabaseConns  int
	RedisURL       string // empty: no bus
	NodeID         string
	AdminPassword  string
	PublicURL      string // origin without a slash at the end, or empty
	Window         time.Duration
	Keep           retention.Keep
	TLS            *tls.Certificate // nil: plain HTTP
	TrustedProxies []netip.Prefix
	WebhookPrivate []netip.Prefix
	PushKey        string // empty: the database's own
	MetricsToken   string // empty: none
	Quotas         quota.Table
	DataDir        string
	Peers          []string     // origins of other nodes
	TilesFile      string       // PMTiles; empty: none
	Router         roads.Router // nil: straight lines
	TileOrigin     string       // where tiles are loaded from, as the content policy has it
	Tiles          *api.Tiles   // nil: none
	Alert          *AlertConfig // nil: no error mail
	DebugAddr      string       // empty: no profiles
	LogJSON        bool
	LogLevel       slog.Level
	ClockSpeed     int // 1: the real clock
	Demo           bool
	Version        string
}

// The bounds of BROS_LIST_WINDOW: the wire counts it in seconds, and all of it
// is held in memory.
const (
	minWindow = time.Second
	maxWindow = 31 * 24 * time.Hour
)

// The bounds of what BROS_KEEP_… say. A node has the outline of the log in memory.
const (
	minKeep    = time.Hour
	maxKeepLog = 31 * 24 * time.Hour
	maxKeep    = 20 * 365 * 24 * time.Hour
)

var nodeName = regexp.MustCompile(`^[A-Za-z0-9._:@-]{1,64}$`)

// Config checks every setting and answers a *settingsError that names all of
// the wrong ones. earlier are the problems found while they were read.
func (s Settings) Config(earlier problems) (Config, error) {
	cfg, bad := s.check(earlier)
	if len(bad) > 0 {
		return Config{}, &settingsError{bad.sorted()}
	}
	return cfg, nil
}

// check answers what the settings come to as far as they are right, and what is
// wrong with the others.
func (s Settings) check(earlier problems) (Config, problems) {
	bad := earlier
	cfg := Config{
		Addr:          s.Addr,
		DatabaseURL:   s.DatabaseURL,
		NodeID:        s.NodeID,
		AdminPassword: s.AdminPassword,
		DataDir:       s.DataDir,
		Version:       version,
	}
	checkAddr(&bad, "BROS_ADDR", s.Addr)
	if cfg.DatabaseURL == "" {
		cfg.DatabaseURL = "sqlite:" + filepath.Join(s.DataDir, "bros.db")
	}
	checkDatabase(&bad, cfg.DatabaseURL)
	if n, err := strconv.Atoi(s.DatabaseConns); err != nil || n < 2 || n > 1000 {
		bad.add("BROS_DATABASE_CONNS", "%q is no number from 2 to 1000", s.DatabaseConns)
	} else {
		cfg.DatabaseConns = n
	}
	if n, err := strconv.Atoi(s.ClockSpeed); err != nil || n < 1 || n > maxSpeed {
		bad.add("BROS_CLOCK_SPEED", "%q is no whole number from 1 to %d", s.ClockSpeed, maxSpeed)
	} else {
		cfg.ClockSpeed = n
	}
	if cfg.RedisURL = s.RedisURL; cfg.RedisURL != "" {
		if err := realtime.CheckRedisURL(cfg.RedisURL); err != nil {
			bad.add("BROS_REDIS_URL", "%v", err)
		}
	}
	cfg.Alert = checkAlert(&bad, s)
	if cfg.NodeID == "" {
		cfg.NodeID = defaultNodeID()
	} else if !nodeName.MatchString(cfg.NodeID) {
		bad.add("BROS_NODE_ID", "%q is no node name: 1 to 64 of A-Z a-z 0-9 . _ : @ -", cfg.NodeID)
	}
	if n := utf8.RuneCountInString(s.AdminPassword); n > 0 && (n < 8 || n > 200) {
		bad.add("BROS_ADMIN_PASSWORD", "has %d characters; a password has 8 to 200", n)
	}
	cfg.PublicURL = checkOrigin(&bad, "BROS_PUBLIC_URL", s.PublicURL)
	cfg.Window = checkWindow(&bad, s.ListWindow)
	cfg.Keep.Log = checkKeep(&bad, "BROS_KEEP_LOG", s.KeepLog, minKeep, maxKeepLog)
	cfg.Keep.Positions = checkKeep(&bad, "BROS_KEEP_POSITIONS", s.KeepPositions, 0, maxKeep)
	cfg.Keep.Chat = checkKeep(&bad, "BROS_KEEP_CHAT", s.KeepChat, 0, maxKeep)
	cfg.Keep.Audit = checkKeep(&bad, "BROS_KEEP_AUDIT", s.KeepAudit, 0, maxKeep)
	cfg.Keep.Customers = checkKeep(&bad, "BROS_KEEP_CUSTOMERS", s.KeepCustomers, 0, maxKeep)
	if d := cfg.Keep.Customers; d > 0 && d < cfg.Keep.Log+cfg.Window {
		bad.add("BROS_KEEP_CUSTOMERS", "%s is shorter than BROS_KEEP_LOG and BROS_LIST_WINDOW together, in which changes are shown", d)
	}
	cfg.Keep.Photos = checkKeep(&bad, "BROS_KEEP_PHOTOS", s.KeepPhotos, 0, maxKeep)
	cfg.TLS = checkTLS(&bad, s.TLSCert, s.TLSKey)
	cfg.TrustedProxies = checkNetworks(&bad, "BROS_TRUSTED_PROXIES", s.TrustedProxies)
	cfg.WebhookPrivate = checkNetworks(&bad, "BROS_WEBHOOK_PRIVATE", s.WebhookPrivate)
	cfg.Peers = checkPeers(&bad, s.PeerURLs)
	if s.RouterURL != "" {
		router, err := roads.Open(s.RouterURL)
		if err != nil {
			bad.add("BROS_ROUTER_URL", "%v", err) // it may hold a key
		}
		cfg.Router = router
	}
	if cfg.TilesFile = s.TilesFile; cfg.TilesFile != "" {
		a, err := pmtiles.Open(cfg.TilesFile)
		if err != nil {
			bad.add("BROS_TILES_FILE", "%v", err)
		} else {
			_ = a.Close()
		}
	}
	cfg.TileOrigin, cfg.Tiles = checkTiles(&bad, s.TileURL, s.TileAttribution)
	if cfg.PushKey = s.VAPIDKey; cfg.PushKey != "" {
		if _, err := push.PublicKey(cfg.PushKey); err != nil {
			bad.add("BROS_VAPID_PRIVATE_KEY", "%v", err)
		}
	}
	if cfg.MetricsToken = s.MetricsToken; cfg.MetricsToken != "" && len(cfg.MetricsToken) < 16 {
		bad.add("BROS_METRICS_TOKEN", "has %d characters; a token has 16 at least", len(cfg.MetricsToken))
	}
	quotas, wrong := quota.Parse(s.Quotas)
	for _, err := range wrong {
		bad.add("BROS_QUOTAS", "%v", err)
	}
	cfg.Quotas = quotas
	if s.DataDir == "" {
		bad.add("BROS_DATA_DIR", "is empty")
	}
	switch s.LogFormat {
	case "text":
	case "json":
		cfg.LogJSON = true
	default:
		bad.add("BROS_LOG_FORMAT", "%q is neither text nor json", s.LogFormat)
	}
	if err := cfg.LogLevel.UnmarshalText([]byte(s.LogLevel)); err != nil {
		bad.add("BROS_LOG_LEVEL", "%q is none of debug, info, warn, error", s.LogLevel)
	}
	cfg.DebugAddr = checkDebug(&bad, s.DebugAddr, s.DebugRemote)
	return cfg, bad
}

// WithDemo turns the demonstration on: it has a database of its own, so that
// made-up orders never get into a real one.
func (c Config) WithDemo() Config {
	c.Demo = true
	c.DatabaseURL = "sqlite:" + filepath.Join(c.DataDir, "demo.db")
	c.RedisURL = "" // its nodes would be others'
	return c
}

// checkAddr answers the host of an address, and whether it is one.
func checkAddr(bad *problems, name, addr string) (host string, ok bool) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		bad.add(name, "%q is no host:port", addr)
		return "", false
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		bad.add(name, "%q is no port (0 to 65535)", port)
		return "", false
	}
	return host, true
}

// AlertConfig is where error mail goes.
type AlertConfig struct {
	Server alert.Server
	To     []string
	From   string
}

// checkAlert reads the settings of error mail; the URL is never repeated, as it
// may hold a password.
func checkAlert(bad *problems, s Settings) *AlertConfig {
	if s.SMTPURL == "" {
		for name, value := range map[string]string{"BROS_ALERT_TO": s.AlertTo, "BROS_ALERT_FROM": s.AlertFrom} {
			if value != "" {
				bad.add(name, "has no effect without BROS_SMTP_URL")
			}
		}
		return nil
	}
	server, err := alert.ParseServer(s.SMTPURL)
	if err != nil {
		bad.add("BROS_SMTP_URL", "%v", err)
	}
	c := &AlertConfig{Server: server, From: "bros@" + server.Host}
	if s.AlertFrom != "" {
		if c.From, err = alert.ParseAddress(s.AlertFrom); err != nil {
			bad.add("BROS_ALERT_FROM", "%q %v", s.AlertFrom, err)
		}
	}
	for to := range strings.SplitSeq(s.AlertTo, ",") {
		if to = strings.TrimSpace(to); to == "" {
			continue
		}
		if to, err = alert.ParseAddress(to); err != nil {
			bad.add("BROS_ALERT_TO", "%q %v", to, err)
			continue
		}
		c.To = append(c.To, to)
	}
	if len(c.To) == 0 && s.AlertTo == "" {
		bad.add("BROS_ALERT_TO", "is empty though BROS_SMTP_URL is set")
	}
	return c
}

// checkDatabase never repeats the URL: it may hold a password.
func checkDatabase(bad *problems, raw string) {
	scheme, rest, _ := strings.Cut(raw, ":")
	switch {
	case scheme == "sqlite" && strings.TrimPrefix(rest, "//") != "":
	case scheme == "sqlite":
		bad.add("BROS_DATABASE_URL", "names no file; want sqlite:PATH")
	case scheme == "sqlserver":
		if u, err := url.Parse(raw); err != nil || u.Hostname() == "" || u.Query().Get("database") == "" {
			bad.add("BROS_DATABASE_URL", "is not of the form sqlserver://USER:PASSWORD@HOST:PORT?database=NAME")
		}
	default:
		bad.add("BROS_DATABASE_URL", "is not of the form sqlite:PATH or sqlserver://USER:PASSWORD@HOST:PORT?database=NAME")
	}
}

// databaseName is the database for the log: its URL may hold a password.
func (c Config) databaseName() string {
	if !strings.HasPrefix(c.DatabaseURL, "sqlserver:") {
		return c.DatabaseURL
	}
	u, err := url.Parse(c.DatabaseURL)
	if err != nil {
		return "sqlserver"
	}
	return "sqlserver://" + u.Host + "/" + u.Query().Get("database")
}

// checkPeers reads the origins of other nodes.
func checkPeers(bad *problems, raw string) []string {
	var peers []string
	for part := range strings.SplitSeq(raw, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		if origin := checkOrigin(bad, "BROS_PEER_URLS", part); origin != "" {
			peers = append(peers, origin)
		}
	}
	return peers
}

func checkOrigin(bad *problems, name, raw string) string {
	if raw == "" {
		return ""
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil ||
		u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(u.Host, " ;,'\"") {
		bad.add(name, "%q is no origin such as https://bros.example.com", raw)
		return ""
	}
	// As browsers write it in Origin: in small letters, without the scheme's own port.
	host := strings.ToLower(u.Host)
	host = strings.TrimSuffix(host, map[string]string{"http": ":80", "https": ":443"}[u.Scheme])
	return u.Scheme + "://" + strings.TrimSuffix(host, ":")
}

func checkWindow(bad *problems, raw string) time.Duration {
	d, err := time.ParseDuration(raw)
	switch {
	case err != nil:
		bad.add("BROS_LIST_WINDOW", "%q is no duration such as 24h or 90m", raw)
	case d < minWindow || d > maxWindow:
		bad.add("BROS_LIST_WINDOW", "%s is not between %s and %s", d, minWindow, maxWindow)
	}
	return d
}

// checkKeep reads how long something is kept; where least is 0, that is for ever.
func checkKeep(bad *problems, name, raw string, least, most time.Duration) time.Duration {
	d, err := time.ParseDuration(raw)
	switch {
	case err != nil:
		bad.add(name, "%q is no duration such as 720h", raw)
	case d == 0 && least == 0:
	case d < max(least, minKeep) || d > most:
		bad.add(name, "%s is not between %s and %s", d, minKeep, most)
	}
	return d
}

func checkTLS(bad *problems, cert, key string) *tls.Certificate {
	switch {
	case cert == "" && key == "":
		return nil
	case cert == "":
		bad.add("BROS_TLS_CERT", "is empty though BROS_TLS_KEY is set")
		return nil
	case key == "":
		bad.add("BROS_TLS_KEY", "is empty though BROS_TLS_CERT is set")
		return nil
	}
	readable := true
	for name, path := range map[string]string{"BROS_TLS_CERT": cert, "BROS_TLS_KEY": key} {
		if f, err := os.Open(path); err != nil {
			bad.add(name, "can't be read: %v", err)
			readable = false
		} else {
			_ = f.Close()
		}
	}
	if !readable {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		bad.add("BROS_TLS_CERT", "and BROS_TLS_KEY are no pair: %v", err)
		return nil
	}
	return &pair
}

func checkNetworks(bad *problems, name, raw string) []netip.Prefix {
	var out []netip.Prefix
	for _, part := range strings.FieldsFunc(raw, func(r rune) bool { return r == ',' || r == ' ' }) {
		p, err := netip.ParsePrefix(part)
		if err != nil {
			a, aerr := netip.ParseAddr(part)
			if aerr != nil {
				bad.add(name, "%q is no network such as 10.0.0.0/8", part)
				continue
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		out = append(out, p.Masked())
	}
	return out
}

// defaultNodeID is the host's name and four random characters: two nodes on one host differ.
func defaultNodeID() string {
	host, err := os.Hostname()
	if err != nil || !nodeName.MatchString(host) || len(host) > 56 {
		host = "bros"
	}
	return host + "-" + strings.ToLower(rand.Text()[:4])
}

// logger writes to w as the settings ask.
func (c Config) logger(w *os.File) *slog.Logger {
	opts := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogJSON {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}
