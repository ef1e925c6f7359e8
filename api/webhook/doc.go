// Package webhook tells other systems of orders and deliveries. It reads the
// centers' logs behind a cursor that the database keeps for each webhook and
// center, and posts each event, signed, to the webhook's address: at least once,
// and the events of one order in the order of the log. An event that is not
// taken is kept in the database and tried again for a day; it holds up the events
// of its own order and no others. A cursor only moves past what was taken or is
// kept, so a process that is killed loses nothing.
//
// One node at a time is to run a Sender (the caller holds a lease for it); two at
// once are harmless: receivers tell repetitions by the event's id.
package webhook
