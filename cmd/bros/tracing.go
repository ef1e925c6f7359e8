package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

const (
	// traceFlush is how long a stop waits for spans that are not sent yet.
	traceFlush = 500 * time.Millisecond
	// traceGrumble is the least pause between two lines of the log about a collector.
	traceGrumble = time.Minute
)

// tracer sends spans to a collector, as the standard variables of OpenTelemetry
// ask for: off unless one of the endpoints is set.
type tracer struct {
	provider *sdktrace.TracerProvider
	failures prometheus.Counter
}

// wantsTraces reads the variables that turn traces on and off; the others are read
// by the library itself.
func wantsTraces(getenv func(string) string) bool {
	return !strings.EqualFold(getenv("OTEL_SDK_DISABLED"), "true") && getenv("OTEL_TRACES_EXPORTER") != "none" &&
		(getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != "")
}

// newTracer is nil where no traces are asked for. A collector that does not answer
// is no error: spans wait in a bounded queue, and are dropped past it.
func newTracer(ctx context.Context, cfg Config, log *slog.Logger) (*tracer, error) {
	if !wantsTraces(os.Getenv) {
		return nil, nil
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"} {
		if v := os.Getenv(name); v != "" && v != "http/protobuf" {
			log.Warn("traces are sent by http/protobuf alone", "name", name, "value", v)
		}
	}
	t := &tracer{failures: prometheus.NewCounter(prometheus.CounterOpts{
		Name: "bros_trace_failures_total", Help: "Errors in sending traces; what was not sent is dropped.",
	})}
	otel.SetErrorHandler(t.grumble(log))
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("send traces: %w", err)
	}
	// What the variables say of the service comes last and so holds.
	about, err := resource.New(ctx, resource.WithAttributes(
		attribute.String("service.name", "bros"), attribute.String("service.version", cfg.Version),
		attribute.String("service.instance.id", cfg.NodeID)), resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("send traces: %w", err)
	}
	t.provider = sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
	return t, nil
}

// grumble counts every error and logs one a minute: a warning, as an error would be mailed.
func (t *tracer) grumble(log *slog.Logger) otel.ErrorHandler {
	var next atomic.Int64
	return otel.ErrorHandlerFunc(func(err error) {
		t.failures.Inc()
		now := time.Now().UnixNano()
		if due := next.Load(); now >= due && next.CompareAndSwap(due, now+traceGrumble.Nanoseconds()) {
			log.Warn("traces can't be sent", "error", err)
		}
	})
}

// spans is what the server makes its spans with; nil: none.
func (t *tracer) spans() trace.Tracer {
	if t == nil {
		return nil
	}
	return t.provider.Tracer("github.com/brosops/bros")
}

// close sends what waits, for a moment.
func (t *tracer) close() {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), traceFlush)
	defer cancel()
	_ = t.provider.Shutdown(ctx) // what was not sent is lost, which grumble has counted
}
