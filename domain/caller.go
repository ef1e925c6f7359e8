package domain

import "context"

type callerKey struct{}

// WithCaller says for whom work is done, so that those who wait for the same
// thing take turns.
func WithCaller(ctx context.Context, caller string) context.Context {
	return context.WithValue(ctx, callerKey{}, caller)
}

// CallerOf is for whom; empty: the server's own work.
func CallerOf(ctx context.Context) string {
	caller, _ := ctx.Value(callerKey{}).(string)
	return caller
}
