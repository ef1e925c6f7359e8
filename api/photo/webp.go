package photo

import "encoding/binary"

// webp empties the chunks of metadata in place and takes their flags back: the
// file's length stands before all of them and stays true.
func (c *cleaner) webp() {
	c.put(c.take(12))
	for c.err == nil {
		head := c.take(8)
		if len(head) < 8 {
			c.put(head)
			return
		}
		n := int64(binary.LittleEndian.Uint32(head[4:]))
		n += n & 1
		switch string(head[:4]) {
		case "EXIF", "XMP ":
			copy(head, "junk") // which readers pass over
			c.put(head)
			c.blank(n)
		case "VP8X":
			c.sized(head, n, func(b []byte) (w, h uint32) {
				b[0] &^= 0x0c
				return 1 + uint24(b[4:]), 1 + uint24(b[7:])
			})
		case "VP8 ":
			c.sized(head, n, func(b []byte) (w, h uint32) {
				return uint32(binary.LittleEndian.Uint16(b[6:]) & 0x3fff), uint32(binary.LittleEndian.Uint16(b[8:]) & 0x3fff)
			})
		case "VP8L":
			c.sized(head, n, func(b []byte) (w, h uint32) {
				bits := binary.LittleEndian.Uint32(b[1:])
				return 1 + bits&0x3fff, 1 + bits>>14&0x3fff
			})
		default:
			c.put(head)
			c.copy(n)
		}
	}
}

// sized copies a chunk whose first ten bytes say the picture's size.
func (c *cleaner) sized(head []byte, n int64, of func(first []byte) (w, h uint32)) {
	c.put(head)
	first := c.take(int(min(n, 10)))
	if len(first) == 10 {
		c.size(of(first))
	}
	c.put(first)
	c.copy(n - min(n, 10))
}

// blank reads n bytes and writes as many zeros.
func (c *cleaner) blank(n int64) {
	for c.err == nil && n > 0 {
		b := c.take(int(min(n, 4096)))
		clear(b)
		c.put(b)
		n -= 4096
	}
}

func uint24(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 }
