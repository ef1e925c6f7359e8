package demo

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/url"

	"github.com/brosops/bros/domain"
)

// metresPerDegree of latitude.
const metresPerDegree = 111_320

// place is a point some metres east and north of the center.
func place(east, north float64) domain.Location {
	return domain.Location{
		Lat: centerPlace.Lat + north/metresPerDegree,
		Lng: centerPlace.Lng + east/(metresPerDegree*math.Cos(centerPlace.Lat*math.Pi/180)),
	}
}

// setup makes sure that the center, its shops, its people and the key of the
// ordering app exist, through the public API.
func (d *demo) setup(ctx context.Context) error {
	d.admin = d.session("admin")
	if _, err := d.admin.bearer(ctx, ""); unauthenticated(err) && d.o.ResetAdmin != nil {
		if err := d.o.ResetAdmin(ctx); err != nil {
			return err
		}
	}
	if err := d.setupCenter(ctx); err != nil {
		return err
	}
	if err := d.setupShops(ctx); err != nil {
		return err
	}
	if err := d.setupStaff(ctx); err != nil {
		return err
	}
	if err := d.setupRiders(ctx); err != nil {
		return err
	}
	return d.setupKey(ctx)
}

func (d *demo) setupCenter(ctx context.Context) error {
	centers, err := list[domain.Center](ctx, d.admin, "/centers", "q="+centerCode)
	if err != nil {
		return err
	}
	for _, c := range centers {
		if c.Code == centerCode {
			d.center = c
			return nil
		}
	}
	return d.admin.call(ctx, http.MethodPost, "/centers", map[string]any{
		"code": centerCode, "name": centerName, "location": centerPlace,
		"timezone": "Asia/Seoul", "currency": "KRW", "assignMode": domain.ModeDispatch,
	}, &d.center)
}

func (d *demo) setupShops(ctx context.Context) error {
	shops, err := list[domain.Shop](ctx, d.admin, "/shops", "centerId="+d.center.ID)
	if err != nil {
		return err
	}
	known := map[string]domain.Shop{}
	for _, s := range shops {
		known[s.Name] = s
	}
	for _, k := range kitchens {
		shop, ok := known[k.Name]
		if !ok {
			err := d.admin.call(ctx, http.MethodPost, "/shops", map[string]any{
				"centerId": d.center.ID, "name": k.Name, "phone": k.Phone, "address": k.Address,
				"location": place(k.East, k.North), "prepMinutes": k.Prep,
			}, &shop)
			if err != nil {
				return err
			}
		}
		d.shops = append(d.shops, shop)
	}
	return nil
}

func (d *demo) setupStaff(ctx context.Context) error {
	users, err := list[domain.User](ctx, d.admin, "/users", "")
	if err != nil {
		return err
	}
	known := map[string]string{}
	for _, u := range users {
		known[u.Login] = u.ID
	}
	for _, a := range staff {
		if known[a.Login] == "" {
			err = d.admin.call(ctx, http.MethodPost, "/users", map[string]any{
				"login": a.Login, "password": Password, "name": a.Name, "role": a.Role, "centerIds": []string{d.center.ID},
			}, nil)
		} else {
			err = d.ensurePassword(ctx, a.Login, "/users/"+known[a.Login])
		}
		if err != nil {
			return err
		}
	}
	d.agent, d.dispatcher = d.session("agent"), d.session("dispatcher")
	return nil
}

// ensurePassword sets the printed password again if a visitor has changed it.
func (d *demo) ensurePassword(ctx context.Context, login, path string) error {
	_, err := d.session(login).bearer(ctx, "")
	if unauthenticated(err) {
		err = d.admin.call(ctx, http.MethodPatch, path, map[string]any{"password": Password, "active": true}, nil)
	}
	return err
}

func (d *demo) setupRiders(ctx context.Context) error {
	riders, err := list[domain.RiderView](ctx, d.admin, "/riders", "centerId="+d.center.ID)
	if err != nil {
		return err
	}
	known := map[string]domain.RiderView{}
	for _, r := range riders {
		known[r.Name] = r
	}
	for i, c := range couriers {
		r, ok := known[c.Name]
		if !ok {
			err = d.admin.call(ctx, http.MethodPost, "/riders", map[string]any{
				"centerId": d.center.ID, "name": c.Name, "phone": c.Phone, "vehicle": c.Vehicle,
				"login": c.Login, "password": Password,
			}, &r)
		} else {
			err = d.ensurePassword(ctx, c.Login, "/riders/"+r.ID)
		}
		if err != nil {
			return err
		}
		if c.Login == visitorRider {
			d.visitor = r.ID
			continue
		}
		rd := &rider{d: d, id: r.ID, s: d.session(c.Login), at: startPlace(i)}
		if r.Position != nil {
			rd.at = domain.Location{Lat: r.Position.Lat, Lng: r.Position.Lng}
		}
		if r.Duty != domain.DutyOn {
			if err := rd.s.call(ctx, http.MethodPost, "/riders/me/duty", map[string]any{"duty": domain.DutyOn}, nil); err != nil {
				return fmt.Errorf("%s goes on duty: %w", c.Login, err)
			}
		}
		if err := rd.report(ctx); err != nil {
			return err
		}
		d.riders = append(d.riders, rd)
	}
	return nil
}

// startPlace spreads the riders on a ring around the center.
func startPlace(i int) domain.Location {
	sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(len(couriers)))
	return place(500*cos, 500*sin)
}

// setupKey makes a new key for the ordering app: the old one was shown once.
func (d *demo) setupKey(ctx context.Context) error {
	keys, err := list[domain.APIKey](ctx, d.admin, "/api-keys", "q="+url.QueryEscape(keyName))
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.Name == keyName {
			if err := d.admin.call(ctx, http.MethodDelete, "/api-keys/"+k.ID, nil, nil); err != nil {
				return err
			}
		}
	}
	var made struct {
		Key string `json:"key"`
	}
	err = d.admin.call(ctx, http.MethodPost, "/api-keys", map[string]any{
		"name": keyName, "scopes": []domain.Scope{domain.ScopeOrdersWrite, domain.ScopeOrdersRead}, "centerIds": []string{d.center.ID},
	}, &made)
	d.app = &session{base: d.o.URL, http: d.o.HTTP, token: made.Key}
	return err
}
