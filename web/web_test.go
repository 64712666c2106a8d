package web_test

import (
	"io/fs"
	"strings"
	"testing"

	"guatu/web"
)

// With or without built pages there is a first page, and it never asks anyone
// outside for anything.
func TestFS(t *testing.T) {
	t.Parallel()
	page, err := fs.ReadFile(web.FS(), "index.html")
	if err != nil {
		t.Fatalf("no first page: %v", err)
	}
	if strings.Contains(string(page), "://") {
		t.Errorf("index.html names another host:\n%s", page)
	}
	if !web.Built() && !strings.Contains(string(page), "make web") {
		t.Errorf("an unbuilt page must say what to run:\n%s", page)
	}
}
