// Package roads says how far places are from each other by road, and how long
// the ways take. It asks a router (OSRM or Valhalla) within a quarter of a
// second, keeps what it has learned for hours, and does without where the router
// is slow, away or plainly wrong: a way that nobody has told is the straight line
// times the center's detour, and says so.
package roads

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"time"

	"golang.org/x/time/rate"

	"github.com/brosops/bros/domain"
)

const (
	// patience is how long anybody waits for the router.
	patience = 250 * time.Millisecond
	// keep is how long a way counts: traffic is no matter of the routers asked here.
	keep = 6 * time.Hour
	// keepNone is how long it counts that there is no way between two places.
	keepNone = 5 * time.Minute
	// Budget: questions at once, in a second, and in one burst. Beyond, the line
	// is taken without waiting.
	mostAtOnce  = 8
	mostASecond = 50
	mostBurst   = 100
)

// What became of a question, for the figures.
const (
	Answered = "answered"
	Failed   = "failed"  // no answer, or one that can't be read
	Slow     = "slow"    // none within the time
	Lied     = "lied"    // one that can't be true
	Refused  = "refused" // not asked: over the budget, or the router is left alone
)

// Router is a server that knows the roads.
type Router interface {
	// Table is the ways from each place to each other one. A pair between which
	// there is none is the zero Way.
	Table(ctx context.Context, v domain.Vehicle, from, to []domain.Location) ([][]Way, error)
	// Route is one way with its line.
	Route(ctx context.Context, v domain.Vehicle, from, to domain.Location) (Path, error)
	// MostPairs is how many pairs a table may have.
	MostPairs() int
}

// Way is how far and how long.
type Way struct {
	Metres, Seconds float64
	Road            bool // as a router says; else the straight line
}

// Path is a way with its line.
type Path struct {
	Way
	Line []domain.Location
}

// Options are what Roads works with.
type Options struct {
	Router Router
	Now    func() time.Time // nil: time.Now
	Log    *slog.Logger     // nil: none
	// Count is told what became of each question and how long it took; nil: nobody.
	Count func(outcome string, took time.Duration)
}

// Roads knows ways. A nil *Roads knows none, and answers lines.
type Roads struct {
	o       Options
	cache   *cache
	breaker breaker
	rate    *rate.Limiter
	slots   chan struct{}
}

// New makes Roads of a router.
func New(o Options) *Roads {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Count == nil {
		o.Count = func(string, time.Duration) {}
	}
	return &Roads{
		o: o, cache: newCache(), rate: rate.NewLimiter(mostASecond, mostBurst), slots: make(chan struct{}, mostAtOnce),
	}
}

// Degraded says what is done without, for /readyz; empty: nothing.
func (r *Roads) Degraded() string {
	if r == nil || !r.breaker.broken() {
		return ""
	}
	return "the router does not answer: ways are straight lines"
}

// Known is what is kept of a way; nobody is asked.
func (r *Roads) Known(v domain.Vehicle, from, to domain.Location) (Way, bool) {
	if r == nil {
		return Way{}, false
	}
	return r.cache.get(v, from, to, r.o.Now())
}

// Learn makes a way known, if the router answers in time.
func (r *Roads) Learn(ctx context.Context, v domain.Vehicle, from, to domain.Location) {
	if r != nil {
		r.Table(ctx, Line{}, Need{Vehicle: v, From: []domain.Location{from}, To: []domain.Location{to}})
	}
}

// Route is one way with its line; without the router it is straight.
func (r *Roads) Route(ctx context.Context, line Line, v domain.Vehicle, from, to domain.Location) Path {
	straight := Path{line.Way(v, from, to), []domain.Location{from, to}}
	if r == nil {
		return straight
	}
	var p Path
	err := r.ask(ctx, func(ctx context.Context) (err error) {
		p, err = r.o.Router.Route(ctx, v, from, to)
		if err == nil && len(p.Line) > 0 && !likely(v, &p.Way, from, to) {
			return errLie
		}
		return err
	})
	if err != nil || len(p.Line) == 0 {
		return straight
	}
	p.Road = true
	return p
}

var (
	errRefused = errors.New("the router is not asked now")
	errLie     = errors.New("the router's answer can't be true")
)

// ask puts one question to the router, within patience, the budget and the breaker.
func (r *Roads) ask(ctx context.Context, question func(context.Context) error) error {
	begun := r.o.Now()
	select {
	case r.slots <- struct{}{}:
	default:
		r.o.Count(Refused, 0)
		return errRefused
	}
	defer func() { <-r.slots }()
	if !r.rate.Allow() || !r.breaker.allow(begun) {
		r.o.Count(Refused, 0)
		return errRefused
	}
	asking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	started := time.Now()
	err := question(asking)
	took := time.Since(started)
	outcome := Answered
	switch {
	case err == nil:
	case errors.Is(err, errLie):
		outcome = Lied
	case ctx.Err() != nil:
		// The caller went away: it says nothing of the router.
		r.breaker.abandon()
		return err
	case asking.Err() != nil:
		outcome = Slow
	default:
		outcome = Failed
	}
	r.o.Count(outcome, took)
	if was, is := r.breaker.note(err == nil, r.o.Now()); is != was {
		if is {
			r.o.Log.Warn("the router is left alone for a while: ways are straight lines", "outcome", outcome, "error", err)
		} else {
			r.o.Log.Info("the router answers again")
		}
	}
	return err
}

// Speeds that nothing reaches on the way, in metres per second: what is faster is
// a lie, and what a bicycle or somebody on foot does not reach is what a router
// answers that knows cars alone.
const (
	neverFaster = 150 / 3.6
	neverSlower = 0.1
	bicycleMost = 25 / 3.6
	footMost    = 6 / 3.6
)

// likely reports whether a way can be true, and holds the seconds to what the
// vehicle can do.
func likely(v domain.Vehicle, w *Way, from, to domain.Location) bool {
	straight := domain.Distance(from, to)
	switch {
	case !(w.Metres >= 0 && w.Seconds >= 0) || math.IsInf(w.Metres, 0) || math.IsInf(w.Seconds, 0): // NaN too
		return false
	case w.Metres+snap < straight*.98, w.Metres > 50*straight+50_000:
		return false
	case w.Metres > 60 && w.Metres > w.Seconds*neverFaster, w.Seconds > 600+w.Metres/neverSlower:
		return false
	}
	switch v {
	case domain.Bicycle:
		w.Seconds = max(w.Seconds, w.Metres/bicycleMost)
	case domain.Foot:
		w.Seconds = max(w.Seconds, w.Metres/footMost)
	}
	return true
}

// snap is how far in all the ends of a way may lie from the next road, in metres.
const snap = 400
