package domain

import (
	"context"
	"errors"
)

const defaultCapacity = 3 // deliveries

var errNoHash = errors.New("a password came without its hash")

// CreateRider adds a rider to a center (manager) and, when in names one, its
// login. passwordHash is of in.Password.
func (s *Service) CreateRider(ctx context.Context, tx Tx, a Actor, in NewRider, passwordHash string) (*Rider, error) {
	if err := need(a, RoleManager); err != nil {
		return nil, err
	}
	if err := namedCenter(ctx, tx, a, in.CenterID); err != nil {
		return nil, err
	}
	now := s.now()
	r, err := newRider(&in, now)
	if err != nil {
		return nil, err
	}
	if err := tx.Append(ctx, a, r.CenterID, now, &Change{Event: EventRiderChanged, Record: r, Fields: changed(nil, r)}); err != nil {
		return nil, err
	}
	if in.Login != "" {
		if err := createRiderUser(ctx, tx, a, r, in.Login, passwordHash, now); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// newRider is the rider that in describes, and what is wrong with it or its login.
func newRider(in *NewRider, now Time) (*Rider, error) {
	r := &Rider{
		ID:        NewID(),
		CenterID:  in.CenterID,
		Name:      in.Name,
		Phone:     in.Phone,
		Vehicle:   or(in.Vehicle, Motorcycle),
		Capacity:  orInt(in.Capacity, defaultCapacity),
		Duty:      DutyOff,
		Active:    true,
		CreatedAt: now,
	}
	var f form
	f.neededCenter(in.CenterID)
	f.rider(r)
	if in.Login != "" || in.Password != "" {
		f.login("login", &in.Login)
		f.password("password", in.Password)
	}
	return r, f.err()
}

func createRiderUser(ctx context.Context, tx Tx, a Actor, r *Rider, login, hash string, now Time) error {
	if hash == "" {
		return errNoHash
	}
	u := &User{
		ID:         NewID(),
		Login:      login,
		Name:       r.Name,
		Role:       RoleRider,
		CenterIDs:  []string{r.CenterID},
		RiderID:    r.ID,
		Active:     r.Active,
		CreatedAt:  now,
		Version:    1,
		ModifiedAt: now,
	}
	if err := tx.CreateUser(ctx, u, hash); err != nil {
		return err
	}
	return audit(ctx, tx, a, now, "user", AuditCreate, u.CenterIDs, nil, u)
}

// UpdateRider changes a rider and its login (manager). Who is made inactive
// goes off duty, which needs empty hands, and is logged out.
func (s *Service) UpdateRider(ctx context.Context, tx Tx, a Actor, id string, in RiderPatch, passwordHash string) (*Rider, error) {
	if err := need(a, RoleManager); err != nil {
		return nil, err
	}
	r, err := seenRider(ctx, tx, a, id)
	if err != nil {
		return nil, err
	}
	u, err := tx.FindRiderUser(ctx, r.ID)
	if err != nil && !isNotFound(err) {
		return nil, err
	}
	if err != nil {
		u = nil
	}
	n := *r
	set(&n.Name, in.Name)
	set(&n.Phone, in.Phone)
	set(&n.Vehicle, in.Vehicle)
	set(&n.Capacity, in.Capacity)
	set(&n.Active, in.Active)
	if err := checkRiderPatch(&in, r, &n, u); err != nil {
		return nil, err
	}
	if err := stale(in.Version, r.Version, r); err != nil {
		return nil, err
	}
	if r.Active && !n.Active {
		if err := emptyHanded(ctx, tx, r); err != nil {
			return nil, err
		}
		n.Duty = DutyOff
	}
	now := s.now()
	if n != *r {
		withdrawn, err := withdrawOfferOf(ctx, tx, &n, now)
		if err != nil {
			return nil, err
		}
		changes := append([]*Change{{Event: EventRiderChanged, Record: &n, Fields: changed(r, &n)}}, withdrawn...)
		if err := tx.Append(ctx, a, n.CenterID, now, changes...); err != nil {
			return nil, err
		}
	}
	if u == nil {
		if in.Login != nil {
			return &n, createRiderUser(ctx, tx, a, &n, *in.Login, passwordHash, now)
		}
		return &n, nil
	}
	patch := UserPatch{Login: in.Login, Password: in.Password, Active: in.Active}
	if in.Name != nil {
		patch.Name = &n.Name
	}
	return &n, patchUser(ctx, tx, a, u, patch, passwordHash, now)
}

func checkRiderPatch(in *RiderPatch, r, n *Rider, u *User) error {
	var f form
	f.unchanged("centerId", in.CenterID, r.CenterID)
	f.rider(n)
	if in.Login != nil {
		login := *in.Login
		f.login("login", &login)
		in.Login = &login
	}
	if in.Password != nil {
		f.password("password", *in.Password)
	}
	if u == nil && (in.Login == nil) != (in.Password == nil) {
		f.bad("login", "and password are needed together by a rider that has none")
	}
	return f.err()
}

func (f *form) rider(r *Rider) {
	f.needed("name", &r.Name, maxName)
	f.phone("phone", &r.Phone)
	oneOf(f, "vehicle", r.Vehicle, Motorcycle, Bicycle, Car, Foot)
	f.number("capacity", int64(r.Capacity), 1, maxCapacity)
}
