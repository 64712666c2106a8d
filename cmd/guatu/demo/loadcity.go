package demo

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"guatu/ledger"
)

// rows writes everything of the city but photos and patches: the ground, then
// the people who log in, then the rest in one transaction.
func (l *Loader) rows(ctx context.Context, store *ledger.Store, c *City) error {
	conn, err := l.owner(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if err := l.ground(ctx, conn, c.Ground); err != nil {
		return err
	}
	ids := make([]int64, len(c.People))
	orgs := make([]int64, len(c.Orgs))
	for i, o := range c.Orgs {
		if orgs[i], err = store.AddOrg(ctx, ledger.Org{Name: o.Name, Kind: o.Kind, Area: o.Area}); err != nil {
			return fmt.Errorf("add %s: %w", o.Name, err)
		}
	}
	for i, p := range c.People {
		if p.Login == "" {
			continue
		}
		if ids[i], err = addLogin(ctx, store, p, orgs[p.Org]); err != nil {
			return fmt.Errorf("add %s: %w", p.Login, err)
		}
		l.report("人员", i+1, 0)
	}
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		b := &bulk{ctx: ctx, tx: tx, c: c, people: ids, orgs: orgs}
		b.fill()
		l.report("项目与点位", len(c.Projects), len(c.Projects))
		for _, t := range b.tables {
			if err := t.copy(ctx, tx); err != nil {
				return err
			}
		}
		if b.err != nil {
			return b.err
		}
		if err := ledger.Tick(ctx, tx, "site"); err != nil {
			return err
		}
		return ledger.Record(ctx, tx, ledger.Event{Verb: verbCity, Subject: subject, After: ledger.JSON(map[string]int{"projects": len(c.Projects)})})
	})
}

// addLogin adds a person who logs in, or finds the one that an interrupted load added.
func addLogin(ctx context.Context, store *ledger.Store, p Person, org int64) (int64, error) {
	var grants []ledger.NewGrant
	for _, g := range p.Grants {
		if g.Area != "" {
			grants = append(grants, ledger.NewGrant{Role: ledger.Role(g.Role), Area: g.Area})
		}
	}
	id, err := store.AddPerson(ctx, ledger.NewPerson{
		Login: p.Login, Name: p.Name, Title: p.Title, Phone: p.Phone, OrgID: &org, Password: Password,
	}, grants)
	if errors.Is(err, ledger.ErrTaken) {
		had, err := store.PersonByLogin(ctx, p.Login)
		return had.ID, err
	}
	return id, err
}

// ground writes the backdrop, unless there is one.
func (l *Loader) ground(ctx context.Context, conn *pgx.Conn, g *Ground) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		var there bool
		if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM backdrop)").Scan(&there); err != nil || there {
			return err
		}
		t := table{name: "backdrop", columns: []string{"kind", "name", "code", "rank", "schematic", "shape"}}
		for _, f := range g.Features {
			t.add(f.Kind, f.Name, f.Code, f.Rank, true, f.Shape)
		}
		if err := t.copy(ctx, tx); err != nil {
			return err
		}
		l.report("底图", len(g.Features), len(g.Features))
		return ledger.Tick(ctx, tx, "backdrop")
	})
}

// A table is rows on their way into one table by COPY.
type table struct {
	name    string
	columns []string
	rows    [][]any
}

func (t *table) add(values ...any) { t.rows = append(t.rows, values) }

func (t *table) copy(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, pgx.CopyFromRows(t.rows))
	if err != nil {
		return fmt.Errorf("copy into %s: %w", t.name, err)
	}
	return nil
}

// bulk turns a city into tables. Ids are drawn from the sequences beforehand.
type bulk struct {
	ctx    context.Context
	tx     pgx.Tx
	c      *City
	people []int64
	orgs   []int64
	tables []*table
	err    error
}

func (b *bulk) table(name string, columns ...string) *table {
	t := &table{name: name, columns: columns}
	b.tables = append(b.tables, t)
	return t
}

