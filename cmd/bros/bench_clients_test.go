package main

import (
	"bufio"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// clientsEnv marks the process that is all clients of a benchmark.
const clientsEnv = "BROS_BENCH_CLIENTS"

// It is this same test binary, which then does nothing else.
func init() {
	if os.Getenv(clientsEnv) == "" {
		return
	}
	if err := runClients(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "the clients of the benchmark:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// clientsJob is what the clients are to do. First the consoles connect; then
// the process says so and waits for the start.
type clientsJob struct {
	Addr      string
	Consoles  []string // a session token for each socket
	Addresses []string // what each console subscribes to
	Fresh     bool     // the consoles subscribe at the start, all at once, and that is all
	Writers   []writerJob
	Every     time.Duration // between two changes of all writers together; 0: each goes on as soon as it is answered
	For       time.Duration // no request begins later than that after the start
}

// writerJob is one caller of the API, on a connection of its own.
type writerJob struct {
	Desk, Rider string   // tokens
	RiderID     string   // whom the desk assigns to
	Deliveries  []string // the desk assigns, the rider picks up and delivers, one after the other
	Fixes       int      // > 0: instead the rider posts its places, so many a request
}

// clientsResult is what they saw. Instants are Unix time in nanoseconds.
type clientsResult struct {
	Took     time.Duration // from the start to the last answer or message
	CPU      time.Duration // of the whole process since the start
	Requests []requestTimes
	Consoles []consoleTimes
}

// requestTimes is one request that was answered 2xx.
type requestTimes struct {
	Due, Start, End int64
	Seq             int64 // the highest number it took
	Changes         int   // how many numbers that were
}

// consoleTimes is what one socket got.
type consoleTimes struct {
	Seqs, At   []int64 // of each message with a number
	Bytes      int64   // of the snapshot
	Parts      int
	Subscribed int64 // when the whole reply was there
}

// clients is the other process as the benchmark holds it.
type clients struct {
	b   *testing.B
	cmd *exec.Cmd
	in  io.WriteCloser
	enc *gob.Encoder
	dec *gob.Decoder
}

// startClients returns when the consoles are connected (and subscribed, unless Fresh).
func startClients(b *testing.B, job clientsJob) *clients {
	b.Helper()
	exe, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	c := &clients{b: b, cmd: exec.Command(exe)}
	c.cmd.Env = append(os.Environ(), clientsEnv+"=1")
	c.cmd.Stderr = os.Stderr
	in, err1 := c.cmd.StdinPipe()
	out, err2 := c.cmd.StdoutPipe()
	if err := errors.Join(err1, err2, c.cmd.Start()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.kill)
	c.in, c.enc, c.dec = in, gob.NewEncoder(in), gob.NewDecoder(out)
	if err := c.enc.Encode(job); err != nil {
		b.Fatal(err)
	}
	c.await("ready")
	return c
}

// run gives the start, and returns when the clients have got everything. used
// is what the server spent meanwhile.
func (c *clients) run(s *benchServer) (result clientsResult, used meter) {
	c.b.Helper()
	before := s.meter()
	if err := c.enc.Encode("start"); err != nil {
		c.b.Fatal(err)
	}
	c.await("done")
	used = s.meter().since(before)
	if err := c.dec.Decode(&result); err != nil {
		c.b.Fatal(err)
	}
	_ = c.in.Close()
	if err := c.cmd.Wait(); err != nil {
		c.b.Fatal(err)
	}
	return result, used
}

func (c *clients) await(word string) {
	c.b.Helper()
	var got string
	if err := c.dec.Decode(&got); err != nil || got != word {
		c.b.Fatalf("the clients said %q (%v), want %q", got, err, word)
	}
}

func (c *clients) kill() {
	if c.cmd.ProcessState == nil {
		_ = c.cmd.Process.Kill() // it may have ended
		_ = c.cmd.Wait()
	}
}

// From here on it is the other process that runs.

// lateness bounds how long after the last answer messages are waited for.
const lateness = 15 * time.Second

func runClients(r io.Reader, w io.Writer) error {
	in, out := gob.NewDecoder(bufio.NewReader(r)), gob.NewEncoder(w)
	var job clientsJob
	if err := in.Decode(&job); err != nil {
		return err
	}
	watch := &watch{all: make(chan struct{}), failed: make(chan error, 1)}
	consoles, err := connectConsoles(job, watch)
	if err != nil {
		return err
	}
	start := make(chan struct{})
	var subscribed sync.WaitGroup
	if job.Fresh {
		for _, c := range consoles {
			subscribed.Go(func() {
				<-start
				if err := c.subscribe(job.Addresses); err != nil {
					watch.fail(err)
				}
			})
		}
	}
	if err := out.Encode("ready"); err != nil {
		return err
	}
	var word string
	if err := in.Decode(&word); err != nil {
		return err
	}
	began, cpu := time.Now(), processCPU()
	close(start)
	subscribed.Wait()
	requests, err := runWriters(job, began)
	if err == nil {
		err = watch.await(requests, len(consoles))
	}
	if err != nil {
		return err
	}
	result := clientsResult{Took: time.Since(began), CPU: processCPU() - cpu, Requests: requests}
	if err := out.Encode("done"); err != nil {
		return err
	}
	for _, c := range consoles {
		result.Consoles = append(result.Consoles, c.stop())
	}
	return out.Encode(result)
}

// connectConsoles opens the sockets, a few at a time.
func connectConsoles(job clientsJob, watch *watch) ([]*console, error) {
	const atOnce = 32
	consoles := make([]*console, len(job.Consoles))
	var wg sync.WaitGroup
	for from := range atOnce {
		wg.Go(func() {
			for i := from; i < len(consoles); i += atOnce {
				c, err := dialConsole(job.Addr, job.Consoles[i])
				if err == nil && !job.Fresh {
					if err = c.subscribe(job.Addresses); err == nil {
						go c.follow(watch)
					}
				}
				if err != nil {
					watch.fail(err)
					return
				}
				consoles[i] = c
			}
		})
	}
	wg.Wait()
	select {
	case err := <-watch.failed:
		return nil, err
	default:
		return consoles, nil
	}
}

// watch knows when every console has every change.
type watch struct {
	arrived, want atomic.Int64 // messages at all consoles
	once          sync.Once
	all           chan struct{}
	failed        chan error
}

// took counts messages that a console got.
func (w *watch) took(n int) {
	arrived := w.arrived.Add(int64(n))
	if want := w.want.Load(); want > 0 && arrived >= want {
		w.once.Do(func() { close(w.all) })
	}
}

func (w *watch) fail(err error) {
	select {
	case w.failed <- err:
	default: // one is enough
	}
}

// await returns when all has arrived, or will not: the benchmark counts.
func (w *watch) await(requests []requestTimes, consoles int) error {
	changes := 0
	for _, r := range requests {
		changes += r.Changes
	}
	if changes == 0 || consoles == 0 {
		select {
		case err := <-w.failed:
			return err
		default:
			return nil
		}
	}
	w.want.Store(int64(changes * consoles))
	w.took(0)
	select {
	case <-w.all:
		return nil
	case err := <-w.failed:
		return err
	case <-time.After(lateness):
		return nil
	}
}
