package api

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"github.com/brosops/bros/api/quota"
	"github.com/brosops/bros/domain"
)

// write is the one way of a change: it commits (see commit) and answers.
func (s *Server) write(w http.ResponseWriter, r *http.Request, status int, fn func(ctx context.Context, tx domain.Tx) (any, error)) error {
	done, err := s.commit(r, status, fn)
	if err != nil {
		return err
	}
	done.send(w)
	return nil
}

// committed is the answer of a write that is durable.
type committed struct {
	domain.Answer
	replayed bool // it is what the idempotency key was answered before
}

// commit runs one transaction, the Idempotency-Key rule around it, and renders
// its answer with the BROS-Seq header. status is that of success unless fn's
// result has an HTTPStatus method; a nil result has no body. fn may run more
// than once. A refusal is an error, except for a key: what a key was answered
// is kept in the same transaction, and a 409 is an answer too. It wrote
// nothing, so a transaction of its own keeps it.
func (s *Server) commit(r *http.Request, status int, fn func(ctx context.Context, tx domain.Tx) (any, error)) (committed, error) {
	var done committed
	key, err := idempotencyKey(r)
	if err != nil {
		return done, err
	}
	epoch, err := s.currentEpoch(r.Context())
	if err != nil {
		return done, err
	}
	c := callOf(r.Context())
	// A write that waits for its turn is given up with its request; one that has
	// begun is finished even when the caller hangs up.
	ctx := context.WithoutCancel(r.Context())
	if key == "" {
		err := s.store.Write(r.Context(), func(tx domain.Tx) (err error) {
			done.Answer, err = s.attempt(ctx, c, tx, epoch, status, fn)
			return err
		})
		if e := refusal(err); e != nil && e.Commit {
			err = nil
		}
		return done, err
	}

	caller := c.actor.UserID
	if err := s.due(c.caller, quota.Kept); err != nil {
		return done, err
	}
	defer func() {
		if !done.replayed {
			s.quotas.Charge(quota.Kept, c.caller, len(done.Body), s.now())
		}
	}()
	slot, print := c.fingerprint(r, key)
	unlock, err := s.answers.lock(r.Context(), slot)
	if err != nil {
		return done, err
	}
	defer unlock()
	err = s.store.Write(r.Context(), func(tx domain.Tx) error {
		var err error
		if done.Answer, done.replayed, err = s.kept(ctx, tx, c.actor, slot, print); err != nil || done.replayed {
			return err
		}
		done.Answer, err = s.attempt(ctx, c, tx, epoch, status, fn)
		if e := refusal(err); err == nil || e != nil && e.Commit {
			done.Fingerprint = print
			if err := tx.SaveAnswer(ctx, caller, slot, done.Answer); err != nil {
				return err
			}
		}
		return err
	})
	e := refusal(err)
	if e == nil || e.Commit {
		if e != nil {
			err = nil
		}
		return done, err
	}
	// Refused, and rolled back: keep the refusal, unless a twin on another node
	// has been answered meanwhile.
	err = s.store.Write(r.Context(), func(tx domain.Tx) error {
		var err error
		if done.Answer, done.replayed, err = s.kept(ctx, tx, c.actor, slot, print); err != nil || done.replayed {
			return err
		}
		done.Answer = s.refused(c, e)
		done.Fingerprint = print
		return tx.SaveAnswer(ctx, caller, slot, done.Answer)
	})
	return done, err
}

// attempt runs fn once and renders what it answered.
func (s *Server) attempt(ctx context.Context, c *call, tx domain.Tx, epoch string, status int, fn func(context.Context, domain.Tx) (any, error)) (domain.Answer, error) {
	counted := &countedTx{Tx: tx}
	out, err := fn(ctx, counted)
	if err != nil {
		if e := refusal(err); e != nil && e.Commit {
			ans := s.refused(c, e)
			ans.Seq = seqHeader(epoch, counted.seq)
			return ans, err
		}
		return domain.Answer{}, err
	}
	ans := domain.Answer{Status: status}
	if h, ok := out.(interface{ HTTPStatus() int }); ok {
		ans.Status = h.HTTPStatus()
	}
	seq := counted.seq
	if seq == 0 {
		seq = versionOf(out)
	}
	ans.Seq = seqHeader(epoch, seq)
	if out == nil {
		return ans, nil
	}
	ans.ContentType = "application/json"
	if ans.Body, err = json.Marshal(shown(out, c.actor, domain.At(s.now()))); err != nil {
		return domain.Answer{}, fmt.Errorf("encode the answer: %w", err)
	}
	return ans, nil
}

