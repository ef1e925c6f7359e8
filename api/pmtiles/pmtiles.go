// Package pmtiles reads and writes PMTiles archives of version 3: one file with
// the tiles of a map in it, numbered along a Hilbert curve.
package pmtiles

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"sort"
	"sync"
)

const (
	headerSize = 127
	// What is believed of a file: a directory or a tile beyond is damage.
	mostDirectory = 16 << 20
	mostTile      = 8 << 20
	mostDepth     = 4
	keptLeaves    = 64
	// MostZoom is the deepest zoom that a number has room for.
	MostZoom = 26
)

// Compressions and the kind of tiles, as the header has them.
const (
	plain   = 1
	gzipped = 2
	vector  = 1
)

// File is an open archive. It is for many goroutines.
type File struct {
	Header
	// Attribution is plain text that says who made the map; empty: nothing.
	Attribution string
	// ID changes when the file does.
	ID string

	f    *os.File
	root []entry

	mu     sync.Mutex
	leaves map[uint64][]entry
}

// Header is what of an archive's header matters here.
type Header struct {
	MinZoom, MaxZoom         int
	West, South, East, North float64

	rootAt, rootSize     uint64
	metaAt, metaSize     uint64
	leavesAt, leavesSize uint64
	tilesAt, tilesSize   uint64
	inner, tiles         byte // compression
}

type entry struct {
	id, offset  uint64
	length, run uint32
}

var errDamaged = errors.New("is no whole PMTiles archive of version 3")

// Open opens an archive of vector tiles, and reads what is needed of it at once.
func Open(path string) (_ *File, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
		}
	}()
	head := make([]byte, headerSize)
	if _, err := f.ReadAt(head, 0); err != nil {
		return nil, errDamaged
	}
	a := &File{f: f, leaves: map[uint64][]entry{}}
	if err := a.parse(head); err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || a.tilesAt+a.tilesSize > uint64(info.Size()) {
		return nil, errDamaged
	}
	if a.root, err = a.directory(a.rootAt, a.rootSize); err != nil {
		return nil, err
	}
	if a.metaSize > 0 {
		raw, err := a.read(a.metaAt, a.metaSize, mostDirectory, a.inner)
		var meta struct {
			Attribution string `json:"attribution"`
		}
		if err != nil || json.Unmarshal(raw, &meta) != nil {
			return nil, errDamaged
		}
		a.Attribution = plainText(meta.Attribution)
	}
	sum := fnv.New64a()
	_, _ = sum.Write(head)
	a.ID = fmt.Sprintf("%x-%x", sum.Sum64(), uint64(info.ModTime().UnixMilli())^uint64(info.Size()))
	return a, nil
}

