package api

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"guatu/ledger/text"
)

// longestText bounds a single string of a call, in characters; each field says
// its own, shorter room.
const longestText = 100_000

// refusedText says which text of a call cannot be kept, and why.
type refusedText struct {
	location string // body.name, query.q
	err      error
}

func (r *refusedText) Error() string { return r.location + ": " + r.err.Error() }

func (r *refusedText) Unwrap() error { return r.err }

// clean is the door for text (promises S21): every string of a call, in body,
// query, path and headers, is valid UTF-8 in NFC without NUL, control characters
// and bidi overrides before a handler sees it.
func clean(in any) error {
	v := reflect.Indirect(reflect.ValueOf(in))
	if v.Kind() != reflect.Struct {
		return nil
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() {
			continue
		}
		if err := cleanStrings(v.Field(i), place(f)); err != nil {
			return err
		}
	}
	return nil
}

// place is where huma takes a field of a call from.
func place(f reflect.StructField) string {
	for _, from := range []string{"query", "path", "header"} {
		if name := f.Tag.Get(from); name != "" {
			return from + "." + name
		}
	}
	return strings.ToLower(f.Name)
}

func cleanStrings(v reflect.Value, at string) error {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return cleanStrings(v.Elem(), at)
		}
	case reflect.String:
		s, err := text.Check(v.String(), longestText)
		if err != nil {
			return &refusedText{at, err}
		}
		if v.CanSet() {
			v.SetString(s)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				continue
			}
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if err := cleanStrings(v.Field(i), at+"."+name); err != nil {
				return err
			}
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return nil // bytes, or JSON text that has its own decoder
		}
		for i := range v.Len() {
			if err := cleanStrings(v.Index(i), fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			if err := cleanStrings(v.MapIndex(key), at+"."+key.String()); err != nil {
				return err
			}
		}
	}
	return nil
}

// tellText says where a text was refused and why.
func tellText(err error) *Problem {
	var refused *refusedText
	if !errors.As(err, &refused) {
		return nil
	}
	for _, r := range ledgerProblems {
		if errors.Is(refused.err, r.err) {
			p := answer(http.StatusUnprocessableEntity, r.code, r.title)
			p.Errors = []ProblemItem{{Location: refused.location, Message: r.title, Code: r.code}}
			return p
		}
	}
	return nil
}
