package alert

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// mail is one that waits to be sent.
type mail struct {
	at      time.Time
	subject string
	body    string
}

// The sorts of mail about a cause.
const (
	kindFirst = "first"
	kindAgain = "again"
	kindEnded = "ended"
)

const stamp = "2006-01-02 15:04:05 MST"

// compose writes the mail about a cause.
func (m *Mailer) compose(c *cause, kind string, now time.Time) *mail {
	e := &c.newest
	what := e.attr("error")
	if p := e.attr("panic"); p != "" {
		what = p
	}
	title, _, _ := strings.Cut(e.message+": "+what, "\n")
	title = clip(strings.TrimSuffix(title, ": "), 150)
	if c.key == "others" {
		title = "errors of many causes"
	}
	subject := fmt.Sprintf("[bros %s] %s", m.o.Node, title)
	switch kind {
	case kindAgain:
		subject += fmt.Sprintf(" (%d times)", c.count)
	case kindEnded:
		subject = fmt.Sprintf("[bros %s] ended: %s (%d times)", m.o.Node, title, c.count)
	}
	var b strings.Builder
	if kind == kindEnded {
		fmt.Fprintf(&b, "This has not come again for %s.\n\n", m.o.Quiet)
	}
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-11s %s\n", name+":", clip(value, maxValue))
		}
	}
	line("What", e.message)
	line("Error", what)
	line("Count", strconv.Itoa(c.count))
	line("First", c.first.UTC().Format(stamp))
	line("Last", c.last.UTC().Format(stamp))
	line("Request id", e.attr("requestId"))
	line("Route", e.attr("route"))
	line("Node", m.o.Node)
	line("Version", m.o.Version)
	for _, a := range e.attrs {
		switch a.Key {
		case "error", "panic", "requestId", "route":
		default:
			line(a.Key, a.Value.String())
		}
	}
	if kind != kindEnded && e.stack != "" {
		b.WriteString("\n" + e.stack + "\n")
	}
	return &mail{at: now, subject: oneLine(subject), body: b.String()}
}

func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// oneLine is text that can't begin another header.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

// Server is a mail server.
type Server struct {
	Host     string
	Port     int
	SSL      bool // TLS from the first byte (smtps)
	TLS      gomail.TLSPolicy
	User     string
	Password string
	// TLSConfig is for tests; nil: the system's.
	TLSConfig *tls.Config
	// Timeout is for one mail, all of it (15 s when zero).
	Timeout time.Duration
}

var errServer = errors.New("want smtp://HOST:PORT or smtps://HOST:PORT, with USER:PASSWORD@ before the host where it is needed")

// ParseServer reads smtp://user:password@host:587 or smtps://…:465. With a user
// STARTTLS is demanded, else it is used where it is offered; ?tls=off never
// asks for it. The error never repeats the URL, which holds a password.
func ParseServer(raw string) (Server, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return Server{}, errServer
	}
	s := Server{Host: u.Hostname(), Port: 587, SSL: u.Scheme == "smtps", TLS: gomail.TLSOpportunistic}
	if s.SSL {
		s.Port = 465
	}
	if p := u.Port(); p != "" {
		if s.Port, err = strconv.Atoi(p); err != nil || s.Port < 1 || s.Port > 65535 {
			return Server{}, errServer
		}
	}
	if u.User != nil {
		s.User = u.User.Username()
		s.Password, _ = u.User.Password()
		s.TLS = gomail.TLSMandatory
	}
	switch q := u.Query(); {
	case len(q) == 0:
	case len(q) == 1 && q.Get("tls") == "off":
		s.TLS = gomail.NoTLS
	default:
		return Server{}, errors.New("the only parameter is tls=off")
	}
	return s, nil
}

// ParseAddress reads one mail address.
func ParseAddress(s string) (string, error) {
	a, err := netmail.ParseAddress(s)
	if err != nil {
		return "", errors.New("is no mail address")
	}
	return a.String(), nil
}

// send hands one mail over, within the timeout in all.
func (s Server) send(ctx context.Context, from string, to []string, m *mail) error {
	msg := gomail.NewMsg()
	if err := msg.From(from); err != nil {
		return fmt.Errorf("sender: %w", err)
	}
	if err := msg.To(to...); err != nil {
		return fmt.Errorf("receiver: %w", err)
	}
	msg.Subject(m.subject)
	msg.SetDateWithValue(m.at)
	msg.SetMessageID()
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, m.body)
	client, err := s.client()
	if err != nil {
		return err
	}
	return s.within(ctx, func(ctx context.Context) error { return client.DialAndSendWithContext(ctx, msg) })
}

// client is set up as the server asks for it.
func (s Server) client() (*gomail.Client, error) {
	opts := []gomail.Option{gomail.WithPort(s.Port), gomail.WithTimeout(s.timeout()), gomail.WithTLSPolicy(s.TLS), gomail.WithoutNoop()}
	if s.SSL {
		opts = append(opts, gomail.WithSSL())
	}
	if s.TLSConfig != nil {
		opts = append(opts, gomail.WithTLSConfig(s.TLSConfig))
	}
	if s.User != "" {
		opts = append(opts, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.User), gomail.WithPassword(s.Password))
	}
	return gomail.NewClient(s.Host, opts...)
}

func (s Server) timeout() time.Duration {
	if s.Timeout <= 0 {
		return mailTimeout
	}
	return s.Timeout
}

// within runs fn for no longer than the timeout. What a server says and when is its
// own affair: not even a misbehaving one keeps the caller longer than that.
func (s Server) within(ctx context.Context, fn func(context.Context) error) (err error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- fn(ctx) }()
	select {
	case err = <-done:
	case <-ctx.Done():
		err = ctx.Err()
	}
	var network net.Error
	if errors.As(err, &network) && network.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return errors.New("the mail server does not answer in time")
	}
	return err
}

// Probe connects, greets, goes over to TLS and logs in as for a mail, and sends
// none. It says whether what would be sent is encrypted on the way.
func (s Server) Probe(ctx context.Context) (encrypted bool, err error) {
	client, err := s.client()
	if err != nil {
		return false, err
	}
	secured := make(chan bool, 1)
	err = s.within(ctx, func(ctx context.Context) error {
		c, err := client.DialToSMTPClientWithContext(ctx)
		if err != nil {
			return err
		}
		_, tlsErr := c.GetTLSConnectionState()
		secured <- tlsErr == nil || s.SSL
		return client.CloseWithSMTPClient(c)
	})
	if err != nil {
		return false, err
	}
	return <-secured, nil
}

// Test sends one mail now, and says what became of it.
func (m *Mailer) Test(ctx context.Context) error {
	return m.attempt(ctx, &mail{at: m.o.Now(), subject: oneLine("[bros " + m.o.Node + "] test"),
		body: "This is a test: error mail of bros gets through.\n\nNode:    " + m.o.Node + "\nVersion: " + m.o.Version + "\n"})
}
