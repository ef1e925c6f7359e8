package realtime

import (
	"encoding/json"
	"testing"
)

// TestPanicInCommand ends one connection, not the process.
func TestPanicInCommand(t *testing.T) {
	w := newWorld(t, Options{})
	w.db.command = func(Identity, string, string, json.RawMessage) (any, error) { panic("boom") }
	p, other := w.dial(""), w.dial("")
	p.send(`{"id":1,"cmd":"x"}`)
	if ce := p.closed(); ce.Code != CloseOverloaded {
		t.Errorf("closed with %v", ce)
	}
	other.send(`{"id":2,"cmd":"ping"}`)
	other.reply(2)
}
