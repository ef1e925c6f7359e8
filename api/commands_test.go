package api

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/brosops/bros/api/session"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime"
)

// FuzzCommands sends any frame as a rider's and as an agent's command: it is
// done or refused, and never an accident.
func FuzzCommands(f *testing.F) {
	r := newRig(f)
	for _, seed := range []string{
		`{"id":1,"cmd":"publish","address":"chat/` + r.a.center.ID + `","event":"chat:message","data":{"text":"x"}}`,
		`{"id":1,"cmd":"publish","address":"chat/` + r.a.center.ID + `","event":"chat:message","data":{"text":"x","to":"` + r.a.agent.id + `"}}`,
		`{"id":1,"cmd":"publish","address":5}`, `{"address":"a/b","event":"c","data":[]}`, `null`, `[]`, `"x"`, ``, `{`,
		`{"positions":[{"lat":37.5,"lng":127.1,"at":"2026-01-01T00:00:00Z"}]}`, `{"positions":[{"lat":1e400}]}`,
		`{"positions":[null,{"lat":-91,"lng":0,"at":"0001-01-01T00:00:00Z","heading":-1}]}`, `{"positions":{}}`,
		`{"address":"chat/` + r.a.center.ID + `","event":"chat:message","data":{"text":"\u0000"}}`,
	} {
		f.Add(seed)
	}
	b := backend{r.srv}
	var actors []realtime.Identity
	for _, w := range []*who{r.a.rider, r.a.agent} {
		a, _, err := r.srv.auth.BySession(f.Context(), session.HashToken(w.token))
		if err != nil {
			f.Fatal(err)
		}
		actors = append(actors, identityOf(a))
	}
	f.Fuzz(func(t *testing.T, frame string) {
		for _, id := range actors {
			for _, cmd := range []string{"publish", "positions"} {
				out, err := b.Command(t.Context(), id, "c", cmd, json.RawMessage(frame))
				var refusal *realtime.Refusal
				switch {
				case err == nil && out == nil:
					t.Fatalf("%s of %q: neither done nor refused", cmd, frame)
				case err != nil && (!errors.As(err, &refusal) || refusal.Code == string(domain.CodeInternal)):
					t.Fatalf("%s of %q: %v", cmd, frame, err)
				}
			}
		}
	})
}
