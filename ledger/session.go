package ledger

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrUnauthenticated says that nobody is logged in by this token: unknown,
// expired, revoked, or of a person who is disabled.
var ErrUnauthenticated = errors.New("not logged in")

// ErrLogin says that login or password is wrong, never which.
var ErrLogin = errors.New("login or password wrong")

// LockedError says that too many logins have failed; Until is when the next may be tried.
type LockedError struct{ Until time.Time }

func (e LockedError) Error() string { return "locked until " + e.Until.Format(time.RFC3339) }

// The lockout (promises S4): after maxFailures wrong passwords an account is
// closed to strangers for lockFirst, doubling up to lockMost. Devices from which
// the person has logged in before are counted apart, so that nobody can lock a
// colleague out. An address is closed after maxFromAddress.
const (
	maxFailures    = 5
	maxFromAddress = 50
	lockFirst      = 15 * time.Minute
	lockMost       = 4 * time.Hour
	forgetAfter    = 24 * time.Hour
)

// SessionTTL is how long a session lives after its last use.
const SessionTTL = 30 * 24 * time.Hour

// Login is one attempt.
type Login struct {
	Name, Password string
	Device         string // what the person sees in the list of devices
	DeviceToken    string // of a device that has logged in before; empty for a new one
	IP             string
}

// Session is a login on a device.
type Session struct {
	ID        int64
	Device    string
	IP        string
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
}

// Opened is what a successful login hands out; both tokens exist nowhere else.
type Opened struct {
	Token       string
	DeviceToken string
	SessionID   int64
	PersonID    int64
}

// LogIn checks a password and opens a session. ErrLogin and LockedError are the
// same for logins that exist and that do not.
func (s *Store) LogIn(ctx context.Context, l Login) (Opened, error) {
	login := strings.ToLower(strings.TrimSpace(l.Name))
	var (
		id       int64
		hash     *string
		known    bool
		disabled bool
	)
	err := s.pool.QueryRow(ctx, query("login_find"), pgx.StrictNamedArgs{
		"login": login, "device_hash": digest(l.DeviceToken),
	}).Scan(&id, &hash, &known, &disabled)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return Opened{}, fmt.Errorf("find login: %w", Told(err))
	}
	account := "login:" + login
	if known {
		account = fmt.Sprintf("login:%s:%x", login, digest(l.DeviceToken))
	}
	keys := []string{account, "ip:" + l.IP}
	if until, err := s.lockedUntil(ctx, keys); err != nil {
		return Opened{}, err
	} else if !until.IsZero() {
		return Opened{}, LockedError{until}
	}
	right, err := matches(ctx, hash, l.Password)
	if err != nil {
		return Opened{}, err
	}
	if !right || disabled {
		return Opened{}, s.countFailure(ctx, keys)
	}
	return s.open(ctx, id, login, account, l)
}

func (s *Store) lockedUntil(ctx context.Context, keys []string) (time.Time, error) {
	var until *time.Time
	if err := s.pool.QueryRow(ctx, query("login_locked"), pgx.StrictNamedArgs{"keys": keys, "now": s.now()}).Scan(&until); err != nil {
		return time.Time{}, fmt.Errorf("look for lockout: %w", Told(err))
	}
	if until == nil {
		return time.Time{}, nil
	}
	return *until, nil
}

func (s *Store) countFailure(ctx context.Context, keys []string) error {
	limits := []int{maxFailures, maxFromAddress}
	var locked time.Time
	for i, key := range keys {
		var until *time.Time
		err := s.pool.QueryRow(ctx, query("login_failed"), pgx.StrictNamedArgs{
			"key": key, "now": s.now(), "forget_s": forgetAfter.Seconds(), "limit": limits[i],
			"first_s": lockFirst.Seconds(), "most_s": lockMost.Seconds(),
		}).Scan(&until)
		if err != nil {
			return fmt.Errorf("count failed login: %w", Told(err))
		}
		if until != nil && until.After(locked) {
			locked = *until
		}
	}
	if locked.After(s.now()) {
		return LockedError{locked}
	}
	return ErrLogin
}

func (s *Store) open(ctx context.Context, person int64, login, account string, l Login) (Opened, error) {
	opened := Opened{Token: randomToken(), DeviceToken: l.DeviceToken, PersonID: person}
	if opened.DeviceToken == "" {
		opened.DeviceToken = randomToken()
	}
	ctx = WithActor(ctx, Actor{PersonID: person, Trace: ActorOf(ctx).Trace})
	err := s.Write(ctx, func(tx pgx.Tx) ([]Event, error) {
		err := tx.QueryRow(ctx, query("session_open"), pgx.StrictNamedArgs{
			"token_hash": digest(opened.Token), "person_id": person, "device": l.Device, "ip": l.IP,
			"now": s.now(), "expires_at": s.now().Add(SessionTTL),
			"device_hash": digest(opened.DeviceToken), "account": account,
		}).Scan(&opened.SessionID)
		if err != nil {
			return nil, err
		}
		return []Event{{Verb: "session.opened", Subject: fmt.Sprintf("person:%d", person),
			After: JSON(map[string]string{"device": l.Device, "ip": l.IP})}}, nil
	})
	if err != nil {
		return Opened{}, fmt.Errorf("open session for %s: %w", login, Told(err))
	}
	return opened, nil
}

