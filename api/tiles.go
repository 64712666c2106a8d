package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/labstack/echo/v4"
	"github.com/maypok86/otter/v2"
	"github.com/paulmach/orb"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"golang.org/x/sync/semaphore"
	"golang.org/x/sync/singleflight"

	"guatu/geo"
	"guatu/ledger"
)

var tileRoutes = []route{
	plain(get, "/tiles/{layers}/{z}/{x}/{y}.mvt", "get-tile", "矢量瓦片；layers 用逗号分隔：site、county、river、road、rail 与图斑图层", everyone, (*Server).tile, tellTile),
	plain(get, "/tiles/{layers}.json", "get-tilejson", "图层说明（TileJSON 3）", everyone, (*Server).tileJSON),
}

var (
	errNoLayer = errors.New("no such tile layer")
	// tileProblems are the refusals of tiles.
	tileProblems = []row{
		{geo.ErrTile, http.StatusBadRequest, "bad_tile", "瓦片地址不对：z 为 0–18 的整数，x、y 在该级范围之内"},
		{errNoLayer, http.StatusNotFound, "no_such_layer", "没有这个图层，请核对图层名"},
	}
)

// patchRoles may see surveys and red lines, on their own ground.
var patchRoles = []ledger.Role{ledger.Land, ledger.Forestry, ledger.Commander, ledger.Admin, ledger.Auditor}

var tilesServed = promauto.NewCounterVec(prometheus.CounterOpts{
	Name: "guatu_tiles_total", Help: "Tiles by how they were answered: drawn, cached, not_modified, outside.",
}, []string{"how"})

func tellTile(o *huma.Operation) {
	o.Parameters = append(o.Parameters, &huma.Param{
		Name: "v", In: "query", Schema: &huma.Schema{Type: huma.TypeString},
		Description: "Version from /api/v1/map or the TileJSON; a tile of the current one may be kept by the browser",
	})
	o.Responses["200"] = &huma.Response{Description: "The tile", Content: map[string]*huma.MediaType{mvtType: {}}}
	o.Responses["204"] = &huma.Response{Description: "Nothing lies there"}
	o.Responses["304"] = &huma.Response{Description: "Still the tile of the ETag"}
}

const (
	mvtType = "application/vnd.mapbox-vector-tile"
	// tileCacheBytes bounds the gzipped tiles that are kept.
	tileCacheBytes = 128 << 20
	// tileSlots is how many tiles are drawn at once at most (promises 3.9); half
	// of the database's connections stay for everybody else.
	tileSlots = 32
	// tileTime bounds drawing one tile, waiting included.
	tileTime = 5 * time.Second
	// tileAge is how long a browser keeps a tile of the current version, and one
	// outside the city; an address with another version is another tile.
	tileAge = 24 * time.Hour
)

// tiles draws tiles and keeps them.
type tiles struct {
	ground *geo.Tiles
	kept   *otter.Cache[string, *keptTile]
	flight singleflight.Group
	slots  *semaphore.Weighted
}

func newTiles(pool *pgxpool.Pool) *tiles {
	return &tiles{
		ground: geo.NewTiles(pool),
		kept: otter.Must(&otter.Options[string, *keptTile]{
			MaximumWeight: tileCacheBytes,
			Weigher:       func(key string, t *keptTile) uint32 { return uint32(len(key) + len(t.gzip) + 200) },
		}),
		slots: semaphore.NewWeighted(int64(max(1, min(tileSlots, pool.Config().MaxConns/2)))),
	}
}

// keptTile is a drawn tile, gzipped; nil where nothing lies in it.
type keptTile struct {
	gzip   []byte
	etag   string
	clocks geo.Clocks
}

// layerSet is what a caller asks for and may see of it.
type layerSet struct {
	names                 []string // sorted, each once
	site, backdrop, patch bool
	sites, patches        ledger.Scope
	origin                string
	siteClass, patchClass string
}

// layerSet reads the list in a tile's address for the caller of ctx.
func (s *Server) layerSet(ctx context.Context, list string, ground geo.Ground) (layerSet, error) {
	set := layerSet{origin: ground.Origin}
	for name := range strings.SplitSeq(list, ",") {
		switch {
		case name == geo.SiteLayer:
			set.site = true
			set.names = append(set.names, geo.SiteLabelLayer) // a boundary never comes without its label
		case name == geo.SiteLabelLayer:
			set.site = true
		case slices.Contains(geo.BackdropLayers, name):
			set.backdrop = true
		case slices.Contains(ground.Kinds, name):
			set.patch = true
		default:
			return set, fmt.Errorf("%w: %.40q", errNoLayer, name)
		}
		set.names = append(set.names, name)
	}
	slices.Sort(set.names)
	set.names = slices.Compact(set.names)
	if set.site {
		set.sites = ledger.ScopeOf(ctx)
		set.siteClass = set.sites.Class()
	}
	if set.patch {
		access := accessOf(ctx)
		if !access.Has(patchRoles...) {
			return set, errForbidden
		}
		set.patches = access.Scope(patchRoles...)
		set.patchClass = set.patches.Class()
	}
	return set, nil
}