func (h *Header) parse(b []byte) error {
	if string(b[:7]) != "PMTiles" || b[7] != 3 {
		return errDamaged
	}
	u := func(at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
	deg := func(at int) float64 { return float64(int32(binary.LittleEndian.Uint32(b[at:]))) / 1e7 }
	h.rootAt, h.rootSize, h.metaAt, h.metaSize = u(8), u(16), u(24), u(32)
	h.leavesAt, h.leavesSize, h.tilesAt, h.tilesSize = u(40), u(48), u(56), u(64)
	h.inner, h.tiles = b[97], b[98]
	h.MinZoom, h.MaxZoom = int(b[100]), int(b[101])
	h.West, h.South, h.East, h.North = deg(102), deg(106), deg(110), deg(114)
	known := func(c byte) bool { return c == plain || c == gzipped }
	switch {
	case b[99] != vector:
		return errors.New("has no vector tiles")
	case !known(h.inner) || !known(h.tiles):
		return errors.New("is compressed in a way that bros does not know (gzip is)")
	case h.MaxZoom > MostZoom || h.MinZoom > h.MaxZoom || h.tilesAt+h.tilesSize < h.tilesAt:
		return errDamaged
	}
	return nil
}

// Close closes the file.
func (a *File) Close() error { return a.f.Close() }

// Gzipped says that Tile answers gzip.
func (a *File) Gzipped() bool { return a.tiles == gzipped }

// Tile is a tile as it is stored; nil: there is none.
func (a *File) Tile(z, x, y int) ([]byte, error) {
	if z < 0 || z > MostZoom || x < 0 || y < 0 || x >= 1<<z || y >= 1<<z {
		return nil, nil
	}
	id := number(z, x, y)
	dir := a.root
	for range mostDepth {
		i := sort.Search(len(dir), func(i int) bool { return dir[i].id > id }) - 1
		if i < 0 {
			return nil, nil
		}
		e := dir[i]
		if e.run > 0 {
			if id >= e.id+uint64(e.run) {
				return nil, nil
			}
			if e.offset+uint64(e.length) > a.tilesSize || e.offset+uint64(e.length) < e.offset {
				return nil, errDamaged
			}
			return a.read(a.tilesAt+e.offset, uint64(e.length), mostTile, plain)
		}
		var err error
		if dir, err = a.leaf(e); err != nil {
			return nil, err
		}
	}
	return nil, errDamaged
}

// leaf is a directory below the root; the newest are kept.
func (a *File) leaf(e entry) ([]entry, error) {
	a.mu.Lock()
	dir, ok := a.leaves[e.offset]
	a.mu.Unlock()
	if ok {
		return dir, nil
	}
	dir, err := a.directory(a.leavesAt+e.offset, uint64(e.length))
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	if len(a.leaves) >= keptLeaves {
		clear(a.leaves)
	}
	a.leaves[e.offset] = dir
	a.mu.Unlock()
	return dir, nil
}

// read reads a part of the file, and unpacks it.
func (a *File) read(at, size, most uint64, compression byte) ([]byte, error) {
	if size > most || at > 1<<62 {
		return nil, errDamaged
	}
	raw := make([]byte, size)
	if _, err := a.f.ReadAt(raw, int64(at)); err != nil {
		return nil, errDamaged
	}
	if compression == plain {
		return raw, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, errDamaged
	}
	out, err := io.ReadAll(io.LimitReader(z, mostDirectory+1))
	if err != nil || len(out) > mostDirectory {
		return nil, errDamaged
	}
	return out, nil
}

// directory reads a list of entries: their number, then all ids as differences,
// all runs, all lengths, all offsets.
func (a *File) directory(at, size uint64) ([]entry, error) {
	raw, err := a.read(at, size, mostDirectory, a.inner)
	if err != nil {
		return nil, err
	}
	r := bytes.NewReader(raw)
	bad := false
	next := func() uint64 {
		v, err := binary.ReadUvarint(r)
		bad = bad || err != nil
		return v
	}
	n := next()
	if bad || n > uint64(len(raw)) {
		return nil, errDamaged
	}
	dir := make([]entry, n)
	var id uint64
	for i := range dir {
		id += next()
		dir[i].id = id
	}
	for i := range dir {
		dir[i].run = uint32(next())
	}
	for i := range dir {
		dir[i].length = uint32(next())
	}
	for i := range dir {
		if v := next(); v > 0 {
			dir[i].offset = v - 1
		} else if i > 0 {
			dir[i].offset = dir[i-1].offset + uint64(dir[i-1].length)
		}
	}
	if bad {
		return nil, errDamaged
	}
	return dir, nil
}

// number is a tile's place on the curve through all zooms.
func number(z, x, y int) uint64 {
	var before, d uint64
	for i := range z {
		before += 1 << (2 * i)
	}
	for s := 1 << z >> 1; s > 0; s >>= 1 {
		var rx, ry int
		if x&s > 0 {
			rx = 1
		}
		if y&s > 0 {
			ry = 1
		}
		d += uint64(s) * uint64(s) * uint64((3*rx)^ry)
		if ry == 0 {
			if rx == 1 {
				x, y = s-1-x, s-1-y
			}
			x, y = y, x
		}
	}
	return before + d
}

// plainText takes the tags and entities out of an attribution.
func plainText(s string) string {
	var out []rune
	depth := 0
	for _, r := range s {
		switch {
		case r == '<':
			depth++
		case r == '>' && depth > 0:
			depth--
		case depth == 0 && len(out) < 300:
			out = append(out, r)
		}
	}
	return entities.Replace(string(out))
}
