package api

import (
	"errors"
	"io"

	"github.com/brosops/bros/api/photo"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/realtime/supervise"
)

// savePhoto keeps the picture in r without what the camera wrote beside it, and
// reads r to its end.
func (s *Server) savePhoto(id, kind string, r io.Reader) (size int64, err error) {
	clean, out := io.Pipe()
	go func() {
		err := errors.New("the photo can't be read")
		defer func() { _ = out.CloseWithError(err) }() // after a panic, too
		_ = supervise.Do(s.log, "photo", func() { err = photo.Clean(out, r, kind) })
	}()
	size, err = s.photos.Save(id, clean)
	_ = clean.CloseWithError(io.ErrClosedPipe)
	if errors.Is(err, photo.ErrTooManyPixels) {
		return 0, domain.Invalid("photo", "has too many pixels")
	}
	if err == nil {
		_, _ = io.Copy(io.Discard, r)
	}
	return size, err
}
