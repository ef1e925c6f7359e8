package domain

// Aged names a kind of rows that are deleted by age alone.
type Aged string

// The kinds. Sessions and tickets go when they have expired, answers to
// idempotency keys, photos, the audit and events that no webhook took a while after they came.
const (
	AgedSessions Aged = "sessions"
	AgedTickets  Aged = "tickets"
	AgedAnswers  Aged = "answers"
	AgedPhotos   Aged = "photos"
	AgedAudit    Aged = "audit"
	AgedDead     Aged = "dead events"
)
