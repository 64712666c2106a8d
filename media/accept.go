package media

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"guatu/ledger"
)

// Incoming is one photo that a person sends. The scope and the actor are those
// of the context.
//
// Position is what the phone's browser said at the shutter (EPSG:4490), TakenAt
// what its clock said; both are claims, as EXIF is.
type Incoming struct {
	ID         uuid.UUID
	PersonID   int64
	SiteID     *int64 // nil: into the inbox of HomeCounty
	HomeCounty string
	Digest     [sha256.Size]byte // of the body, as the sender says
	Body       *Body
	Position   *orb.Point
	AccuracyM  *float64
	PositionAt *time.Time
	TakenAt    *time.Time
}

// Accepted is a photo that the server vouches for. New is false where it had
// been accepted before: the receipt is the same, byte for byte.
type Accepted struct {
	Photo   ledger.Photo
	Receipt ledger.Receipt
	New     bool
}

// Flags of an intake.
const (
	FlagFuture      = "taken_in_future"   // more than five minutes after it was received
	FlagOld         = "taken_long_before" // more than a day before it was received
	FlagClocks      = "taken_at_differs"  // phone and file tell times more than five minutes apart
	FlagPlaces      = "position_differs"  // phone and file tell places more than 500 m apart
	FlagUndecodable = "undecodable"
)

// Accept takes one photo in (promises 3.1–3.3): checks, intent, object, commit.
// When it returns without error, the photo is stored and stays.
//
// Errors: ErrEmpty, ErrDigest, and what Sniff refuses, after which nothing is
// left behind; ledger.PhotoIDTakenError; ledger.ErrNotFound for a site out of
// scope; ErrOverloaded, ErrBucketDown, ErrNoDecoder, ErrDecoderBusy and ledger.ErrBusy, after
// which the same upload may be tried again.
func (s *Store) Accept(ctx context.Context, in Incoming) (Accepted, error) {
	if len(in.Body.Bytes()) == 0 {
		return Accepted{}, ErrEmpty
	}
	if in.Body.Sum != in.Digest {
		return Accepted{}, ErrDigest
	}
	wait := time.NewTimer(workPatience)
	defer wait.Stop()
	select {
	case s.working <- struct{}{}:
		defer func() { <-s.working }()
	case <-wait.C:
		return Accepted{}, fmt.Errorf("%w: %d are being worked on", ErrOverloaded, cap(s.working))
	case <-ctx.Done():
		return Accepted{}, ctx.Err()
	}
	if known, err := s.known(ctx, in); known != nil || err != nil {
		return deref(known), err
	}
	p, exif, err := s.look(ctx, in)
	if err != nil {
		return Accepted{}, err
	}
	return s.store(ctx, in, p, exif)
}

func deref(a *Accepted) Accepted {
	if a == nil {
		return Accepted{}
	}
	return *a
}

// known answers an upload that was accepted before, and one whose id is taken.
func (s *Store) known(ctx context.Context, in Incoming) (*Accepted, error) {
	photo, receipt, err := s.Ledger.Sent(ctx, in.ID, HashOf(in.Digest))
	if photo == nil || err != nil {
		return nil, err
	}
	return &Accepted{Photo: *photo, Receipt: *receipt}, nil
}

// look finds out everything about a photo that can be known without storing it.
func (s *Store) look(ctx context.Context, in Incoming) (ledger.Photo, json.RawMessage, error) {
	p := ledger.Photo{
		ID: in.ID, PersonID: in.PersonID, County: in.HomeCounty, SiteID: in.SiteID,
		Hash: HashOf(in.Digest), Size: int64(len(in.Body.Bytes())),
	}
	if in.SiteID != nil {
		county, project, err := s.Ledger.PhotoSite(ctx, ledger.ScopeOf(ctx), *in.SiteID)
		if err != nil {
			return p, nil, err
		}
		p.County, p.ProjectID = county, &project
	}
	b := in.Body.Bytes()
	picture, err := Sniff(b)
	if err != nil {
		return p, nil, err
	}
	if picture.Unproven {
		if err := s.Decoder.Prove(ctx, b, picture); err != nil {
			return p, nil, err
		}
	}
	e := ReadEXIF(b, picture.Type)
	p.Type, p.Width, p.Height, p.Orientation = string(picture.Type), picture.Width, picture.Height, e.Orientation
	p.Camera = e.Camera()
	p.Flags = e.Flags
	place(&p, in, e)
	date(&p, in, e, s.Ledger.Now())
	return p, e.JSON(), nil
}

// place decides which position counts: the phone's at the shutter before the
// file's, which many phones strip or invent.
func place(p *ledger.Photo, in Incoming, e EXIF) {
	p.PositionSource = "none"
	switch {
	case in.Position != nil:
		p.PositionSource, p.Position = "browser", in.Position
		p.AccuracyM, p.PositionAt = in.AccuracyM, asStored(in.PositionAt)
		if e.Position != nil && metres(*in.Position, *e.Position) > 500+deref0(in.AccuracyM) {
			p.Flags = append(p.Flags, FlagPlaces)
		}
	case e.Position != nil:
		at := orb.Point(*e.Position)
		p.PositionSource, p.Position = "exif", &at
		if !e.GPSAt.IsZero() {
			p.PositionAt = &e.GPSAt
		}
	}
}

