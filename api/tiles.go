package api

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/api/pmtiles"
	"github.com/brosops/bros/domain"
)

// VectorTiles say what this server's own map has.
type VectorTiles struct {
	URL         string     `json:"url"` // a template with {z}, {x} and {y}
	MinZoom     int        `json:"minZoom"`
	MaxZoom     int        `json:"maxZoom"`
	Bounds      [4]float64 `json:"bounds"` // west, south, east, north
	Attribution string     `json:"attribution,omitempty"`
}

// vectorTiles are those of an archive; nil: none.
func vectorTiles(a *pmtiles.File) *VectorTiles {
	if a == nil {
		return nil
	}
	return &VectorTiles{
		// Another file has other addresses, so that browsers may keep these.
		URL:     "/tiles/{z}/{x}/{y}.mvt?v=" + a.ID,
		MinZoom: a.MinZoom, MaxZoom: a.MaxZoom, Bounds: [4]float64{a.West, a.South, a.East, a.North}, Attribution: a.Attribution,
	}
}

// tile answers GET /tiles/{z}/{x}/{y}.mvt to everybody: a map is no secret.
func (s *Server) tile(w http.ResponseWriter, r *http.Request) {
	z, errZ := strconv.Atoi(chi.URLParam(r, "z"))
	x, errX := strconv.Atoi(chi.URLParam(r, "x"))
	name, isTile := strings.CutSuffix(chi.URLParam(r, "y"), ".mvt")
	y, errY := strconv.Atoi(name)
	if errZ != nil || errX != nil || errY != nil || !isTile || z < 0 || z > pmtiles.MostZoom ||
		x < 0 || y < 0 || x >= 1<<z || y >= 1<<z || s.cfg.Ground == nil {
		s.problem(w, r, domain.NotFound("tile"))
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=3600")
	if r.URL.Query().Get("v") == s.cfg.Ground.ID {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	etag := `"` + s.cfg.Ground.ID + `"` // of one address there is one tile as long as the file is the same
	h.Set("ETag", etag)
	h.Set("Vary", "Accept-Encoding")
	h.Set("X-Content-Type-Options", "nosniff")
	if strings.Contains(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	data, err := s.cfg.Ground.Tile(z, x, y)
	if err == nil && data == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if err == nil && s.cfg.Ground.Gzipped() {
		if takesGzip(r) {
			h.Set("Content-Encoding", "gzip")
		} else {
			data, err = unzipped(data)
		}
	}
	if err != nil {
		for _, name := range []string{"Cache-Control", "ETag", "Content-Encoding"} {
			h.Del(name)
		}
		s.log.Error("a tile of the map can't be read", "z", z, "x", x, "y", y, "error", err)
		s.problem(w, r, domain.Errorf(domain.CodeUnavailable, "the map's file is damaged"))
		return
	}
	h.Set("Content-Type", "application/vnd.mapbox-vector-tile")
	h.Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(data)
	}
}

func unzipped(data []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, 32<<20))
}
