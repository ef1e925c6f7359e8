// Abuse attacks the real binary as one caller could, one attack after another,
// and prints what the staff of another center feel meanwhile, and how much memory
// the server takes.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

// ceiling is the GOMEMLIMIT that the server runs under, in MiB.
const ceiling = 1024

func main() {
	bin := flag.String("bros", "bin/bros", "the server's binary")
	each := flag.Duration("time", 10*time.Second, "how long each attack goes on")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	bad, err := run(ctx, os.Stdout, *bin, *each)
	if err != nil {
		fmt.Fprintln(os.Stderr, "abuse:", err)
		os.Exit(1)
	}
	if bad > 0 {
		fmt.Fprintf(os.Stderr, "abuse: %d attacks were felt, or got in\n", bad)
		os.Exit(1)
	}
}

// run prints a line for each attack; bad counts those that a neighbour felt, or that got
// what is not theirs.
func run(ctx context.Context, out io.Writer, bin string, each time.Duration) (bad int, err error) {
	s, err := start(ctx, bin)
	if err != nil {
		return 0, err
	}
	defer s.stop()
	w, err := s.setUp(ctx)
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(out, "%-38s %9s %9s %9s %9s %9s %8s  %s\n", "attack", "order", "list", "login", "probe", "live", "RSS MiB", "answers")
	quiet := w.feel(ctx, each, nil)
	fmt.Fprintln(out, quiet.line("(quiet)"))
	for _, a := range attacks {
		f := w.feel(ctx, each, a.do)
		verdict := ""
		if a.never != 0 && f.got[a.never] > 0 {
			verdict = "  GOT IN"
		}
		if f.worse(quiet) || f.rss > ceiling {
			verdict += "  FELT"
		}
		if verdict != "" {
			bad++
		}
		fmt.Fprintln(out, f.line(a.name)+verdict)
		if s.gone() {
			return bad, fmt.Errorf("the server ended in %q", a.name)
		}
		if ctx.Err() != nil {
			return bad, ctx.Err()
		}
	}
	return bad, nil
}
