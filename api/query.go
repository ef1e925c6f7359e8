package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/brosops/bros/domain"
)

const (
	defaultLimit = 50
	maxLimit     = 500
	maxQuery     = 100 // characters of ?q=
	maxCursor    = 500
)

// pageOf reads ?limit= and ?cursor=.
func pageOf(r *http.Request) (Page, error) {
	q := r.URL.Query()
	p := Page{Limit: defaultLimit, Cursor: q.Get("cursor")}
	if v := q.Get("limit"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > maxLimit {
			return p, domain.Invalid("limit", "must be 1 to %d", maxLimit)
		}
		p.Limit = n
	}
	if len(p.Cursor) > maxCursor {
		return p, badCursor()
	}
	return p, nil
}

func badCursor() *domain.Error { return domain.Invalid("cursor", "is none that a list has answered") }

// words reads a parameter that may be repeated and may hold a list with commas.
func words(r *http.Request, name string) []string {
	var out []string
	for _, v := range r.URL.Query()[name] {
		for w := range strings.SplitSeq(v, ",") {
			if w = strings.TrimSpace(w); w != "" && !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	return out
}

// flagOf reads a parameter that is true or false; nil: it is not there.
func flagOf(r *http.Request, name string) (*bool, error) {
	v := r.URL.Query().Get(name)
	if v == "" {
		return nil, nil
	}
	if v != "true" && v != "false" {
		return nil, domain.Invalid(name, "must be true or false")
	}
	yes := v == "true"
	return &yes, nil
}

// searchText reads ?q=.
func searchText(r *http.Request) (string, error) {
	q := strings.TrimSpace(r.URL.Query().Get("q"))
	if !utf8.ValidString(q) || strings.ContainsRune(q, 0) {
		return "", domain.Errorf(domain.CodeMalformed, "q is no text")
	}
	if utf8.RuneCountInString(q) > maxQuery {
		return "", domain.Invalid("q", "must be text of at most %d characters", maxQuery)
	}
	return norm.NFC.String(q), nil
}

// statusesOf reads ?status=, one or several of the known.
func statusesOf(r *http.Request, known ...string) ([]string, error) {
	got := words(r, "status")
	for _, st := range got {
		if !slices.Contains(known, st) {
			return nil, domain.Invalid("status", "must be of %s", strings.Join(known, ", "))
		}
	}
	return got, nil
}

// centersOf is which centers a list is about: those of ?centerId=, each of
// which the caller must see, else all that the caller sees (nil: every one).
func (s *Server) centersOf(ctx context.Context, r *http.Request, a domain.Actor) ([]string, error) {
	ids := words(r, "centerId")
	if len(ids) > maxLimit {
		return nil, domain.Invalid("centerId", "may name %d centers", maxLimit)
	}
	if len(ids) == 0 {
		if a.AllCenters() {
			return nil, nil
		}
		return append([]string{}, a.CenterIDs...), nil
	}
	for _, id := range ids {
		if _, err := s.seeCenter(ctx, a, id); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// seeCenter is the center, if it is there for the caller.
func (s *Server) seeCenter(ctx context.Context, a domain.Actor, id string) (*domain.Center, error) {
	if !a.Sees(id) {
		return nil, domain.NotFound("center")
	}
	return s.store.FindCenter(ctx, id)
}

// centerOf is the one center a report is about: ?centerId=, or the caller's
// only one.
func (s *Server) centerOf(r *http.Request) (*domain.Center, error) {
	a := actorOf(r.Context())
	id := r.URL.Query().Get("centerId")
	if id == "" {
		if a.AllCenters() || len(a.CenterIDs) != 1 {
			return nil, domain.Invalid("centerId", "is required")
		}
		id = a.CenterIDs[0]
	}
	return s.seeCenter(r.Context(), a, id)
}

// span reads ?from= and ?to= (RFC 3339, or a day of the calendar: to is then the
// day's end); a zero Time is "not given".
func span(r *http.Request, days domain.Calendar) (from, to domain.Time, err error) {
	if from, err = instant(r, "from", days.Start); err != nil {
		return from, to, err
	}
	if to, err = instant(r, "to", days.End); err != nil {
		return from, to, err
	}
	if !from.IsZero() && !to.IsZero() && to.Before(from.Time) {
		return from, to, domain.Invalid("to", "is before from")
	}
	return from, to, nil
}

func instant(r *http.Request, name string, of func(day string) domain.Time) (domain.Time, error) {
	v := r.URL.Query().Get(name)
	if v == "" {
		return domain.Time{}, nil
	}
	if day, err := domain.ParseDay(v); err == nil {
		return of(day), nil
	}
	// A + that was not escaped arrives as a space.
	t, err := domain.ParseTime(strings.Replace(v, " ", "+", 1))
	if err != nil || t.Year() < 1970 || t.Year() > 9998 {
		return domain.Time{}, domain.Invalid(name, "must be a time as RFC 3339 text, or a day")
	}
	return t, nil
}

// spanOf is the span of a list: days are those of its centers where all count
// them alike, else of UTC.
func (s *Server) spanOf(r *http.Request, centerIDs []string) (from, to domain.Time, err error) {
	days := domain.UTC
	q := r.URL.Query()
	if len(q.Get("from")) == len(time.DateOnly) || len(q.Get("to")) == len(time.DateOnly) {
		if days, err = s.calendarOf(r.Context(), centerIDs); err != nil {
			return from, to, err
		}
	}
	return span(r, days)
}

// calendarOf is the calendar that the centers (nil: all) have in common.
func (s *Server) calendarOf(ctx context.Context, centerIDs []string) (domain.Calendar, error) {
	centers, next, err := s.store.ListCenters(ctx, domain.SetupFilter{CenterIDs: centerIDs}, Page{Limit: maxLimit})
	if err != nil || next != "" || len(centers) == 0 {
		return domain.UTC, err
	}
	days := centers[0].Calendar()
	for i := range centers {
		if centers[i].Calendar() != days {
			return domain.UTC, nil
		}
	}
	return days, nil
}

// language is ko or en: ?lang=, else what the client prefers, else Korean.
func language(r *http.Request) string {
	switch r.URL.Query().Get("lang") {
	case "ko":
		return "ko"
	case "en":
		return "en"
	}
	best, bestQ := "ko", 0.0
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			q, _ = strconv.ParseFloat(v, 64)
		}
		lang, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if (lang == "ko" || lang == "en") && q > bestQ {
			best, bestQ = lang, q
		}
	}
	return best
}
