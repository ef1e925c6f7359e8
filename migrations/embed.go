// Package migrations carries the schema of each engine, in step with each other:
// the same versions, tables, columns and indexes (a test of package store
// compares them).
package migrations

import (
	"embed"
	"io/fs"
)

//go:embed sqlite/*.sql sqlserver/*.sql
var files embed.FS

// For is the migrations of an engine, "sqlite" or "sqlserver".
func For(engine string) (fs.FS, error) { return fs.Sub(files, engine) }
