// Package push tells riders whose app is closed what concerns them, by the push
// service of their browser (RFC 8030, 8291, 8292).
package push

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"

	"github.com/brosops/bros/api/netguard"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime/supervise"
)

const (
	// queueSize bounds the notices that wait for one worker; past it they are
	// dropped, and counted.
	queueSize = 256
	// tellers look side by side whom to tell; what one person is told stays in
	// its order.
	tellers = 8
	// senders send side by side, each to one browser at a time, and perHost of
	// them at one push service: one that is slow keeps the others' bells from nobody.
	senders = 64
	perHost = 16
	// backlog is what may wait for one browser; past it the oldest is dropped.
	backlog     = 8
	callTimeout = 5 * time.Second
	// LookEvery is how long it counts that nobody has subscribed: on another node
	// somebody may have meanwhile.
	LookEvery = 10 * time.Second
	// offerPause is the least time between two offers to one browser.
	offerPause = 15 * time.Second
	// RecordSize is the size every message has, whatever is in it.
	RecordSize = 1024
)

// The outcomes of a notification.
const (
	outcomeSent    = "sent"
	outcomeGone    = "gone"    // the push service knows the browser no more
	outcomeFailed  = "failed"  // refused, or no answer
	outcomeDropped = "dropped" // too many waited
)

// Outcomes are what may become of a message.
var Outcomes = []string{outcomeSent, outcomeGone, outcomeFailed, outcomeDropped}

// Sender sends notifications to browsers. It is told of every commit of this
// process, so of several nodes the one that committed a change sends, and no
// other. What it has not sent when the process is killed is lost: the app shows
// the truth when it is opened.
type Sender struct {
	store  Store
	log    *slog.Logger
	now    func() time.Time
	client *http.Client
	count  func(outcome string)

	key, public string // VAPID (RFC 8292), base64url
	subject     string // who may be asked about our messages

	queues [tellers]chan notice
	lanes  *dispatch

	mu      sync.Mutex
	some    bool      // somebody has subscribed
	looked  time.Time // when nobody had
	offered map[string]time.Time
	dropped atomic.Bool
}

// Store is what the sender asks the database for.
type Store interface {
	// AnyPush reports whether anybody has subscribed to notifications.
	AnyPush(ctx context.Context) (bool, error)
	// PushesOfRider and PushesOfUser are one person's subscriptions, and
	// PushesOfOffer those of everybody who may claim in a center at this moment;
	// all only where the login still stands.
	PushesOfRider(ctx context.Context, riderID string, now domain.Time) ([]domain.PushSubscription, error)
	PushesOfUser(ctx context.Context, userID string, now domain.Time) ([]domain.PushSubscription, error)
	PushesOfOffer(ctx context.Context, centerID string, now domain.Time) ([]domain.PushSubscription, error)
	// ForgetPush removes a subscription that is dead.
	ForgetPush(ctx context.Context, id string) error
	// PushKey is the private key that notifications are signed with; fresh is
	// kept as such when the database has none.
	PushKey(ctx context.Context, fresh string) (string, error)
}

// Options are what a Sender works with.
type Options struct {
	Store     Store
	Log       *slog.Logger
	Now       func() time.Time
	Count     func(outcome string) // counts messages: sent, gone, failed, dropped
	Client    *http.Client         // nil: one that reaches the public internet alone
	Key       string               // the private key (NewKey); empty: the database's own
	PublicURL string               // where this installation is, for push services' operators
}

// New returns a sender; Open before Run.
func New(o Options) *Sender {
	if o.Client == nil {
		o.Client = publicClient()
	}
	subject := o.PublicURL
	if !strings.HasPrefix(subject, "https:") {
		subject = "bros@example.com" // the library makes it a mailto:
	}
	p := &Sender{
		store: o.Store, log: o.Log, now: o.Now, client: o.Client, subject: subject, key: o.Key,
		count: o.Count, offered: map[string]time.Time{},
	}
	p.lanes = newDispatch(o.Log, func(ctx context.Context, j job) bool {
		err := p.send(ctx, &j.notice, &j.to)
		if err != nil && ctx.Err() == nil {
			p.log.Warn("a notification can't be sent", "kind", j.notice.kind, "error", err)
		}
		return err == nil
	}, func() { p.count(outcomeDropped) })
	for i := range p.queues {
		p.queues[i] = make(chan notice, queueSize)
	}
	return p
}

