// Package quota bounds what one caller may take of the node: a user, an API key
// or an address. What the bounds are stands in one table, which the operator may
// change; docs/security.md shows it.
package quota

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Name is what is bounded.
type Name string

// The quotas. Those with a rate are refilled by time; the others count what a
// caller has open at once.
const (
	Calls         Name = "calls"         // requests, and commands of the socket
	Sockets       Name = "sockets"       // realtime connections open at once
	Polls         Name = "polls"         // calls of /changes that wait at once
	Rooms         Name = "rooms"         // addresses that are subscribed or polled
	Messages      Name = "messages"      // of the chat
	Photos        Name = "photos"        // uploads
	Subscriptions Name = "subscriptions" // of push notifications, kept for one user
	Late          Name = "late"          // late delivers, each of which is a notice to dispatchers
	Answers       Name = "answers"       // bytes that are answered
	Kept          Name = "kept"          // bytes of answers that are kept for Idempotency-Keys
	Reads         Name = "reads"         // statements that the database is asked
	Guesses       Name = "guesses"       // tracking links that lead nowhere
	Tokens        Name = "tokens"        // unknown sessions, keys and tickets
)

// Kind is which sort of caller a bound is for.
type Kind string

// The kinds of callers.
const (
	Rider   Kind = "rider"
	Staff   Kind = "staff" // agents, dispatchers, managers
	Admin   Kind = "admin"
	Key     Kind = "key"     // API keys
	Address Kind = "address" // callers without a login; an IPv6 /64 is one
)

var kinds = []Kind{Rider, Staff, Admin, Key, Address}

// Limit is one bound. The zero Limit bounds nothing.
type Limit struct {
	Rate  float64 // a second; 0: the quota counts what is open at once
	Burst int     // with a rate: how much may come at once; else how much may be open
}

func (l Limit) unlimited() bool { return l == Limit{} }

// String is the limit as BROS_QUOTAS writes it.
func (l Limit) String() string {
	switch {
	case l.unlimited():
		return "off"
	case l.Rate == 0:
		return strconv.Itoa(l.Burst)
	case l.Rate < 1:
		return number(l.Rate*60) + "/m:" + number(float64(l.Burst))
	}
	return number(l.Rate) + "/s:" + number(float64(l.Burst))
}

