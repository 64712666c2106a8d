package ledger

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// argon2id's cost: 19 MiB and two passes (OWASP's first choice). At most
// hashing run at once, so that a flood of logins cannot take the memory.
const (
	argonMemory = 19 * 1024 // KiB
	argonPasses = 2
	argonKey    = 32
)

var hashing = make(chan struct{}, 4)

// nobody is the hash that an unknown login is checked against, so that the time
// of the answer does not tell whether the login exists.
var nobody = encode(make([]byte, 16), make([]byte, argonKey))

func hashOrNone(ctx context.Context, password string) (*string, error) {
	if password == "" {
		return nil, nil
	}
	if utf8.RuneCountInString(password) < MinPassword {
		return nil, ErrWeakPassword
	}
	salt := make([]byte, 16)
	_, _ = rand.Read(salt)
	key, err := derive(ctx, password, salt)
	if err != nil {
		return nil, err
	}
	text := encode(salt, key)
	return &text, nil
}

func derive(ctx context.Context, password string, salt []byte) ([]byte, error) {
	select {
	case hashing <- struct{}{}:
		defer func() { <-hashing }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a hashing slot: %w: %w", ErrBusy, ctx.Err())
	}
	return argon2.IDKey([]byte(password), salt, argonPasses, argonMemory, 1, argonKey), nil
}

func encode(salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, argonMemory, argonPasses,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

// matches says whether password gives the stored hash; a nil hash never does,
// and takes as long.
func matches(ctx context.Context, stored *string, password string) (bool, error) {
	text := nobody
	if stored != nil {
		text = *stored
	}
	parts := strings.Split(text, "$")
	if len(parts) != 6 {
		return false, fmt.Errorf("stored password hash has %d parts", len(parts))
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("read stored salt: %w", err)
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false, fmt.Errorf("read stored key: %w", err)
	}
	got, err := derive(ctx, password, salt)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1 && stored != nil, nil
}
