package domain

import (
	"context"
	"strings"
	"time"
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
	in.Text = CleanText(in.Text, true)
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

// RemoveMessage takes a line of the center's room away from everybody: its text
// is erased. What stays is who did it, when and why.
func (s *Service) RemoveMessage(ctx context.Context, tx Tx, a Actor, centerID, id string, in RemoveMessage) (*ChatRemoval, error) {
	if err := need(a, RoleManager); err != nil {
		return nil, err
	}
	if _, err := seenCenter(ctx, tx, a, centerID); err != nil {
		return nil, err
	}
	m, err := tx.FindChat(ctx, id)
	if err != nil {
		return nil, err
	}
	if m.Gone() || !m.PublicIn(centerID) {
		return nil, NotFound("message")
	}
	var f form
	f.needed("reason", &in.Reason, maxReason)
	if err := f.err(); err != nil {
		return nil, err
	}
	entry := &ChatMessage{ID: NewID(), CenterID: centerID, From: a.Person(), Text: in.Reason, At: s.now(), About: id}
	if err := tx.RemoveChat(ctx, entry); err != nil {
		return nil, err
	}
	e := AuditOf(a, entry.At, "chat", id, AuditChatRemoved)
	e.CenterID, e.Seq = centerID, entry.Seq
	// What it said is not kept here either: that is often why it had to go.
	e.Changes = []AuditChange{{Field: "from", From: m.From.Name}, {Field: "at", From: m.At.String()}, {Field: "text"}, {Field: "reason", To: in.Reason}}
	if err := tx.Audit(ctx, e); err != nil {
		return nil, err
	}
	return &ChatRemoval{ID: id, CenterID: centerID, By: entry.From, At: entry.At, Reason: in.Reason, Seq: entry.Seq}, nil
}

// Mark is what the actor says to have read, checked as far as it can be by itself.
func (in *MarkRead) Mark(a Actor, centerID string, now time.Time) (ChatRead, error) {
	var f form
	private := in.With != ""
	switch {
	case private && in.Seq != 0:
		f.bad("seq", "is of the room: a private talk has none")
	case private && in.With == a.UserID:
		f.bad("with", "is oneself")
	case private && in.DeliveredAt.IsZero() && in.ReadAt.IsZero():
		f.bad("readAt", "or deliveredAt is required of a private talk")
	case !private && in.Seq < 1:
		f.bad("seq", "must be a number of the chat")
	case !private && !(in.DeliveredAt.IsZero() && in.ReadAt.IsZero()):
		f.bad("with", "is required: times are of a private talk")
	}
	for name, at := range map[string]Time{"deliveredAt": in.DeliveredAt, "readAt": in.ReadAt} {
		if at.Sub(now) > deviceAhead {
			f.bad(name, "is more than 60 seconds ahead of the server's clock")
		}
	}
	if err := f.err(); err != nil {
		return ChatRead{}, err
	}
	r := ChatRead{CenterID: centerID, User: a.Person(), With: in.With, Seq: in.Seq, DeliveredAt: in.DeliveredAt, ReadAt: in.ReadAt}
	if r.ReadAt.After(r.DeliveredAt.Time) {
		r.DeliveredAt = r.ReadAt
	}
	return r, nil
}

// Newer is the further of two marks of the same reader and talk.
func (r ChatRead) Newer(o ChatRead) ChatRead {
	r.Seq = max(r.Seq, o.Seq)
	if o.DeliveredAt.After(r.DeliveredAt.Time) {
		r.DeliveredAt = o.DeliveredAt
	}
	if o.ReadAt.After(r.ReadAt.Time) {
		r.ReadAt = o.ReadAt
	}
	return r
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