// ids draws n ids of a table.
func (b *bulk) ids(table string, n int) []int64 {
	rows, err := b.tx.Query(b.ctx, "SELECT nextval(pg_get_serial_sequence($1, 'id')) FROM generate_series(1, $2)", table, n)
	if err == nil {
		var ids []int64
		if ids, err = pgx.CollectRows(rows, pgx.RowTo[int64]); err == nil && len(ids) == n {
			return ids
		}
	}
	b.err = errors.Join(b.err, fmt.Errorf("draw ids of %s: %w", table, err))
	return make([]int64, n)
}

func (b *bulk) fill() {
	c := b.c
	persons := b.table("person", "id", "name", "title", "phone", "org_id")
	fresh := b.ids("person", len(c.People))
	for i, p := range c.People {
		if p.Login == "" {
			b.people[i] = fresh[i]
			persons.add(fresh[i], p.Name, p.Title, p.Phone, b.orgs[p.Org])
		}
	}
	projects := b.table("project", "id", "code", "name", "area", "industry", "invest_wan", "owner_unit", "stage", "note", "source", "created_at", "updated_at")
	areas := b.table("project_area", "project_id", "county")
	batches := b.table("project_batch", "project_id", "term", "batch")
	changes := b.table("stage_change", "project_id", "stage", "valid_from", "reason")
	members := b.table("member", "project_id", "role", "person_id", "name", "title", "phone")
	sites := b.table("site", "county", "id", "project_id", "name", "boundary", "schematic", "created_at", "updated_at")
	versions := b.table("site_version", "county", "site_id", "version", "boundary", "valid_from", "reason")
	buildings := b.table("building", "county", "site_id", "name", "state", "footprint", "updated_at")
	grants := b.table("person_grant", "person_id", "role", "project_id")
	events := b.table("event", "verb", "county", "project_id", "site_id", "subject", "after")

	id := b.ids("project", len(c.Projects))
	siteID := b.ids("site", c.siteCount())
	for i, p := range c.Projects {
		first := p.Changes[0].At
		var invest *float64
		if p.InvestWan > 0 {
			invest = &p.InvestWan
		}
		projects.add(id[i], p.Code, p.Name, p.Area, p.Industry, invest, p.OwnerUnit, p.Stage, p.Note, p.Source, first, c.Now)
		for _, county := range p.Counties {
			areas.add(id[i], county)
		}
		told := []ledger.Batch{}
		for _, t := range p.Batches {
			batches.add(id[i], t.Term, t.Batch)
			told = append(told, ledger.Batch(t))
		}
		for _, s := range p.Changes {
			changes.add(id[i], s.Stage, s.At, "演示数据")
		}
		for _, m := range p.Members {
			who := c.People[m.Person]
			members.add(id[i], m.Role, b.people[m.Person], who.Name, who.Title, who.Phone)
		}
		events.add("project.created", p.Area, id[i], nil, fmt.Sprintf("project:%d", id[i]), ledger.JSON(map[string]any{
			"code": p.Code, "name": p.Name, "area": p.Area, "counties": p.Counties, "industry": p.Industry, "invest_wan": invest,
			"owner_unit": p.OwnerUnit, "stage": p.Stage, "batches": told, "note": p.Note, "source": p.Source,
		}))
		for _, s := range p.Sites {
			sid := siteID[0]
			siteID = siteID[1:]
			sites.add(s.County, sid, id[i], s.Name, s.Boundary, true, first, first)
			versions.add(s.County, sid, 1, s.Boundary, first, "演示数据：示意红线")
			for _, u := range s.Buildings {
				buildings.add(s.County, sid, u.Name, u.State, u.Footprint, c.Now)
			}
			events.add("site.created", s.County, id[i], sid, fmt.Sprintf("site:%d", sid), ledger.JSON(map[string]any{
				"name": s.Name, "version": 1, "reason": "演示数据：示意红线", "schematic": true, "boundary": extent(s.Boundary),
			}))
		}
	}
	for i, p := range c.People {
		for _, g := range p.Grants {
			if g.Area == "" {
				grants.add(b.people[i], g.Role, id[g.Project])
			}
		}
	}
}

// extent is a boundary as events say it.
func extent(m orb.MultiPolygon) map[string]any {
	points := 0
	for _, p := range m {
		for _, r := range p {
			points += len(r)
		}
	}
	box := m.Bound()
	return map[string]any{"parts": len(m), "points": points, "bbox": []float64{box.Min[0], box.Min[1], box.Max[0], box.Max[1]}}
}
