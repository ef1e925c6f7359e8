// Package demo is the sample traffic of `bros serve --demo`: a made-up center
// whose customers, call center, dispatcher and riders use the public API of the
// running server, and nothing else, as real ones would.
package demo

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime/client"
)

// Options say which server to use.
type Options struct {
	URL    string       // http://host:port
	HTTP   *http.Client // without a timeout
	Logger *slog.Logger
	// AdminPassword is the user admin's; ResetAdmin makes it so and is called
	// when it is another one.
	AdminPassword string
	ResetAdmin    func(ctx context.Context) error
	// Pace shortens every wait and every way; 1 when zero.
	Pace float64
}

// demo is one run.
type demo struct {
	o        Options
	sessions map[string]*session

	admin, agent, dispatcher, app *session

	center  domain.Center
	shops   []domain.Shop
	riders  []*rider
	visitor string // id of the rider that is left to the visitor

	world *world
}

// PrintLogins tells a visitor where to look and who to be. admin is what to say
// of the admin's password: an operator's own is not repeated.
func PrintLogins(w io.Writer, url, admin string) {
	fmt.Fprintf(w, "\nbros, a demonstration with made-up data: %s\n\n", url)
	out := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintln(out, "  login\tpassword\tfor")
	fmt.Fprintf(out, "  admin\t%s\teverything\n", admin)
	for _, a := range staff {
		fmt.Fprintf(out, "  %s\t%s\t%s\n", a.Login, Password, a.What)
	}
	fmt.Fprintf(out, "  %s\t%s\tthe rider's app: /rider (the others, rider1 to rider%d, ride by themselves)\n",
		visitorRider, Password, len(couriers)-1)
	_ = out.Flush()
	fmt.Fprint(w, "\nEvery fourth order and delivery is left to you for a few minutes. Ctrl-C ends it.\n\n")
}

// Run sets the center up and drives its traffic until ctx ends.
func Run(ctx context.Context, o Options) error {
	if o.Pace <= 0 {
		o.Pace = 1
	}
	d := &demo{o: o, sessions: map[string]*session{}}
	if err := d.setup(ctx); err != nil {
		return fmt.Errorf("set the sample center up: %w", err)
	}
	orders, deliveries := "order/"+d.center.ID, "delivery/"+d.center.ID
	d.world = newWorld(orders, deliveries)
	var live *client.Client
	live = client.New(client.Options{
		URL: o.URL, HTTP: o.HTTP, Token: d.dispatcher.bearer, Logger: o.Logger,
		OnEvent: d.world.event,
		OnReply: func(r client.Reply) { d.world.reply(r, live.Room(r.Address)) },
	})
	live.Subscribe(orders, deliveries)

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var tasks sync.WaitGroup
	defer tasks.Wait()
	tasks.Go(func() {
		if err := live.Run(ctx); err != nil {
			cancel(err)
		}
	})
	select {
	case <-d.world.ready:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := d.fill(ctx); err != nil {
		return fmt.Errorf("place the first orders: %w", err)
	}
	o.Logger.Info("sample traffic is running", "orders", d.world.orderCount(), "riders", len(d.riders))
	for _, r := range d.riders {
		tasks.Go(func() { d.every(ctx, riderStep, r.tick) })
	}
	d.every(ctx, deskStep, newDesk(d).tick)
	return context.Cause(ctx)
}

// deskStep is how often the desk looks at what to do next, restAfterError how
// long anyone lets things be when something has gone wrong.
const (
	deskStep       = time.Second
	restAfterError = 10 * time.Second
)

// every calls fn until ctx ends. What is refused, or fails for a while, is
// tried again by a later call if it is still to be done.
func (d *demo) every(ctx context.Context, interval time.Duration, fn func(context.Context) error) {
	tick := time.NewTimer(d.paced(interval))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := fn(ctx); err != nil && ctx.Err() == nil && !refused(err) {
			d.o.Logger.Warn("sample traffic", "error", err)
			tick.Reset(d.paced(restAfterError))
			continue
		}
		tick.Reset(d.paced(interval))
	}
}

// session is the one of a login.
func (d *demo) session(login string) *session {
	s := d.sessions[login]
	if s == nil {
		s = &session{base: d.o.URL, http: d.o.HTTP, login: login, password: Password}
		if login == "admin" {
			s.password = d.o.AdminPassword
		}
		d.sessions[login] = s
	}
	return s
}

// since is how long ago t was, in the demonstration's own time. It runs on the
// server's machine, so there is one clock.
func (d *demo) since(t domain.Time) time.Duration {
	return time.Duration(float64(time.Since(t.Time)) * d.o.Pace)
}
