package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/brosops/bros/cmd/bros/demo/town"
)

// withTown gives the demonstration its town: its map, where no other is set, and
// its roads, where there is no router.
func (c Config) withTown() (Config, error) {
	if c.Router == nil {
		c.Router = town.Made().Roads
	}
	if c.TilesFile != "" || c.Tiles != nil {
		return c, nil
	}
	archive, err := town.Made().Archive()
	if err != nil {
		return c, err
	}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return c, err
	}
	c.TilesFile = filepath.Join(c.DataDir, "demo-town.pmtiles")
	if err := os.WriteFile(c.TilesFile, archive, 0o600); err != nil {
		return c, fmt.Errorf("write the demonstration's map: %w", err)
	}
	return c, nil
}
