package places_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/store/places"
	"github.com/brosops/bros/store/places/city"
)

var seoul = domain.Location{Lat: 37.5080, Lng: 127.1100}

// TestResume ends an import in the middle of each file, again and again, and finds
// in the end every door; until then the old index is there.
func TestResume(t *testing.T) {
	dir := t.TempDir()
	files, err := city.SmallTown(seoul).WriteFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "addresses.db")
	ended := 0
	for {
		ctx, cancel := context.WithCancel(t.Context())
		told := 0
		res, err := places.Import(ctx, places.ImportOptions{Path: path, Format: places.FormatJuso, Files: files, Batch: 300, Progress: func(read, total, rows int64) {
			if read > total {
				t.Errorf("%d of %d bytes are read", read, total)
			}
			if told++; told == 2 && read < total {
				cancel()
			}
		}})
		cancel()
		if err == nil {
			if !res.Resumed || res.Stats.Doors == 0 {
				t.Errorf("%+v", res)
			}
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Fatal("half an index is in its place")
		}
		if ended++; ended > 100 {
			t.Fatal("it gets nowhere")
		}
	}
	if ended < 5 {
		t.Fatalf("it was ended %d times only", ended)
	}
	x := places.New(path, slog.New(slog.DiscardHandler))
	defer func() { _ = x.Close() }()
	n := 0
	err = city.SmallTown(seoul).Each(func(d city.Door) error {
		if n++; n%17 != 0 {
			return nil
		}
		q := fmt.Sprintf("%s %d", d.Road, d.Main)
		if d.Sub > 0 {
			q += fmt.Sprintf("-%d", d.Sub)
		}
		got := find(t, x, q)
		if len(got) == 0 || got[0].Short != q && got[0].Short != q+" ("+d.Building+")" {
			t.Errorf("%s: %+v", q, got)
			return nil
		}
		if away := domain.Distance(*got[0].Location, d.Place); away > 4 || away > 0.5 && got[0].Exact == domain.ExactEntrance {
			t.Errorf("%s is %.1f m away", q, away)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	st, err := places.ReadStats(t.Context(), path)
	if err != nil || st.Doors != int64(n) || len(st.Files) != len(files) || st.Updated.IsZero() {
		t.Errorf("%+v, %v; want %d doors", st, err, n)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != len(files)+1 {
		t.Errorf("something is left: %v, %v", entries, err)
	}
}

// TestOneImportAtATime refuses a second one.
func TestOneImportAtATime(t *testing.T) {
	dir := t.TempDir()
	files, err := city.SmallTown(seoul).WriteFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "addresses.db")
	var second error
	asked := false
	opt := places.ImportOptions{Path: path, Format: places.FormatJuso, Files: files, Batch: 500}
	first := opt
	first.Progress = func(int64, int64, int64) {
		if !asked {
			asked = true
			_, second = places.Import(t.Context(), opt)
		}
	}
	if _, err := places.Import(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(second, places.ErrBusy) {
		t.Errorf("the second import: %v", second)
	}
}
