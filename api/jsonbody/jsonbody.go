// Package jsonbody reads the JSON body of a request into the type it is meant
// for, and names every field that does not fit.
package jsonbody

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/brosops/bros/domain"
)

// Strict reads body into dst, a pointer: one JSON value, no unknown, repeated
// or differently spelt field, no NUL, no text that isn't Unicode. It returns a
// *domain.Error: malformed, or validation with each field of a wrong type.
func Strict(body []byte, dst any) error { return read(body, dst, true) }

// Loose is Strict but for unknown and repeated fields, which it ignores.
func Loose(body []byte, dst any) error { return read(body, dst, false) }

func read(body []byte, dst any, strict bool) error {
	if string(bytes.TrimSpace(body)) == "null" { // encoding/json would take it for an empty object
		return domain.Invalid("(body)", "must be an object")
	}
	if err := CheckText(body); err != nil {
		return err
	}
	// The walk finds what encoding/json would let pass, and gives every fault
	// its field; the loose way needs it only to explain a failure.
	t := reflect.TypeOf(dst).Elem()
	if strict {
		if err := walk(body, t, true); err != nil {
			return err
		}
	}
	if err := json.Unmarshal(body, dst); err != nil {
		if err := walk(body, t, false); err != nil {
			return err
		}
		return malformed("the body does not fit")
	}
	Compose(dst)
	return nil
}
