package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// listReads answers GET /chat/{centerId}/read.
func (s *Server) listReads(w http.ResponseWriter, r *http.Request) error {
	a, centerID := actorOf(r.Context()), chi.URLParam(r, "centerId")
	if err := s.inCenter(r.Context(), a, centerID); err != nil {
		return err
	}
	reads, err := s.store.ListReads(r.Context(), centerID, a.UserID)
	if err != nil {
		return err
	}
	return writeList(w, r, newList(reads, ""))
}

// markRead answers PUT /chat/{centerId}/read: the mark is durable, and on its way
// to those who see it.
func (s *Server) markRead(w http.ResponseWriter, r *http.Request) error {
	a, centerID := actorOf(r.Context()), chi.URLParam(r, "centerId")
	if err := s.inCenter(r.Context(), a, centerID); err != nil {
		return err
	}
	var in domain.MarkRead
	if err := decode(r, &in); err != nil {
		return err
	}
	mark, err := in.Mark(a, centerID, s.now())
	if err != nil {
		return err
	}
	if err := s.markable(r.Context(), &mark); err != nil {
		return err
	}
	if err := s.live.reads.save(r.Context(), mark); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// markable refuses a number that the room has not reached, and a talk with nobody
// of the center.
func (s *Server) markable(ctx context.Context, mark *domain.ChatRead) error {
	if mark.With == "" {
		if _, head, loaded := s.live.hub.Head(chatLog(mark.CenterID)); loaded && head >= mark.Seq {
			return nil
		}
		_, heads, err := s.store.Heads(ctx, []string{mark.CenterID})
		if err == nil && heads[mark.CenterID].ChatSeq < mark.Seq {
			err = domain.Invalid("seq", "is ahead of the chat")
		}
		return err
	}
	u, err := s.store.FindUser(ctx, mark.With)
	var e *domain.Error
	if errors.As(err, &e) && e.Code == domain.CodeNotFound || err == nil && !u.Actor().Sees(mark.CenterID) {
		return domain.Invalid("with", "is nobody of this center")
	}
	return err
}

const (
	// readsEvery is how long two transactions of marks are apart: nobody's marks
	// are written more often. The first of a quiet time waits for readsGather.
	readsEvery  = time.Second
	readsGather = 200 * time.Millisecond
	// maxReads bounds the marks that wait.
	maxReads = 10_000
)

// readBatcher writes the marks of many readers together and seldom, so that
// reading costs those who work nothing. A reader's own marks that come meanwhile
// are one.
type readBatcher struct {
	s *Server

	mu   sync.Mutex
	open *readBatch
	busy bool // a batch gathers or is being written
	last time.Time
}

type readBatch struct {
	reads map[[3]string]domain.ChatRead // by center, reader and partner
	done  chan struct{}
	err   error // set before done is closed
}

func newReadBatcher(s *Server) *readBatcher { return &readBatcher{s: s} }

// save returns when the mark is durable, or a newer one of the same reader.
func (b *readBatcher) save(ctx context.Context, r domain.ChatRead) error {
	b.mu.Lock()
	if b.open == nil {
		b.open = &readBatch{reads: map[[3]string]domain.ChatRead{}, done: make(chan struct{})}
	}
	batch, key := b.open, [3]string{r.CenterID, r.User.ID, r.With}
	was, known := batch.reads[key]
	if !known && len(batch.reads) >= maxReads {
		b.mu.Unlock()
		return &domain.Error{Code: domain.CodeUnavailable, Detail: "too many read marks are waiting", RetryAfter: 2}
	}
	batch.reads[key] = r.Newer(was)
	if !b.busy {
		b.busy = true
		go b.write()
	}
	b.mu.Unlock()
	select {
	case <-batch.done:
		return batch.err
	case <-ctx.Done():
		return ctx.Err() // it is stored all the same
	}
}

// write stores batches until there is none.
func (b *readBatcher) write() {
	for {
		b.mu.Lock()
		batch := b.open
		if batch == nil {
			b.busy = false
			b.mu.Unlock()
			return
		}
		wait := max(readsGather, time.Until(b.last.Add(readsEvery)))
		b.mu.Unlock()
		<-time.After(wait)
		b.mu.Lock()
		b.open, b.last = nil, time.Now()
		b.mu.Unlock()
		b.flush(batch)
	}
}

// flush makes one batch durable, tells of it, and answers its callers.
func (b *readBatcher) flush(batch *readBatch) {
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	reads := make([]domain.ChatRead, 0, len(batch.reads))
	for _, r := range batch.reads {
		reads = append(reads, r)
	}
	if batch.err = b.s.store.SaveReads(ctx, reads); batch.err == nil {
		b.tell(reads)
	}
	close(batch.done)
}

// ReadEvent is what the people of a center are told of marks: those of its room,
// or one of a private talk.
type ReadEvent struct {
	CenterID string            `json:"centerId"`
	Items    []domain.ChatRead `json:"items"`
}

// tell shows marks on all nodes, a center's together.
func (b *readBatcher) tell(reads []domain.ChatRead) {
	rooms := map[string][]domain.ChatRead{}
	for _, r := range reads {
		if r.With != "" {
			b.s.live.link.reads(topicAll, ReadEvent{r.CenterID, []domain.ChatRead{r}})
			continue
		}
		rooms[r.CenterID] = append(rooms[r.CenterID], r)
	}
	for center, items := range rooms {
		b.s.live.link.reads(topicOf(center), ReadEvent{center, items})
	}
}

// reads tells all nodes of marks.
func (l *link) reads(topic string, e ReadEvent) {
	l.tell(topic, 64+200*len(e.Items), busMessage{Reads: &e})
	l.showReads(&e)
}

// showReads tells those on this node: of a room's marks who follows them, of a
// private talk's who has spoken, and of each the reader's own other screens.
func (l *link) showReads(e *ReadEvent) {
	encode := func(items ...domain.ChatRead) []byte {
		data, err := json.Marshal(ReadEvent{e.CenterID, items})
		if err != nil {
			l.log.Error("read marks can't be encoded", "error", err)
			return nil
		}
		return data
	}
	var room []domain.ChatRead
	for _, r := range e.Items {
		data := encode(r)
		if data == nil {
			return
		}
		l.s.live.hub.SendUser(r.User.ID, eventChatRead, data)
		if r.With != "" {
			l.s.live.hub.SendUser(r.With, eventChatRead, data)
		} else {
			room = append(room, r)
		}
	}
	if len(room) > 0 {
		l.s.live.hub.Publish(address(nsChatRead, e.CenterID), eventChatRead, encode(room...), realtime.Filter{})
	}
}
