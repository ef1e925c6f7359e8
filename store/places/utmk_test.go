package places

import (
	"bytes"
	"fmt"
	"math"
	"os/exec"
	"strings"
	"testing"
)

// metresApart is good enough for points that are close.
func metresApart(aLat, aLng, bLat, bLng float64) float64 {
	return math.Hypot((aLat-bLat)*111_200, (aLng-bLng)*111_200*math.Cos(aLat*math.Pi/180))
}

// TestGridKnownPoints has points that cs2cs of PROJ 9 gave, where it is not installed.
func TestGridKnownPoints(t *testing.T) {
	for _, p := range [][4]float64{
		{953241.683263, 1954023.466812, 37.58441544, 126.97040555},
		{800000, 1500000, 33.47315129, 125.34767260},
		{1150000, 2050000, 38.43802101, 129.21869448},
		{965000, 1945000, 37.50360585, 127.10400972},
	} {
		lat, lng := FromGrid(p[0], p[1])
		if d := metresApart(lat, lng, p[2], p[3]); d > 0.01 {
			t.Errorf("%v: %.8f %.8f is %.3f m from it", p, lat, lng, d)
		}
		if x, y := ToGrid(lat, lng); math.Hypot(x-p[0], y-p[1]) > 0.001 {
			t.Errorf("%v comes back as %.4f %.4f", p, x, y)
		}
	}
}

// TestGridLikePROJ compares points all over the country with cs2cs.
func TestGridLikePROJ(t *testing.T) {
	if _, err := exec.LookPath("cs2cs"); err != nil {
		t.Skip("cs2cs (proj-bin) is not installed")
	}
	var in strings.Builder
	var points [][2]float64
	for x := 750_000.0; x <= 1_400_000; x += 50_000 {
		for y := 1_450_000.0; y <= 2_100_000; y += 50_000 {
			points = append(points, [2]float64{x, y})
			fmt.Fprintf(&in, "%.3f %.3f\n", y, x) // northing first, as EPSG has it
		}
	}
	cmd := exec.CommandContext(t.Context(), "cs2cs", "-f", "%.9f", "EPSG:5179", "EPSG:4326")
	cmd.Stdin = strings.NewReader(in.String())
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	if len(lines) != len(points) {
		t.Fatalf("%d lines for %d points", len(lines), len(points))
	}
	worst := 0.0
	for i, p := range points {
		var wantLat, wantLng float64
		if _, err := fmt.Sscan(string(lines[i]), &wantLat, &wantLng); err != nil {
			t.Fatalf("%s: %v", lines[i], err)
		}
		lat, lng := FromGrid(p[0], p[1])
		worst = max(worst, metresApart(lat, lng, wantLat, wantLng))
	}
	if worst > 0.01 {
		t.Errorf("up to %.3f m from PROJ", worst)
	}
}
