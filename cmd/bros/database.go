package main

import (
	"fmt"
	"time"

	"github.com/brosops/bros/store"
)

type migrateCmd struct {
	Up     migrateUpCmd     `cmd:"" help:"Bring the schema to this version of bros."`
	Down   migrateDownCmd   `cmd:"" help:"Take back the newest migration."`
	Status migrateStatusCmd `cmd:"" help:"Say which migrations have run."`
}

type (
	migrateUpCmd     struct{}
	migrateDownCmd   struct{}
	migrateStatusCmd struct{}
)

func (migrateUpCmd) Run(env *runtimeEnv) error     { return migrate(env, "up") }
func (migrateDownCmd) Run(env *runtimeEnv) error   { return migrate(env, "down") }
func (migrateStatusCmd) Run(env *runtimeEnv) error { return migrate(env, "status") }

// migrate changes the schema of the database of the settings.
func migrate(env *runtimeEnv, direction string) error {
	cfg, err := env.config()
	if err != nil {
		return err
	}
	steps, err := store.Migrate(env.ctx, cfg.DatabaseURL, direction)
	if err != nil {
		return err
	}
	for _, m := range steps {
		applied := "pending"
		if !m.Applied.IsZero() {
			applied = m.Applied.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(env.stdout, "%-20s  %s\n", applied, m.Name)
	}
	return nil
}

type dbCmd struct {
	NewEpoch newEpochCmd `cmd:"" name:"new-epoch" help:"Start a new history: run it once after a backup was restored, before the server starts."`
	Backup   backupCmd   `cmd:"" help:"Copy a SQLite database to a new file while the server goes on."`
}

type backupCmd struct {
	File string `arg:"" help:"Where to; it must not exist."`
}

// Run writes the copy; photos are files beside the database and are copied as such.
func (c backupCmd) Run(env *runtimeEnv) error {
	cfg, err := env.config()
	if err != nil {
		return err
	}
	if err := store.Backup(env.ctx, cfg.DatabaseURL, c.File); err != nil {
		return plain(err)
	}
	_, err = fmt.Fprintf(env.stdout, "backed up to %s\n", c.File)
	return err
}

type newEpochCmd struct{}

// Run makes every client take a fresh snapshot: numbers of the history that
// the backup does not know must not be resumed from.
func (newEpochCmd) Run(env *runtimeEnv) error {
	return withDatabase(env, func(db *store.DB) error {
		epoch, err := db.NewEpoch(env.ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(env.stdout, "epoch %s\n", epoch)
		return nil
	})
}
