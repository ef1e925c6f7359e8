package api

import (
	"context"
	"crypto/rand"

	"github.com/brosops/bros/api/session"
	"github.com/brosops/bros/domain"
)

// openSecrets takes what the database keeps for all nodes of this installation,
// made at its first start.
func (s *Server) openSecrets(ctx context.Context) error {
	installation, err := s.store.Secret(ctx, "installation", domain.NewID())
	if err != nil {
		return err
	}
	busKey, err := s.store.Secret(ctx, "bus", rand.Text()+rand.Text())
	if err != nil {
		return err
	}
	s.busKey = []byte(busKey)
	// Cookies know hosts, not ports: two installations on one host would log each
	// other out under one name.
	s.cookieName = cookiePrefix + session.HashToken(installation)[:8]
	return nil
}
