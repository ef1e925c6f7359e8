package domain

import (
	"slices"
	"strings"
)

// The namespaces of the addresses that the server itself speaks on (section 5
// of the contract). A room's address is its namespace, a slash and an id.
const (
	NamespaceAsk      = "ask" // what a rider is asked just now
	NamespaceChat     = "chat"
	NamespaceChatRead = "chat-read" // volatile: how far people have read a center's chat
	NamespaceDelivery = "delivery"
	NamespaceMine     = "mine" // a rider's own deliveries
	NamespaceMonitor  = "monitor"
	NamespaceOffer    = "offer" // a center's waiting deliveries, masked
	NamespaceOrder    = "order"
	NamespacePlan     = "plan" // volatile: a center's plan, for staff
	NamespaceRider    = "rider"
	NamespaceSetup    = "setup"
	NamespaceUser     = "user"
)

// Address makes "namespace/room".
func Address(namespace, room string) string { return namespace + "/" + room }

// The events that are no step of a record.
const (
	EventChatMessage       = "chat:message"
	EventChatRemoved       = "chat:removed"
	EventChatRead          = "chat:read"
	EventRiderPosition     = "rider:position"
	EventPlanChanged       = "plan:changed"
	EventNoticeLateDeliver = "notice:late_deliver"
	EventNoticeDuty        = "notice:duty"
	EventNoticeNoRider     = "notice:no_rider"
)

// namespaces are all of them, and that of notices, which come in a person's own room.
var namespaces = []string{
	NamespaceAsk, NamespaceChat, NamespaceChatRead, NamespaceDelivery, NamespaceMine, NamespaceMonitor, "notice",
	NamespaceOffer, NamespaceOrder, NamespacePlan, NamespaceRider, NamespaceSetup, NamespaceUser,
}

// reservedEvents begin, before the colon, the server's own events. Other systems'
// are named otherwise, so that no screen takes theirs for the server's.
var reservedEvents = append([]string{"center"}, namespaces...)

// ReservedNamespace reports whether addresses of the namespace carry what the
// server itself says.
func ReservedNamespace(namespace string) bool {
	return reservedIn(namespaces, namespace)
}

// ReservedEvent reports whether the server itself names its events so.
func ReservedEvent(event string) bool { return reservedIn(reservedEvents, event) }

func reservedIn(list []string, name string) bool {
	first, _, _ := strings.Cut(name, ":")
	return slices.Contains(list, first)
}
