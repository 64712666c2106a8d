package text_test

import (
	"errors"
	"strings"
	"testing"

	"guatu/ledger/text"
)

func TestLine(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		in, want string
		err      error
	}{
		"plain":                {in: "召陵区现代食品产业园项目", want: "召陵区现代食品产业园项目"},
		"ends and runs":        {in: "\u3000 双汇  第三\t工业园 \r\n项目 ", want: "双汇 第三 工业园 项目"},
		"decomposed":           {in: "e\u0301", want: "é"},
		"zero width":           {in: "双\u200b汇\ufeff", want: "双汇"},
		"rare surname kept":    {in: "𠮷\ue000", want: "𠮷\ue000"},
		"NUL":                  {in: "双汇\x00", err: text.ErrControl},
		"escape":               {in: "\x1b[31m", err: text.ErrControl},
		"right-to-left":        {in: "双汇\u202egnp.exe", err: text.ErrBidi},
		"isolate":              {in: "\u2067双汇", err: text.ErrBidi},
		"not UTF-8":            {in: "\xd6\xd0", err: text.ErrEncoding},
		"garbled":              {in: "双\uFFFD", err: text.ErrEncoding},
		"too long":             {in: strings.Repeat("长", 201), err: text.ErrTooLong},
		"just fits":            {in: strings.Repeat("长", 200), want: strings.Repeat("长", 200)},
		"a megabyte of accent": {in: "e" + strings.Repeat("\u0301", 500_000), err: text.ErrTooLong},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := text.Line(tt.in, text.Name)
			if !errors.Is(err, tt.err) || got != tt.want {
				t.Errorf("Line = %q, %v; want %q, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

func TestNoteKeepsLines(t *testing.T) {
	t.Parallel()
	got, err := text.Note(" 一期：\r\n二期 \u2028三期\r\n\r\n", text.Long)
	if want := "一期：\n二期\n三期"; err != nil || got != want {
		t.Errorf("Note = %q, %v; want %q", got, err, want)
	}
}

func FuzzLine(f *testing.F) {
	for _, s := range []string{"", "项目", "\x00", "\u202e", "e\u0301", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := text.Line(s, text.Name)
		if err != nil {
			return
		}
		if again, err := text.Line(got, text.Name); err != nil || again != got {
			t.Errorf("Line is not stable: %q → %q → %q, %v", s, got, again, err)
		}
	})
}