// version names what the set shows at these clocks to this caller. It stands in
// URLs, so that a browser that two people share never mixes their tiles.
func (l layerSet) version(c geo.Clocks) string {
	var clocks []string
	for _, part := range []struct {
		in    bool
		clock int64
	}{{l.site, c.Site}, {l.backdrop, c.Backdrop}, {l.patch, c.Patch}} {
		if part.in {
			clocks = append(clocks, strconv.FormatInt(part.clock, 10))
		}
	}
	sum := sha256.Sum256([]byte(l.origin + "\n" + l.siteClass + "\n" + l.patchClass))
	return strings.Join(clocks, ".") + "-" + hex.EncodeToString(sum[:6])
}

// tile is GET /tiles/{layers}/{z}/{x}/{y}.mvt.
func (s *Server) tile(c echo.Context) error {
	ctx := c.Request().Context()
	row, mvt := strings.CutSuffix(c.Param("y"), ".mvt")
	if !mvt {
		return geo.ErrTile
	}
	tile, err := geo.ParseTile(c.Param("z"), c.Param("x"), row)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Vary", "Accept-Encoding, Cookie, Authorization")
	if !tile.Bound().Intersects(s.surroundings()) {
		tilesServed.WithLabelValues("outside").Inc()
		h.Set("Cache-Control", keep(tileAge))
		return c.NoContent(http.StatusNoContent)
	}
	ground, err := s.tiles.ground.Ground(ctx)
	if err != nil {
		return ledger.Told(err)
	}
	set, err := s.layerSet(ctx, c.Param("layers"), ground)
	if err != nil {
		return err
	}
	key := set.key(ground.Clocks, tile)
	if etag := etagOf(key); tagged(c.Request().Header.Get("If-None-Match"), etag) {
		tilesServed.WithLabelValues("not_modified").Inc()
		return s.answerTile(c, set, &keptTile{etag: etag, clocks: ground.Clocks}, http.StatusNotModified)
	}
	kept, err := s.tiles.get(ctx, key, set, tile)
	if err != nil {
		return err
	}
	if len(kept.gzip) == 0 {
		return s.answerTile(c, set, kept, http.StatusNoContent)
	}
	return s.answerTile(c, set, kept, http.StatusOK)
}

// key names a tile in the cache: what is shown, to whom, at which clocks.
func (l layerSet) key(clocks geo.Clocks, t geo.Tile) string {
	return strings.Join([]string{l.version(clocks), l.siteClass, l.patchClass, strings.Join(l.names, ","), t.String()}, "\n")
}

// surroundings is the city and half its size around it: where tiles are made.
func (s *Server) surroundings() orb.Bound {
	b := s.conf.Bounds
	dx, dy := (b[2]-b[0])/2, (b[3]-b[1])/2
	return orb.Bound{Min: orb.Point{b[0] - dx, b[1] - dy}, Max: orb.Point{b[2] + dx, b[3] + dy}}
}

// get returns the tile of key from the cache, or has it drawn once however many
// ask for it. What was drawn may be newer than key, and is kept as what it is.
func (t *tiles) get(ctx context.Context, key string, set layerSet, tile geo.Tile) (*keptTile, error) {
	if kept, ok := t.kept.GetIfPresent(key); ok {
		tilesServed.WithLabelValues("cached").Inc()
		return kept, nil
	}
	// One caller's leaving must not fail the others who wait for the same tile.
	drawing := t.flight.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tileTime)
		defer cancel()
		return t.draw(ctx, set, tile)
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case drawn := <-drawing:
		if drawn.Err != nil {
			return nil, drawn.Err
		}
		return drawn.Val.(*keptTile), nil
	}
}

func (t *tiles) draw(ctx context.Context, set layerSet, tile geo.Tile) (*keptTile, error) {
	if err := t.slots.Acquire(ctx, 1); err != nil {
		return nil, fmt.Errorf("%w: wait to draw a tile: %w", ledger.ErrBusy, err)
	}
	defer t.slots.Release(1)
	drawn, err := t.ground.Draw(ctx, geo.TileQuery{
		Tile: tile, Layers: set.names,
		Sites:   geo.View{All: set.sites.All, Counties: set.sites.Counties, Projects: set.sites.Projects},
		Patches: geo.View{All: set.patches.All, Counties: set.patches.Counties},
	})
	if err != nil {
		return nil, ledger.Told(err)
	}
	key := set.key(drawn.Clocks, tile)
	kept := &keptTile{etag: etagOf(key), clocks: drawn.Clocks}
	if kept.gzip, err = squeezed(drawn.MVT); err != nil {
		return nil, err
	}
	t.kept.Set(key, kept)
	tilesServed.WithLabelValues("drawn").Inc()
	return kept, nil
}

