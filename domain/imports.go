package domain

import (
	"context"
	"errors"
)

// MaxImport bounds the rows of one import.
const MaxImport = 500

// ImportRow is one row of a file with shops or riders: what it is called, and
// everything that is wrong with it.
type ImportRow struct {
	Line   int     `json:"line"` // in the file, from 1
	Name   string  `json:"name"`
	Errors []Field `json:"errors,omitempty"`
}

// ImportShops adds shops to a center (manager), all of them or none. rows names
// the line of each and what reading it found; taken are names in use. The rows
// come back with every fault; with one, or when dry, nothing is written.
func (s *Service) ImportShops(ctx context.Context, tx Tx, a Actor, centerID string, in []NewShop, rows []ImportRow, taken map[string]bool, dry bool) (int, error) {
	if err := mayImport(ctx, tx, a, centerID); err != nil {
		return 0, err
	}
	shops, clean, seen := make([]*Shop, len(in)), true, map[string]bool{}
	for i := range in {
		in[i].CenterID = centerID
		shop, err := s.newShop(in[i])
		rows[i].Name = shop.Name
		rows[i].note(err)
		if shop.Name != "" && (taken[shop.Name] || seen[shop.Name]) {
			rows[i].Errors = append(rows[i].Errors, NewField("name", "is there already"))
		}
		seen[shop.Name] = true
		shops[i], clean = shop, clean && len(rows[i].Errors) == 0
	}
	if !clean || dry {
		return 0, nil
	}
	for _, shop := range shops {
		if err := addShop(ctx, tx, a, shop); err != nil {
			return 0, err
		}
	}
	return len(shops), nil
}

// ImportRiders is ImportShops for riders, with their logins; taken are logins in
// use. hashes are of their passwords, in the order of the rows.
func (s *Service) ImportRiders(ctx context.Context, tx Tx, a Actor, centerID string, in []NewRider, rows []ImportRow, taken map[string]bool, hashes []string, dry bool) (int, error) {
	if err := mayImport(ctx, tx, a, centerID); err != nil {
		return 0, err
	}
	changes, riders, clean, seen := make([]*Change, len(in)), make([]*Rider, len(in)), true, map[string]bool{}
	now := s.now()
	for i := range in {
		in[i].CenterID = centerID
		r, err := newRider(&in[i], now)
		rows[i].Name = r.Name
		rows[i].note(err)
		if login := in[i].Login; login != "" && (taken[login] || seen[login]) {
			rows[i].Errors = append(rows[i].Errors, NewField("login", "is taken"))
		}
		seen[in[i].Login] = true
		riders[i], changes[i] = r, &Change{Event: EventRiderChanged, Record: r, Fields: changed(nil, r)}
		clean = clean && len(rows[i].Errors) == 0
	}
	if !clean || dry {
		return 0, nil
	}
	if err := tx.Append(ctx, a, centerID, now, changes...); err != nil {
		return 0, err
	}
	for i, r := range riders {
		if in[i].Login == "" {
			continue
		}
		if err := createRiderUser(ctx, tx, a, r, in[i].Login, hashes[i], now); err != nil {
			return 0, err
		}
	}
	return len(riders), nil
}

func mayImport(ctx context.Context, tx Tx, a Actor, centerID string) error {
	if err := need(a, RoleManager); err != nil {
		return err
	}
	if centerID == "" {
		return Invalid("centerId", "is required")
	}
	return namedCenter(ctx, tx, a, centerID)
}

// note keeps what is wrong with the form of a row, unless reading the file has
// found fault with that field already.
func (r *ImportRow) note(err error) {
	var e *Error
	if !errors.As(err, &e) {
		return
	}
	known := map[string]bool{}
	for _, f := range r.Errors {
		known[f.Field] = true
	}
	for _, f := range e.Fields {
		if !known[f.Field] {
			r.Errors = append(r.Errors, f)
		}
	}
}
