package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/brosops/bros/api/roads"
	"github.com/brosops/bros/domain"
	"github.com/brosops/bros/domain/dispatch"
)

func (s *Server) wayRoutes(r chi.Router) {
	s.on(r, http.MethodGet, "/route", ridersToo.orKey(domain.ScopeOrdersWrite, domain.ScopeOrdersRead), s.route)
}

// The sources of a way or a time, as the contract calls them.
const (
	sourceRoad = "road"
	sourceLine = "line"
)

func sourceOf(w roads.Way) string {
	if w.Road {
		return sourceRoad
	}
	return sourceLine
}

// RouteAnswer is a way as a GeoJSON feature.
type RouteAnswer struct {
	Type       string          `json:"type"` // Feature
	Geometry   RouteLine       `json:"geometry"`
	Properties RouteProperties `json:"properties"`
}

// RouteLine is where the way goes.
type RouteLine struct {
	Type        string       `json:"type"`        // LineString
	Coordinates [][2]float64 `json:"coordinates"` // lng, lat
}

// RouteProperties are how far and how long the way is.
type RouteProperties struct {
	Distance int    `json:"distance"` // metres
	Duration int    `json:"duration"` // seconds
	Source   string `json:"source"`   // road, or line: the straight line times the detour
}

// route answers GET /route?from=&to=&vehicle=. What a line is worth is by the
// center of ?centerId=, or the caller's first one.
func (s *Server) route(w http.ResponseWriter, r *http.Request) error {
	q, ctx := r.URL.Query(), r.Context()
	a := actorOf(ctx)
	center := domain.Center{CenterRules: domain.DefaultRules}
	id := q.Get("centerId")
	if id == "" && len(a.CenterIDs) > 0 && !a.AllCenters() {
		id = a.CenterIDs[0]
	}
	if id != "" {
		c, err := s.seeCenter(ctx, a, id)
		if err != nil {
			return err
		}
		center = *c
	}
	var fields []domain.Field
	from, bad := placeOf(q.Get("from"), "from")
	fields = append(fields, bad...)
	to, bad := placeOf(q.Get("to"), "to")
	fields = append(fields, bad...)
	vehicle := domain.Vehicle(q.Get("vehicle"))
	switch vehicle {
	case "":
		vehicle = domain.Motorcycle
	case domain.Motorcycle, domain.Bicycle, domain.Car, domain.Foot:
	default:
		fields = append(fields, domain.NewField("vehicle", "must be one of %s", "motorcycle, bicycle, car, foot"))
	}
	if len(fields) > 0 {
		return &domain.Error{Code: domain.CodeValidation, Detail: fields[0].Field + " " + fields[0].Message, Fields: fields}
	}
	p := s.roads.Route(ctx, roads.LineOf(&center), vehicle, from, to)
	line := RouteLine{Type: "LineString", Coordinates: make([][2]float64, len(p.Line))}
	for i, l := range p.Line {
		line.Coordinates[i] = [2]float64{l.Lng, l.Lat}
	}
	if len(line.Coordinates) == 1 { // a line has two ends
		line.Coordinates = append(line.Coordinates, line.Coordinates[0])
	}
	return writeList(w, r, RouteAnswer{Type: "Feature", Geometry: line, Properties: RouteProperties{
		Distance: int(p.Metres + .5), Duration: int(p.Seconds + .5), Source: sourceOf(p.Way),
	}})
}

// placeOf reads LAT,LNG.
func placeOf(text, field string) (domain.Location, []domain.Field) {
	if text == "" {
		return domain.Location{}, []domain.Field{domain.NewField(field, "is required")}
	}
	lat, lng, _ := strings.Cut(text, ",")
	l := domain.Location{}
	var err1, err2 error
	l.Lat, err1 = strconv.ParseFloat(strings.TrimSpace(lat), 64)
	l.Lng, err2 = strconv.ParseFloat(strings.TrimSpace(lng), 64)
	if err1 != nil || err2 != nil || !l.Valid() {
		return domain.Location{}, []domain.Field{domain.NewField(field, "must be LAT,LNG in degrees")}
	}
	return l, nil
}

// knownWay is domain.Service.Ways.
func (s *Server) knownWay(from, to domain.Location) (seconds float64, ok bool) {
	w, ok := s.roads.Known(domain.Motorcycle, from, to)
	return w.Seconds, ok && w.Road
}

// learnWay gets the way from a shop to a door known, before a transaction that
// makes a promise of it. It waits for the router, but not for long, and not in
// the transaction.
func (s *Server) learnWay(ctx context.Context, from, to *domain.Location) {
	if s.roads != nil && from != nil && to != nil {
		s.roads.Learn(ctx, domain.Motorcycle, *from, *to)
	}
}

// learnFromShop is learnWay from a shop that the caller names.
func (s *Server) learnFromShop(ctx context.Context, shopID string, to *domain.Location) {
	if s.roads == nil || to == nil || shopID == "" {
		return
	}
	// Who may see the shop is the use case's matter: nothing of it is shown here.
	if shop, err := s.store.FindShop(ctx, shopID); err == nil && actorOf(ctx).Sees(shop.CenterID) {
		s.learnWay(ctx, &shop.Location, to)
	}
}

// learnOfOrder gets the way of an order known; to replaces its door.
func (s *Server) learnOfOrder(ctx context.Context, orderID string, to *domain.Location) {
	if s.roads == nil {
		return
	}
	o, err := s.store.FindOrder(ctx, orderID)
	if err != nil || !actorOf(ctx).SeesOrder(o) {
		return
	}
	if to == nil {
		to = o.Customer.Location
	}
	s.learnFromShop(ctx, o.Shop.ID, to)
}

// ways are those between the places that a ranking for these deliveries looks
// at; nil: there is no router.
func (s *Server) ways(ctx context.Context, center *domain.Center, riders []dispatch.Candidate, deliveries ...domain.Delivery) *roads.Table {
	if s.roads == nil {
		return nil
	}
	var stops []domain.Location
	for i := range deliveries {
		e := deliveries[i].Errand()
		for _, l := range []*domain.Location{e.Shop, e.Door} {
			if l != nil {
				stops = append(stops, *l)
			}
		}
	}
	of := map[domain.Vehicle]*roads.Need{}
	var needs []roads.Need
	for i := range riders {
		c := &riders[i]
		n := of[c.Vehicle]
		if n == nil {
			n = &roads.Need{Vehicle: c.Vehicle, From: append([]domain.Location{}, stops...), To: append([]domain.Location{}, stops...)}
			of[c.Vehicle] = n
		}
		at := center.Location
		if c.Position != nil {
			at = domain.Location{Lat: c.Position.Lat, Lng: c.Position.Lng}
		}
		n.From = append(n.From, at)
		for _, stop := range c.Stops {
			n.From, n.To = append(n.From, stop.At), append(n.To, stop.At)
		}
	}
	for _, n := range of {
		needs = append(needs, *n)
	}
	return s.roads.Table(ctx, roads.LineOf(center), needs...)
}

// between hands ways to a ranking: an interface that holds no table is none.
func between(t *roads.Table) dispatch.Ways {
	if t == nil {
		return nil
	}
	return t
}
