package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// scanner walks the elements of one part of a workbook. It knows as much XML as
// SpreadsheetML needs (elements, attributes, text, the five entities and
// character references, CDATA) and refuses document types, which could name
// other files. It is an order of magnitude faster than encoding/xml, which a
// hostile 100 MB part would keep busy for a minute.
type scanner struct {
	in     *bufio.Reader
	buffer []byte // the bytes behind the latest token
	depth  int
	empty  []byte // name of an element that has closed itself
}

// token is an element's start or end, or text. Its bytes hold until the next one.
type token struct {
	kind  tokenKind
	name  []byte // without its prefix
	attrs []byte // as written
	text  string
}

type tokenKind uint8

const (
	over tokenKind = iota // the part has ended
	open
	shut
	chars
)

var errXML = errors.New("not well-formed")

// maxToken bounds a single tag or text.
const maxToken = 1 << 20

func newScanner(r io.Reader) *scanner { return &scanner{in: bufio.NewReaderSize(r, 64<<10)} }

// next is the next token. Text that is only white space between tags comes, too.
func (s *scanner) next() (token, error) {
	if s.empty != nil {
		name := s.empty
		s.empty = nil
		s.depth--
		return token{kind: shut, name: name}, nil
	}
	for {
		text, err := s.until('<')
		if errors.Is(err, io.EOF) {
			if s.depth != 0 {
				return token{}, io.ErrUnexpectedEOF
			}
			return token{}, nil
		}
		if err != nil {
			return token{}, err
		}
		if len(text) > 0 {
			if err := s.in.UnreadByte(); err != nil {
				return token{}, err
			}
			plain, err := entities(text)
			return token{kind: chars, text: plain}, err
		}
		t, skip, err := s.tag()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return token{}, err
		}
		if !skip {
			return t, nil
		}
	}
}

