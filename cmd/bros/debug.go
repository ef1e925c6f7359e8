package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
)

// checkDebug reads where profiles are served. They show what is in memory, so
// another machine gets them only when that is said in so many words.
func checkDebug(bad *problems, addr, remote string) string {
	if remote != "yes" && remote != "no" {
		bad.add("BROS_DEBUG_REMOTE", "%q is neither yes nor no", remote)
	}
	if addr == "" {
		return ""
	}
	host, ok := checkAddr(bad, "BROS_DEBUG_ADDR", addr)
	if ok && remote != "yes" && !isLoopback(host) {
		bad.add("BROS_DEBUG_ADDR", "%q can be reached from other machines, and anybody may ask there; want 127.0.0.1:PORT, or BROS_DEBUG_REMOTE=yes beside it", addr)
	}
	return addr
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// debugServer serves profiles at an address of their own.
type debugServer struct {
	http *http.Server
	ln   net.Listener
}

// listenDebug takes the address; nothing is asked for where it is empty.
func listenDebug(ctx context.Context, cfg Config, log *slog.Logger) (*debugServer, error) {
	if cfg.DebugAddr == "" {
		return nil, nil
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.DebugAddr)
	if err != nil {
		return nil, fmt.Errorf("serve profiles: %w", err)
	}
	return &debugServer{ln: ln, http: &http.Server{
		Handler: debugHandler(), ReadHeaderTimeout: headerTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}}, nil
}

func (d *debugServer) start(log *slog.Logger) {
	if d == nil {
		return
	}
	log.Info("serving profiles", "url", "http://"+d.ln.Addr().String()+"/debug/pprof/")
	go func() {
		if err := d.http.Serve(d.ln); !errors.Is(err, http.ErrServerClosed) {
			log.Error("serving profiles has ended", "error", err)
		}
	}()
}

// close cuts off what is under way: a profile may take as long as it was asked to.
func (d *debugServer) close() {
	if d != nil {
		_ = d.http.Close()
		_ = d.ln.Close() // when it was never served
	}
}

// debugHandler is pprof's pages for those who call the machine by its address: a
// page in a browser that was led here by a name of its own gets nothing. The command
// line is left out: it may hold a password.
func debugHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("POST /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if host != "localhost" && net.ParseIP(host) == nil {
			http.Error(w, "ask by the address, not by a name", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}
