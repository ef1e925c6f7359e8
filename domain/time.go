package domain

import (
	"encoding/json"
	"fmt"
	"time"
)

// timeLayout is RFC 3339 in UTC with exactly three digits of a second: as text
// it sorts like the time it says.
const timeLayout = "2006-01-02T15:04:05.000Z"

// Time is an instant in UTC, cut to the millisecond, the resolution of the
// contract and of every engine. The zero Time is "absent".
type Time struct{ time.Time }

// At cuts t to the millisecond in UTC.
func At(t time.Time) Time { return Time{t.UTC().Truncate(time.Millisecond)} }

// String is the wire form.
func (t Time) String() string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeLayout)
}

// Add shifts t by d.
func (t Time) Add(d time.Duration) Time { return At(t.Time.Add(d)) }

// MarshalJSON writes the wire form; absent is null (records leave it out by omitzero).
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	b := make([]byte, 0, len(timeLayout)+2)
	b = append(b, '"')
	b = t.UTC().AppendFormat(b, timeLayout)
	return append(b, '"'), nil
}

// UnmarshalJSON reads any RFC 3339 time.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*t = Time{}
		return nil
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("want a time as RFC 3339 text")
	}
	p, err := ParseTime(s)
	if err != nil {
		return err
	}
	*t = p
	return nil
}

// ParseTime reads an RFC 3339 time of any zone.
func ParseTime(s string) (Time, error) {
	p, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return Time{}, fmt.Errorf("want a time as RFC 3339 text")
	}
	return At(p), nil
}
