package api

import (
	"encoding/base64"
	"encoding/json"
	"errors"
)

var errCursor = errors.New("cursor was not made by this list")

// cursorOf packs the key of a page's last row; callers must not look inside.
func cursorOf(key any) string {
	body, err := json.Marshal(key)
	if err != nil {
		panic(err) // keys are our own structs
	}
	return base64.RawURLEncoding.EncodeToString(body)
}

// readCursor unpacks what cursorOf made; an empty cursor leaves key as it is.
func readCursor(cursor string, key any) error {
	if cursor == "" {
		return nil
	}
	body, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return errCursor
	}
	if json.Unmarshal(body, key) != nil {
		return errCursor
	}
	return nil
}
