package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/brosops/bros/api/jsonbody"
	"github.com/brosops/bros/domain"
)

// maxZoneFile bounds a file of areas, in bytes: 500 of some hundred corners each.
const maxZoneFile = 8 << 20

// zoneFeature is a zone as GeoJSON has it.
type zoneFeature struct {
	Type       string       `json:"type"`
	ID         any          `json:"id,omitempty"`
	Properties zoneFacts    `json:"properties"`
	Geometry   *domain.Area `json:"geometry"`
}

// zoneFacts are a zone's properties; others of a file are ignored.
type zoneFacts struct {
	Name         string          `json:"name"`
	Kind         domain.ZoneKind `json:"kind"`
	ShopIDs      []string        `json:"shopIds,omitempty"`
	ExtraMinutes int             `json:"extraMinutes,omitempty"`
}

type zoneFile struct {
	Type     string        `json:"type"`
	Features []zoneFeature `json:"features"`
}

// exportZones answers GET /zones.geojson: a center's zones as a FeatureCollection.
func (s *Server) exportZones(w http.ResponseWriter, r *http.Request) error {
	centerID := r.URL.Query().Get("centerId")
	if centerID == "" {
		return domain.Invalid("centerId", "is required")
	}
	if err := s.inCenter(r.Context(), actorOf(r.Context()), centerID); err != nil {
		return err
	}
	zones, err := s.allZones(r.Context(), centerID)
	if err != nil {
		return err
	}
	file := zoneFile{Type: "FeatureCollection", Features: make([]zoneFeature, len(zones))}
	for i, z := range zones {
		file.Features[i] = zoneFeature{Type: "Feature", ID: z.ID, Geometry: z.Area,
			Properties: zoneFacts{Name: z.Name, Kind: z.Kind, ShopIDs: z.ShopIDs, ExtraMinutes: z.ExtraMinutes}}
	}
	w.Header().Set("Content-Disposition", `attachment; filename="zones.geojson"`)
	return writeListAs(w, r, "application/geo+json", file)
}

func (s *Server) allZones(ctx context.Context, centerID string) ([]domain.DeliveryZone, error) {
	zones, _, err := s.store.ListZones(ctx, domain.SetupFilter{CenterIDs: []string{centerID}}, Page{Limit: domain.MaxZones})
	return zones, err
}

// importZones answers POST /zones/import: a GeoJSON file of areas for
// ?centerId=, all of them or none; ?dryRun=1 only looks. A feature whose id is
// that of a zone changes it.
func (s *Server) importZones(w http.ResponseWriter, r *http.Request) error {
	dry, err := s.importInto(r)
	if err != nil {
		return err
	}
	centerID := r.URL.Query().Get("centerId")
	body, err := readAtMost(r, maxZoneFile)
	if err != nil {
		return err
	}
	if err := jsonbody.CheckText(body); err != nil {
		return err
	}
	in, ids, found, err := readZoneFile(body)
	if err != nil {
		return err
	}
	var done domain.ZoneImport
	answer, err := s.commitImport(r, dry, func(ctx context.Context, tx domain.Tx) (int, []domain.ImportRow, error) {
		rows := make([]domain.ImportRow, len(found))
		for i, row := range found { // a second run begins with what reading has found
			rows[i] = domain.ImportRow{Line: row.Line, Errors: append([]domain.Field(nil), row.Errors...)}
		}
		var err error
		done, err = s.svc.ImportZones(ctx, tx, actorOf(ctx), centerID, append([]domain.NewZone(nil), in...), ids, rows, dry)
		return done.Created, rows, err
	}, func(out *ImportAnswer) { out.Changed = done.Changed })
	if err != nil {
		return err
	}
	if done.Created+done.Changed > 0 {
		s.tellZones(ZoneEvent{CenterID: centerID})
	}
	answer.send(w)
	return nil
}

// readZoneFile reads the features of a file, each with what is wrong with it.
func readZoneFile(body []byte) (in []domain.NewZone, ids []string, rows []domain.ImportRow, err error) {
	var file struct {
		Type     string            `json:"type"`
		Features []json.RawMessage `json:"features"`
	}
	if json.Unmarshal(body, &file) != nil || file.Type != "FeatureCollection" {
		return nil, nil, nil, domain.Invalid("(body)", "must be a GeoJSON FeatureCollection")
	}
	switch {
	case len(file.Features) == 0:
		return nil, nil, nil, domain.Invalid("(body)", "has no features")
	case len(file.Features) > domain.MaxImport:
		return nil, nil, nil, domain.Invalid("(body)", "has more than %d rows", domain.MaxImport)
	}
	for i, raw := range file.Features {
		row := domain.ImportRow{Line: i + 1}
		f := zoneFeature{}
		f.Properties.Kind = domain.ZoneServe // most files of elsewhere say nothing of it
		if json.Unmarshal(raw, &f) != nil {
			row.Errors = append(row.Errors, domain.NewField("properties", "has a wrong form"))
		}
		id := ""
		switch v := f.ID.(type) {
		case string:
			id = v
		case float64:
			id = strconv.FormatFloat(v, 'f', -1, 64)
		}
		p := f.Properties
		in = append(in, domain.NewZone{Name: p.Name, Kind: p.Kind, ShopIDs: p.ShopIDs, ExtraMinutes: &p.ExtraMinutes, Area: f.Geometry})
		ids, rows = append(ids, id), append(rows, row)
	}
	return in, ids, rows, nil
}
