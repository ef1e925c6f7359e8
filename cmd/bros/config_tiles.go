package main

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/brosops/bros/api"
)

// tileHost is what may stand where the subdomain is left open: one label, the
// leftmost, because a content policy knows no other wildcard.
var tileHost = regexp.MustCompile(`^(\{s\}\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?$`)

// checkTiles reads a tile template; origin is the part of it that the content
// policy names, with * for {s}.
func checkTiles(bad *problems, raw, attribution string) (origin string, tiles *api.Tiles) {
	if raw == "" {
		if attribution != "" {
			bad.add("BROS_TILE_ATTRIBUTION", "is set though BROS_TILE_URL is empty")
		}
		return "", nil
	}
	scheme, rest, _ := strings.Cut(raw, "://")
	host, path, _ := strings.Cut(rest, "/")
	whole := strings.Contains(path, "{z}") && strings.Contains(path, "{x}") && strings.Contains(path, "{y}")
	_, err := url.Parse(strings.NewReplacer("{", "", "}", "").Replace(raw))
	if scheme != "https" && scheme != "http" || !tileHost.MatchString(host) || !whole || err != nil ||
		strings.ContainsAny(raw, " \t\r\n;,'\"") {
		bad.add("BROS_TILE_URL", "is no template such as https://tile.example/{z}/{x}/{y}.png") // it may hold a key
		return "", nil
	}
	if len(attribution) > 300 {
		bad.add("BROS_TILE_ATTRIBUTION", "is longer than 300 bytes")
	}
	return scheme + "://" + strings.Replace(host, "{s}", "*", 1), &api.Tiles{URL: raw, Attribution: attribution}
}
