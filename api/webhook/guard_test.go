package webhook

import (
	"net/http"
	"net/netip"
	"testing"
	"time"
)

func TestMayCall(t *testing.T) {
	for addr, want := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "2606:4700:4700::1111": true,
		"127.0.0.1": false, "127.8.8.8": false, "::1": false, "0.0.0.0": false, "::": false, "0.1.2.3": false,
		"10.1.2.3": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false, "169.254.169.254": false,
		"100.64.0.1": false, "100.100.100.200": false, "fd00:ec2::254": false, "fe80::1": false, "fe80::1%eth0": false, "fec0::1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false, "2001::1": false,
		"224.0.0.1": false, "255.255.255.255": false, "240.0.0.1": false, "ff02::1": false, "198.18.0.1": false,
	} {
		if got := mayCall(netip.MustParseAddr(addr), nil); got != want {
			t.Errorf("%s: %v", addr, got)
		}
	}
	allowed := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}
	if !mayCall(netip.MustParseAddr("::ffff:10.1.2.3"), allowed) || mayCall(netip.MustParseAddr("10.2.0.1"), allowed) {
		t.Error("what is allowed is not what was said")
	}
}

// The example of the Standard Webhooks' own specification.
func TestSignature(t *testing.T) {
	const secret, id = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
	at := time.Unix(1614265330, 0)
	body := []byte(`{"test": 2432232314}`)
	got, err := Sign(secret, id, at, body)
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; err != nil || got != want {
		t.Fatalf("%s (%v), want %s", got, err, want)
	}
	h := http.Header{}
	h.Set(HeaderID, id)
	h.Set(HeaderTimestamp, "1614265330")
	h.Set(HeaderSignature, "v1,AAAA "+got)
	if err := Verify(secret, h, body, at.Add(time.Minute), 5*time.Minute); err != nil {
		t.Error(err)
	}
	for what, err := range map[string]error{
		"late":   Verify(secret, h, body, at.Add(time.Hour), 5*time.Minute),
		"body":   Verify(secret, h, []byte("{}"), at, 5*time.Minute),
		"secret": Verify("whsec_AAAA", h, body, at, 5*time.Minute),
		"id":     Verify(secret, func() http.Header { c := h.Clone(); c.Set(HeaderID, "x"); return c }(), body, at, time.Hour),
	} {
		if err == nil {
			t.Errorf("%s: passes", what)
		}
	}
}

// The pauses double up to a quarter of an hour; in a day of them nobody is hammered.
func TestPauses(t *testing.T) {
	s := New(Options{})
	tries, waited := 0, time.Duration(0)
	for waited < 24*time.Hour {
		tries++
		d := s.pause(tries)
		if d > maxPause || tries == 1 && d > time.Second || d < 500*time.Millisecond {
			t.Fatalf("pause %d is %s", tries, d)
		}
		waited += d
	}
	if tries < 90 || tries > 220 {
		t.Errorf("%d attempts in a day", tries)
	}
}
