package geo

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// value is one JSON value inside a text that is known to be well-formed, so that
// walking it needs no error handling. Nothing is built that is not asked for.
type value []byte

// kind is '{', '[', '"', 't', 'f', 'n' or, for a number, '0'.
func (v value) kind() byte {
	if c := v[0]; c != '-' && (c < '0' || c > '9') {
		return c
	}
	return '0'
}

// kindName says the kind for a person.
func (v value) kindName() string {
	switch v.kind() {
	case '{':
		return "对象"
	case '[':
		return "数组"
	case '"':
		return "文本"
	case 'n':
		return "null"
	case '0':
		return "数值"
	}
	return "真假值"
}

// text is the string that v is; v is known to be one.
func (v value) text() string {
	if bytes.IndexByte(v, '\\') < 0 {
		return string(v[1 : len(v)-1])
	}
	var s string
	_ = json.Unmarshal(v, &s)
	return s
}

// number is the number that v is; numbers have been checked to fit.
func (v value) number() float64 {
	f, _ := strconv.ParseFloat(string(v), 64)
	return f + 0 // -0 is 0: one place has one name
}

// members walks over the members of an object.
func (v value) members() iter.Seq2[string, value] {
	return func(yield func(string, value) bool) {
		for i := space(v, 1); v[i] != '}'; {
			end := skip(v, i)
			key := value(v[i:end]).text()
			i = space(v, space(v, end)+1) // over the colon
			end = skip(v, i)
			if !yield(key, v[i:end]) {
				return
			}
			i = comma(v, end)
		}
	}
}

// elements walks over the elements of an array.
func (v value) elements() iter.Seq2[int, value] {
	return func(yield func(int, value) bool) {
		n := 0
		for i := space(v, 1); v[i] != ']'; n++ {
			end := skip(v, i)
			if !yield(n, v[i:end]) {
				return
			}
			i = comma(v, end)
		}
	}
}

func space(b []byte, i int) int {
	for b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t' {
		i++
	}
	return i
}

// What a number or a word ends before, and what matters on the way to a closing bracket.
var (
	ends     = [256]bool{',': true, ':': true, ']': true, '}': true, ' ': true, '\n': true, '\r': true, '\t': true}
	brackets = [256]int8{'[': 1, '{': 1, ']': -1, '}': -1}
)

// skip returns the index after the value that begins at i.
func skip(b []byte, i int) int {
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '[', '{':
		for depth := 1; depth > 0; {
			if i++; b[i] == '"' {
				i = skipString(b, i) - 1
				continue
			}
			depth += int(brackets[b[i]])
		}
		return i + 1
	}
	for i < len(b) && !ends[b[i]] {
		i++
	}
	return i
}

func skipString(b []byte, i int) int {
	for i++; b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// wellFormed checks what encoding/json lets pass or tells badly: the encoding,
// the depth, keys that come twice, numbers that no float64 holds. It returns the
// text without byte order mark and outer space.
func wellFormed(b []byte, maxDepth int) (value, *GeoJSONError) {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(b) {
		return nil, refuse(CodeNotUTF8, "文件不是 UTF-8 编码（可能是 GBK）。请另存为 UTF-8 后再传。")
	}
	b = bytes.Trim(b, " \n\r\t")
	if len(b) == 0 {
		return nil, refuse(CodeNotJSON, "内容是空的。请传 GeoJSON 文本。")
	}
	if !json.Valid(b) {
		if depthOf(b) > maxDepth {
			return nil, tooDeep()
		}
		return nil, syntaxError(b)
	}
	_, err := checkValue(b, 0, maxDepth)
	return b, err
}

func tooDeep() *GeoJSONError {
	return refuseSize(CodeTooDeep, "嵌套太深。请重新导出为普通的 FeatureCollection 后再传。")
}

// depthOf is how deep brackets nest. It also holds for text that is no JSON.
func depthOf(b []byte) int {
	depth, deepest := 0, 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			for i++; i < len(b) && b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		case '[', '{':
			depth++
			deepest = max(deepest, depth)
		case ']', '}':
			depth--
		}
	}
	return deepest
}

