package media

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// printable makes a string from outside fit to be stored and shown: valid
// UTF-8 in NFC, no control, format or private characters (so no NUL and no
// bidirectional override), single spaces, at most n characters.
func printable(s string, n int) string {
	var b strings.Builder
	count, space := 0, false
	for _, r := range norm.NFC.String(strings.ToValidUTF8(s[:min(len(s), 16*n)], "")) {
		switch {
		case unicode.IsSpace(r):
			space = count > 0
			continue
		case !unicode.IsGraphic(r), unicode.Is(unicode.Co, r), unicode.Is(unicode.Cf, r):
			continue
		}
		if space && count < n-1 {
			b.WriteByte(' ')
			count++
		}
		if count >= n {
			break
		}
		space = false
		b.WriteRune(r)
		count++
	}
	return b.String()
}
