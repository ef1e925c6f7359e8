package api

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/unicode/norm"

	"github.com/brosops/bros/api/jsonbody"
	"github.com/brosops/bros/domain"
)

// csvRow is one row of a table with a head: its cells by column.
type csvRow struct {
	line  int
	cells map[string]string
}

// readTable reads a CSV file as spreadsheets write it: UTF-8 with or without a
// mark, UTF-16, or the Korean Excel's CP949; comma, semicolon or tab. columns
// gives the names that a head may have for each column.
func readTable(body []byte, columns map[string][]string) ([]csvRow, error) {
	if workbook(body) {
		return nil, domain.Invalid("file", "is a workbook: save it as CSV UTF-8")
	}
	text, err := decodeText(body)
	if err != nil {
		return nil, err
	}
	text, sep := declared(text)
	if err := jsonbody.CheckText(text); err != nil {
		return nil, err
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	if r.Comma = sep; sep == 0 {
		r.Comma = separator(text)
	}
	head, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, domain.Invalid("file", "is empty")
	}
	if err != nil {
		return nil, badCSV(err)
	}
	names, err := namesOf(head, columns)
	if err != nil {
		return nil, err
	}
	var rows []csvRow
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, badCSV(err)
		}
		line, _ := r.FieldPos(0)
		row := csvRow{line: line, cells: map[string]string{}}
		empty := true
		for i, cell := range cells {
			cell = norm.NFC.String(unquoted(strings.TrimSpace(cell)))
			if cell != "" {
				empty = false
			}
			if i < len(names) {
				row.cells[names[i]] = cell
			}
		}
		if empty {
			continue
		}
		if rows = append(rows, row); len(rows) > domain.MaxImport {
			return nil, domain.Invalid("file", "has more than %d rows", domain.MaxImport)
		}
	}
	if len(rows) == 0 {
		return nil, domain.Invalid("file", "has no rows under its head")
	}
	return rows, nil
}

// workbook reports whether a file is a spreadsheet program's own: .xlsx and .ods
// are zip archives, .xls is an OLE file.
func workbook(body []byte) bool {
	return bytes.HasPrefix(body, []byte("PK\x03\x04")) || bytes.HasPrefix(body, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))
}

// declared reads the line sep=; by which files tell Excel what they are parted by.
func declared(text []byte) (rest []byte, sep rune) {
	line, rest, more := bytes.Cut(text, []byte("\n"))
	is, ok := bytes.CutPrefix(bytes.ToLower(bytes.Trim(line, "\"\r")), []byte("sep="))
	if !ok || !more || len(is) != 1 || !bytes.Contains([]byte(",;\t|"), is) {
		return text, 0
	}
	return rest, rune(is[0])
}

// unquoted is a cell without the apostrophe by which our own files keep a
// spreadsheet from taking it for a formula.
func unquoted(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && strings.IndexAny(rest, "=+-@＝＋－＠") == 0 {
		return rest
	}
	return cell
}

// decodeText turns what a spreadsheet wrote into UTF-8 without a mark.
func decodeText(body []byte) ([]byte, error) {
	if bytes.HasPrefix(body, []byte{0xff, 0xfe}) || bytes.HasPrefix(body, []byte{0xfe, 0xff}) {
		text, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(body)
		if err != nil {
			return nil, domain.Invalid("file", "is no text")
		}
		return text, nil
	}
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	if utf8.Valid(body) {
		return body, nil
	}
	text, err := korean.EUCKR.NewDecoder().Bytes(body)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		return nil, domain.Invalid("file", "is neither UTF-8 nor CP949 text")
	}
	return text, nil
}

// separator is what the head is parted by.
func separator(text []byte) rune {
	head, _, _ := bytes.Cut(text, []byte("\n"))
	best, most := ',', bytes.Count(head, []byte(","))
	for _, sep := range ";\t" {
		if n := bytes.Count(head, []byte(string(sep))); n > most {
			best, most = sep, n
		}
	}
	return best
}

// namesOf finds the columns of a head. Case, spaces and what stands in brackets don't count.
func namesOf(head []string, columns map[string][]string) ([]string, error) {
	known := map[string]string{}
	for name, also := range columns {
		known[plain(name)] = name
		for _, other := range also {
			known[plain(other)] = name
		}
	}
	names := make([]string, len(head))
	seen := map[string]bool{}
	for i, title := range head {
		title = norm.NFC.String(strings.TrimSpace(title))
		if title == "" {
			continue
		}
		name, ok := known[plain(title)]
		if !ok {
			return nil, domain.Invalid("file", "has an unknown column: %s", title)
		}
		if seen[name] {
			return nil, domain.Invalid("file", "has a column twice: %s", title)
		}
		seen[name], names[i] = true, name
	}
	if !seen["name"] {
		return nil, domain.Invalid("file", "has no column: %s", "name")
	}
	return names, nil
}

func plain(title string) string {
	title, _, _ = strings.Cut(title, "(")
	return strings.ToLower(strings.NewReplacer(" ", "", "_", "", "-", "").Replace(title))
}

func badCSV(err error) error {
	var e *csv.ParseError
	if errors.As(err, &e) {
		return domain.Invalid("file", "is no CSV from line %d on", e.Line)
	}
	return domain.Invalid("file", "is no CSV")
}

// number is a cell as an integer; nil: empty, or noted as wrong.
func (r csvRow) number(name string, row *domain.ImportRow) *int {
	cell := r.cells[name]
	if cell == "" {
		return nil
	}
	n, err := strconv.Atoi(strings.TrimSuffix(cell, ".0"))
	if err != nil {
		row.Errors = append(row.Errors, domain.NewField(name, "is no number"))
		return nil
	}
	return &n
}

// place is the location that two cells tell; nil: there is none, or noted as wrong.
func (r csvRow) place(row *domain.ImportRow) *domain.Location {
	lat, lng := r.cells["lat"], r.cells["lng"]
	if lat == "" && lng == "" {
		return nil
	}
	y, err1 := strconv.ParseFloat(lat, 64)
	x, err2 := strconv.ParseFloat(lng, 64)
	if err1 != nil || err2 != nil {
		row.Errors = append(row.Errors, domain.NewField("location", "is no number"))
		return nil
	}
	return &domain.Location{Lat: y, Lng: x}
}

// word is a cell as the word that it stands for, in either language.
func (r csvRow) word(name string, words map[string]string) string {
	cell := r.cells[name]
	if known, ok := words[plain(cell)]; ok {
		return known
	}
	return cell
}
