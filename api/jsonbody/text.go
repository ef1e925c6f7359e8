package jsonbody

import (
	"unicode/utf8"

	"github.com/brosops/bros/domain"
)

// maxDepth bounds nested objects and arrays.
const maxDepth = 32

func malformed(format string, args ...any) *domain.Error {
	return domain.Errorf(domain.CodeMalformed, format, args...)
}

// CheckText refuses what no field may hold: bytes that are not UTF-8, NUL, half
// a surrogate pair; and nesting beyond maxDepth. It looks at bytes alone.
func CheckText(body []byte) error {
	if !utf8.Valid(body) {
		return malformed("the body is not UTF-8")
	}
	depth, inText := 0, false
	for i := 0; i < len(body); i++ {
		switch b := body[i]; {
		case b == 0:
			return malformed("the body has a NUL byte")
		case !inText:
			switch b {
			case '"':
				inText = true
			case '{', '[':
				if depth++; depth > maxDepth {
					return malformed("the body is nested deeper than %d", maxDepth)
				}
			case '}', ']':
				depth--
			}
		case b == '"':
			inText = false
		case b == '\\':
			n, err := checkEscape(body[i:])
			if err != nil {
				return err
			}
			i += n - 1
		}
	}
	return nil
}

// checkEscape looks at the escape that b starts with and gives its length.
func checkEscape(b []byte) (int, error) {
	u, ok := hex4(b)
	if !ok {
		return 2, nil // not a \u one, or broken: the parser's business
	}
	switch {
	case u == 0:
		return 0, malformed("text may not hold NUL")
	case u >= 0xdc00 && u < 0xe000:
		return 0, malformed("text has half a surrogate pair")
	case u >= 0xd800 && u < 0xdc00:
		if low, ok := hex4(b[6:]); !ok || low < 0xdc00 || low >= 0xe000 {
			return 0, malformed("text has half a surrogate pair")
		}
		return 12, nil
	}
	return 6, nil
}

// hex4 reads \uXXXX at the start of b.
func hex4(b []byte) (v int, ok bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	for _, c := range b[2:6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		v = v<<4 | int(c)
	}
	return v, true
}
