// Command bros is the delivery-operations server: it serves the API, the
// realtime connections and the pages, and has the few commands that an operator
// needs beside it.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is stamped in by the linker (see the Makefile).
var version = "devel"

// command is the whole command line.
type command struct {
	Settings

	Serve     serveCmd     `cmd:"" help:"Run the server."`
	Migrate   migrateCmd   `cmd:"" help:"Change the database's schema (serve does up by itself)."`
	User      userCmd      `cmd:"" help:"Add users, set passwords, list."`
	DB        dbCmd        `cmd:"" name:"db" help:"Work on the database."`
	Health    healthCmd    `cmd:"" help:"Ask the server that runs here whether it is ready (exit code 0 or 1)."`
	Doctor    doctorCmd    `cmd:"" help:"Check settings, database, Redis, mail, clock and addresses, and say what to do (exit code 1: a fault)."`
	Alert     alertCmd     `cmd:"" help:"Error mail."`
	Addresses addressesCmd `cmd:"" help:"Import addresses, and say which there are."`
	Privacy   privacyCmd   `cmd:"" help:"Mask, export and forget customers."`
	Version   versionCmd   `cmd:"" help:"Print the version."`
}

// runtimeEnv is what every command runs with.
type runtimeEnv struct {
	ctx      context.Context
	settings *Settings
	problems problems // found while the settings were read
	environ  []string
	// openFlags are the settings that are secret and were given as flags.
	openFlags []string
	stdin     *os.File
	stdout    io.Writer
	stderr    *os.File
}

func (e *runtimeEnv) config() (Config, error) { return e.settings.Config(e.problems) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	err := run(ctx, os.Args[1:], os.Environ(), newEnvironment(), os.Stdin, os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bros:", err)
	}
	os.Exit(exitCode(err))
}

// run is main without the process around it.
func run(ctx context.Context, args, environ []string, vars *environment, stdin *os.File, stdout io.Writer, stderr *os.File) error {
	cmd, parsed, err := parseArgs(args, vars, stdout, stderr)
	if err != nil || parsed == nil {
		return err
	}
	return parsed.Run(&runtimeEnv{
		ctx: ctx, settings: &cmd.Settings, problems: vars.problems, environ: environ, openFlags: openSecrets(args),
		stdin: stdin, stdout: stdout, stderr: stderr,
	})
}

// parseArgs reads the command line; it answers nothing when help was asked for
// and has been shown.
func parseArgs(args []string, vars *environment, stdout, stderr io.Writer) (*command, *kong.Context, error) {
	var cmd command
	shown := false
	parser, err := kong.New(&cmd,
		kong.Name("bros"),
		kong.Description("Delivery operations: orders in, riders out, every screen live.\n\n"+
			"Every flag can be given as the environment variable in its help, or in a file named by NAME_FILE."),
		kong.Writers(stdout, stderr),
		kong.Resolvers(vars),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.Exit(func(int) { shown = true }), // after --help
	)
	if err != nil {
		return nil, nil, fmt.Errorf("build the command line: %w", err)
	}
	switch {
	case len(args) == 0:
		args = []string{"--help"}
	case args[0] == "help":
		args = append(slices.Clone(args[1:]), "--help")
	}
	parsed, err := parser.Parse(withDashes(args))
	switch {
	case shown:
		return nil, nil, nil
	case err != nil:
		return nil, nil, &usageError{err}
	}
	return &cmd, parsed, nil
}

type versionCmd struct{}

func (versionCmd) Run(env *runtimeEnv) error {
	_, err := fmt.Fprintf(env.stdout, "bros %s %s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
