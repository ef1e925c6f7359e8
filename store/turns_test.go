package store

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brosops/bros/domain"
)

// However many scans one caller asks for, the next caller's turn comes at once.
func TestTurnsAreSharedOutByCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(2)
		greedy := domain.WithCaller(t.Context(), "greedy")
		var got []string
		leaves := make(chan func(), 100)
		ask := func(ctx context.Context, name string) {
			go func() {
				leave, err := turns.enter(ctx, true)
				if err != nil {
					return
				}
				got = append(got, name)
				leaves <- leave
			}()
			synctest.Wait()
		}
		for range 5 {
			ask(greedy, "greedy")
		}
		equal(t, "turns of one caller", len(got), 1)
		ask(domain.WithCaller(t.Context(), "a"), "a")
		equal(t, "turns with another", len(got), 2)
		ask(domain.WithCaller(t.Context(), "b"), "b")
		ask(domain.WithCaller(t.Context(), "c"), "c")
		for range 7 {
			(<-leaves)()
			synctest.Wait()
		}
		equal(t, "all had their turn", len(got), 8)
		if got[2] == "greedy" && got[3] == "greedy" {
			t.Errorf("one caller went before the others: %v", got)
		}
		for len(leaves) > 0 {
			(<-leaves)()
		}
		equal(t, "free again", turns.free, 2)
	})
}

// Whoever waits is bounded: by number with 429 for the caller and 503 for all, and
// by time; one who gives up leaves no hole.
func TestTurnsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(2)
		me := domain.WithCaller(t.Context(), "me")
		hold, err := turns.enter(me, false)
		must(t, err)
		answers := make(chan error, 100)
		wait := func(ctx context.Context) {
			go func() {
				leave, err := turns.enter(ctx, false)
				if err == nil {
					leave()
				}
				answers <- err
			}()
		}
		for range turnsOfCaller {
			wait(me)
		}
		synctest.Wait()
		_, err = turns.enter(me, false)
		wantCode(t, err, domain.CodeRateLimited)
		time.Sleep(turnPatience)
		for range turnsOfCaller {
			wantCode(t, <-answers, domain.CodeUnavailable)
		}
		gone, cancel := context.WithCancel(me)
		wait(gone)
		synctest.Wait()
		cancel()
		if err := <-answers; err == nil || codeOf(err) != "" {
			t.Errorf("who went away was answered %v", err)
		}
		wait(me)
		synctest.Wait()
		hold()
		must(t, <-answers)
		equal(t, "free again", turns.free, 2)
		equal(t, "nobody waits", len(turns.waiting), 0)

		other, err := turns.enter(domain.WithCaller(t.Context(), "x"), false)
		must(t, err)
		defer other()
		again, err := turns.enter(me, false)
		must(t, err)
		defer again()
		for i := range turnsWaiting {
			wait(domain.WithCaller(t.Context(), nth("caller", i)))
		}
		synctest.Wait()
		_, err = turns.enter(domain.WithCaller(t.Context(), "late"), false)
		wantCode(t, err, domain.CodeUnavailable)
	})
}
