package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/migrations"
)

// Migration is one step of the schema.
type Migration struct {
	Version int64
	Name    string
	Applied time.Time // zero: not applied
}

// migrateTries bounds how often bringing a schema up is begun anew: nodes that
// start together on one file may get into each other's way, and then one finds
// the work done.
const migrateTries = 5

// Migrate changes the schema of a database: command is "up" (to the newest),
// "down" (one step back) or "status" (nothing). It answers where every step stands.
func Migrate(ctx context.Context, url, command string) ([]Migration, error) {
	d, err := dialectOf(url)
	if err != nil {
		return nil, err
	}
	o := Options{URL: url}
	o.fill()
	p, err := provider(ctx, d, o)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	switch command {
	case "up":
		err = migrateUp(ctx, p)
	case "down":
		_, err = p.Down(ctx)
		if errors.Is(err, goose.ErrNoNextVersion) {
			err = nil // there is nothing left to undo
		}
	case "status":
	default:
		err = domain.Invalid("command", "is none of up, down, status")
	}
	if err != nil {
		return nil, wrap("migrate "+command, err)
	}
	states, err := p.Status(ctx)
	if err != nil {
		return nil, wrap("migrate "+command, err)
	}
	out := make([]Migration, len(states))
	for i, s := range states {
		out[i] = Migration{Version: s.Source.Version, Name: s.Source.Path, Applied: s.AppliedAt}
	}
	return out, nil
}

func provider(ctx context.Context, d dialect, o Options) (*goose.Provider, error) {
	db, gd, locker, err := d.migrator(ctx, o)
	if err != nil {
		return nil, wrap("open the database", err)
	}
	files, err := migrations.For(d.engine())
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	opts := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()),
		goose.WithAllowOutofOrder(true)} // work that went on side by side lands with its own numbers
	if locker != nil {
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(gd, db, files, opts...)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return p, nil
}

func migrateUp(ctx context.Context, p *goose.Provider) (err error) {
	for range migrateTries {
		if _, err = p.Up(ctx); err == nil || ctx.Err() != nil {
			return err
		}
	}
	return err
}

// prepareSchema brings the schema up, or says that it is old.
func prepareSchema(ctx context.Context, d dialect, o Options) error {
	p, err := provider(ctx, d, o)
	if err != nil {
		return err
	}
	defer p.Close()
	if o.Migrate {
		return wrap("migrate up", migrateUp(ctx, p))
	}
	pending, err := p.HasPending(ctx)
	if err != nil {
		return wrap("look at the schema", err)
	}
	if pending && o.Begin {
		version, err := p.GetDBVersion(ctx)
		if err != nil {
			return wrap("look at the schema", err)
		}
		if version == 0 {
			return wrap("migrate up", migrateUp(ctx, p))
		}
	}
	if pending {
		return fmt.Errorf("the database has an older schema: run `bros migrate up` first (serve does it by itself)")
	}
	return nil
}
