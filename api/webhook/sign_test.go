package webhook

import (
	"net/http"
	"testing"
	"time"
)

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
