// Package text says what a piece of text may hold before it is stored: valid
// UTF-8 in NFC, no NUL, no control character, nothing that turns the reading
// direction around, and no more characters than its place has room for
// (promises S21).
package text

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

var (
	// ErrEncoding says that the bytes are not UTF-8, or were not before somebody
	// put U+FFFD for what could not be read.
	ErrEncoding = errors.New("text is not UTF-8")
	// ErrControl says that there is a NUL or another control character inside.
	ErrControl = errors.New("text holds a control character")
	// ErrBidi says that there is a character inside that turns the direction of
	// reading around, so that the text reads as something that it is not.
	ErrBidi = errors.New("text holds a bidi override")
	// ErrTooLong says that there are more characters than allowed.
	ErrTooLong = errors.New("text is too long")
)

// Room for the kinds of text, in characters.
const (
	Name = 200  // a name of anything, a title, a unit
	Code = 64   // a project code, a telephone number
	Long = 2000 // a note, a reason, a source
)

// Line is s as one line: NFC, runs of white space as one blank, none at the ends,
// invisible fillers (zero-width space, byte order mark, soft hyphen) gone. max
// is in characters.
func Line(s string, max int) (string, error) {
	s, err := Check(s, max)
	if err != nil {
		return "", err
	}
	return strings.Join(strings.Fields(s), " "), nil
}

// Note is like Line but keeps line breaks, as \n.
func Note(s string, max int) (string, error) {
	s, err := Check(s, max)
	if err != nil {
		return "", err
	}
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\u0085", "\n").Replace(s)
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n"), nil
}

// Check is s in NFC without invisible fillers, or what is wrong with it. White
// space stays as it is.
func Check(s string, max int) (string, error) {
	if !utf8.ValidString(s) {
		return "", ErrEncoding
	}
	if n := utf8.RuneCountInString(s); n > 4*max {
		return "", fmt.Errorf("%w: %d characters, %d allowed", ErrTooLong, n, max)
	}
	for _, r := range s {
		if err := allowed(r); err != nil {
			return "", err
		}
	}
	s = norm.NFC.String(strings.Map(visible, s))
	if n := utf8.RuneCountInString(s); n > max {
		return "", fmt.Errorf("%w: %d characters, %d allowed", ErrTooLong, n, max)
	}
	return s, nil
}

func allowed(r rune) error {
	switch {
	case r == utf8.RuneError:
		return ErrEncoding
	case r == '\t' || r == '\n' || r == '\r' || r == '\u0085':
		return nil
	case unicode.IsControl(r):
		return fmt.Errorf("%w: U+%04X", ErrControl, r)
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
		return fmt.Errorf("%w: U+%04X", ErrBidi, r)
	}
	return nil
}

// visible drops what is never seen and makes two equal names differ.
func visible(r rune) rune {
	switch r {
	case '\u200b', '\u2060', '\ufeff', '\u00ad', '\u200e', '\u200f':
		return -1
	}
	return r
}
