package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/brosops/bros/api"
)

// Room on a disk: below leastRoom writes may fail today, below littleRoom soon.
const (
	leastRoom  = 200 << 20
	littleRoom = 2 << 30
	fullDisk   = 0.9
)

// checkStorage tries the folders that the server writes to.
func (d *doctor) checkStorage() {
	if !d.right("BROS_DATA_DIR") {
		return
	}
	folders := []string{d.cfg.DataDir}
	if file, ok := strings.CutPrefix(d.cfg.DatabaseURL, "sqlite:"); ok && d.right("BROS_DATABASE_URL") {
		if dir := filepath.Dir(strings.TrimPrefix(file, "//")); filepath.Clean(dir) != filepath.Clean(d.cfg.DataDir) {
			folders = append(folders, dir)
		}
	}
	if photos := filepath.Join(d.cfg.DataDir, "photos"); exists(photos) {
		folders = append(folders, photos)
	}
	for _, dir := range folders {
		d.checkFolder(dir)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (d *doctor) checkFolder(dir string) {
	there, made := dir, "can be written"
	for !exists(there) && filepath.Dir(there) != there {
		there, made = filepath.Dir(there), "does not exist yet and can be made"
	}
	// Only a file that is really made proves that one can be.
	f, err := os.CreateTemp(there, ".bros-doctor-*")
	if err == nil {
		_, err = f.Write(make([]byte, 4096))
		err = errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	if err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		d.say(fault, "storage", fmt.Sprintf("%s can't be written: %v", dir, err), "give the folder to the user that bros runs as, or name another by BROS_DATA_DIR")
		return
	}
	free, total, err := diskRoom(there)
	switch {
	case err != nil:
		d.say(warning, "storage", fmt.Sprintf("%s %s, but how much room there is can't be found out: %v", dir, made, err), "see for yourself")
	case free < leastRoom:
		d.say(fault, "storage", fmt.Sprintf("%s has %d MB of room: writes are about to fail", dir, free>>20), "make room, or move the folder")
	case free < littleRoom || float64(free) < (1-fullDisk)*float64(total):
		d.say(warning, "storage", fmt.Sprintf("%s has %s of room, %d %% of its disk", dir, room(free), 100*free/max(total, 1)), "make room before it is full: writes are refused then")
	default:
		d.ok("storage", "%s %s and has %s of room", dir, made, room(free))
	}
}

func room(n uint64) string {
	if n < 10<<30 {
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d GB", n>>30)
}

// checkAddresses sees whether the server could listen, or does already.
func (d *doctor) checkAddresses(ctx context.Context) {
	if d.right("BROS_ADDR", "BROS_TLS_CERT", "BROS_TLS_KEY") {
		d.checkAddress(ctx, "BROS_ADDR", d.cfg.Addr, d.askServer)
	}
	if d.cfg.DebugAddr != "" && d.right("BROS_DEBUG_ADDR") {
		d.checkAddress(ctx, "BROS_DEBUG_ADDR", d.cfg.DebugAddr, askProfiles)
	}
}

// checkAddress takes an address for a moment; who has it is asked by ask, whose
// answer is empty when that is not bros.
func (d *doctor) checkAddress(ctx context.Context, name, addr string, ask func(context.Context, string) (l level, found, do string)) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err == nil {
		_ = ln.Close()
		d.ok("address", "%s %s is free", name, addr)
		return
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		if l, found, do := ask(ctx, addr); found != "" {
			d.say(l, "address", name+" "+addr+": "+found, do)
			return
		}
		d.say(fault, "address", name+" "+addr+" is taken, and not by bros", "find out by whom (ss -ltnp), or set another")
		return
	}
	var sys *os.SyscallError
	if errors.As(err, &sys) {
		err = sys.Err
	}
	d.say(fault, "address", fmt.Sprintf("%s %s can't be listened at: %v", name, addr, err), "an address of this machine is needed; ports below 1024 need the right to (setcap cap_net_bind_service)")
}

// askServer asks a server of these settings whether it is ready.
func (d *doctor) askServer(ctx context.Context, _ string) (l level, found, do string) {
	url, err := d.cfg.readyURL()
	if err != nil {
		return "", "", ""
	}
	var ready api.Readiness
	body, err := fetchLocal(ctx, clientOf(d.cfg.TLS), url)
	if err != nil || json.Unmarshal(body, &ready) != nil || ready.Status == "" {
		return "", "", ""
	}
	why := strings.Join(ready.Reasons, "; ")
	switch ready.Status {
	case "ok":
		return fine, "bros runs there and is ready", ""
	case "degraded":
		return warning, "bros runs there, degraded: " + why, "see the checks above"
	}
	return fault, "bros runs there and is not ready: " + why, "see the checks above, and the server's log"
}

func askProfiles(ctx context.Context, addr string) (l level, found, do string) {
	body, err := fetchLocal(ctx, clientOf(nil), "http://"+addr+"/debug/pprof/")
	if err != nil || !strings.Contains(string(body), "goroutine") {
		return "", "", ""
	}
	return fine, "profiles are served there", ""
}

func fetchLocal(ctx context.Context, c *http.Client, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, healthTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	res, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	return io.ReadAll(io.LimitReader(res.Body, 64<<10))
}

// fewFiles is a limit that a few thousand clients reach.
const fewFiles = 8192

// checkLimits looks at how many connections the system allows.
func (d *doctor) checkLimits() {
	files, err := openFiles()
	switch {
	case err != nil:
		d.ok("limits", "how many files may be open is not known on this system")
	case files < fewFiles:
		d.say(warning, "limits", fmt.Sprintf("%d files may be open at once, and each client takes one", files), "raise it: LimitNOFILE=65536 in the unit, or ulimit -n")
	default:
		d.ok("limits", "%d files may be open at once", files)
	}
}
