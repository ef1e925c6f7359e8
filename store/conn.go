package store

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/jmoiron/sqlx"
)

// conn is the writer's connection with its prepared statements. It pays no heed
// to contexts: an interrupted statement would roll back the whole group.
type conn struct {
	db    *sqlx.DB
	d     dialect
	count *atomic.Int64
	c     *sqlx.Conn
	stmts map[string]*sqlx.Stmt
}

func (c *conn) prepared(q string) (*sqlx.Stmt, error) {
	if s := c.stmts[q]; s != nil {
		return s, nil
	}
	ctx := context.Background()
	if c.c == nil {
		sc, err := c.db.Connx(ctx)
		if err != nil {
			return nil, err
		}
		c.c, c.stmts = sc, map[string]*sqlx.Stmt{}
	}
	if len(c.stmts) >= maxStatements {
		for text, s := range c.stmts { // any one
			_ = s.Close()
			delete(c.stmts, text)
			break
		}
	}
	s, err := c.c.PreparexContext(ctx, c.d.rebind(q))
	if err != nil {
		return nil, err
	}
	c.stmts[q] = s
	return s, nil
}

func (c *conn) query(_ context.Context, q string, args ...any) (*sqlx.Rows, error) {
	s, err := c.prepared(q)
	if err != nil {
		return nil, err
	}
	c.count.Add(1)
	return s.QueryxContext(context.Background(), bindArgs(c.d, args)...)
}

func (c *conn) note(err error) error { return err }

func (c *conn) exec(_ context.Context, q string, args ...any) (int64, error) {
	s, err := c.prepared(q)
	if err != nil {
		return 0, err
	}
	c.count.Add(1)
	res, err := s.ExecContext(context.Background(), bindArgs(c.d, args)...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// reset lets go of the connection; the next statement opens another.
func (c *conn) reset() {
	_ = c.close()
	c.c, c.stmts = nil, nil
}

func (c *conn) close() error {
	if c.c == nil {
		return nil
	}
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.c.Close())...)
}

// member runs the statements of one transaction of a group.
type member struct {
	conn    *conn
	careful bool  // set a savepoint before the first statement that writes
	saved   bool  // it is set
	wrote   bool  // something that an undo would have to undo
	lost    error // what ended the group, if something did
}

func (m *member) query(ctx context.Context, q string, args ...any) (*sqlx.Rows, error) {
	if m.lost != nil {
		return nil, m.lost
	}
	rows, err := m.conn.query(ctx, q, args...)
	return rows, m.note(err)
}

func (m *member) exec(ctx context.Context, q string, args ...any) (int64, error) {
	if m.lost != nil {
		return 0, m.lost // it would be committed at once, and alone
	}
	if m.careful && !m.saved {
		if _, err := m.conn.exec(ctx, "SAVEPOINT member"); err != nil {
			return 0, m.note(err)
		}
		m.saved = true
	}
	n, err := m.conn.exec(ctx, q, args...)
	m.wrote = m.wrote || err == nil && n > 0
	return n, m.note(err)
}

// note remembers an error after which the engine may have rolled the
// transaction back: the group is lost even if the function does not pass it on.
func (m *member) note(err error) error {
	if err != nil && m.lost == nil {
		if c := m.conn.d.class(err); c != classDuplicate && c != classRefused {
			m.lost = err
		}
	}
	return err
}

// errLate says that a member is to be undone that has no savepoint.
var errLate = errors.New("store: a transaction failed after it had written")

// end keeps or undoes what the member has written.
func (m *member) end(keep bool) error {
	if !m.saved {
		if m.wrote && !keep {
			return errLate
		}
		return nil
	}
	ctx := context.Background()
	if !keep {
		if _, err := m.conn.exec(ctx, "ROLLBACK TO member"); err != nil {
			return err
		}
	}
	_, err := m.conn.exec(ctx, "RELEASE member")
	return err
}
