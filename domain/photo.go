package domain

import (
	"context"
	"time"
)

// MaxPhoto is the most a proof photo may weigh, in bytes.
const MaxPhoto = 5 << 20

const (
	// maxPhotos is how many photos a delivery has at most.
	maxPhotos = 10
	// After its end a delivery takes latePhotos, for latePhotoTime: the photo
	// follows the act where the line is weak.
	latePhotos    = 3
	latePhotoTime = time.Hour
)

// AddPhoto notes a proof photo of a delivery that a rider has in hand or has
// delivered; its bytes are the api's. An empty p.ID is given one. The photo
// becomes the delivery's by the photoId of its deliver. One that follows the
// deliver of its rider becomes it at once, when there is none yet: on a weak
// line the deliver must not wait for its picture. In the same way one that is
// ofProblem becomes that of the problem which the caller has reported, while it
// stands.
func (s *Service) AddPhoto(ctx context.Context, tx Tx, a Actor, deliveryID string, p Photo, ofProblem bool) (*Photo, error) {
	if err := mayRide(a); err != nil {
		return nil, err
	}
	d, err := seenDelivery(ctx, tx, a, deliveryID)
	if err != nil {
		return nil, err
	}
	if p.Size > MaxPhoto {
		return nil, Errorf(CodeTooLarge, "a photo has at most %d bytes", MaxPhoto)
	}
	var f form
	if !ValidPhotoType(p.ContentType) {
		f.bad("photo", "must be image/jpeg, image/png or image/webp")
	}
	if p.Size <= 0 {
		f.bad("photo", "is empty")
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	if d.Status == Waiting || d.Status == Cancelled {
		return nil, refused(d, a, "a delivery that is %s has no photo", d.Status)
	}
	if err := s.roomForPhoto(ctx, tx, a, d); err != nil {
		return nil, err
	}
	if p.ID == "" {
		p.ID = NewID()
	}
	p.DeliveryID, p.CenterID, p.RiderID, p.CreatedAt = d.ID, d.CenterID, a.RiderID, s.now()
	if err := tx.CreatePhoto(ctx, &p); err != nil {
		return nil, err
	}
	if err := audit(ctx, tx, a, p.CreatedAt, "photo", AuditCreate, []string{p.CenterID}, nil, &p); err != nil {
		return nil, err
	}
	before := StateOf(d)
	follows := true
	switch {
	case ofProblem && d.Problem != nil && d.Problem.By.ID == a.UserID && d.Problem.PhotoID == "":
		problem := *d.Problem
		problem.PhotoID = p.ID
		d.Problem = &problem
	case !ofProblem && own(d, a) && d.Status == Delivered && d.PhotoID == "":
		d.PhotoID = p.ID
	default:
		follows = false
	}
	if follows {
		if _, err := acted(ctx, tx, a, p.CreatedAt, d, &Change{Event: EventDeliveryChanged, Record: d, Before: before}); err != nil {
			return nil, err
		}
	}
	return &p, nil
}

// roomForPhoto refuses more photos than a proof needs.
func (s *Service) roomForPhoto(ctx context.Context, tx Tx, a Actor, d *Delivery) error {
	most := maxPhotos
	if !d.FinishedAt.IsZero() {
		most = latePhotos
		if s.now().Sub(d.FinishedAt.Time) > latePhotoTime {
			return refused(d, a, "the delivery ended too long ago for a photo")
		}
	}
	n, err := tx.CountPhotos(ctx, d.ID)
	if err != nil {
		return err
	}
	if n >= most {
		return refused(d, a, "the delivery has %d photos already", n)
	}
	return nil
}

// ValidPhotoType reports whether a photo may be of this media type.
func ValidPhotoType(t string) bool {
	return t == "image/jpeg" || t == "image/png" || t == "image/webp"
}
