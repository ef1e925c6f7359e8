package domain

import "context"

// stopWebhooks stops those that u answers for and may no longer have: by its
// role and centers, or because it is inactive or gone. Otherwise its copies of
// orders would go on for ever to an address that nobody stands for.
func (s *Service) stopWebhooks(ctx context.Context, tx Tx, a Actor, u *User, gone bool) error {
	hooks, err := tx.WebhooksOf(ctx, u.ID)
	if err != nil {
		return err
	}
	for i := range hooks {
		h := &hooks[i]
		if !h.Active || !gone && u.Active && u.Role.AtLeast(RoleManager) && h.VisibleTo(u.Actor()) {
			continue
		}
		n := *h
		n.Active, n.Stopped, n.Version, n.ModifiedAt = false, StoppedOwner, h.Version+1, s.now()
		if err := tx.UpdateWebhook(ctx, &n, h.Version); err != nil {
			return err
		}
		if err := s.auditWebhook(ctx, tx, a, AuditChanged, h, &n); err != nil {
			return err
		}
	}
	return nil
}
