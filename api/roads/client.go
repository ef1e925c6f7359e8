package roads

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/brosops/bros/domain"
)

// biggest is what is read of an answer: a table of 10,000 pairs has some 200 KB.
const biggest = 4 << 20

// client is what both kinds of routers have in common.
type client struct {
	base  string
	query string // of the setting, sent along: a provider's key
	http  *http.Client
}

// url puts a path and a query behind the base.
func (c *client) url(v domain.Vehicle, path, query string) string {
	at := strings.ReplaceAll(c.base, profileMark, profile(v)) + path
	if c.query != "" && query != "" {
		query += "&"
	}
	if query += c.query; query != "" {
		at += "?" + query
	}
	return at
}

// call asks and reads JSON. Errors never have the URL in them: places are in it.
func (c *client) call(ctx context.Context, method, at string, body []byte, into any) (int, error) {
	r, err := http.NewRequestWithContext(ctx, method, at, bytes.NewReader(body))
	if err != nil {
		return 0, errors.New("the router's address is wrong")
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "bros")
	if len(body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(r)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(res.Body, biggest+1))
	if err != nil {
		return res.StatusCode, err
	}
	if len(raw) > biggest {
		return res.StatusCode, errors.New("the router's answer is too long")
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return res.StatusCode, fmt.Errorf("the router answered %d, which is no JSON of its kind", res.StatusCode)
	}
	return res.StatusCode, nil
}

// degrees writes a coordinate to a tenth of a metre.
func degrees(b []byte, x float64) []byte { return strconv.AppendFloat(b, x, 'f', 6, 64) }

// onGlobe reports whether every place of a line can be.
func onGlobe(line []domain.Location) bool {
	for _, l := range line {
		if !l.Valid() {
			return false
		}
	}
	return true
}
