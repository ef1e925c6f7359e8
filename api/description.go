package api

import (
	_ "embed"
	"net/http"
)

// openapi is the description of every route.
//
//go:embed openapi.yaml
var openapi []byte

// description answers GET /openapi.yaml.
func (s *Server) description(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/yaml; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(openapi)
	return nil
}
