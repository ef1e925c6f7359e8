package api

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/brosops/bros/api/push"
	"github.com/brosops/bros/domain"
)

// pushService is the push service of a browser's maker: it takes messages over
// TLS, checks who sent them (RFC 8292), and can read them, having the browser's
// keys (RFC 8291).
type pushService struct {
	t      testing.TB
	http   *httptest.Server
	device *ecdh.PrivateKey
	secret []byte
	public string // the server's VAPID key

	got chan pushed

	mu     sync.Mutex
	status []int // answers to come, then 201
}

type pushed struct {
	path, ttl, topic, urgency string
	push.Payload
	size int
	raw  string
}

func newPushService(t testing.TB) *pushService {
	t.Helper()
	device, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &pushService{t: t, device: device, secret: []byte("sixteen bytes ok"), got: make(chan pushed, 100)}
	p.http = httptest.NewTLSServer(http.HandlerFunc(p.take))
	t.Cleanup(p.http.Close)
	return p
}

// client reaches the service under any name a subscription gives it.
func (p *pushService) client() *http.Client {
	c := p.http.Client()
	tr := c.Transport.(*http.Transport)
	tr.TLSClientConfig.ServerName = "example.com" // what httptest's certificate is for
	addr := p.http.Listener.Addr()
	tr.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, addr.String())
	}
	return c
}

func (p *pushService) answer(status ...int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status = status
}

func (p *pushService) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Error(err)
	}
	p.mu.Lock()
	status := http.StatusCreated
	if len(p.status) > 0 {
		status, p.status = p.status[0], p.status[1:]
	}
	p.mu.Unlock()
	p.checkSender(r)
	if r.Method != http.MethodPost || r.Header.Get("Content-Encoding") != "aes128gcm" {
		p.t.Errorf("%s with %s", r.Method, r.Header.Get("Content-Encoding"))
	}
	m := pushed{path: r.URL.Path, ttl: r.Header.Get("TTL"), topic: r.Header.Get("Topic"), urgency: r.Header.Get("Urgency"), size: len(body)}
	plain := p.open(body)
	m.raw = string(plain)
	if err := json.Unmarshal(plain, &m.Payload); err != nil {
		p.t.Errorf("%v in %q", err, plain)
	}
	w.WriteHeader(status)
	p.got <- m
}

// checkSender verifies the JWT of the Authorization header by the key beside it.
func (p *pushService) checkSender(r *http.Request) {
	auth, ok := strings.CutPrefix(r.Header.Get("Authorization"), "vapid t=")
	token, key, ok2 := strings.Cut(auth, ", k=")
	if !ok || !ok2 || p.public != "" && key != p.public {
		p.t.Errorf("Authorization: %q", r.Header.Get("Authorization"))
		return
	}
	parts := strings.Split(token, ".")
	point, sig := unbase64(p.t, key), unbase64(p.t, parts[2])
	by, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		p.t.Error(err)
		return
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if !ecdsa.Verify(by, sum[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])) {
		p.t.Error("the sender's signature is false")
	}
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	if err := json.Unmarshal(unbase64(p.t, parts[1]), &claims); err != nil {
		p.t.Error(err)
	}
	left := time.Until(time.Unix(claims.Exp, 0))
	if claims.Aud != "https://push.example.com" || claims.Sub == "" || left < time.Minute || left > 24*time.Hour {
		p.t.Errorf("claims %+v", claims)
	}
}

// open decrypts a message as a browser does.
func (p *pushService) open(body []byte) []byte {
	salt, size, n := body[:16], binary.BigEndian.Uint32(body[16:20]), int(body[20])
	sender, err := ecdh.P256().NewPublicKey(body[21 : 21+n])
	if err != nil || int(size) < len(body) {
		p.t.Errorf("record of %d in a message of %d: %v", size, len(body), err)
		return nil
	}
	shared, err := p.device.ECDH(sender)
	if err != nil {
		p.t.Error(err)
		return nil
	}
	info := "WebPush: info\x00" + string(p.device.PublicKey().Bytes()) + string(sender.Bytes())
	derive := func(secret, salt []byte, info string, n int) []byte {
		k, err := hkdf.Key(sha256.New, secret, salt, info, n)
		if err != nil {
			p.t.Error(err)
		}
		return k
	}
	ikm := derive(shared, p.secret, info, 32)
	block, err := aes.NewCipher(derive(ikm, salt, "Content-Encoding: aes128gcm\x00", 16))
	if err != nil {
		p.t.Error(err)
		return nil
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		p.t.Error(err)
		return nil
	}
	plain, err := gcm.Open(nil, derive(ikm, salt, "Content-Encoding: nonce\x00", 12), body[21+n:], nil)
	if err != nil {
		p.t.Error(err)
		return nil
	}
	return []byte(strings.TrimSuffix(strings.TrimRight(string(plain), "\x00"), "\x02"))
}

func (p *pushService) next() pushed {
	p.t.Helper()
	select {
	case m := <-p.got:
		return m
	case <-time.After(30 * time.Second):
		p.t.Fatal("no notification came")
		return pushed{}
	}
}

