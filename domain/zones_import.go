package domain

import "context"

// ZoneImport counts what an import made of a file's areas.
type ZoneImport struct{ Created, Changed int }

// ImportZones adds areas to a center and changes those whose ids it knows
// (manager), all of them or none. rows says what reading each has found; they
// come back with every fault, and with one, or when dry, nothing is written.
func (s *Service) ImportZones(ctx context.Context, tx Tx, a Actor, centerID string, in []NewZone, ids []string, rows []ImportRow, dry bool) (ZoneImport, error) {
	none := ZoneImport{}
	if err := mayImport(ctx, tx, a, centerID); err != nil {
		return none, err
	}
	there, err := tx.ZonesOf(ctx, centerID)
	if err != nil {
		return none, err
	}
	was, is, clean, left := make([]*DeliveryZone, len(in)), make([]*DeliveryZone, len(in)), true, MaxZones-there.Len()
	seen := map[string]bool{}
	for i := range in {
		in[i].CenterID = centerID
		z := s.newZone(in[i])
		var f form
		if old := there.find(ids[i]); old != nil {
			was[i] = old
			z.ID, z.CreatedAt, z.Version = old.ID, old.CreatedAt, old.Version
		} else {
			left--
		}
		f.zone(z)
		if err := f.zoneShops(ctx, tx, z); err != nil {
			return none, err
		}
		if ids[i] != "" && seen[ids[i]] {
			f.bad("id", "is there twice")
		}
		seen[ids[i]] = true
		rows[i].Name = z.Name
		rows[i].note(f.err())
		is[i], clean = z, clean && len(rows[i].Errors) == 0
	}
	if left < 0 {
		return none, Errorf(CodeConflict, "a center has at most %d zones", MaxZones)
	}
	if !clean || dry {
		return none, nil
	}
	done := none
	for i, z := range is {
		if was[i] == nil {
			if err := addZone(ctx, tx, a, z); err != nil {
				return none, err
			}
			done.Created++
			continue
		}
		saved, err := s.saveZone(ctx, tx, a, was[i], z)
		if err != nil {
			return none, err
		}
		if saved != was[i] {
			done.Changed++
		}
	}
	return done, nil
}

// find is the zone with this id; nil: none. It is the set's own.
func (s *ZoneSet) find(id string) *DeliveryZone {
	for i := range s.zones {
		if s.zones[i].ID == id {
			return &s.zones[i]
		}
	}
	return nil
}
