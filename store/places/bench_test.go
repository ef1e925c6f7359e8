package places_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/store/places"
	"github.com/brosops/bros/store/places/city"
)

// TestMeasure makes up BROS_BENCH_DOORS entrances, imports them, kills the import
// in the middle and goes on, and types addresses key by key (make bench-addresses).
func TestMeasure(t *testing.T) {
	doors, err := strconv.Atoi(os.Getenv("BROS_BENCH_DOORS"))
	if err != nil {
		t.Skip("BROS_BENCH_DOORS says how many entrances are made up")
	}
	dir := t.TempDir()
	spec := city.Country(doors, seoul)
	files, err := spec.WriteFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "addresses.db")
	begun, ended := time.Now(), false
	for {
		ctx, cancel := context.WithCancel(t.Context())
		res, err := places.Import(ctx, places.ImportOptions{Path: path, Format: places.FormatJuso, Files: files, Progress: func(read, total, _ int64) {
			if !ended && read > total/2 {
				ended = true
				cancel()
			}
		}})
		cancel()
		if err == nil {
			st, err := places.ReadStats(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("import: %d rows, %d doors in %s (ended and gone on with: %v), %.2f GB", res.Rows, st.Doors, time.Since(begun).Round(time.Second), res.Resumed, float64(st.Bytes)/1e9)
			break
		}
		if ctx.Err() == nil || t.Context().Err() != nil {
			t.Fatal(err)
		}
	}
	x := places.New(path, slog.New(slog.DiscardHandler))
	defer func() { _ = x.Close() }()
	begun = time.Now()
	find(t, x, "가")
	var mem runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&mem)
	t.Logf("opened in %s, heap %.0f MB", time.Since(begun).Round(time.Millisecond), float64(mem.HeapAlloc)/1e6)
	r := rand.New(rand.NewPCG(1, 1))
	var took []time.Duration
	n := 0
	err = spec.Each(func(d city.Door) error {
		if n++; r.IntN(max(1, doors/300)) > 0 {
			return nil
		}
		near := d.Place
		text := fmt.Sprintf("%s %d", d.Road, d.Main)
		runes := []rune(text)
		for i := range runes {
			key := time.Now()
			if _, err := x.FindAddresses(t.Context(), domain.AddressQuery{Text: string(runes[:i+1]), Near: &near, Limit: 10}); err != nil {
				return err
			}
			took = append(took, time.Since(key))
		}
		return nil
	})
	if err != nil || len(took) == 0 {
		t.Fatal(err, len(took))
	}
	slices.Sort(took)
	t.Logf("%d keys: half %s, p98 %s, worst %s", len(took), took[len(took)/2], took[len(took)*98/100], took[len(took)-1])
}

// TestKeys types a fixed list of 200 doors of the made-up town by initial
// consonants and number, and counts the keys until the door is the first that is
// proposed, with the arrow and Enter that take it.
func TestKeys(t *testing.T) {
	dir := t.TempDir()
	spec := city.SmallTown(seoul)
	files, err := spec.WriteFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "addresses.db")
	if _, err := places.Import(t.Context(), places.ImportOptions{Path: path, Format: places.FormatJuso, Files: files}); err != nil {
		t.Fatal(err)
	}
	x := places.New(path, slog.New(slog.DiscardHandler))
	defer func() { _ = x.Close() }()
	var keys []int
	var list strings.Builder
	n := 0
	err = spec.Each(func(d city.Door) error {
		if n++; n%12 != 0 || len(keys) == 200 {
			return nil
		}
		number := strconv.Itoa(d.Main)
		if d.Sub > 0 {
			number += "-" + strconv.Itoa(d.Sub)
		}
		want := d.Sido + " " + d.Sigungu + " " + d.Road + " " + number
		best, how := 99, ""
		of := []rune(initials(d.Road))
		for size := 2; size <= len(of); size++ { // the beginning of the consonants will do
			if k, typed := keysFor(t, x, string(of[:size])+number, want, size+1); k < best {
				best, how = k, typed
			}
		}
		keys = append(keys, best)
		fmt.Fprintf(&list, "%2d  %s: %s\n", best, want, how)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(keys)
	median := keys[len(keys)/2]
	t.Logf("%d doors, half of them by %d keys or fewer\n%s", len(keys), median, list.String())
	if len(keys) != 200 || median > 8 {
		t.Errorf("%d doors, median %d keys", len(keys), median)
	}
}

// keysFor counts keys: one for each character, an arrow for each line down to the
// door, and Enter.
func keysFor(t *testing.T, x *places.Index, text, want string, from int) (int, string) {
	t.Helper()
	best, how := 99, ""
	runes := []rune(text)
	for i := from - 1; i < len(runes); i++ {
		for line, a := range find(t, x, string(runes[:i+1])) {
			if a.Road == want && i+1+line+1+1 < best {
				best, how = i+1+line+1+1, string(runes[:i+1])
			}
		}
	}
	return best, how
}

// initials are the consonants of a road's name; digits stay.
func initials(name string) string {
	consonants := []rune("ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ")
	return strings.Map(func(r rune) rune {
		if r >= '가' && r <= '힣' {
			return consonants[(r-'가')/588]
		}
		return r
	}, name)
}
