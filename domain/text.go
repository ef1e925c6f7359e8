package domain

import (
	"strings"
	"unicode"
)

// CleanText is s without what nobody sees on a screen, or what turns round what
// stands beside it: control characters (an escape would drive a terminal, a
// break forge a second line of a log), marks and overrides of writing direction,
// and letters without a shape, which hide one name behind another. What is
// pasted out of a phone's contacts has them, so that they are dropped and not
// refused. lines keeps line ends.
func CleanText(s string, lines bool) string {
	if !strings.ContainsFunc(s, unshown) {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		switch {
		case lineEnd(r) && lines:
			return '\n'
		case lineEnd(r), r == '\t':
			return ' '
		case unshown(r) && !joins(r):
			return -1
		}
		return r
	}, s)
	if !strings.ContainsFunc(s, func(r rune) bool { return !joins(r) && !unicode.IsSpace(r) }) {
		return "" // joins nothing
	}
	return s
}

func lineEnd(r rune) bool {
	return r >= '\n' && r <= '\r' || r == '\u0085' || r == '\u2028' || r == '\u2029'
}

// joins are invisible but part of what is written: of emoji and of some scripts.
func joins(r rune) bool {
	return r == '\u200c' || r == '\u200d' || r >= '\ufe00' && r <= '\ufe0f'
}

// shapeless are letters and marks that fonts draw as nothing: the fillers of
// Hangul, the blank of Braille, the joiner that joins nothing.
const shapeless = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"

// unshown reports whether a text with r in it is worth a look.
func unshown(r rune) bool {
	switch {
	case r < ' ' || r >= 0x7f && r < 0xa0, lineEnd(r), joins(r):
		return true
	case r < 0x300:
		return r == '\u00ad'
	case unicode.Is(unicode.Cf, r): // those with a shape count numbers and verses in Arabic
		return !unicode.Is(unicode.Prepended_Concatenation_Mark, r)
	}
	return strings.ContainsRune(shapeless, r)
}

// hasLines reports whether a field holds more than one line of text.
func hasLines(field string) bool {
	for _, name := range []string{"reason", "note", "memo", "text"} {
		if field == name || strings.HasSuffix(field, "."+name) {
			return true
		}
	}
	return false
}
