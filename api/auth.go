package api

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"guatu/ledger"
)

var (
	errForbidden = errors.New("role not allowed")
	errCrossSite = errors.New("request comes from another site")
	errInsecure  = errors.New("login over an insecure connection")
)

// The cookies. With the __Host- prefix a browser takes them only over a secure
// connection and for this host alone (promises S5).
const (
	sessionCookie = "guatu"
	deviceCookie  = "guatu-device"
	hostPrefix    = "__Host-"
)

type accessKey struct{}

// accessOf is who calls; on a public route it may be nobody.
func accessOf(ctx context.Context) ledger.Access {
	a, _ := ctx.Value(accessKey{}).(ledger.Access)
	return a
}

// guard decides whether the call may go on: who calls, by which role, from
// which site. The context that it returns carries the access, the scope of the
// roles that the route allows, and the actor for the audit trail.
func (s *Server) guard(c echo.Context, who callers) (context.Context, error) {
	ctx := c.Request().Context()
	token, bearer := credential(c.Request())
	if !bearer && unsafeMethod(c.Request().Method) && crossSite(c.Request(), s.origin(c)) {
		return ctx, errCrossSite
	}
	if who.public {
		return ctx, nil
	}
	access, err := s.lookUp(ctx, token, bearer)
	if err != nil {
		return ctx, err
	}
	return admit(ctx, access, who)
}

func (s *Server) lookUp(ctx context.Context, token string, bearer bool) (ledger.Access, error) {
	if bearer {
		return s.ledger.AccessByToken(ctx, token)
	}
	return s.ledger.AccessBySession(ctx, token)
}

func admit(ctx context.Context, access ledger.Access, who callers) (context.Context, error) {
	ctx = context.WithValue(ctx, accessKey{}, access)
	ctx = ledger.WithActor(ctx, ledger.Actor{PersonID: access.Person.ID, Trace: traceOf(ctx)})
	if !access.Has(who.roles...) {
		return ctx, errForbidden
	}
	return ledger.WithScope(ctx, access.Scope(who.roles...)), nil
}

// credential is the bearer token or the session cookie's value.
func credential(r *http.Request) (token string, bearer bool) {
	if scheme, rest, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(rest), true
	}
	return cookie(r, sessionCookie), false
}

func cookie(r *http.Request, name string) string {
	for _, n := range []string{hostPrefix + name, name} {
		if c, err := r.Cookie(n); err == nil {
			return c.Value
		}
	}
	return ""
}

func unsafeMethod(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return false
	}
	return true
}

// crossSite says whether a browser sent this from another site. Programs send
// neither header and carry no cookie that a browser would add.
func crossSite(r *http.Request, own string) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return false
	case "cross-site", "same-site":
		return true
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	return origin != own
}

// origin is the server's own origin as this request reached it.
func (s *Server) origin(c echo.Context) string {
	return (&url.URL{Scheme: c.Scheme(), Host: c.Request().Host}).String()
}

// secure says whether a browser treats the connection as a secure context:
// TLS, or the machine itself.
func secure(c echo.Context) bool {
	if c.Scheme() == "https" {
		return true
	}
	host := c.Request().Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// caller is what a handler may know of the connection.
type caller struct {
	ip, agent, deviceToken string
	secure                 bool
}

type callerKey struct{}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// noteCaller is middleware that keeps the connection's facts in the context.
func noteCaller(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		who := caller{ip: c.RealIP(), agent: r.UserAgent(), deviceToken: cookie(r, deviceCookie), secure: secure(c)}
		c.SetRequest(r.WithContext(context.WithValue(r.Context(), callerKey{}, who)))
		return next(c)
	}
}
