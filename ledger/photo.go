package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/paulmach/orb"
)

// Photo is what was seen, by whom, where and when.
//
// Width and Height are pixels as stored, before Orientation is applied. TakenAt
// is what the camera or the phone says, ReceivedAt the server's own clock: only
// that one decides about duties (docs/sources.md#X7). Position is as given, EPSG:4490
// (docs/sources.md#datum).
type Photo struct {
	County         string
	ID             uuid.UUID // made by the phone
	ProjectID      *int64
	SiteID         *int64 // nil: not yet assigned to a site
	PersonID       int64
	PersonName     string
	Hash           string // sha256:<hex>
	Size           int64
	Type           string
	Width, Height  int
	Orientation    int
	TakenAt        *time.Time
	TakenZone      string // none, exif, gps, assumed, phone
	ReceivedAt     time.Time
	Position       *orb.Point
	AccuracyM      *float64
	PositionSource string // none, browser, exif
	PositionAt     *time.Time
	Camera         string
	Flags          []string
	Derivatives    string // waiting, done, failed
}

// Receipt is the server's signed word that it holds a photo's bytes
// (docs/sources.md#receipt). Body is canonical JSON, the very text that is signed.
type Receipt struct {
	KeyID     string
	Body      string
	Signature []byte // Ed25519
}

// ReceiptKey is the public half of a key that receipts are signed with.
type ReceiptKey struct {
	ID        string
	Public    []byte
	CreatedAt time.Time
}

// PhotoIDTakenError says that a photo id stands for other bytes already. Hash is
// empty where the caller may not see whose.
type PhotoIDTakenError struct{ Hash string }

func (e PhotoIDTakenError) Error() string { return "photo id is taken by " + e.Hash }

// ErrIntentGone says that an upload took so long that its intent was, or may
// have been, swept away; it has to be sent again.
var ErrIntentGone = fmt.Errorf("%w: upload took too long", ErrBusy)

// Upload is the intent to store one photo.
type Upload struct {
	ID        uuid.UUID
	PersonID  int64
	County    string
	ProjectID *int64
	SiteID    *int64
	Hash      string
	Size      int64
	Type      string
}

// Blob is where bytes are in the object store.
type Blob struct {
	Stored  bool
	Version string
	ETag    string
}

// Sent says what became of a photo id that was sent before: nil where the
// caller's earlier try was not finished or there was none. PhotoIDTakenError: it
// stands for other bytes.
func (s *Store) Sent(ctx context.Context, id uuid.UUID, hash string) (*Photo, *Receipt, error) {
	var (
		person      int64
		have, state string
	)
	err := s.pool.QueryRow(ctx, query("photo_upload"), pgx.StrictNamedArgs{"id": id}).Scan(&person, &have, &state)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, nil, nil
	case err != nil:
		return nil, nil, fmt.Errorf("look for upload: %w", Told(err))
	case state == "pending":
		return nil, nil, nil
	case have != hash:
		return nil, nil, PhotoIDTakenError{have}
	}
	scope := ScopeOf(ctx)
	photo, err := s.Photo(ctx, scope, id)
	if err != nil {
		return nil, nil, err
	}
	receipt, err := s.Receipt(ctx, scope, id)
	return &photo, &receipt, err
}

// PhotoSite is the county and project of a site in scope, for a photo of it.
func (s *Store) PhotoSite(ctx context.Context, scope Scope, site int64) (county string, project int64, err error) {
	err = s.pool.QueryRow(ctx, query("photo_site"), scope.Args(pgx.StrictNamedArgs{"site_id": site})).Scan(&county, &project)
	return county, project, Told(err)
}

// Intend writes down what is going to be uploaded before any byte reaches the
// object store, so that pending rows name every possible orphan (promises 3.2).
// PhotoIDTakenError: the id is stored already, perhaps a moment ago and for the
// same bytes (Sent tells), or it is somebody else's.
func (s *Store) Intend(ctx context.Context, u Upload) (Blob, error) {
	var (
		b     Blob
		state string
	)
	err := s.pool.QueryRow(ctx, query("photo_intend"), pgx.StrictNamedArgs{
		"id": u.ID, "person_id": u.PersonID, "county": u.County, "project_id": u.ProjectID, "site_id": u.SiteID,
		"hash": u.Hash, "size": u.Size, "type": u.Type,
	}).Scan(&state, &b.Version, &b.ETag)
	var pg *pgconn.PgError
	switch {
	case errors.Is(err, pgx.ErrNoRows), errors.As(err, &pg) && pg.Code == "42501": // row security hides whose it is
		return b, PhotoIDTakenError{}
	case err != nil:
		return b, fmt.Errorf("write down the upload: %w", Told(err))
	}
	b.Stored = state == "stored"
	return b, nil
}

