package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"
)

// doctorTime bounds an examination as a whole.
const doctorTime = time.Minute

type doctorCmd struct{}

// Run looks at everything that a server with these settings depends on. It changes
// nothing, and may run beside the server. Its error says that there are faults.
func (doctorCmd) Run(env *runtimeEnv) error {
	ctx, cancel := context.WithTimeout(env.ctx, doctorTime)
	defer cancel()
	d := newDoctor(env)
	d.checkSettings()
	d.checkSecrets()
	d.checkTLS()
	d.checkStorage()
	d.checkDatabase(ctx)
	d.checkRedis(ctx)
	d.checkMail(ctx)
	d.checkClock()
	d.checkAddresses(ctx)
	d.checkLimits()
	return d.end()
}

// level is how bad a finding is.
type level string

const (
	fine    level = "ok"
	warning level = "warning" // bros runs, with something missing or risky
	fault   level = "fault"   // bros does not start, or does not do what it was told to
)

// doctor examines, and writes a line for each thing it finds.
type doctor struct {
	out     io.Writer
	env     *runtimeEnv
	cfg     Config
	wrong   problems
	vars    map[string]string
	now     time.Time
	offsets []clockOffset
	count   map[level]int
}

// clockOffset is by how much somebody's clock is before ours, and how far that
// may be wrong.
type clockOffset struct {
	whose string
	ahead time.Duration
	give  time.Duration
}

func newDoctor(env *runtimeEnv) *doctor {
	d := &doctor{out: env.stdout, env: env, vars: map[string]string{}, now: time.Now(), count: map[level]int{}}
	for _, kv := range env.environ {
		name, value, _ := strings.Cut(kv, "=")
		d.vars[name] = value
	}
	d.cfg, d.wrong = env.settings.check(env.problems)
	return d
}

// say writes one finding: what was found, and what to do about it (may be empty).
func (d *doctor) say(l level, check, found, do string) {
	d.count[l]++
	if do != "" {
		found += " → " + do
	}
	// What comes from elsewhere stays on its line.
	fmt.Fprintf(d.out, "%-8s %-9s %s\n", l, check, strings.Join(strings.Fields(found), " "))
}

func (d *doctor) ok(check, format string, args ...any) {
	d.say(fine, check, fmt.Sprintf(format, args...), "")
}

// right says whether the settings of these names are, so that what they lead to
// can be looked at. About wrong ones checkSettings has said everything.
func (d *doctor) right(names ...string) bool {
	for _, p := range d.wrong {
		for _, name := range names {
			if strings.HasPrefix(p, name+":") || strings.HasPrefix(p, name+"_FILE:") {
				return false
			}
		}
	}
	return true
}

func (d *doctor) end() error {
	fmt.Fprintf(d.out, "\n%d ok, %s, %s\n", d.count[fine], many(d.count[warning], "warning"), many(d.count[fault], "fault"))
	if n := d.count[fault]; n > 0 {
		return fmt.Errorf("%s found", many(n, "fault"))
	}
	return nil
}

func many(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
