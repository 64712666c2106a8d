// Package api is the HTTP side: routes.go is the table of contents, one file
// per noun, problem.go words every refusal.
package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"guatu/ledger"
	"guatu/media"
)

// Config is what an installation decides about the HTTP side.
type Config struct {
	City           string         // area code of the tenant, 411100
	Bounds         [4]float64     // west, south, east, north of the map's first view, EPSG:4490
	Basemap        *Basemap       // nil: our own ground only
	TrustedProxies []netip.Prefix // whose X-Forwarded-* are believed
	InsecureHTTP   bool           // allow logins over plain HTTP from other machines
}

// Basemap is a raster template. Attribution and approval number (审图号) are
// drawn on the map and on everything exported from it (地图管理条例 §22).
type Basemap struct {
	Template    string `json:"template" doc:"URL with {z} {x} {y}"`
	Attribution string `json:"attribution"`
	ApprovalNo  string `json:"approval_no" doc:"审图号"`
}

// Server answers HTTP. Make one with New.
type Server struct {
	conf   Config
	ledger *ledger.Store
	media  *media.Store
	web    fs.FS
	log    *slog.Logger
	echo   *echo.Echo
	huma   huma.API
	hub    *hub
	tiles  *tiles

	imports chan struct{} // a slot for each file that is being read
}

// Parts are the neighbours that a server needs.
type Parts struct {
	Ledger *ledger.Store
	Media  *media.Store
	Web    fs.FS // the built page
	Log    *slog.Logger
}

// New wires the routes. Run must run for streams to flow.
func New(conf Config, parts Parts) *Server {
	s := &Server{conf: conf, ledger: parts.Ledger, media: parts.Media, web: parts.Web, log: parts.Log, imports: make(chan struct{}, importsAtOnce)}
	s.hub = newHub(parts.Ledger, parts.Log)
	s.tiles = newTiles(parts.Ledger.Pool())
	s.echo = echo.New()
	s.echo.HideBanner, s.echo.HidePort = true, true
	s.echo.IPExtractor = s.clientIP
	s.echo.HTTPErrorHandler = s.refuse
	s.echo.Use(s.recovered, noteTrace, s.schemed, noteCaller, s.counted, s.headers, compressed())
	s.huma = humaecho.New(s.echo, humaConfig())
	for _, r := range routes {
		r.register(s, r)
	}
	s.pages()
	return s
}

// ServeHTTP makes Server a handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

// Run follows the events until ctx ends.
func (s *Server) Run(ctx context.Context) error { return s.hub.run(ctx) }

// Lists are [], never null, and the description says so.
func init() { huma.DefaultArrayNullable = false }

func humaConfig() huma.Config {
	conf := huma.DefaultConfig("挂图 Guatu", "1")
	conf.Info.Description = "重大项目挂图作战：点位、照片、地图。错误为 application/problem+json，code 稳定。"
	conf.OpenAPIPath, conf.DocsPath, conf.SchemasPath = "", "", ""
	conf.CreateHooks = nil
	conf.RejectUnknownQueryParameters = true
	conf.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: hostPrefix + sessionCookie},
		"bearer":  {Type: "http", Scheme: "bearer"},
	}
	return conf
}

// OpenAPI is the description of every route, 3.1, or 3.0.3 for older tools.
func (s *Server) OpenAPI(old bool) ([]byte, error) {
	if old {
		return s.huma.OpenAPI().Downgrade()
	}
	return s.huma.OpenAPI().MarshalJSON()
}

func (s *Server) openAPI(c echo.Context) error  { return s.describe(c, false) }
func (s *Server) openAPI3(c echo.Context) error { return s.describe(c, true) }

func (s *Server) describe(c echo.Context, old bool) error {
	body, err := s.OpenAPI(old)
	if err != nil {
		return err
	}
	version := "3.1"
	if old {
		version = "3.0"
	}
	return c.Blob(http.StatusOK, "application/vnd.oai.openapi+json;version="+version, body)
}

// clientIP believes X-Forwarded-For only from the proxies that the installation names.
func (s *Server) clientIP(r *http.Request) string {
	direct, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	addr := direct.Addr().Unmap()
	chain := strings.Split(r.Header.Get("X-Forwarded-For"), ",")
	for i := len(chain) - 1; i >= 0 && s.trusts(addr); i-- {
		before, err := netip.ParseAddr(strings.TrimSpace(chain[i]))
		if err != nil {
			break
		}
		addr = before.Unmap()
	}
	return addr.String()
}

func (s *Server) trusts(addr netip.Addr) bool {
	for _, p := range s.conf.TrustedProxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// schemed takes X-Forwarded-Proto away unless a trusted proxy sent it, so that
// c.Scheme can be believed.
func (s *Server) schemed(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Request().Header
		direct, err := netip.ParseAddrPort(c.Request().RemoteAddr)
		trusted := err == nil && s.trusts(direct.Addr().Unmap())
		for _, name := range []string{"X-Forwarded-Protocol", "X-Forwarded-Ssl", "X-Url-Scheme"} {
			h.Del(name)
		}
		if !trusted {
			h.Del("X-Forwarded-Proto")
		}
		return next(c)
	}
}

type traceKey struct{}

func traceOf(ctx context.Context) string {
	t, _ := ctx.Value(traceKey{}).(string)
	return t
}

func noteTrace(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		var raw [8]byte
		_, _ = rand.Read(raw[:])
		trace := hex.EncodeToString(raw[:])
		c.Response().Header().Set("X-Trace-Id", trace)
		r := c.Request()
		c.SetRequest(r.WithContext(context.WithValue(r.Context(), traceKey{}, trace)))
		return next(c)
	}
}

// recovered keeps one broken request from ending the server.
func (s *Server) recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler:
				panic(p)
			default:
				err = s.problem(c.Request().Context(), fmt.Errorf("panic: %v\n%s", p, stack())).write(c)
			}
		}()
		return next(c)
	}
}

// headers are the same on every answer (promises S6).
func (s *Server) headers(next echo.HandlerFunc) echo.HandlerFunc {
	images := "'self' blob: data:"
	connect := "'self'"
	if s.conf.Basemap != nil {
		if host := templateOrigin(s.conf.Basemap.Template); host != "" {
			images += " " + host
			connect += " " + host
		}
	}
	policy := "default-src 'self'; img-src " + images + "; connect-src " + connect +
		"; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(self), geolocation=(self), microphone=(self)")
		if c.Scheme() == "https" {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if h.Get("Cache-Control") == "" && strings.HasPrefix(c.Request().URL.Path, "/api/") {
			h.Set("Cache-Control", "no-store")
		}
		return next(c)
	}
}

// refuse words what Echo itself refuses: unknown paths, wrong methods.
func (s *Server) refuse(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	ctx := c.Request().Context()
	var he *echo.HTTPError
	p := (*Problem)(nil)
	if errors.As(err, &he) && he.Code < 500 {
		p = frameworkProblem(ctx, he.Code, nil)
	} else {
		p = s.problem(ctx, err)
	}
	if err := p.write(c); err != nil {
		s.log.WarnContext(ctx, "could not write refusal", "err", err)
	}
}

// SlowBody is the longest that a JSON body may take; photo routes set their own.
const SlowBody = 30 * time.Second
