package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/brosops/bros/store/places"
)

type addressesCmd struct {
	Import addressesImportCmd `cmd:"" help:"Fill the index of addresses from files; the same call goes on after a kill."`
	Stats  addressesStatsCmd  `cmd:"" help:"Say what the index holds."`
}

type addressesImportCmd struct {
	Format  string   `required:"" enum:"juso,csv,geojson" help:"juso (도로명주소 내비게이션용DB, its monthly changes too), csv or geojson."`
	Replace bool     `help:"Begin with an empty index; else what is in it stays."`
	Files   []string `arg:"" name:"file" help:"Files, or folders of them."`
}

type addressesStatsCmd struct{}

// addressesFile is where the index is: beside an embedded database, else in the
// folder of data. The demonstration's towns are made up, so it has its own.
func (c Config) addressesFile() string {
	dir := c.DataDir
	if path, ok := strings.CutPrefix(c.DatabaseURL, "sqlite:"); ok {
		path, _, _ = strings.Cut(strings.TrimPrefix(path, "//"), "?")
		dir = filepath.Dir(path)
	}
	if c.Demo {
		return filepath.Join(dir, "demo-addresses.db")
	}
	return filepath.Join(dir, "addresses.db")
}

// Run imports. A file that is wrong changes nothing.
func (c addressesImportCmd) Run(env *runtimeEnv) error {
	cfg, err := env.config()
	if err != nil {
		return err
	}
	files, err := filesOf(c.Files)
	if err != nil {
		return err
	}
	path := cfg.addressesFile()
	p := newImportProgress(env.stderr)
	begun := time.Now()
	res, err := places.Import(env.ctx, places.ImportOptions{
		Path: path, Format: places.Format(c.Format), Files: files, Replace: c.Replace, Progress: p.show,
	})
	p.end()
	var bad *places.LineError
	switch {
	case errors.As(err, &bad):
		return fmt.Errorf("%w; nothing was imported", err)
	case err != nil && env.ctx.Err() != nil:
		return fmt.Errorf("stopped; the same command goes on from here (%w)", err)
	case err != nil:
		return err
	}
	if res.Resumed {
		fmt.Fprintln(env.stdout, "went on where an earlier import had ended")
	}
	_, err = fmt.Fprintf(env.stdout, "read %d rows in %s: %s has %d doors now, %d of them with an entrance\n",
		res.Rows, time.Since(begun).Round(time.Second), path, res.Stats.Doors, res.Stats.Entrances)
	return err
}

// filesOf are the named files, and all that are in the named folders.
func filesOf(names []string) (files []string, err error) {
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			files = append(files, name)
			continue
		}
		entries, err := os.ReadDir(name)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.Type().IsRegular() && !strings.HasPrefix(e.Name(), ".") {
				files = append(files, filepath.Join(name, e.Name()))
			}
		}
	}
	if len(files) == 0 {
		return nil, errors.New("there are no files in it")
	}
	return files, nil
}

// importProgress is a bar on a terminal, else a line now and then.
type importProgress struct {
	out  io.Writer
	bar  *progressbar.ProgressBar
	tty  bool
	last time.Time
}

func newImportProgress(out *os.File) *importProgress {
	return &importProgress{out: out, tty: term.IsTerminal(int(out.Fd())), last: time.Now()}
}

func (p *importProgress) show(read, total, rows int64) {
	if p.tty {
		if p.bar == nil {
			p.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(p.out), progressbar.OptionShowBytes(true),
				progressbar.OptionSetWidth(30), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
		}
		_ = p.bar.Set64(read) // cosmetics
		return
	}
	if time.Since(p.last) >= 5*time.Second {
		p.last = time.Now()
		fmt.Fprintf(p.out, "%d of %d MB, %d rows\n", read>>20, total>>20, rows)
	}
}

func (p *importProgress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
		_ = p.bar.Clear()
	}
}

// Run prints what the index holds.
func (addressesStatsCmd) Run(env *runtimeEnv) error {
	cfg, err := env.config()
	if err != nil {
		return err
	}
	path := cfg.addressesFile()
	st, err := places.ReadStats(env.ctx, path)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "file\t%s\n", path)
	if st.Updated.IsZero() {
		fmt.Fprintf(w, "doors\t0 (no file has been imported)\n")
		return w.Flush()
	}
	fmt.Fprintf(w, "size\t%.1f MB\nupdated\t%s\n", float64(st.Bytes)/(1<<20), st.Updated.Format(time.RFC3339))
	fmt.Fprintf(w, "doors\t%d\nentrances\t%d\nlots\t%d\nroads\t%d\ndongs\t%d\nbuildings\t%d\nareas\t%d\n", st.Doors, st.Entrances, st.Lots, st.Roads, st.Dongs, st.Buildings, st.Regions)
	for _, f := range st.Files {
		fmt.Fprintf(w, "from\t%s  %d rows  %s\n", filepath.Base(f.Path), f.Rows, f.At.Format(time.RFC3339))
	}
	return w.Flush()
}

// withDashes lets the commands of addresses be called as the contract writes them:
// -format, as Go's own flags are.
func withDashes(args []string) []string {
	if len(args) == 0 || args[0] != "addresses" {
		return args
	}
	out := append([]string{}, args...)
	for i, a := range out {
		for _, name := range []string{"format", "replace"} {
			if a == "-"+name || strings.HasPrefix(a, "-"+name+"=") {
				out[i] = "-" + a
			}
		}
	}
	return out
}
