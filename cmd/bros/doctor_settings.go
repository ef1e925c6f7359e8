package main

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/brosops/bros/api/push"
	"github.com/brosops/bros/domain"
)

// checkSettings says which are wrong, which are none, and which contradict each other.
func (d *doctor) checkSettings() {
	before := d.count[warning] + d.count[fault]
	for _, p := range d.wrong.sorted() {
		d.say(fault, "settings", p, "the server exits with 2 until this is right")
	}
	for _, name := range strangers(d.env.environ) {
		do := "remove it"
		if near := nearestSetting(name); near != "" {
			do = "is " + near + " meant?"
		}
		d.say(warning, "settings", name+" is no setting of bros and has no effect", do)
	}
	for _, c := range d.contradictions() {
		d.say(warning, "settings", c[0], c[1])
	}
	if d.count[warning]+d.count[fault] == before {
		d.ok("settings", "all are understood, and none contradicts another")
	}
}

// contradictions are pairs of what is odd and what to do. Each looks at the text of
// the settings, which may be wrong otherwise.
func (d *doctor) contradictions() (out [][2]string) {
	s, c := d.env.settings, d.cfg
	odd := func(found, do string) { out = append(out, [2]string{found, do}) }
	host, _, _ := net.SplitHostPort(s.Addr)
	outside := !isLoopback(host)
	public, _ := url.Parse(c.PublicURL)
	switch {
	case c.PublicURL == "" && outside:
		odd("BROS_ADDR can be reached from other machines and BROS_PUBLIC_URL is not set: any origin that leads here may open a websocket",
			"set BROS_PUBLIC_URL to the origin that browsers see")
	case public != nil && public.Scheme == "http" && s.TLSCert != "":
		odd("BROS_PUBLIC_URL begins with http: but BROS_TLS_CERT makes this server speak HTTPS", "write https:")
	case public != nil && public.Scheme == "http" && !isLoopback(public.Hostname()):
		odd("BROS_PUBLIC_URL is plain HTTP: phones give the rider's app no place and don't install it", "serve HTTPS, by BROS_TLS_CERT or a proxy in front")
	case public != nil && public.Scheme == "https" && s.TLSCert == "" && s.TrustedProxies == "":
		odd("BROS_PUBLIC_URL is HTTPS, which a proxy must speak, but BROS_TRUSTED_PROXIES names none: all callers have the proxy's address and cookies are not Secure",
			"set BROS_TRUSTED_PROXIES to the proxy's network")
	}
	if slices.ContainsFunc(c.TrustedProxies, func(p netip.Prefix) bool { return p.Bits() == 0 }) {
		odd("BROS_TRUSTED_PROXIES is everybody: any caller can claim any address, and limits by address have no effect", "name the proxy's network alone")
	}
	if s.PeerURLs != "" && s.RedisURL == "" {
		odd("BROS_PEER_URLS names other nodes but BROS_REDIS_URL is not set: nodes hear of each other's changes a second late, and of riders' places not at all",
			"give all nodes the same BROS_REDIS_URL")
	}
	if u, err := url.Parse(s.RedisURL); err == nil && s.RedisURL != "" && !isLoopback(u.Hostname()) && strings.HasPrefix(c.DatabaseURL, "sqlite:") {
		odd("Redis is on another host and the database is a SQLite file, which nodes on one host alone can share", "use SQL Server for several hosts")
	}
	if s.DebugRemote == "yes" && s.DebugAddr != "" && !isLoopback(hostOf(s.DebugAddr)) {
		odd("BROS_DEBUG_ADDR serves what is in memory to whoever can reach it", "close it to others by a firewall, and unset it after use")
	}
	return out
}

func hostOf(addr string) string {
	host, _, _ := net.SplitHostPort(addr)
	return host
}

// nearestSetting is the setting that a misspelt name may have been meant for.
func nearestSetting(name string) string {
	best, least := "", 4
	for known := range settingNames() {
		for _, form := range []string{known, known + "_FILE"} {
			if n := distance(name, form); n < least || n == least && form < best {
				best, least = form, n
			}
		}
	}
	return best
}

