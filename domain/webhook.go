package domain

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Webhook is an address of another system that is told of orders and deliveries.
type Webhook struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	URL       string   `json:"url"`
	CenterIDs []string `json:"centerIds"` // empty: all
	// Events are those that are sent: "order", "delivery" (all of the kind), or
	// single ones as "delivery:delivered". Empty: all.
	Events     []string `json:"events"`
	Active     bool     `json:"active"`
	CreatedAt  Time     `json:"createdAt,omitzero"`
	Version    int64    `json:"version"`
	ModifiedAt Time     `json:"modifiedAt,omitzero"`

	// OwnerID is who set it up or changed it last, and answers for it: it goes on
	// only while that user may have it. Stopped says why it does not.
	OwnerID string         `json:"ownerId,omitempty"`
	Stopped WebhookStopped `json:"stopped,omitempty"`

	// What is sent is signed with Secret, and until OldUntil with OldSecret too.
	Secret    string `json:"-"`
	OldSecret string `json:"-"`
	OldUntil  Time   `json:"-"`

	LastSuccessAt Time   `json:"lastSuccessAt,omitzero"`
	LastFailureAt Time   `json:"lastFailureAt,omitzero"`
	LastError     string `json:"lastError,omitempty"` // of the last failure: an HTTP status or what went wrong on the way
}

// WebhookStopped is why a webhook was stopped by the server itself.
type WebhookStopped string

// StoppedOwner says that who answered for the webhook is gone, or may no longer have it.
// Whoever may switches it on again, and answers for it then.
const StoppedOwner WebhookStopped = "owner"

// WebhookStatus is how a webhook's delivery stands.
type WebhookStatus string

// A delivery is kept while it waits for its next attempt, and when it is given up.
const (
	WebhookPending WebhookStatus = "pending"
	WebhookDead    WebhookStatus = "dead"
)

// WebhookDelivery is an event that a webhook has not taken yet. Those that were
// taken leave no row.
type WebhookDelivery struct {
	ID        string `json:"id"` // of the event: what the receiver tells repetitions by
	WebhookID string `json:"webhookId"`
	CenterID  string `json:"centerId"`
	Seq       int64  `json:"seq"`
	// Key is the order's id: events of one key are sent in the order of the log.
	Key       string        `json:"key"`
	Event     string        `json:"event"`
	At        Time          `json:"at"` // of the change
	Status    WebhookStatus `json:"status"`
	Attempts  int           `json:"attempts"`
	NextAt    Time          `json:"nextAt,omitzero"` // absent: behind another of its key, or dead
	GiveUpAt  Time          `json:"giveUpAt"`
	LastError string        `json:"lastError,omitempty"`
	Body      []byte        `json:"-"` // as it is sent
}

// WebhookWaiting counts what a webhook has not taken yet.
type WebhookWaiting struct {
	Behind  int64 // log entries that have not been looked at yet
	Pending int64
	Dead    int64
	Missed  bool // some were deleted from the log before they could be sent
}

// WebhookCursor is how far a webhook has followed a center.
type WebhookCursor struct {
	CenterID  string
	Seq, Head int64 // taken up to here, and the log's end
	Epoch     string
}

// WebhookSettle is what a sender has found out since it last told the database.
type WebhookSettle struct {
	WebhookID string
	Cursors   map[string]int64  // by center: everything up to there was taken or is kept
	Keep      []WebhookDelivery // to be kept from now on
	Change    []WebhookDelivery // kept ones with new Attempts, NextAt, Status, LastError
	Taken     []string          // ids of kept ones that were taken
	SuccessAt Time
	FailureAt Time
	Error     string
}

const (
	maxWebhooks = 200
	maxURL      = 500
	// WebhookRetries is how long an event is tried before it is dead.
	WebhookRetries = 24 * time.Hour
	// secretOverlap is how long a replaced secret still signs beside the new one.
	secretOverlap = 24 * time.Hour
)

// webhookEvents are the names that a webhook may ask for.
var webhookEvents = slices.Concat([]string{string(KindOrder), string(KindDelivery)}, OrderEvents, DeliveryEvents)

// Wants reports whether the webhook is to be told of a log entry.
func (h *Webhook) Wants(e *LogEntry) bool {
	if e.Kind != KindOrder && e.Kind != KindDelivery {
		return false
	}
	return len(h.Events) == 0 || slices.Contains(h.Events, string(e.Kind)) || slices.Contains(h.Events, e.Event)
}

