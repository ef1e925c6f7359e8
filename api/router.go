package api

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/brosops/bros/domain"
)

// base is where the versioned routes live.
const base = "/api/v1"

// buildRouter registers everything the process answers.
func (s *Server) buildRouter() http.Handler {
	root := chi.NewRouter()
	root.Use(s.observe, s.legible, middleware.GetHead)
	root.NotFound(func(w http.ResponseWriter, r *http.Request) { s.problem(w, r, domain.NotFound("page or route")) })
	root.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) { s.wrongMethod(root, w, r) })

	root.Get("/livez", s.livez)
	root.Get("/readyz", s.readyz)
	root.Method(http.MethodGet, "/metrics", s.metricsPage())
	root.Get("/tiles/{z}/{x}/{y}", s.tile)
	s.pageRoutes(root)

	root.Route(base, func(r chi.Router) {
		s.sessionRoutes(r)
		s.setupRoutes(r)
		s.zoneRoutes(r)
		s.orderRoutes(r)
		s.deliveryRoutes(r)
		s.dayRoutes(r)
		s.planRoutes(r)
		s.wayRoutes(r)
		s.addressRoutes(r)
		s.riderRoutes(r)
		s.reportRoutes(r)
		s.webhookRoutes(r)
		s.auditRoutes(r)
		s.settlementRoutes(r)
		s.on(r, http.MethodGet, "/tracking/{token}", openToAll, s.tracking)
		s.on(r, http.MethodGet, "/about", openToAll, s.about)
		s.on(r, http.MethodGet, "/openapi.yaml", openToAll, s.description)
		s.liveRoutes(r)
		s.pushRoutes(r)
	})
	return root
}

func (s *Server) sessionRoutes(r chi.Router) {
	s.on(r, http.MethodPost, "/login", openToAll, s.login)
	s.on(r, http.MethodPost, "/logout", ridersToo, s.logout)
	s.on(r, http.MethodGet, "/me", loggedIn, s.me)
}

// wrongMethod answers 405 and says which methods the path has.
func (s *Server) wrongMethod(root chi.Router, w http.ResponseWriter, r *http.Request) {
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete} {
		if root.Match(chi.NewRouteContext(), m, r.URL.Path) {
			w.Header().Add("Allow", m)
		}
	}
	s.problem(w, r, domain.Errorf(codeMethod, "this path is asked with another method"))
}
