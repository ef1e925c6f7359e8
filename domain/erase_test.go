package domain

import (
	"strings"
	"testing"
)

// A number is found in whatever form somebody wrote it, and a longer one is another.
func TestTraceFindsTheNumber(t *testing.T) {
	tr := NewTrace("01012345678")
	for _, s := range []string{"01012345678", "010-1234-5678", "+82 10-1234-5678", "+82 (0)10 1234 5678", "0082-10-1234-5678", "1012345678",
		"０１０－１２３４－５６７８", "call 010.1234.5678!", "☎010 1234\u202c5678", `"010\t1234\t5678"`, "821012345678", "010·1234·5678"} {
		if !tr.In([]byte(s)) {
			t.Errorf("not found in %q", s)
		}
		if got := tr.Erase("a " + s + " b"); strings.Contains(got, "5678") || strings.Contains(got, "５６７８") {
			t.Errorf("%q is left as %q", s, got)
		}
	}
	for _, s := range []string{"010123456789", "9901012345678", "010-1234-5679", "12345678", "201012345678"} {
		if tr.In([]byte(s)) {
			t.Errorf("found in %q", s)
		}
	}
	if NewTrace("112").In([]byte("112 stones")) {
		t.Error("a number that is in texts by chance is looked for")
	}
	if ext := NewTrace("0212345678,12"); !ext.In([]byte("02-1234-5678 내선 12")) || ext.In([]byte("02-1234-5678 내선 34")) {
		t.Error("an extension's trace")
	}
}

// Of JSON, customers with the number or of known records are forgotten, others stay.
func TestTraceErasesJSON(t *testing.T) {
	tr := NewTrace("01012345678")
	tr.Learn(Customer{Name: "김철수", Address: "서울 강남구 비밀로 1", AddressDetail: "101동 1202호"}, "o1", "d1")
	got, err := tr.EraseJSON([]byte(`{"order":{"id":"o9","customer":{"name":"김영희","phone":"821012345678","address":"다른 곳"}},
		"delivery":{"id":"d1","customer":{"name":"김철수","address":"서울 강남구 비밀로 1","location":{"lat":37.51234,"lng":127.01234}}},
		"kept":{"id":"o2","customer":{"name":"박","phone":"01099998888","address":"여기"}},
		"note":"김철수님 101동 1202호","changes":[{"field":"customer.phone","from":"01012345678","to":"2"},{"field":"items","from":"a","to":"b"}],"n":12345678901234567}`))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"changes":[{"field":"customer.phone"},{"field":"items","from":"a","to":"b"}],` +
		`"delivery":{"customer":{"name":"김","location":{"lat":37.51,"lng":127.01}},"id":"d1"},` +
		`"kept":{"customer":{"address":"여기","name":"박","phone":"01099998888"},"id":"o2"},` +
		`"n":12345678901234567,"note":"***님 ***","order":{"customer":{"name":"김"},"id":"o9"}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
