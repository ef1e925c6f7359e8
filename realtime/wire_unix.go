//go:build unix

package realtime

import "syscall"

// rawWrites tells whether sockets can be written to past net.Conn.
const rawWrites = true

// writeFD writes once, without waiting: n < len(p) and no error means that the
// socket is full.
func writeFD(fd uintptr, p []byte) (n int, err error) {
	for {
		n, err = syscall.Write(int(fd), p)
		switch err {
		case nil:
			return n, nil
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
			return 0, nil
		}
		return 0, err
	}
}
