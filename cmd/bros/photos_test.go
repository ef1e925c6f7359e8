package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/brosops/bros/api"
	"github.com/brosops/bros/domain"
)

var _ api.PhotoStore = (*photoDir)(nil)

func openTestPhotos(t *testing.T) (*photoDir, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data", "photos")
	p, err := openPhotos(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p, dir
}

func TestPhotosAreKeptAsTheyCame(t *testing.T) {
	p, _ := openTestPhotos(t)
	body := bytes.Repeat([]byte{0xff, 0xd8, 0x00}, 1000)
	size, err := p.Save("abc", bytes.NewReader(body))
	if err != nil || size != int64(len(body)) {
		t.Fatalf("saved %d, %v", size, err)
	}
	f, err := p.Open("abc")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, body) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
	if err := errors.Join(p.Remove("abc"), p.Remove("abc")); err != nil {
		t.Error(err)
	}
	if _, err := p.Open("abc"); !isNotFound(err) {
		t.Errorf("a removed photo: %v", err)
	}
}

func TestAPhotoThatBreaksOffLeavesNothing(t *testing.T) {
	p, dir := openTestPhotos(t)
	broken := io.MultiReader(strings.NewReader("half"), iotest.ErrReader(errors.New("the phone went into a tunnel")))
	if _, err := p.Save("abc", broken); err == nil {
		t.Error("want an error")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 0 {
		t.Errorf("left %v, %v", entries, err)
	}
}

func TestNoPhotoNameLeadsOutside(t *testing.T) {
	p, dir := openTestPhotos(t)
	if err := os.WriteFile(filepath.Join(dir, "..", "bros.db"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"../bros.db", "/etc/passwd", "", "."} {
		if f, err := p.Open(id); err == nil {
			if _, err := io.ReadAll(f); err == nil {
				t.Errorf("%q could be read", id)
			}
			f.Close()
		}
		if _, err := p.Save(id, strings.NewReader("x")); err == nil && id != "" {
			t.Errorf("%q could be written", id)
		}
	}
}

func isNotFound(err error) bool {
	var de *domain.Error
	return errors.As(err, &de) && de.Code == domain.CodeNotFound
}
