package address

import (
	"regexp"
	"strconv"
	"strings"
)

// Number is that of a house on its road, or of a lot.
type Number struct {
	Under    bool // 지하: its entrance is under the ground
	Mountain bool // 산: a lot of the hills
	Main     int
	Sub      int
	Open     bool // ends with a dash: a second number is being typed
}

// String is the number as addresses have it.
func (n Number) String() string {
	s := strconv.Itoa(n.Main)
	if n.Sub > 0 {
		s += "-" + strconv.Itoa(n.Sub)
	}
	switch {
	case n.Under:
		return "지하 " + s
	case n.Mountain:
		return "산 " + s
	}
	return s
}

// Query is one way to read what was typed.
type Query struct {
	Words  []string
	Number *Number // nil: none
	Rest   string  // flat and floor, as they were typed
	// Second is true of a reading that is less likely than one before it.
	Second bool
}

var (
	flat     = regexp.MustCompile(`^(?:제?(?:\d{1,4}|[A-Za-z])동)?(?:(?:지하|[Bb])?\d{1,3}층)?(?:(?:[Bb]|지하)?\d{1,5}(?:-\d{1,4})?호)?$`)
	flatName = regexp.MustCompile(`^[가나다라마바사아자차카타파하]동$`)
	basement = regexp.MustCompile(`^(?:[Bb]\d{1,2}(?:층|호)?|지하\d{0,2}층|반지하|옥탑(?:방|층)?)$`)
	number   = regexp.MustCompile(`^(지하|산)?(\d{1,5})(-(\d{1,4})?)?(?:번지?)?$`)
	ending   = regexp.MustCompile(`^(.*?[^\d-])((?:지하)?\d{1,5}(?:-\d{0,4})?)(?:번지)?$`)
	flatEnd  = regexp.MustCompile(`^(.*?[^\d-])((?:\d{3,4}동)?(?:(?:지하|[Bb])?\d{1,3}층)?(?:\d{1,5}호)|\d{3,4}동|(?:지하|[Bb])?\d{1,3}층)$`)
	road     = regexp.MustCompile(`(로|길)$`)
	place    = regexp.MustCompile(`(동|리|가|읍|면)$`)
	glued    = regexp.MustCompile(`^(.+?(?:특별시|광역시|특별자치시|특별자치도|구|군|시|동|읍|면|리|로|길))(..+)$`)
)

// Parse reads what was typed, the likeliest reading first.
func Parse(text string) []Query {
	tokens := strings.FieldsFunc(Compose(text), func(r rune) bool {
		return r == ' ' || r == ',' || r == '\t' || r == '\n' || r == '(' || r == ')' || r == '/' || r == 0xA0 || r == 0x3000
	})
	var q Query
	var rest []string
	var glue = -1 // a word that ends with a number
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		if (t == "지하" || t == "산") && i+1 < len(tokens) && number.MatchString(t+tokens[i+1]) && q.Number == nil {
			t += tokens[i+1]
			i++
		}
		switch n := parseNumber(t); {
		case basement.MatchString(t) && len(q.Words) > 0:
			rest = append(rest, t)
		case n != nil && q.Number == nil && !(glue >= 0 && len(q.Words)-1 == glue):
			q.Number = n
		case n != nil: // a second number is that of the flat
			rest = append(rest, t)
		case flat.MatchString(t) && (len(q.Words) > 0 || q.Number != nil), flatName.MatchString(t) && (q.Number != nil || glue >= 0):
			rest = append(rest, t)
		default:
			if m := flatEnd.FindStringSubmatch(t); m != nil && !flat.MatchString(t) {
				rest = append(rest, m[2])
				t = m[1]
				if n := parseNumber(t); n != nil && q.Number == nil {
					q.Number = n
					continue
				}
			}
			if ending.MatchString(t) {
				glue = len(q.Words)
			}
			q.Words = append(q.Words, t)
		}
	}
	q.Rest = strings.Join(rest, " ")
	return readings(q, glue)
}

// readings adds to a query those in which a word's last digits are the number.
func readings(q Query, glue int) []Query {
	if glue < 0 {
		return withGlued([]Query{q})
	}
	m := ending.FindStringSubmatch(q.Words[glue])
	split := q
	split.Words = append([]string{}, q.Words...)
	split.Words[glue] = m[1]
	n := parseNumber(m[2])
	if n == nil {
		return withGlued([]Query{q})
	}
	if q.Number != nil { // the other number was that of the flat, unless it belongs to this road (가락로12 34)
		split.Rest = strings.TrimSpace(strings.TrimPrefix(q.Number.String()+" "+q.Rest, " "))
	}
	split.Number = n
	if q.Number == nil && (road.MatchString(m[1]) || place.MatchString(m[1])) {
		q.Second = true
		return withGlued([]Query{split, q})
	}
	split.Second = true
	return withGlued([]Query{q, split})
}

// withGlued adds, as the last resort, readings of words that were typed without
// a space between two names (송파구올림픽로).
func withGlued(out []Query) []Query {
	for _, q := range out[:len(out):len(out)] {
		for i, w := range q.Words {
			if m := glued.FindStringSubmatch(w); m != nil {
				more := q
				more.Second = true
				more.Words = append(append(append([]string{}, q.Words[:i]...), m[1], m[2]), q.Words[i+1:]...)
				out = append(out, more)
				break
			}
		}
	}
	return out
}

func parseNumber(t string) *Number {
	m := number.FindStringSubmatch(t)
	if m == nil {
		return nil
	}
	n := &Number{Under: m[1] == "지하", Mountain: m[1] == "산", Open: m[3] == "-"}
	n.Main, _ = strconv.Atoi(m[2])
	n.Sub, _ = strconv.Atoi(m[4])
	return n
}

// Split is an address without what is of flat and floor, and that.
func Split(text string) (door, rest string) {
	q := Parse(text)[0]
	if q.Rest == "" {
		return strings.TrimSpace(text), ""
	}
	parts := append([]string{}, q.Words...)
	if q.Number != nil {
		parts = append(parts, q.Number.String())
	}
	return strings.Join(parts, " "), q.Rest
}
