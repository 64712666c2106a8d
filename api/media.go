package api

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"guatu/ledger"
	"guatu/media"
)

// originalVariant names a photo's own bytes; the other variants are derivatives.
const originalVariant = "original"

// originalRoles may see originals, with the places and faces in them, on their
// own ground; so may whoever sent the photo. Everybody else sees derivatives.
var originalRoles = []ledger.Role{ledger.Commander, ledger.Land, ledger.Auditor, ledger.Admin}

var mediaRoutes = []route{
	plain(get, "/media/photos/{id}/{variant}", "get-photo-bytes", "照片内容：original 原图（按岗位，登记查看）、1600、320", everyone, (*Server).photoBytes, tellMedia),
}

var (
	errNotDerived = errors.New("derivative is not made yet")
	errRange      = errors.New("range lies outside")

	// mediaProblems are the refusals of bytes.
	mediaProblems = []row{
		{errNotDerived, http.StatusNotFound, "not_ready", "缩略图还没有生成，请稍后再看"},
		{errRange, http.StatusRequestedRangeNotSatisfiable, "bad_range", "请求的范围超出照片内容"},
	}
)

func tellMedia(o *huma.Operation) {
	bytes := map[string]*huma.MediaType{string(media.JPEG): {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}
	o.Responses["200"] = &huma.Response{Description: "The bytes; the ETag is their sha256", Content: bytes}
	o.Responses["206"] = &huma.Response{Description: "A range of them", Content: bytes}
	o.Responses["304"] = &huma.Response{Description: "Still those of the ETag"}
	o.Responses["404"] = &huma.Response{Description: "not_found; not_ready while the derivative is being made"}
	o.Responses["416"] = &huma.Response{Description: "bad_range"}
}

// photoBytes serves one variant of a photo in scope.
func (s *Server) photoBytes(c echo.Context) error {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return ledger.ErrNotFound
	}
	switch variant := c.Param("variant"); variant {
	case originalVariant:
		return s.original(c, id)
	case string(media.Large), string(media.Thumb):
		return s.derivative(c, id, variant)
	}
	return ledger.ErrNotFound
}

func (s *Server) derivative(c echo.Context, id uuid.UUID, variant string) error {
	ctx := c.Request().Context()
	scope := ledger.ScopeOf(ctx)
	d, err := s.ledger.Smaller(ctx, scope, id, variant)
	if errors.Is(err, ledger.ErrNotFound) {
		if _, err := s.ledger.Photo(ctx, scope, id); err != nil {
			return err
		}
		return errNotDerived
	}
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Cache-Control", "private, max-age=31536000, immutable")
	h.Set("Content-Disposition", `inline; filename="`+id.String()+"-"+variant+`.jpg"`)
	return s.sendBytes(c, served{hash: d.Hash, size: d.Size, kind: string(media.JPEG), open: func(from, n int64) (io.ReadCloser, error) {
		return s.media.OpenSmaller(ctx, d, from, n)
	}})
}

// original also writes down who looked (S26), before the first byte leaves.
func (s *Server) original(c echo.Context, id uuid.UUID) error {
	ctx := c.Request().Context()
	access := accessOf(ctx)
	o, err := s.ledger.Original(ctx, ledger.ScopeOf(ctx), id)
	if err != nil {
		return err
	}
	var project int64
	if o.ProjectID != nil {
		project = *o.ProjectID
	}
	if o.PersonID != access.Person.ID && !access.Scope(originalRoles...).Covers(o.County, project) {
		return errForbidden
	}
	h := c.Response().Header()
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Content-Disposition", `attachment; filename="`+id.String()+media.Type(o.Type).Ext()+`"`)
	return s.sendBytes(c, served{hash: o.Hash, size: o.Size, kind: o.Type, open: func(from, n int64) (io.ReadCloser, error) {
		r, err := s.media.OpenOriginal(ctx, o, from, n)
		if err != nil {
			return nil, err
		}
		if err := s.ledger.Viewed(ctx, o, id, map[string]any{"variant": originalVariant, "from": from, "bytes": n}); err != nil {
			_ = r.Close()
			return nil, err
		}
		return r, nil
	}})
}

// served is what sendBytes sends.
type served struct {
	hash, kind string
	size       int64
	open       func(from, n int64) (io.ReadCloser, error)
}

// sendBytes answers with the bytes or the range that is asked for. Where they
// turn out damaged the connection is cut short of its length, so that no client
// takes them for whole.
func (s *Server) sendBytes(c echo.Context, b served) error {
	h, r := c.Response().Header(), c.Request()
	etag := `"` + strings.TrimPrefix(b.hash, "sha256:") + `"`
	h.Set("ETag", etag)
	h.Set("Accept-Ranges", "bytes")
	if matches(r.Header.Get("If-None-Match"), etag) {
		return c.NoContent(http.StatusNotModified)
	}
	from, n, partial, err := byteRange(r.Header, etag, b.size)
	if err != nil {
		h.Set("Content-Range", "bytes */"+strconv.FormatInt(b.size, 10))
		for _, name := range []string{"ETag", "Cache-Control", "Content-Disposition"} {
			h.Del(name)
		}
		return err
	}
	body, err := b.open(from, n)
	if err != nil {
		h.Del("Cache-Control")
		h.Del("Content-Disposition")
		return err
	}
	defer body.Close()
	status := http.StatusOK
	if partial {
		status = http.StatusPartialContent
		h.Set("Content-Range", "bytes "+strconv.FormatInt(from, 10)+"-"+strconv.FormatInt(from+n-1, 10)+"/"+strconv.FormatInt(b.size, 10))
	}
	h.Set("Content-Type", b.kind)
	h.Set("Content-Length", strconv.FormatInt(n, 10))
	c.Response().WriteHeader(status)
	if _, err := io.CopyN(c.Response(), body, n); err != nil {
		if r.Context().Err() == nil {
			s.log.ErrorContext(r.Context(), "cut a photo short", "hash", b.hash, "err", err, "trace", traceOf(r.Context()))
		}
		panic(http.ErrAbortHandler)
	}
	return nil
}

func matches(header, etag string) bool {
	for tag := range strings.SplitSeq(header, ",") {
		if tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/"); tag == etag || tag == "*" {
			return true
		}
	}
	return false
}

// byteRange reads a Range of one part; several parts, a unit that is not known,
// and a range of other bytes (If-Range) are answered with everything.
func byteRange(h http.Header, etag string, size int64) (from, n int64, partial bool, err error) {
	spec, ok := strings.CutPrefix(h.Get("Range"), "bytes=")
	if cond := h.Get("If-Range"); !ok || strings.Contains(spec, ",") || cond != "" && cond != etag {
		return 0, size, false, nil
	}
	first, last, ok := strings.Cut(strings.TrimSpace(spec), "-")
	a, errA := strconv.ParseUint(first, 10, 62)
	z, errZ := strconv.ParseUint(last, 10, 62)
	switch {
	case !ok || first != "" && errA != nil || last != "" && errZ != nil || first == "" && last == "":
		return 0, size, false, nil // not a range at all
	case first == "": // the last z bytes
		if z == 0 {
			return 0, 0, false, errRange
		}
		n = min(int64(z), size)
		return size - n, n, true, nil
	case int64(a) >= size || last != "" && z < a:
		return 0, 0, false, errRange
	case last == "":
		return int64(a), size - int64(a), true, nil
	}
	return int64(a), min(int64(z)+1, size) - int64(a), true, nil
}
