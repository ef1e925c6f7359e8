package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"

	"github.com/brosops/bros/api/session"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/store"
)

// useCases are those that the commands call without a server around them.
var useCases = &domain.Service{}

// createAdmin gives an empty database its first user. Without a password it
// makes a random one and returns it; with one, or when there are users
// already, it returns nothing.
func createAdmin(ctx context.Context, db *store.DB, password string) (generated string, err error) {
	n, err := db.CountUsers(ctx)
	if err != nil || n > 0 {
		return "", err
	}
	if domain.CommonPassword(password) {
		return "", &settingsError{problems{"BROS_ADMIN_PASSWORD: is among the first that are guessed"}}
	}
	if password == "" {
		generated = domain.NewSecret()
		password = generated
	}
	_, err = addUser(ctx, db, domain.NewUser{Login: "admin", Name: "Admin", Role: domain.RoleAdmin, Password: password})
	var de *domain.Error
	if errors.As(err, &de) && de.Code == domain.CodeConflict {
		return "", nil // another process on the same new database was faster
	}
	return generated, err
}

// addUser creates a user as the server itself does.
func addUser(ctx context.Context, db *store.DB, in domain.NewUser) (user *domain.User, err error) {
	hash, err := session.HashPassword(in.Password)
	if err != nil {
		return nil, err
	}
	err = db.Write(ctx, func(tx domain.Tx) error {
		user, err = useCases.CreateUser(ctx, tx, domain.System, in, hash)
		return err
	})
	return user, err
}

// setPassword gives a user a new password and ends its sessions.
func setPassword(ctx context.Context, db *store.DB, login, password string) (user *domain.User, err error) {
	user, _, err = db.FindLogin(ctx, strings.ToLower(login))
	if err != nil {
		return nil, err
	}
	hash, err := session.HashPassword(password)
	if err != nil {
		return nil, err
	}
	id := user.ID
	err = db.Write(ctx, func(tx domain.Tx) error {
		user, err = useCases.UpdateUser(ctx, tx, domain.System, id, domain.UserPatch{Password: &password}, hash)
		return err
	})
	return user, err
}

type userCmd struct {
	Add      userAddCmd      `cmd:"" help:"Add somebody of the staff (riders are added by the API or the settings page)."`
	Password userPasswordCmd `cmd:"" help:"Set a password; the user's sessions end."`
	List     userListCmd     `cmd:"" help:"List the users."`
}

type userAddCmd struct {
	Login   string   `arg:"" help:"Login name."`
	Name    string   `help:"Name shown to others (default: the login)."`
	Role    string   `default:"agent" help:"agent, dispatcher, manager or admin."`
	Centers []string `name:"center" help:"Code of a center the user works for; may be repeated."`
}

// Run asks for the password on a terminal, else reads it from the first line
// of standard input; an empty one is replaced by a random one, which is printed.
func (c userAddCmd) Run(env *runtimeEnv) error {
	return withDatabase(env, func(db *store.DB) error {
		ids, err := centerIDs(env.ctx, db, c.Centers)
		if err != nil {
			return err
		}
		password, generated, err := readPassword(env)
		if err != nil {
			return err
		}
		name := c.Name
		if name == "" {
			name = c.Login
		}
		user, err := addUser(env.ctx, db, domain.NewUser{
			Login: c.Login, Name: name, Role: domain.Role(c.Role), CenterIDs: ids, Password: password,
		})
		if err != nil {
			return plain(err)
		}
		fmt.Fprintf(env.stdout, "added %s (%s)\n", user.Login, user.Role)
		if generated {
			fmt.Fprintf(env.stdout, "password: %s\n", password)
		}
		return nil
	})
}

type userPasswordCmd struct {
	Login string `arg:"" help:"Login name."`
}

// Run reads the password as userAddCmd does.
func (c userPasswordCmd) Run(env *runtimeEnv) error {
	return withDatabase(env, func(db *store.DB) error {
		password, generated, err := readPassword(env)
		if err != nil {
			return err
		}
		user, err := setPassword(env.ctx, db, c.Login, password)
		if err != nil {
			return plain(err)
		}
		fmt.Fprintf(env.stdout, "the password of %s is set\n", user.Login)
		if generated {
			fmt.Fprintf(env.stdout, "password: %s\n", password)
		}
		return nil
	})
}

type userListCmd struct{}

func (userListCmd) Run(env *runtimeEnv) error {
	return withDatabase(env, func(db *store.DB) error {
		out := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(out, "LOGIN\tNAME\tROLE\tACTIVE\tCENTERS")
		for page := (domain.Page{Limit: 200}); ; {
			users, next, err := db.ListUsers(env.ctx, domain.SetupFilter{}, page)
			if err != nil {
				return err
			}
			for _, u := range users {
				fmt.Fprintf(out, "%s\t%s\t%s\t%t\t%s\n", u.Login, u.Name, u.Role, u.Active, strings.Join(u.CenterIDs, " "))
			}
			if next == "" {
				return out.Flush()
			}
			page.Cursor = next
		}
	})
}

// centerIDs finds centers by code or id.
func centerIDs(ctx context.Context, db *store.DB, codes []string) ([]string, error) {
	if len(codes) == 0 {
		return nil, nil
	}
	known := map[string]string{}
	for page := (domain.Page{Limit: 200}); ; {
		centers, next, err := db.ListCenters(ctx, domain.SetupFilter{}, page)
		if err != nil {
			return nil, err
		}
		for _, c := range centers {
			known[c.Code], known[c.ID] = c.ID, c.ID
		}
		if next == "" {
			break
		}
		page.Cursor = next
	}
	var ids []string
	for _, code := range codes {
		id, ok := known[code]
		if !ok {
			return nil, &usageError{fmt.Errorf("there is no center %q", code)}
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// readPassword never takes it from the command line, where others could see it.
func readPassword(env *runtimeEnv) (password string, generated bool, err error) {
	if term.IsTerminal(int(env.stdin.Fd())) {
		fmt.Fprint(env.stderr, "password (empty: a random one): ")
		raw, err := term.ReadPassword(int(env.stdin.Fd()))
		fmt.Fprintln(env.stderr)
		if err != nil {
			return "", false, fmt.Errorf("read the password: %w", err)
		}
		password = string(raw)
	} else {
		line, err := bufio.NewReader(env.stdin).ReadString('\n')
		if err != nil && line == "" && !errors.Is(err, io.EOF) {
			return "", false, fmt.Errorf("read the password: %w", err)
		}
		password = strings.TrimRight(line, "\r\n")
	}
	if password == "" {
		return domain.NewSecret(), true, nil
	}
	return password, false, nil
}

// plain words a domain error for a terminal.
func plain(err error) error {
	var de *domain.Error
	if errors.As(err, &de) {
		return errors.New(de.Detail)
	}
	return err
}

// withDatabase runs fn on the database of the settings. A server may be
// running on it at the same time, perhaps an older one: only serve and migrate
// change the schema of a database that has one.
func withDatabase(env *runtimeEnv, fn func(*store.DB) error) error {
	cfg, err := env.config()
	if err != nil {
		return err
	}
	db, err := store.Open(env.ctx, store.Options{URL: cfg.DatabaseURL, Logger: cfg.logger(env.stderr), Begin: true})
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	return errors.Join(fn(db), db.Close())
}
