package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"slices"
	"strings"

	mssql "github.com/microsoft/go-mssqldb"
)

// The numbers of its errors that mean something to a transaction.
const (
	mssqlDuplicateIndex = 2601
	mssqlDuplicateKey   = 2627
	mssqlConstraint     = 547
	mssqlNull           = 515
	mssqlDeadlock       = 1205
	mssqlLockTimeout    = 1222
	mssqlSnapshotLost   = 3960
	mssqlLogFull        = 9002
	mssqlFileFull       = 1105
	mssqlNoDatabase     = 911
	mssqlCantOpen       = 4060
	// mssqlFatal is the severity from which on the server ends the connection.
	mssqlFatal = 20
)

// mssqlWho are the numbers of a login that is refused for the user's sake:
// to wait doesn't help.
var mssqlWho = []int32{18452, 18456, 18470, 18486, 18487, 18488}

// mssqlGone are the numbers that a server says when it, or the replica asked, is
// going away, coming up or has been told to end the session.
var mssqlGone = []int32{
	596, 6005, 17142, // the session is killed, a shutdown, a pause
	17187, 18401, // not ready yet
	921, 922, 976, 979, 983, 3906, mssqlCantOpen, 5069, // the database is not there yet, or read only: a failover
	10928, 10929, 40197, 40501, 40613, 49918, 49919, 49920, // a hosted server has moved or is overloaded
}

func (sqlserverDialect) class(err error) errClass {
	var e mssql.Error
	if errors.As(err, &e) {
		switch e.Number {
		case mssqlDuplicateIndex, mssqlDuplicateKey:
			return classDuplicate
		case mssqlConstraint, mssqlNull:
			return classRefused
		case mssqlDeadlock, mssqlLockTimeout, mssqlSnapshotLost:
			return classAgain
		case mssqlLogFull, mssqlFileFull:
			return classBusy
		}
		if slices.Contains(mssqlGone, e.Number) || e.Class >= mssqlFatal || loginRefused(e) {
			return classBroken
		}
		return classOther
	}
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return classNone
	}
	var (
		network net.Error
		stream  mssql.StreamError
		server  mssql.ServerError
	)
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.As(err, &network) || errors.As(err, &stream) || errors.As(err, &server) {
		return classBroken
	}
	return classNone
}

// loginRefused says that a login failed for the server's or the database's sake:
// it starts, recovers, has moved. Such a reason is said before "login failed".
func loginRefused(e mssql.Error) bool {
	reason := func(e mssql.Error) bool { return !slices.Contains(mssqlWho, e.Number) }
	return strings.HasPrefix(e.Message, "login error: ") && // put there by the driver
		(reason(e) || slices.ContainsFunc(e.All, reason))
}
