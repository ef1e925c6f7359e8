package realtime

import "time"

// Bus carries messages between the nodes that share it. It knows topics and
// bytes. It carries and does not keep: a message may be lost, so that whoever
// uses it has another way to what matters (the log in the database). It is never
// waited for: every method returns at once, whatever state the carrier is in.
//
// Messages of one node arrive at another in the order they were published in,
// and none of them twice. A node does not get its own.
type Bus interface {
	// Start begins to carry. It is called once, before anything else but Follow.
	Start(h BusHandler)
	// Publish hands a message over to those who follow the topic. encode appends
	// it to a buffer, later and in another goroutine, or never, when the
	// message is dropped; size is about how many bytes that will be.
	Publish(topic string, size int, encode func([]byte) []byte)
	// Follow names all the topics that this node gets; it replaces those named before.
	Follow(topics []string)
	// Stats are the figures and the state of the moment.
	Stats() BusStats
	// Stop sends what waits, for a moment, and ends all that runs.
	Stop()
}

// BusHandler takes what comes over a Bus.
type BusHandler struct {
	// Key signs what this node says, and what is signed with another is not
	// heard: whoever can write to the carrier is not for that one of the nodes.
	Key []byte
	// Message gets the messages one after the other. It must not block. data is
	// its own to keep.
	Message func(topic string, data []byte)
	// Joined is called when a subscription has become complete: at the start,
	// after each loss of the connection and for new topics. What was published
	// before may have been missed.
	Joined func()
}

// BusState is how a bus is at the moment.
type BusState struct {
	Up     bool
	Reason string    // why it is not up, for people; never holds a password
	Since  time.Time // of this state
}

// BusStats are the figures of a bus since its start.
type BusStats struct {
	State      BusState
	Published  int64            // messages handed to the carrier
	Received   int64            // messages of other nodes
	Repeated   int64            // … that had come before, and were let go
	Refused    int64            // messages that no node with the key has made
	Dropped    map[string]int64 // messages that were not sent, by cause: BusDrop…
	Connects   int64            // times that the subscription was made anew
	Topics     int64            // that are followed
	QueueBytes int64            // that wait to be sent
	Probe      time.Duration    // the newest round trip of a message to oneself; 0: none yet
}

// The causes of a drop.
const (
	BusDropFull    = "full"    // too much waited
	BusDropStale   = "stale"   // it waited for too long to be of use
	BusDropRefused = "refused" // the carrier refused it
	BusDropLost    = "lost"    // the connection broke under it, twice
)
