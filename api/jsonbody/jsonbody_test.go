package jsonbody

import (
	"errors"
	"strings"
	"testing"

	"github.com/brosops/bros/domain"
)

func TestStrict(t *testing.T) {
	good := `{"shopId":"s","channel":"app","customer":{"name":"A","location":{"lat":1,"lng":2}},"items":[{"name":"x","quantity":1,"price":2}],` +
		`"payment":{"method":"card","amount":3},"prepMinutes":null,"promisedAt":"2026-11-23T10:00:00+09:00"}`
	var in domain.NewOrder
	if err := Strict([]byte(good), &in); err != nil {
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
		err := Strict([]byte(c.body), &in)
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
	if err := Strict([]byte(`{"shopId":1,"channel":2,"items":[{"name":3}]}`), &in); !errors.As(err, &e) || len(e.Fields) != 3 {
		t.Errorf("%v", err)
	}
	var say domain.NewMessage
	if err := Strict([]byte(`{"text":"a\\u0000 \ud83d\ude00 \u00e9"}`), &say); err != nil || say.Text != `a\u0000 😀 é` {
		t.Errorf("%q %v", say.Text, err)
	}
}

func TestLoose(t *testing.T) {
	for _, body := range []string{`{}`, `{"reason":"r","appVersion":{"a":[1]},"REASON2":1}`, `{"reason":null}`} {
		var in domain.RiderAction
		if err := Loose([]byte(body), &in); err != nil {
			t.Errorf("%q: %v", body, err)
		}
	}
	for body, field := range map[string]string{`{"at":"x"}`: "at", `{"version":"1"}`: "version", `{"x":1,"reason":[]}`: "reason", `[]`: "(body)"} {
		var in domain.RiderAction
		var e *domain.Error
		if err := Loose([]byte(body), &in); !errors.As(err, &e) || e.Code != domain.CodeValidation || e.Fields[0].Field != field {
			t.Errorf("%q: %v", body, err)
		}
	}
	for _, body := range []string{`{`, `{} {}`, "{\"reason\":\"\x00\"}", `x`} {
		var in domain.RiderAction
		var e *domain.Error
		if err := Loose([]byte(body), &in); !errors.As(err, &e) || e.Code != domain.CodeMalformed {
			t.Errorf("%q: %v", body, err)
		}
	}
}

// TestComposed: Hangul and accents that come apart are put together, wherever
// they stand, but in passwords.
func TestComposed(t *testing.T) {
	const apart, whole = "\u1112\u1161\u11ab e\u0301", "한 é"
	var in domain.NewOrder
	body := `{"customer":{"name":"` + apart + `","memo":"\u1112\u1161\u11ab e\u0301"},"items":[{"name":"` + apart + `"}]}`
	if err := Strict([]byte(body), &in); err != nil {
		t.Fatal(err)
	}
	if in.Customer.Name != whole || in.Customer.Memo != whole || in.Items[0].Name != whole {
		t.Errorf("%+q %+q %+q", in.Customer.Name, in.Customer.Memo, in.Items[0].Name)
	}
	var user domain.UserPatch
	if err := Strict([]byte(`{"name":"`+apart+`","password":"`+apart+`"}`), &user); err != nil {
		t.Fatal(err)
	}
	if *user.Name != whole || *user.Password != apart {
		t.Errorf("%+q %+q", *user.Name, *user.Password)
	}
	var patch domain.CorrectOrder
	if err := Loose([]byte(`{"customer":{"memo":"`+apart+`"}}`), &patch); err != nil {
		t.Fatal(err)
	}
	if got := patch.Customer.Memo.Value; got != whole {
		t.Errorf("%+q", got)
	}
}
