package api

import "testing"

func TestAbout(t *testing.T) {
	bare := newRig(t, func(c *Config) { c.Version = "v1.2.3" }).do(nobody, "GET", "/about", nil).want(200)
	if got := string(bare.body); got != `{"version":"v1.2.3"}` {
		t.Errorf("without tiles: %s", got)
	}
	with := newRig(t, func(c *Config) {
		c.Version, c.Tiles = "v1.2.3", &Tiles{URL: "https://tile.example/{z}/{x}/{y}.png", Attribution: "© people"}
	}).do(nobody, "GET", "/about", nil).want(200)
	want := `{"version":"v1.2.3","tiles":{"url":"https://tile.example/{z}/{x}/{y}.png","attribution":"© people"}}`
	if got := string(with.body); got != want {
		t.Errorf("with tiles: %s", got)
	}
}
