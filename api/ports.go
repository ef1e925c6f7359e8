package api

import (
	"context"
	"io"
	"time"

	"github.com/brosops/bros/api/feed"
	"github.com/brosops/bros/api/lease"
	"github.com/brosops/bros/api/push"
	"github.com/brosops/bros/api/report"
	"github.com/brosops/bros/api/retention"
	"github.com/brosops/bros/api/session"
	"github.com/brosops/bros/api/webhook"
	"github.com/brosops/bros/domain"
)

// Store is everything the api asks of the database. Reads go to a pool of
// readers, outside any write; each method is one query unless it says so.
// A Find method answers domain.NotFound; lists are newest first.
type Store interface {
	// Write runs fn in one transaction and returns when it is durable on disk.
	// An error of fn rolls it back (unless it is a *domain.Error with Commit).
	// fn may be run more than once. When the queue of writers is full the
	// answer is unavailable.
	Write(ctx context.Context, fn func(tx domain.Tx) error) error
	// Ping answers an error when the database does not.
	Ping(ctx context.Context) error
	// CheckWrite answers an error when the database takes no writes.
	CheckWrite(ctx context.Context) error
	// Stats are the counters behind /metrics.
	Stats() domain.StoreStats

	setupReader
	orderReader
	deliveryReader
	sessionStore
	positionStore
	feed.Store
	reportReader
	chatReader
	readStore
	webhookStore
	auditStore
	pushStore
	retention.Store
	lease.Store
}

// Page asks for part of a list: at most Limit records after Cursor (opaque, empty: the start).
type Page = domain.Page

type setupReader interface {
	FindCenter(ctx context.Context, id string) (*domain.Center, error)
	FindShop(ctx context.Context, id string) (*domain.Shop, error)
	FindRider(ctx context.Context, id string) (*domain.Rider, error)
	FindUser(ctx context.Context, id string) (*domain.User, error)
	ListCenters(ctx context.Context, f domain.SetupFilter, p Page) ([]domain.Center, string, error)
	ListShops(ctx context.Context, f domain.SetupFilter, p Page) ([]domain.Shop, string, error)
	ListRiders(ctx context.Context, f domain.SetupFilter, p Page) ([]domain.RiderView, string, error)
	ListUsers(ctx context.Context, f domain.SetupFilter, p Page) ([]domain.User, string, error)
	ListKeys(ctx context.Context, f domain.SetupFilter, p Page) ([]domain.APIKey, string, error)
	FindZone(ctx context.Context, id string) (*domain.DeliveryZone, error)
	ListZones(ctx context.Context, f domain.SetupFilter, p Page) ([]domain.DeliveryZone, string, error)
	// ZonesOf are the zones of a center, ready to be asked; never nil.
	ZonesOf(ctx context.Context, centerID string) (*domain.ZoneSet, error)
	// FindRiderView is a rider with load and newest position.
	FindRiderView(ctx context.Context, id string) (*domain.RiderView, error)
}

type orderReader interface {
	FindOrder(ctx context.Context, id string) (*domain.Order, error)
	ListOrders(ctx context.Context, f domain.WorkFilter, p Page) ([]domain.Order, string, error)
	// CustomerOrders are the newest orders of a phone number (digits) in the given centers (nil: all).
	CustomerOrders(ctx context.Context, phone string, centerIDs []string, limit int) ([]domain.Order, error)
	// PinnedDoors are the doors with a place of a center's newest orders, newest first.
	PinnedDoors(ctx context.Context, centerID string, limit int) ([]domain.PinnedDoor, error)
	// FindTracking is the order and (when there is one) delivery behind a tracking token.
	FindTracking(ctx context.Context, token string) (*domain.Order, *domain.Delivery, error)
}

type deliveryReader interface {
	FindDelivery(ctx context.Context, id string) (*domain.Delivery, error)
	ListDeliveries(ctx context.Context, f domain.WorkFilter, p Page) ([]domain.Delivery, string, error)
	// History is a delivery's steps, oldest first.
	History(ctx context.Context, deliveryID string) ([]domain.HistoryEntry, error)
	FindPhoto(ctx context.Context, id string) (*domain.Photo, error)
	// Due are the held deliveries and open offers whose time is over, at most limit.
	Due(ctx context.Context, now domain.Time, limit int) ([]domain.Due, error)
	FindOffer(ctx context.Context, id string) (*domain.Offer, error)
	ListOffers(ctx context.Context, f domain.WorkFilter, p Page) ([]domain.Offer, string, error)
	// WaitingDeliveries are a center's that are not held, oldest first.
	WaitingDeliveries(ctx context.Context, centerID string) ([]domain.Delivery, error)
	// RiderStops are the open deliveries of every rider of a center, oldest first.
	ErrandsInHand(ctx context.Context, centerID string) ([]domain.Errand, error)
	// Spots are the next places of a rider's deliveries in hand where it is not
	// known to have arrived.
	Spots(ctx context.Context, riderID string) ([]domain.Spot, error)
	// OnDuty are a center's riders on duty with load and newest position.
	OnDuty(ctx context.Context, centerID string) ([]domain.RiderView, error)
}

