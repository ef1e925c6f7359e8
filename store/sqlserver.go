package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/golang-sql/civil"
	"github.com/jmoiron/sqlx"
	mssql "github.com/microsoft/go-mssqldb"
	"github.com/microsoft/go-mssqldb/msdsn"

	"github.com/brosops/bros/domain"
)

// sqlserverDialect is Microsoft SQL Server, for installations of several hosts.
type sqlserverDialect struct{}

// Connections are made anew now and then, so that after a failover they spread
// over what there is.
const (
	connLife = 30 * time.Minute
	connIdle = 5 * time.Minute
	// driverName is what the driver calls itself when the URL doesn't say.
	driverName = "go-mssqldb"
	// statementTime bounds how long a statement may leave its connection silent:
	// past it the connection is given up.
	statementTime = 30 * time.Second
)

func (sqlserverDialect) engine() string                { return "sqlserver" }
func (sqlserverDialect) page() string                  { return "OFFSET 0 ROWS FETCH NEXT ? ROWS ONLY" }
func (sqlserverDialect) contains(column string) string { return "CHARINDEX(?, " + column + ") > 0" }

// clock has the columns' three digits: a comparison with one of them is exact.
func (sqlserverDialect) clock() string { return "CAST(SYSUTCDATETIME() AS DATETIME2(3))" }

func (sqlserverDialect) writeLevel() sql.IsolationLevel { return sql.LevelReadCommitted }
func (sqlserverDialect) sideBySide() bool               { return true }

// snapshot is a level of its own there; the schema's preparation allows it.
func (sqlserverDialect) snapshot() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelSnapshot}
}

// rebind numbers the placeholders, leaving literals alone.
func (sqlserverDialect) rebind(query string) string {
	var b strings.Builder
	b.Grow(len(query) + 32)
	n, quoted := 0, false
	for _, r := range query {
		switch {
		case r == '\'':
			quoted = !quoted
		case r == '?' && !quoted:
			n++
			b.WriteString("@p" + strconv.Itoa(n))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// timeArg is the instant itself, or a NULL with a type: a civil.DateTime goes as the
// datetime2 that the columns are, a time.Time would go as datetimeoffset.
func (sqlserverDialect) timeArg(t domain.Time) any {
	if t.IsZero() {
		return sql.NullTime{}
	}
	return civil.DateTimeOf(t.UTC())
}

// Its own texts save a round trip while a center's head is held. Not by OUTPUT:
// one that waited for another's update was told the number of before by an
// endpoint that is not SQL Server itself.
var sqlserverStatements = map[statementName]string{
	reserveNumbers: "UPDATE heads SET seq = seq + ? WHERE center_id = ?; SELECT seq FROM heads WHERE center_id = ?",
	storePositions: storeFixes + "; " + moveLast + "; " + newLast,
}

// A batch of positions comes as JSON, as a statement for each would cost a round
// trip. Its text has the database's collation, the columns have their own.
const (
	fixRows = " FROM (SELECT j.rider_id COLLATE Latin1_General_100_BIN2 AS rider_id, j.at, j.lat, j.lng, j.accuracy, j.heading, j.speed, j.battery FROM OPENJSON("
	fixCols = ") WITH (rider_id NVARCHAR(40) '$.r', at DATETIME2(3) '$.t', lat FLOAT '$.a', lng FLOAT '$.o', " +
		"accuracy FLOAT '$.c', heading FLOAT '$.h', speed FLOAT '$.s', battery FLOAT '$.b') AS j) AS f "

	storeFixes = "INSERT INTO positions (rider_id, at, lat, lng, accuracy, heading, speed, battery) " +
		"SELECT f.rider_id, f.at, f.lat, f.lng, f.accuracy, f.heading, f.speed, f.battery" + fixRows + "@p1" + fixCols +
		"WHERE NOT EXISTS (SELECT 1 FROM positions WHERE positions.rider_id = f.rider_id AND positions.at = f.at)"
	moveLast = "UPDATE last_positions SET at = f.at, lat = f.lat, lng = f.lng, accuracy = f.accuracy, heading = f.heading, " +
		"speed = f.speed, battery = f.battery" + fixRows + "@p2" + fixCols +
		"JOIN last_positions ON last_positions.rider_id = f.rider_id WHERE last_positions.at < f.at"
	newLast = "INSERT INTO last_positions (rider_id, at, lat, lng, accuracy, heading, speed, battery) " +
		"SELECT f.rider_id, f.at, f.lat, f.lng, f.accuracy, f.heading, f.speed, f.battery" + fixRows + "@p2" + fixCols +
		"WHERE NOT EXISTS (SELECT 1 FROM last_positions WHERE last_positions.rider_id = f.rider_id)"
)

func (sqlserverDialect) statement(name statementName) (string, bool) {
	s, ok := sqlserverStatements[name]
	return s, ok
}

func (d sqlserverDialect) open(ctx context.Context, o Options) (*engine, error) {
	half := max(o.Conns/2, 1)
	scans := min(scanConns(), max(half/4, 2))
	wdb, err := d.connect(ctx, o, half, statementTime)
	if err != nil {
		return nil, err
	}
	var readers pools
	opened := []*sqlx.DB{wdb}
	for _, p := range []struct {
		pool **pool
		n    int
	}{{&readers.short, max(half-scans-vitalConns, 1)}, {&readers.scans, scans}, {&readers.vital, vitalConns}} {
		db, err := d.connect(ctx, o, p.n, statementTime)
		if err != nil {
			for _, o := range opened {
				err = errors.Join(err, o.Close())
			}
			return nil, err
		}
		opened = append(opened, db)
		*p.pool = newPool(db, d)
		(*p.pool).patience = brokenPatience
	}
	w := newSingleWriter(newWriterBase(d, o), wdb, o.Queue)
	return &engine{readers: readers, writer: w, close: func() error { return errors.Join(readers.close(), w.close()) }}, nil
}

// connect opens a pool of at most n connections whose statements are given up after silent without a
// sign of the server; the URL may ask for another bound.
func (d sqlserverDialect) connect(ctx context.Context, o Options, n int, silent time.Duration) (*sqlx.DB, error) {
	cfg, err := msdsn.Parse(o.URL)
	if err != nil {
		// The error may repeat the URL, and that holds a password.
		return nil, domain.Invalid("databaseUrl", "is not of the form sqlserver://user:password@host:port?database=name")
	}
	if cfg.ConnTimeout == 0 {
		cfg.ConnTimeout = silent
	}
	if cfg.AppName == driverName {
		cfg.AppName = "bros" // who the sessions are, for those who look after the server
	}
	db := sqlx.NewDb(sql.OpenDB(mssql.NewConnectorConfig(cfg)), "sqlserver")
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	db.SetConnMaxLifetime(connLife)
	db.SetConnMaxIdleTime(connIdle)
	if err := d.await(ctx, db, o); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// await pings a server that may be coming up, or have no such database yet. What
// waiting doesn't help against, a wrong password say, is answered at once.
func (d sqlserverDialect) await(ctx context.Context, db *sqlx.DB, o Options) error {
	for start, try := time.Now(), 0; ; try++ {
		err := db.PingContext(ctx)
		if d.class(err) != classBroken || time.Since(start) >= o.Patience {
			return err
		}
		if try == 0 {
			o.Logger.Warn("the database does not answer yet", "wait", o.Patience, "error", err)
		}
		if backoff(ctx, readPause, try) != nil {
			return err
		}
	}
}
