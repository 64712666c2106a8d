package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// Event is one thing that happened: who, what, to which row, before and after.
// It is written in the transaction of the change and never altered.
type Event struct {
	ID        int64 // the place in the stream
	At        time.Time
	ActorID   *int64 // nil: the system
	Verb      string // noun.happened: photo.received, site.changed
	County    string
	ProjectID *int64
	SiteID    *int64
	Subject   string // noun:id
	Before    json.RawMessage
	After     json.RawMessage
	Trace     string
}

// Actor is who acts in a context, for the audit trail.
type Actor struct {
	PersonID int64 // 0: the system
	Trace    string
}

type actorKey struct{}

// WithActor says who acts in this context.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorOf is who acts, the system where nobody was named.
func ActorOf(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}

// Record writes e into tx, with the context's actor where e names none.
func Record(ctx context.Context, tx pgx.Tx, e Event) error {
	actor := ActorOf(ctx)
	if e.ActorID == nil && actor.PersonID != 0 {
		e.ActorID = &actor.PersonID
	}
	if e.Trace == "" {
		e.Trace = actor.Trace
	}
	_, err := tx.Exec(ctx, query("event_record"), pgx.StrictNamedArgs{
		"actor_id": e.ActorID, "verb": e.Verb, "county": e.County, "project_id": e.ProjectID, "site_id": e.SiteID,
		"subject": e.Subject, "before": e.Before, "after": e.After, "trace": e.Trace,
	})
	if err != nil {
		return fmt.Errorf("record %s: %w", e.Verb, err)
	}
	return nil
}

// recordMost is the number of events in one statement.
const recordMost = 1000

// RecordAll writes many events into tx as Record would. Each statement that
// writes events holds a lock until the transaction ends, so one statement for
// each event of a large import would use up PostgreSQL's table of locks.
func RecordAll(ctx context.Context, tx pgx.Tx, events []Event) error {
	for part := range slices.Chunk(events, recordMost) {
		if err := recordPart(ctx, tx, part); err != nil {
			return fmt.Errorf("record %d events: %w", len(part), err)
		}
	}
	return nil
}

func recordPart(ctx context.Context, tx pgx.Tx, events []Event) error {
	var (
		actors, projects, sites           []*int64
		verbs, counties, subjects, traces []string
		befores, afters                   []*string
	)
	actor := ActorOf(ctx)
	for _, e := range events {
		if e.ActorID == nil && actor.PersonID != 0 {
			e.ActorID = &actor.PersonID
		}
		if e.Trace == "" {
			e.Trace = actor.Trace
		}
		actors, projects, sites = append(actors, e.ActorID), append(projects, e.ProjectID), append(sites, e.SiteID)
		verbs, counties, subjects, traces = append(verbs, e.Verb), append(counties, e.County), append(subjects, e.Subject), append(traces, e.Trace)
		befores, afters = append(befores, optional(string(e.Before))), append(afters, optional(string(e.After)))
	}
	_, err := tx.Exec(ctx, query("event_record_all"), pgx.StrictNamedArgs{
		"actor_id": actors, "verb": verbs, "county": counties, "project_id": projects, "site_id": sites, "subject": subjects,
		"before": befores, "after": afters, "trace": traces,
	})
	return err
}

// JSON is v for an event's before and after; what cannot be written as JSON is
// a mistake in the program.
func JSON(v any) json.RawMessage {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return body
}

// EventsAfter returns the settled events after an id, oldest first, at most
// limit: none that a transaction still under way could precede. The caller
// filters by scope.
func (s *Store) EventsAfter(ctx context.Context, after int64, limit int) ([]Event, error) {
	settled, err := s.EndOfStream(ctx)
	if err != nil || settled <= after {
		return nil, err
	}
	rows, err := s.pool.Query(ctx, query("event_between"), pgx.StrictNamedArgs{"after": after, "settled": settled, "max": limit})
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	events, err := pgx.CollectRows(rows, pgx.RowToStructByName[Event])
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return events, nil
}

// EndOfStream is the id after which new events will appear.
func (s *Store) EndOfStream(ctx context.Context) (int64, error) {
	var id int64
	if err := s.pool.QueryRow(ctx, query("event_settled")).Scan(&id); err != nil {
		return 0, fmt.Errorf("find the end of the events: %w", err)
	}
	return id, nil
}

// Tick raises a clock in tx; tiles and ETags of that kind of ground are new from
// the commit on.
func Tick(ctx context.Context, tx pgx.Tx, clock string) error {
	if _, err := tx.Exec(ctx, query("clock_tick"), pgx.StrictNamedArgs{"name": clock}); err != nil {
		return fmt.Errorf("tick %s: %w", clock, err)
	}
	return nil
}
