package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"guatu/ledger"
)

// callers says who may call a route. It has no useful zero value: a route is
// made by op or plain, which want one, so that a route without roles does not
// build.
type callers struct {
	public bool
	roles  []ledger.Role
}

var (
	// public routes answer without a login.
	public = callers{public: true}
	// everyone who is logged in, whatever the role; the scope still decides about rows.
	everyone = callers{roles: ledger.Roles}
)

// only the given roles, on the ground where the caller holds them.
func only(first ledger.Role, more ...ledger.Role) callers {
	return callers{roles: append([]ledger.Role{first}, more...)}
}

// route is one line of the table: registration, role check, OpenAPI and the
// matrix test all come from it.
type route struct {
	method, path string
	id           string // operationId
	summary      string
	who          callers
	register     func(s *Server, r route)
	tune         func(*huma.Operation)
}

// op is a JSON operation: its shape is checked by huma from I's tags, then h is
// called. h returns domain errors; the problem table words them.
func op[I, O any](method, path, id, summary string, who callers, h func(*Server, context.Context, *I) (*O, error), tune ...func(*huma.Operation)) route {
	r := route{method: method, path: path, id: id, summary: summary, who: who, tune: join(tune)}
	r.register = func(s *Server, r route) {
		o := r.operation()
		o.Middlewares = huma.Middlewares{s.humaGuard(r.who)}
		huma.Register(s.huma, o, func(ctx context.Context, in *I) (*O, error) {
			if err := clean(in); err != nil {
				return nil, s.problem(ctx, err)
			}
			out, err := h(s, ctx, in)
			if err != nil {
				return nil, s.problem(ctx, err)
			}
			return out, nil
		})
	}
	return r
}

// plain is a route whose body is not JSON: tiles, media, streams, files.
func plain(method, path, id, summary string, who callers, h func(*Server, echo.Context) error, tune ...func(*huma.Operation)) route {
	r := route{method: method, path: path, id: id, summary: summary, who: who, tune: join(tune)}
	r.register = func(s *Server, r route) {
		s.echo.Add(r.method, echoPath(r.path), func(c echo.Context) error {
			ctx, err := s.guard(c, r.who)
			if err == nil {
				c.SetRequest(c.Request().WithContext(ctx))
				err = h(s, c)
			}
			if err != nil && !c.Response().Committed {
				return s.problem(c.Request().Context(), err).write(c)
			}
			return err
		})
		o := r.operation()
		s.huma.OpenAPI().AddOperation(&o)
	}
	return r
}

func join(tunes []func(*huma.Operation)) func(*huma.Operation) {
	return func(o *huma.Operation) {
		for _, t := range tunes {
			t(o)
		}
	}
}

func (r route) operation() huma.Operation {
	if !r.who.public && len(r.who.roles) == 0 {
		panic("route " + r.method + " " + r.path + " says no roles")
	}
	o := huma.Operation{
		Method: r.method, Path: r.path, OperationID: r.id, Summary: r.summary,
		Tags: []string{noun(r.path)}, DefaultStatus: defaultStatus(r.method),
	}
	if !r.who.public {
		o.Security = []map[string][]string{{"session": {}}, {"bearer": {}}}
		names := make([]string, len(r.who.roles))
		for i, role := range r.who.roles {
			names[i] = string(role)
		}
		o.Extensions = map[string]any{"x-roles": names}
	}
	for _, name := range pathParams(r.path) {
		if r.isPlainParam() {
			o.Parameters = append(o.Parameters, &huma.Param{Name: name, In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}})
		}
	}
	o.Responses = map[string]*huma.Response{}
	r.tune(&o)
	if _, told := o.Responses["default"]; !told {
		o.Errors = append(o.Errors, errorsOf(r)...)
	}
	return o
}

// isPlainParam: huma documents path parameters of op from I's tags; plain
// routes are documented here.
func (r route) isPlainParam() bool {
	return strings.HasPrefix(r.path, "/tiles/") || strings.HasPrefix(r.path, "/media/")
}

func errorsOf(r route) []int {
	list := []int{http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusServiceUnavailable}
	if !r.who.public {
		list = append(list, http.StatusUnauthorized, http.StatusForbidden)
	}
	if strings.Contains(r.path, "{") {
		list = append(list, http.StatusNotFound)
	}
	return list
}

func defaultStatus(method string) int {
	switch method {
	case http.MethodPost:
		return http.StatusCreated
	case http.MethodDelete:
		return http.StatusNoContent
	}
	return http.StatusOK
}

func noun(path string) string {
	parts := strings.Split(strings.TrimPrefix(path, "/api/v1/"), "/")
	return strings.Trim(parts[0], "/")
}

func pathParams(path string) []string {
	var names []string
	for part := range strings.SplitSeq(path, "/") {
		if start := strings.IndexByte(part, '{'); start >= 0 {
			names = append(names, part[start+1:strings.IndexByte(part, '}')])
		}
	}
	return names
}

// echoPath turns {id} into :id. A parameter with a suffix ({y}.mvt) becomes :y;
// its handler cuts the suffix off.
func echoPath(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if start := strings.IndexByte(part, '{'); start == 0 {
			parts[i] = ":" + part[1:strings.IndexByte(part, '}')]
		}
	}
	return strings.Join(parts, "/")
}

// Route is a line of the table as tests see it.
type Route struct {
	Method, Path, ID string
	Public           bool
	Roles            []ledger.Role
}

// Routes lists the table: the matrix test walks it.
func Routes() []Route {
	list := make([]Route, len(routes))
	for i, r := range routes {
		list[i] = Route{r.method, r.path, r.id, r.who.public, r.who.roles}
	}
	return list
}

func (s *Server) humaGuard(who callers) func(huma.Context, func(huma.Context)) {
	return func(c huma.Context, next func(huma.Context)) {
		e := humaecho.Unwrap(c)
		ctx, err := s.guard(e, who)
		if err != nil {
			if err := s.problem(e.Request().Context(), err).write(e); err != nil {
				s.log.WarnContext(ctx, "could not write refusal", "err", err)
			}
			return
		}
		next(huma.WithContext(c, ctx))
	}
}

// page is the part of a list's query that all lists share.
type page struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"At most this many items"`
	Cursor string `query:"cursor" maxLength:"400" doc:"next of the page before"`
}

// itemID is a numeric id in a path.
type itemID struct {
	ID int64 `path:"id" minimum:"1"`
}

// empty is an answer without a body.
type empty struct{}

func parseID(text string) (int64, bool) {
	id, err := strconv.ParseInt(text, 10, 64)
	return id, err == nil && id > 0
}

// status sets the status of a success where it is not the method's usual one.
func status(code int) func(*huma.Operation) {
	return func(o *huma.Operation) { o.DefaultStatus = code }
}
