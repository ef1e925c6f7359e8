package pmtiles

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"sort"
	"strings"
)

var entities = strings.NewReplacer("&copy;", "©", "&amp;", "&", "&quot;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">")

// Tile is one to be written: vector data, not compressed.
type Tile struct {
	Z, X, Y int
	Data    []byte
}

// Bounds are what a map shows, in degrees.
type Bounds struct{ West, South, East, North float64 }

// Write writes an archive. The same tiles make the same bytes.
func Write(w io.Writer, tiles []Tile, b Bounds, meta map[string]any) error {
	if len(tiles) == 0 {
		return errors.New("there are no tiles")
	}
	dir := make([]entry, 0, len(tiles))
	order := append([]Tile{}, tiles...)
	sort.Slice(order, func(i, j int) bool {
		return number(order[i].Z, order[i].X, order[i].Y) < number(order[j].Z, order[j].X, order[j].Y)
	})
	var data bytes.Buffer
	low, high := order[0].Z, order[0].Z
	for _, t := range order {
		packed, err := pack(t.Data)
		if err != nil {
			return err
		}
		dir = append(dir, entry{id: number(t.Z, t.X, t.Y), offset: uint64(data.Len()), length: uint32(len(packed)), run: 1})
		_, _ = data.Write(packed)
		low, high = min(low, t.Z), max(high, t.Z)
	}
	root, err := pack(encode(dir))
	if err != nil {
		return err
	}
	raw, err := json.Marshal(meta)
	if err != nil {
		return err
	}
	if raw, err = pack(raw); err != nil {
		return err
	}
	head := make([]byte, headerSize)
	copy(head, "PMTiles\x03")
	at := uint64(headerSize)
	for i, size := range []int{len(root), len(raw), 0, data.Len()} {
		binary.LittleEndian.PutUint64(head[8+16*i:], at)
		binary.LittleEndian.PutUint64(head[16+16*i:], uint64(size))
		at += uint64(size)
	}
	for i := range 3 { // addressed, entries, contents
		binary.LittleEndian.PutUint64(head[72+8*i:], uint64(len(dir)))
	}
	head[96], head[97], head[98], head[99], head[100], head[101] = 1, gzipped, gzipped, vector, byte(low), byte(high)
	for i, v := range []float64{b.West, b.South, b.East, b.North} {
		binary.LittleEndian.PutUint32(head[102+4*i:], uint32(int32(v*1e7)))
	}
	head[118] = byte((low + high) / 2)
	binary.LittleEndian.PutUint32(head[119:], uint32(int32((b.West+b.East)/2*1e7)))
	binary.LittleEndian.PutUint32(head[123:], uint32(int32((b.South+b.North)/2*1e7)))
	for _, part := range [][]byte{head, root, raw, data.Bytes()} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

func encode(dir []entry) []byte {
	out := binary.AppendUvarint(nil, uint64(len(dir)))
	var last uint64
	for _, e := range dir {
		out = binary.AppendUvarint(out, e.id-last)
		last = e.id
	}
	for _, e := range dir {
		out = binary.AppendUvarint(out, uint64(e.run))
	}
	for _, e := range dir {
		out = binary.AppendUvarint(out, uint64(e.length))
	}
	for _, e := range dir {
		out = binary.AppendUvarint(out, e.offset+1)
	}
	return out
}

func pack(b []byte) ([]byte, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(b); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
