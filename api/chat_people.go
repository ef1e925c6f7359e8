package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/domain"
)

const (
	// hereWithin is how recent the last sign of somebody must be who is here. With
	// the pings' 9 s, hereFresh, and a page that asks every 5 s, who falls silent
	// is gone from the screens within 25 s.
	hereWithin = 15 * time.Second
	// hereFresh is how long an answer about a center is good for.
	hereFresh = 2 * time.Second
)

// ChatPeople are those of a center who are there at the moment, on any node.
type ChatPeople struct {
	Items []domain.Person `json:"items"`
	// Partial says that not every node could be asked.
	Partial bool `json:"partial,omitempty"`
}

// hereAt is who was there a moment ago.
type hereAt struct {
	people ChatPeople
	at     time.Time
}

// whoIsHere answers GET /chat/{centerId}/people.
func (s *Server) whoIsHere(w http.ResponseWriter, r *http.Request) error {
	centerID := chi.URLParam(r, "centerId")
	if err := s.inCenter(r.Context(), actorOf(r.Context()), centerID); err != nil {
		return err
	}
	recent := func() (ChatPeople, bool) {
		v, ok := s.live.here.Load(centerID)
		if !ok || time.Since(v.(hereAt).at) >= hereFresh {
			return ChatPeople{}, false
		}
		return v.(hereAt).people, true
	}
	people, ok := recent()
	if !ok {
		// However many ask, the nodes are asked once.
		v, _, _ := s.live.asks.Do("here "+centerID, func() (any, error) {
			if people, ok := recent(); ok {
				return people, nil
			}
			people := s.here(context.WithoutCancel(r.Context()), centerID)
			s.live.here.Store(centerID, hereAt{people, time.Now()})
			return people, nil
		})
		people = v.(ChatPeople)
	}
	return writeList(w, r, people)
}

// here asks all nodes who of a center is there.
func (s *Server) here(ctx context.Context, centerID string) ChatPeople {
	answers, whole := s.live.link.ask(ctx, 64, busAsk{Here: &busHere{centerID}})
	people := s.hereOn(centerID)
	for i := range answers {
		people = append(people, answers[i].People...)
	}
	slices.SortFunc(people, func(a, b domain.Person) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return ChatPeople{slices.CompactFunc(people, func(a, b domain.Person) bool { return a.ID == b.ID }), !whole}
}

// hereOn are the people of a center who are connected to this node, each once;
// never nil.
func (s *Server) hereOn(centerID string) []domain.Person {
	people, seen := []domain.Person{}, map[string]bool{}
	for _, id := range s.live.hub.Present(hereWithin) {
		a := actorBehind(id)
		if a.Role == domain.RoleKey || seen[a.UserID] || !a.Sees(centerID) {
			continue
		}
		seen[a.UserID] = true
		people = append(people, a.Person())
	}
	return people
}
