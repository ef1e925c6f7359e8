package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/brosops/bros/domain"
)

// codeMethod is the one code that only HTTP knows: the path exists, the method doesn't.
const codeMethod domain.Code = "method_not_allowed"

// statuses is the only place that gives a code its HTTP status and title.
var statuses = map[domain.Code]struct {
	status int
	title  string
}{
	domain.CodeValidation:          {http.StatusUnprocessableEntity, "The request has values that can't be taken"},
	domain.CodeMalformed:           {http.StatusBadRequest, "The request can't be read"},
	domain.CodeUnauthenticated:     {http.StatusUnauthorized, "Log in first"},
	domain.CodeForbidden:           {http.StatusForbidden, "Not allowed"},
	domain.CodeNotFound:            {http.StatusNotFound, "Not found"},
	domain.CodeConflict:            {http.StatusConflict, "Someone else was faster"},
	domain.CodeIllegalTransition:   {http.StatusConflict, "Not possible in this state"},
	domain.CodeIdempotencyMismatch: {http.StatusUnprocessableEntity, "The idempotency key was used for something else"},
	domain.CodeTooLarge:            {http.StatusRequestEntityTooLarge, "Too large"},
	domain.CodeRateLimited:         {http.StatusTooManyRequests, "Too many requests"},
	domain.CodeUnavailable:         {http.StatusServiceUnavailable, "Come back in a moment"},
	domain.CodeInternal:            {http.StatusInternalServerError, "Something went wrong here"},
	codeMethod:                     {http.StatusMethodNotAllowed, "Method not allowed"},
}

// Problem is the body of every error answer (RFC 9457).
type Problem struct {
	Type      string         `json:"type"`
	Title     string         `json:"title"`
	Status    int            `json:"status"`
	Detail    string         `json:"detail,omitempty"`
	Code      domain.Code    `json:"code"`
	RequestID string         `json:"requestId,omitempty"`
	Errors    []domain.Field `json:"errors,omitempty"`
	Current   any            `json:"current,omitempty"` // conflict, illegal_transition: the record as it stands
	Results   any            `json:"results,omitempty"` // refused bulk writes: the outcome of each row
}

// statusClosed is what the log says of a caller who hung up before the answer.
const statusClosed = 499

// asProblem turns any error into what may be shown. The second value is false
// when the error was not made on purpose: then its cause belongs in the log.
func asProblem(err error) (*domain.Error, bool) {
	var e *domain.Error
	if errors.As(err, &e) {
		if _, known := statuses[e.Code]; known && e.Code != domain.CodeInternal {
			return e, true
		}
		return &domain.Error{Code: domain.CodeInternal}, false
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &domain.Error{Code: domain.CodeUnavailable, Detail: "this took too long", RetryAfter: 1}, false
	}
	return &domain.Error{Code: domain.CodeInternal}, false
}

// encodeProblem renders e for the request with this id.
func encodeProblem(e *domain.Error, requestID string) (status int, body []byte) {
	st, ok := statuses[e.Code]
	if !ok {
		st = statuses[domain.CodeInternal]
	}
	p := Problem{
		Type: "urn:bros:problem:" + string(e.Code), Title: st.title, Status: st.status, Detail: e.Detail,
		Code: e.Code, RequestID: requestID, Errors: e.Fields, Current: e.Current, Results: e.Results,
	}
	body, err := json.Marshal(p)
	if err != nil { // a Current that can't be encoded: the rest still can
		p.Current, p.Results = nil, nil
		body, _ = json.Marshal(p)
	}
	return st.status, body
}

// problem answers with err; it is the only writer of error answers.
func (s *Server) problem(w http.ResponseWriter, r *http.Request, err error) {
	c := callOf(r.Context())
	e, expected := asProblem(err)
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		// Most likely nobody listens any more. Who closed only its own half of
		// the connection does: it must not take silence for success.
		c.status = statusClosed
		e, expected = &domain.Error{Code: domain.CodeUnavailable, Detail: "the request was given up", RetryAfter: 1}, true
	}
	if !expected {
		s.log.Error("request failed", "requestId", c.id, "route", c.pattern(r), "error", err)
	}
	h := w.Header()
	if e.RetryAfter > 0 || e.Code == domain.CodeRateLimited || e.Code == domain.CodeUnavailable {
		h.Set("Retry-After", strconv.Itoa(max(1, e.RetryAfter)))
	}
	if e.Code == domain.CodeUnauthenticated {
		h.Set("WWW-Authenticate", `Bearer realm="bros"`)
	}
	status, body := encodeProblem(e.ShownTo(c.actor, domain.At(s.now())), c.id)
	h.Del("Content-Encoding")
	h.Set("Content-Type", "application/problem+json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
