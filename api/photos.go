package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"time"

	"github.com/brosops/bros/api/quota"
	"github.com/brosops/bros/domain"
)

// PhotoAnswer is what an upload is known by.
type PhotoAnswer struct {
	PhotoID string `json:"photoId"`
}

// photoForProblem is what a photo is ?for= that follows the report of a problem.
const photoForProblem = "problem"

// addPhoto answers POST /deliveries/{id}/photo: the photo is the body itself.
// Its kind is what its bytes say, whatever the header claims.
func (s *Server) addPhoto(w http.ResponseWriter, r *http.Request) error {
	ctx, c := r.Context(), callOf(r.Context())
	if err := s.take(quota.Photos, c.caller, 1); err != nil {
		return err
	}
	if _, err := s.seeDelivery(ctx, pathID(r)); err != nil {
		return err
	}
	if s.photos == nil {
		return domain.Errorf(domain.CodeUnavailable, "no place for photos is set up")
	}
	of := r.URL.Query().Get("for")
	if of != "" && of != photoForProblem {
		return domain.Invalid("for", "must be "+photoForProblem)
	}
	if r.ContentLength > maxPhoto {
		return tooLarge(maxPhoto)
	}
	sum := sha256.New()
	body := &photoReader{r: http.MaxBytesReader(w, r.Body, maxPhoto), hash: sum}
	head := make([]byte, 512)
	n, err := io.ReadFull(body, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return bodyError(err, maxPhoto)
	}
	head = head[:n]
	kind := http.DetectContentType(head)
	if n == 0 || !domain.ValidPhotoType(kind) {
		return domain.Invalid("photo", "must be a JPEG, PNG or WebP image")
	}
	photo := domain.Photo{ID: domain.NewID(), ContentType: kind}
	if photo.Size, err = s.savePhoto(photo.ID, kind, io.MultiReader(bytes.NewReader(head), body)); err == nil && body.err != nil {
		_ = s.photos.Remove(photo.ID) // it broke off
		return bodyError(body.err, maxPhoto)
	}
	if err != nil {
		if body.err != nil {
			return bodyError(body.err, maxPhoto)
		}
		return err
	}
	c.bodyHash = [32]byte(sum.Sum(nil))

	used := false
	done, err := s.commit(r, http.StatusCreated, func(ctx context.Context, tx domain.Tx) (any, error) {
		p, err := s.svc.AddPhoto(ctx, tx, actorOf(ctx), pathID(r), photo, of == photoForProblem)
		if err != nil {
			return nil, err
		}
		used = true
		return PhotoAnswer{p.ID}, nil
	})
	if err != nil || done.replayed || !used || done.Status >= 300 {
		if rm := s.photos.Remove(photo.ID); rm != nil {
			s.log.Error("an unused photo stays on the disk", "photo", photo.ID, "error", rm)
		}
	}
	if err != nil {
		return err
	}
	done.send(w)
	return nil
}

// photoReader hashes what is read and keeps why reading ended.
type photoReader struct {
	r    io.Reader
	hash hash.Hash
	err  error
}

func (p *photoReader) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.hash.Write(b[:n])
	if err != nil && !errors.Is(err, io.EOF) {
		p.err = err
	}
	return n, err
}

// getPhoto answers GET /photos/{id}: for staff of the center, and for the
// rider of the delivery until a day after its end.
func (s *Server) getPhoto(w http.ResponseWriter, r *http.Request) error {
	a := actorOf(r.Context())
	p, err := s.store.FindPhoto(r.Context(), pathID(r))
	if err != nil {
		return err
	}
	if !a.Sees(p.CenterID) {
		return domain.NotFound("photo")
	}
	if a.Role == domain.RoleRider {
		d, err := s.store.FindDelivery(r.Context(), p.DeliveryID)
		if err != nil {
			return err
		}
		if a.RiderID == "" || d.RiderID != a.RiderID || d.Past(domain.At(s.now())) {
			return domain.NotFound("photo")
		}
	}
	if s.photos == nil {
		return domain.NotFound("photo")
	}
	f, err := s.photos.Open(p.ID)
	if errors.Is(err, os.ErrNotExist) {
		return domain.NotFound("photo") // kept by another node, or cleared away
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	h := w.Header()
	h.Set("Content-Type", p.ContentType)
	h.Set("Content-Disposition", "inline")
	h.Set("Cache-Control", "private, no-store")
	// Who reads slowly reads no further than the rights go.
	ctx, leave, err := s.stream(r, ridersToo, p.CenterID)
	if err != nil {
		return err
	}
	defer leave()
	http.ServeContent(w, r, "", p.CreatedAt.Time, heldReader{f, ctx})
	return nil
}

// PhotoDir keeps photos as files under a directory, spread over 32² folders
// by the end of their id.
type PhotoDir struct{ root *os.Root }

// NewPhotoDir opens the directory, and makes it when it isn't there.
func NewPhotoDir(dir string) (*PhotoDir, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("photos: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("photos: %w", err)
	}
	return &PhotoDir{root}, nil
}

// Close lets go of the directory.
func (p *PhotoDir) Close() error { return p.root.Close() }

func photoPath(id string) string { return path.Join(id[max(0, len(id)-2):], id) }

// Save writes a photo and returns when it is on the disk, whole or not at all.
func (p *PhotoDir) Save(id string, r io.Reader) (size int64, err error) {
	name := photoPath(id)
	if err := p.root.MkdirAll(path.Dir(name), 0o750); err != nil {
		return 0, fmt.Errorf("save a photo: %w", err)
	}
	part := name + ".part"
	f, err := p.root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return 0, fmt.Errorf("save a photo: %w", err)
	}
	size, err = io.Copy(f, r)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = p.root.Rename(part, name)
	}
	if err != nil {
		_ = p.root.Remove(part)
		return 0, fmt.Errorf("save a photo: %w", err)
	}
	return size, p.sync(path.Dir(name))
}

// sync makes a new name in a folder durable.
func (p *PhotoDir) sync(folder string) error {
	d, err := p.root.Open(folder)
	if err != nil {
		return fmt.Errorf("save a photo: %w", err)
	}
	defer func() { _ = d.Close() }()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("save a photo: %w", err)
	}
	return nil
}

// Open reads a photo; os.ErrNotExist when it isn't there.
func (p *PhotoDir) Open(id string) (io.ReadSeekCloser, error) { return p.root.Open(photoPath(id)) }

// Remove deletes a photo; that it isn't there is no error.
func (p *PhotoDir) Remove(id string) error {
	if err := p.root.Remove(photoPath(id)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// Forget removes photos that were saved before, and says how many.
func (p *PhotoDir) Forget(ctx context.Context, before time.Time) (n int, err error) {
	err = fs.WalkDir(p.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !info.ModTime().Before(before) {
			return err
		}
		if err := p.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		n++
		return ctx.Err()
	})
	if err != nil {
		return n, fmt.Errorf("remove old photos: %w", err)
	}
	return n, nil
}
