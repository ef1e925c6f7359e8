// Package session knows who is behind a token, and bounds what guessing at
// passwords may cost.
package session

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/brosops/bros/domain"
)

// The prefixes tell sessions and keys apart without asking the database, and
// let a secret scanner recognise a leaked one.
const (
	Prefix    = "bros_s_"
	KeyPrefix = "bros_k_"
)

// HashToken returns the form in which tokens, keys and tickets are kept:
// hexadecimal SHA-256.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Unauthenticated is the refusal of a token that stands for nobody.
func Unauthenticated() *domain.Error {
	return domain.Errorf(domain.CodeUnauthenticated, "no valid session or key")
}
