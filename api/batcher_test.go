package api

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// All of these run in synctest bubbles: a sleep moves the bubble's own clock, to the
// exact moment and in no time, once everything in the bubble waits.

// numbers is a batcher of ints that keeps what it has written.
type numbers struct {
	*batcher[int, []int]
	begun   time.Time
	written [][]int
	at      []time.Duration // when each was, since begun
	takes   time.Duration
	fails   error        // what the first batch meets
	asked   atomic.Int32 // callers
	answers chan verdict
}

type verdict struct {
	item int
	err  error
}

var errOdd = errors.New("no odd numbers")

func newNumbers(gather, every time.Duration) *numbers {
	n := &numbers{begun: time.Now(), answers: make(chan verdict, 1000)}
	n.batcher = newBatcher(gather, every, func(batch *[]int, item int) (bool, error) {
		if item%2 != 0 {
			return false, errOdd
		}
		*batch = append(*batch, item)
		return len(*batch) >= 10, nil
	}, func(_ context.Context, batch *[]int) error {
		n.written, n.at = append(n.written, *batch), append(n.at, time.Since(n.begun))
		time.Sleep(n.takes) // of the bubble's clock
		if len(n.written) == 1 {
			return n.fails
		}
		return nil
	})
	return n
}

// bring has a caller of its own bring each item.
func (n *numbers) bring(ctx context.Context, items ...int) {
	for _, item := range items {
		n.asked.Add(1)
		go func() { n.answers <- verdict{item, n.save(ctx, item)} }()
	}
	synctest.Wait()
}

// answered is what the callers have been told so far.
func (n *numbers) answered() map[int]error {
	synctest.Wait()
	all := map[int]error{}
	for len(n.answers) > 0 {
		a := <-n.answers
		if _, twice := all[a.item]; twice {
			panic("answered twice")
		}
		all[a.item] = a.err
	}
	return all
}

// TestBatcherAnswersEach: every caller gets exactly one answer, when its batch is
// written; a full batch waits for nobody, one that is not gathers.
func TestBatcherAnswersEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNumbers(25*time.Millisecond, 0)
		n.bring(t.Context(), 2, 3, 4)
		if got := n.answered(); len(got) != 1 || !errors.Is(got[3], errOdd) {
			t.Errorf("at once: %v", got)
		}
		time.Sleep(24 * time.Millisecond)
		if got := n.answered(); len(got) != 0 {
			t.Errorf("before the time: %v", got)
		}
		time.Sleep(time.Millisecond)
		if got := n.answered(); len(got) != 2 || got[2] != nil || got[4] != nil {
			t.Errorf("then: %v", got)
		}
		for i := range 10 {
			n.bring(t.Context(), 100+2*i)
		}
		if got := n.answered(); len(got) != 10 || len(n.written) != 2 || n.at[1] != 25*time.Millisecond {
			t.Errorf("a full batch: %v, written at %v", got, n.at)
		}
		n.bring(t.Context(), 5) // refused by an empty batcher: nothing is written
		time.Sleep(time.Second)
		if got := n.answered(); len(got) != 1 || !errors.Is(got[5], errOdd) || len(n.written) != 2 {
			t.Errorf("refused: %v, written %v", got, n.written)
		}
	})
}

// TestBatcherFails: an error reaches all of its batch and nobody else; a caller
// who leaves is told so, and what it brought is written.
func TestBatcherFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNumbers(10*time.Millisecond, 0)
		n.takes, n.fails = 50*time.Millisecond, errors.New("the disk is full")
		n.bring(t.Context(), 2, 4)
		leaves, leave := context.WithCancel(t.Context())
		n.bring(leaves, 6)
		leave()
		if got := n.answered(); len(got) != 1 || !errors.Is(got[6], context.Canceled) {
			t.Errorf("who left: %v", got)
		}
		time.Sleep(20 * time.Millisecond)
		n.bring(t.Context(), 8) // while the first is being written
		time.Sleep(40 * time.Millisecond)
		got := n.answered()
		if slices.Sort(n.written[0]); len(got) != 2 || !errors.Is(got[2], n.fails) || !errors.Is(got[4], n.fails) || !slices.Equal(n.written[0], []int{2, 4, 6}) {
			t.Errorf("the first batch: %v, written %v", got, n.written)
		}
		time.Sleep(time.Second)
		if got := n.answered(); len(got) != 1 || got[8] != nil || n.at[1] != 60*time.Millisecond {
			t.Errorf("the second: %v, written at %v", got, n.at)
		}
	})
}

// TestBatcherPause: batches begin at least every apart, the first of a quiet time
// after gather alone.
func TestBatcherPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNumbers(200*time.Millisecond, time.Second)
		for i := range 23 {
			n.bring(t.Context(), 2*i)
			time.Sleep(130 * time.Millisecond)
		}
		time.Sleep(2 * time.Second)
		n.bring(t.Context(), 100)
		time.Sleep(time.Second)
		var want []time.Duration
		for _, ms := range []int64{200, 1200, 2200, 3200, 5190} {
			want = append(want, time.Duration(ms)*time.Millisecond)
		}
		if got := n.answered(); len(got) != int(n.asked.Load()) || !slices.Equal(n.at, want) {
			t.Errorf("%d of %d answered, written at %v", len(got), n.asked.Load(), n.at)
		}
	})
}

// TestBatcherStops: stop writes what waits and answers it; what comes behind it
// waits for nothing.
func TestBatcherStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNumbers(time.Minute, time.Hour)
		n.stop(t.Context()) // nothing waits
		n = newNumbers(time.Minute, time.Hour)
		n.takes = 20 * time.Millisecond
		n.bring(t.Context(), 2, 4)
		n.stop(t.Context())
		if got := n.answered(); len(got) != 2 || got[2] != nil || got[4] != nil || time.Since(n.begun) != n.takes {
			t.Errorf("%v after stop: %v", time.Since(n.begun), got)
		}
		n.bring(t.Context(), 6)
		soon, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		n.stop(soon)
		if got := n.answered(); len(got) != 0 {
			t.Errorf("stop did not end with its context: %v", got)
		}
		n.stop(t.Context())
		if got := n.answered(); len(got) != 1 || got[6] != nil || time.Since(n.begun) != 2*n.takes {
			t.Errorf("%v after the second: %v", time.Since(n.begun), got)
		}
	})
}
