package domain

import (
	"strings"
	"unicode"
)

// The shortest and longest phone number, in digits.
const (
	minPhone = 3
	maxPhone = 20
)

// NormalizePhone keeps the digits of a phone number however it was written:
// with spaces, dashes, dots, slashes, brackets, a leading +, in full-width
// digits. It is not ok when something else stands in it or too few or too
// many digits are left.
func NormalizePhone(s string) (digits string, ok bool) {
	var b strings.Builder
	ok = true
	for i, r := range strings.TrimSpace(s) {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r >= '０' && r <= '９': // typed with a Korean or Japanese input method
			b.WriteRune(r - '０' + '0')
		case r == '+' || r == '＋':
			ok = ok && i == 0
		case strings.ContainsRune(".()/（）．", r), unicode.Is(unicode.Pd, r), unicode.IsSpace(r):
		default:
			ok = false
		}
	}
	digits = b.String()
	return digits, ok && len(digits) >= minPhone && len(digits) <= maxPhone
}

// PhoneVariants are the digits under which the same number may have been kept:
// the given ones first, then the Korean number in its other form (82 10… and
// 010…). A search looks for all of them.
func PhoneVariants(digits string) []string {
	out := []string{digits}
	switch {
	case strings.HasPrefix(digits, "820") && len(digits) >= 11:
		out = append(out, digits[2:], "82"+digits[3:])
	case strings.HasPrefix(digits, "82") && len(digits) >= 10:
		out = append(out, "0"+digits[2:])
	case strings.HasPrefix(digits, "0") && len(digits) >= 9 && !strings.HasPrefix(digits, "00"):
		out = append(out, "82"+digits[1:])
	}
	return out
}
