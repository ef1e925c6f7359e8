package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// healthTime bounds the question; what takes longer is no answer.
const healthTime = 3 * time.Second

type healthCmd struct{}

// Run asks the server of these settings on this machine whether it is ready, for
// images that have no other program to ask with. Degraded is ready.
func (healthCmd) Run(env *runtimeEnv) error {
	cfg, err := env.config()
	if err != nil {
		return err
	}
	url, err := cfg.readyURL()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(env.ctx, healthTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	res, err := clientOf(cfg.TLS).Do(req)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("health: %d %s", res.StatusCode, bytes.TrimSpace(body))
	}
	_, err = fmt.Fprintf(env.stdout, "%s\n", bytes.TrimSpace(body))
	return err
}

// readyURL is the probe of a server with these settings, asked from its own host.
func (c Config) readyURL() (string, error) {
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return "", fmt.Errorf("health: %w", err)
	}
	if port == "0" {
		return "", fmt.Errorf("health: port 0 of BROS_ADDR is another one at each start; name the one to ask")
	}
	switch ip := net.ParseIP(host); {
	case host == "" || ip != nil && ip.IsUnspecified() && ip.To4() != nil:
		host = "127.0.0.1" // not by name: an image may know none
	case ip != nil && ip.IsUnspecified():
		host = "::1"
	}
	scheme := "http"
	if c.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + net.JoinHostPort(host, port) + "/readyz", nil
}
