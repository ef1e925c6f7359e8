package domain

import (
	"encoding/json"
	"reflect"
)

// Maybe is a field of a patch: not sent, null, or a value.
type Maybe[T any] struct {
	Sent  bool
	Null  bool
	Value T
}

// UnmarshalJSON notes that the field was sent.
func (m *Maybe[T]) UnmarshalJSON(b []byte) error {
	*m = Maybe[T]{Sent: true}
	if string(b) == "null" {
		m.Null = true
		return nil
	}
	return json.Unmarshal(b, &m.Value)
}

// PatchOf is the type of the value, for those who check a body against types.
func (Maybe[T]) PatchOf() reflect.Type { return reflect.TypeFor[T]() }

// Just is a field that was sent.
func Just[T any](v T) Maybe[T] { return Maybe[T]{Sent: true, Value: v} }

// to puts what was sent in place: null is the zero value.
func (m Maybe[T]) to(v *T) {
	if m.Sent {
		*v = m.Value
	}
}
