package api

import (
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/labstack/echo/v4"
)

// pages serves the built page. Paths without a file are rooms of the page
// itself and get index.html; files under assets/ carry their hash in the name.
func (s *Server) pages() {
	s.echo.GET("/*", s.page)
	s.echo.HEAD("/*", s.page)
}

func (s *Server) page(c echo.Context) error {
	name := strings.TrimPrefix(path.Clean("/"+c.Request().URL.Path), "/")
	if strings.HasPrefix(name, "api/") || strings.HasPrefix(name, "tiles/") || strings.HasPrefix(name, "media/") {
		return echo.ErrNotFound
	}
	info, err := fs.Stat(s.web, orIndex(name))
	if err != nil || info.IsDir() {
		if path.Ext(name) != "" {
			return echo.ErrNotFound
		}
		name = ""
	}
	cache := "no-cache"
	if strings.HasPrefix(name, "assets/") {
		cache = "public, max-age=31536000, immutable"
	}
	c.Response().Header().Set("Cache-Control", cache)
	http.ServeFileFS(c.Response(), withoutIndex(c.Request(), name), s.web, orIndex(name))
	return nil
}

func orIndex(name string) string {
	if name == "" {
		return "index.html"
	}
	return name
}

// withoutIndex keeps http.ServeFileFS from redirecting …/index.html.
func withoutIndex(r *http.Request, name string) *http.Request {
	bare := r.Clone(r.Context())
	bare.URL = &url.URL{Path: "/" + name}
	return bare
}

// templateOrigin is the origin of a raster template, for the content policy.
func templateOrigin(template string) string {
	u, err := url.Parse(strings.NewReplacer("{", "", "}", "").Replace(template))
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
