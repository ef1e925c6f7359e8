package store

import (
	"container/list"
	"sync"
)

// fairQueue is the queue in front of the one writer. Each caller has a lane, and
// the lanes take turns: who sends a thousand writes waits for them, and who sends
// one waits for one of each other caller at most.
type fairQueue struct {
	mu     sync.Mutex
	some   sync.Cond
	most   int // in all
	n      int
	lanes  map[string]*lane
	turns  *list.List // of *lane, the next one first
	closed bool
}

type lane struct {
	caller string
	jobs   []*job
}

func newFairQueue(most int) *fairQueue {
	q := &fairQueue{most: most, lanes: map[string]*lane{}, turns: list.New()}
	q.some.L = &q.mu
	return q
}

// Errors of push.
var (
	errQueueClosed = unavailable("the database is closed")
	errQueueFull   = unavailable("too many writes are waiting")
)

// push puts a job at the end of its caller's lane. One caller has half of the
// queue at most; the server's own work (no caller) may have all.
func (q *fairQueue) push(caller string, j *job) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return errQueueClosed
	}
	l := q.lanes[caller]
	if q.n >= q.most || l != nil && caller != "" && len(l.jobs) >= max(1, q.most/2) {
		return errQueueFull
	}
	if l == nil {
		l = &lane{caller: caller}
		q.lanes[caller] = l
		q.turns.PushBack(l)
	}
	l.jobs = append(l.jobs, j)
	q.n++
	q.some.Signal()
	return nil
}

// pop waits for a job; nil says that the queue is closed and empty.
func (q *fairQueue) pop() *job {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.n == 0 && !q.closed {
		q.some.Wait()
	}
	return q.take()
}

// poll is pop without waiting; nil says that there is none.
func (q *fairQueue) poll() *job {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.take()
}

func (q *fairQueue) take() *job {
	front := q.turns.Front()
	if front == nil {
		return nil
	}
	l := front.Value.(*lane)
	j := l.jobs[0]
	l.jobs[0] = nil
	l.jobs = l.jobs[1:]
	q.n--
	if len(l.jobs) == 0 {
		q.turns.Remove(front)
		delete(q.lanes, l.caller)
	} else {
		q.turns.MoveToBack(front)
	}
	return j
}

func (q *fairQueue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.n
}

// close lets nobody in any more; what waits is still popped.
func (q *fairQueue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.some.Broadcast()
}
