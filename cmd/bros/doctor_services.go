package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/brosops/bros/api/push"
	"github.com/brosops/bros/realtime"
	"github.com/brosops/bros/store"
)

// checkDatabase asks for everything that a start would stumble over.
func (d *doctor) checkDatabase(ctx context.Context) {
	if !d.right("BROS_DATABASE_URL", "BROS_DATA_DIR") {
		return
	}
	name := d.cfg.databaseName()
	x, err := store.Examine(ctx, d.cfg.DatabaseURL)
	if err != nil {
		do := "is it a database of bros, and may this user write it? Else restore a backup (docs/operations.md)"
		if x.Engine == "sqlserver" {
			do = adviceOn(x.Trouble)
		}
		d.say(fault, "database", name+" can't be used: "+plain(err).Error(), do)
		return
	}
	if x.Missing {
		d.ok("database", "%s does not exist yet: serve makes it", name)
		return
	}
	d.sayDatabase(name, x)
	if x.Engine == "sqlserver" {
		d.offsets = append(d.offsets, clockOffset{"the database", x.Ahead, x.Asked / 2})
	}
	if late := x.LastEntry.Sub(d.now); late > maxDrift {
		d.say(fault, "clock", fmt.Sprintf("the newest entry of the log was made %s from now: this clock has gone back, or another node's is ahead", late.Round(time.Second)),
			"set the clocks of all nodes by NTP before the server starts")
	}
	if key := d.cfg.PushKey; key != "" && x.PushKey != "" {
		ours, err := push.PublicKey(key)
		theirs, terr := push.PublicKey(x.PushKey)
		if err == nil && terr == nil && ours != theirs {
			d.say(warning, "secrets", "BROS_VAPID_PRIVATE_KEY is another key than the database's own: phones that subscribed with that one get no notification until their app is opened again",
				"all nodes need the same; unset it to go back to the database's")
		}
	}
}

// adviceOn says what to do about a SQL Server that can't be used.
func adviceOn(t store.Trouble) string {
	switch t {
	case store.TroubleAway:
		return "does the server run at that host and port, does it listen by TCP, does a firewall let this machine through?"
	case store.TroubleStranger:
		return "who answers there is no SQL Server, or one that wants another encryption: look at host, port and encrypt= in BROS_DATABASE_URL"
	case store.TroubleTLS:
		return "see encrypt=, certificate= and hostNameInCertificate= in BROS_DATABASE_URL; TrustServerCertificate=true believes any certificate"
	case store.TroubleLogin:
		return "set user and password of BROS_DATABASE_URL right (signs as %XX), and see the server's log for why it refuses"
	case store.TroubleDatabase:
		return "make it (CREATE DATABASE) with a user for this login, or name another in BROS_DATABASE_URL (?database=)"
	}
	return "does the server run there, do user and password hold, is there a database of that name, may this user read it?"
}

// bigJournal is a size that the journal of a file has only when it can't be folded in.
const bigJournal = 1 << 30

func (d *doctor) sayDatabase(name string, x store.Examination) {
	before := d.count[warning] + d.count[fault]
	switch {
	case x.Damage != "":
		d.say(fault, "database", name+" is damaged: "+x.Damage, "stop the server, keep a copy of the file, restore a backup (docs/operations.md)")
	case x.Busy:
		d.say(warning, "database", "another process keeps the lock of "+name+" for seconds: writes wait", "find out who (fuser "+x.File+"); a backup tool must not hold it")
	}
	if x.Versions != nil {
		d.say(fault, "database", x.Versions.Error(), "the server refuses to start until then")
	}
	if x.ReadOnly != "" {
		d.say(fault, "database", "the user of BROS_DATABASE_URL may not "+x.ReadOnly, "make it the owner of the database (ALTER ROLE db_owner ADD MEMBER …)")
	}
	switch {
	case x.Version > x.Newest:
		d.say(warning, "database", fmt.Sprintf("%s has schema %d, newer than this program's %d", name, x.Version, x.Newest),
			"right while nodes are upgraded one by one; else start the newer version")
	case x.Version > 0 && x.Version < x.Newest:
		d.say(warning, "database", fmt.Sprintf("%s has schema %d; the next start brings it to %d", name, x.Version, x.Newest), "back it up before that")
	}
	if x.Engine == "sqlite" {
		if x.Journal != "wal" {
			d.say(warning, "database", name+" keeps its journal as "+x.Journal+": readers and the writer wait for each other", "serve turns it to wal by itself, unless the file system can't (a network share)")
		}
		if info, err := os.Stat(x.File + "-wal"); err == nil && info.Size() > bigJournal {
			d.say(warning, "database", fmt.Sprintf("the journal of %s has %d MB: somebody reads for hours, so that it can't be folded in", name, info.Size()>>20), "find out who has the file open")
		}
		if info, err := os.Stat(x.File); err == nil && info.Mode().Perm()&0o007 != 0 {
			d.say(warning, "database", "everybody on this machine can read "+x.File+": it holds customers' phone numbers", "chmod o-rwx "+x.File)
		}
	}
	if d.count[warning]+d.count[fault] > before {
		return
	}
	switch {
	case x.Version == 0:
		d.ok("database", "%s answers and is empty: serve makes its schema", name)
	case x.Engine == "sqlite" && x.Whole:
		d.ok("database", "%s can be read and written, is not damaged, has schema %d and a journal of its own (wal)", name, x.Version)
	case x.Engine == "sqlite":
		d.ok("database", "%s can be read and written, has schema %d and a journal of its own (wal); it is too big to be looked through here", name, x.Version)
	default:
		d.ok("database", "%s answers in %s, has schema %d and row versions on", name, short(x.Asked), x.Version)
	}
}

