// Package web holds the built console, rider and tracking pages.
package web

import (
	"embed"
	"io/fs"
)

// The built pages; dist holds only .gitkeep until `npm run build` has run, so
// that the module compiles without Node.
//
//go:embed all:dist
var dist embed.FS

// FS is the built site: app.html, rider.html, tracking.html, assets/ (hashed
// names), the rider's manifest, icons and service worker. Before a build it is
// empty of all of them.
func FS() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil { // only a wrong path does that, and it is a constant
		panic(err)
	}
	return sub
}
