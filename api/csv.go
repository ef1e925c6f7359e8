package api

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"time"
)

// csvAnswer writes a CSV as it is made: nothing is held but a buffer.
type csvAnswer struct {
	*csv.Writer
	w    http.ResponseWriter
	zip  *gzip.Writer
	rows int
}

const (
	// flushRows is after how many rows what is written goes out.
	flushRows = 500
	// slowReader is how long a client may take for each of those parts.
	slowReader = 30 * time.Second
)

func newCSV(w http.ResponseWriter, r *http.Request, name string) *csvAnswer {
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	h.Add("Vary", "Accept-Encoding")
	out := &csvAnswer{w: w}
	var to io.Writer = w
	if takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		out.zip = gzip.NewWriter(w)
		to = out.zip
	}
	out.extend()
	if r.URL.Query().Get("bom") == "1" { // a spreadsheet that would take it for another encoding
		_, _ = io.WriteString(to, "\ufeff")
	}
	out.Writer = csv.NewWriter(to)
	return out
}

func (c *csvAnswer) extend() {
	_ = http.NewResponseController(c.w).SetWriteDeadline(time.Now().Add(slowReader))
}

// row writes one line; an error means that the client has gone.
func (c *csvAnswer) row(cols []string) error {
	if err := c.Write(cols); err != nil {
		return err
	}
	if c.rows++; c.rows%flushRows == 0 {
		return c.push()
	}
	return nil
}

func (c *csvAnswer) push() error {
	c.Flush()
	if err := c.Error(); err != nil {
		return err
	}
	if c.zip != nil {
		if err := c.zip.Flush(); err != nil {
			return err
		}
	}
	c.extend()
	return http.NewResponseController(c.w).Flush()
}

// end writes what is left.
func (c *csvAnswer) end() error {
	c.Flush()
	if err := c.Error(); err != nil {
		return err
	}
	if c.zip != nil {
		return c.zip.Close()
	}
	return nil
}
