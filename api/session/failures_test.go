package session

import (
	"testing"
	"time"
)

// TestAddressLimit allows 200 failures from one address, whatever the logins.
func TestAddressLimit(t *testing.T) {
	f := NewFailures(200)
	now := time.Now()
	for range 200 {
		if f.Add("x", now) != 0 {
			t.Fatal("limited too early")
		}
	}
	if wait := f.Add("x", now.Add(time.Second)); wait != 59*time.Second {
		t.Errorf("wait %s", wait)
	}
	if f.Add("y", now) != 0 || f.Add("x", now.Add(time.Minute)) != 0 {
		t.Error("limited too long or too much")
	}
	f.Undo("y", now)
	f.Sweep(now.Add(3 * time.Minute))
	if len(f.hits) != 0 {
		t.Errorf("%d keys are kept", len(f.hits))
	}
}
