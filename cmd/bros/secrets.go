package main

import (
	"net/url"
	"slices"
	"strings"
)

// openSecrets are the names of the settings that args, the command line, shows to
// every other user of the machine.
func openSecrets(args []string) []string {
	var names []string
	for i, arg := range args {
		flag, value, given := strings.Cut(arg, "=")
		if !given && i+1 < len(args) {
			value = args[i+1]
		}
		name := "BROS_" + strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(flag, "--"), "-", "_"))
		if !strings.HasPrefix(flag, "--") || !slices.Contains(secretSettings, name) || !holdsSecret(name, value) {
			continue
		}
		names = append(names, name)
	}
	return names
}

// holdsSecret reports whether a value is one: an address is when it has a
// password in it, and a key that is named by its file is none.
func holdsSecret(name, value string) bool {
	switch name {
	case "BROS_TLS_KEY":
		return false
	case "BROS_DATABASE_URL", "BROS_REDIS_URL", "BROS_SMTP_URL":
		u, err := url.Parse(value)
		if err != nil {
			return true
		}
		_, password := u.User.Password()
		return password || u.Query().Has("password")
	}
	return value != ""
}