// Orphan names an object again that was written after its intent had gone.
func (s *Store) Orphan(ctx context.Context, u Upload) error {
	_, err := s.pool.Exec(ctx, query("photo_name_orphan"), pgx.StrictNamedArgs{"hash": u.Hash, "size": u.Size, "type": u.Type})
	return Told(err)
}

// Arrival is everything that the commit of an upload needs. Version and ETag are
// those of the object; Rewritten says that it replaces a damaged one.
//
// Finish gets the photo with its flags complete and whether a photo of the same
// bytes was there before; it returns the signed receipt and enqueues the jobs.
type Arrival struct {
	Photo         Photo
	EXIF          json.RawMessage
	Version, ETag string
	Rewritten     bool
	TTL           time.Duration // of intents; the commit wants one younger than half of it
	Finish        func(ctx context.Context, tx pgx.Tx, p Photo, twin *Twin) (Receipt, error)
}

// Twin is a photo of the same bytes under another id.
type Twin struct {
	ID        uuid.UUID
	County    string
	ProjectID int64
	PersonID  int64
}

// FlagDuplicate marks a photo whose bytes came before under another id (S25).
const FlagDuplicate = "duplicate"

// Arrive turns an intent into a photo: rows, receipt, event and jobs in one
// transaction. Its commit is the acknowledgement.
func (s *Store) Arrive(ctx context.Context, a Arrival) (Photo, Receipt, error) {
	p, now := a.Photo, s.now()
	p.ReceivedAt = now.UTC().Truncate(time.Microsecond)
	var receipt Receipt
	err := s.Write(ctx, func(tx pgx.Tx) ([]Event, error) {
		twin, derived, err := s.settle(ctx, tx, a, p)
		if err != nil {
			return nil, err
		}
		p.Derivatives = "waiting"
		if derived {
			p.Derivatives = "done"
		}
		if twin != nil {
			p.Flags = append(p.Flags, FlagDuplicate)
		}
		if receipt, err = a.Finish(ctx, tx, p, twin); err != nil {
			return nil, err
		}
		return []Event{{
			Verb: "photo.received", County: p.County, ProjectID: p.ProjectID, SiteID: p.SiteID, Subject: photoSubject(p.ID),
			After: JSON(map[string]any{"hash": p.Hash, "size": p.Size, "type": p.Type, "person_id": p.PersonID,
				"taken_at": p.TakenAt, "received_at": p.ReceivedAt, "flags": p.Flags}),
		}}, s.addPhoto(ctx, tx, p, a.EXIF, receipt)
	})
	if err != nil {
		return Photo{}, Receipt{}, fmt.Errorf("commit photo: %w", Told(err))
	}
	return p, receipt, nil
}

func photoSubject(id uuid.UUID) string { return "photo:" + id.String() }

// settle takes the intent and the blob, in one round trip, and looks for a twin
// over all counties: that one exists is told even where it may not be seen.
func (s *Store) settle(ctx context.Context, tx pgx.Tx, a Arrival, p Photo) (*Twin, bool, error) {
	all := ScopeOf(ctx).settings()[0]
	batch := &pgx.Batch{}
	batch.Queue(query("photo_settle_upload"), pgx.StrictNamedArgs{"id": p.ID, "hash": p.Hash, "ttl_s": a.TTL.Seconds()})
	batch.Queue(query("photo_settle_blob"), pgx.StrictNamedArgs{
		"hash": p.Hash, "now": p.ReceivedAt, "version_id": a.Version, "etag": a.ETag, "rewritten": a.Rewritten,
	})
	batch.Queue("SELECT set_config('guatu.all', 'on', true)")
	batch.Queue(query("photo_twin"), pgx.StrictNamedArgs{"id": p.ID, "hash": p.Hash})
	batch.Queue("SELECT set_config('guatu.all', $1, true)", all)
	results := tx.SendBatch(ctx, batch)
	defer results.Close()
	var (
		id      uuid.UUID
		derived bool
		twin    Twin
	)
	if err := results.QueryRow().Scan(&id); err != nil {
		return nil, false, goneOr(err)
	}
	if err := results.QueryRow().Scan(&derived); err != nil {
		return nil, false, goneOr(err)
	}
	if _, err := results.Exec(); err != nil {
		return nil, false, err
	}
	err := results.QueryRow().Scan(&twin.ID, &twin.County, &twin.ProjectID, &twin.PersonID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, derived, results.Close()
	}
	if err != nil {
		return nil, false, err
	}
	return &twin, derived, results.Close()
}

