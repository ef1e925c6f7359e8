package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

// settings are the command line.
type settings struct {
	server   string
	login    string
	password string
	data     string
	speed    float64
	origin   place
	lead     int
	timeout  time.Duration
	patience time.Duration

	offline bool
	balance string
	policy  string
	out     string
	world   string
	mode    string
	refuse  float64
	seed    uint64
}

const usage = `simulate replays a day of orders and couriers (an instance of the Meal Delivery
Routing Problem) against a running bros server, through its public REST and
realtime interfaces alone.

usage: simulate -url URL -login LOGIN -password PASSWORD -data FOLDER [-speed N]
       simulate -offline -data FOLDER[,FOLDER…] [-balance even] [-out events.csv]

With -offline it replays days against the dispatch engine alone, on a simulated
clock and by the instances' rules, with no server.

`

const usageEnd = `
BROS_URL, BROS_LOGIN and BROS_PASSWORD (and BROS_…_FILE, which names a file that
holds the value) stand for the flags of that name. The login must be an admin's.

exit codes: 0 the day was played to its end and the live model equals the lists;
1 a difference, or the replay was broken off; 2 wrong flags or instance files;
130 interrupted.
`

// parse reads the command line. Everything that is wrong is in the error.
func parse(args []string, env func(string) string, out io.Writer) (settings, error) {
	var s settings
	var errs []error
	f := flag.NewFlagSet("simulate", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	secret := func(name string) string {
		v, err := envOrFile(env, name)
		errs = append(errs, err)
		return v
	}
	f.StringVar(&s.server, "url", secret("BROS_URL"), "`URL` of the server, such as http://127.0.0.1:8080")
	f.StringVar(&s.login, "login", secret("BROS_LOGIN"), "`name` of an admin")
	password := secret("BROS_PASSWORD")
	f.StringVar(&s.password, "password", "", "the admin's `password`")
	f.StringVar(&s.data, "data", "", "`folder` of the instance")
	f.Float64Var(&s.speed, "speed", 60, "simulated time per real time, 1 to 600 or so; 0: as fast as it can")
	origin := f.String("origin", "37.4500,127.0600", "`LAT,LNG` of the instance's point (0,0)")
	f.IntVar(&s.lead, "lead", 12, "`minutes` before an order is ready from which on a rider is sent for it")
	f.DurationVar(&s.timeout, "timeout", 0, "break off after this time (default: twice the planned time and half an hour)")
	f.DurationVar(&s.patience, "patience", 3*time.Minute, "break off when the server has been away for so long")
	f.BoolVar(&s.offline, "offline", false, "replay against the engine alone, with no server")
	f.StringVar(&s.balance, "balance", "even", "offline: `fast`, even or thrifty")
	f.StringVar(&s.policy, "policy", "engine", "offline: `engine`, or greedy, which gives each order at once")
	f.StringVar(&s.out, "out", "", "offline: `file` that gets what became of each order, as CSV")
	f.StringVar(&s.mode, "mode", "dispatch", "who gives: `dispatch`, the replay by the server's suggestions; auto or offer, the server, whose clock must run at -speed")
	f.Float64Var(&s.refuse, "refuse", 0, "`part` of the offers that riders decline, 0 to 1")
	f.StringVar(&s.world, "world", "problem", "offline: `problem`, by the instances' rules, or evening: late food and riders, rain, refusals, breaks")
	f.Uint64Var(&s.seed, "seed", 1, "offline: which evening is drawn")
	err := f.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(out, usage)
		f.SetOutput(out)
		f.PrintDefaults()
		fmt.Fprint(out, usageEnd)
		return s, err
	}
	errs = append(errs, err)
	if s.password == "" {
		s.password = password // not a flag's default: help would show it
	}
	bad := func(wrong bool, format string, args ...any) {
		if wrong {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	bad(f.NArg() > 0, "%q: no arguments are taken", f.Args())
	bad(s.data == "", "-data: is missing")
	if s.offline {
		bad(!slices.Contains([]string{"fast", "even", "thrifty"}, s.balance), "-balance: want fast, even or thrifty")
		bad(!slices.Contains([]string{"problem", "evening"}, s.world), "-world: want problem or evening")
		bad(s.world == "evening" && s.out != "", "-out: an evening has no events of the problem")
		bad(!slices.Contains([]string{"engine", "greedy"}, s.policy), "-policy: want engine or greedy")
		return s, errors.Join(errs...)
	}
	if s.origin, err = parsePlace(*origin); err != nil {
		errs = append(errs, fmt.Errorf("-origin: %w", err))
	}
	u, err := url.Parse(s.server)
	bad(err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https", "-url: want the server's http:// or https:// address")
	bad(s.login == "", "-login: is missing")
	bad(s.password == "", "-password: is missing")
	bad(!(s.speed >= 0) || math.IsInf(s.speed, 0), "-speed: want 0 or more")
	bad(!slices.Contains([]string{"dispatch", "auto", "offer"}, s.mode), "-mode: want dispatch, auto or offer")
	bad(s.drives() && !(s.speed >= 1), "-speed: want that of the server's clock, 1 or more")
	bad(!(s.refuse >= 0 && s.refuse < 1), "-refuse: want 0 or more and less than 1")
	bad(s.lead < 0, "-lead: want 0 or more")
	bad(s.timeout < 0 || s.patience <= 0, "-timeout, -patience: want a length of time")
	return s, errors.Join(errs...)
}

// envOrFile is the value of NAME, or what the file that NAME_FILE names holds.
func envOrFile(env func(string) string, name string) (string, error) {
	path := env(name + "_FILE")
	if v := env(name); v != "" || path == "" {
		return v, nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("%s_FILE: %w", name, err)
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}

// drives reports whether the server gives by itself.
func (s settings) drives() bool { return s.mode == "auto" || s.mode == "offer" }

// deadline is how long the replay of a day may take.
func (s settings) deadline(day time.Duration) time.Duration {
	switch {
	case s.timeout > 0:
		return s.timeout
	case s.speed == 0:
		return 30 * time.Minute
	}
	return 2*time.Duration(float64(day)/s.speed) + 30*time.Minute
}
