package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/brosops/bros/domain"
)

// Event is the body of a call: one change of an order or a delivery.
type Event struct {
	ID       string          `json:"id"`    // the same at every repetition
	Event    string          `json:"event"` // "delivery:assigned" …
	At       domain.Time     `json:"at"`
	CenterID string          `json:"centerId"`
	Epoch    string          `json:"epoch"`
	Seq      int64           `json:"seq"` // in the center's log: later changes have higher ones
	Key      string          `json:"key"` // the record's id
	OrderID  string          `json:"orderId"`
	Reason   string          `json:"reason,omitempty"`
	Data     json.RawMessage `json:"data"` // the order or delivery after the change
}

var idAlphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// eventID names an entry of the log: who reads it again finds the same id.
func eventID(e *domain.LogEntry) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d", e.Epoch, e.CenterID, e.Seq))
	return idAlphabet.EncodeToString(sum[:16])
}

// deliveryOf is an entry of the log as it is to be sent.
func deliveryOf(h *domain.Webhook, e *domain.LogEntry, giveUpAt domain.Time) (domain.WebhookDelivery, error) {
	order := domain.OrderKey(e)
	body, err := json.Marshal(Event{
		ID: eventID(e), Event: e.Event, At: e.At, CenterID: e.CenterID, Epoch: e.Epoch, Seq: e.Seq,
		Key: e.Key, OrderID: order, Reason: e.Reason, Data: e.Data,
	})
	if err != nil {
		return domain.WebhookDelivery{}, fmt.Errorf("encode an event: %w", err)
	}
	return domain.WebhookDelivery{
		ID: eventID(e), WebhookID: h.ID, CenterID: e.CenterID, Seq: e.Seq, Key: order, Event: e.Event, At: e.At,
		Status: domain.WebhookPending, GiveUpAt: giveUpAt, Body: body,
	}, nil
}

// The headers of a call (those of the Standard Webhooks).
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp" // seconds since 1970
	HeaderSignature = "Webhook-Signature" // "v1,BASE64", several with spaces between
)

// Sign is the signature of a call: HMAC-SHA256 over "ID.TIMESTAMP.BODY" under
// the secret's bytes, in base64 behind "v1,".
func Sign(secret, id string, at time.Time, body []byte) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return "", errors.New("the secret is not of the form whsec_BASE64")
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.", id, at.Unix())
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

// Verify checks a call as a receiver does: one of its signatures must be right,
// and its time within tolerance of now.
func Verify(secret string, h http.Header, body []byte, now time.Time, tolerance time.Duration) error {
	sec, err := strconv.ParseInt(h.Get(HeaderTimestamp), 10, 64)
	if err != nil {
		return errors.New("no timestamp")
	}
	at := time.Unix(sec, 0)
	if now.Sub(at).Abs() > tolerance {
		return errors.New("the timestamp is too far from now")
	}
	want, err := Sign(secret, h.Get(HeaderID), at, body)
	if err != nil {
		return err
	}
	for got := range strings.FieldsSeq(h.Get(HeaderSignature)) {
		if hmac.Equal([]byte(got), []byte(want)) {
			return nil
		}
	}
	return errors.New("no right signature")
}
