// Package mailtest is a real SMTP server for tests.
package mailtest

import (
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

const patience = time.Minute

// Mail is one that was taken.
type Mail struct {
	Header  mail.Header
	Subject string // decoded
	Text    string // decoded
}

// Mailbox is a server that keeps what it takes. Its user is bros, with the
// password s3cret; who shows none may send too.
type Mailbox struct {
	Addr *net.TCPAddr

	t      testing.TB
	mu     sync.Mutex
	refuse func() error
	mails  []Mail
	grown  chan struct{}
}

// New listens at addr ("127.0.0.1:0": on any port) until the test ends.
func New(t testing.TB, addr string, adjust ...func(*smtp.Server)) *Mailbox {
	t.Helper()
	b := &Mailbox{t: t, grown: make(chan struct{}), refuse: func() error { return nil }}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{b}, nil }))
	server.Domain = "mail.test"
	for _, f := range adjust {
		f(server)
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	b.Addr = ln.Addr().(*net.TCPAddr)
	go func() { _ = server.Serve(ln) }()
	t.Cleanup(func() { _ = server.Close() })
	return b
}

// RefuseBy has fn asked before each mail from now on; an error is the server's answer.
func (b *Mailbox) RefuseBy(fn func() error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refuse = fn
}

// Await blocks until the n-th mail (from 1) has come, and answers it.
func (b *Mailbox) Await(n int) Mail {
	b.t.Helper()
	deadline := time.After(patience)
	for {
		b.mu.Lock()
		have, grown := b.mails, b.grown
		b.mu.Unlock()
		if len(have) >= n {
			return have[n-1]
		}
		select {
		case <-grown:
		case <-deadline:
			b.t.Fatalf("%d of %d mails came", len(have), n)
		}
	}
}

type session struct{ b *Mailbox }

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "bros" || password != "s3cret" {
			return errors.New("no such user")
		}
		return nil
	}), nil
}

func (s *session) Mail(string, *smtp.MailOptions) error {
	s.b.mu.Lock()
	refuse := s.b.refuse
	s.b.mu.Unlock()
	return refuse()
}
func (s *session) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (s *session) Reset()                               {}
func (s *session) Logout() error                        { return nil }

func (s *session) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	body := m.Body
	if m.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return err
	}
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	s.b.mails = append(s.b.mails, Mail{m.Header, subject, string(text)})
	close(s.b.grown)
	s.b.grown = make(chan struct{})
	return nil
}