// none fails when something came beside what was taken.
func (p *pushService) none() {
	p.t.Helper()
	select {
	case m := <-p.got:
		p.t.Fatalf("one too many: %+v", m)
	default:
	}
}

// subscription is what a browser of this service says of itself.
func (p *pushService) subscription(name, lang string) domain.NewPushSubscription {
	b64 := base64.RawURLEncoding.EncodeToString
	return domain.NewPushSubscription{Endpoint: "https://push.example.com/" + name, Language: lang,
		Keys: domain.PushKeys{P256dh: b64(p.device.PublicKey().Bytes()), Auth: b64(p.secret)}}
}

func unbase64(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Error(err)
	}
	return b
}

// pushRig is a server whose notifications go to the service.
func pushRig(t testing.TB, p *pushService) *rig {
	t.Helper()
	r := newRigWith(t, func(d *Deps) { d.Push = p.client() })
	p.public = get[PushKeyAnswer](r.do(r.a.rider, "GET", "/push/key", nil).want(200)).PublicKey
	if raw := unbase64(t, p.public); len(raw) != 65 || raw[0] != 4 {
		t.Fatalf("public key %q", p.public)
	}
	return r
}

func (r *rig) subscribe(as *who, s domain.NewPushSubscription) string {
	r.t.Helper()
	return get[PushAnswer](r.do(as, "POST", "/push/subscriptions", s).want(201)).ID
}

func TestPushTellsOfARidersDeliveries(t *testing.T) {
	p := newPushService(t)
	r := pushRig(t, p)
	r.subscribe(r.a.rider, p.subscription("one", "en"))
	r.subscribe(r.a.rider2, p.subscription("two", ""))

	d := r.newDelivery(r.a) // waits: nobody claims in this center
	path := "/deliveries/" + d.ID
	r.do(r.a.dispatcher, "POST", path+"/assign", domain.AssignDelivery{RiderID: r.a.rider.rider}).want(200)
	want := func(path, kind, lang string) {
		t.Helper()
		m := p.next()
		if m.path != path || m.Kind != kind || m.Lang != lang || m.Number != d.Number || m.Shop != d.Shop.Name || m.DeliveryID != d.ID {
			t.Fatalf("got %+v, want %s to %s in %s", m, kind, path, lang)
		}
		if m.ttl == "0" || m.urgency != "high" || m.size != push.RecordSize {
			t.Fatalf("headers or size: %+v", m)
		}
		for _, secret := range []string{customerName, "Gildong", customerPhone, "2345", "Olympic", customerDetail, customerMemo, "23400"} {
			if strings.Contains(m.raw, secret) {
				t.Fatalf("the payload holds %q: %s", secret, m.raw)
			}
		}
	}
	want("/one", push.KindAssigned, "en")
	// Given to another: both are told.
	now := get[domain.Delivery](r.do(r.a.dispatcher, "GET", path, nil).want(200))
	r.do(r.a.dispatcher, "POST", path+"/assign", domain.AssignDelivery{RiderID: r.a.rider2.rider, Version: &now.Version}).want(200)
	first, second := p.next(), p.next()
	if first.path > second.path {
		first, second = second, first
	}
	if first.Kind != push.KindTaken || second.Kind != push.KindAssigned || second.Lang != "ko" {
		t.Fatalf("told %+v and %+v", first, second)
	}
	// What a rider does itself is no news to it.
	r.do(r.a.rider2, "POST", path+"/pickup", domain.RiderAction{}).want(200)
	r.do(r.a.dispatcher, "POST", path+"/cancel", domain.CancelDelivery{Reason: "the shop burnt down"}).want(200)
	want("/two", push.KindCancelled, "ko")
	p.none()
}

func TestPushOfOffersAndWords(t *testing.T) {
	p := newPushService(t)
	r := pushRig(t, p)
	r.subscribe(r.b.rider, p.subscription("one", "ko"))
	r.subscribe(r.b.rider2, p.subscription("off", "ko"))
	r.do(r.b.rider2, "POST", "/riders/me/duty", domain.SetDuty{Duty: domain.DutyOff}).want(200)

	d := r.newDelivery(r.b)
	if m := p.next(); m.path != "/one" || m.Kind != push.KindOffer || m.topic == "" {
		t.Fatalf("offer: %+v", m)
	}
	// Many offers in a row are one notification.
	r.newDelivery(r.b)
	r.do(r.b.rider, "POST", "/deliveries/"+d.ID+"/claim", domain.RiderAction{}).want(200)
	r.do(r.b.dispatcher, "POST", "/chat/"+r.b.center.ID+"/messages", domain.NewMessage{Text: "to everybody"}).want(201)
	r.do(r.b.dispatcher, "POST", "/chat/"+r.b.center.ID+"/messages", domain.NewMessage{Text: "my secret", To: r.b.rider.id}).want(201)
	m := p.next()
	if m.Kind != push.KindChat || m.path != "/one" || strings.Contains(m.raw, "secret") || strings.Contains(m.raw, "Name") {
		t.Fatalf("private message: %+v", m)
	}
	p.none()
}

