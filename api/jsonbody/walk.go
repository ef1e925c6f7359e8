package jsonbody

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/brosops/bros/domain"
)

// walker compares a JSON text with the Go type it is meant for.
type walker struct {
	dec    *json.Decoder
	strict bool
	fields []domain.Field // wrong types, by field
}

// maxFaults is how many wrong fields one answer names.
const maxFaults = 20

// walk reports what is wrong with body as a value of type t: unknown or
// repeated fields (strict only) and broken JSON as malformed, wrong types as
// validation errors with the path of each field.
func walk(body []byte, t reflect.Type, strict bool) error {
	w := &walker{dec: json.NewDecoder(bytes.NewReader(body)), strict: strict}
	w.dec.UseNumber()
	if err := w.value(t, ""); err != nil {
		var e *domain.Error
		if errors.As(err, &e) {
			return e
		}
		return malformed("the body is not JSON")
	}
	if _, err := w.dec.Token(); !errors.Is(err, io.EOF) {
		return malformed("the body has more than one JSON value")
	}
	if len(w.fields) > 0 {
		f := w.fields[0]
		return &domain.Error{Code: domain.CodeValidation, Detail: f.Field + " " + f.Message, Fields: w.fields}
	}
	return nil
}

func (w *walker) fault(path, format string, args ...any) {
	if path == "" {
		path = "(body)"
	}
	if len(w.fields) < maxFaults {
		w.fields = append(w.fields, domain.NewField(path, format, args...))
	}
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// value reads one value that is meant for t at path.
func (w *walker) value(t reflect.Type, path string) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == reflect.TypeFor[json.RawMessage]() || t.Kind() == reflect.Interface {
		var raw json.RawMessage
		return w.dec.Decode(&raw)
	}
	if reflect.PointerTo(t).Implements(unmarshaler) {
		return w.own(t, path)
	}
	tok, err := w.dec.Token()
	if err != nil {
		return err
	}
	if tok == nil {
		return nil // null is the same as absent
	}
	switch t.Kind() {
	case reflect.Struct:
		if tok != json.Delim('{') {
			return w.mismatch(tok, path, "must be an object")
		}
		return w.object(t, path)
	case reflect.Map:
		if tok != json.Delim('{') {
			return w.mismatch(tok, path, "must be an object")
		}
		return w.entries(t, path)
	case reflect.Slice, reflect.Array:
		if tok != json.Delim('[') {
			return w.mismatch(tok, path, "must be a list")
		}
		for i := 0; w.dec.More(); i++ {
			if err := w.value(t.Elem(), fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
		_, err := w.dec.Token()
		return err
	}
	if _, nested := tok.(json.Delim); nested {
		return w.mismatch(tok, path, "must be "+kindName(t.Kind()))
	}
	w.scalar(t, tok, path)
	return nil
}

// own checks a value whose type reads itself (domain.Time, domain.Maybe).
func (w *walker) own(t reflect.Type, path string) error {
	var raw json.RawMessage
	if err := w.dec.Decode(&raw); err != nil {
		return err
	}
	if p, ok := reflect.Zero(t).Interface().(interface{ PatchOf() reflect.Type }); ok {
		inner := &walker{dec: json.NewDecoder(bytes.NewReader(raw)), strict: w.strict}
		inner.dec.UseNumber()
		err := inner.value(p.PatchOf(), path)
		w.fields = append(w.fields, inner.fields...)
		return err
	}
	if err := json.Unmarshal(raw, reflect.New(t).Interface()); err != nil {
		if t == reflect.TypeFor[domain.Time]() {
			w.fault(path, "must be a time as RFC 3339 text")
		} else {
			w.fault(path, "has a wrong form")
		}
	}
	return nil
}

// object reads the members of a struct; its brace has been read.
func (w *walker) object(t reflect.Type, path string) error {
	known := Fields(t)
	var seen []string
	for w.dec.More() {
		tok, err := w.dec.Token()
		if err != nil {
			return err
		}
		name, _ := tok.(string)
		at := join(path, name)
		ft, ok := known[name]
		switch {
		case w.strict && !ok:
			return &domain.Error{Code: domain.CodeMalformed, Detail: "unknown field " + clip(at),
				Fields: []domain.Field{domain.NewField(clip(at), "is unknown")}}
		case w.strict && slices.Contains(seen, name):
			return &domain.Error{Code: domain.CodeMalformed, Detail: "field " + clip(at) + " comes twice",
				Fields: []domain.Field{domain.NewField(clip(at), "comes twice")}}
		case !ok:
			var skip json.RawMessage
			if err := w.dec.Decode(&skip); err != nil {
				return err
			}
			continue
		}
		seen = append(seen, name)
		if err := w.value(ft, at); err != nil {
			return err
		}
	}
	_, err := w.dec.Token()
	return err
}

// entries reads the members of a map; its brace has been read.
func (w *walker) entries(t reflect.Type, path string) error {
	for w.dec.More() {
		tok, err := w.dec.Token()
		if err != nil {
			return err
		}
		name, _ := tok.(string)
		if err := w.value(t.Elem(), join(path, name)); err != nil {
			return err
		}
	}
	_, err := w.dec.Token()
	return err
}

// mismatch notes a wrong type and skips the rest of a nested value.
func (w *walker) mismatch(tok json.Token, path, message string) error {
	w.fault(path, "must be %s", strings.TrimPrefix(message, "must be "))
	if d, nested := tok.(json.Delim); !nested || d != '{' && d != '[' {
		return nil
	}
	for depth := 1; depth > 0; {
		tok, err := w.dec.Token()
		if err != nil {
			return err
		}
		switch tok {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
	return nil
}

// scalar checks a text, number or truth value.
func (w *walker) scalar(t reflect.Type, tok json.Token, path string) {
	ok := false
	switch t.Kind() {
	case reflect.String:
		_, ok = tok.(string)
	case reflect.Bool:
		_, ok = tok.(bool)
	default:
		n, isNumber := tok.(json.Number)
		// The real decoder says whether it fits the kind and its size.
		ok = isNumber && json.Unmarshal([]byte(n), reflect.New(t).Interface()) == nil
	}
	if !ok {
		w.fault(path, "must be %s", kindName(t.Kind()))
	}
}

func kindName(k reflect.Kind) string {
	switch k {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	}
	return "a whole number"
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// clip keeps a name that the client made up from filling the answer.
func clip(s string) string {
	if len(s) <= 64 {
		return s
	}
	return strings.ToValidUTF8(s[:64], "") + "…"
}

// fieldCache holds Fields by type.
var fieldCache sync.Map

// Fields returns the JSON names of a struct and their types, embedded structs included.
func Fields(t reflect.Type) map[string]reflect.Type {
	if m, ok := fieldCache.Load(t); ok {
		return m.(map[string]reflect.Type)
	}
	m := map[string]reflect.Type{}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || !f.IsExported() && !f.Anonymous:
			continue
		case f.Anonymous && name == "":
			et := f.Type
			for et.Kind() == reflect.Pointer {
				et = et.Elem()
			}
			for n, ft := range Fields(et) {
				if _, ok := m[n]; !ok {
					m[n] = ft
				}
			}
			continue
		case name == "":
			name = f.Name
		}
		m[name] = f.Type
	}
	fieldCache.Store(t, m)
	return m
}
