package domain

import (
	"context"
	"strings"
	"unicode/utf8"
)

// Say writes a line into a center's chat, or a private one to in.To: a user's
// id, or a rider's.
func (s *Service) Say(ctx context.Context, tx Tx, a Actor, centerID string, in NewMessage) (*ChatMessage, error) {
	if err := need(a, RoleRider); err != nil {
		return nil, err
	}
	if _, err := seenCenter(ctx, tx, a, centerID); err != nil {
		return nil, err
	}
	var f form
	if n := utf8.RuneCountInString(in.Text); n > maxChat || strings.TrimSpace(in.Text) == "" {
		f.bad("text", "must have 1 to %d characters", maxChat)
	}
	if in.To != "" {
		to, err := chatPartner(ctx, tx, in.To)
		if err != nil {
			return nil, err
		}
		if to == nil || !to.Active || !to.Actor().Sees(centerID) {
			f.bad("to", "is nobody of this center")
		} else {
			in.To = to.ID
		}
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	m := &ChatMessage{ID: NewID(), CenterID: centerID, From: a.Person(), To: in.To, Text: in.Text, At: s.now()}
	if err := tx.AppendChat(ctx, m); err != nil {
		return nil, err
	}
	return m, nil
}

// chatPartner is the user of that id, or the user of the rider of that id; nil: neither.
func chatPartner(ctx context.Context, tx Tx, id string) (*User, error) {
	u, err := tx.FindUser(ctx, id)
	if isNotFound(err) {
		u, err = tx.FindRiderUser(ctx, id)
	}
	if isNotFound(err) {
		return nil, nil
	}
	return u, err
}

// Actor is what the user is as one who asks.
func (r *User) Actor() Actor {
	return Actor{UserID: r.ID, Login: r.Login, Name: r.Name, Role: r.Role, CenterIDs: r.CenterIDs, RiderID: r.RiderID}
}

// Actor is what the key is as one who asks.
func (r *APIKey) Actor() Actor {
	return Actor{UserID: r.ID, Name: r.Name, Role: RoleKey, CenterIDs: r.CenterIDs, Scopes: r.Scopes}
}
