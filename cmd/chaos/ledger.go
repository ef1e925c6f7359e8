package main

import (
	"sync"

	"github.com/brosops/bros/domain"
)

// ledger is what the nodes have acknowledged.
type ledger struct {
	mu       sync.Mutex
	states   []state // of records, one for each acknowledged change
	messages []domain.ChatMessage
	fixes    map[string][]domain.Time // by rider
	doubles  []string                 // deliveries that several dispatchers were given, or none
	contests int
	orders   map[string]bool // ids
	done     map[string]int  // what was done that is not of every day
}

// state is a record as an answer showed it.
type state struct {
	center, key string
	version     int64
	status      string
}

func newLedger() *ledger {
	return &ledger{fixes: map[string][]domain.Time{}, orders: map[string]bool{}, done: map[string]int{}}
}

func (l *ledger) order(o *domain.Order) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.orders[o.ID] = true
	l.states = append(l.states, state{o.CenterID, o.ID, o.Version, string(o.Status)})
}

func (l *ledger) delivery(d *domain.Delivery) {
	if d == nil || d.ID == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.states = append(l.states, state{d.CenterID, d.ID, d.Version, domain.StateOf(d).Status})
}

func (l *ledger) count(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done[what]++
}

func (l *ledger) message(m *domain.ChatMessage) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.messages = append(l.messages, *m)
}

func (l *ledger) fix(riderID string, at domain.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fixes[riderID] = append(l.fixes[riderID], at)
}

// contest notes how many were told that the delivery is their rider's.
func (l *ledger) contest(id string, winners int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.contests++
	if winners != 1 {
		l.doubles = append(l.doubles, id)
	}
}

// acknowledged is how many writes there are to be found again.
func (l *ledger) acknowledged() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.states) + len(l.messages)
	for _, f := range l.fixes {
		n += len(f)
	}
	return n
}