// AccessBySession is who holds this session token and what was granted.
func (s *Store) AccessBySession(ctx context.Context, token string) (Access, error) {
	return s.access(ctx, "access_by_session", token)
}

// AccessByToken is the same for a bearer token.
func (s *Store) AccessByToken(ctx context.Context, token string) (Access, error) {
	return s.access(ctx, "access_by_token", token)
}

// seenEvery bounds how often a session's last use is written.
const seenEvery = time.Minute

func (s *Store) access(ctx context.Context, statement, token string) (Access, error) {
	if token == "" {
		return Access{}, ErrUnauthenticated
	}
	rows, err := s.pool.Query(ctx, query(statement), pgx.StrictNamedArgs{"token_hash": digest(token), "now": s.now()})
	if err != nil {
		return Access{}, fmt.Errorf("look up credential: %w", Told(err))
	}
	type credential struct {
		Person
		CredentialID int64
		SeenAt       *time.Time
		OrgArea      *string
		ProjectArea  *string
	}
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[credential])
	if errors.Is(err, pgx.ErrNoRows) {
		return Access{}, ErrUnauthenticated
	}
	if err != nil {
		return Access{}, fmt.Errorf("look up credential: %w", Told(err))
	}
	a := Access{Person: c.Person}
	if a.Grants, err = s.Grants(ctx, c.ID); err != nil {
		return Access{}, err
	}
	a.HomeArea = home(a.Grants, c.OrgArea, c.ProjectArea)
	touch := "session_seen"
	if statement == "access_by_token" {
		a.TokenID, touch = c.CredentialID, "token_seen"
	} else {
		a.SessionID = c.CredentialID
	}
	if c.SeenAt == nil || s.now().Sub(*c.SeenAt) > seenEvery {
		_, err = s.pool.Exec(ctx, query(touch), pgx.StrictNamedArgs{"id": c.CredentialID, "now": s.now(), "ttl_s": SessionTTL.Seconds()})
		if err != nil {
			return Access{}, fmt.Errorf("note last use: %w", Told(err))
		}
	}
	return a, nil
}

func home(grants []Grant, org, project *string) string {
	for _, g := range grants {
		if g.Area != nil {
			return *g.Area
		}
	}
	for _, area := range []*string{project, org} {
		if area != nil {
			return *area
		}
	}
	return ""
}

// Sessions are the person's live logins, the latest used first.
func (s *Store) Sessions(ctx context.Context, person int64) ([]Session, error) {
	rows, err := s.pool.Query(ctx, query("session_list"), pgx.StrictNamedArgs{"person_id": person, "now": s.now()})
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Session])
}

// Revoke ends one of the person's sessions; the next call with it is refused.
func (s *Store) Revoke(ctx context.Context, person, session int64) error {
	return Told(s.Write(ctx, func(tx pgx.Tx) ([]Event, error) {
		done, err := tx.Exec(ctx, query("session_revoke"), pgx.StrictNamedArgs{"person_id": person, "id": session, "now": s.now()})
		if err != nil {
			return nil, err
		}
		if done.RowsAffected() == 0 {
			return nil, ErrNotFound
		}
		return []Event{{Verb: "session.revoked", Subject: fmt.Sprintf("person:%d", person),
			After: JSON(map[string]int64{"session": session})}}, nil
	}))
}

// MakeToken makes a bearer token for a person and returns it; only its hash is kept.
func (s *Store) MakeToken(ctx context.Context, person int64, name string, ttl time.Duration) (string, error) {
	token := "gt_" + randomToken()
	var expires *time.Time
	if ttl > 0 {
		at := s.now().Add(ttl)
		expires = &at
	}
	err := s.Write(ctx, func(tx pgx.Tx) ([]Event, error) {
		var id int64
		err := tx.QueryRow(ctx, query("token_make"), pgx.StrictNamedArgs{
			"token_hash": digest(token), "person_id": person, "name": name, "now": s.now(), "expires_at": expires,
		}).Scan(&id)
		return []Event{{Verb: "token.made", Subject: fmt.Sprintf("person:%d", person),
			After: JSON(map[string]any{"token": id, "name": name})}}, err
	})
	if err != nil {
		return "", fmt.Errorf("make token: %w", Told(err))
	}
	return token, nil
}

// RevokeTokens ends all bearer tokens of a person and says how many there were.
func (s *Store) RevokeTokens(ctx context.Context, person int64) (int64, error) {
	var n int64
	err := s.Write(ctx, func(tx pgx.Tx) ([]Event, error) {
		done, err := tx.Exec(ctx, query("token_revoke_all"), pgx.StrictNamedArgs{"person_id": person, "now": s.now()})
		n = done.RowsAffected()
		return []Event{{Verb: "token.revoked", Subject: fmt.Sprintf("person:%d", person), After: JSON(map[string]int64{"count": n})}}, err
	})
	return n, Told(err)
}

func randomToken() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// digest is what is stored of a token; of an empty one, nothing that matches.
func digest(token string) []byte {
	if token == "" {
		return []byte{}
	}
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
