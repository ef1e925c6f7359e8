package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/brosops/bros/domain"
)

// photoDir keeps proof photos as files of a folder, each under its id. It is an
// api.PhotoStore. All access goes through an os.Root, so no name leads outside.
type photoDir struct{ root *os.Root }

// openPhotos makes the folder when it is missing.
func openPhotos(dir string) (*photoDir, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of photos: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the folder of photos: %w", err)
	}
	return &photoDir{root}, nil
}

// Save writes the photo and returns when it is on disk: a record that names it
// is committed after that. A photo that can't be written leaves nothing behind.
func (p *photoDir) Save(id string, r io.Reader) (size int64, err error) {
	part := id + ".part"
	f, err := p.root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, fmt.Errorf("create a photo: %w", err)
	}
	defer func() {
		if err != nil {
			_ = p.root.Remove(part)
		}
	}()
	size, err = io.Copy(f, r)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = p.root.Rename(part, id)
	}
	if err == nil {
		err = p.syncDir()
	}
	if err != nil {
		return 0, fmt.Errorf("write a photo: %w", err)
	}
	return size, nil
}

// syncDir makes the new name durable too.
func (p *photoDir) syncDir() error {
	dir, err := p.root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// Open answers domain.NotFound when there is no such photo.
func (p *photoDir) Open(id string) (io.ReadSeekCloser, error) {
	if !filepath.IsLocal(id) {
		return nil, domain.NotFound("photo")
	}
	f, err := p.root.Open(id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, domain.NotFound("photo")
	}
	if err != nil {
		return nil, fmt.Errorf("open a photo: %w", err)
	}
	return f, nil
}

// Remove forgets a photo; one that is not there is no error.
func (p *photoDir) Remove(id string) error {
	if err := p.root.Remove(id); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove a photo: %w", err)
	}
	return nil
}

// Close lets go of the folder.
func (p *photoDir) Close() error { return p.root.Close() }