// distance is how many letters must be put in, taken out or changed.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		left := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := left
			if a[i] != b[j] {
				cost++
			}
			left = row[j+1]
			row[j+1] = min(cost, left+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// secretSettings are those whose value nobody else may read.
var secretSettings = []string{"BROS_DATABASE_URL", "BROS_REDIS_URL", "BROS_ADMIN_PASSWORD", "BROS_SMTP_URL", "BROS_VAPID_PRIVATE_KEY", "BROS_METRICS_TOKEN", "BROS_TLS_KEY"}

// checkSecrets looks at the first user's password, the key of notifications and the
// files that hold secrets. Nothing of them is shown.
func (d *doctor) checkSecrets() {
	before := d.count[warning] + d.count[fault]
	if why := weakness(d.env.settings.AdminPassword); why != "" && d.right("BROS_ADMIN_PASSWORD") {
		d.say(warning, "secrets", "BROS_ADMIN_PASSWORD "+why, "choose another (bros user password admin, when the database has its user already), or leave it empty: a random one is made")
	}
	for _, name := range secretSettings {
		path := d.vars[name+"_FILE"]
		if name == "BROS_TLS_KEY" {
			path = d.env.settings.TLSKey
		}
		if path == "" {
			continue
		}
		if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o007 != 0 {
			d.say(warning, "secrets", fmt.Sprintf("everybody on this machine can read %s (%s)", path, name), "chmod o-rwx "+path)
		}
	}
	if key := d.cfg.PushKey; key != "" && d.right("BROS_VAPID_PRIVATE_KEY") {
		if _, err := push.PublicKey(key); err == nil {
			d.ok("secrets", "BROS_VAPID_PRIVATE_KEY is a key; notifications are signed with it")
		}
	}
	if d.count[warning]+d.count[fault] == before {
		d.ok("secrets", "none is weak or open to others, as far as can be seen")
	}
}

// obvious are tried first by whoever guesses.
var obvious = []string{"password", "admin", "bros", "12345678", "qwerty", "letmein", "changeme", "change-me", "secret", "welcome", "default", "hunter2"}

// weakness says what is wrong with a password; empty: nothing, or there is none.
func weakness(password string) string {
	lower := strings.ToLower(password)
	different := map[rune]bool{}
	for _, r := range lower {
		different[r] = true
	}
	switch {
	case password == "":
		return ""
	case len(different) < 5:
		return "is weak: it repeats a few characters"
	case domain.CommonPassword(password), slices.ContainsFunc(obvious, func(o string) bool { return strings.Contains(lower, o) && len(lower) < len(o)+8 }):
		return "is weak: it is among those that are tried first"
	case len([]rune(password)) < 12:
		return "is weak: it has fewer than 12 characters"
	}
	return ""
}

// soon is how long before its end a certificate is worth a warning.
const soon = 21 * 24 * time.Hour

// checkTLS looks at the certificate as a browser would.
func (d *doctor) checkTLS() {
	if !d.right("BROS_TLS_CERT", "BROS_TLS_KEY") {
		return
	}
	if d.cfg.TLS == nil {
		d.ok("tls", "plain HTTP (no BROS_TLS_CERT)")
		return
	}
	cert := d.cfg.TLS.Leaf
	const renew = "renew it, and start the server anew: it reads the file at its start"
	switch left := cert.NotAfter.Sub(d.now); {
	case left < 0:
		d.say(fault, "tls", "the certificate has ended on "+cert.NotAfter.Format(time.DateOnly)+": browsers refuse it", renew)
	case cert.NotBefore.After(d.now):
		d.say(fault, "tls", "the certificate counts from "+cert.NotBefore.Format(time.DateTime)+" only", "look at this machine's clock")
	case left < soon:
		d.say(warning, "tls", fmt.Sprintf("the certificate ends in %d days", int(left.Hours()/24)), renew)
	default:
		d.ok("tls", "the certificate counts until %s", cert.NotAfter.Format(time.DateOnly))
	}
	if public, err := url.Parse(d.cfg.PublicURL); err == nil && public.Hostname() != "" {
		if err := cert.VerifyHostname(public.Hostname()); err != nil {
			d.say(warning, "tls", "the certificate is not for "+public.Hostname()+", the host of BROS_PUBLIC_URL", "get one with that name, unless a proxy in front has it")
		}
	}
}
