package api

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"

	"github.com/brosops/bros/domain"
)

// TestPhotosAreCleaned: what the camera wrote beside the picture does not reach
// the disk, and a picture that would take a browser's memory is refused.
func TestPhotosAreCleaned(t *testing.T) {
	r := newRig(t)
	d := r.assigned(r.a, r.a.rider)
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, image.NewGray(image.Rect(0, 0, 9, 9)), nil); err != nil {
		t.Fatal(err)
	}
	const where = "37.514 127.105"
	b := append([]byte("\xff\xd8\xff\xe1\x00\x16Exif\x00\x00"+where), plain.Bytes()[2:]...)
	path := "/deliveries/" + d.ID + "/photo"
	for range 2 { // the second time out of the kept answer
		photo := get[PhotoAnswer](r.do(r.a.rider, "POST", path, b, withKey("k")).want(201)).PhotoID
		got := r.do(r.a.rider, "GET", "/photos/"+photo, nil).want(200)
		if _, err := jpeg.Decode(bytes.NewReader(got.body)); err != nil || bytes.Contains(got.body, []byte(where)) {
			t.Errorf("%v: %q", err, got.body)
		}
	}
	i := bytes.Index(b, []byte{0xff, 0xc0})
	copy(b[i+5:], "\xff\xff\xff\xff")
	r.do(r.a.rider, "POST", path, b).code(422, domain.CodeValidation, "photo")
}