// number writes a whole number of thousands short.
func number(f float64) string {
	for _, unit := range []struct {
		name string
		size float64
	}{{"G", 1 << 30}, {"M", 1 << 20}, {"K", 1 << 10}} {
		if f >= unit.size && f == float64(int64(f/unit.size))*unit.size {
			return strconv.FormatInt(int64(f/unit.size), 10) + unit.name
		}
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// Table has a limit for each quota and kind of caller; what is not in it is not bounded.
type Table map[Name]map[Kind]Limit

const (
	kb = 1 << 10
	mb = 1 << 20
	gb = 1 << 30
)

// Default is the table as it is without BROS_QUOTAS. It is far above what people
// and honest programs do: a dispatcher's tabs at the peak, a desk's gateway with
// one key. Addresses are bounded only where there is no login, since a carrier
// has hundreds of riders behind one.
func Default() Table {
	return Table{
		Calls:         {Rider: {20, 300}, Staff: {300, 1500}, Admin: {1000, 10000}, Key: {1000, 10000}, Address: {200, 2000}},
		Sockets:       {Rider: {0, 20}, Staff: {0, 2000}, Admin: {0, 10000}, Key: {0, 100}},
		Polls:         {Rider: {0, 10}, Staff: {0, 100}, Admin: {0, 500}, Key: {0, 100}},
		Rooms:         {Rider: {10, 600}, Staff: {200, 10000}, Admin: {2000, 50000}, Key: {10, 600}},
		Messages:      {Rider: {1, 40}, Staff: {5, 200}, Admin: {20, 400}},
		Photos:        {Rider: {0.2, 30}, Staff: {1, 30}, Admin: {1, 30}},
		Subscriptions: {Rider: {0, 10}},
		Late:          {Rider: {0.1, 30}},
		Answers:       {Rider: {512 * kb, 64 * mb}, Staff: {16 * mb, 1 * gb}, Admin: {64 * mb, 1 * gb}, Key: {32 * mb, 1 * gb}, Address: {8 * mb, 512 * mb}},
		Kept:          {Rider: {32 * kb, 4 * mb}, Staff: {256 * kb, 32 * mb}, Admin: {8 * mb, 256 * mb}, Key: {8 * mb, 256 * mb}},
		Reads:         {Rider: {100, 3000}, Staff: {2000, 20000}, Admin: {20000, 100000}, Key: {20000, 100000}, Address: {500, 5000}},
		Guesses:       {Address: {0.5, 60}},
		Tokens:        {Address: {100, 1000}},
	}
}

// Names are the quotas of a table, in the order of the alphabet.
func (t Table) Names() []Name { return slices.Sorted(maps.Keys(t)) }

// Kinds are the callers that a quota bounds, in the table's order.
func (t Table) Kinds(n Name) []Kind {
	return slices.DeleteFunc(slices.Clone(kinds), func(k Kind) bool { _, ok := t[n][k]; return !ok })
}

// Parse reads BROS_QUOTAS into a copy of the default table: entries NAME.KIND=LIMIT
// separated by commas; without .KIND the entry is for all kinds that the quota
// has. A limit is "50/s", "20/m:100" (with a burst; without one it is five
// seconds' worth), a number for what is counted, or "off". Every entry that is
// wrong is named.
func Parse(text string) (Table, []error) {
	t := Default()
	var bad []error
	for entry := range strings.SplitSeq(text, ",") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		if err := t.set(entry); err != nil {
			bad = append(bad, fmt.Errorf("%q %w", entry, err))
		}
	}
	return t, bad
}

func (t Table) set(entry string) error {
	left, value, ok := strings.Cut(entry, "=")
	if !ok {
		return fmt.Errorf("is not of the form NAME.KIND=LIMIT")
	}
	name, kind, one := strings.Cut(strings.TrimSpace(left), ".")
	of, known := t[Name(name)]
	if !known {
		return fmt.Errorf("names no quota (%s)", join(t.Names()))
	}
	to := t.Kinds(Name(name))
	if one {
		if _, known := of[Kind(kind)]; !known {
			return fmt.Errorf("names no caller of this quota (%s)", join(to))
		}
		to = []Kind{Kind(kind)}
	}
	for _, k := range to {
		l, err := parseLimit(strings.TrimSpace(value), of[k].Rate != 0)
		if err != nil {
			return err
		}
		of[k] = l
	}
	return nil
}

func join[S ~string](list []S) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return strings.Join(out, ", ")
}

// maxBurst bounds a limit; its figures fit into an int of 32 bits.
const maxBurst = 2*gb - 1

func parseLimit(text string, rated bool) (Limit, error) {
	if text == "off" {
		return Limit{}, nil
	}
	if !rated {
		n, err := parseNumber(text)
		if err != nil || n < 1 || n != float64(int(n)) {
			return Limit{}, fmt.Errorf("has no whole number, such as 20, or off")
		}
		return Limit{Burst: int(n)}, nil
	}
	left, burst, withBurst := strings.Cut(text, ":")
	amount, per, ok := strings.Cut(left, "/")
	span, known := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}[per]
	n, err := parseNumber(amount)
	if !ok || !known || err != nil || n <= 0 {
		return Limit{}, fmt.Errorf("has no rate such as 50/s, 20/m:100 or off")
	}
	l := Limit{Rate: n / span.Seconds()}
	l.Burst = int(min(max(1, 5*l.Rate), maxBurst))
	if withBurst {
		b, err := parseNumber(burst)
		if err != nil || b < 1 || b != float64(int64(b)) {
			return Limit{}, fmt.Errorf("has no burst such as 50/s:200")
		}
		l.Burst = int(b)
	}
	return l, nil
}

// parseNumber reads a number with K, M or G behind it.
func parseNumber(text string) (float64, error) {
	size := 1.0
	for unit, of := range map[string]float64{"K": kb, "M": mb, "G": gb} {
		if rest, ok := strings.CutSuffix(strings.ToUpper(text), unit); ok {
			text, size = rest, of
			break
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	if err == nil && n*size > maxBurst {
		return 0, strconv.ErrRange
	}
	return n * size, err
}
