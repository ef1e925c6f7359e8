package store

import (
	"context"
	"database/sql"

	"github.com/brosops/bros/domain"
)

// A private message has no number: NULL, read as 0.
const chatColumns = "id, center_id, COALESCE(seq, 0), from_id, from_name, from_role, to_id, body, at, COALESCE(about_id, '')"

// saidChat are messages, and those alone that were not taken away.
const saidChat = "about_id IS NULL AND body <> ''"

func chatCells(m *domain.ChatMessage) []any {
	return []any{&m.ID, &m.CenterID, &m.Seq, &m.From.ID, &m.From.Name, (*string)(&m.From.Role), &m.To, &m.Text, at(&m.At), &m.About}
}

// AppendChat gives a public message the next number of the center's chat log
// and writes it; a private one has no number.
func (t *txn) AppendChat(ctx context.Context, m *domain.ChatMessage) error {
	var seq sql.NullInt64 // a private message has none
	if m.To == "" {
		hit, err := t.run.exec(ctx, "UPDATE heads SET chat_seq = chat_seq + 1 WHERE center_id = ?", m.CenterID)
		if err != nil {
			return wrap("reserve a chat number", err)
		}
		if hit == 0 {
			return domain.NotFound("center")
		}
		if _, err := t.get(ctx, &m.Seq, "SELECT chat_seq FROM heads WHERE center_id = ?", m.CenterID); err != nil {
			return wrap("reserve a chat number", err)
		}
		seq = sql.NullInt64{Int64: m.Seq, Valid: true}
	} else {
		m.Seq = 0
	}
	_, err := t.run.exec(ctx, "INSERT INTO chat (id, center_id, seq, from_id, from_name, from_role, to_id, body, at, about_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		m.ID, m.CenterID, seq, m.From.ID, m.From.Name, string(m.From.Role), m.To, m.Text, m.At, sql.NullString{String: m.About, Valid: m.About != ""})
	if err != nil {
		return wrap("write chat", err)
	}
	t.chats = append(t.chats, *m)
	return nil
}

// FindChat answers a message, one that was taken away too.
func (q queries) FindChat(ctx context.Context, id string) (*domain.ChatMessage, error) {
	return findOne(ctx, q, "message", chatCells, "SELECT "+chatColumns+" FROM chat WHERE id = ? AND about_id IS NULL", id)
}

// RemoveChat erases the text of the message entry.About, and appends entry to the
// center's chat log.
func (t *txn) RemoveChat(ctx context.Context, entry *domain.ChatMessage) error {
	hit, err := t.run.exec(ctx, "UPDATE chat SET body = '' WHERE id = ? AND to_id = '' AND "+saidChat, entry.About)
	if err != nil {
		return wrap("erase a message", err)
	}
	if hit == 0 {
		return domain.NotFound("message")
	}
	return t.AppendChat(ctx, entry)
}

// ChatAfter answers at most limit entries of the center's chat log with seq >
// after, oldest first: messages, those taken away too (without text), and what
// took them away.
func (q queries) ChatAfter(ctx context.Context, centerID string, after int64, limit int) ([]domain.ChatMessage, error) {
	return findAll(ctx, q, "chat", chatCells,
		"SELECT "+chatColumns+" FROM chat WHERE center_id = ? AND seq IS NOT NULL AND seq > ? ORDER BY seq "+q.d.page(), centerID, after, limit)
}

// ListChat answers a center's messages that the user may read, newest first:
// public ones, and private ones from or to the user.
func (q queries) ListChat(ctx context.Context, centerID, userID string, p domain.Page) ([]domain.ChatMessage, string, error) {
	var w where
	w.and("center_id = ?", centerID)
	w.and(saidChat)
	w.and("(to_id = '' OR to_id = ? OR from_id = ?)", userID, userID)
	return listPage(ctx, q, "chat", "SELECT "+chatColumns+" FROM chat", "at", chatCells,
		func(m *domain.ChatMessage) (domain.Time, string) { return m.At, m.ID }, w, p)
}
