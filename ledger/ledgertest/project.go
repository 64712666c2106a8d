package ledgertest

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"guatu/ledger"
)

var made atomic.Int64

// Ground is a project with a site, a five-one team and an inspector who logs in.
type Ground struct {
	Project   ledger.Project
	Site      ledger.Site
	Inspector int64 // person, granted inspector on the project
}

// Project makes a project in a county with everything that most tests need. The
// administrative tree must be there (see Areas).
func Project(t testing.TB, store *ledger.Store, county string, change ...func(*ledger.Facts)) Ground {
	t.Helper()
	n := made.Add(1)
	ctx := ledger.System(context.WithoutCancel(t.Context()))
	all := ledger.Scope{All: true}
	wan := 12_500.0
	facts := ledger.Facts{Name: fmt.Sprintf("示例项目 %d", n), Area: county, Industry: "食品加工", InvestWan: &wan, OwnerUnit: "示例公司", Stage: ledger.StageBuilding}
	for _, c := range change {
		c(&facts)
	}
	id, err := store.AddProject(ctx, all, facts, ledger.Reason{})
	if err != nil {
		t.Fatal(err)
	}
	site, err := store.AddSite(ctx, all, ledger.NewSite{
		ProjectID: id, County: county, Name: "示例点位", Boundary: Square(place(county, n), 200), Schematic: true, Reason: "示例",
	})
	if err != nil {
		t.Fatal(err)
	}
	g := Ground{}
	g.Inspector, err = store.AddPerson(ctx, ledger.NewPerson{Login: fmt.Sprintf("inspector-%d", n), Name: "示例盯办人"},
		[]ledger.NewGrant{{Role: ledger.Inspector, ProjectID: id}})
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range ledger.MemberRoles {
		m := ledger.Member{Role: role, Name: "示例" + ledger.MemberRoleNames[role], Phone: "0395-0000000"}
		if role == "inspector" {
			m.PersonID = &g.Inspector
		}
		if err := store.SeatMember(ctx, all, id, m); err != nil {
			t.Fatal(err)
		}
	}
	if g.Project, err = store.Project(ctx, all, id); err != nil {
		t.Fatal(err)
	}
	if g.Site, err = store.Site(ctx, all, site, time.Time{}); err != nil {
		t.Fatal(err)
	}
	return g
}

// place is a point near the county's reference point, another one for each n.
func place(county string, n int64) orb.Point {
	at := orb.Point{114.02, 33.58}
	for _, a := range ledger.BuiltinAreas() {
		if a.Code == county && a.At != nil {
			at = *a.At
		}
	}
	return orb.Point{at[0] + float64(n%40)*0.003, at[1] + float64(n/40%40)*0.003}
}

// Square is a square with sides of about this many metres around a point.
func Square(at orb.Point, metres float64) orb.MultiPolygon {
	dy := metres / 2 / 110_900
	dx := metres / 2 / (111_320 * math.Cos(at[1]*math.Pi/180))
	return orb.MultiPolygon{{{
		{at[0] - dx, at[1] - dy}, {at[0] + dx, at[1] - dy}, {at[0] + dx, at[1] + dy}, {at[0] - dx, at[1] + dy}, {at[0] - dx, at[1] - dy},
	}}}
}
