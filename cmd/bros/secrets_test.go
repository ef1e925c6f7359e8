package main

import (
	"slices"
	"strings"
	"testing"
)

func TestSecretsAsFlagsAreSeen(t *testing.T) {
	for line, want := range map[string]string{
		"serve --admin-password hunter22":                                      "BROS_ADMIN_PASSWORD",
		"serve --admin-password=hunter22":                                      "BROS_ADMIN_PASSWORD",
		"--database-url=sqlserver://u:pw@h/?database=x serve":                  "BROS_DATABASE_URL",
		"serve --redis-url redis://:pw@h:6379/0 --metrics-token=x":             "BROS_REDIS_URL BROS_METRICS_TOKEN",
		"serve --redis-url redis://h:6379/0 --database-url sqlite:x.db":        "",
		"serve --tls-key key.pem --smtp-url smtp://h:25 --vapid-private-key k": "BROS_VAPID_PRIVATE_KEY",
		"serve --addr 127.0.0.1:0":                                             "",
	} {
		if got := strings.Join(openSecrets(strings.Fields(line)), " "); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	for _, flag := range secretSettings { // the flags are called so
		if !settingNames()[flag] && !slices.Contains(otherNames, flag) {
			t.Errorf("%s is no setting", flag)
		}
	}
}

func TestPublicURLAsBrowsersWriteIt(t *testing.T) {
	for raw, want := range map[string]string{
		"https://Bros.example:443/": "https://bros.example", "http://bros.example:80": "http://bros.example",
		"https://bros.example:8443": "https://bros.example:8443", "http://[::1]:80": "http://[::1]",
		"http://bros.example:443": "http://bros.example:443",
	} {
		cfg, err := parse(t, map[string]string{"BROS_PUBLIC_URL": raw}, nil)
		if err != nil || cfg.PublicURL != want {
			t.Errorf("%s: %q %v", raw, cfg.PublicURL, err)
		}
	}
}
