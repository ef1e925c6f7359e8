package places

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/transform"

	"github.com/brosops/bros/domain/address"
)

// columns are the names that a column or a property may have; those of
// OpenAddresses are among them.
var columns = map[string][]string{
	"road":     {"road", "도로명주소", "address", "주소", "label", "roadaddress"},
	"street":   {"street", "도로명", "addrstreet"},
	"number":   {"number", "건물번호", "addrhousenumber", "housenumber"},
	"sido":     {"region", "시도", "시도명", "sido"},
	"sigungu":  {"district", "city", "시군구", "시군구명", "sigungu"},
	"dong":     {"dong", "법정동", "읍면동", "읍면동명"},
	"lot":      {"lot", "지번", "지번주소", "jibun"},
	"building": {"building", "name", "건물명"},
	"detail":   {"detail", "unit", "상세건물명", "동명"},
	"post":     {"postcode", "우편번호", "zip"},
	"lat":      {"lat", "latitude", "위도"},
	"lng":      {"lng", "lon", "long", "longitude", "경도"},
	"x":        {"x", "출입구x좌표", "x좌표"},
	"y":        {"y", "출입구y좌표", "y좌표"},
	"exact":    {"exact", "정확도"},
}

// canonical is which of columns a name is; empty: none.
func canonical(name string) string {
	name = strings.TrimPrefix(address.Fold(strings.TrimPrefix(name, "\uFEFF")), "addr")
	for key, names := range columns {
		for _, n := range names {
			if strings.TrimPrefix(n, "addr") == name || n == name {
				return key
			}
		}
	}
	return ""
}

// record is a row or a feature by canonical names.
type record map[string]string

// entry reads a record.
func (r record) entry() (*entry, error) {
	for _, v := range r {
		if strings.ContainsRune(v, utf8.RuneError) {
			return nil, wrong("%q is not in UTF-8, or in a CSV file CP949", v)
		}
	}
	e := &entry{sido: r["sido"], sigungu: r["sigungu"], dong: r["dong"], building: r["building"], detail: r["detail"], post: r["post"], road: r["street"], exact: exactEntrance}
	if len(e.detail) > 100 || len(e.building) > 300 {
		return nil, wrong("a name is too long")
	}
	switch r["exact"] {
	case "", "entrance":
	case "building":
		e.exact = exactBuilding
	default:
		return nil, wrong("exact is %q; entrance or building", r["exact"])
	}
	num := r["number"]
	if e.road == "" {
		if err := e.wholeRoad(r["road"], &num); err != nil {
			return nil, err
		}
	}
	q := address.Parse("x " + num)[0]
	if q.Number == nil || q.Number.Main > maxMain || q.Number.Sub > maxSub {
		return nil, wrong("%q is no house's number", num)
	}
	e.num = numberKey(q.Number.Under, q.Number.Main, q.Number.Sub)
	e.wholeLot(r["lot"])
	return e, e.degrees(r)
}

// wholeRoad takes an address of one text apart: 서울특별시 송파구 올림픽로 300.
func (e *entry) wholeRoad(text string, num *string) error {
	text, _, _ = strings.Cut(text, "(")
	parts := strings.Fields(strings.ReplaceAll(text, ",", " "))
	end := len(parts)
	for i := len(parts) - 1; i > 0; i-- {
		if q := address.Parse("x " + strings.Join(parts[i:], " "))[0]; q.Number != nil && len(q.Words) == 1 && q.Rest == "" {
			*num, end = strings.Join(parts[i:], " "), i
			continue
		}
		break
	}
	if end == len(parts) || end == 0 {
		return wrong("%q has no road with a number", strings.TrimSpace(text))
	}
	e.road = parts[end-1]
	parts = parts[:end-1]
	if n := len(parts); n > 0 && (strings.HasSuffix(parts[n-1], "읍") || strings.HasSuffix(parts[n-1], "면")) {
		e.town = parts[n-1]
		parts = parts[:n-1]
	}
	if len(parts) > 0 && e.sido == "" {
		e.sido = parts[0]
	}
	if len(parts) > 1 && e.sigungu == "" {
		e.sigungu = strings.Join(parts[1:], " ")
	}
	return nil
}

