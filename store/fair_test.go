package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/brosops/bros/domain"
)

// TestFairQueue: the lanes take turns, each in its own order.
func TestFairQueue(t *testing.T) {
	q := newFairQueue(100)
	name := map[*job]string{}
	push := func(caller string, n int) (err error) {
		for i := range n {
			j := &job{}
			name[j] = fmt.Sprint(caller, i)
			if err = q.push(caller, j); err != nil {
				return err
			}
		}
		return nil
	}
	must(t, push("flood", 5))
	must(t, push("a", 1))
	must(t, push("b", 2))
	var got []string
	for range 3 {
		got = append(got, name[q.poll()])
	}
	must(t, push("c", 1))
	for j := q.poll(); j != nil; j = q.poll() {
		got = append(got, name[j])
	}
	same(t, "order", got, []string{"flood0", "a0", "b0", "flood1", "b1", "c0", "flood2", "flood3", "flood4"})
	if err := push("flood", 100); !errors.Is(err, errQueueFull) || q.len() != 50 {
		t.Errorf("a caller has %d of 100 places: %v", q.len(), err)
	}
	must(t, push("", 50))
	if err := push("d", 1); !errors.Is(err, errQueueFull) {
		t.Errorf("more than all: %v", err)
	}
	q.close()
	if err := push("e", 1); !errors.Is(err, errQueueClosed) {
		t.Errorf("closed: %v", err)
	}
	for n := 100; q.pop() != nil; n-- {
		if n == 0 {
			t.Fatal("more than was pushed")
		}
	}
	if q.len() != 0 || len(q.lanes) != 0 || q.turns.Len() != 0 {
		t.Errorf("%d jobs and %d lanes are left", q.len(), len(q.lanes))
	}
}

// TestWritesTakeTurns: one write of one caller is not behind all of another's.
func TestWritesTakeTurns(t *testing.T) {
	db := open(t, freshSQLite(t))
	var order []string // the writer's alone
	h := hold(db, nothing)
	write := func(caller string) chan error {
		done := make(chan error, 1)
		before := db.Stats().Waiting
		go func() {
			done <- db.do(domain.WithCaller(context.Background(), caller), func(*txn) error { order = append(order, caller); return nil })
		}()
		for db.Stats().Waiting == before {
			runtime.Gosched()
		}
		return done
	}
	var all []chan error
	for range 50 {
		all = append(all, write("flood"))
	}
	all = append(all, write("one"))
	close(h.release)
	must(t, <-h.done)
	for _, done := range all {
		must(t, <-done)
	}
	if order[1] != "one" {
		t.Errorf("the order was %v", order)
	}
}
