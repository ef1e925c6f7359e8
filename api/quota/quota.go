package quota

import (
	"fmt"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Caller is who is bounded: what sort, and its id or address.
type Caller struct {
	Kind Kind
	ID   string
}

// Exceeded says which quota a caller has used up, and when there is some again.
type Exceeded struct {
	Name   Name
	Caller Caller
	Limit  Limit
	Wait   time.Duration
}

func (e *Exceeded) Error() string {
	if e.Limit.Rate == 0 {
		return fmt.Sprintf("quota %s.%s: at most %d at once", e.Name, e.Caller.Kind, e.Limit.Burst)
	}
	return fmt.Sprintf("quota %s.%s: %s", e.Name, e.Caller.Kind, e.Limit)
}

// RetryAfter is the wait in whole seconds, at least one.
func (e *Exceeded) RetryAfter() int { return max(1, int(math.Ceil(e.Wait.Seconds()))) }

// Quotas count what each caller has taken. Its methods may be called from many
// goroutines at once.
type Quotas struct {
	table   Table
	refused func(Name, Kind)

	mu    sync.Mutex
	rates map[slot]*rate.Limiter
	open  map[slot]int
}

// slot is one quota of one caller.
type slot struct {
	name Name
	Caller
}

// New makes quotas of a table; refused is told of every refusal.
func New(table Table, refused func(Name, Kind)) *Quotas {
	return &Quotas{table: table, refused: refused, rates: map[slot]*rate.Limiter{}, open: map[slot]int{}}
}

// limiter is the caller's own, made when it is first needed; nil: no limit.
func (q *Quotas) limiter(name Name, c Caller) (*rate.Limiter, Limit) {
	l := q.table[name][c.Kind]
	if l.Rate == 0 {
		return nil, l
	}
	at := slot{name, c}
	q.mu.Lock()
	defer q.mu.Unlock()
	r := q.rates[at]
	if r == nil {
		r = rate.NewLimiter(rate.Limit(l.Rate), l.Burst)
		q.rates[at] = r
	}
	return r, l
}

// Take takes n; it takes nothing when there are not as many.
func (q *Quotas) Take(name Name, c Caller, n int, now time.Time) error {
	r, l := q.limiter(name, c)
	if r == nil || r.AllowN(now, min(n, l.Burst)) {
		return nil
	}
	return q.exceeded(name, c, l, (float64(min(n, l.Burst))-r.TokensAt(now))/l.Rate)
}

// Due refuses a caller who has taken more than there was, until it is made up for.
func (q *Quotas) Due(name Name, c Caller, now time.Time) error {
	r, l := q.limiter(name, c)
	if r == nil {
		return nil
	}
	if left := r.TokensAt(now); left < 1 {
		return q.exceeded(name, c, l, (1-left)/l.Rate)
	}
	return nil
}

// Charge takes n of what is known only afterwards, down to a debt of one burst:
// Due refuses what comes next.
func (q *Quotas) Charge(name Name, c Caller, n int, now time.Time) {
	r, l := q.limiter(name, c)
	if r == nil || n <= 0 || r.TokensAt(now) <= 0 {
		return
	}
	r.ReserveN(now, min(n, l.Burst))
}

// Hold takes one of what a caller has open at once; release gives it back, and
// may be called more than once.
func (q *Quotas) Hold(name Name, c Caller) (release func(), err error) {
	l := q.table[name][c.Kind]
	if l.unlimited() {
		return func() {}, nil
	}
	at := slot{name, c}
	q.mu.Lock()
	full := q.open[at] >= l.Burst
	if !full {
		q.open[at]++
	}
	q.mu.Unlock()
	if full {
		return nil, q.exceeded(name, c, l, 5)
	}
	return sync.OnceFunc(func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		if q.open[at]--; q.open[at] == 0 {
			delete(q.open, at)
		}
	}), nil
}

// Most is how many of what is counted a caller may have; 0: any number.
func (q *Quotas) Most(name Name, k Kind) int { return q.table[name][k].Burst }

// Full is the refusal of a caller that has as many as Most says.
func (q *Quotas) Full(name Name, c Caller) error {
	return q.exceeded(name, c, q.table[name][c.Kind], 60)
}

func (q *Quotas) exceeded(name Name, c Caller, l Limit, seconds float64) error {
	q.refused(name, c.Kind)
	return &Exceeded{name, c, l, time.Duration(min(seconds, 3600) * float64(time.Second))}
}

// Sweep forgets callers that have their whole burst again.
func (q *Quotas) Sweep(now time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for at, r := range q.rates {
		if r.TokensAt(now) >= float64(r.Burst()) {
			delete(q.rates, at)
		}
	}
}

// Callers is how many are being counted.
func (q *Quotas) Callers() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.rates) + len(q.open)
}