// squeezed gzips a tile; nothing stays nothing. Large ones are squeezed less:
// the last percents would cost as much as drawing.
func squeezed(mvt []byte) ([]byte, error) {
	if len(mvt) == 0 {
		return nil, nil
	}
	level := 6
	if len(mvt) > 128<<10 {
		level = gzip.BestSpeed
	}
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(mvt); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (s *Server) answerTile(c echo.Context, set layerSet, kept *keptTile, status int) error {
	h := c.Response().Header()
	h.Set("Etag", kept.etag)
	h.Set("Cache-Control", "private, no-cache")
	if v := c.QueryParam("v"); v != "" && v == set.version(kept.clocks) {
		h.Set("Cache-Control", keep(tileAge))
	}
	if status != http.StatusOK {
		return c.NoContent(status)
	}
	if strings.Contains(c.Request().Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		return c.Blob(status, mvtType, kept.gzip)
	}
	r, err := gzip.NewReader(bytes.NewReader(kept.gzip))
	if err != nil {
		return err
	}
	return c.Stream(status, mvtType, r)
}

func keep(age time.Duration) string { return fmt.Sprintf("private, max-age=%d", int(age.Seconds())) }

// etagOf is weak: the same tile goes out gzipped or not.
func etagOf(key string) string {
	sum := sha256.Sum256([]byte(key))
	return `W/"` + hex.EncodeToString(sum[:12]) + `"`
}

// tagged says whether an If-None-Match header names etag, compared weakly.
func tagged(header, etag string) bool {
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" || strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}

// tileSet is a TileJSON 3 document.
type tileSet struct {
	TileJSON     string        `json:"tilejson"`
	Name         string        `json:"name"`
	Scheme       string        `json:"scheme"`
	Tiles        []string      `json:"tiles"`
	MinZoom      int           `json:"minzoom"`
	MaxZoom      int           `json:"maxzoom"`
	Bounds       [4]float64    `json:"bounds"`
	Attribution  string        `json:"attribution"`
	VectorLayers []vectorLayer `json:"vector_layers"`
}

type vectorLayer struct {
	ID          string            `json:"id"`
	Description string            `json:"description"`
	Fields      map[string]string `json:"fields"`
}

var (
	siteFields     = map[string]string{"id": "Number", "name": "String", "stage": "String", "project_id": "Number", "project": "String", "schematic": "Boolean"}
	backdropFields = map[string]string{"name": "String", "code": "String", "rank": "Number", "schematic": "Boolean"}
	patchFields    = map[string]string{"id": "Number", "scheme": "String", "code": "String", "level": "String", "schematic": "Boolean"}
)

// tileJSON is GET /tiles/{layers}.json.
func (s *Server) tileJSON(c echo.Context) error {
	ctx := c.Request().Context()
	list, ok := strings.CutSuffix(c.Param("layers"), ".json")
	if !ok {
		return errNoLayer
	}
	ground, err := s.tiles.ground.Ground(ctx)
	if err != nil {
		return ledger.Told(err)
	}
	set, err := s.layerSet(ctx, list, ground)
	if err != nil {
		return err
	}
	b := s.surroundings()
	doc := tileSet{
		TileJSON: "3.0.0", Name: list, Scheme: "xyz", MaxZoom: geo.MaxZoom,
		Bounds:      [4]float64{b.Min[0], b.Min[1], b.Max[0], b.Max[1]},
		Attribution: "示意图，不作为划界依据",
		Tiles:       []string{s.origin(c) + "/tiles/" + list + "/{z}/{x}/{y}.mvt?v=" + set.version(ground.Clocks)},
	}
	for _, name := range set.names {
		layer := vectorLayer{ID: name, Fields: patchFields}
		switch {
		case name == geo.SiteLayer:
			layer.Description, layer.Fields = "点位用地红线", siteFields
		case name == geo.SiteLabelLayer:
			layer.Description, layer.Fields = "点位标注点", siteFields
		case slices.Contains(geo.BackdropLayers, name):
			layer.Fields = backdropFields
		}
		doc.VectorLayers = append(doc.VectorLayers, layer)
	}
	c.Response().Header().Set("Cache-Control", "private, no-cache")
	return c.JSON(http.StatusOK, doc)
}
