package domain

import (
	"errors"
	"testing"
)

func TestCleanText(t *testing.T) {
	for in, want := range map[string]string{
		"":    "",
		"홍길동": "홍길동",
		"Zoë 😀 \U0001f468\u200d\U0001f373 \u263a\ufe0f": "Zoë 😀 \U0001f468\u200d\U0001f373 \u263a\ufe0f",
		"\x1b[31mred\x1b[0m":             "[31mred[0m",
		"a\r\nb\tc\vd\u2028e\u0085f":     "a b c d e f",
		"\u202egnp.exe":                  "gnp.exe",
		"\u2066a\u2069\u200e\u061c":      "a",
		"ad\u00admin\ufeff\u200b":        "admin",
		"\u3164\u115f\u1160\uffa0\u2800": "",
		"\u200d\ufe0f \u200c":            "",
		"\U000e0041\U000e0042x":          "x",
		"\u0600١٢":                       "\u0600١٢",
		"\x7f\u0090\x00":                 "",
	} {
		if got := CleanText(in, false); got != want {
			t.Errorf("%+q: %+q, want %+q", in, got, want)
		}
		if got := CleanText(CleanText(in, true), true); got != CleanText(in, true) {
			t.Errorf("%+q is not clean after one time: %+q", in, got)
		}
	}
	if got := CleanText("a\r\nb\rc\n\u2029d\u202e", true); got != "a\nb\nc\n\nd" {
		t.Errorf("lines: %+q", got)
	}
}

// TestTextsAreClean: no text of an order keeps what nobody sees, and a name that
// nobody sees is none.
func TestTextsAreClean(t *testing.T) {
	var f form
	name, memo := "\u202e \u3164\x07", "문 앞\u200b에\r\n\x1b두세요"
	f.needed("name", &name, maxName)
	f.text("customer.memo", &memo, maxReason)
	var e *Error
	if !errors.As(f.err(), &e) || len(e.Fields) != 1 || e.Fields[0].Code != "required" {
		t.Errorf("an invisible name: %v", f.err())
	}
	if memo != "문 앞에\n두세요" {
		t.Errorf("memo %+q", memo)
	}
}

// TestDiscountLines: a line may take off what others cost, and no more.
func TestDiscountLines(t *testing.T) {
	line := func(price int64, n int) Item { return Item{Name: "x", Quantity: n, Price: price} }
	for _, c := range []struct {
		items []Item
		ok    bool
	}{
		{[]Item{line(9000, 2), line(-2000, 1)}, true},
		{[]Item{line(1000, 1), line(-500, 2)}, true},
		{[]Item{line(1000, 1), line(-501, 2)}, false},
		{[]Item{line(-1, 1)}, false},
	} {
		var f form
		f.items(&c.items)
		if ok := f.err() == nil; ok != c.ok {
			t.Errorf("%v: %v", c.items, f.err())
		}
	}
}
