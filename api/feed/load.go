package feed

import (
	"context"
	"errors"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// load reads one log whole.
func (f *Follower) load(ctx context.Context, t *tail) (realtime.LogState, error) {
	if t.chat {
		return f.loadChat(ctx, t)
	}
	st, err := f.store.LoadCenter(ctx, t.center, f.now().Add(-f.window))
	if err != nil {
		return realtime.LogState{}, err
	}
	out, err := logState(st)
	if err != nil {
		return realtime.LogState{}, err
	}
	f.learnEpoch(st.Epoch)
	t.setFacts(st)
	return out, nil
}

// loadChat needs no snapshot: entries are only ever added, without a hole, and
// one query reads them with what they have taken away.
func (f *Follower) loadChat(ctx context.Context, t *tail) (realtime.LogState, error) {
	epoch, heads, err := f.store.Heads(ctx, []string{t.center})
	if err != nil {
		return realtime.LogState{}, err
	}
	head, ok := heads[t.center]
	if !ok {
		return realtime.LogState{}, domain.NotFound("center")
	}
	messages, err := f.store.ChatAfter(ctx, t.center, max(0, head.ChatSeq-chatKept), 2*chatKept)
	if err != nil {
		return realtime.LogState{}, err
	}
	seq := head.ChatSeq
	if n := len(messages); n > 0 {
		seq = max(seq, messages[n-1].Seq)
	}
	f.learnEpoch(epoch)
	return chatState(epoch, seq, messages)
}

// LoadFor is the hub's first load of a log.
func (f *Follower) LoadFor(ctx context.Context, name string) (realtime.LogState, error) {
	t := f.tail(name)
	t.beginLoad()
	f.OnLogs()
	defer t.endLoad()
	st, err := f.load(ctx, t)
	if err == nil {
		t.mu.Lock()
		t.sure = max(t.sure, st.Seq)
		t.mu.Unlock()
	}
	return st, err
}

// CatchUp follows a log up to what the database has, for a subscriber that
// knows of entries up to seq which this node has not seen.
func (f *Follower) CatchUp(ctx context.Context, name string, seq int64) error {
	ctx, cancel := context.WithTimeout(ctx, catchUpWait)
	defer cancel()
	t := f.tail(name)
	for range 2 {
		v, err, shared := f.heads.Do(t.center, func() (any, error) {
			ctx, cancel := context.WithTimeout(f.ctx, catchUpWait) // not the first caller's: others wait too
			defer cancel()
			_, heads, err := f.store.Heads(ctx, []string{t.center})
			return heads, err
		})
		if err != nil {
			return err
		}
		head, _ := t.of(v.(map[string]domain.Head))
		if err := t.waitFor(ctx, head); err != nil {
			return err
		}
		// A read that others had begun before may be older than the question.
		if seq > 0 && head >= seq || !shared {
			break
		}
	}
	return nil
}

// MayOffer reports whether a rider may see a center's offers, as far as the
// rooms have been followed; known is false when the log is not loaded.
func (f *Follower) MayOffer(centerID, riderID string) (may, known bool) {
	f.mu.Lock()
	t := f.tails[centerID]
	f.mu.Unlock()
	if t == nil {
		return false, false
	}
	if _, _, loaded := f.hub.Head(centerID); !loaded {
		return false, false
	}
	return t.offers(riderID)
}

// Offered are all riders who may see a center's offers now; known is false
// when nothing has been loaded.
func (f *Follower) Offered(centerID string) (riders map[string]bool, known bool) {
	return f.tail(centerID).offered()
}

// errUnloaded says that nobody on this node follows the log any more.
var errUnloaded = errors.New("the log is not loaded")
