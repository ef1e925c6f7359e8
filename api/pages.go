package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/domain"
)

// pagePaths says which built file serves which page.
var pagePaths = map[string]string{
	"/login": "app.html", "/intake": "app.html", "/board": "app.html", "/monitor": "app.html",
	"/reports": "app.html", "/settings": "app.html", "/audit": "app.html", "/plan": "app.html", "/rider": "rider.html", "/t/{token}": "tracking.html",
}

// pages are the built files, read and compressed once.
type pages struct {
	files map[string]pageFile // by path in the build, without a leading slash
	csp   string
}

type pageFile struct {
	body, zipped []byte // zipped: nil when it does not pay
	kind, etag   string
	immutable    bool // its name changes with its content
}

func newPages(cfg Config) (*pages, error) {
	p := &pages{files: map[string]pageFile{}, csp: contentPolicy(cfg)}
	if cfg.Static == nil {
		return p, nil
	}
	err := fs.WalkDir(cfg.Static, ".", func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && name == "." {
			return fs.SkipAll
		}
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		body, err := fs.ReadFile(cfg.Static, name)
		if err != nil {
			return err
		}
		p.files[name] = newPageFile(name, body)
		return nil
	})
	return p, err
}

func newPageFile(name string, body []byte) pageFile {
	sum := sha256.Sum256(body)
	f := pageFile{
		body: body, kind: kindOf(name), etag: `"` + hex.EncodeToString(sum[:12]) + `"`,
		immutable: strings.HasPrefix(name, "assets/"),
	}
	if len(body) >= 1<<10 && !strings.HasPrefix(f.kind, "image/png") && !strings.HasPrefix(f.kind, "font/") {
		var buf bytes.Buffer
		z, _ := gzip.NewWriterLevel(&buf, gzip.BestCompression)
		_, _ = z.Write(body)
		_ = z.Close()
		if buf.Len() < len(body)*9/10 {
			f.zipped = buf.Bytes()
		}
	}
	return f
}

// kindOf does not ask the machine's own tables for what pages are made of.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json", ".map":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".woff2":
		return "font/woff2"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

// contentPolicy lets pages load what this server serves, and map tiles from
// where the operator says; nothing else, and nothing inline but style
// attributes (the map positions its panes by them).
func contentPolicy(cfg Config) string {
	tiles, socket := "", ""
	if cfg.TileOrigin != "" {
		tiles = " " + cfg.TileOrigin
	}
	if rest, ok := strings.CutPrefix(cfg.PublicURL, "http"); ok { // browsers whose 'self' has no sockets
		socket = " ws" + strings.TrimSuffix(rest, "/")
	}
	for _, peer := range cfg.Peers {
		socket += " ws" + strings.TrimPrefix(peer, "http")
	}
	return "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; " +
		"img-src 'self' data: blob:" + tiles + "; connect-src 'self'" + socket + tiles + "; worker-src 'self' blob:; " +
		"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}

// pageRoutes registers the pages and every file of the build.
func (s *Server) pageRoutes(r chi.Router) {
	r.Get("/", s.front)
	if len(s.pages.files) == 0 {
		for p := range pagePaths {
			r.Get(p, s.noPages)
		}
		return
	}
	for p, name := range pagePaths {
		if f, ok := s.pages.files[name]; ok {
			r.Get(p, s.page(f))
			r.Get(p+"/", withoutSlash)
		}
	}
	for name, f := range s.pages.files {
		if path.Ext(name) == ".html" { // pages have paths of their own
			continue
		}
		r.Get("/"+name, s.page(f))
	}
}

// front sends a visitor on: with a session to the own screen, else to the login.
func (s *Server) front(w http.ResponseWriter, r *http.Request) {
	to := "/login"
	if a, _, err := s.authenticate(r); err == nil {
		to = "/board"
		if a.Role == domain.RoleRider {
			to = "/rider"
		}
	}
	if q := r.URL.RawQuery; q != "" {
		to += "?" + q
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// withoutSlash sends on to the page's own path: its service worker, links and
// address bar know it alone.
func withoutSlash(w http.ResponseWriter, r *http.Request) {
	to := "/" + strings.Trim(r.URL.EscapedPath(), "/")
	if q := r.URL.RawQuery; q != "" {
		to += "?" + q
	}
	http.Redirect(w, r, to, http.StatusMovedPermanently)
}

// noPages says how to get them.
func (s *Server) noPages(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write([]byte("This build holds no pages: run `make web` and build again.\n"))
}

// page serves one file of the build.
func (s *Server) page(f pageFile) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		if strings.HasPrefix(r.URL.Path, "/t/") {
			hideTracking(h)
		}
		h.Set("Content-Security-Policy", s.pages.csp)
		h.Set("Permissions-Policy", "geolocation=(self), camera=(self)")
		h.Set("Cache-Control", "no-cache")
		if f.immutable {
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		h.Set("ETag", f.etag)
		h.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("If-None-Match"), f.etag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		body := f.body
		if f.zipped != nil && takesGzip(r) {
			body = f.zipped
			h.Set("Content-Encoding", "gzip")
		}
		h.Set("Content-Type", f.kind)
		h.Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(http.StatusOK)
		if r.Method != http.MethodHead {
			_, _ = w.Write(body)
		}
	}
}
