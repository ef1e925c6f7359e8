// Package realtime keeps compacted logs in memory and fans them out to
// WebSocket clients (docs/realtime.md describes the protocol).
//
// It knows bytes, keys and numbers. What a record is, who may see which
// address, and where a log is stored, the host says through Backend. The host
// feeds committed log entries with Hub.Apply; the hub answers subscriptions
// (snapshot or resume), long polls and the live stream from memory.
//
// Words: a log is a numbered history (epoch, head, floor); a room is one
// address' view of a log, compacted by key; a client is one connection.
package realtime
