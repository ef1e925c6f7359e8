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

func TestDecodeStrict(t *testing.T) {
	good := `{"shopId":"s","channel":"app","customer":{"name":"A","location":{"lat":1,"lng":2}},"items":[{"name":"x","quantity":1,"price":2}],` +
		`"payment":{"method":"card","amount":3},"prepMinutes":null,"promisedAt":"2026-11-23T10:00:00+09:00"}`
	var in domain.NewOrder
	if err := decode(bodyOf(good), &in); err != nil {
		t.Fatal(err)
	}
	if in.Customer.Location.Lng != 2 || in.Items[0].Price != 2 || in.PrepMinutes != nil || in.PromisedAt.String() != "2026-11-23T01:00:00.000Z" {
		t.Errorf("%+v", in)
	}
	for _, c := range []struct {
		body  string
		code  domain.Code
		field string
	}{
		{``, domain.CodeMalformed, ""},
		{`   `, domain.CodeMalformed, ""},
		{`{`, domain.CodeMalformed, ""},
		{`nonsense`, domain.CodeMalformed, ""},
		{`{"shopId":"a"} {}`, domain.CodeMalformed, ""},
		{`{"shopId":"a"}]`, domain.CodeMalformed, ""},
		{`{"shopId":"a",}`, domain.CodeMalformed, ""},
		{`{"shopId":01}`, domain.CodeMalformed, ""},
		{`{"nosuch":1}`, domain.CodeMalformed, "nosuch"},
		{`{"customer":{"nosuch":1}}`, domain.CodeMalformed, "customer.nosuch"},
		{`{"items":[{},{"nosuch":1}]}`, domain.CodeMalformed, "items[1].nosuch"},
		{`{"SHOPID":"a"}`, domain.CodeMalformed, "SHOPID"},
		{`{"shopId":"a","shopId":"b"}`, domain.CodeMalformed, "shopId"},
		{"{\"shopId\":\"a\x00\"}", domain.CodeMalformed, ""},
		{`{"shopId":"a\u0000"}`, domain.CodeMalformed, ""},
		{`{"shopId":"\ud800"}`, domain.CodeMalformed, ""},
		{`{"shopId":"\ud800\u0041"}`, domain.CodeMalformed, ""},
		{`{"shopId":"\udc00"}`, domain.CodeMalformed, ""},
		{"{\"shopId\":\"\xff\"}", domain.CodeMalformed, ""},
		{strings.Repeat(`{"customer":`, 40) + `1` + strings.Repeat(`}`, 40), domain.CodeMalformed, ""},
		{strings.Repeat(`[`, 100000), domain.CodeMalformed, ""},
		{`[]`, domain.CodeValidation, "(body)"},
		{`"x"`, domain.CodeValidation, "(body)"},
		{`5`, domain.CodeValidation, "(body)"},
		{`{"shopId":5}`, domain.CodeValidation, "shopId"},
		{`{"shopId":{"a":[1,{"b":2}]}}`, domain.CodeValidation, "shopId"},
		{`{"items":{}}`, domain.CodeValidation, "items"},
		{`{"items":[{"name":"x","quantity":1},{"quantity":1.5}]}`, domain.CodeValidation, "items[1].quantity"},
		{`{"items":[{"price":1e400}]}`, domain.CodeValidation, "items[0].price"},
		{`{"items":[{"price":99999999999999999999}]}`, domain.CodeValidation, "items[0].price"},
		{`{"accept":"yes"}`, domain.CodeValidation, "accept"},
		{`{"promisedAt":"tomorrow"}`, domain.CodeValidation, "promisedAt"},
		{`{"promisedAt":5}`, domain.CodeValidation, "promisedAt"},
		{`{"customer":{"location":{"lat":"1"}}}`, domain.CodeValidation, "customer.location.lat"},
	} {
		var in domain.NewOrder
		err := decode(bodyOf(c.body), &in)
		var e *domain.Error
		if !errors.As(err, &e) || e.Code != c.code {
			t.Errorf("%.60q: %v, want %s", c.body, err, c.code)
			continue
		}
		if c.field != "" && (len(e.Fields) == 0 || e.Fields[0].Field != c.field) {
			t.Errorf("%.60q: fields %v, want %s", c.body, e.Fields, c.field)
		}
	}
	// All wrong types are named together, an escaped backslash is no NUL, a pair is a character.
	var e *domain.Error
	if err := decode(bodyOf(`{"shopId":1,"channel":2,"items":[{"name":3}]}`), &in); !errors.As(err, &e) || len(e.Fields) != 3 {
		t.Errorf("%v", err)
	}
	var say domain.NewMessage
	if err := decode(bodyOf(`{"text":"a\\u0000 \ud83d\ude00 \u00e9"}`), &say); err != nil || say.Text != `a\u0000 😀 é` {
		t.Errorf("%q %v", say.Text, err)
	}
}

func TestDecodeLoose(t *testing.T) {
	for _, body := range []string{``, ` `, `{}`, `{"reason":"r","appVersion":{"a":[1]},"REASON2":1}`, `{"reason":null}`} {
		var in domain.RiderAction
		if err := decodeLoose(bodyOf(body), &in); err != nil {
			t.Errorf("%q: %v", body, err)
		}
	}
	for body, field := range map[string]string{`{"at":"x"}`: "at", `{"version":"1"}`: "version", `{"x":1,"reason":[]}`: "reason", `[]`: "(body)"} {
		var in domain.RiderAction
		var e *domain.Error
		if err := decodeLoose(bodyOf(body), &in); !errors.As(err, &e) || e.Code != domain.CodeValidation || e.Fields[0].Field != field {
			t.Errorf("%q: %v", body, err)
		}
	}
	for _, body := range []string{`{`, `{} {}`, "{\"reason\":\"\x00\"}", `x`} {
		var in domain.RiderAction
		var e *domain.Error
		if err := decodeLoose(bodyOf(body), &in); !errors.As(err, &e) || e.Code != domain.CodeMalformed {
			t.Errorf("%q: %v", body, err)
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
