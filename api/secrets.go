package api

import (
	"context"

	"github.com/brosops/bros/domain"
)

// openSecrets takes what the database keeps for all nodes of this installation,
// made at its first start.
func (s *Server) openSecrets(ctx context.Context) error {
	installation, err := s.store.Secret(ctx, "installation", domain.NewID())
	if err != nil {
		return err
	}
	// Cookies know hosts, not ports: two installations on one host would log each
	// other out under one name.
	s.cookieName = cookiePrefix + hashToken(installation)[:8]
	return nil
}
