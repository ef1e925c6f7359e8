package main

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := func(vars ...string) func(string) string {
		return func(name string) string {
			for _, v := range vars {
				if k, val, _ := strings.Cut(v, "="); k == name {
					return val
				}
			}
			return ""
		}
	}
	var out strings.Builder
	s, err := parse(strings.Fields("-data d -speed 0 -origin 35,129"), env("BROS_URL=http://h:1", "BROS_LOGIN=admin", "BROS_PASSWORD_FILE="+secret), &out)
	if err != nil || s.server != "http://h:1" || s.login != "admin" || s.password != "from-file" || s.speed != 0 || s.origin != (place{35, 129}) {
		t.Errorf("%+v %v", s, err)
	}
	s, err = parse(strings.Fields("-url https://x -login b -password p -data d -speed 300"), env("BROS_URL=http://h:1", "BROS_LOGIN=admin", "BROS_PASSWORD=q"), &out)
	if err != nil || s.server != "https://x" || s.login != "b" || s.password != "p" {
		t.Errorf("%+v %v", s, err)
	}
	if d := s.deadline(10 * time.Hour); d != 34*time.Minute {
		t.Errorf("deadline %v", d)
	}

	_, err = parse(strings.Fields("-speed -1 -origin x -patience 0s left"), env("BROS_URL=ftp://h"), &out)
	for _, want := range []string{"-url:", "-login:", "-password:", "-data:", "-speed:", "-origin:", "-patience:", "left"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not in: %v", want, err)
		}
	}
	if _, err = parse([]string{"-sped", "1"}, env(), &out); err == nil {
		t.Error("an unknown flag is taken")
	}
	if _, err = parse([]string{"-help"}, env("BROS_PASSWORD=hidden"), &out); !errors.Is(err, flag.ErrHelp) || !strings.Contains(out.String(), "exit codes") || strings.Contains(out.String(), "hidden") {
		t.Errorf("help: %v\n%s", err, out.String())
	}
}

func TestExitCodes(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	noEnv := func(string) string { return "" }
	var out strings.Builder
	if code := run(t.Context(), []string{"-help"}, noEnv, &out, null); code != exitOK {
		t.Errorf("help: %d", code)
	}
	if code := run(t.Context(), []string{"-speed", "x"}, noEnv, &out, null); code != exitUsage {
		t.Errorf("wrong flag: %d", code)
	}
	there := strings.Fields("-url http://127.0.0.1:1 -login a -password p -patience 10ms -data ")
	if code := run(t.Context(), append(there, t.TempDir()), noEnv, &out, null); code != exitUsage {
		t.Errorf("no instance: %d", code)
	}
	if code := run(t.Context(), append(there, small), noEnv, &out, null); code != exitDifferent {
		t.Errorf("no server: %d", code)
	}
}
