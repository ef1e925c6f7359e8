// Package photo goes over a proof photo as it comes in: what the camera wrote
// beside the picture (where, when, whose phone) is left out, and a picture that
// would take a viewer's memory is refused. Nothing is decoded, and nothing but a
// segment's head is held.
package photo

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// The bounds of a picture: a browser holds four bytes for each pixel.
const (
	maxSide   = 20_000
	maxPixels = 80_000_000
)

// ErrTooManyPixels says that the picture unfolds to more than browsers can hold.
var ErrTooManyPixels = errors.New("photo: too many pixels")

// Clean copies the picture in r, of a type that http.DetectContentType names, to
// w without its metadata. A JPEG keeps its orientation, and all keep their
// colors. What is broken is copied to where it can be read.
func Clean(w io.Writer, r io.Reader, contentType string) error {
	c := &cleaner{r: bufio.NewReader(r), w: w}
	switch contentType {
	case "image/jpeg":
		c.jpeg()
	case "image/png":
		c.png()
	case "image/webp":
		c.webp()
	default:
		c.rest()
	}
	if errors.Is(c.err, io.EOF) || errors.Is(c.err, io.ErrUnexpectedEOF) {
		return nil
	}
	return c.err
}

// cleaner stops at its first error.
type cleaner struct {
	r   *bufio.Reader
	w   io.Writer
	err error
}

func (c *cleaner) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// take reads n bytes; at the end of r fewer.
func (c *cleaner) take(n int) []byte {
	if c.err != nil {
		return nil
	}
	b := make([]byte, n)
	m, err := io.ReadFull(c.r, b)
	c.fail(err)
	return b[:m]
}

func (c *cleaner) put(b []byte) {
	if len(b) > 0 && (c.err == nil || errors.Is(c.err, io.ErrUnexpectedEOF)) {
		if _, err := c.w.Write(b); err != nil {
			c.err = err
		}
	}
}

func (c *cleaner) copy(n int64) {
	if c.err == nil {
		_, err := io.CopyN(c.w, c.r, n)
		c.fail(err)
	}
}

func (c *cleaner) skip(n int64) {
	if c.err == nil {
		_, err := io.CopyN(io.Discard, c.r, n)
		c.fail(err)
	}
}

func (c *cleaner) rest() {
	if c.err == nil {
		_, err := io.Copy(c.w, c.r)
		c.fail(err)
	}
}

func (c *cleaner) size(width, height uint32) {
	if width > maxSide || height > maxSide || uint64(width)*uint64(height) > maxPixels {
		c.fail(ErrTooManyPixels)
	}
}

// png leaves out the chunks that hold no picture: texts, time, EXIF, and
// whatever stands behind the end.
func (c *cleaner) png() {
	c.put(c.take(8))
	for c.err == nil {
		head := c.take(8)
		if len(head) < 8 {
			c.put(head)
			return
		}
		n := int64(binary.BigEndian.Uint32(head)) + 4 // and its checksum
		switch kind := string(head[4:]); kind {
		case "tEXt", "zTXt", "iTXt", "eXIf", "tIME":
			c.skip(n)
		case "IHDR":
			if n != 17 {
				c.put(head)
				c.rest()
				return
			}
			body := c.take(17)
			if len(body) == 17 {
				c.size(binary.BigEndian.Uint32(body), binary.BigEndian.Uint32(body[4:]))
			}
			c.put(head)
			c.put(body)
		default:
			c.put(head)
			c.copy(n)
			if kind == "IEND" {
				return
			}
		}
	}
}
