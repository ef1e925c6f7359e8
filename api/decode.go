package api

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/brosops/bros/api/jsonbody"
	"github.com/brosops/bros/domain"
)

// Bounds of a request's body, in bytes.
const (
	maxBody  = 1 << 20
	maxPhoto = 5 << 20
)

// bodyTimeout is how long a client may take to send its body.
const bodyTimeout = 60 * time.Second

// decode reads the body into dst, strictly: one JSON value, no unknown,
// repeated or differently spelt field, no NUL, no text that isn't Unicode.
// Values of a wrong type are validation errors that name each field.
func decode(r *http.Request, dst any) error { return decodeBody(r, dst, true, false) }

// decodeOptional is decode for a body that may be absent altogether.
func decodeOptional(r *http.Request, dst any) error { return decodeBody(r, dst, true, true) }

// decodeLoose is for a rider's actions and positions: the body may be absent,
// and unknown fields are ignored (older apps meet newer servers).
func decodeLoose(r *http.Request, dst any) error { return decodeBody(r, dst, false, true) }

func decodeBody(r *http.Request, dst any, strict, optional bool) error {
	body, err := readBody(r)
	if err != nil {
		return err
	}
	if optional && len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	if strict {
		return jsonbody.Strict(body, dst)
	}
	return jsonbody.Loose(body, dst)
}

// readBody reads at most maxBody bytes and notes their hash for the
// idempotency key.
func readBody(r *http.Request) ([]byte, error) { return readAtMost(r, maxBody) }

func readAtMost(r *http.Request, most int) ([]byte, error) {
	if r.ContentLength > int64(most) {
		return nil, tooLarge(most)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, int64(most)+1))
	if err != nil {
		return nil, bodyError(err, most)
	}
	if len(body) > most {
		return nil, tooLarge(most)
	}
	callOf(r.Context()).bodyHash = sha256.Sum256(body)
	return body, nil
}

func tooLarge(limit int) *domain.Error {
	return domain.Errorf(domain.CodeTooLarge, "the body has more than %d bytes", limit)
}

// bodyError says what a failed read of the body means to the client.
func bodyError(err error, limit int) error {
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		return tooLarge(limit)
	}
	return domain.Errorf(domain.CodeMalformed, "the body broke off")
}
