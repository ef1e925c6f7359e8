package domain

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed passwords.txt
var passwordsTxt string

// commonPasswords are those that lists of guesses begin with.
var commonPasswords = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(passwordsTxt) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			out[line] = true
		}
	}
	return out
})

// CommonPassword reports whether a password is among the first that are guessed.
func CommonPassword(p string) bool {
	return commonPasswords()[strings.ToLower(strings.TrimSpace(p))]
}
