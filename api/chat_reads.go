package api

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/api/feed"
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
		if _, head, loaded := s.live.hub.Head(feed.ChatLog(mark.CenterID)); loaded && head >= mark.Seq {
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
	*batcher[domain.ChatRead, readBatch]
	s *Server
}

// readBatch is the marks by center, reader and partner.
type readBatch map[[3]string]domain.ChatRead

func newReadBatcher(s *Server) *readBatcher {
	b := &readBatcher{s: s}
	b.batcher = newBatcher(readsGather, readsEvery, b.merge, b.write)
	return b
}

// merge keeps the newest mark of each reader.
func (b *readBatcher) merge(batch *readBatch, r domain.ChatRead) (full bool, err error) {
	key := [3]string{r.CenterID, r.User.ID, r.With}
	was, known := (*batch)[key]
	if !known && len(*batch) >= maxReads {
		return false, &domain.Error{Code: domain.CodeUnavailable, Detail: "too many read marks are waiting", RetryAfter: 2}
	}
	if *batch == nil {
		*batch = readBatch{}
	}
	(*batch)[key] = r.Newer(was)
	return false, nil
}

// write makes one batch durable and tells of it.
func (b *readBatcher) write(ctx context.Context, batch *readBatch) error {
	reads := slices.Collect(maps.Values(*batch))
	if err := b.s.store.SaveReads(ctx, reads); err != nil {
		return err
	}
	b.tell(reads)
	return nil
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
		l.s.live.hub.SendUser(r.User.ID, domain.EventChatRead, data)
		if r.With != "" {
			l.s.live.hub.SendUser(r.With, domain.EventChatRead, data)
		} else {
			room = append(room, r)
		}
	}
	if len(room) > 0 {
		l.s.live.hub.Publish(domain.Address(domain.NamespaceChatRead, e.CenterID), domain.EventChatRead, encode(room...), realtime.Filter{})
	}
}