func goneOr(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrIntentGone
	}
	return err
}

func (s *Store) addPhoto(ctx context.Context, tx pgx.Tx, p Photo, exif json.RawMessage, r Receipt) error {
	batch := &pgx.Batch{}
	batch.Queue(query("photo_add"), pgx.StrictNamedArgs{
		"county": p.County, "id": p.ID, "project_id": p.ProjectID, "site_id": p.SiteID, "person_id": p.PersonID,
		"hash": p.Hash, "size": p.Size, "type": p.Type, "width": p.Width, "height": p.Height, "orientation": p.Orientation,
		"taken_at": p.TakenAt, "taken_zone": p.TakenZone, "received_at": p.ReceivedAt, "position": p.Position,
		"accuracy_m": p.AccuracyM, "position_source": p.PositionSource, "position_at": p.PositionAt,
		"camera": p.Camera, "exif": exif, "flags": nonNil(p.Flags), "derivatives": p.Derivatives,
	})
	batch.Queue(query("receipt_add"), pgx.StrictNamedArgs{
		"county": p.County, "photo_id": p.ID, "key_id": r.KeyID, "body": r.Body, "signature": r.Signature,
	})
	return tx.SendBatch(ctx, batch).Close()
}

// Photo is one photo in scope or sent in by scope's person.
func (s *Store) Photo(ctx context.Context, scope Scope, id uuid.UUID) (Photo, error) {
	return one[Photo](ctx, s, "photo_get", scope, pgx.StrictNamedArgs{"id": id})
}

// Receipt is the receipt of such a photo.
func (s *Store) Receipt(ctx context.Context, scope Scope, id uuid.UUID) (Receipt, error) {
	return one[Receipt](ctx, s, "receipt_get", scope, pgx.StrictNamedArgs{"id": id})
}

func one[T any](ctx context.Context, s *Store, statement string, scope Scope, args pgx.StrictNamedArgs) (T, error) {
	args["me"] = scope.Person
	rows, err := s.pool.Query(ctx, query(statement), scope.Args(args))
	if err != nil {
		var none T
		return none, Told(err)
	}
	v, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[T])
	return v, Told(err)
}

// PhotoFilter narrows a list; nil and zero fields do not.
type PhotoFilter struct {
	SiteID    *int64
	ProjectID *int64
	County    *string
	Day       *time.Time // received on this day in Beijing
	Mine      bool       // sent in by the scope's person
	AfterAt   *time.Time // with AfterID: the last photo of the page before
	AfterID   *uuid.UUID
	Max       int
}

// Photos are those in scope or sent in by its person, the last received first.
func (s *Store) Photos(ctx context.Context, scope Scope, f PhotoFilter) ([]Photo, error) {
	args := pgx.StrictNamedArgs{
		"me": scope.Person, "site_id": f.SiteID, "project_id": f.ProjectID, "county": f.County, "mine": f.Mine,
		"from": nil, "to": nil, "after_at": f.AfterAt, "after_id": f.AfterID, "max": f.Max,
	}
	if f.Day != nil {
		day := Day(*f.Day)
		args["from"], args["to"] = day, day.AddDate(0, 0, 1)
	}
	rows, err := s.pool.Query(ctx, query("photo_list"), scope.Args(args))
	if err != nil {
		return nil, fmt.Errorf("list photos: %w", Told(err))
	}
	photos, err := pgx.CollectRows(rows, pgx.RowToStructByName[Photo])
	return photos, Told(err)
}

// Original is where a photo's own bytes are, and whose photo it is.
type Original struct {
	County    string
	ProjectID *int64
	SiteID    *int64
	PersonID  int64
	Type      string
	Hash      string
	Size      int64
	VersionID string
	ETag      string `db:"etag"`
}

// Original finds the bytes of a photo in scope or sent in by scope's person.
func (s *Store) Original(ctx context.Context, scope Scope, id uuid.UUID) (Original, error) {
	return one[Original](ctx, s, "photo_original", scope, pgx.StrictNamedArgs{"id": id})
}

// Smaller is where a derivative's bytes are.
type Smaller struct {
	Key  string
	Hash string
	Size int64
}

// Smaller finds a derivative of such a photo; ErrNotFound while it is not made.
func (s *Store) Smaller(ctx context.Context, scope Scope, id uuid.UUID, variant string) (Smaller, error) {
	return one[Smaller](ctx, s, "photo_derivative", scope, pgx.StrictNamedArgs{"id": id, "variant": variant})
}

