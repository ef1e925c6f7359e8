package realtime

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// TestMessagesAreJSON whatever the strings in them.
func TestMessagesAreJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		ch := &Change{Address: s, Event: s, Key: s, Data: []byte(`{"a":1}`)}
		for _, b := range [][]byte{
			appendLive(nil, 1, 2, ch), appendVolatile(nil, s, s, nil), appendMark(nil, s, "resync"),
			appendRefusal(nil, nil, s, &Refusal{s, s}), appendVolatileReply(nil, []byte("1"), s),
			append(appendHead([]byte("{"), s, s, 1, 2), '}'),
		} {
			var m message
			if err := json.Unmarshal(b, &m); err != nil {
				t.Fatalf("%s: %v", b, err)
			}
			if utf8.ValidString(s) && m.Address != s && m.Heads == nil && !bytes.Contains(b, []byte(`"epoch":`)) && s != "" {
				t.Fatalf("%s: address %q", b, m.Address)
			}
		}
	})
}

func TestParseAddress(t *testing.T) {
	for _, good := range []string{"delivery/c1", "a:b/c_d-e.f", "user/" + strings.Repeat("x", 64)} {
		if a, err := ParseAddress(good); err != nil || a.String() != good {
			t.Errorf("%s: %v %v", good, a, err)
		}
	}
	for _, bad := range []string{"", "/", "a/", "/b", "a", "a/b/c", "A/b", "a/b c", "a/é", "a/" + strings.Repeat("x", 65), "a/\x00"} {
		if _, err := ParseAddress(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// FuzzCommand: no frame of a client breaks the decoder, and what it takes can
// be answered.
func FuzzCommand(f *testing.F) {
	for _, seed := range []string{
		`{"id":1,"cmd":"subscribe","address":"delivery/C","since":{"epoch":"E","seq":128}}`,
		`{"id":"a\"b","cmd":"ping"}`, `[{"id":1,"cmd":"ping"},{"id":-2.5e3,"cmd":""}]`, `[]`, `[1]`, `{`, `{}`,
		`{"id":null,"cmd":5}`, `{"id":{"a":1},"cmd":"x"}`, "\xff", `"x"`, ` {"cmd":"ping"} `, `{"id":1}{"id":2}`,
		`{"id":` + strings.Repeat("1", 100) + `,"cmd":"ping"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		cmds, bad := parseFrame(frame)
		if (bad == "") != (len(cmds) > 0) {
			t.Fatalf("%d commands and %q", len(cmds), bad)
		}
		for _, c := range cmds {
			if !json.Valid(c.raw) {
				t.Fatalf("command %q is not JSON", c.raw)
			}
			answers := [][]byte{
				appendRefusal(nil, c.id, "", &Refusal{CodeMalformed, bad}),
				mergeReply(c.id, []byte(`{"a":1}`))[maxHeader:],
				mergeReply(c.id, nil)[maxHeader:],
			}
			for _, a := range answers {
				if !json.Valid(a) {
					t.Fatalf("answer %s to %q", a, frame)
				}
			}
		}
	})
}
