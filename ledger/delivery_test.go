package ledger_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"guatu/geo"
	"guatu/ledger"
	"guatu/ledger/ledgertest"
)

// box is a square of side degrees with its south-west corner at west, south.
func box(west, south, side float64) orb.MultiPolygon {
	return orb.MultiPolygon{{{{west, south}, {west + side, south}, {west + side, south + side}, {west, south + side}, {west, south}}}}
}

// Neighbours share an edge and do not overlap; a hundredth of a degree lying on
// another one is told with its area and a place inside.
func TestPlotOverlapsAreToldWithAreaAndPlace(t *testing.T) {
	t.Parallel()
	store, ctx := openTree(t)
	list, all, err := store.PlotOverlaps(ctx, []orb.MultiPolygon{box(114, 33.6, 0.01), box(114.01, 33.6, 0.01), nil, box(114.005, 33.605, 0.01)})
	if err != nil || !all || len(list) != 2 {
		t.Fatalf("%v %v %+v", err, all, list)
	}
	for _, o := range list {
		if o.Other != 3 || math.Abs(o.AreaM2-257_300) > 500 || !box(114.005, 33.605, 0.01)[0].Bound().Contains(o.At) {
			t.Errorf("overlap %+v", o)
		}
	}
}

func TestDeliveryIsWholeOrNothing(t *testing.T) {
	t.Parallel()
	store, ctx := openTree(t)
	g := ledgertest.Project(t, store, "411104")
	good := ledger.DeliveredPlot{Name: "甲", Ground: box(114, 33.6, 0.001)}
	bad := ledger.DeliveredPlot{Name: "乙", Ground: orb.MultiPolygon{{{{114, 33.6}, {114.001, 33.601}, {114.001, 33.6}, {114, 33.601}, {114, 33.6}}}}}
	sites := func() int {
		list, err := store.Sites(ctx, everywhere, ledger.SiteFilter{ProjectID: g.Project.ID}, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	before := sites()
	if _, err := store.Deliver(ctx, everywhere, ledger.Delivery{ProjectID: g.Project.ID, Plots: []ledger.DeliveredPlot{good, bad}}); !errors.Is(err, geo.ErrNotSimple) {
		t.Errorf("a crossing plot: %v", err)
	}
	if _, err := store.Deliver(ctx, ledger.Scope{Counties: []string{"411121"}}, ledger.Delivery{ProjectID: g.Project.ID, Plots: []ledger.DeliveredPlot{good}}); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("out of scope: %v", err)
	}
	if _, err := store.Deliver(ctx, everywhere, ledger.Delivery{ProjectID: g.Project.ID}); !errors.Is(err, ledger.ErrNotArea) {
		t.Errorf("nothing: %v", err)
	}
	if n := sites(); n != before {
		t.Errorf("refusals left %d sites", n-before)
	}
	next := ledger.DeliveredPlot{Name: "丙", Ground: box(114.001, 33.6, 0.001)}
	ids, err := store.Deliver(ctx, everywhere, ledger.Delivery{ProjectID: g.Project.ID, Plots: []ledger.DeliveredPlot{good, next}})
	if err != nil || len(ids) != 2 || sites() != before+2 {
		t.Fatalf("%v %v", ids, err)
	}
	// As one boundary they share an edge: that is told, and never merged.
	if _, err := store.Deliver(ctx, everywhere, ledger.Delivery{SiteID: ids[0], Plots: []ledger.DeliveredPlot{good, next}}); !errors.Is(err, geo.ErrNotSimple) {
		t.Errorf("neighbours as one boundary: %v", err)
	}
}

// Sites under plots are found by the spatial index.
func TestSiteOverlapsUseTheIndex(t *testing.T) {
	t.Parallel()
	store, ctx := openTree(t)
	g := ledgertest.Project(t, store, "411104")
	_, err := store.Pool().Exec(ctx, `INSERT INTO site (county, project_id, name, boundary)
		 SELECT '411104', $1, 'n' || i, ST_Multi(ST_MakeEnvelope(113 + (i % 100) * 0.01, 33 + (i / 100) * 0.01, 113.005 + (i % 100) * 0.01, 33.005 + (i / 100) * 0.01, 4490))
		 FROM generate_series(1, 20000) i`, g.Project.ID)
	if err != nil {
		t.Fatal(err)
	}
	owner, err := pgx.Connect(ctx, store.Pool().Config().ConnString())
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close(ctx)
	if _, err := owner.Exec(ctx, "ANALYZE site"); err != nil {
		t.Fatal(err)
	}
	ewkb, err := geo.AppendEWKB(nil, box(113.5, 33.5, 0.012))
	if err != nil {
		t.Fatal(err)
	}
	plan := ledgertest.Explain(t, ctx, store.Pool(), "sql/plot_site_overlaps.sql", everywhere.Args(pgx.StrictNamedArgs{
		"plots": [][]byte{ewkb}, "floor": ledger.OverlapFloorM2, "max": 10,
	}))
	if !strings.Contains(plan, "site_boundary_gist") {
		t.Errorf("not by the index:\n%s", plan)
	}
	list, err := store.SiteOverlaps(ctx, everywhere, []orb.MultiPolygon{nil, box(113.5, 33.5, 0.012)})
	if err != nil || len(list) != 4 || list[0].Plot != 1 || list[0].AreaM2 < list[3].AreaM2 {
		t.Errorf("%v %+v", err, list)
	}
}
