package address

import (
	"unicode/utf8"
)

// How well a name fits. What lies between is for how much of the name is left.
const (
	Whole        = 1000 // the whole name
	Beginning    = 900  // its beginning, in keystrokes
	Initials     = 860  // its initial consonants, all of them
	FewInitials  = 780  // the beginning of its initial consonants
	Inner        = 700  // the beginning of a later part of it
	InnerFew     = 600  // initial consonants of a later part
	Typo         = 560  // the whole name with one typo
	BeginTypo    = 480  // its beginning with one typo
	leastTypo    = 5    // keystrokes from which on a typo is looked for
	leastInner   = 2    // characters from which on later parts are looked at
	leastInnerCV = 3    // the same of initial consonants
)

// Pattern is a word of a query, made ready to be compared with many names.
type Pattern struct {
	Text  string
	runes []rune
	keys  []byte
	bits  uint64
	lone  bool // has an initial consonant that stands alone before its last character
	cho   bool // is made of such alone
	typo  bool // is long enough for one
}

// NewPattern makes a pattern of a word as it was typed.
func NewPattern(text string) Pattern {
	p := Pattern{Text: Fold(text)}
	for _, r := range p.Text {
		if two, ok := clusters[r]; ok {
			p.runes = append(p.runes, []rune(two)...)
			continue
		}
		p.runes = append(p.runes, r)
	}
	p.cho = len(p.runes) > 0
	for i, r := range p.runes {
		p.keys = appendKeys(p.keys, r)
		p.bits |= signatureOf(r)
		if loneInitial(r) >= 0 {
			p.lone = p.lone || i < len(p.runes)-1
		} else {
			p.cho = false
		}
	}
	p.typo = !p.lone && !p.cho && len(p.keys) >= leastTypo && len(p.runes) >= 2
	if last := len(p.runes) - 1; last >= 0 && !p.cho && !p.lone {
		// A syllable that is being typed may show a consonant of the next.
		if i := initialOf(p.runes[last]); i >= 0 || loneInitial(p.runes[last]) >= 0 {
			p.bits = Signature(string(p.runes[:last])) | signatureOf(p.runes[last])
		}
	}
	return p
}

// Empty reports whether there is nothing to compare.
func (p *Pattern) Empty() bool { return len(p.runes) == 0 }

// May reports whether a name with the signature can fit at all.
func (p *Pattern) May(signature uint64) bool {
	m := missing(p.bits, signature)
	return m == 0 || m == 1 && p.typo
}

// Matcher compares names with patterns; it is one goroutine's.
type Matcher struct {
	runes []rune
	keys  []byte
	at    []int // where the keys of each character begin
}

// Score says how well a folded name fits; 0: not at all.
func (m *Matcher) Score(p *Pattern, name []byte) int {
	m.runes, m.keys, m.at = m.runes[:0], m.keys[:0], m.at[:0]
	for len(name) > 0 {
		r, n := utf8.DecodeRune(name)
		name = name[n:]
		m.runes = append(m.runes, r)
	}
	return m.score(p)
}

func (m *Matcher) score(p *Pattern) int {
	q := p.runes
	if len(q) == 0 || len(m.runes) == 0 {
		return 0
	}
	if p.cho || p.lone {
		return m.byInitials(p)
	}
	for _, r := range m.runes {
		m.at = append(m.at, len(m.keys))
		m.keys = appendKeys(m.keys, r)
	}
	if begins(m.keys, p.keys) {
		if len(m.keys) == len(p.keys) {
			return Whole
		}
		return Beginning - rest(len(m.runes)-len(q))
	}
	if len(q) >= leastInner {
		for i := 1; i+len(q) <= len(m.runes)+1 && i < len(m.runes); i++ {
			if begins(m.keys[m.at[i]:], p.keys) {
				return Inner - rest(len(m.runes)-len(q))
			}
		}
	}
	if !p.typo {
		return 0
	}
	left := len(m.runes) - len(q)
	if near(m.runes, q, true) || near(m.keys, p.keys, true) {
		return Typo
	}
	// A beginning with a typo must be long enough not to be another word.
	if len(q) >= 3 && left > 0 && (near(m.runes, q, false) || near(m.keys, p.keys, false)) {
		return BeginTypo - rest(left)
	}
	return 0
}

// byInitials compares character by character: an initial consonant fits any
// syllable that begins with it.
func (m *Matcher) byInitials(p *Pattern) int {
	for from := 0; from+len(p.runes) <= len(m.runes); from++ {
		if from > 0 && len(p.runes) < leastInnerCV {
			return 0
		}
		fits := true
		for i, r := range p.runes {
			if !alike(r, m.runes[from+i], i == len(p.runes)-1) {
				fits = false
				break
			}
		}
		left := len(m.runes) - len(p.runes)
		switch {
		case !fits:
		case from > 0:
			return InnerFew - rest(left)
		case left == 0:
			return Initials
		default:
			return FewInitials - rest(left)
		}
	}
	return 0
}

// alike compares what was typed with a character of a name; the last one that
// was typed may be the beginning of a syllable.
func alike(typed, of rune, last bool) bool {
	if typed == of {
		return true
	}
	if i := loneInitial(typed); i >= 0 {
		return i == initialOf(of)
	}
	if !last || initialOf(typed) < 0 || initialOf(of) < 0 {
		return false
	}
	var a, b [8]byte
	return begins(appendKeys(b[:0], of), appendKeys(a[:0], typed))
}

// rest is what is taken off for the part of a name that was not typed.
func rest(runes int) int { return min(3*max(runes, 0), 60) }

func begins(of, with []byte) bool {
	return len(of) >= len(with) && string(of[:len(with)]) == string(with)
}

// near reports whether q is the name, or (not whole) the beginning of it, but for
// one wrong, missing, surplus or swapped item.
func near[T comparable](name, q []T, whole bool) bool {
	if whole && (len(name)-len(q) > 1 || len(q)-len(name) > 1) {
		return false
	}
	i := 0
	for i < len(q) && i < len(name) && q[i] == name[i] {
		i++
	}
	if i == len(q) {
		return !whole || len(name) <= len(q)+1
	}
	fits := func(name, q []T) bool {
		if len(q) > len(name) || whole && len(q) != len(name) {
			return false
		}
		for j := range q {
			if q[j] != name[j] {
				return false
			}
		}
		return true
	}
	if fits(name[i:], q[i+1:]) { // surplus
		return true
	}
	if i == len(name) {
		return false
	}
	return fits(name[i+1:], q[i+1:]) || fits(name[i+1:], q[i:]) ||
		i+1 < len(q) && i+1 < len(name) && q[i] == name[i+1] && q[i+1] == name[i] && fits(name[i+2:], q[i+2:])
}
