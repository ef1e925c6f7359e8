package api

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/brosops/bros/domain"
)

func bodyOf(s string) *http.Request {
	r, _ := http.NewRequest("POST", "/", strings.NewReader(s))
	return r
}

// A body may be absent where the way of reading allows it.
func TestNoBody(t *testing.T) {
	for _, body := range []string{"", " \n"} {
		var in domain.RiderAction
		if err := errors.Join(decodeOptional(bodyOf(body), &in), decodeLoose(bodyOf(body), &in)); err != nil {
			t.Errorf("%q: %v", body, err)
		}
		if err := decode(bodyOf(body), &in); err == nil {
			t.Errorf("%q was taken for an object", body)
		}
	}
}

func TestBodyLimit(t *testing.T) {
	r := newRig(t)
	big := raw(`{"shopId":"` + strings.Repeat("x", maxBody) + `"}`)
	r.do(r.a.agent, "POST", "/orders", big).code(413, domain.CodeTooLarge)
	chunked := func(q *http.Request) { q.Body = io.NopCloser(strings.NewReader(string(big))); q.ContentLength = -1 }
	r.do(r.a.agent, "POST", "/orders", nil, chunked).code(413, domain.CodeTooLarge)
	r.do(nobody, "POST", "/login", big).code(413, domain.CodeTooLarge)
}

// FuzzDecode feeds both ways of reading; whatever comes, they answer a problem
// with a client's code, or take what encoding/json takes.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{}`, `{"shopId":"a","items":[{"name":"x","quantity":1,"price":2}]}`, `{"a":[1,2,{"b":null}]}`, `{"text":"\ud83d\ude00"}`,
		`{"promisedAt":"2026-01-01T00:00:00Z"}`, `[[[[`, `{"items":[{"quantity":"1"}]}`, "\x00", `{"shopId":"\u0000"}`, `{"shopId":1e999}`, `""`, `{"":{}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, read := range []func(*http.Request, any) error{decode, decodeOptional, decodeLoose} {
			var in domain.NewOrder
			err := read(bodyOf(body), &in)
			var e *domain.Error
			if err != nil && (!errors.As(err, &e) || e.Code != domain.CodeMalformed && e.Code != domain.CodeValidation && e.Code != domain.CodeTooLarge) {
				t.Fatalf("%q: %v", body, err)
			}
			if err == nil && (strings.ContainsRune(in.ShopID, 0) || strings.ContainsRune(in.Customer.Name, 0)) {
				t.Fatalf("%q: NUL came through", body)
			}
		}
	})
}