// Follows reports whether a center's events are sent to the webhook.
func (h *Webhook) Follows(centerID string) bool {
	return len(h.CenterIDs) == 0 || slices.Contains(h.CenterIDs, centerID)
}

// VisibleTo reports whether a manager or admin finds the webhook: an address in
// it may be confidential, so it is there for who sees all of its centers.
func (h *Webhook) VisibleTo(a Actor) bool {
	if a.AllCenters() {
		return true
	}
	return len(h.CenterIDs) > 0 && !slices.ContainsFunc(h.CenterIDs, func(c string) bool { return !a.Sees(c) })
}

// OrderKey is what events are kept in order by: the order that an entry is about.
func OrderKey(e *LogEntry) string {
	if e.Kind != KindDelivery {
		return e.Key
	}
	var d struct {
		OrderID string `json:"orderId"`
	}
	if json.Unmarshal(e.Data, &d) != nil || d.OrderID == "" {
		return e.Key
	}
	return d.OrderID
}

// NewWebhookSecret makes a secret in the form of the Standard Webhooks: 32
// random bytes as base64 behind "whsec_".
func NewWebhookSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return "whsec_" + base64.StdEncoding.EncodeToString(b)
}

// CreateWebhook adds a webhook (manager: of own centers, which it must name).
func (s *Service) CreateWebhook(ctx context.Context, tx Tx, a Actor, in NewWebhook) (*Webhook, error) {
	if err := mayHook(ctx, tx, a, in.CenterIDs); err != nil {
		return nil, err
	}
	now := s.now()
	h := &Webhook{
		ID: NewID(), Name: in.Name, URL: in.URL, CenterIDs: in.CenterIDs, Events: in.Events, Active: in.Active == nil || *in.Active,
		CreatedAt: now, Version: 1, ModifiedAt: now, Secret: NewWebhookSecret(), OwnerID: a.UserID,
	}
	var f form
	f.webhook(a, h)
	if err := f.err(); err != nil {
		return nil, err
	}
	if n, err := tx.CountWebhooks(ctx); err != nil || n >= maxWebhooks {
		if err == nil {
			err = Errorf(CodeConflict, "there are %d webhooks already", n)
		}
		return nil, err
	}
	if err := tx.CreateWebhook(ctx, h); err != nil {
		return nil, err
	}
	return h, s.auditWebhook(ctx, tx, a, AuditCreate, nil, h)
}

// UpdateWebhook changes a webhook.
func (s *Service) UpdateWebhook(ctx context.Context, tx Tx, a Actor, id string, in WebhookPatch) (*Webhook, error) {
	h, err := hooked(ctx, tx, a, id)
	if err != nil {
		return nil, err
	}
	n := *h
	set(&n.Name, in.Name)
	set(&n.URL, in.URL)
	set(&n.Events, in.Events)
	set(&n.Active, in.Active)
	if in.CenterIDs != nil {
		if err := mayHook(ctx, tx, a, *in.CenterIDs); err != nil {
			return nil, err
		}
		n.CenterIDs = *in.CenterIDs
	}
	var f form
	f.webhook(a, &n)
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := stale(in.Version, h.Version, h); err != nil {
		return nil, err
	}
	if n.Name == h.Name && n.URL == h.URL && n.Active == h.Active && slices.Equal(n.CenterIDs, h.CenterIDs) && slices.Equal(n.Events, h.Events) {
		return h, nil
	}
	n.Version, n.ModifiedAt, n.OwnerID = h.Version+1, s.now(), a.UserID
	if n.Active {
		n.Stopped = ""
	}
	if err := tx.UpdateWebhook(ctx, &n, h.Version); err != nil {
		return nil, err
	}
	return &n, s.auditWebhook(ctx, tx, a, AuditChanged, h, &n)
}

// RenewWebhookSecret gives a webhook a new secret. For a day what is sent is
// signed with both, so that a receiver can change over without losing anything.
func (s *Service) RenewWebhookSecret(ctx context.Context, tx Tx, a Actor, id string) (*Webhook, error) {
	h, err := hooked(ctx, tx, a, id)
	if err != nil {
		return nil, err
	}
	n := *h
	now := s.now()
	n.OldSecret, n.OldUntil, n.Secret = h.Secret, now.Add(secretOverlap), NewWebhookSecret()
	n.Version, n.ModifiedAt, n.OwnerID = h.Version+1, now, a.UserID
	if err := tx.UpdateWebhook(ctx, &n, h.Version); err != nil {
		return nil, err
	}
	e := s.webhookEntry(a, AuditChanged, &n)
	e.Changes = []AuditChange{{Field: "secret"}}
	return &n, tx.Audit(ctx, e)
}