func syntaxError(b []byte) *GeoJSONError {
	var syntax *json.SyntaxError
	var any json.RawMessage
	offset := len(b)
	if errors.As(json.Unmarshal(b, &any), &syntax) {
		offset = min(int(syntax.Offset), len(b))
	}
	line := 1 + bytes.Count(b[:offset], []byte("\n"))
	from := max(0, offset-1)
	for _, word := range []string{"NaN", "nan", "Infinity", "-Infinity", "inf", "-inf"} {
		// The decoder stops at the first or second letter, after a minus at that.
		if start := max(0, from-1); bytes.HasPrefix(b[from:], []byte(word)) || bytes.HasPrefix(b[start:], []byte(word)) {
			return refuse(CodeNotJSON, "第 %d 行有 %s：它不是数值，JSON 也不允许。请改正这个坐标后再传。", line, word)
		}
	}
	if offset == len(b) {
		return refuse(CodeNotJSON, "内容不完整：到第 %d 行突然结束。请重新导出或重新上传整个文件。", line)
	}
	return refuse(CodeNotJSON, "第 %d 行不是合法的 JSON。请确认文件是 GeoJSON，并重新导出后再传。", line)
}

// checkValue walks once over the value at i, at most left levels deep, and
// returns the index after it.
func checkValue(b []byte, i, left int) (int, *GeoJSONError) {
	if (b[i] == '{' || b[i] == '[') && left == 0 {
		return 0, tooDeep()
	}
	switch b[i] {
	case '{':
		return checkObject(b, i, left)
	case '[':
		n := 0
		for i = space(b, i+1); b[i] != ']'; n++ {
			end, err := checkValue(b, i, left-1)
			if err != nil {
				return 0, err.in(index(n))
			}
			i = comma(b, end)
		}
		return i + 1, nil
	}
	end := skip(b, i)
	if number := b[i:end]; value(number).kind() == '0' && !plain(number) {
		if f, err := strconv.ParseFloat(string(number), 64); err != nil || math.IsInf(f, 0) {
			return 0, refuse(CodeNumberRange, "数值 %s 太大，计算机无法表示。请改正后再传。", clip(string(number)))
		}
	}
	return end, nil
}

// maxMembers is how many members one object may have: more columns than any ledger.
const maxMembers = 1000

func checkObject(b []byte, i, left int) (int, *GeoJSONError) {
	var keys []string
	for i = space(b, i+1); b[i] != '}'; {
		end := skipString(b, i)
		key := value(b[i:end]).text()
		if keys = append(keys, key); len(keys) > maxMembers {
			return 0, refuseSize(CodeTooManyMembers, "一个对象的成员超过 %d 个。请减少属性列后再传。", maxMembers)
		}
		end, err := checkValue(b, space(b, space(b, end)+1), left-1)
		if err != nil {
			return 0, err.in("." + key)
		}
		i = comma(b, end)
	}
	slices.Sort(keys)
	for k := 1; k < len(keys); k++ {
		if keys[k] == keys[k-1] {
			return 0, refuse(CodeDuplicateKey, "成员 %q 出现了两次，无法判断以哪个为准。请去掉一个后再传。", clip(keys[k]))
		}
	}
	return i + 1, nil
}

// comma steps over space and the comma that may follow a value.
func comma(b []byte, i int) int {
	if i = space(b, i); b[i] == ',' {
		return space(b, i+1)
	}
	return i
}

// plain tells numbers that surely fit: short and without an exponent.
func plain(number []byte) bool {
	if len(number) > 300 {
		return false
	}
	for _, c := range number {
		if c == 'e' || c == 'E' {
			return false
		}
	}
	return true
}

// clip shortens what a stranger wrote before it is repeated to him.
func clip(s string) string {
	const longest = 40
	if utf8.RuneCountInString(s) <= longest {
		return s
	}
	return string([]rune(s)[:longest]) + "…"
}

func index(i int) string { return "[" + strconv.Itoa(i) + "]" }
