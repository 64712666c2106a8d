package ledger_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"guatu/ledger"
	"guatu/ledger/ledgertest"
)

func addPerson(t *testing.T, store *ledger.Store, login string, grants ...ledger.NewGrant) int64 {
	t.Helper()
	id, err := store.AddPerson(t.Context(), ledger.NewPerson{Login: login, Name: "示例 " + login, Password: "correct horse"}, grants)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestLogInOpensASessionThatCanBeRevoked(t *testing.T) {
	t.Parallel()
	store := ledgertest.Open(t)
	ledgertest.Areas(t, store)
	id := addPerson(t, store, "Wang", ledger.NewGrant{Role: ledger.Commander, Area: "411100"})
	opened, err := store.LogIn(t.Context(), ledger.Login{Name: " WANG ", Password: "correct horse", IP: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	access, err := store.AccessBySession(t.Context(), opened.Token)
	if err != nil || access.Person.ID != id || access.HomeArea != "411100" {
		t.Fatalf("AccessBySession = %+v, %v", access, err)
	}
	scope := access.Scope(ledger.Commander)
	want := []string{"411100", "411102", "411103", "411104", "411121", "411122", "411171"}
	if diff := cmp.Diff(want, scope.Counties); diff != "" {
		t.Errorf("scope of a city's commander (-want +got):\n%s", diff)
	}
	if empty := access.Scope(ledger.Land); len(empty.Counties) != 0 {
		t.Errorf("a role that was not granted reaches %v", empty.Counties)
	}
	if err := store.Revoke(t.Context(), id, opened.SessionID); err != nil {
		t.Fatal(err)
	}
	if _, err := store.AccessBySession(t.Context(), opened.Token); !errors.Is(err, ledger.ErrUnauthenticated) {
		t.Errorf("a revoked session answers %v", err)
	}
}

func TestDisabledPersonIsOutAtOnce(t *testing.T) {
	t.Parallel()
	store := ledgertest.Open(t)
	ledgertest.Areas(t, store)
	id := addPerson(t, store, "li", ledger.NewGrant{Role: ledger.Land, Area: "411104"})
	token, err := store.MakeToken(t.Context(), id, "script", 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.AccessByToken(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	if err := store.Disable(t.Context(), id, true); err != nil {
		t.Fatal(err)
	}
	if _, err := store.AccessByToken(t.Context(), token); !errors.Is(err, ledger.ErrUnauthenticated) {
		t.Errorf("token of a disabled person answers %v", err)
	}
	if _, err := store.LogIn(t.Context(), ledger.Login{Name: "li", Password: "correct horse"}); !errors.Is(err, ledger.ErrLogin) {
		t.Errorf("login of a disabled person answers %v", err)
	}
}

func TestLockoutGrowsAndSparesTheKnownDevice(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 5, 8, 0, 0, 0, ledger.Beijing)
	store := ledgertest.OpenAt(t, func() time.Time { return now })
	ledgertest.Areas(t, store)
	addPerson(t, store, "zhao", ledger.NewGrant{Role: ledger.County, Area: "411102"})
	home, err := store.LogIn(t.Context(), ledger.Login{Name: "zhao", Password: "correct horse", IP: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	for name, login := range map[string]string{"a login that exists": "zhao", "one that does not": "nobody"} {
		stranger := ledger.Login{Name: login, Password: "guess", IP: "203.0.113." + login[:1]}
		for range 4 {
			if _, err := store.LogIn(t.Context(), stranger); !errors.Is(err, ledger.ErrLogin) {
				t.Fatalf("%s: wrong password answers %v", name, err)
			}
		}
		for _, want := range []time.Duration{15 * time.Minute, 30 * time.Minute, time.Hour} {
			_, err := store.LogIn(t.Context(), stranger)
			var locked ledger.LockedError
			if !errors.As(err, &locked) || !locked.Until.Equal(now.Add(want)) {
				t.Fatalf("%s: locked %v, want until %v", name, err, now.Add(want))
			}
			if login == "zhao" {
				if _, err := store.LogIn(t.Context(), ledger.Login{Name: "zhao", Password: "correct horse", IP: "192.0.2.9"}); !errors.As(err, &locked) {
					t.Errorf("the right password from a strange device is let in while locked: %v", err)
				}
				if _, err := store.LogIn(t.Context(), ledger.Login{Name: "zhao", Password: "correct horse", DeviceToken: home.DeviceToken, IP: "192.0.2.1"}); err != nil {
					t.Errorf("the known device is locked out: %v", err)
				}
			}
			now = now.Add(want + time.Second)
		}
	}
}

func TestWeakPasswordIsRefused(t *testing.T) {
	t.Parallel()
	store := ledgertest.Open(t)
	_, err := store.AddPerson(t.Context(), ledger.NewPerson{Login: "x", Name: "x", Password: "1234567"}, nil)
	if !errors.Is(err, ledger.ErrWeakPassword) {
		t.Errorf("AddPerson = %v, want ErrWeakPassword", err)
	}
}

func TestRowsOfAnotherScopeAreInvisibleToTheConnection(t *testing.T) {
	t.Parallel()
	store := ledgertest.Open(t)
	ledgertest.Areas(t, store)
	person := addPerson(t, store, "sun", ledger.NewGrant{Role: ledger.County, Area: "411102"})
	system := ledger.System(t.Context())
	_, err := store.Pool().Exec(system, `INSERT INTO upload (id, person_id, county, hash, size)
		VALUES (gen_random_uuid(), $1, '411102', 'sha256:x', 1), (gen_random_uuid(), $1, '411103', 'sha256:y', 1)`, person)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		scope *ledger.Scope
		want  int
	}{
		"no scope at all":    {nil, 0},
		"own county":         {&ledger.Scope{Counties: []string{"411102"}}, 1},
		"the sibling county": {&ledger.Scope{Counties: []string{"411103"}}, 1},
		"both":               {&ledger.Scope{Counties: []string{"411102", "411103"}}, 2},
		"the sender":         {&ledger.Scope{Person: person}, 2},
		"somebody else":      {&ledger.Scope{Person: person + 1}, 0},
		"the system":         {&ledger.Scope{All: true}, 2},
	} {
		ctx := t.Context()
		if tt.scope != nil {
			ctx = ledger.WithScope(ctx, *tt.scope)
		}
		var got int
		if err := store.Pool().QueryRow(ctx, "SELECT count(*) FROM upload").Scan(&got); err != nil || got != tt.want {
			t.Errorf("%s sees %d rows, %v, want %d", name, got, err, tt.want)
		}
	}
}
