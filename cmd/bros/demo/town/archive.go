package town

import (
	"bytes"
	"math"

	"github.com/brosops/bros/api/pmtiles"
)

// The zooms of the archive. A house is drawn from the last one alone.
const (
	firstZoom = 11
	lastZoom  = 15
)

// Quarters of the town, by name.
var quarters = map[string]Point{
	"한들동": {-150, 380}, "노을동": {-900, -500}, "솔밭동": {1250, 600}, "강변동": {1150, -650}, "바람동": {60, -900}, "은행동": {-450, 1150},
}

// Archive is the town as PMTiles, in the layers of the Protomaps basemap.
func (t *Town) Archive() ([]byte, error) {
	corner := Point{-1850, -1520}
	other := Point{1850, 1520}
	low, high := corner.Place(), other.Place()
	var tiles []pmtiles.Tile
	for z := firstZoom; z <= lastZoom; z++ {
		a, b := within{z: z}.of(Point{corner.X, other.Y}), within{z: z}.of(Point{other.X, corner.Y})
		for x := int(math.Floor(a[0] / extent)); x <= int(math.Floor(b[0]/extent)); x++ {
			for y := int(math.Floor(a[1] / extent)); y <= int(math.Floor(b[1]/extent)); y++ {
				if data := t.tile(within{z, x, y}); len(data) > 0 {
					tiles = append(tiles, pmtiles.Tile{Z: z, X: x, Y: y, Data: data})
				}
			}
		}
	}
	var out bytes.Buffer
	err := pmtiles.Write(&out, tiles, pmtiles.Bounds{West: low.Lng, South: low.Lat, East: high.Lng, North: high.Lat}, map[string]any{
		"name": "bros demo", "attribution": "지어낸 동네 · a made-up town", "type": "baselayer",
	})
	return out.Bytes(), err
}

func (t *Town) tile(w within) []byte {
	byName := map[string]*layer{}
	order := []string{"earth", "landuse", "water", "roads", "buildings", "places"}
	for _, name := range order {
		byName[name] = &layer{name: name}
	}
	edge := []Point{{-1850, -1520}, {1850, -1520}, {1850, 1520}, {-1850, 1520}}
	if ring := w.clip(edge, true); ring != nil {
		byName["earth"].add(polygons, [][][2]int{ring}, "kind", "earth")
	}
	for _, a := range t.Areas {
		if a.Layer == "buildings" && w.z < lastZoom {
			continue
		}
		if ring := w.clip(a.Ring, true); ring != nil {
			byName[a.Layer].add(polygons, [][][2]int{ring}, tags("kind", a.Kind, "name", a.Name)...)
		}
	}
	for _, s := range t.Streets {
		if s.Rank == 2 && !s.Bridge || s.Rank == 0 && w.z < 14 || s.Rank == 1 && w.z < 13 {
			continue // an avenue is one line, below
		}
		if line := w.clip([]Point{s.From, s.To}, false); line != nil {
			kind, bridge := "minor_road", ""
			if s.Rank == 1 {
				kind = "medium_road"
			}
			if s.Bridge {
				kind, bridge = "major_road", "yes"
			}
			byName["roads"].add(lines, [][][2]int{line}, tags("kind", kind, "is_bridge", bridge)...)
		}
	}
	for _, a := range t.Avenues {
		if line := w.clip(a.Line, false); line != nil {
			byName["roads"].add(lines, [][][2]int{line}, "kind", "major_road", "name", a.Name)
		}
	}
	for _, name := range []string{"한들동", "노을동", "솔밭동", "강변동", "바람동", "은행동"} {
		if p := w.of(quarters[name]); p[0] >= 0 && p[0] < extent && p[1] >= 0 && p[1] < extent {
			byName["places"].add(points, [][][2]int{{{int(p[0]), int(p[1])}}}, "kind", "neighbourhood", "name", name)
		}
	}
	var out []byte
	for _, name := range order {
		if l := byName[name]; len(l.features) > 0 {
			out = bytesField(out, 3, l.encode())
		}
	}
	return out
}

// tags leaves out what is empty.
func tags(pairs ...string) []string {
	var out []string
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out = append(out, pairs[i], pairs[i+1])
		}
	}
	return out
}
