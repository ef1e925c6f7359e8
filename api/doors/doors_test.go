package doors

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brosops/bros/domain"
)

var (
	here  = domain.Location{Lat: 37.51, Lng: 127.10}
	there = domain.Location{Lat: 37.52, Lng: 127.11}
)

func entry(t *testing.T, event, address string, at domain.Location, by domain.Person) domain.LogEntry {
	t.Helper()
	data, err := json.Marshal(map[string]any{"customer": map[string]any{"name": "x", "address": address, "location": at}})
	if err != nil {
		t.Fatal(err)
	}
	return domain.LogEntry{CenterID: "c", Kind: domain.KindOrder, Event: event, At: domain.At(time.Now()), Actor: by, Data: data}
}

func TestBook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stored []domain.PinnedDoor
		var fails error
		loads := 0
		b := New(func(_ context.Context, _ string, _ int) ([]domain.PinnedDoor, error) {
			loads++
			return stored, fails
		}, time.Now)
		labels := func(key, q string) (out []string) {
			t.Helper()
			got, err := b.Find(t.Context(), "c", key, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range got {
				if a.Source != domain.SourceOwn || a.Location == nil {
					t.Errorf("%+v", a)
				}
				out = append(out, a.Label)
			}
			return out
		}
		one := func(key, q, want string) {
			t.Helper()
			if got := labels(key, q); want == "" && len(got) > 0 || want != "" && (len(got) == 0 || got[0] != want) {
				t.Errorf("%q for %q: %q, want %q", q, key, got, want)
			}
		}
		fails = errors.New("away")
		if _, err := b.Find(t.Context(), "c", "", "x"); err == nil {
			t.Error("a failure is not told")
		}
		fails = nil
		stored = []domain.PinnedDoor{{Address: "올림픽로 300 (롯데월드타워)", Location: here, At: domain.At(time.Now())}}
		for _, q := range []string{"올림픽로 300", "올림픽로300", "올림 30", "ㅇㄹㅍㄹ", "ㄹㄷㅇㄷ", "올림믹로 300", "300 올림픽로", "롯데월드타워 올림픽로"} {
			one("", q, "올림픽로 300 (롯데월드타워)")
		}
		for _, q := range []string{"올림픽로 301", "올림픽로 3001", "가락로 300", "300"} {
			one("", q, "")
		}
		one("key1", "올림픽로 300", "")

		// What is committed is known at once; flats are no part of it.
		b.Committed([]domain.LogEntry{entry(t, domain.EventOrderCreate, "가락로 12-3, 101동 1203호", here, domain.Person{ID: "key1", Role: domain.RoleKey})})
		one("", "가락로 12-3", "가락로 12-3")
		one("key1", "가락로 12-3", "가락로 12-3")
		one("key2", "가락로 12-3", "")
		if at, ok := b.Pin(t.Context(), "c", "가락로 12-3 202호"); !ok || at != here {
			t.Errorf("the pin is %v, %v", at, ok)
		}
		// What people pin counts more than what another program sends.
		b.Committed([]domain.LogEntry{entry(t, domain.EventOrderChanged, "가락로 12-3", there, domain.Person{ID: "u", Role: domain.RoleAgent})})
		time.Sleep(time.Second)
		b.Committed([]domain.LogEntry{entry(t, domain.EventOrderCreate, "가락로 12-3", here, domain.Person{ID: "key1", Role: domain.RoleKey})})
		if at, _ := b.Pin(t.Context(), "c", "가락로 12-3"); at != there {
			t.Error("a program's pin has taken the place of a person's")
		}
		// It is read anew after a while; what was forgotten meanwhile is forgotten.
		stored = []domain.PinnedDoor{{Address: "가락로 12-3", Location: here, KeyID: "key1", At: domain.At(time.Now())}}
		time.Sleep(freshFor + time.Second)
		_ = labels("", "올림픽로 300")
		synctest.Wait()
		one("", "올림픽로 300", "")
		if at, _ := b.Pin(t.Context(), "c", "가락로 12-3"); at != there {
			t.Error("the person's pin is lost")
		}
		if loads != 3 {
			t.Errorf("it was read %d times", loads)
		}
	})
}
