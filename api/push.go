package api

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime/supervise"
)

const (
	// pushQueue bounds the notices that wait for one worker; past it they are
	// dropped, and counted.
	pushQueue = 256
	// pushWorkers look side by side whom to tell; what one person is told stays in
	// its order.
	pushWorkers = 8
	// pushLanes send side by side, each to one browser at a time, and pushPerHost of
	// them at one push service: one that is slow keeps the others' bells from nobody.
	pushLanes   = 64
	pushPerHost = 16
	// pushBacklog is what may wait for one browser; past it the oldest is dropped.
	pushBacklog = 8
	pushTimeout = 5 * time.Second
	// pushLook is how long it counts that nobody has subscribed: on another node
	// somebody may have meanwhile.
	pushLook = 10 * time.Second
	// offerPause is the least time between two offers to one browser.
	offerPause = 15 * time.Second
	// pushRecord is the size every message has, whatever is in it.
	pushRecord = 1024
)

// The outcomes, as bros_push_total names them.
const (
	pushSent    = "sent"
	pushGone    = "gone"    // the push service knows the browser no more
	pushFailed  = "failed"  // refused, or no answer
	pushDropped = "dropped" // too many waited
)

// pusher sends notifications to browsers. It is told of every commit of this
// process, so of several nodes the one that committed a change sends, and no
// other. What it has not sent when the process is killed is lost: the app shows
// the truth when it is opened.
type pusher struct {
	store  pushStore
	log    *slog.Logger
	now    func() time.Time
	client *http.Client
	count  func(outcome string)

	key, public string // VAPID (RFC 8292), base64url
	subject     string // who may be asked about our messages

	queues [pushWorkers]chan pushNotice
	lanes  *pushDispatch

	mu      sync.Mutex
	some    bool      // somebody has subscribed
	looked  time.Time // when nobody had
	offered map[string]time.Time
	dropped atomic.Bool
}

func newPusher(s *Server, client *http.Client) *pusher {
	if client == nil {
		client = publicClient()
	}
	subject := s.cfg.PublicURL
	if !strings.HasPrefix(subject, "https:") {
		subject = "bros@example.com" // the library makes it a mailto:
	}
	p := &pusher{
		store: s.store, log: s.log, now: s.now, client: client, subject: subject, key: s.cfg.PushKey,
		count:   func(outcome string) { s.metrics.pushes.WithLabelValues(outcome).Inc() },
		offered: map[string]time.Time{},
	}
	p.lanes = newPushDispatch(s.log, func(ctx context.Context, j pushJob) bool {
		err := p.send(ctx, &j.notice, &j.to)
		if err != nil && ctx.Err() == nil {
			p.log.Warn("a notification can't be sent", "kind", j.notice.kind, "error", err)
		}
		return err == nil
	}, func() { p.count(pushDropped) })
	for i := range p.queues {
		p.queues[i] = make(chan pushNotice, pushQueue)
	}
	return p
}

// publicClient reaches the public internet alone. The address is looked at when
// the connection is made, after the name was resolved, so that no name leads inside.
func publicClient() *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !domain.PublicAddr(at.Addr()) {
			return errors.New("not an address of the public internet")
		}
		return nil
	}}
	return &http.Client{
		Timeout:       pushTimeout,
		Transport:     &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second, MaxIdleConnsPerHost: pushWorkers, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// NewPushKey makes a private key for notifications: 32 bytes, base64url.
func NewPushKey() (string, error) {
	k, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(k.Bytes()), nil
}

// PushPublicKey is the public half of a key, as browsers want it; an error says
// that it is no key.
func PushPublicKey(private string) (string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(private, "="))
	if err != nil {
		return "", errors.New("is no base64url")
	}
	k, err := ecdh.P256().NewPrivateKey(raw)
	if err != nil {
		return "", errors.New("is no private key of P-256")
	}
	return base64.RawURLEncoding.EncodeToString(k.PublicKey().Bytes()), nil
}