// asStored is a time as it will come back from the database, so that the first
// answer is that of every later one.
func asStored(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	at := t.UTC().Truncate(time.Microsecond)
	return &at
}

func deref0(v *float64) float64 {
	if v == nil {
		return 0
	}
	return *v
}

// metres is the distance of two near points, good enough to tell metres from
// kilometres.
func metres(a, b [2]float64) float64 {
	const perDegree = 111_200
	dx := (a[0] - b[0]) * math.Cos((a[1]+b[1])/2*math.Pi/180)
	return perDegree * math.Hypot(dx, a[1]-b[1])
}

// date decides which time of the shutter counts and flags what cannot be. It
// never decides about a duty: that is the server's clock.
func date(p *ledger.Photo, in Incoming, e EXIF, now time.Time) {
	p.TakenZone = "none"
	switch {
	case !e.TakenAt.IsZero():
		p.TakenAt, p.TakenZone = asStored(&e.TakenAt), string(e.TakenZone)
		if in.TakenAt != nil && in.TakenAt.Sub(e.TakenAt).Abs() > 5*time.Minute {
			p.Flags = append(p.Flags, FlagClocks)
		}
	case in.TakenAt != nil:
		p.TakenAt, p.TakenZone = asStored(in.TakenAt), "phone"
	default:
		return
	}
	switch {
	case p.TakenAt.Sub(now) > 5*time.Minute:
		p.Flags = append(p.Flags, FlagFuture)
	case now.Sub(*p.TakenAt) > 24*time.Hour:
		p.Flags = append(p.Flags, FlagOld)
	}
}

// store is the part that must survive a crash at any line: intent, object, commit.
func (s *Store) store(ctx context.Context, in Incoming, p ledger.Photo, exif json.RawMessage) (Accepted, error) {
	u := ledger.Upload{
		ID: p.ID, PersonID: p.PersonID, County: p.County, ProjectID: p.ProjectID, SiteID: p.SiteID,
		Hash: p.Hash, Size: p.Size, Type: p.Type,
	}
	begun := s.Ledger.Now()
	blob, err := s.Ledger.Intend(ctx, u)
	if err != nil {
		return s.again(ctx, in, err)
	}
	s.pass(pointIntended)
	if s.Ledger.Now().Sub(begun) > s.PendingTTL/2 {
		return Accepted{}, ledger.ErrIntentGone // the sweeper may be on its way
	}
	object, rewritten, err := s.put(ctx, in, p, blob)
	if err != nil {
		return Accepted{}, err
	}
	s.pass(pointPut)
	photo, receipt, err := s.Ledger.Arrive(ctx, ledger.Arrival{
		Photo: p, EXIF: exif, Version: object.Version, ETag: object.ETag, Rewritten: rewritten, TTL: s.PendingTTL,
		Finish: s.finish,
	})
	if errors.Is(err, ledger.ErrIntentGone) {
		if accepted, err := s.again(ctx, in, err); err == nil {
			return accepted, nil
		}
		return Accepted{}, errors.Join(err, s.Ledger.Orphan(ctx, u))
	}
	if err != nil {
		return Accepted{}, err
	}
	s.pass(pointCommitted)
	return Accepted{Photo: photo, Receipt: receipt, New: true}, nil
}

// again answers a try that another try of the same upload has overtaken; err is
// the answer where there was none.
func (s *Store) again(ctx context.Context, in Incoming, err error) (Accepted, error) {
	known, told := s.known(ctx, in)
	if known != nil {
		return *known, nil
	}
	if told != nil {
		return Accepted{}, told
	}
	return Accepted{}, err
}

// put makes sure that the object is there. One that should be there already is
// looked for by its version, and written again where it is lost or damaged.
func (s *Store) put(ctx context.Context, in Incoming, p ledger.Photo, blob ledger.Blob) (o Object, rewritten bool, err error) {
	key := ObjectKey(in.Digest)
	if blob.Stored {
		o, err = s.Bucket.Head(ctx, key, blob.Version)
		if err == nil && o.Size == p.Size && (o.Sum == in.Digest || o.Sum == [sha256.Size]byte{}) {
			return o, false, nil
		}
		if err != nil && !errors.Is(err, ErrNoObject) {
			return Object{}, false, err
		}
		s.Log.ErrorContext(ctx, "a stored object is lost or damaged, writing it again", "hash", p.Hash)
	}
	o, err = s.Bucket.PutOnce(ctx, key, in.Body.Bytes(), in.Digest, p.Type)
	return o, blob.Stored, err
}

// finish is the part of the commit that media knows: the receipt and the jobs.
func (s *Store) finish(ctx context.Context, tx pgx.Tx, p ledger.Photo, twin *ledger.Twin) (ledger.Receipt, error) {
	receipt, err := s.sign(ctx, p, twin)
	if err != nil {
		return receipt, err
	}
	if p.Derivatives == "waiting" {
		if _, err := s.Jobs.InsertTx(ctx, tx, DeriveArgs{Hash: p.Hash}, nil); err != nil {
			return receipt, fmt.Errorf("enqueue derivatives: %w", err)
		}
	}
	s.pass(pointCommit)
	return receipt, nil
}