// refusal is err as an answer that is kept for a key: a 409. Everything else is nil.
func refusal(err error) *domain.Error {
	var e *domain.Error
	if errors.As(err, &e) && (e.Code == domain.CodeConflict || e.Code == domain.CodeIllegalTransition) {
		return e
	}
	return nil
}

// refused renders a refusal as an answer that can be kept.
func (s *Server) refused(c *call, e *domain.Error) domain.Answer {
	status, body := encodeProblem(e.ShownTo(c.actor, domain.At(s.now())), c.id)
	return domain.Answer{Status: status, ContentType: "application/problem+json", Body: body}
}

// send writes the answer out.
func (a committed) send(w http.ResponseWriter) {
	h := w.Header()
	if a.Seq != "" {
		h.Set("BROS-Seq", a.Seq)
	}
	if a.replayed {
		h.Set("Idempotency-Replayed", "true")
	}
	if len(a.Body) > 0 {
		h.Set("Content-Type", a.ContentType)
		h.Set("Content-Length", strconv.Itoa(len(a.Body)))
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body)
}

func seqHeader(epoch string, seq int64) string {
	if seq == 0 {
		return ""
	}
	return epoch + "/" + strconv.FormatInt(seq, 10)
}

// countedTx notes the highest number that a use case took.
type countedTx struct {
	domain.Tx
	seq int64
}

// Append passes on and looks at the numbers the changes were stamped with.
func (t *countedTx) Append(ctx context.Context, actor domain.Actor, centerID string, at domain.Time, changes ...*domain.Change) error {
	if err := t.Tx.Append(ctx, actor, centerID, at, changes...); err != nil {
		return err
	}
	for _, c := range changes {
		t.seq = max(t.seq, versionOf(c.Record))
	}
	return nil
}

// versioned is a result that says itself which number speaks for it.
type versioned interface{ answerVersion() int64 }

// versionOf is the version of a record of a center's log; 0 for anything else.
func versionOf(v any) int64 {
	switch v := v.(type) {
	case *domain.Order:
		return v.Version
	case *domain.Delivery:
		return v.Version
	case *domain.Rider:
		return v.Version
	case *domain.Center:
		return v.Version
	case versioned:
		return v.answerVersion()
	}
	return 0
}

// idempotencyKey reads the header; only a POST has one.
func idempotencyKey(r *http.Request) (string, error) {
	key := r.Header.Get("Idempotency-Key")
	if key == "" || r.Method != http.MethodPost {
		return "", nil
	}
	if len(key) > 200 {
		return "", domain.Invalid("Idempotency-Key", "is longer than 200 characters")
	}
	for _, b := range []byte(key) {
		if b < 0x20 || b > 0x7e {
			return "", domain.Invalid("Idempotency-Key", "has characters outside of ASCII")
		}
	}
	return key, nil
}

// fingerprint names the place a key's answer is kept at, and what it was asked
// with. The key itself is not stored: it is what the print is keyed with, so
// that a stolen database does not let anyone try passwords against the hash of
// a body.
func (c *call) fingerprint(r *http.Request, key string) (slot, print string) {
	at := sha256.Sum256([]byte(c.actor.UserID + "\x00" + key))
	mac := hmac.New(sha256.New, []byte(key))
	fmt.Fprintf(mac, "%s\n%s\n", r.Method, r.URL.Path)
	mac.Write(c.bodyHash[:])
	return hex.EncodeToString(at[:]), hex.EncodeToString(mac.Sum(nil))
}

// keyLocks lets one request at a time work under an idempotency key.
type keyLocks struct {
	mu    sync.Mutex
	slots map[string]*keyLock
}

type keyLock struct {
	held    chan struct{} // one element: free
	waiting int
}

// lock waits for the key, or for ctx.
func (k *keyLocks) lock(ctx context.Context, slot string) (unlock func(), err error) {
	k.mu.Lock()
	if k.slots == nil {
		k.slots = map[string]*keyLock{}
	}
	l := k.slots[slot]
	if l == nil {
		l = &keyLock{held: make(chan struct{}, 1)}
		l.held <- struct{}{}
		k.slots[slot] = l
	}
	l.waiting++
	k.mu.Unlock()

	leave := func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if l.waiting--; l.waiting == 0 {
			delete(k.slots, slot)
		}
	}
	select {
	case <-l.held:
		return func() { l.held <- struct{}{}; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
