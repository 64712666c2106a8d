// Package web carries the browser's side of Guatu inside the binary: what
// `make web` built into dist.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

//go:embed unbuilt
var unbuilt embed.FS

// FS returns the built pages with index.html at the root. Where the binary was
// built before the pages, it returns one page that says to run `make web`.
func FS() fs.FS {
	if _, err := fs.Stat(dist, "dist/index.html"); err != nil {
		return sub(unbuilt, "unbuilt")
	}
	return sub(dist, "dist")
}

// Built reports whether FS holds the real pages.
func Built() bool {
	_, err := fs.Stat(dist, "dist/index.html")
	return err == nil
}

func sub(fsys embed.FS, dir string) fs.FS {
	s, err := fs.Sub(fsys, dir)
	if err != nil {
		panic("web: " + err.Error()) // the folder is embedded above
	}
	return s
}
