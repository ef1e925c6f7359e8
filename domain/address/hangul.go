// Package address reads what somebody types of an address, and says how well a
// name fits it: in Hangul by keystrokes, so that a syllable that is not finished
// fits, by initial consonants, and with one typo. It knows no data.
package address

import (
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	hangulFirst = 0xAC00
	hangulLast  = 0xD7A3
	perInitial  = 588 // syllables of one initial consonant
	perMedial   = 28
)

// The parts of a syllable in the order of Unicode, as the keys of a Korean
// keyboard that make them: ㅘ is ㅗ and ㅏ, ㄺ is ㄹ and ㄱ.
var (
	initials = []rune("ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ")
	medials  = []string{"ㅏ", "ㅐ", "ㅑ", "ㅒ", "ㅓ", "ㅔ", "ㅕ", "ㅖ", "ㅗ", "ㅗㅏ", "ㅗㅐ", "ㅗㅣ", "ㅛ", "ㅜ", "ㅜㅓ", "ㅜㅔ", "ㅜㅣ", "ㅠ", "ㅡ", "ㅡㅣ", "ㅣ"}
	finals   = []string{"", "ㄱ", "ㄲ", "ㄱㅅ", "ㄴ", "ㄴㅈ", "ㄴㅎ", "ㄷ", "ㄹ", "ㄹㄱ", "ㄹㅁ", "ㄹㅂ", "ㄹㅅ", "ㄹㅌ", "ㄹㅍ", "ㄹㅎ", "ㅁ", "ㅂ", "ㅂㅅ", "ㅅ", "ㅆ", "ㅇ", "ㅈ", "ㅊ", "ㅋ", "ㅌ", "ㅍ", "ㅎ"}
)

// initialOf is the initial consonant of a syllable, as a number; -1: r is none.
func initialOf(r rune) int {
	if r < hangulFirst || r > hangulLast {
		return -1
	}
	return int(r-hangulFirst) / perInitial
}

// loneInitial is the number of an initial consonant that stands alone; -1: r is none.
func loneInitial(r rune) int {
	if r < 'ㄱ' || r > 'ㅎ' {
		return -1
	}
	return int(loneOf[r-'ㄱ'])
}

var loneOf = func() (of [30]int8) {
	for i := range of {
		of[i] = -1
	}
	for i, r := range initials {
		of[r-'ㄱ'] = int8(i)
	}
	return of
}()

// clusters are consonants that a keyboard makes of two, when they stand alone.
var clusters = map[rune]string{'ㄳ': "ㄱㅅ", 'ㄵ': "ㄴㅈ", 'ㄶ': "ㄴㅎ", 'ㄺ': "ㄹㄱ", 'ㄻ': "ㄹㅁ", 'ㄼ': "ㄹㅂ", 'ㄽ': "ㄹㅅ", 'ㄾ': "ㄹㅌ", 'ㄿ': "ㄹㅍ", 'ㅀ': "ㄹㅎ", 'ㅄ': "ㅂㅅ"}

// key is a keystroke as a byte: jamo from 0x80 on, ASCII as it is.
func key(r rune) byte {
	if r >= 'ㄱ' && r <= 'ㅣ' {
		return byte(0x80 + r - 'ㄱ')
	}
	if r < utf8.RuneSelf {
		return byte(r)
	}
	return byte(0xC0 + r%63) // some other script: alike enough for a first look
}

var medialKeys, finalKeys = keysOf(medials), keysOf(finals)

func keysOf(parts []string) [][]byte {
	out := make([][]byte, len(parts))
	for i, p := range parts {
		for _, r := range p {
			out[i] = append(out[i], key(r))
		}
	}
	return out
}

// appendKeys appends the keystrokes of a character.
func appendKeys(to []byte, r rune) []byte {
	if r >= hangulFirst && r <= hangulLast {
		i := int(r - hangulFirst)
		to = append(to, key(initials[i/perInitial]))
		to = append(to, medialKeys[i%perInitial/perMedial]...)
		return append(to, finalKeys[i%perMedial]...)
	}
	return append(to, key(r))
}

// Fold is a name as it is compared: Hangul composed, small letters, nothing but
// letters and digits.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range Compose(s) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(unicode.ToLower(r))
		case r == '-' || r == '.' || r == '·' || r == '&':
			// Within names these come and go.
		}
	}
	return b.String()
}

// Compose joins Hangul that came in parts (as files of macOS have it) into syllables.
func Compose(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r >= 0x1100 && r <= 0x11C2 }) < 0 {
		return s
	}
	var out []rune
	for _, r := range s {
		last := rune(0)
		if len(out) > 0 {
			last = out[len(out)-1]
		}
		switch {
		case r >= 0x1161 && r <= 0x1175 && last >= 0x1100 && last <= 0x1112:
			out[len(out)-1] = hangulFirst + (last-0x1100)*perInitial + (r-0x1161)*perMedial
		case r >= 0x11A8 && r <= 0x11C2 && last >= hangulFirst && last <= hangulLast && (last-hangulFirst)%perMedial == 0:
			out[len(out)-1] = last + r - 0x11A7
		default:
			out = append(out, r)
		}
	}
	return string(out)
}

// Signature has a bit for each initial consonant, letter and digit that a name
// has: what has not the bits of a query can't fit it.
func Signature(folded string) uint64 {
	var m uint64
	for _, r := range folded {
		m |= signatureOf(r)
	}
	return m
}

func signatureOf(r rune) uint64 {
	if i := initialOf(r); i >= 0 {
		return 1 << i
	}
	if i := loneInitial(r); i >= 0 {
		return 1 << i
	}
	if r >= '0' && r <= '9' {
		return 1 << (19 + r - '0')
	}
	return 1 << (29 + uint(r)%35)
}

// missing is how many bits of a query a name has not.
func missing(query, name uint64) int { return bits.OnesCount64(query &^ name) }
