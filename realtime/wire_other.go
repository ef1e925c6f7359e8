//go:build !unix

package realtime

import "errors"

// rawWrites is false where sockets are no file descriptors: every client is
// written to by its catch-up goroutine.
const rawWrites = false

func writeFD(uintptr, []byte) (int, error) { return 0, errors.ErrUnsupported }
