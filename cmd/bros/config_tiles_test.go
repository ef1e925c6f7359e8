package main

import "testing"

func TestCheckTiles(t *testing.T) {
	for raw, origin := range map[string]string{
		"https://tile.example/{z}/{x}/{y}.png":                 "https://tile.example",
		"https://{s}.tile.example/a/{z}/{x}/{y}{r}.png?key=1a": "https://*.tile.example",
		"http://10.0.0.7:8081/{z}/{x}/{y}.png":                 "http://10.0.0.7:8081",
	} {
		var bad problems
		got, tiles := checkTiles(&bad, raw, "© people")
		if got != origin || tiles == nil || tiles.URL != raw || tiles.Attribution != "© people" || len(bad) > 0 {
			t.Errorf("%s: %q %+v %v", raw, got, tiles, bad)
		}
	}
	for _, raw := range []string{
		"tile.example/{z}/{x}/{y}.png", "ftp://tile.example/{z}/{x}/{y}", "https:///{z}/{x}/{y}", "https://tile.example/{z}/{x}.png",
		"https://u:p@tile.example/{z}/{x}/{y}", "https://a.{s}.example/{z}/{x}/{y}", "https://tile.example/{z}/{x}/{y}; script-src *",
		"https://*/{z}/{x}/{y}.png", "https://tile.example'/{z}/{x}/{y}",
	} {
		var bad problems
		if origin, tiles := checkTiles(&bad, raw, ""); origin != "" || tiles != nil || len(bad) != 1 {
			t.Errorf("%s: %q %+v %v", raw, origin, tiles, bad)
		}
	}
	var bad problems
	if _, tiles := checkTiles(&bad, "", ""); tiles != nil || len(bad) > 0 {
		t.Errorf("without: %+v %v", tiles, bad)
	}
	if checkTiles(&bad, "", "© people"); len(bad) != 1 {
		t.Errorf("attribution alone: %v", bad)
	}
}
