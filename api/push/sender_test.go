package push

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestPublicClient: a name that leads inside is refused when the connection is made.
func TestPublicClient(t *testing.T) {
	inside := httptest.NewServer(http.NotFoundHandler())
	defer inside.Close()
	res, err := publicClient().Post(inside.URL, "", nil)
	if err == nil {
		_ = res.Body.Close()
		t.Fatal("the real client reached this machine")
	}
}