func TestPushForgetsTheDead(t *testing.T) {
	p := newPushService(t)
	r := pushRig(t, p)
	r.subscribe(r.a.rider, p.subscription("one", "ko"))
	left := func() int {
		t.Helper()
		subs, err := r.db.PushesOfRider(t.Context(), r.a.rider.rider, domain.At(r.now()))
		if err != nil {
			t.Fatal(err)
		}
		return len(subs)
	}
	p.answer(503) // once more, then
	r.assigned(r.a, r.a.rider)
	p.next()
	p.next()
	if left() != 1 {
		t.Fatal("a busy push service ended the subscription")
	}
	p.answer(410)
	r.assigned(r.a, r.a.rider)
	p.next()
	deadline := time.Now().Add(20 * time.Second)
	for left() != 0 {
		if time.Now().After(deadline) {
			t.Fatal("a dead subscription is kept")
		}
	}
	// A login that has ended is told nothing, and another rider on the same phone gets only its own.
	r.subscribe(r.a.rider, p.subscription("phone", "ko"))
	id := r.subscribe(r.a.rider2, p.subscription("phone", "ko"))
	r.do(r.a.rider, "DELETE", "/push/subscriptions/"+id, nil).code(404, "not_found")
	r.assigned(r.a, r.a.rider)
	r.assigned(r.a, r.a.rider2)
	if m := p.next(); m.path != "/phone" {
		t.Fatalf("%+v", m)
	}
	p.none()
	r.do(r.a.rider2, "DELETE", "/push/subscriptions/"+id, nil).want(204)
	again := r.subscribe(r.a.rider2, p.subscription("phone", "ko"))
	if again != id {
		t.Fatalf("the same browser is %s and %s", id, again)
	}
	r.do(r.a.rider2, "POST", "/logout", nil).want(204)
	if subs, err := r.db.PushesOfUser(t.Context(), r.a.rider2.id, domain.At(r.now())); err != nil || len(subs) != 0 {
		t.Fatalf("after the logout: %v, %v", subs, err)
	}
}

func TestPushSubscriptionsAreChecked(t *testing.T) {
	p := newPushService(t)
	r := pushRig(t, p)
	for _, endpoint := range []string{
		"", "push", "http://push.example.com/x", "https://127.0.0.1/x", "https://10.0.0.5/x", "https://192.168.1.1/", "https://[::1]/x",
		"https://169.254.169.254/latest", "https://localhost/x", "https://db/x", "https://printer.local/x", "https://127.1/x", "https://0x7f.1/x",
		"https://push.example.com:8443/x", "https://u:p@push.example.com/x", "https://[::ffff:10.0.0.1]/", "https://100.64.1.1/", "https://2130706433/",
		"https://push.example.com/" + strings.Repeat("x", 2000),
	} {
		s := p.subscription("x", "ko")
		s.Endpoint = endpoint
		r.do(r.a.rider, "POST", "/push/subscriptions", s).code(422, "validation", "endpoint")
	}
	bad := p.subscription("x", "fr")
	bad.Keys = domain.PushKeys{P256dh: "BAAA", Auth: "AAAA"}
	r.do(r.a.rider, "POST", "/push/subscriptions", bad).code(422, "validation", "keys.p256dh", "keys.auth", "language")
	for _, staff := range []*who{r.admin, r.a.dispatcher} {
		r.do(staff, "POST", "/push/subscriptions", p.subscription("x", "ko")).code(403, "forbidden")
		r.do(staff, "GET", "/push/key", nil).code(403, "forbidden")
	}
}

// Of two nodes on one database, the one that committed sends; the key is the
// same on both.
func TestPushOfTwoNodes(t *testing.T) {
	p := newPushService(t)
	path := filepath.Join(t.TempDir(), "two.db")
	client := p.client()
	adjust := func(_ *Config, d *Deps) { d.Push = client }
	one := openNode(t, path, "one", nil, adjust).settle()
	two := openNode(t, path, "two", nil, adjust)
	key := func(n *node) string {
		return get[PushKeyAnswer](n.do(one.a.rider, "GET", "/push/key", nil).want(200)).PublicKey
	}
	if p.public = key(one); key(two) != p.public {
		t.Fatal("two nodes, two keys")
	}
	one.subscribe(one.a.rider, p.subscription("one", "ko"))
	// A node that has seen nobody subscribe looks again after a while.
	two.advance(push.LookEvery)
	for i, n := range []*node{one, two, one, two} {
		d := one.newDelivery(one.a)
		n.do(one.a.dispatcher, "POST", "/deliveries/"+d.ID+"/assign", domain.AssignDelivery{RiderID: one.a.rider.rider}).want(200)
		if m := p.next(); m.DeliveryID != d.ID {
			t.Fatalf("%d: %+v", i, m)
		}
	}
	one.stop()
	two.stop()
	p.none()
}