// open takes the key: the setting's, else the database's, made at the first start.
func (p *pusher) open(ctx context.Context) error {
	if p.key == "" {
		fresh, err := NewPushKey()
		if err != nil {
			return err
		}
		if p.key, err = p.store.PushKey(ctx, fresh); err != nil {
			return err
		}
	}
	public, err := PushPublicKey(p.key)
	if err != nil {
		return fmt.Errorf("the key of notifications %w", err)
	}
	p.public = public
	return nil
}

// committed takes the entries of a commit; it never blocks.
func (p *pusher) committed(entries []domain.LogEntry) {
	for i := range entries {
		for _, n := range pushesOf(&entries[i]) {
			p.add(n)
		}
	}
}

// committedChat tells whom a private message is for that there is one, not what it says.
func (p *pusher) committedChat(messages []domain.ChatMessage) {
	for i := range messages {
		if m := &messages[i]; m.To != "" && m.To != m.From.ID {
			p.add(pushNotice{kind: pushChat, userID: m.To})
		}
	}
}

func (p *pusher) add(n pushNotice) {
	select {
	case p.queues[n.shard()] <- n:
		p.dropped.Store(false)
	default:
		p.count(pushDropped)
		if !p.dropped.Swap(true) { // once per overflow
			p.log.Warn("notifications are dropped: too many wait")
		}
	}
}

// subscribed is told of a subscription on this node.
func (p *pusher) subscribed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.some = true
}

// anybody reports whether it is worth asking the database whom to tell: while
// nobody has subscribed, commits cost no query.
func (p *pusher) anybody(ctx context.Context) (bool, error) {
	p.mu.Lock()
	some, ask := p.some, p.now().Sub(p.looked) >= pushLook
	if !some && ask {
		p.looked = p.now()
	}
	p.mu.Unlock()
	if some || !ask {
		return some, nil
	}
	some, err := p.store.AnyPush(ctx)
	if err == nil && some {
		p.subscribed()
	}
	return some, err
}

// run sends until its context ends.
func (p *pusher) run(ctx context.Context) {
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
func (p *pusher) tell(ctx context.Context, n *pushNotice) error {
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
		if n.kind == pushOffer && !p.mayOffer(to[i].ID) {
			continue
		}
		p.lanes.add(pushJob{*n, to[i]})
	}
	return nil
}

// mayOffer lets one browser be offered something now and then, not for each order.
func (p *pusher) mayOffer(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if now.Sub(p.offered[id]) < offerPause {
		return false
	}
	if len(p.offered) > 4*pushQueue {
		clear(p.offered)
	}
	p.offered[id] = now
	return true
}

// send brings one message to one browser's push service, again once if that is
// busy; a browser that is gone is forgotten.
func (p *pusher) send(ctx context.Context, n *pushNotice, to *domain.PushSubscription) error {
	body, err := n.payload(to.Language)
	if err != nil {
		return err
	}
	opt := &webpush.Options{
		HTTPClient: p.client, RecordSize: pushRecord, Subscriber: p.subject, VAPIDPublicKey: p.public, VAPIDPrivateKey: p.key,
		TTL: 600, Urgency: webpush.UrgencyHigh,
	}
	if n.kind == pushOffer {
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
			p.count(pushSent)
			return nil
		case status == http.StatusNotFound || status == http.StatusGone:
			p.count(pushGone)
			return p.store.ForgetPush(ctx, to.ID)
		case try == 0 && (err != nil || status == http.StatusTooManyRequests || status >= 500) && ctx.Err() == nil:
			select {
			case <-ctx.Done():
			case <-time.After(wait):
			}
		default:
			p.count(pushFailed)
			if err == nil {
				err = fmt.Errorf("the push service answered %d", status)
			}
			return err
		}
	}
}

// post answers the status, and how long to wait before another try.
func (p *pusher) post(ctx context.Context, body []byte, sub *webpush.Subscription, opt *webpush.Options) (int, time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, pushTimeout)
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