// wholeLot reads 신천동 29, with or without what is before the dong.
func (e *entry) wholeLot(text string) {
	parts := strings.Fields(text)
	for i := len(parts) - 1; i >= 0; i-- {
		q := address.Parse("x " + strings.Join(parts[i:], " "))[0]
		if q.Number == nil || len(q.Words) != 1 || q.Number.Main > maxMain || q.Number.Sub > maxSub {
			break
		}
		e.lot = numberKey(q.Number.Mountain, q.Number.Main, q.Number.Sub)
		if i > 0 && e.dong == "" && (i < 1 || parts[i-1] != "산") {
			e.dong = parts[i-1]
		}
	}
}

func (e *entry) degrees(r record) error {
	if r["x"] != "" && r["lat"] == "" {
		exact := e.exact
		e.exact = exactNone
		return e.place(r["x"], r["y"], 1, exact)
	}
	if r["lat"] == "" && r["lng"] == "" {
		e.exact = exactNone
		return nil
	}
	var errLat, errLng error
	e.lat, errLat = strconv.ParseFloat(r["lat"], 64)
	e.lng, errLng = strconv.ParseFloat(r["lng"], 64)
	if errLat != nil || errLng != nil || !(e.lat >= -90 && e.lat <= 90 && e.lng >= -180 && e.lng <= 180) {
		return wrong("lat %q, lng %q are no place in degrees", r["lat"], r["lng"])
	}
	return nil
}

// add writes the n-th record of a file, unless an import that was ended has.
func (w *writer) add(ctx context.Context, s *source, n, line int64, r record) error {
	if n <= s.rows {
		return nil
	}
	e, err := r.entry()
	var bad *fieldError
	if errors.As(err, &bad) {
		return &LineError{s.path, line, err}
	}
	if err == nil {
		err = w.door(ctx, e)
	}
	if err != nil {
		return err
	}
	s.line = line
	return w.read(ctx, s)
}

// readCSV reads a file whose first line names the columns.
func readCSV(ctx context.Context, w *writer, s *source) error {
	f, err := os.Open(s.path)
	if err != nil {
		return err
	}
	defer f.Close()
	in, err := decoded(f)
	if err != nil {
		return err
	}
	rows := csv.NewReader(in)
	rows.ReuseRecord = true
	fail := func(err error) error {
		var pe *csv.ParseError
		if errors.As(err, &pe) {
			return &LineError{s.path, int64(pe.Line), pe.Err}
		}
		return err
	}
	head, err := rows.Read()
	if err != nil {
		return fail(err)
	}
	names, known := make([]string, len(head)), map[string]bool{}
	for i, h := range head {
		names[i] = canonical(h)
		known[names[i]] = true
	}
	if !known["road"] && (!known["street"] || !known["number"]) || !(known["lat"] && known["lng"]) && !(known["x"] && known["y"]) {
		return &LineError{s.path, 1, fmt.Errorf("the head names no road (road, 도로명주소; or street and number) or no place (lat and lng, 위도 and 경도; or x and y)")}
	}
	for n := int64(1); ; n++ {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fail(err)
		}
		line, _ := rows.FieldPos(0)
		r := record{}
		for i, v := range row {
			if names[i] != "" && r[names[i]] == "" {
				r[names[i]] = strings.TrimSpace(v)
			}
		}
		s.offset = min(rows.InputOffset(), s.size)
		if err := w.add(ctx, s, n, int64(line), r); err != nil {
			return err
		}
	}
	s.done, s.offset = true, s.size
	return w.save(ctx, s)
}

// decoded reads a file's text as UTF-8, whether it is that or CP949.
func decoded(f *os.File) (io.Reader, error) {
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	head = head[:n]
	for i := 0; i < utf8.UTFMax && len(head) > 0 && !utf8.Valid(head); i++ {
		head = head[:len(head)-1] // a character that goes on behind it
	}
	if utf8.Valid(head) && n-len(head) < utf8.UTFMax {
		return f, nil
	}
	return transform.NewReader(f, korean.EUCKR.NewDecoder()), nil
}

