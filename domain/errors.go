package domain

import "fmt"

// Code says what kind of thing went wrong. The set is closed: every error that
// crosses a package boundary on purpose is an *Error with one of these.
type Code string

// The codes of the contract; api/problem.go gives each its HTTP status.
const (
	CodeValidation          Code = "validation"
	CodeMalformed           Code = "malformed"
	CodeUnauthenticated     Code = "unauthenticated"
	CodeForbidden           Code = "forbidden"
	CodeNotFound            Code = "not_found"
	CodeConflict            Code = "conflict"
	CodeIllegalTransition   Code = "illegal_transition"
	CodeIdempotencyMismatch Code = "idempotency_mismatch"
	CodeTooLarge            Code = "too_large"
	CodeRateLimited         Code = "rate_limited"
	CodeUnavailable         Code = "unavailable"
	CodeInternal            Code = "internal"
)

// Field is what is wrong with one field of the input, named as the client
// wrote it: "customer.phone", "items[2].price".
type Field struct {
	Field string `json:"field"`
	// Code names the sentence (see NewField), and Params what it is about.
	Code    string   `json:"code,omitempty"`
	Params  []string `json:"params,omitempty"`
	Message string   `json:"message"`
}

// Error is the only error that crosses packages.
type Error struct {
	Code   Code
	Detail string // for a person; never holds anything secret
	Fields []Field
	// Current is the record as it stands, for conflict and illegal_transition;
	// already masked for the caller.
	Current any
	// Results are the per-row outcomes of a bulk write that was refused.
	Results any
	// RetryAfter is in seconds, for rate_limited and unavailable.
	RetryAfter int
	// Commit marks the one kind of refusal that is kept all the same: the
	// transaction that returned it is to be committed (a late deliver).
	Commit bool
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Detail }

// Errorf makes an Error of the given code.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// NotFound is the answer for a record that does not exist and equally for one
// that the caller may not see.
func NotFound(kind string) *Error { return Errorf(CodeNotFound, "no such %s", kind) }

// Invalid is a validation error of one field.
func Invalid(field, format string, args ...any) *Error {
	f := NewField(field, format, args...)
	return &Error{Code: CodeValidation, Detail: field + " " + f.Message, Fields: []Field{f}}
}
