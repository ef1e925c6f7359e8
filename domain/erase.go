package domain

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Trace knows a customer who is to be forgotten, and finds in texts what is left:
// the phone number in whatever form it was written, and beside it what the
// customer's orders said of name, door and wishes.
type Trace struct {
	phone string
	// number finds the digits with what stands between them; nil where the number
	// is so short that it is in texts by chance.
	number *regexp.Regexp
	texts  []string // longest first
	where  []string // those of them that name a door by themselves
	keys   map[string]bool
}

const (
	// leastTraced is how many digits a number has that is looked for in texts.
	leastTraced = 7
	// leastPlace is from how many characters on an address is told from a word.
	leastPlace = 8
	erased     = "***"
	// between is what may stand between two digits of a number, in JSON too.
	between = `(?:[\s\p{Pd}\p{Cf}.()/·_~]|\\[tnr]|\\u[0-9a-fA-F]{4}){0,4}`
)

// NewTrace looks for a normal phone number.
func NewTrace(phone string) *Trace {
	t := &Trace{phone: phone, keys: map[string]bool{}}
	digits, extension := SplitPhone(phone)
	if len(digits) < leastTraced {
		return t
	}
	forms := PhoneVariants(phone)
	for _, v := range slices.Clone(forms) {
		if strings.HasPrefix(v, "82") {
			forms = append(forms, "00"+v)
		}
	}
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) })
	for i, v := range forms {
		parts := make([]string, len(v))
		for j := range v {
			parts[j] = "[" + v[j:j+1] + string('０'+rune(v[j]-'0')) + "]"
		}
		forms[i] = strings.Join(parts, between)
	}
	expr := `[+＋]?(?:` + strings.Join(forms, "|") + `)`
	if extension != "" {
		expr += `[\s,.;(:#]*(?i:ext(?:ension)?|x|내선(?:번호)?)?[\s.:=]*` + extension
	}
	t.number = regexp.MustCompile(expr)
	return t
}

// Learn notes what an order or delivery of the customer says, and its id.
func (t *Trace) Learn(c Customer, keys ...string) {
	for i, s := range []string{c.Address, c.AddressDetail, c.Memo, c.Name} {
		if utf8.RuneCountInString(s) < 2 {
			continue
		}
		for _, form := range []string{s, strings.ToLower(s)} {
			if !slices.Contains(t.texts, form) {
				t.texts = append(t.texts, form)
			}
		}
		if i == 0 && utf8.RuneCountInString(s) >= leastPlace && !slices.Contains(t.where, s) {
			t.where = append(t.where, s)
		}
	}
	slices.SortStableFunc(t.texts, func(a, b string) int { return len(b) - len(a) })
	t.Link(keys...)
}

// Link notes the ids of records that are about the customer.
func (t *Trace) Link(keys ...string) {
	for _, k := range keys {
		if k != "" {
			t.keys[k] = true
		}
	}
}

// Linked reports whether a record is about the customer.
func (t *Trace) Linked(key string) bool { return t.keys[key] }

// Texts are what was learnt.
func (t *Trace) Texts() []string { return slices.Clone(t.texts) }

// In reports whether the number is in a text, JSON or not.
func (t *Trace) In(text []byte) bool { return len(t.matches(text)) > 0 }

// Told reports whether somebody's words name the customer: the number, or the
// whole address.
func (t *Trace) Told(text string) bool {
	return t.In([]byte(text)) || slices.ContainsFunc(t.where, func(s string) bool { return strings.Contains(text, s) })
}

// Names reports whether a text has the id of a record about the customer.
func (t *Trace) Names(text []byte) bool {
	for k := range t.keys {
		if bytes.Contains(text, []byte(k)) {
			return true
		}
	}
	return false
}

// matches are where the number stands, and not a part of a longer one.
func (t *Trace) matches(text []byte) [][]int {
	if t.number == nil {
		return nil
	}
	return slices.DeleteFunc(t.number.FindAllIndex(text, -1), func(m []int) bool {
		before, _ := utf8.DecodeLastRune(text[:m[0]])
		after, _ := utf8.DecodeRune(text[m[1]:])
		return unicode.IsDigit(before) || unicode.IsDigit(after)
	})
}

// Erase puts stars in the place of the number and of all that was learnt.
func (t *Trace) Erase(s string) string {
	found := t.matches([]byte(s))
	for _, m := range slices.Backward(found) {
		s = s[:m[0]] + erased + s[m[1]:]
	}
	for _, text := range t.texts {
		s = strings.ReplaceAll(s, text, erased)
	}
	return s
}

// EraseJSON does the same with the texts in a JSON value. The customer of a
// record that is about the customer, or has the number, is forgotten as a whole,
// and of a correction of one the names of the fields are left.
func (t *Trace) EraseJSON(data []byte) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(t.erase(v))
}

func (t *Trace) erase(v any) any {
	switch v := v.(type) {
	case string:
		return t.Erase(v)
	case []any:
		for i := range v {
			v[i] = t.erase(v[i])
		}
	case map[string]any:
		if phone, ok := v["phone"].(string); ok && t.is(phone) {
			if _, other := v["id"]; other { // a shop or rider with the customer's number
				return v
			}
			return forgotten(v)
		}
		about := t.keys[textOf(v["id"])] || t.keys[textOf(v["orderId"])] || t.keys[textOf(v["deliveryId"])]
		if c, ok := v["customer"].(map[string]any); ok && about {
			v["customer"] = forgotten(c)
		}
		if strings.HasPrefix(textOf(v["field"]), "customer.") {
			delete(v, "from")
			delete(v, "to")
		}
		for k := range v {
			v[k] = t.erase(v[k])
		}
	}
	return v
}

// is reports whether a kept number is the one that is looked for.
func (t *Trace) is(phone string) bool {
	kept, ok := NormalizePhone(phone)
	if !ok {
		return false
	}
	if _, extension := SplitPhone(t.phone); extension == "" {
		kept, _ = SplitPhone(kept)
	}
	return slices.Contains(PhoneVariants(t.phone), kept) || kept == t.phone
}

// forgotten is what a customer's JSON is when it is forgotten.
func forgotten(v map[string]any) any {
	var c Customer
	if b, err := json.Marshal(v); err == nil && json.Unmarshal(b, &c) == nil {
		c.forget()
	}
	return c
}

func textOf(v any) string {
	s, _ := v.(string)
	return s
}
