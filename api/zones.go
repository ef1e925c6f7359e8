package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/domain"
)

// eventZone tells screens that a center's zones have changed: they read the list again.
const eventZone = "setup:zone"

func (s *Server) zoneRoutes(r chi.Router) {
	read := agents.orKey(domain.ScopeOrdersWrite, domain.ScopeOrdersRead)
	s.on(r, http.MethodPost, "/zones", managers, s.createZone)
	s.on(r, http.MethodGet, "/zones", read, s.listZones)
	s.on(r, http.MethodGet, "/zones/at", read, s.zonesAt)
	s.on(r, http.MethodGet, "/zones.geojson", read, s.exportZones)
	s.on(r, http.MethodPost, "/zones/import", managers, s.importZones)
	s.on(r, http.MethodGet, "/zones/{id}", read, s.getZone)
	s.on(r, http.MethodPatch, "/zones/{id}", managers, s.patchZone)
	s.on(r, http.MethodDelete, "/zones/{id}", managers, s.deleteZone)
}

// ZoneEvent is what screens are told of a zone; without an id: of several.
type ZoneEvent struct {
	CenterID string `json:"centerId"`
	ID       string `json:"id,omitempty"`
	Version  int64  `json:"version,omitempty"`
	Removed  bool   `json:"removed,omitempty"`
}

// seeZone is the zone, if it is there for the caller.
func (s *Server) seeZone(ctx context.Context, id string) (*domain.DeliveryZone, error) {
	z, err := s.store.FindZone(ctx, id)
	if err == nil && !actorOf(ctx).Sees(z.CenterID) {
		return nil, domain.NotFound("zone")
	}
	return z, err
}

func (s *Server) listZones(w http.ResponseWriter, r *http.Request) error {
	return answerList(s, w, r, s.store.ListZones)
}

func (s *Server) getZone(w http.ResponseWriter, r *http.Request) error {
	z, err := s.seeZone(r.Context(), pathID(r))
	if err != nil {
		return err
	}
	return writeList(w, r, z)
}

func (s *Server) createZone(w http.ResponseWriter, r *http.Request) error {
	var in domain.NewZone
	if err := decode(r, &in); err != nil {
		return err
	}
	return s.changeZone(w, r, http.StatusCreated, func(ctx context.Context, tx domain.Tx) (*domain.DeliveryZone, error) {
		return s.svc.CreateZone(ctx, tx, actorOf(ctx), in)
	})
}

func (s *Server) patchZone(w http.ResponseWriter, r *http.Request) error {
	var in domain.ZonePatch
	err := decodeFor(r, &in, decode, func() error { _, err := s.seeZone(r.Context(), pathID(r)); return err })
	if err != nil {
		return err
	}
	return s.changeZone(w, r, http.StatusOK, func(ctx context.Context, tx domain.Tx) (*domain.DeliveryZone, error) {
		return s.svc.UpdateZone(ctx, tx, actorOf(ctx), pathID(r), in)
	})
}

func (s *Server) deleteZone(w http.ResponseWriter, r *http.Request) error {
	return s.changeZone(w, r, http.StatusNoContent, func(ctx context.Context, tx domain.Tx) (*domain.DeliveryZone, error) {
		return s.svc.DeleteZone(ctx, tx, actorOf(ctx), pathID(r))
	})
}

// changeZone writes a zone and tells the screens of its center, as changeShop does.
func (s *Server) changeZone(w http.ResponseWriter, r *http.Request, status int, fn func(context.Context, domain.Tx) (*domain.DeliveryZone, error)) error {
	var said ZoneEvent
	done, err := s.commit(r, status, func(ctx context.Context, tx domain.Tx) (any, error) {
		z, err := fn(ctx, tx)
		if err != nil {
			return nil, err
		}
		said = ZoneEvent{CenterID: z.CenterID, ID: z.ID, Version: z.Version, Removed: status == http.StatusNoContent}
		if said.Removed {
			return nil, nil
		}
		return z, nil
	})
	if err != nil {
		return err
	}
	s.tellZones(said)
	done.send(w)
	return nil
}

func (s *Server) tellZones(e ZoneEvent) {
	if data, err := json.Marshal(e); err == nil && e.CenterID != "" {
		s.live.link.toRoom(e.CenterID, domain.NamespaceSetup, eventZone, data)
	}
}

// zonesAt answers GET /zones/at: what the zones say of a door of a shop.
func (s *Server) zonesAt(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	id := q.Get("shopId")
	if id == "" {
		return domain.Invalid("shopId", "is required")
	}
	shop, err := s.seeShop(r.Context(), id)
	if err != nil {
		return err
	}
	door, bad := placeOf(q.Get("location"), "location")
	if len(bad) > 0 {
		return domain.Invalid("location", "must be LAT,LNG in degrees")
	}
	zones, err := s.store.ZonesOf(r.Context(), shop.CenterID)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, zones.At(shop.ID, &door))
}
