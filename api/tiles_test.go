package api

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/brosops/bros/api/pmtiles"
)

// The map's tiles are for everybody, and browsers keep them.
func TestTiles(t *testing.T) {
	var out bytes.Buffer
	if err := pmtiles.Write(&out, []pmtiles.Tile{{Z: 14, X: 13976, Y: 6347, Data: []byte("songpa")}}, pmtiles.Bounds{West: 127, South: 37, East: 128, North: 38}, map[string]any{}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.pmtiles")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	ground, err := pmtiles.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ground.Close() })
	r := newRig(t, func(c *Config) { c.Ground = ground })
	about := get[About](r.do(nobody, "GET", "/about", nil).want(200))
	if about.Ground == nil || about.Ground.MaxZoom != 14 || about.Ground.Bounds != [4]float64{127, 37, 128, 38} {
		t.Fatalf("%+v", about.Ground)
	}
	ask := func(path string, headers ...string) (*http.Response, string) {
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.http.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(headers); i += 2 {
			q.Header.Set(headers[i], headers[i+1])
		}
		res, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var body bytes.Buffer
		_, _ = body.ReadFrom(res.Body)
		return res, body.String()
	}
	res, body := ask("/tiles/14/13976/6347.mvt")
	if res.StatusCode != 200 || body != "songpa" || res.Header.Get("Content-Type") != "application/vnd.mapbox-vector-tile" ||
		res.Header.Get("Cache-Control") != "public, max-age=3600" || res.Header.Get("ETag") == "" {
		t.Errorf("%d %q %v", res.StatusCode, body, res.Header)
	}
	if plain, body := ask("/tiles/14/13976/6347.mvt", "Accept-Encoding", "identity"); plain.StatusCode != 200 || body != "songpa" || plain.Header.Get("Content-Encoding") != "" {
		t.Errorf("without gzip: %d %q", plain.StatusCode, body)
	}
	if again, _ := ask("/tiles/14/13976/6347.mvt", "If-None-Match", res.Header.Get("ETag")); again.StatusCode != 304 {
		t.Errorf("not changed: %d", again.StatusCode)
	}
	if kept, _ := ask("/tiles/14/13976/6347.mvt?v=" + ground.ID); kept.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
		t.Errorf("%v", kept.Header)
	}
	for path, want := range map[string]int{"/tiles/14/1/1.mvt": 204, "/tiles/1/2/0.mvt": 404, "/tiles/14/13976/6347": 404, "/tiles/x/0/0.mvt": 404, "/tiles/99/0/0.mvt": 404} {
		if res, _ := ask(path); res.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, res.StatusCode, want)
		}
	}
	without := newRig(t)
	res, err = http.Get(without.http.URL + "/tiles/14/13976/6347.mvt")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != 404 {
		t.Errorf("no map: %d", res.StatusCode)
	}
}
