package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"guatu/ledger"
)

// Checked is what a check of the whole found.
type Checked struct {
	Photos  int   // receipts that were verified
	Objects int   // that rows name
	Bytes   int64 // that were read
	Faults  []ledger.Fault
}

// fsckReaders is how many objects are read at once.
const fsckReaders = 4

// Check looks for broken invariants I1–I6 and I8 (promises, after F26): rows by
// SQL, objects by one walk of the bucket, and unless quick every byte. It may
// run beside a working server: what changes meanwhile is looked at twice.
func (s *Store) Check(ctx context.Context, quick bool) (Checked, error) {
	ctx = ledger.System(ctx)
	var out Checked
	faults, err := s.Ledger.CheckRows(ctx, s.PendingTTL+time.Hour)
	if err != nil {
		return out, err
	}
	n, forged, err := s.Ledger.CheckReceipts(ctx)
	if err != nil {
		return out, err
	}
	walls, err := s.Ledger.CheckWalls(ctx)
	if err != nil {
		return out, err
	}
	out.Photos, out.Faults = n, slices.Concat(faults, forged, walls)

	// Rows before the walk, so that no row is newer than its object; orphans
	// are asked about after it.
	var named []ledger.NamedObject
	if err := s.Ledger.NamedObjects(ctx, func(o ledger.NamedObject) { named = append(named, o) }); err != nil {
		return out, err
	}
	out.Objects = len(named)
	there, err := s.walk(ctx)
	if err != nil {
		return out, err
	}
	lost, err := s.checkNamed(ctx, named, there)
	if err != nil {
		return out, err
	}
	out.Faults = append(out.Faults, lost...)
	orphans, err := s.checkOrphans(ctx, named, there)
	if err != nil {
		return out, err
	}
	out.Faults = append(out.Faults, orphans...)
	if !quick {
		bad, read, err := s.readAll(ctx, named)
		if err != nil {
			return out, err
		}
		out.Bytes = read
		out.Faults = append(out.Faults, bad...)
	}
	slices.SortStableFunc(out.Faults, func(a, b ledger.Fault) int { return strings.Compare(a.Invariant, b.Invariant) })
	return out, nil
}

// walk lists the current object of every key that photos use, and which
// versions of it exist.
func (s *Store) walk(ctx context.Context) (map[string]Object, error) {
	there := map[string]Object{}
	for _, prefix := range []string{"sha256/", "derived/"} {
		for o, err := range s.Bucket.Versions(ctx, prefix) {
			if err != nil {
				return nil, err
			}
			if !o.Hidden {
				there[o.Key] = o
			}
		}
	}
	return there, nil
}

func keyOf(o ledger.NamedObject) (string, error) {
	if o.Key != "" {
		return o.Key, nil
	}
	sum, err := SumOf(o.Hash)
	return ObjectKey(sum), err
}

// checkNamed is I2: every named object is there, is the current version, and
// has its size.
func (s *Store) checkNamed(ctx context.Context, named []ledger.NamedObject, there map[string]Object) ([]ledger.Fault, error) {
	var faults []ledger.Fault
	for _, want := range named {
		key, err := keyOf(want)
		if err != nil {
			return nil, err
		}
		got, ok := there[key]
		if ok && s.same(want, got) {
			continue
		}
		// Between rows and walk it may have been written again.
		if got, err = s.Bucket.Head(ctx, key, ""); err == nil && s.same(want, got) {
			continue
		} else if err != nil && !errors.Is(err, ErrNoObject) {
			return nil, err
		}
		fault := ledger.Fault{Invariant: "I2", Subject: want.Hash, Code: "object_lost", Detail: key}
		if err == nil {
			fault.Code = "object_replaced"
			fault.Detail = fmt.Sprintf("%s: %d bytes in version %q instead of %d in %q", key, got.Size, got.Version, want.Size, want.VersionID)
		}
		faults = append(faults, fault)
	}
	return faults, nil
}

// same compares by version, and by entity tag where the store keeps none.
func (s *Store) same(want ledger.NamedObject, got Object) bool {
	switch {
	case got.Size != want.Size:
		return false
	case want.VersionID != "":
		return got.Version == want.VersionID
	}
	return want.ETag == "" || strings.Trim(got.ETag, `"`) == want.ETag
}

// checkOrphans is the bucket's half of I4: every object is named by a row.
func (s *Store) checkOrphans(ctx context.Context, named []ledger.NamedObject, there map[string]Object) ([]ledger.Fault, error) {
	known := map[string]bool{}
	for _, n := range named {
		key, err := keyOf(n)
		if err != nil {
			return nil, err
		}
		known[key] = true
	}
	var faults []ledger.Fault
	for key := range there {
		if known[key] {
			continue
		}
		hash, source := "", ""
		if sum, ok := SumOfKey(key); ok {
			hash = HashOf(sum)
		} else if dir, _, ok := strings.Cut(strings.TrimPrefix(key, "derived"), ".jpg"); ok {
			if sum, ok := SumOfKey("sha256" + dir[:max(0, strings.LastIndexByte(dir, '/'))]); ok {
				source = HashOf(sum)
			}
		}
		named, err := s.Ledger.Names(ctx, hash, key, source)
		if err != nil {
			return nil, err
		}
		if !named {
			faults = append(faults, ledger.Fault{Invariant: "I4", Subject: key, Code: "orphan"})
		}
	}
	return faults, nil
}

// readAll reads every named object and compares its hash.
func (s *Store) readAll(ctx context.Context, named []ledger.NamedObject) (faults []ledger.Fault, bytes int64, err error) {
	var (
		mu    sync.Mutex
		group sync.WaitGroup
		slots = make(chan struct{}, fsckReaders)
	)
	for _, n := range named {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			read, wrong := s.readOne(ctx, n)
			mu.Lock()
			defer mu.Unlock()
			bytes += read
			switch {
			case errors.Is(wrong, ErrWrongBytes), errors.Is(wrong, ErrNoObject):
				faults = append(faults, ledger.Fault{Invariant: "I2", Subject: n.Hash, Code: "object_damaged", Detail: wrong.Error()})
			case wrong != nil:
				// A store that answers for other objects and not for this one has lost it too.
				faults = append(faults, ledger.Fault{Invariant: "I2", Subject: n.Hash, Code: "object_unreadable", Detail: wrong.Error()})
			}
		})
	}
	group.Wait()
	return faults, bytes, ctx.Err()
}

func (s *Store) readOne(ctx context.Context, n ledger.NamedObject) (int64, error) {
	sum, err := SumOf(n.Hash)
	if err != nil {
		return 0, err
	}
	key, err := keyOf(n)
	if err != nil {
		return 0, err
	}
	r, err := s.open(ctx, key, n.VersionID, sum, n.Size, 0, -1)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	return io.Copy(io.Discard, r)
}
