package store

import (
	"context"
	"strings"
	"time"

	"github.com/brosops/bros/domain"
)

const sessionColumns = "sessions.hash, sessions.user_id, sessions.created_at, sessions.expires_at, sessions.remote_ip, sessions.user_agent"

// maxUserAgent bounds what is kept of a browser's name for itself.
const maxUserAgent = 200

// sessionRow is a session with its user.
type sessionRow struct {
	domain.Session
	user domain.User
}

func sessionCells(r *sessionRow) []any {
	s := &r.Session
	return append([]any{&s.Hash, &s.UserID, at(&s.CreatedAt), at(&s.ExpiresAt), &s.RemoteIP, &s.UserAgent}, userTable.cells(&r.user)...)
}

var selectSessions = "SELECT " + sessionColumns + ", " + userTable.list("users.") +
	" FROM sessions JOIN users ON users.id = sessions.user_id WHERE sessions.expires_at > ? AND users.active = ? AND "

// FindSession answers a session that stands and its user: NotFound for one that
// is unknown or expired, and for one of an inactive user.
func (q queries) FindSession(ctx context.Context, hash string, now time.Time) (*domain.Session, *domain.User, error) {
	r, err := findOne(ctx, q, "session", sessionCells, selectSessions+"sessions.hash = ?", now, true, hash)
	if err != nil {
		return nil, nil, err
	}
	return &r.Session, &r.user, nil
}

// LiveSessions answers the users of those of the sessions that stand, by hash.
func (q queries) LiveSessions(ctx context.Context, hashes []string, now time.Time) (map[string]domain.User, error) {
	const batch = 512
	out := make(map[string]domain.User, len(hashes))
	for len(hashes) > 0 {
		n := min(batch, len(hashes))
		marks, args := inList(hashes[:n])
		hashes = hashes[n:]
		rows, err := findAll(ctx, q, "sessions", sessionCells, selectSessions+"sessions.hash IN ("+marks+")",
			append([]any{now, true}, args...)...)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.Hash] = r.user
		}
	}
	return out, nil
}

// CreateSession writes a login, and what the audit says of it.
func (db *DB) CreateSession(ctx context.Context, s domain.Session, trail ...domain.AuditEntry) error {
	agent := strings.ToValidUTF8(s.UserAgent[:min(len(s.UserAgent), maxUserAgent)], "")
	return db.do(ctx, func(t *txn) error {
		_, err := t.run.exec(ctx, "INSERT INTO sessions (hash, user_id, created_at, expires_at, remote_ip, user_agent) VALUES (?, ?, ?, ?, ?, ?)",
			s.Hash, s.UserID, s.CreatedAt, s.ExpiresAt, s.RemoteIP, agent)
		if err != nil {
			return wrap("create session", err)
		}
		return t.Audit(ctx, trail...)
	})
}

// TouchSession moves the expiry of a session; one that is gone stays gone.
func (db *DB) TouchSession(ctx context.Context, hash string, expires time.Time) error {
	return db.do(ctx, func(t *txn) error {
		_, err := t.run.exec(ctx, "UPDATE sessions SET expires_at = ? WHERE hash = ?", expires, hash)
		return wrap("touch session", err)
	})
}

// DeleteSession ends a login, and writes what the audit says of that.
func (db *DB) DeleteSession(ctx context.Context, hash string, trail ...domain.AuditEntry) error {
	return db.do(ctx, func(t *txn) error {
		_, err := t.run.exec(ctx, "DELETE FROM sessions WHERE hash = ?", hash)
		if err != nil {
			return wrap("delete session", err)
		}
		return t.Audit(ctx, trail...)
	})
}

// CreateTicket writes a ticket of one use, for a session or (sessionHash empty) a key.
func (db *DB) CreateTicket(ctx context.Context, hash, sessionHash, actorID string, expires time.Time) error {
	return db.do(ctx, func(t *txn) error {
		_, err := t.run.exec(ctx, "INSERT INTO tickets (hash, session_hash, actor_id, expires_at) VALUES (?, ?, ?, ?)",
			hash, sessionHash, actorID, expires)
		return wrap("create ticket", err)
	})
}

// UseTicket takes a ticket and says whose it was; NotFound when it is unknown,
// used or expired. Of any number of users of one ticket one gets it: the one
// whose delete hit the row.
func (db *DB) UseTicket(ctx context.Context, hash string, now time.Time) (sessionHash, actorID string, err error) {
	err = db.do(ctx, func(t *txn) error {
		var row struct {
			SessionHash string   `db:"session_hash"`
			ActorID     string   `db:"actor_id"`
			ExpiresAt   nullTime `db:"expires_at"`
		}
		found, err := t.get(ctx, &row, "SELECT session_hash, actor_id, expires_at FROM tickets WHERE hash = ?", hash)
		if err != nil {
			return wrap("use ticket", err)
		}
		if !found || !row.ExpiresAt.After(now) {
			return domain.NotFound("ticket")
		}
		sessionHash, actorID = row.SessionHash, row.ActorID
		return t.delete(ctx, "ticket", "DELETE FROM tickets WHERE hash = ?", hash)
	})
	if err != nil {
		return "", "", err
	}
	return sessionHash, actorID, nil
}
