package domain

import (
	"context"
	"slices"
)

const maxGrants = 500 // centers of one user or key

// CreateUser adds staff (manager): at most the caller's own role, in centers
// the caller sees. passwordHash is of in.Password.
func (s *Service) CreateUser(ctx context.Context, tx Tx, a Actor, in NewUser, passwordHash string) (*User, error) {
	if err := need(a, RoleManager); err != nil {
		return nil, err
	}
	if err := stillMay(ctx, tx, a); err != nil {
		return nil, err
	}
	if err := mayGrant(ctx, tx, a, in.Role, in.CenterIDs); err != nil {
		return nil, err
	}
	now := s.now()
	u := &User{
		ID:         NewID(),
		Login:      in.Login,
		Name:       in.Name,
		Role:       in.Role,
		CenterIDs:  in.CenterIDs,
		Active:     true,
		CreatedAt:  now,
		Version:    1,
		ModifiedAt: now,
	}
	var f form
	f.user(u)
	f.password("password", in.Password)
	if err := f.err(); err != nil {
		return nil, err
	}
	if passwordHash == "" {
		return nil, errNoHash
	}
	if err := tx.CreateUser(ctx, u, passwordHash); err != nil {
		return nil, err
	}
	return u, audit(ctx, tx, a, now, "user", AuditCreate, u.CenterIDs, nil, u)
}

