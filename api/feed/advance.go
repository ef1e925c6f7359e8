package feed

import (
	"context"
	"errors"
	"time"

	"github.com/brosops/bros/realtime"
)

// applyError marks an error that a fresh load of the log gets around.
type applyError struct{ error }

// advance applies pending steps as far as they follow one another. It answers
// what is left, and whether the rooms are where the database is known to be.
func (t *tail) advance(pending []step) (left []step, inStep bool, err error) {
	epoch, head, loaded := t.f.hub.Head(t.name)
	if !loaded {
		return nil, false, t.pass(pending)
	}
	for len(pending) > 0 {
		s := pending[0]
		if s.seq > head+1 {
			return pending, false, nil
		}
		if s.seq == head+1 {
			if s.entry != nil && s.entry.Epoch != "" && s.entry.Epoch != epoch {
				if same, err := t.confirmEpoch(epoch); err != nil {
					return pending, false, err
				} else if !same {
					return pending, false, t.loadAgain(RepairEpoch)
				}
			}
			changes, err := s.changes()
			if err != nil {
				return pending[1:], false, applyError{err}
			}
			begun := time.Now()
			switch res := t.f.hub.Apply(t.name, epoch, s.seq, changes); res {
			case realtime.Applied:
				head = s.seq
				t.f.OnApplied(t.name, s.seq, s.at, begun)
				t.learn(s.entry)
				if s.entry != nil {
					t.f.OnEntry(s.entry)
				}
			case realtime.NotLoaded:
				return nil, false, t.pass(pending)
			case realtime.Duplicate:
			default: // the log was loaded again between the two calls
				if epoch, head, loaded = t.f.hub.Head(t.name); !loaded {
					return nil, false, t.pass(pending)
				}
				continue
			}
		}
		t.f.Notice(s.entry)
		pending = pending[1:]
	}
	t.reached(head)
	t.mu.Lock()
	defer t.mu.Unlock()
	return nil, head >= t.seen, nil
}

// pass deals with steps of a log that is not loaded: a load under way takes
// them, else only their notices are of interest. It answers errUnloaded.
func (t *tail) pass(pending []step) error {
	t.mu.Lock()
	loading := t.loads > 0 || time.Since(t.loadEnd) < loadGrace
	t.mu.Unlock()
	for _, s := range pending {
		if loading {
			if changes, err := s.changes(); err == nil {
				t.f.hub.Apply(t.name, t.epochOf(s), s.seq, changes)
			}
		}
		t.learn(s.entry)
		t.f.Notice(s.entry)
	}
	return errUnloaded
}

// confirmEpoch asks the database whether this epoch still holds.
func (t *tail) confirmEpoch(epoch string) (bool, error) {
	now, _, err := t.f.store.Heads(t.f.ctx, nil)
	if err != nil {
		return false, err
	}
	t.f.learnEpoch(now)
	return now == epoch, nil
}

// repair reads what is missing from the log and applies it.
func (t *tail) repair(gap, full bool) error {
	cause := RepairBeat
	switch {
	case full:
		cause = RepairFull
	case gap:
		cause = RepairGap
	}
	t.f.OnRepair(cause)
	for {
		_, head, loaded := t.f.hub.Head(t.name)
		if !loaded {
			return nil // the next round finds that out
		}
		steps, err := t.read(head)
		if err != nil {
			return err
		}
		if n := len(steps); n > 0 {
			t.mu.Lock()
			t.sure = max(t.sure, steps[n-1].seq)
			t.mu.Unlock()
		}
		if len(steps) > 0 && steps[0].seq > head+1 { // the log was pruned past us
			return t.loadAgain(cause)
		}
		if len(steps) == 0 {
			// What was said to be there is not (any more); the beat decides.
			t.mu.Lock()
			t.seen = head
			t.mu.Unlock()
			return nil
		}
		if _, _, err := t.advance(steps); err != nil {
			var apply applyError
			if errors.As(err, &apply) {
				t.f.log.Error("a log entry can't be applied: loading the log again", "log", t.name, "error", err)
				return t.loadAgain(RepairError)
			}
			if errors.Is(err, errUnloaded) {
				return nil
			}
			return err
		}
		if len(steps) < repairPage {
			return nil
		}
	}
}

// read is the next page of the log after a number.
func (t *tail) read(after int64) ([]step, error) {
	ctx, cancel := context.WithTimeout(t.f.ctx, 10*time.Second)
	defer cancel()
	if t.chat {
		messages, err := t.f.store.ChatAfter(ctx, t.center, after, repairPage)
		steps := make([]step, len(messages))
		for i := range messages {
			steps[i] = step{seq: messages[i].Seq, message: &messages[i]}
		}
		return steps, err
	}
	entries, err := t.f.store.LogAfter(ctx, t.center, after, repairPage)
	steps := make([]step, len(entries))
	for i := range entries {
		steps[i] = step{seq: entries[i].Seq, entry: &entries[i]}
	}
	return steps, err
}

// loadAgain replaces the log in the hub by what the database has. On an error
// it stays to be done.
func (t *tail) loadAgain(cause string) error {
	ctx, cancel := context.WithTimeout(t.f.ctx, 30*time.Second)
	defer cancel()
	t.f.OnRepair(cause)
	st, err := t.f.load(ctx, t)
	if err != nil {
		t.mu.Lock()
		t.reload = true
		t.mu.Unlock()
		return err
	}
	t.mu.Lock()
	show := t.f.hub.Reload
	if t.rewind {
		show = t.f.hub.Rewind
	}
	t.rewind = false
	t.mu.Unlock()
	show(t.name, st)
	t.mu.Lock()
	t.seen, t.sure = st.Seq, st.Seq
	t.mu.Unlock()
	t.reached(st.Seq)
	t.f.OnRights(t.center)
	if !t.chat {
		t.f.OnLoaded(t.center)
	}
	return nil
}

// waitFor returns when the rooms show the log up to seq, or with ctx.
func (t *tail) waitFor(ctx context.Context, seq int64) error {
	done := make(chan struct{})
	t.mu.Lock()
	t.waiters[done] = seq
	t.mu.Unlock()
	defer func() {
		t.mu.Lock()
		delete(t.waiters, done)
		t.mu.Unlock()
	}()
	_, head, loaded := t.f.hub.Head(t.name)
	if !loaded || head >= seq {
		return nil
	}
	t.wake(func() { t.seen = max(t.seen, seq) })
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// reached wakes those who wait for a number up to head.
func (t *tail) reached(head int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for done, seq := range t.waiters {
		if seq <= head {
			delete(t.waiters, done)
			close(done)
		}
	}
}
