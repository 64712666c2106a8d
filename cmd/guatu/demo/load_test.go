package demo_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"guatu/cmd/guatu/demo"
	"guatu/ledger"
	"guatu/ledger/ledgertest"
	"guatu/media"
	"guatu/media/buckettest"
	"guatu/migrations/pgtest"
)

var noon = time.Date(2026, 11, 18, 12, 5, 0, 0, demo.Shanghai)

// installation is a loader on a database and a bucket of the test's own.
func installation(t *testing.T) (*demo.Loader, *pgxpool.Pool) {
	t.Helper()
	dsn := pgtest.New(t)
	pool, err := ledger.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	ledgertest.Areas(t, ledger.NewStore(pool, time.Now))
	jobs, err := river.NewClient(riverpgxv5.New(pool), &river.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return &demo.Loader{
		DSN: dsn, Pool: pool, Bucket: buckettest.Open(t), Decoder: media.NewDecoder(1), Jobs: jobs,
		Key: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, ed25519.SeedSize)), Log: slog.New(slog.DiscardHandler),
	}, pool
}

// asked is one number that the database answers to the system.
func asked[T any](t *testing.T, pool *pgxpool.Pool, sql string) (v T) {
	t.Helper()
	if err := pool.QueryRow(ledger.System(t.Context()), sql).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func TestAnInterruptedLoadIsFinishedAndASecondOneChangesNothing(t *testing.T) {
	t.Parallel()
	l, pool := installation(t)
	o := demo.Options{Seed: 4, Sites: 14, Now: noon, Photos: true}
	all := len(demo.Generate(o).Shots)
	if all < 20 {
		t.Fatalf("the small city has %d photos, too few to interrupt", all)
	}
	ctx, cut := context.WithCancel(t.Context())
	l.Report = func(step string, done, _ int) {
		if step == "照片" && done >= 6 {
			cut()
		}
	}
	if _, err := l.Load(ctx, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("an interrupted load says %v", err)
	}
	some := asked[int](t, pool, "SELECT count(*) FROM photo")
	if some < 4 || some >= all {
		t.Fatalf("%d of %d photos were loaded before the cut", some, all)
	}
	l.Report = nil
	o.Now = noon.Add(3 * time.Hour) // the story goes on from its own moment
	loaded, err := l.Load(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if loaded.Already || loaded.Photos != all || !loaded.Now.Equal(noon) || asked[int](t, pool, "SELECT count(*) FROM photo") != all {
		t.Errorf("after the second start: %+v, %d photos wanted", loaded, all)
	}
	before := asked[string](t, pool, state)
	again, err := l.Load(t.Context(), o)
	if err != nil || !again.Already || again.Photos != all || again.Projects != loaded.Projects {
		t.Errorf("a third start: %+v, %v", again, err)
	}
	if diff := cmp.Diff(before, asked[string](t, pool, state)); diff != "" {
		t.Errorf("a load that had nothing to do changed something: %s", diff)
	}
	o.Sites = 15
	if _, err := l.Load(t.Context(), o); !errors.Is(err, demo.ErrOtherDemo) {
		t.Errorf("another city on top: %v", err)
	}
}

// state is every count and clock that a load may change.
const state = `SELECT string_agg(what, ' ') FROM (
	SELECT 'events ' || max(id) AS what FROM event UNION ALL SELECT 'persons ' || count(*) FROM person
	UNION ALL SELECT 'photos ' || count(*) FROM photo UNION ALL SELECT name || ' ' || version FROM clock
	UNION ALL SELECT 'jobs ' || count(*) FROM river_job) s`

func TestPhotosComeInByTheRealWay(t *testing.T) {
	t.Parallel()
	l, pool := installation(t)
	c := demo.Generate(demo.Options{Seed: 4, Sites: 6, Now: noon, Photos: true})
	if _, err := l.Load(t.Context(), c.Options); err != nil {
		t.Fatal(err)
	}
	n := len(c.Shots)
	for what, sql := range map[string]string{
		"photos at their receipt": "SELECT count(*) FROM photo WHERE received_at <= '2026-11-18 04:05:00Z' AND received_at > '2026-11-04 16:00:00Z'",
		"signed receipts":         "SELECT count(*) FROM receipt JOIN receipt_key k ON k.id = key_id",
		"stored blobs":            "SELECT count(*) FROM photo JOIN blob ON blob.hash = photo.hash WHERE blob.state = 'stored'",
		"events by the inspector": "SELECT count(*) FROM event WHERE verb = 'photo.received' AND actor_id IS NOT NULL",
		"jobs":                    "SELECT count(*) FROM river_job WHERE kind = 'photo_derive'",
		"members that sent them":  "SELECT count(*) FROM photo JOIN member m ON m.project_id = photo.project_id AND m.role = 'inspector' AND m.person_id = photo.person_id",
	} {
		if got := asked[int](t, pool, sql); got != n {
			t.Errorf("%s: %d, want %d", what, got, n)
		}
	}
	for _, s := range c.Shots {
		var received, taken time.Time
		var zone string
		err := pool.QueryRow(ledger.System(t.Context()), "SELECT received_at, taken_at, taken_zone FROM photo WHERE id = $1", s.ID).Scan(&received, &taken, &zone)
		if err != nil || !received.Equal(s.ReceivedAt) || !taken.Equal(s.TakenAt) || s.Zoned != (zone == "exif") {
			t.Errorf("photo %x: received %s taken %s (%s), planned %s and %s, %v", s.ID, received, taken, zone, s.ReceivedAt, s.TakenAt, err)
		}
	}
}

func TestTheDemoIsNotMixedIntoALedger(t *testing.T) {
	t.Parallel()
	l, pool := installation(t)
	_, err := ledger.NewStore(pool, time.Now).AddProject(t.Context(), ledger.Scope{All: true}, ledger.Facts{Name: "真实项目", Area: "411104"}, ledger.Reason{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Load(t.Context(), demo.Demo(noon)); !errors.Is(err, demo.ErrNotEmpty) {
		t.Errorf("a demo on a ledger with a project: %v", err)
	}
}

func TestTheGroundIsSoundInPostGIS(t *testing.T) {
	t.Parallel()
	l, pool := installation(t)
	o := demo.Demo(noon)
	o.Photos, o.Patches = false, 6000
	loaded, err := l.Load(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, n := range loaded.Layers {
		sum += n
	}
	if sum != o.Patches || loaded.Sites != 84 {
		t.Errorf("loaded %+v", loaded)
	}
	// PostGIS walks edges along geodesics, which tells on long edges only: hence 2e-5.
	for what, sql := range map[string]string{
		"sites not valid, not schematic or not 3–60 ha": "SELECT count(*) FROM site WHERE NOT ST_IsValid(boundary) OR NOT schematic OR area_m2 NOT BETWEEN 30000 AND 600000",
		"sites that meet":             "SELECT count(*) FROM site a JOIN site b ON a.id < b.id AND ST_Intersects(a.boundary, b.boundary)",
		"sites in a river":            "SELECT count(*) FROM site s JOIN backdrop b ON b.kind = 'river' AND GeometryType(b.shape) = 'POLYGON' AND ST_Intersects(s.boundary, b.shape)",
		"sites outside their county":  "SELECT count(*) FROM site s JOIN backdrop b ON b.kind = 'county' AND b.code = s.county AND NOT ST_Covers(b.shape, s.boundary)",
		"buildings outside a site":    "SELECT count(*) FROM building b JOIN site s ON s.county = b.county AND s.id = b.site_id WHERE NOT ST_Covers(s.boundary, b.footprint)",
		"counties that overlap":       "SELECT count(*) FROM backdrop a JOIN backdrop b ON a.code < b.code AND a.kind = 'county' AND b.kind = 'county' AND ST_Area(ST_Intersection(a.shape, b.shape)) > 0",
		"patches not valid":           "SELECT count(*) FROM patch WHERE NOT ST_IsValid(shape)",
		"patches with a wrong area":   "SELECT count(*) FROM patch WHERE abs(area_m2 / ST_Area(shape::geography) - 1) > 2e-5",
		"land patches that overlap":   "SELECT count(*) FROM patch a JOIN patch b USING (layer_version_id) JOIN layer_version v ON v.id = layer_version_id AND v.kind <> 'redline' WHERE a.id < b.id AND a.shape && b.shape AND ST_Relate(a.shape, b.shape, '2********')",
		"patches in no active layer":  "SELECT count(*) FROM patch p LEFT JOIN layer_version v ON v.id = p.layer_version_id AND v.active WHERE v.id IS NULL",
		"patches outside their table": "SELECT count(*) FROM patch_elsewhere",
	} {
		if n := asked[int](t, pool, sql); n != 0 {
			t.Errorf("%s: %d", what, n)
		}
	}
	if plan := asked[string](t, pool, "SELECT string_agg(indexdef, ' ') FROM pg_indexes WHERE tablename LIKE 'patch\\_%' AND indexdef LIKE '%gist%'"); plan == "" {
		t.Error("the patches have no spatial index")
	}
	again, err := l.Load(t.Context(), o)
	if err != nil || !again.Already || again.Layers["dltb"] != loaded.Layers["dltb"] {
		t.Errorf("a second load: %+v, %v", again, err)
	}
	// Another delivery takes the place of the first; the first stays behind it.
	o.Patches = 2000
	if _, err := l.Load(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if n := asked[int](t, pool, "SELECT count(*) FROM patch JOIN layer_version v ON v.id = layer_version_id AND v.active"); n != 2000 {
		t.Errorf("%d patches are active after a second delivery of 2000", n)
	}
}
