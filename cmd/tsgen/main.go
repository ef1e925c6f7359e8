// Command tsgen writes web/sdk/src/types.gen.ts from the Go wire types, so that
// the pages can't drift from what the server sends.
//
//	go run ./cmd/tsgen          # write
//	go run ./cmd/tsgen -check   # fail when the file is stale
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
)

func main() {
	out := flag.String("out", "web/sdk/src/types.gen.ts", "file to write, from the module's root")
	check := flag.Bool("check", false, "write nothing; exit 1 when the file is not what would be written")
	flag.Parse()
	if err := run(*out, *check); err != nil {
		fmt.Fprintln(os.Stderr, "tsgen:", err)
		os.Exit(1)
	}
}

func run(path string, check bool) error {
	want, err := Generate(wireTypes, enums)
	if err != nil {
		return err
	}
	if !check {
		return os.WriteFile(path, want, 0o644)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%s is stale: run `make gen`", path)
	}
	return nil
}
