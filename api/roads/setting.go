package roads

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/brosops/bros/domain"
)

// errSetting never repeats what was set: it may hold a key.
var errSetting = errors.New("is not of the form osrm:URL or valhalla:URL")

// Open makes a client of a setting such as osrm:http://127.0.0.1:5000. Where the
// URL has {profile} in it, each vehicle has a server of its own.
func Open(setting string) (Router, error) {
	kind, raw, _ := strings.Cut(setting, ":")
	u, err := url.Parse(strings.ReplaceAll(raw, profileMark, "profile"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Fragment != "" {
		return nil, errSetting
	}
	raw, query, _ := strings.Cut(raw, "?")
	c := client{base: strings.TrimRight(raw, "/"), query: query, http: &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: mostAtOnce, IdleConnTimeout: time.Minute,
			MaxResponseHeaderBytes: 64 << 10,
		},
		// A router answers by itself; what leads elsewhere is none.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	switch kind {
	case "osrm":
		return &osrm{c}, nil
	case "valhalla":
		return &valhalla{c}, nil
	}
	return nil, errSetting
}

const profileMark = "{profile}"

// profiles are what OSRM calls the vehicles.
var profiles = map[domain.Vehicle]string{domain.Bicycle: "bike", domain.Foot: "foot"}

func profile(v domain.Vehicle) string {
	if p, ok := profiles[v]; ok {
		return p
	}
	return "driving"
}