// until reads to the byte stop, which is taken but not returned.
func (s *scanner) until(stop byte) ([]byte, error) {
	s.buffer = s.buffer[:0]
	for {
		part, err := s.in.ReadSlice(stop)
		s.buffer = append(s.buffer, part...)
		if len(s.buffer) > maxToken {
			return nil, bomb()
		}
		switch {
		case err == nil:
			return s.buffer[:len(s.buffer)-1], nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// past reads to the end of a mark such as -->, and returns what was before it.
func (s *scanner) past(mark string, keep bool) ([]byte, error) {
	var all []byte
	for {
		part, err := s.until(mark[len(mark)-1])
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
		all = append(all, mark[len(mark)-1])
		if bytes.HasSuffix(all, []byte(mark)) {
			return all[:len(all)-len(mark)], nil
		}
		if len(all) > maxToken {
			if keep {
				return nil, bomb()
			}
			all = append(all[:0], all[len(all)-len(mark):]...)
		}
	}
}

// tag reads what follows a <. skip is true for comments and instructions.
func (s *scanner) tag() (t token, skip bool, err error) {
	first, err := s.in.ReadByte()
	if err != nil {
		return t, false, err
	}
	switch first {
	case '?':
		_, err := s.past("?>", false)
		return t, true, err
	case '!':
		return s.bang()
	}
	if err := s.in.UnreadByte(); err != nil {
		return t, false, err
	}
	body, err := s.body()
	if err != nil {
		return t, false, err
	}
	closing := len(body) > 0 && body[0] == '/'
	if closing {
		body = body[1:]
	}
	alone := !closing && len(body) > 0 && body[len(body)-1] == '/'
	if alone {
		body = body[:len(body)-1]
	}
	end := bytes.IndexAny(body, " \t\r\n")
	if end < 0 {
		end = len(body)
	}
	name := body[:end]
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	if len(name) == 0 {
		return t, false, errXML
	}
	if closing {
		if s.depth--; s.depth < 0 {
			return t, false, errXML
		}
		return token{kind: shut, name: name}, false, nil
	}
	if s.depth++; s.depth > 64 {
		return t, false, errXML
	}
	if alone {
		s.empty = bytes.Clone(name)
	}
	return token{kind: open, name: name, attrs: body[end:]}, false, nil
}

// body reads a tag to its >, which may stand in a quoted value, too.
func (s *scanner) body() ([]byte, error) {
	body, err := s.until('>')
	if err != nil || bytes.Count(body, []byte(`"`))%2 == 0 && bytes.Count(body, []byte(`'`))%2 == 0 {
		return body, err
	}
	all := bytes.Clone(body)
	for !balanced(all) {
		more, err := s.until('>')
		if err != nil {
			return nil, err
		}
		all = append(append(all, '>'), more...)
		if len(all) > maxToken {
			return nil, bomb()
		}
	}
	return all, nil
}

// balanced says whether every quote of a tag is closed.
func balanced(tag []byte) bool {
	var quote byte
	for _, c := range tag {
		switch {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
		}
	}
	return quote == 0
}

func (s *scanner) bang() (t token, skip bool, err error) {
	start, err := s.in.Peek(2)
	if err != nil {
		return t, false, err
	}
	if string(start) == "--" {
		_, err := s.past("-->", false)
		return t, true, err
	}
	if start[0] != '[' {
		return t, false, refuse("xlsx_doctype", "文件内部含有外部实体声明，拒绝读取；请用 Excel 或 WPS 重新另存后再导入")
	}
	data, err := s.past("]]>", true)
	if err != nil {
		return t, false, err
	}
	data, ok := bytes.CutPrefix(data, []byte("[CDATA["))
	if !ok {
		return t, false, errXML
	}
	return token{kind: chars, text: string(data)}, false, nil
}

// attr is the value of an attribute; a name with a colon asks for any prefix.
func (t token) attr(name string) string {
	rest := t.attrs
	prefixed := name[0] == ':'
	name = strings.TrimPrefix(name, ":")
	for {
		rest = bytes.TrimLeft(rest, " \t\r\n")
		eq := bytes.IndexByte(rest, '=')
		if eq < 0 {
			return ""
		}
		key := bytes.TrimRight(rest[:eq], " \t\r\n")
		rest = bytes.TrimLeft(rest[eq+1:], " \t\r\n")
		if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
			return ""
		}
		end := bytes.IndexByte(rest[1:], rest[0])
		if end < 0 {
			return ""
		}
		colon := bytes.IndexByte(key, ':')
		if string(key[colon+1:]) == name && prefixed == (colon >= 0) {
			value, err := entities(rest[1 : end+1])
			if err != nil {
				return ""
			}
			return value
		}
		rest = rest[end+2:]
	}
}

// entities turns references into characters, line ends into \n, and bytes that
// are not UTF-8 into U+FFFD.
func entities(b []byte) (string, error) {
	if bytes.IndexByte(b, '\r') >= 0 {
		b = bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	}
	if bytes.IndexByte(b, '&') < 0 {
		return strings.ToValidUTF8(string(b), "\uFFFD"), nil
	}
	var out strings.Builder
	for len(b) > 0 {
		i := bytes.IndexByte(b, '&')
		if i < 0 {
			out.Write(b)
			break
		}
		out.Write(b[:i])
		b = b[i+1:]
		end := bytes.IndexByte(b[:min(len(b), 12)], ';')
		if end < 0 {
			return "", errXML
		}
		r, ok := reference(string(b[:end]))
		if !ok {
			return "", errXML
		}
		out.WriteRune(r)
		b = b[end+1:]
	}
	return strings.ToValidUTF8(out.String(), "\uFFFD"), nil
}

func reference(name string) (rune, bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, ok := strings.CutPrefix(name, "#")
	if !ok {
		return 0, false
	}
	base := 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > utf8.MaxRune {
		return 0, false
	}
	return rune(n), true
}