// slowRedis is a round trip that can be felt on every screen.
const slowRedis = 100 * time.Millisecond

// checkRedis sends a message to oneself, as nodes do.
func (d *doctor) checkRedis(ctx context.Context) {
	switch {
	case !d.right("BROS_REDIS_URL"):
		return
	case d.cfg.RedisURL == "":
		d.ok("redis", "none is set: this is the only node")
		return
	}
	x, err := realtime.ExamineRedis(ctx, d.cfg.RedisURL)
	switch {
	case err != nil:
		d.say(fault, "redis", "it does not carry between nodes: "+err.Error(),
			"does it run at the address of BROS_REDIS_URL, do user and password hold, does its ACL allow +@connection +@pubsub &bros:*?")
	case max(x.Answer, x.Carried) > slowRedis:
		d.say(warning, "redis", fmt.Sprintf("it answers in %s and carries a message in %s: changes reach other nodes' screens late", short(x.Answer), short(x.Carried)),
			"put it nearer, or look at its load")
	default:
		version := ""
		if x.Version != "" {
			version = " (" + x.Version + ")"
		}
		d.ok("redis", "it answers in %s and carries a message to oneself in %s%s", short(x.Answer), short(x.Carried), version)
	}
	if x.Clock {
		d.offsets = append(d.offsets, clockOffset{"Redis", x.Ahead, x.Answer})
	}
}

// checkMail goes as far as a mail would, and sends none.
func (d *doctor) checkMail(ctx context.Context) {
	switch {
	case !d.right("BROS_SMTP_URL", "BROS_ALERT_TO", "BROS_ALERT_FROM"):
		return
	case d.cfg.Alert == nil:
		d.say(warning, "mail", "none is set: errors are in the log alone", "set BROS_SMTP_URL and BROS_ALERT_TO")
		return
	}
	s := d.cfg.Alert.Server
	where := net.JoinHostPort(s.Host, fmt.Sprint(s.Port))
	encrypted, err := s.Probe(ctx)
	switch {
	case err != nil:
		said := err.Error()
		if s.Password != "" {
			said = strings.ReplaceAll(said, s.Password, "…")
		}
		d.say(fault, "mail", where+" does not take our mail: "+said, "look at host, port, user and password in BROS_SMTP_URL (smtps: for TLS from the first byte, ?tls=off for a server without)")
	case !encrypted && !isLoopback(s.Host):
		d.say(warning, "mail", where+" takes our mail, unencrypted on its way", "use a server with STARTTLS, or smtps:")
	default:
		d.ok("mail", "%s takes our mail for %s; bros alert test sends one", where, strings.Join(d.cfg.Alert.To, ", "))
	}
}

// Clocks should agree to a second; from maxDrift on rules about times go wrong.
const (
	someDrift = time.Second
	maxDrift  = 30 * time.Second
)

// checkClock compares ours with those of the services that were asked.
func (d *doctor) checkClock() {
	var names []string
	for _, o := range d.offsets {
		off := o.ahead.Abs() - o.give
		where := "behind"
		if o.ahead > 0 {
			where = "ahead of"
		}
		found := fmt.Sprintf("the clock of %s is %s %s this machine's", o.whose, short(o.ahead.Abs()), where)
		const do = "set both by NTP (timedatectl, chronyc tracking)"
		switch {
		case off > maxDrift:
			d.say(fault, "clock", found+": riders' acts and places are refused for their time", do)
		case off > someDrift:
			d.say(warning, "clock", found, do)
		default:
			names = append(names, fmt.Sprintf("%s (%s)", o.whose, short(o.ahead.Abs())))
		}
	}
	switch {
	case len(names) > 0:
		d.ok("clock", "agrees with that of %s", strings.Join(names, " and of "))
	case len(d.offsets) == 0:
		d.ok("clock", "%s; there is no other to compare it with", d.now.UTC().Format(time.RFC3339))
	}
}

// short is a duration for people.
func short(t time.Duration) string {
	switch {
	case t < time.Millisecond:
		return t.Round(10 * time.Microsecond).String()
	case t < time.Second:
		return t.Round(100 * time.Microsecond).String()
	}
	return t.Round(100 * time.Millisecond).String()
}