// DeleteWebhook removes a webhook and what it had still to send.
func (s *Service) DeleteWebhook(ctx context.Context, tx Tx, a Actor, id string) error {
	h, err := hooked(ctx, tx, a, id)
	if err != nil {
		return err
	}
	if err := tx.DeleteWebhook(ctx, h.ID); err != nil {
		return err
	}
	return s.auditWebhook(ctx, tx, a, AuditDelete, h, nil)
}

// ReplayWebhook has dead deliveries of a webhook sent again (ids empty: all of
// them) and answers how many.
func (s *Service) ReplayWebhook(ctx context.Context, tx Tx, a Actor, id string, ids []string) (int, error) {
	h, err := hooked(ctx, tx, a, id)
	if err != nil {
		return 0, err
	}
	if len(ids) > maxBulk {
		return 0, Invalid("deliveryIds", "must be at most %d", maxBulk)
	}
	now := s.now()
	n, err := tx.ReplayDead(ctx, h.ID, ids, now, now.Add(WebhookRetries))
	if err != nil || n == 0 {
		return n, err
	}
	e := s.webhookEntry(a, "replay", h)
	e.Changes = []AuditChange{{Field: "replayed", To: fmt.Sprint(n)}}
	return n, tx.Audit(ctx, e)
}

// hooked is a webhook that the actor may change.
func hooked(ctx context.Context, tx Tx, a Actor, id string) (*Webhook, error) {
	if err := need(a, RoleManager); err != nil {
		return nil, err
	}
	h, err := tx.FindWebhook(ctx, id)
	if err != nil {
		return nil, err
	}
	if !h.VisibleTo(a) {
		return nil, NotFound("webhook")
	}
	return h, nil
}

func mayHook(ctx context.Context, tx Tx, a Actor, centerIDs []string) error {
	if err := need(a, RoleManager); err != nil {
		return err
	}
	return namedCenters(ctx, tx, a, centerIDs)
}

func (s *Service) webhookEntry(a Actor, event string, h *Webhook) AuditEntry {
	e := AuditOf(a, s.now(), "webhook", h.ID, "webhook:"+event)
	if len(h.CenterIDs) == 1 {
		e.CenterID = h.CenterIDs[0]
	}
	return e
}

// auditWebhook leaves out what may be confidential in an address: all behind its host.
func (s *Service) auditWebhook(ctx context.Context, tx Tx, a Actor, event string, before, after *Webhook) error {
	h := after
	if h == nil {
		h = before
	}
	e := s.webhookEntry(a, event, h)
	if after != nil {
		var was any
		if before != nil {
			was = before
		}
		e.Changes = changed(was, after)
		for i, c := range e.Changes {
			if c.Field == "url" {
				e.Changes[i].From, e.Changes[i].To = hostOf(c.From), hostOf(c.To)
			}
		}
	}
	return tx.Audit(ctx, e)
}

func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func (f *form) webhook(a Actor, h *Webhook) {
	f.needed("name", &h.Name, maxName)
	h.URL = strings.TrimSpace(h.URL)
	u, err := url.Parse(h.URL)
	switch {
	case h.URL == "":
		f.bad("url", "is required")
	case len(h.URL) > maxURL:
		f.bad("url", "has more than %d characters", maxURL)
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || u.Fragment != "":
		f.bad("url", "must be an http or https address without user and fragment")
	}
	for i, e := range h.Events {
		if !slices.Contains(webhookEvents, e) {
			f.bad(fmt.Sprintf("events[%d]", i), "must be one of %s", strings.Join(webhookEvents, ", "))
		}
	}
	if h.Events = slices.Compact(slices.Sorted(slices.Values(h.Events))); h.Events == nil {
		h.Events = []string{}
	}
	f.centers(&h.CenterIDs)
	if len(h.CenterIDs) == 0 && !a.AllCenters() {
		f.bad("centerIds", "must name at least one center")
	}
}
