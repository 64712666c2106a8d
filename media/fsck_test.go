package media_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"guatu/ledger"
	"guatu/media"
	"guatu/media/mediatest"
)

// Each invariant is broken once; the check names it and nothing else.
func TestCheckFindsEveryBrokenInvariant(t *testing.T) {
	t.Parallel()
	first := mediatest.Phone("first").JPEG()
	key := media.ObjectKey(sha256.Sum256(first))
	for name, tt := range map[string]struct {
		damage func(t *testing.T, h *mediatest.House, a media.Accepted)
		want   []string // invariant and code
	}{
		"nothing": {func(*testing.T, *mediatest.House, media.Accepted) {}, nil},
		"a receipt is gone": {func(_ *testing.T, h *mediatest.House, a media.Accepted) {
			h.Exec("DELETE FROM receipt WHERE photo_id = $1", a.Photo.ID)
		}, []string{"I1 photo_without_receipt"}},
		"a receipt's signature is forged": {func(_ *testing.T, h *mediatest.House, a media.Accepted) {
			h.Exec("UPDATE receipt SET body = replace(body, '411102', '411103') WHERE photo_id = $1", a.Photo.ID)
		}, []string{"I1 receipt_forged"}},
		"a photo is gone": {func(_ *testing.T, h *mediatest.House, a media.Accepted) {
			h.Exec("DELETE FROM receipt WHERE photo_id = $1", a.Photo.ID)
			h.Exec("DELETE FROM photo WHERE id = $1", a.Photo.ID)
		}, []string{"I1 upload_without_photo", "I5 audit_without_photo"}},
		"an object is gone": {func(t *testing.T, h *mediatest.House, a media.Accepted) {
			if err := h.Bucket.Delete(t.Context(), key, ""); err != nil {
				t.Fatal(err)
			}
		}, []string{"I2 object"}},
		"an object has other bytes": {func(t *testing.T, h *mediatest.House, a media.Accepted) {
			bad := bytes.Clone(first)
			bad[len(bad)/2] ^= 1
			if _, err := h.Bucket.Put(t.Context(), key, bad, sha256.Sum256(bad), "image/jpeg"); err != nil {
				t.Fatal(err)
			}
		}, []string{"I2 object"}},
		"a version has other bytes": {func(t *testing.T, h *mediatest.House, a media.Accepted) {
			bad := bytes.Clone(first)
			bad[len(bad)/2] ^= 1
			o, err := h.Bucket.Put(t.Context(), key, bad, sha256.Sum256(bad), "image/jpeg")
			if err != nil {
				t.Fatal(err)
			}
			h.Exec("UPDATE blob SET version_id = $1 WHERE hash = $2", o.Version, a.Photo.Hash)
		}, []string{"I2 object"}},
		"a photo is there twice": {func(_ *testing.T, h *mediatest.House, a media.Accepted) {
			h.Exec(`INSERT INTO photo (county, id, person_id, hash, size, type, width, height, received_at, derivatives)
				SELECT '411103', id, person_id, hash, size, type, width, height, received_at, derivatives FROM photo WHERE id = $1`, a.Photo.ID)
		}, []string{"I1 photo_without_receipt", "I3 id_twice"}},
		"an object that nobody names": {func(t *testing.T, h *mediatest.House, a media.Accepted) {
			sum := sha256.Sum256([]byte("orphan"))
			for _, k := range []string{media.ObjectKey(sum), media.DerivativeKey(sum, media.Thumb)} {
				if _, err := h.Bucket.Put(t.Context(), k, []byte("orphan"), sum, "text/plain"); err != nil {
					t.Fatal(err)
				}
			}
		}, []string{"I4 orphan", "I4 orphan"}},
		"an upload pends too long": {func(t *testing.T, h *mediatest.House, a media.Accepted) {
			h.Exec("INSERT INTO blob (hash, size, type, touched_at) VALUES ('sha256:' || repeat('0', 64), 1, 'image/jpeg', now() - interval '3 days')")
		}, []string{"I4 pending_too_long"}},
		"an event is there twice": {func(t *testing.T, h *mediatest.House, a media.Accepted) {
			h.Exec("INSERT INTO event (verb, subject) VALUES ('photo.received', 'photo:' || $1::text)", a.Photo.ID.String())
		}, []string{"I5 audit_count"}},
		"the chain of events is broken": {func(t *testing.T, h *mediatest.House, a media.Accepted) {
			if _, err := h.Ledger.Seal(ledger.System(t.Context())); err != nil {
				t.Fatal(err)
			}
			owner(t, h, "ALTER TABLE event DISABLE TRIGGER USER", "UPDATE event SET after = '{}' WHERE verb = 'photo.received'", "ALTER TABLE event ENABLE TRIGGER USER")
		}, []string{"I5 chain_broken"}},
		"a job is gone": {func(t *testing.T, h *mediatest.House, a media.Accepted) {
			h.Exec("DELETE FROM river_job")
		}, []string{"I6 no_job"}},
		"a derivative is gone": {func(t *testing.T, h *mediatest.House, a media.Accepted) {
			if err := h.Store.Derive(ledger.System(t.Context()), a.Photo.Hash); err != nil {
				t.Fatal(err)
			}
			h.Exec("DELETE FROM derivative WHERE variant = '320' AND source = $1", a.Photo.Hash)
		}, []string{"I4 orphan", "I6 derivatives_missing"}},
		"a derivative's object is gone": {func(t *testing.T, h *mediatest.House, a media.Accepted) {
			if err := h.Store.Derive(ledger.System(t.Context()), a.Photo.Hash); err != nil {
				t.Fatal(err)
			}
			if err := h.Bucket.Delete(t.Context(), media.DerivativeKey(sha256.Sum256(first), media.Thumb), ""); err != nil {
				t.Fatal(err)
			}
		}, []string{"I2 object"}},
		"row security is off": {func(t *testing.T, h *mediatest.House, a media.Accepted) {
			owner(t, h, "ALTER TABLE photo NO FORCE ROW LEVEL SECURITY", "ALTER TABLE photo DISABLE ROW LEVEL SECURITY")
		}, []string{"I8 wall_open", "I8 foreign_rows", "I8 foreign_rows", "I8 foreign_rows"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := mediatest.Open(t)
			li := h.Sender(yuanhui)
			a := li.Must(first)
			h.Sender(yancheng).Must(mediatest.Phone("second").JPEG())
			if name != "a job is gone" {
				second, err := h.Ledger.Photos(ledger.System(t.Context()), ledger.Scope{All: true}, ledger.PhotoFilter{Max: 10})
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range second {
					if p.Hash != a.Photo.Hash {
						if err := h.Store.Derive(ledger.System(t.Context()), p.Hash); err != nil {
							t.Fatal(err)
						}
					}
				}
			} else {
				h.Exec("UPDATE photo SET derivatives = 'failed' WHERE hash <> $1", a.Photo.Hash)
			}
			tt.damage(t, h, a)
			got, err := h.Store.Check(t.Context(), false)
			if err != nil {
				t.Fatal(err)
			}
			var codes []string
			for _, f := range got.Faults {
				code := f.Invariant + " " + f.Code
				if f.Invariant == "I2" { // told once by the walk, again by reading
					if code = "I2 object"; slices.Contains(codes, code) {
						continue
					}
				}
				codes = append(codes, code)
			}
			want := slices.Clone(tt.want)
			slices.Sort(codes)
			slices.Sort(want)
			if !slices.Equal(codes, want) {
				t.Errorf("found %v, want %v: %+v", codes, want, got.Faults)
			}
			if got.Objects < 2 || got.Bytes == 0 {
				t.Errorf("looked at %+v", got)
			}
		})
	}
}

// owner runs statements as the role that the tables belong to.
func owner(t *testing.T, h *mediatest.House, statements ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conf := h.Ledger.Pool().Config().ConnConfig.Copy()
	conf.RuntimeParams["role"] = "none"
	conn, err := pgx.ConnectConfig(ctx, conf)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}
