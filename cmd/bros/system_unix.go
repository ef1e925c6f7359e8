//go:build linux || darwin

package main

import "syscall"

// diskRoom is what an ordinary user may still write to the disk of a folder, and
// the disk's size, in bytes.
func diskRoom(dir string) (free, total uint64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	size := uint64(s.Bsize)
	return s.Bavail * size, s.Blocks * size, nil
}

// openFiles is how many files this user's processes may have open. (The runtime
// raises a process to the hard limit by itself.)
func openFiles() (uint64, error) {
	var l syscall.Rlimit
	err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l)
	return l.Max, err
}