// Session is a login. Tokens are kept as SHA-256 hashes only.
type Session = domain.Session

type sessionStore interface {
	session.Store
	// FindLogin is the user and password hash behind a login name.
	FindLogin(ctx context.Context, login string) (*domain.User, string, error)
	// CreateSession writes a login and, in the same transaction, its audit entries.
	CreateSession(ctx context.Context, s Session, trail ...domain.AuditEntry) error
	DeleteSession(ctx context.Context, hash string, trail ...domain.AuditEntry) error
	CreateTicket(ctx context.Context, hash, sessionHash string, actorID string, expires time.Time) error
	// UseTicket deletes it and says whose it was; NotFound when unknown, used or expired.
	UseTicket(ctx context.Context, hash string, now time.Time) (sessionHash, actorID string, err error)
}

type positionStore interface {
	// SavePositions stores fixes once each (rider and time are the key) and
	// moves a rider's newest place forward only. Durable on return.
	SavePositions(ctx context.Context, fixes []domain.Position) error
	LastPosition(ctx context.Context, riderID string) (*domain.Position, error) // nil: none yet
	// Track calls fn for each fix of a rider, oldest first.
	Track(ctx context.Context, riderID string, from, to time.Time, fn func(domain.Position) error) error
}

type reportReader interface {
	// EachDelivery calls fn for the deliveries of a center created in [from, to), oldest first, streaming.
	EachDelivery(ctx context.Context, centerID string, from, to time.Time, fn func(*domain.Delivery) error) error
	report.Store
	// CashInHand is when the rider last settled (zero: never), and the cash
	// deliveries that no settlement has, oldest first.
	CashInHand(ctx context.Context, riderID string) (domain.Time, []domain.CashDelivery, error)
	ListSettlements(ctx context.Context, f domain.WorkFilter, p Page) ([]domain.Settlement, string, error)
}

type chatReader interface {
	// FindChat is a message, one that was taken away (Gone) too.
	FindChat(ctx context.Context, id string) (*domain.ChatMessage, error)
	// ListChat are a center's messages that the user may read: public ones and its own private ones.
	ListChat(ctx context.Context, centerID, userID string, p Page) ([]domain.ChatMessage, string, error)
}

// readStore keeps how far everybody has read the chat.
type readStore interface {
	// SaveReads moves marks forward, never back. Durable on return.
	SaveReads(ctx context.Context, reads []domain.ChatRead) error
	// ListReads are the marks of a center's room, and those of what the user and
	// others have said to each other alone.
	ListReads(ctx context.Context, centerID, userID string) ([]domain.ChatRead, error)
}

// pushStore is what push.Sender needs.
type pushStore interface {
	push.Store
	// Secret is what the database keeps under a name for all of its nodes; fresh
	// is kept when there is nothing yet.
	Secret(ctx context.Context, name, fresh string) (string, error)
}

// webhookStore is what the routes and the sender of webhooks need.
type webhookStore interface {
	webhook.Store
	FindWebhook(ctx context.Context, id string) (*domain.Webhook, error)
	// WebhooksWaiting counts by webhook what was not taken yet (two queries).
	WebhooksWaiting(ctx context.Context) (map[string]domain.WebhookWaiting, error)
	ListWebhookDeliveries(ctx context.Context, webhookID string, status domain.WebhookStatus, p Page) ([]domain.WebhookDelivery, string, error)
}

type auditStore interface {
	// Audit writes entries about what has no transaction of its own.
	Audit(ctx context.Context, entries ...domain.AuditEntry) error
	ListAudit(ctx context.Context, f domain.AuditFilter, p Page) ([]domain.AuditEntry, string, error)
}

// PhotoStore keeps the bytes of proof photos.
type PhotoStore interface {
	Save(id string, r io.Reader) (size int64, err error)
	Open(id string) (io.ReadSeekCloser, error)
	Remove(id string) error
	// Forget removes photos that were saved before, and says how many.
	Forget(ctx context.Context, before time.Time) (int, error)
}
