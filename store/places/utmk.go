package places

import "math"

// The grid of the official files, EPSG:5179 ("UTM-K"): a transverse Mercator
// projection of GRS 80 around 38° N 127.5° E. GRS 80 and WGS 84 differ by less
// than a millimetre, and the Korean datum by less than what an entrance is wide.
const (
	gridAxis       = 6378137.0
	gridFlattening = 1 / 298.257222101
	gridScale      = 0.9996
	gridEast       = 1_000_000.0
	gridNorth      = 2_000_000.0
	gridLat        = 38.0
	gridLng        = 127.5
)

// The series of Krüger, to the fourth power of the third flattening: its error is
// below a micrometre within the country.
var grid = func() (g struct {
	radius      float64 // of the rectifying circle, scaled
	alpha, beta [4]float64
	ecc         float64
	origin      float64 // northing of the origin's latitude
}) {
	n := gridFlattening / (2 - gridFlattening)
	n2, n3, n4 := n*n, n*n*n, n*n*n*n
	g.radius = gridScale * gridAxis / (1 + n) * (1 + n2/4 + n4/64)
	g.alpha = [4]float64{
		n/2 - 2*n2/3 + 5*n3/16 + 41*n4/180,
		13*n2/48 - 3*n3/5 + 557*n4/1440,
		61*n3/240 - 103*n4/140,
		49561 * n4 / 161280,
	}
	g.beta = [4]float64{
		n/2 - 2*n2/3 + 37*n3/96 - n4/360,
		n2/48 + n3/15 - 437*n4/1440,
		17*n3/480 - 37*n4/840,
		4397 * n4 / 161280,
	}
	g.ecc = math.Sqrt(gridFlattening * (2 - gridFlattening))
	xi := conformal(gridLat*math.Pi/180, g.ecc)
	g.origin = xi
	for k := range g.alpha {
		g.origin += g.alpha[k] * math.Sin(2*float64(k+1)*xi)
	}
	g.origin *= g.radius
	return g
}()

// conformal is the conformal latitude.
func conformal(lat, ecc float64) float64 {
	s := math.Sin(lat)
	return math.Atan(math.Sinh(math.Atanh(s) - ecc*math.Atanh(ecc*s)))
}

// FromGrid is a place of the official grid in degrees of WGS 84.
func FromGrid(x, y float64) (lat, lng float64) {
	xi, eta := (y-gridNorth+grid.origin)/grid.radius, (x-gridEast)/grid.radius
	xi0, eta0 := xi, eta
	for k := range grid.beta {
		f := 2 * float64(k+1)
		xi0 -= grid.beta[k] * math.Sin(f*xi) * math.Cosh(f*eta)
		eta0 -= grid.beta[k] * math.Cos(f*xi) * math.Sinh(f*eta)
	}
	chi := math.Asin(math.Sin(xi0) / math.Cosh(eta0))
	phi := chi
	for range 6 { // each step is 150 times as exact as the one before it
		s := math.Sin(phi)
		phi = math.Atan(math.Sinh(math.Atanh(math.Sin(chi)) + grid.ecc*math.Atanh(grid.ecc*s)))
	}
	return phi * 180 / math.Pi, gridLng + math.Atan2(math.Sinh(eta0), math.Cos(xi0))*180/math.Pi
}

// ToGrid is FromGrid backwards.
func ToGrid(lat, lng float64) (x, y float64) {
	chi := conformal(lat*math.Pi/180, grid.ecc)
	l := (lng - gridLng) * math.Pi / 180
	xi0 := math.Atan2(math.Tan(chi), math.Cos(l))
	eta0 := math.Asinh(math.Sin(l) / math.Hypot(math.Tan(chi), math.Cos(l)))
	xi, eta := xi0, eta0
	for k := range grid.alpha {
		f := 2 * float64(k+1)
		xi += grid.alpha[k] * math.Sin(f*xi0) * math.Cosh(f*eta0)
		eta += grid.alpha[k] * math.Cos(f*xi0) * math.Sinh(f*eta0)
	}
	return gridEast + grid.radius*eta, gridNorth + grid.radius*xi - grid.origin
}
