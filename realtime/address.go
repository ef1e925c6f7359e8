package realtime

import "strings"

// maxName is the longest namespace, room or event name.
const maxName = 64

// Address names a room: "namespace/room".
type Address struct {
	Namespace string
	Room      string
}

// String is the address as it is written on the wire.
func (a Address) String() string { return a.Namespace + "/" + a.Room }

// ParseAddress reads "namespace/room". Both parts are names (see ValidName);
// the error is a *Refusal with code validation.
func ParseAddress(s string) (Address, error) {
	ns, room, ok := strings.Cut(s, "/")
	if !ok || !ValidName(ns) || !ValidName(room) {
		return Address{}, &Refusal{Code: CodeValidation, Detail: "an address is namespace/room"}
	}
	return Address{Namespace: ns, Room: room}, nil
}

// ValidName reports whether s is 1 to 64 characters of [a-z0-9:_.-].
func ValidName(s string) bool {
	if s == "" || len(s) > maxName {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == ':', c == '_', c == '.', c == '-':
		default:
			return false
		}
	}
	return true
}

// UserAddress is the address on which a user gets private messages; every
// connection of the user has it from the start.
func UserAddress(userID string) string { return userNamespace + "/" + userID }

const userNamespace = "user"