// UpdateUser changes a user (manager) whose every center the caller sees. A
// rider's user keeps its role and center; nobody changes the own role or
// makes itself inactive, so that one admin always stays.
func (s *Service) UpdateUser(ctx context.Context, tx Tx, a Actor, id string, in UserPatch, passwordHash string) (*User, error) {
	u, err := governed(ctx, tx, a, id)
	if err != nil {
		return nil, err
	}
	role, centers := u.Role, u.CenterIDs
	set(&role, in.Role)
	set(&centers, in.CenterIDs)
	if in.Role != nil || in.CenterIDs != nil {
		if err := mayGrant(ctx, tx, a, role, centers); err != nil {
			return nil, err
		}
	}
	n := *u
	n.Role, n.CenterIDs = role, centers
	set(&n.Login, in.Login)
	set(&n.Name, in.Name)
	var f form
	if u.RiderID != "" {
		if role != RoleRider {
			f.bad("role", "of a rider never changes")
		}
		if !slices.Equal(centers, u.CenterIDs) {
			f.bad("centerIds", "of a rider never change")
		}
		n.Role = RoleAgent // what f.user knows; a rider's role and center were right before
	}
	f.user(&n)
	if in.Password != nil {
		f.password("password", *in.Password)
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := stale(in.Version, u.Version, u); err != nil {
		return nil, err
	}
	if a.UserID == u.ID && (role != u.Role || in.Active != nil && !*in.Active) {
		return nil, &Error{Code: CodeIllegalTransition, Detail: "nobody changes the own role or goes inactive by itself", Current: u}
	}
	in.Login, in.Name, in.Role, in.CenterIDs = &n.Login, &n.Name, &role, &n.CenterIDs
	if err := patchUser(ctx, tx, a, u, in, passwordHash, s.now()); err != nil {
		return nil, err
	}
	return u, s.stopWebhooks(ctx, tx, a, u, false)
}

// patchUser writes what a patch, already checked, changes in u. A new
// password and going inactive end the user's sessions.
func patchUser(ctx context.Context, tx Tx, a Actor, u *User, in UserPatch, hash string, now Time) error {
	if in.Password == nil {
		hash = ""
	} else if hash == "" {
		return errNoHash
	}
	n := *u
	set(&n.Login, in.Login)
	set(&n.Name, in.Name)
	set(&n.Role, in.Role)
	set(&n.CenterIDs, in.CenterIDs)
	set(&n.Active, in.Active)
	if hash == "" && n.Login == u.Login && n.Name == u.Name && n.Role == u.Role && n.Active == u.Active &&
		slices.Equal(n.CenterIDs, u.CenterIDs) {
		return nil
	}
	n.Version, n.ModifiedAt = u.Version+1, now
	if err := tx.UpdateUser(ctx, &n, hash, u.Version); err != nil {
		return err
	}
	ended := hash != "" || u.Active && !n.Active
	if err := auditUser(ctx, tx, a, *u, n, hash != ""); err != nil {
		return err
	}
	*u = n
	if ended {
		return tx.EndSessions(ctx, n.ID)
	}
	return nil
}

// DeleteUser removes a user and its sessions (manager); never oneself.
func (s *Service) DeleteUser(ctx context.Context, tx Tx, a Actor, id string) error {
	u, err := governed(ctx, tx, a, id)
	if err != nil {
		return err
	}
	if a.UserID == u.ID {
		return &Error{Code: CodeIllegalTransition, Detail: "nobody deletes itself", Current: u}
	}
	if err := tx.EndSessions(ctx, u.ID); err != nil {
		return err
	}
	if err := tx.DeleteUser(ctx, u.ID); err != nil {
		return err
	}
	if err := s.stopWebhooks(ctx, tx, a, u, true); err != nil {
		return err
	}
	return audit(ctx, tx, a, s.now(), "user", AuditDelete, u.CenterIDs, u, nil)
}

// governed is a user whom the actor may change: one it sees, none of whose
// centers is beyond the actor's own (a new password would open them).
func governed(ctx context.Context, tx Tx, a Actor, id string) (*User, error) {
	if err := need(a, RoleManager); err != nil {
		return nil, err
	}
	if err := stillMay(ctx, tx, a); err != nil {
		return nil, err
	}
	u, err := tx.FindUser(ctx, id)
	if err != nil {
		return nil, err
	}
	if !u.VisibleTo(a) {
		return nil, NotFound("user")
	}
	if !a.AllCenters() && slices.ContainsFunc(u.CenterIDs, func(c string) bool { return !a.Sees(c) }) {
		return nil, Errorf(CodeForbidden, "the user also works in centers beyond yours")
	}
	return u, nil
}

// stillMay reads the actor's own rights again, one transaction at a time: of two
// who demote or delete each other at once the second may no more.
func stillMay(ctx context.Context, tx Tx, a Actor) error {
	if err := tx.HoldStaff(ctx); err != nil {
		return err
	}
	me, err := tx.FindUser(ctx, a.UserID)
	switch {
	case err != nil && !isNotFound(err):
		return err
	case err != nil && a.SessionID == "": // the machine itself: the first start, the command line
		return nil
	case err != nil, !me.Active, !me.Role.AtLeast(a.Role),
		!me.Actor().AllCenters() && (a.AllCenters() || slices.ContainsFunc(a.CenterIDs, func(c string) bool { return !me.Actor().Sees(c) })):
		return Errorf(CodeForbidden, "your rights have changed meanwhile")
	}
	return nil
}

// VisibleTo reports whether a manager or admin finds the user: somebody of the
// own rank or below who shares a center.
func (r *User) VisibleTo(a Actor) bool {
	if a.AllCenters() {
		return true
	}
	return a.Role.AtLeast(r.Role) && slices.ContainsFunc(r.CenterIDs, a.Sees)
}

// mayGrant refuses a role above the actor's own and centers beyond its own.
func mayGrant(ctx context.Context, tx Tx, a Actor, role Role, centerIDs []string) error {
	if role.rank() > a.Role.rank() {
		return Errorf(CodeForbidden, "nobody grants a role above the own")
	}
	return namedCenters(ctx, tx, a, centerIDs)
}

func namedCenters(ctx context.Context, tx Tx, a Actor, ids []string) error {
	if len(ids) > maxGrants {
		return nil // refused as a matter of form
	}
	for _, id := range ids {
		if _, err := seenCenter(ctx, tx, a, id); err != nil {
			return err
		}
	}
	return nil
}

// user checks staff and puts the list of centers in its kept form.
func (f *form) user(u *User) {
	f.login("login", &u.Login)
	f.needed("name", &u.Name, maxName)
	oneOf(f, "role", u.Role, RoleAgent, RoleDispatcher, RoleManager, RoleAdmin)
	f.centers(&u.CenterIDs)
	if u.Role == RoleAdmin {
		u.CenterIDs = []string{} // all
	} else if len(u.CenterIDs) == 0 {
		f.bad("centerIds", "must name at least one center")
	}
}

// centers sorts a list of centers and drops repetitions; never nil.
func (f *form) centers(ids *[]string) {
	if len(*ids) > maxGrants {
		f.bad("centerIds", "must be at most %d", maxGrants)
	}
	sorted := slices.Compact(slices.Sorted(slices.Values(*ids)))
	if sorted == nil {
		sorted = []string{}
	}
	*ids = sorted
}