// publicClient reaches the public internet alone.
func publicClient() *http.Client {
	return &http.Client{
		Timeout: callTimeout,
		Transport: &http.Transport{
			DialContext: netguard.Dialer(callTimeout, nil).DialContext, TLSHandshakeTimeout: callTimeout,
			MaxIdleConnsPerHost: perHost, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Open takes the key: the setting's, else the database's, made at the first start.
func (p *Sender) Open(ctx context.Context) error {
	if p.key == "" {
		fresh, err := NewKey()
		if err != nil {
			return err
		}
		if p.key, err = p.store.PushKey(ctx, fresh); err != nil {
			return err
		}
	}
	public, err := PublicKey(p.key)
	if err != nil {
		return fmt.Errorf("the key of notifications %w", err)
	}
	p.public = public
	return nil
}

// PublicKey is what a browser subscribes with: 65 bytes, base64url.
func (p *Sender) PublicKey() string { return p.public }

// Committed takes the entries of a commit; it never blocks.
func (p *Sender) Committed(entries []domain.LogEntry) {
	for i := range entries {
		for _, n := range noticesOf(&entries[i]) {
			p.add(n)
		}
	}
}

// CommittedChat tells whom a private message is for that there is one, not what it says.
func (p *Sender) CommittedChat(messages []domain.ChatMessage) {
	for i := range messages {
		if m := &messages[i]; m.To != "" && m.To != m.From.ID {
			p.add(notice{kind: KindChat, userID: m.To})
		}
	}
}

func (p *Sender) add(n notice) {
	select {
	case p.queues[n.shard()] <- n:
		p.dropped.Store(false)
	default:
		p.count(outcomeDropped)
		if !p.dropped.Swap(true) { // once per overflow
			p.log.Warn("notifications are dropped: too many wait")
		}
	}
}

// Subscribed is told of a subscription on this node.
func (p *Sender) Subscribed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.some = true
}

// anybody reports whether it is worth asking the database whom to tell: while
// nobody has subscribed, commits cost no query.
func (p *Sender) anybody(ctx context.Context) (bool, error) {
	p.mu.Lock()
	some, ask := p.some, p.now().Sub(p.looked) >= LookEvery
	if !some && ask {
		p.looked = p.now()
	}
	p.mu.Unlock()
	if some || !ask {
		return some, nil
	}
	some, err := p.store.AnyPush(ctx)
	if err == nil && some {
		p.Subscribed()
	}
	return some, err
}

// Run sends until its context ends.
func (p *Sender) Run(ctx context.Context) {
	var wg sync.WaitGroup
	defer p.client.CloseIdleConnections()
	p.lanes.run(ctx, &wg)
	for _, queue := range p.queues {
		wg.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case n := <-queue:
					_ = supervise.Do(p.log, "push", func() {
						if err := p.tell(ctx, &n); err != nil && ctx.Err() == nil {
							p.log.Warn("a notification can't be sent", "kind", n.kind, "error", err)
						}
					})
				}
			}
		})
	}
	wg.Wait()
}

// tell sends a notice to every browser of those it is for.
func (p *Sender) tell(ctx context.Context, n *notice) error {
	if some, err := p.anybody(ctx); err != nil || !some {
		return err
	}
	var to []domain.PushSubscription
	var err error
	now := domain.At(p.now())
	switch {
	case n.riderID != "":
		to, err = p.store.PushesOfRider(ctx, n.riderID, now)
	case n.userID != "":
		to, err = p.store.PushesOfUser(ctx, n.userID, now)
	default:
		to, err = p.store.PushesOfOffer(ctx, n.offerOf, now)
	}
	if err != nil {
		return err
	}
	for i := range to {
		if n.kind == KindOffer && !p.mayOffer(to[i].ID) {
			continue
		}
		p.lanes.add(job{*n, to[i]})
	}
	return nil
}

// mayOffer lets one browser be offered something now and then, not for each order.
func (p *Sender) mayOffer(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if now.Sub(p.offered[id]) < offerPause {
		return false
	}
	if len(p.offered) > 4*queueSize {
		clear(p.offered)
	}
	p.offered[id] = now
	return true
}

// send brings one message to one browser's push service, again once if that is
// busy; a browser that is gone is forgotten.
func (p *Sender) send(ctx context.Context, n *notice, to *domain.PushSubscription) error {
	body, err := n.encode(to.Language)
	if err != nil {
		return err
	}
	opt := &webpush.Options{
		HTTPClient: p.client, RecordSize: RecordSize, Subscriber: p.subject, VAPIDPublicKey: p.public, VAPIDPrivateKey: p.key,
		TTL: 600, Urgency: webpush.UrgencyHigh,
	}
	if n.kind == KindOffer {
		opt.TTL, opt.Topic = 60, "offer" // stale soon, and only the newest matters
	}
	if n.ttl > 0 {
		opt.TTL = n.ttl
	}
	sub := &webpush.Subscription{Endpoint: to.Endpoint, Keys: webpush.Keys{Auth: to.Auth, P256dh: to.P256dh}}
	for try := 0; ; try++ {
		status, wait, err := p.post(ctx, body, sub, opt)
		switch {
		case err == nil && status < 300:
			p.count(outcomeSent)
			return nil
		case status == http.StatusNotFound || status == http.StatusGone:
			p.count(outcomeGone)
			return p.store.ForgetPush(ctx, to.ID)
		case try == 0 && (err != nil || status == http.StatusTooManyRequests || status >= 500) && ctx.Err() == nil:
			select {
			case <-ctx.Done():
			case <-time.After(wait):
			}
		default:
			p.count(outcomeFailed)
			if err == nil {
				err = fmt.Errorf("the push service answered %d", status)
			}
			return err
		}
	}
}

// post answers the status, and how long to wait before another try.
func (p *Sender) post(ctx context.Context, body []byte, sub *webpush.Subscription, opt *webpush.Options) (int, time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	res, err := webpush.SendNotificationWithContext(ctx, body, sub, opt)
	if err != nil {
		return 0, time.Second, withoutURL(err)
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 4<<10))
	wait := time.Second
	if d, err := time.ParseDuration(res.Header.Get("Retry-After") + "s"); err == nil && d > 0 {
		wait = min(d, 5*time.Second)
	}
	return res.StatusCode, wait, nil
}

// withoutURL keeps endpoints out of the logs: who knows one can be told apart by it.
func withoutURL(err error) error {
	var e interface{ Unwrap() error }
	if errors.As(err, &e) {
		if inner := e.Unwrap(); inner != nil {
			return inner
		}
	}
	return err
}