// Viewed writes down that the context's actor looked at a photo (S26).
func (s *Store) Viewed(ctx context.Context, o Original, id uuid.UUID, facts map[string]any) error {
	return Told(s.Write(ctx, func(pgx.Tx) ([]Event, error) {
		return []Event{{
			Verb: "photo.viewed", County: o.County, ProjectID: o.ProjectID, SiteID: o.SiteID, Subject: photoSubject(id), After: JSON(facts),
		}}, nil
	}))
}

// PutReceiptKey makes a signing key's public half known.
func (s *Store) PutReceiptKey(ctx context.Context, id string, public []byte) error {
	_, err := s.pool.Exec(ctx, query("receipt_key_add"), pgx.StrictNamedArgs{"id": id, "public": public})
	return Told(err)
}

// ReceiptKeys are all keys that receipts were ever signed with, oldest first.
func (s *Store) ReceiptKeys(ctx context.Context) ([]ReceiptKey, error) {
	rows, err := s.pool.Query(ctx, query("receipt_key_list"))
	if err != nil {
		return nil, fmt.Errorf("list receipt keys: %w", Told(err))
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[ReceiptKey])
}

// StoredBlob is a blob that is in the object store, for making derivatives.
type StoredBlob struct {
	Size      int64
	Type      string
	VersionID string
	ETag      string `db:"etag"`
	Derived   bool
}

// StoredBlob looks a stored blob up.
func (s *Store) StoredBlob(ctx context.Context, hash string) (StoredBlob, error) {
	rows, err := s.pool.Query(ctx, query("blob_stored"), pgx.StrictNamedArgs{"hash": hash})
	if err != nil {
		return StoredBlob{}, Told(err)
	}
	b, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[StoredBlob])
	return b, Told(err)
}

// Derivative is a smaller picture of a blob, as it lies in the object store.
type Derivative struct {
	Variant       string
	Key, Hash     string
	Size          int64
	Width, Height int
}

// Derived notes the derivatives of a blob and tells its waiting photos. An empty
// list means that none could be made, for good.
func (s *Store) Derived(ctx context.Context, source string, made []Derivative) error {
	state := "done"
	if len(made) == 0 {
		state = "failed"
	}
	return Told(s.Write(ctx, func(tx pgx.Tx) ([]Event, error) {
		if _, err := tx.Exec(ctx, query("blob_lock"), pgx.StrictNamedArgs{"hash": source}); err != nil {
			return nil, err
		}
		for _, d := range made {
			_, err := tx.Exec(ctx, query("derivative_put"), pgx.StrictNamedArgs{
				"source": source, "variant": d.Variant, "key": d.Key, "hash": d.Hash, "size": d.Size, "width": d.Width, "height": d.Height,
			})
			if err != nil {
				return nil, err
			}
		}
		rows, err := tx.Query(ctx, query("photo_derived"), pgx.StrictNamedArgs{"hash": source, "state": state})
		if err != nil {
			return nil, err
		}
		type told struct {
			County            string
			ID                uuid.UUID
			ProjectID, SiteID *int64
		}
		photos, err := pgx.CollectRows(rows, pgx.RowToStructByName[told])
		var events []Event
		for _, p := range photos {
			events = append(events, Event{Verb: "photo.derived", County: p.County, ProjectID: p.ProjectID, SiteID: p.SiteID,
				Subject: photoSubject(p.ID), After: JSON(map[string]string{"derivatives": state})})
		}
		return events, err
	}))
}

// Sweep gives up the oldest upload that is older than ttl: remove deletes its
// object while the row is locked, so that no upload of the same bytes can come
// in between (promises 3.3). It returns the hash, empty where there was none.
func (s *Store) Sweep(ctx context.Context, ttl time.Duration, remove func(ctx context.Context, hash string) error) (string, error) {
	var hash string
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, query("blob_sweep"), pgx.StrictNamedArgs{"ttl_s": ttl.Seconds()}).Scan(&hash)
		if errors.Is(err, pgx.ErrNoRows) {
			_, err := tx.Exec(ctx, query("upload_drop"), pgx.StrictNamedArgs{"ttl_s": ttl.Seconds()})
			return err
		}
		if err != nil {
			return err
		}
		if err := remove(ctx, hash); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, query("blob_drop"), pgx.StrictNamedArgs{"hash": hash})
		return err
	})
	if err != nil {
		return "", fmt.Errorf("sweep: %w", Told(err))
	}
	return hash, nil
}
