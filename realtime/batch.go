package realtime

// maxBatch is where a batch is closed and the next one opened, in bytes.
const maxBatch = 128 << 10

// batch is a run of messages of one room that goes out as one frame: a JSON
// object, or an array when there are several. It grows until the flusher takes
// it or somebody joins the room; its bytes are then shared by all its clients.
type batch struct {
	n      int64 // counts the batches of a room: 1, 2, 3 …
	buf    []byte
	count  int32
	class  class
	filter Filter
	sealed bool
}

// batchStart leaves room for a header and a bracket before the first message.
const batchStart = maxHeader + 1

// newBatch starts a batch; size is about how long it will be.
func newBatch(n int64, c class, f Filter, size int) *batch {
	return &batch{n: n, class: c, filter: f, buf: make([]byte, batchStart, max(size, 1<<10))}
}

// add makes room for one more message; the caller appends it to buf.
func (b *batch) add() {
	if b.count > 0 {
		b.buf = append(b.buf, ',')
	}
	b.count++
}

// full reports whether the next message belongs into another batch.
func (b *batch) full() bool { return len(b.buf) >= maxBatch }

// seal makes buf the bytes of a frame. Nothing can be added afterwards.
func (b *batch) seal() {
	if b.sealed {
		return
	}
	b.sealed = true
	start := batchStart
	if b.count > 1 {
		start--
		b.buf[start] = '['
		b.buf = append(b.buf, ']')
	}
	b.buf = sealText(b.buf[start-maxHeader:])
}

// frame is the batch on its way to one subscriber.
func (b *batch) frame(s *sub) frame {
	return frame{a: b.buf, sub: s, messages: b.count, class: b.class}
}