// feature is a GeoJSON feature with a point.
type feature struct {
	Type     string `json:"type"`
	Geometry *struct {
		Type        string    `json:"type"`
		Coordinates []float64 `json:"coordinates"`
	} `json:"geometry"`
	Properties map[string]any `json:"properties"`
}

func (f *feature) record() (record, error) {
	if f.Type != "Feature" {
		return nil, wrong("%q is no Feature", f.Type)
	}
	r := record{}
	for k, v := range f.Properties {
		c := canonical(k)
		if c == "" || v == nil || r[c] != "" {
			continue
		}
		switch v := v.(type) {
		case string:
			r[c] = strings.TrimSpace(v)
		case float64:
			r[c] = strconv.FormatFloat(v, 'f', -1, 64)
		}
	}
	g := f.Geometry
	if g == nil || g.Type != "Point" || len(g.Coordinates) < 2 {
		return nil, wrong("the feature has no Point")
	}
	delete(r, "x")
	r["lng"] = strconv.FormatFloat(g.Coordinates[0], 'f', -1, 64)
	r["lat"] = strconv.FormatFloat(g.Coordinates[1], 'f', -1, 64)
	return r, nil
}

// readGeoJSON reads a FeatureCollection, or one feature a line.
func readGeoJSON(ctx context.Context, w *writer, s *source) error {
	f, err := os.Open(s.path)
	if err != nil {
		return err
	}
	defer f.Close()
	dec := json.NewDecoder(bufio.NewReaderSize(f, 1<<20))
	lines := lineCounter{path: s.path}
	fail := func(err error) error {
		var syntax *json.SyntaxError
		var typed *json.UnmarshalTypeError
		var bad *fieldError
		if errors.As(err, &bad) || errors.As(err, &syntax) || errors.As(err, &typed) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			return &LineError{s.path, lines.at(dec.InputOffset()), err}
		}
		return err
	}
	single, err := openFeatures(dec)
	if err != nil {
		return fail(err)
	}
	if single {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		dec = json.NewDecoder(bufio.NewReaderSize(f, 1<<20))
	}
	for n := int64(1); dec.More(); n++ {
		var ft feature
		if err := dec.Decode(&ft); err != nil {
			return fail(err)
		}
		s.offset = dec.InputOffset()
		if n <= s.rows {
			continue
		}
		r, err := ft.record()
		if err != nil {
			return fail(err)
		}
		var bad *LineError
		if err := w.add(ctx, s, n, 0, r); errors.As(err, &bad) {
			return fail(bad.Err)
		} else if err != nil {
			return err
		}
	}
	if !single {
		if _, err := dec.Token(); err != nil { // the end of the features
			return fail(err)
		}
	}
	s.done, s.offset = true, s.size
	return w.save(ctx, s)
}

// openFeatures reads up to the first feature of a collection; single: there is a
// feature a line instead.
func openFeatures(dec *json.Decoder) (single bool, err error) {
	t, err := dec.Token()
	if err != nil {
		return false, err
	}
	if t != json.Delim('{') {
		return false, wrong("is no GeoJSON object")
	}
	for dec.More() {
		k, err := dec.Token()
		if err != nil {
			return false, err
		}
		if k == "features" {
			if t, err := dec.Token(); err != nil || t != json.Delim('[') {
				return false, wrong("features is no list")
			}
			return false, nil
		}
		var skip json.RawMessage
		if err := dec.Decode(&skip); err != nil {
			return false, err
		}
		if k == "type" && string(skip) == `"Feature"` {
			return true, nil
		}
	}
	return false, wrong("has no features")
}

// lineCounter finds the line of an offset, when there is something to be said of it.
type lineCounter struct{ path string }

func (l lineCounter) at(offset int64) int64 {
	f, err := os.Open(l.path)
	if err != nil {
		return 0
	}
	defer f.Close()
	in := bufio.NewReader(io.LimitReader(f, offset))
	line := int64(1)
	for {
		b, err := in.ReadByte()
		if err != nil {
			return line
		}
		if b == '\n' {
			line++
		}
	}
}
