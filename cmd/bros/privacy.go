package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"time"

	"github.com/brosops/bros/api"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/store"
)

type privacyCmd struct {
	Purge  privacyPurgeCmd  `cmd:"" help:"Mask the customers of orders that ended some days ago (BROS_KEEP_CUSTOMERS does it by itself)."`
	Export privacyExportCmd `cmd:"" help:"Print all that is known under a phone number, as JSON."`
	Delete privacyDeleteCmd `cmd:"" help:"Forget the customer of a phone number at once."`
}

// privacyMargin is added to the window of the live rooms: a record in them is
// left alone.
const privacyMargin = time.Hour

type privacyPurgeCmd struct {
	Days int `required:"" help:"Mask what ended so many days ago or earlier."`
}

// Run masks center by center, in batches that leave room for a server beside it.
func (c privacyPurgeCmd) Run(env *runtimeEnv) error {
	cfg, err := env.config()
	if err != nil {
		return err
	}
	age := time.Duration(c.Days) * 24 * time.Hour
	if least := cfg.Keep.Log + cfg.Window; age < least {
		return &usageError{fmt.Errorf("--days must be at least %d: what is younger is in the live rooms or the log", int(least.Hours()/24)+1)}
	}
	return withDatabase(env, func(db *store.DB) error {
		before := time.Now().Add(-age)
		masked, err := 0, error(nil)
		page := domain.Page{Limit: 500}
		for err == nil {
			var centers []domain.Center
			if centers, page.Cursor, err = db.ListCenters(env.ctx, domain.SetupFilter{}, page); err != nil {
				return err
			}
			for i := 0; i < len(centers) && err == nil; i++ {
				var n int
				n, err = maskCenter(env.ctx, db, centers[i].ID, before)
				masked += n
			}
			if page.Cursor == "" {
				break
			}
		}
		fmt.Fprintf(env.stdout, "looked at %d orders\n", masked)
		return errors.Join(err, auditPrivacy(env.ctx, db, "purge", domain.AuditChange{Field: "days", To: strconv.Itoa(c.Days)}))
	})
}

func maskCenter(ctx context.Context, db *store.DB, id string, before time.Time) (total int, err error) {
	const batch = 200
	for {
		n, err := db.MaskCustomers(ctx, id, before, batch)
		total += n
		if err != nil || n < batch {
			return total, err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return total, ctx.Err()
		}
	}
}

type privacyExportCmd struct {
	Phone string `arg:"" help:"Phone number."`
}

// exported is what is known of an order.
type exported struct {
	Order    domain.Order          `json:"order"`
	Delivery *domain.Delivery      `json:"delivery,omitempty"`
	History  []domain.HistoryEntry `json:"history,omitempty"`
}

// maxExported bounds an export: nobody orders so often.
const maxExported = 10_000

// Run prints one JSON object.
func (c privacyExportCmd) Run(env *runtimeEnv) error {
	phone, ok := domain.NormalizePhone(c.Phone)
	if !ok {
		return &usageError{errors.New("this is no phone number")}
	}
	return withDatabase(env, func(db *store.DB) error {
		orders, err := db.CustomerOrders(env.ctx, phone, nil, maxExported)
		if err != nil {
			return err
		}
		out := struct {
			Phone  string     `json:"phone"`
			Orders []exported `json:"orders"`
		}{phone, []exported{}}
		for _, o := range orders {
			e := exported{Order: o}
			if o.DeliveryID != "" {
				if e.Delivery, err = db.FindDelivery(env.ctx, o.DeliveryID); err != nil {
					return err
				}
				if e.History, err = db.History(env.ctx, o.DeliveryID); err != nil {
					return err
				}
			}
			out.Orders = append(out.Orders, e)
		}
		enc := json.NewEncoder(env.stdout)
		enc.SetIndent("", "  ")
		if err := enc.Encode(out); err != nil {
			return err
		}
		return auditPrivacy(env.ctx, db, "export", domain.AuditChange{Field: "orders", To: strconv.Itoa(len(orders))})
	})
}

type privacyDeleteCmd struct {
	Phone string `arg:"" help:"Phone number."`
}

// Run forgets what may be forgotten now, and says what is left.
func (c privacyDeleteCmd) Run(env *runtimeEnv) error {
	phone, ok := domain.NormalizePhone(c.Phone)
	if !ok {
		return &usageError{errors.New("this is no phone number")}
	}
	cfg, err := env.config()
	if err != nil {
		return err
	}
	var got domain.Forgotten
	var trace *domain.Trace
	err = withDatabase(env, func(db *store.DB) (err error) {
		if got, trace, err = db.ForgetCustomer(env.ctx, phone, time.Now().Add(-cfg.Window-privacyMargin)); err != nil {
			return err
		}
		if err := removePhotos(cfg.DataDir, got.Photos); err != nil {
			return err
		}
		fmt.Fprintf(env.stdout, "masked %d orders, erased it in %d other places, removed %d photos\n", got.Orders, got.Texts, len(got.Photos))
		return auditPrivacy(env.ctx, db, "delete", domain.AuditChange{Field: "orders", To: strconv.Itoa(got.Orders)})
	})
	if err != nil {
		return err
	}
	if got.Live > 0 {
		return fmt.Errorf("%d orders are open or ended less than %s ago: they are in the live rooms; run this again later", got.Live, cfg.Window+privacyMargin)
	}
	left, err := store.Scour(env.ctx, cfg.DatabaseURL, trace)
	if err == nil && left {
		err = errors.New("the database's files still hold something of it: a shop, a rider, or an order of somebody else that is in the live rooms names it, or another process reads the file all the while; run this again later")
	}
	return err
}

func removePhotos(dataDir string, ids []string) error {
	photos, err := api.NewPhotoDir(filepath.Join(dataDir, "photos"))
	if err != nil {
		return err
	}
	defer func() { _ = photos.Close() }()
	for _, id := range ids {
		if err := photos.Remove(id); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove a photo: %w", err)
		}
	}
	return nil
}

// auditPrivacy notes that it was done, without whom it was about.
func auditPrivacy(ctx context.Context, db *store.DB, what string, changes ...domain.AuditChange) error {
	e := domain.AuditOf(domain.System, domain.At(time.Now()), "privacy", "", "privacy:"+what)
	e.Changes = changes
	return db.Audit(ctx, e)
}
