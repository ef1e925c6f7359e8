package pmtiles

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// The numbers are those of the specification's own examples.
func TestNumber(t *testing.T) {
	for _, c := range []struct {
		z, x, y int
		want    uint64
	}{{0, 0, 0, 0}, {1, 0, 0, 1}, {1, 0, 1, 2}, {1, 1, 1, 3}, {1, 1, 0, 4}, {2, 0, 0, 5}, {12, 3423, 1763, 19078479}} {
		if got := number(c.z, c.x, c.y); got != c.want {
			t.Errorf("%d/%d/%d: %d, want %d", c.z, c.x, c.y, got, c.want)
		}
	}
}

func write(t *testing.T, b []byte) string {
	t.Helper()
	return rewrite(t, filepath.Join(t.TempDir(), "a.pmtiles"), b)
}

func rewrite(t *testing.T, path string, b []byte) string {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func archive(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	tiles := []Tile{{14, 13976, 6347, []byte("songpa")}, {0, 0, 0, []byte("world")}, {14, 13977, 6347, []byte("beside")}}
	err := Write(&out, tiles, Bounds{127, 37, 128, 38}, map[string]any{"attribution": `<a href="x">&copy; people</a>`})
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestArchive(t *testing.T) {
	a, err := Open(write(t, archive(t)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	if a.MinZoom != 0 || a.MaxZoom != 14 || a.West != 127 || a.North != 38 || a.Attribution != "© people" || a.ID == "" || !a.Gzipped() {
		t.Errorf("%+v", a.Header)
	}
	for at, want := range map[[3]int]string{{14, 13976, 6347}: "songpa", {14, 13977, 6347}: "beside", {0, 0, 0}: "world", {14, 1, 1}: "", {-1, 0, 0}: "", {3, 8, 0}: "", {26, 0, 0}: ""} {
		data, err := a.Tile(at[0], at[1], at[2])
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if data != nil {
			z, err := gzip.NewReader(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			raw, _ := io.ReadAll(z)
			got = string(raw)
		}
		if got != want {
			t.Errorf("%v: %q, want %q", at, got, want)
		}
	}
}

// A file that is cut off or scribbled over is refused, or has no such tile; it
// never takes the process down.
func TestDamage(t *testing.T) {
	whole := archive(t)
	path := filepath.Join(t.TempDir(), "a.pmtiles")
	for i := 0; i < len(whole); i += 5 {
		if a, err := Open(rewrite(t, path, whole[:i])); err == nil {
			_ = a.Close()
			t.Fatalf("cut off at %d: taken", i)
		}
	}
	for i := range whole {
		spoiled := bytes.Clone(whole)
		spoiled[i] ^= 0xff
		a, err := Open(rewrite(t, path, spoiled))
		if err != nil {
			continue
		}
		_, _ = a.Tile(14, 13976, 6347)
		_, _ = a.Tile(0, 0, 0)
		_ = a.Close()
	}
}
