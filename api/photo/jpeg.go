package photo

import (
	"bytes"
	"encoding/binary"
	"io"
)

// Markers of JPEG (ITU-T T.81, table B.1).
const (
	markSOI, markEOI, markSOS     = 0xd8, 0xd9, 0xda
	markAPP0, markAPP1, markAPP15 = 0xe0, 0xe1, 0xef
	markCOM                       = 0xfe
)

// jpeg leaves out comments and the applications' segments but for those of the
// picture itself (JFIF, its colors), and what stands behind the end: phones put
// a film there, and second pictures with metadata of their own.
func (c *cleaner) jpeg() {
	c.put(c.take(2))
	for c.err == nil {
		mark := c.marker()
		switch {
		case c.err != nil:
			return
		case mark == markEOI:
			c.put([]byte{0xff, mark})
			return
		case mark == 0x01 || mark >= 0xd0 && mark <= markSOI: // without a length
			c.put([]byte{0xff, mark})
			continue
		}
		length := c.take(2)
		if len(length) < 2 || binary.BigEndian.Uint16(length) < 2 {
			c.put([]byte{0xff, mark})
			c.put(length)
			c.rest()
			return
		}
		body := c.take(int(binary.BigEndian.Uint16(length)) - 2)
		switch {
		case mark == markAPP1:
			if o := orientation(body); o > 1 {
				c.put(orientationOnly(o))
			}
			continue
		case mark > markAPP0 && mark <= markAPP15 && !ofPicture(mark, body), mark == markCOM:
			continue
		case isFrame(mark) && len(body) >= 5:
			c.size(uint32(binary.BigEndian.Uint16(body[3:])), uint32(binary.BigEndian.Uint16(body[1:])))
		}
		c.put([]byte{0xff, mark})
		c.put(length)
		c.put(body)
		if mark == markSOS {
			c.scan()
		}
	}
}

// marker reads the next one. Where there is none the picture is broken, and the
// rest of it is copied.
func (c *cleaner) marker() byte {
	b := c.take(1)
	if len(b) == 1 && b[0] != 0xff {
		c.put(b)
		c.rest()
		c.fail(io.EOF)
	}
	for len(b) == 1 && b[0] == 0xff { // fill bytes
		b = c.take(1)
	}
	if c.err != nil {
		return 0
	}
	return b[0]
}

// scan copies compressed data up to the next marker that is none of a restart.
func (c *cleaner) scan() {
	for c.err == nil {
		ahead, err := c.r.Peek(2)
		if len(ahead) < 2 {
			c.rest()
			c.fail(err)
			return
		}
		if i := bytes.IndexByte(ahead, 0xff); i != 0 {
			buffered, _ := c.r.Peek(c.r.Buffered())
			n := bytes.IndexByte(buffered, 0xff)
			if n < 0 {
				n = len(buffered)
			}
			c.copy(int64(n))
			continue
		}
		if next := ahead[1]; next != 0 && next != 0xff && (next < 0xd0 || next > 0xd7) {
			return
		}
		c.copy(1)
		if ahead[1] != 0xff {
			c.copy(1)
		}
	}
}

// isFrame reports whether a marker begins a frame, which says the picture's size.
func isFrame(mark byte) bool {
	return mark >= 0xc0 && mark <= 0xcf && mark != 0xc4 && mark != 0xc8 && mark != 0xcc
}

// ofPicture reports whether a picture looks otherwise without the segment: its
// color profile, and how its colors were made of three or four.
func ofPicture(mark byte, body []byte) bool {
	return mark == 0xe2 && bytes.HasPrefix(body, []byte("ICC_PROFILE\x00")) || mark == 0xee && bytes.HasPrefix(body, []byte("Adobe"))
}

const exifHead = "Exif\x00\x00"

// orientation is which side of the picture is up (1 to 8, EXIF's tag 0x0112); 0: not said.
func orientation(app1 []byte) uint16 {
	tiff, ok := bytes.CutPrefix(app1, []byte(exifHead))
	if !ok || len(tiff) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.BigEndian
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return 0
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			return 0
		}
		if order.Uint16(entries) == 0x0112 {
			if o := order.Uint16(entries[8:]); o <= 8 {
				return o
			}
			return 0
		}
		entries = entries[12:]
	}
	return 0
}

// orientationOnly is a segment of EXIF that says nothing else.
func orientationOnly(o uint16) []byte {
	tiff := []byte{'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, byte(o >> 8), byte(o), 0, 0, 0, 0, 0, 0}
	n := 2 + len(exifHead) + len(tiff)
	b := append([]byte{0xff, markAPP1, byte(n >> 8), byte(n)}, exifHead...)
	return append(b, tiff...)
}
