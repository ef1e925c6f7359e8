package domain

import (
	"regexp"
	"strings"
	"unicode"
)

// The shortest and longest phone number, in digits.
const (
	minPhone = 3
	maxPhone = 20
)

var (
	// extension is what stands behind a number of a switchboard.
	extension = regexp.MustCompile(`^(.*\d[^\d]*?)\s*(?:ext(?:ension)?\.?|x|#|;ext=|,|내선(?:번호)?|\(내선)\s*:?\s*(\d{1,6})\s*\)?$`)
	// mobile is a Korean mobile number that a spreadsheet has taken the zero from.
	mobile = regexp.MustCompile(`^1(?:0\d{8}|[16-9]\d{7,8})$`)
	// service is a Korean number without an area, 1588-1234.
	service = regexp.MustCompile(`^1\d{7}$`)
)

// NormalizePhone gives the one form in which a phone number is kept, however it
// was written: its digits, of a Korean number those of a call from within Korea
// (010…, also where +82 or no zero was written), and behind a comma its
// extension. Spaces, invisible characters, dashes, dots, slashes, brackets and
// full-width digits may be in it. It is not ok when something else is, or when
// too few or too many digits are left. docs: the pages do the same, and
// testdata/phones.json tests both.
func NormalizePhone(s string) (phone string, ok bool) {
	s = strings.Map(visible, s)
	s = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s)), "tel:")
	more := ""
	if m := extension.FindStringSubmatch(s); m != nil {
		s, more = m[1], ","+m[2]
	}
	digits, abroad, ok := digitsOf(strings.TrimSpace(s))
	ok = ok && len(digits) >= minPhone && len(digits) <= maxPhone
	return national(digits, abroad) + more, ok
}

// visible drops what nobody sees, and makes full-width characters plain.
func visible(r rune) rune {
	switch {
	case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Mn, r), r == 'ㅤ':
		return -1
	case r >= '！' && r <= '～':
		return r - '！' + '!'
	}
	return r
}

func digitsOf(s string) (digits string, abroad, ok bool) {
	var b strings.Builder
	ok = true
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == '+':
			abroad = true
			ok = ok && (i == 0 || s[:i] == "(")
		case strings.ContainsRune(".()/", r), unicode.Is(unicode.Pd, r), unicode.IsSpace(r):
		default:
			ok = false
		}
	}
	return b.String(), abroad, ok
}

// national turns a Korean number written for a call from abroad, or without its
// zero, into the one that is called within Korea; all others stay.
func national(digits string, abroad bool) string {
	rest, korean := strings.CutPrefix(digits, "82")
	if !abroad {
		if r, ok := strings.CutPrefix(digits, "0082"); ok && len(r) >= 8 {
			rest, korean = r, true
		} else {
			korean = korean && (mobile.MatchString(strings.TrimPrefix(rest, "0")) || strings.HasPrefix(rest, "0") && len(rest) >= 9)
		}
	}
	switch {
	case korean && service.MatchString(rest):
		return rest
	case korean && len(rest) >= 8:
		return "0" + strings.TrimPrefix(rest, "0")
	case !korean && !abroad && mobile.MatchString(digits):
		return "0" + digits
	}
	return digits
}

// SplitPhone parts a kept number from its extension.
func SplitPhone(phone string) (number, extension string) {
	number, extension, _ = strings.Cut(phone, ",")
	return number, extension
}

// PhoneVariants are the digits under which the same number may have been kept:
// the given ones first, then those of earlier versions, which kept what was
// written (82 10… and 10…). A search looks for all of them; extensions don't count.
func PhoneVariants(phone string) []string {
	digits, _ := SplitPhone(phone)
	out := []string{digits}
	switch {
	case strings.HasPrefix(digits, "82") && len(digits) >= 10:
		out = append(out, "0"+digits[2:])
	case strings.HasPrefix(digits, "0") && len(digits) >= 9 && !strings.HasPrefix(digits, "00"):
		out = append(out, "82"+digits[1:], "82"+digits)
		if mobile.MatchString(digits[1:]) || strings.HasPrefix(digits, "050") {
			out = append(out, digits[1:])
		}
	case strings.HasPrefix(digits, "50") && len(digits) >= 10:
		out = append(out, "0"+digits)
	}
	return out
}
