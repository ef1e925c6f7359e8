package domain

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// The bounds of what may be sent; texts in characters.
const (
	maxName     = 100
	maxAddress  = 300
	maxReason   = 500
	maxChat     = 2000
	maxExternal = 100
	maxCode     = 32
	maxItems    = 100
	maxQuantity = 999
	maxPrice    = 1_000_000_000
	maxAmount   = 1_000_000_000_000
	maxPrep     = 240 // minutes
	maxBusy     = 240 // minutes
	maxSpeed    = 200 // km/h
	maxService  = 120 // minutes
	maxCapacity = 10
	maxBulk     = 500 // rows of one AssignMany
	minPassword = 8
	maxPassword = 200

	deviceAhead = time.Minute
	deviceBack  = 12 * time.Hour
	promiseBack = 24 * time.Hour // an order that another system delivers late is better kept than lost
	promiseMost = 30 * 24 * time.Hour
)

// form gathers all that is wrong with one input.
type form struct{ fields []Field }

func (f *form) bad(field, format string, args ...any) {
	f.fields = append(f.fields, NewField(field, format, args...))
}

// err is nil when nothing was wrong.
func (f *form) err() error {
	if len(f.fields) == 0 {
		return nil
	}
	first := f.fields[0]
	detail := first.Field + " " + first.Message
	if n := len(f.fields) - 1; n > 0 {
		detail += fmt.Sprintf(" (and %d more)", n)
	}
	return &Error{Code: CodeValidation, Detail: detail, Fields: f.fields}
}

// text cleans and trims s in place and bounds its length.
func (f *form) text(field string, s *string, most int) {
	*s = strings.TrimSpace(CleanText(*s, hasLines(field)))
	if utf8.RuneCountInString(*s) > most {
		f.bad(field, "has more than %d characters", most)
	}
}

// needed is text that may not be empty.
func (f *form) needed(field string, s *string, most int) {
	f.text(field, s, most)
	if *s == "" {
		f.bad(field, "is required")
	}
}

func (f *form) number(field string, n, least, most int64) {
	if n < least || n > most {
		f.bad(field, "must be between %d and %d", least, most)
	}
}

// optional bounds a number that may be left out.
func (f *form) optional(field string, n *int, least, most int64) {
	if n != nil {
		f.number(field, int64(*n), least, most)
	}
}

// phone puts the digits in the place of what was written; empty stays empty.
func (f *form) phone(field string, s *string) {
	if strings.TrimSpace(*s) == "" {
		*s = ""
		return
	}
	digits, ok := NormalizePhone(*s)
	if !ok {
		f.bad(field, "is no phone number of %d to %d digits", minPhone, maxPhone)
	}
	*s = digits
}

func (f *form) neededPhone(field string, s *string) {
	if strings.TrimSpace(*s) == "" {
		f.bad(field, "is required")
		return
	}
	f.phone(field, s)
}

func (f *form) location(field string, l *Location) {
	if l != nil && !l.Valid() {
		f.bad(field, "latitude or longitude out of range")
	}
}

func (f *form) neededLocation(field string, l *Location) {
	if l == nil {
		f.bad(field, "is required")
	}
	f.location(field, l)
}

// deviceTime bounds the device's time of a rider's act.
func (f *form) deviceTime(at, now Time) {
	if at.IsZero() {
		return
	}
	if at.Sub(now.Time) > deviceAhead {
		f.bad("at", "is more than 60 seconds ahead of the server's clock")
	}
	if now.Sub(at.Time) > deviceBack {
		f.bad("at", "is more than 12 hours back")
	}
}

// unchanged refuses a field that may be repeated in a patch but not changed.
func (f *form) unchanged(field string, sent *string, is string) {
	if sent != nil && *sent != is {
		f.bad(field, "never changes")
	}
}

// oneOf checks a word of a closed set.
func oneOf[T ~string](f *form, field string, v T, set ...T) {
	for _, s := range set {
		if v == s {
			return
		}
	}
	names := make([]string, len(set))
	for i, s := range set {
		names[i] = string(s)
	}
	f.bad(field, "must be one of %s", strings.Join(names, ", "))
}

// word reports whether s has 1..most characters, all of them letters, digits
// or extra (lower: no capitals).
func word(s string, least, most int, lower bool, extra string) bool {
	if len(s) < least || len(s) > most {
		return false
	}
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r >= 'A' && r <= 'Z' && !lower:
		case strings.ContainsRune(extra, r):
		default:
			return false
		}
	}
	return true
}

// ValidLogin puts a login name into the form in which it is kept, lower case,
// and reports whether it can be one.
func ValidLogin(s string) (login string, ok bool) {
	login = strings.ToLower(strings.TrimSpace(s))
	return login, word(login, 2, 64, true, "._@-")
}

// ValidPassword reports whether a password can be one: of an allowed length, and
// not among the first that are guessed. Callers look before they spend the time
// of hashing it.
func ValidPassword(p string) bool { return passwordLength(p) && !CommonPassword(p) }

func passwordLength(p string) bool {
	n := utf8.RuneCountInString(p)
	return n >= minPassword && n <= maxPassword
}

func (f *form) login(field string, s *string) {
	login, ok := ValidLogin(*s)
	if !ok {
		f.bad(field, "must be 2 to 64 of a–z, 0–9 and . _ @ -")
	}
	*s = login
}

func (f *form) password(field, p string) {
	switch {
	case !passwordLength(p):
		f.bad(field, "must have %d to %d characters", minPassword, maxPassword)
	case CommonPassword(p):
		f.bad(field, "is among the first that are guessed")
	}
}
