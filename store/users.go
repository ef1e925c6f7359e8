package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/brosops/bros/domain"
)

var userTable = table[domain.User]{
	name: "users",
	columns: []string{"id", "login_name", "name", "role", "center_ids", "rider_id", "active",
		"created_at", "version", "modified_at"},
	cells: func(u *domain.User) []any {
		return []any{&u.ID, &u.Login, &u.Name, (*string)(&u.Role), jsonCell{&u.CenterIDs}, &u.RiderID, &u.Active,
			at(&u.CreatedAt), &u.Version, at(&u.ModifiedAt)}
	},
	extra:  []string{"search"},
	extras: func(u *domain.User) []any { return []any{searchText(u.Name, u.Login)} },
	fixed:  []string{"id", "created_at"},
}

var (
	selectUsers          = "SELECT " + userTable.list("") + " FROM users"
	insertUser           = userTable.insert("password_hash")
	updateUser, pickUser = userTable.update()
)

// loginRow is a user with the password hash.
type loginRow struct {
	domain.User
	hash string
}

// FindUser answers the user with this id.
func (q queries) FindUser(ctx context.Context, id string) (*domain.User, error) {
	return findOne(ctx, q, "user", userTable.cells, selectUsers+" WHERE id = ?", id)
}

// FindRiderUser answers the user that is this rider.
func (q queries) FindRiderUser(ctx context.Context, riderID string) (*domain.User, error) {
	return findOne(ctx, q, "user", userTable.cells, selectUsers+" WHERE rider_id = ? AND rider_id <> ''", riderID)
}

// FindLogin answers the user and password hash behind a login name.
func (q queries) FindLogin(ctx context.Context, login string) (*domain.User, string, error) {
	row, err := findOne(ctx, q, "user",
		func(r *loginRow) []any { return append(userTable.cells(&r.User), &r.hash) },
		"SELECT "+userTable.list("")+", password_hash FROM users WHERE login_name = ?", login)
	if err != nil {
		return nil, "", err
	}
	return &row.User, row.hash, nil
}

// ListUsers answers the users that fit, newest first. Who may act in all
// centers belongs to none of a list of centers.
func (q queries) ListUsers(ctx context.Context, f domain.SetupFilter, p domain.Page) ([]domain.User, string, error) {
	w, none := memberWhere(q.d, f)
	if none {
		return nil, "", nil
	}
	switch f.Accounts {
	case domain.AccountsStaff:
		w.and("role <> ?", string(domain.RoleRider))
	case domain.AccountsRiders:
		w.and("role = ?", string(domain.RoleRider))
	}
	return listPage(ctx, q, "users", selectUsers, "created_at", userTable.cells,
		func(u *domain.User) (domain.Time, string) { return u.CreatedAt, u.ID }, w, p)
}

// CountUsers is how many users there are; none in a fresh database.
func (q queries) CountUsers(ctx context.Context) (int, error) {
	var n int
	_, err := q.get(ctx, &n, "SELECT COUNT(*) FROM users")
	return n, wrap("count users", err)
}

// CreateUser writes a new user; conflict when the login is taken.
func (t *txn) CreateUser(ctx context.Context, u *domain.User, hash string) error {
	t.created(&u.CreatedAt)
	args, err := userTable.args(u)
	if err != nil {
		return fmt.Errorf("create user: %w", err)
	}
	_, err = t.run.exec(ctx, insertUser, append(args, hash)...)
	return t.taken(err, "create user", "this login is taken")
}

// UpdateUser writes u if its stored version is prev; an empty hash keeps the password.
func (t *txn) UpdateUser(ctx context.Context, u *domain.User, hash string, prev int64) error {
	args, err := userTable.args(u)
	if err != nil {
		return fmt.Errorf("update user: %w", err)
	}
	if err := t.conditional(ctx, "update user", updateUser, pickUser(args, u.ID, prev)); err != nil {
		return t.taken(err, "update user", "this login is taken")
	}
	if hash == "" {
		return nil
	}
	_, err = t.run.exec(ctx, "UPDATE users SET password_hash = ? WHERE id = ?", hash, u.ID)
	return wrap("update password", err)
}

// DeleteUser removes a user, its sessions, and how far it has read.
func (t *txn) DeleteUser(ctx context.Context, id string) error {
	if err := t.EndSessions(ctx, id); err != nil {
		return err
	}
	if _, err := t.run.exec(ctx, forgetReads, id, id); err != nil {
		return wrap("forget read marks", err)
	}
	return t.delete(ctx, "user", "DELETE FROM users WHERE id = ?", id)
}

// HoldStaff touches a row first: under snapshots a read alone holds nobody back.
func (t *txn) HoldStaff(ctx context.Context) error {
	for range 3 {
		n, err := t.run.exec(ctx, touchMeta, metaStaff)
		if err != nil || n > 0 {
			return wrap("hold the staff", err)
		}
		if _, err = t.run.exec(ctx, insertMeta, metaStaff, "1", metaStaff); err != nil && t.d.class(err) != classDuplicate {
			return wrap("hold the staff", err)
		}
	}
	return errAgain
}

// EndSessions deletes every session of a user.
func (t *txn) EndSessions(ctx context.Context, userID string) error {
	_, err := t.run.exec(ctx, "DELETE FROM sessions WHERE user_id = ?", userID)
	return wrap("end sessions", err)
}

// memberWhere is the conditions of a list whose records carry their centers as
// a JSON array of ids.
func memberWhere(d dialect, f domain.SetupFilter) (w where, none bool) {
	if f.CenterIDs != nil {
		if len(f.CenterIDs) == 0 {
			return w, true
		}
		conds := make([]string, len(f.CenterIDs))
		args := make([]any, len(f.CenterIDs))
		for i, id := range f.CenterIDs {
			conds[i], args[i] = d.contains("center_ids"), `"`+id+`"`
		}
		w.and("("+strings.Join(conds, " OR ")+")", args...)
	}
	w.search(d, f.Query)
	return w, false
}
