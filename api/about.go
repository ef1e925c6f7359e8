package api

import "net/http"

// Tiles say where pages get map tiles from.
type Tiles struct {
	// URL is a template with {z}, {x} and {y}, perhaps {s} and {r}.
	URL         string `json:"url"`
	Attribution string `json:"attribution,omitempty"` // plain text, shown on the map
}

// About is what every page may know of this server before anybody logs in.
type About struct {
	Version string `json:"version"`
	// Tiles and Ground are where a map's ground is from, Ground before Tiles; without
	// either pages draw a ground of their own.
	Tiles  *Tiles       `json:"tiles,omitempty"`
	Ground *VectorTiles `json:"ground,omitempty"`
}

// about answers GET /about.
func (s *Server) about(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-cache")
	return writeJSON(w, http.StatusOK, About{Version: s.cfg.Version, Tiles: s.cfg.Tiles, Ground: vectorTiles(s.cfg.Ground)})
}
