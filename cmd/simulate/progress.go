package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress shows how far the replay is: a bar on a terminal, else a line now
// and then.
type progress struct {
	out   io.Writer
	bar   *progressbar.ProgressBar
	total int
	last  time.Time
}

// lineEvery is how often a line is printed where there is no terminal.
const lineEvery = 10 * time.Second

func newProgress(out *os.File, total int) *progress {
	p := &progress{out: out, total: total, last: time.Now()}
	if term.IsTerminal(int(out.Fd())) {
		p.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(out),
			progressbar.OptionShowCount(),
			progressbar.OptionSetWidth(30),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionSetPredictTime(false),
			progressbar.OptionSetElapsedTime(true),
			progressbar.OptionClearOnFinish(),
		)
	}
	return p
}

// say prints a line of its own.
func (p *progress) say(format string, args ...any) {
	if p.bar != nil {
		_ = p.bar.Clear() // cosmetics
	}
	fmt.Fprintf(p.out, format+"\n", args...)
}

// show tells how many orders have come to an end and what time it is in the
// simulation.
func (p *progress) show(finished int, clock time.Duration) {
	at := fmt.Sprintf("%02d:%02d", int(clock.Hours()), int(clock.Minutes())%60)
	if p.bar != nil {
		p.bar.Describe(at + " orders")
		_ = p.bar.Set(finished) // cosmetics
		return
	}
	if time.Since(p.last) >= lineEvery {
		p.last = time.Now()
		fmt.Fprintf(p.out, "%s  %d of %d orders ended\n", at, finished, p.total)
	}
}

// end takes the bar away.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
		_ = p.bar.Clear()
	}
}
