package photo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"testing"
	"testing/iotest"
)

const secret = "37.514 127.105 phone of Kim"

func picture() image.Image {
	m := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for i := range 64 * 48 {
		m.Set(i%64, i/64, color.RGBA{uint8(i), uint8(i * 7), uint8(i * 13), 255})
	}
	return m
}

// segment is one of JPEG's.
func segment(mark byte, body string) string {
	return string([]byte{0xff, mark, byte((len(body) + 2) >> 8), byte(len(body) + 2)}) + body
}

// exif says which side is up, little-endian, and a secret.
func exif(up byte) string {
	return exifHead + "II*\x00\x08\x00\x00\x00\x02\x00" + "\x0e\x01\x02\x00\x1b\x00\x00\x00\x26\x00\x00\x00" +
		"\x12\x01\x03\x00\x01\x00\x00\x00" + string(up) + "\x00\x00\x00" + "\x00\x00\x00\x00" + secret
}

func jpegWith(t *testing.T) []byte {
	t.Helper()
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, picture(), nil); err != nil {
		t.Fatal(err)
	}
	b := string(plain.Bytes()[:2]) + segment(0xe0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00") + segment(markAPP1, exif(6)) +
		segment(markAPP1, "http://ns.adobe.com/xap/1.0/\x00"+secret) + segment(0xed, "Photoshop 3.0\x00"+secret) + segment(markCOM, secret) +
		segment(0xe2, "MPF\x00"+secret) + segment(0xe2, "ICC_PROFILE\x00colors") + string(plain.Bytes()[2:]) + "a film: " + secret
	return []byte(b)
}

func pngWith(t *testing.T) []byte {
	t.Helper()
	var plain bytes.Buffer
	if err := png.Encode(&plain, picture()); err != nil {
		t.Fatal(err)
	}
	chunk := func(kind, body string) []byte {
		b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
		b = append(b, kind+body...)
		return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE([]byte(kind+body)))
	}
	const ihdrEnd = 33
	b := bytes.Clone(plain.Bytes()[:ihdrEnd])
	for _, kind := range []string{"tEXt", "iTXt", "zTXt", "eXIf"} {
		b = append(b, chunk(kind, secret)...)
	}
	b = append(b, chunk("gAMA", "\x00\x00\xb1\x8f")...)
	b = append(b, plain.Bytes()[ihdrEnd:]...)
	return append(b, secret...)
}

func webpWith() []byte {
	chunk := func(kind, body string) string {
		b := kind + string(binary.LittleEndian.AppendUint32(nil, uint32(len(body)))) + body
		if len(body)%2 == 1 {
			b += "\x00"
		}
		return b
	}
	body := "WEBP" + chunk("VP8X", "\x2c\x00\x00\x00\x3f\x00\x00\x2f\x00\x00") + chunk("ICCP", "colors") +
		chunk("VP8L", "\x2f\x3f\xc0\x0b\x00 and so on") + chunk("EXIF", secret) + chunk("XMP ", secret)
	return []byte("RIFF" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(body)))) + body)
}

func clean(t *testing.T, in []byte, kind string) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Clean(&out, iotest.OneByteReader(bytes.NewReader(in)), kind); err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	if bytes.Contains(out.Bytes(), []byte(secret)) {
		t.Errorf("%s: the secret is still there", kind)
	}
	again := bytes.Buffer{}
	if err := Clean(&again, &out, kind); err != nil || again.Len() == 0 {
		t.Errorf("%s: what is clean can't be cleaned: %v", kind, err)
	}
	return again.Bytes()
}

func TestMetadataGoesPictureStays(t *testing.T) {
	in := jpegWith(t)
	out := clean(t, in, "image/jpeg")
	before, err := jpeg.Decode(bytes.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	after, err := jpeg.Decode(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before.(*image.YCbCr).Y, after.(*image.YCbCr).Y) {
		t.Error("the JPEG looks otherwise")
	}
	if !bytes.Contains(out, []byte("ICC_PROFILE")) || !bytes.Contains(out, []byte("JFIF")) {
		t.Error("the JPEG lost its colors")
	}
	i := bytes.Index(out, []byte(exifHead))
	if i < 0 || orientation(out[i:]) != 6 {
		t.Error("the JPEG does not know which side is up")
	}

	in = pngWith(t)
	out = clean(t, in, "image/png")
	if after, err = png.Decode(bytes.NewReader(out)); err != nil || after.At(5, 9) != picture().At(5, 9) {
		t.Errorf("the PNG looks otherwise: %v", err)
	}
	if !bytes.Contains(out, []byte("gAMA")) {
		t.Error("the PNG lost its colors")
	}

	in = webpWith()
	out = clean(t, in, "image/webp")
	if len(out) != len(in) || out[20] != 0x20 || !bytes.Contains(out, []byte("and so on")) || bytes.Contains(out, []byte("EXIF")) {
		t.Errorf("the WebP is broken: %q", out)
	}
}

// TestBombs: a small file may say that it is a very large picture.
func TestBombs(t *testing.T) {
	big := jpegWith(t)
	i := bytes.Index(big, []byte{0xff, 0xc0})
	copy(big[i+5:], "\xff\xff\xff\xff")
	pn := pngWith(t)
	binary.BigEndian.PutUint32(pn[16:], 100_000)
	wp := webpWith()
	copy(wp[24:], "\xff\xff\x0f\xff\xff\x0f")
	for kind, b := range map[string][]byte{"image/jpeg": big, "image/png": pn, "image/webp": wp} {
		if err := Clean(io.Discard, bytes.NewReader(b), kind); !errors.Is(err, ErrTooManyPixels) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// TestBroken: what is cut off, or no picture behind its head, is copied to where
// it can be read, and nothing breaks.
func TestBroken(t *testing.T) {
	for _, in := range []string{"\xff\xd8", "\xff\xd8\xff", "\xff\xd8\xff\xe0 0000000", "\xff\xd8\xff\xe0\x00\x04ab\x00\x00\x00\x00"} {
		var out bytes.Buffer
		if err := Clean(&out, bytes.NewReader([]byte(in)), "image/jpeg"); err != nil || len(in) > 3 && out.String() != in {
			t.Errorf("%q: %q %v", in, out.String(), err)
		}
	}
	for kind, b := range map[string][]byte{"image/jpeg": jpegWith(t), "image/png": pngWith(t), "image/webp": webpWith()} {
		for n := range b {
			if err := Clean(io.Discard, bytes.NewReader(b[:n]), kind); err != nil {
				t.Fatalf("%s cut at %d: %v", kind, n, err)
			}
		}
	}
	wrong := errors.New("the line broke")
	if err := Clean(io.Discard, io.MultiReader(bytes.NewReader(jpegWith(t)[:300]), iotest.ErrReader(wrong)), "image/jpeg"); !errors.Is(err, wrong) {
		t.Errorf("a broken line: %v", err)
	}
}

func FuzzClean(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00MM\x00*\x00\x00\x00\x08\xff\xff"), "image/jpeg")
	f.Add(webpWith(), "image/webp")
	f.Fuzz(func(_ *testing.T, b []byte, kind string) { _ = Clean(io.Discard, bytes.NewReader(b), kind) })
}
