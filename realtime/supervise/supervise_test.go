package supervise

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestRunStartsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		begun, runs := time.Now(), 0
		Run(t.Context(), slog.New(slog.NewTextHandler(&out, nil)), "a task", func(context.Context) {
			if runs++; runs < 4 {
				panic("boom")
			}
		})
		if took := time.Since(begun); runs != 4 || took != 700*time.Millisecond {
			t.Errorf("%d runs in %s", runs, took)
		}
		if log := out.String(); strings.Count(log, "level=ERROR") != 3 || !strings.Contains(log, "a task") || !strings.Contains(log, "supervise_test.go") {
			t.Errorf("the log has no stack or name: %s", log)
		}
	})
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	runs := 0
	Run(ctx, slog.New(slog.DiscardHandler), "x", func(context.Context) { runs++; cancel(); panic("boom") })
	if runs != 1 {
		t.Errorf("%d runs", runs)
	}
}

func TestDo(t *testing.T) {
	var e *PanicError
	if err := Do(slog.New(slog.DiscardHandler), "x", func() { panic("boom") }); !errors.As(err, &e) || e.Value != "boom" {
		t.Errorf("%v", err)
	}
	if err := Do(slog.New(slog.DiscardHandler), "x", func() {}); err != nil {
		t.Error(err)
	}
}
