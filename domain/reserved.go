package domain

import (
	"slices"
	"strings"
)

// reservedNamespaces are those of the addresses that the server itself speaks
// on; what is planned is among them.
var reservedNamespaces = []string{
	"ask", "chat", "chat-read", "delivery", "mine", "monitor", "notice", "offer", "order", "plan", "rider", "setup", "user",
}

// reservedEvents begin, before the colon, the server's own events. Other systems'
// are named otherwise, so that no screen takes theirs for the server's.
var reservedEvents = append([]string{"center"}, reservedNamespaces...)

// ReservedNamespace reports whether addresses of the namespace carry what the
// server itself says.
func ReservedNamespace(namespace string) bool { return reservedIn(reservedNamespaces, namespace) }

// ReservedEvent reports whether the server itself names its events so.
func ReservedEvent(event string) bool { return reservedIn(reservedEvents, event) }

func reservedIn(list []string, name string) bool {
	first, _, _ := strings.Cut(name, ":")
	return slices.Contains(list, first)
}
